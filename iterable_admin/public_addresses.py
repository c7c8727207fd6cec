"""Addresses of other people's servers, to which we may post: in production neither our own network nor this machine."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Holds an IPv4 address, which may be a private one.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
INSIDE = "It leads into our own network: name a server that is reached from outside."


class NotPublic(OSError):
    """The name leads nowhere that we may post to."""


def is_public(address: str) -> bool:
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.sixtofour or found.teredo or found in NAT64:
            return False
        found = found.ipv4_mapped or found
    return found.is_global and not found.is_multicast


def public_address(host: str, port: int) -> str:
    """Where `host` leads now, to be connected to: asked once more, it might lead elsewhere. Raises NotPublic, or as a socket."""
    found = [str(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(map(is_public, found)):
        raise NotPublic(INSIDE)
    return found[0]


def postable(url: str) -> None:
    """A validator. Outside production http serves for this machine, so that it can be tried."""
    URLValidator(schemes=["http", "https"])(url)
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ValidationError("Leave user and password out: the signature proves that it is us.")
    if not settings.PRODUCTION and _is_this_machine(parts.hostname or ""):
        return
    if parts.scheme.lower() != "https":
        raise ValidationError("Write https://…")
    if settings.PRODUCTION and (_is_this_machine(parts.hostname or "") or _is_inside(parts.hostname or "")):
        raise ValidationError(INSIDE)


def _is_inside(host: str) -> bool:
    """By its address alone; a name is looked up when it is posted to."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not is_public(host)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".") == "localhost" or host.endswith(".localhost")
