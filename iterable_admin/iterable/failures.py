"""What an HTTP library's exception means: surely not received, perhaps received, or no usable address."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from iterable_admin.iterable import errors
from iterable_admin.iterable.answers import at
from iterable_admin.iterable.calls import Call


def failure_of(error: requests.RequestException, call: Call) -> errors.IterableError:
    kind = type(error).__name__
    if isinstance(error, ValueError):
        return errors.Misdirected(f"{kind}: ITERABLE_BASE_URL is not a usable address ({at(call)})", call)
    if _surely_not_received(error):
        return errors.Unreachable(f"no connection to Iterable, {kind} ({at(call)})", call)
    return errors.Ambiguous(f"sent, but no whole answer came, {kind} ({at(call)})", call)


def _surely_not_received(error: requests.RequestException) -> bool:
    # urllib3 speaks of the proxy only while it has no connection through it.
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    return any(isinstance(cause, NewConnectionError | ssl.SSLCertVerificationError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what is packed inside it: requests and urllib3 wrap by argument."""
    yield error
    inner = error.reason if isinstance(error, MaxRetryError) else next(iter(error.args), None)
    if isinstance(inner, BaseException):
        yield from _causes(inner)
