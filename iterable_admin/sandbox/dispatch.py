"""The way of one call: key, route, fault, limit, work, log."""

from __future__ import annotations

import time

from iterable_admin.sandbox.answers import MAX_BODY_BYTES, RATE_LIMIT_TEXT, Answer, Refused, Request, Route, envelope
from iterable_admin.sandbox.calls import SHORT, Call, emails_named
from iterable_admin.sandbox.faults import RESET, Fault
from iterable_admin.sandbox.routes import find_route
from iterable_admin.sandbox.state import State

PLAIN = "text/plain; charset=utf-8"


def answer_call(state: State, request: Request, key: str | None) -> Answer | None:
    """The answer, or None where the connection is to be reset."""
    found = find_route(request.method, request.path)
    request.params = found[1] if found else {}
    if not request.path.startswith("/api/"):
        with state.lock:
            return _work(state, request, found and found[0])
    started, at = time.perf_counter(), state.clock.now()
    if state.faults.latency > 0:
        time.sleep(state.faults.latency)
    emails, body = emails_named(request), request.raw[:SHORT].decode("utf-8", "replace")
    with state.lock:
        answer, applied = _answer_api(state, request, found and found[0], key)
        status, seconds = answer.status if answer else RESET, time.perf_counter() - started
        state.calls.add(Call(at, seconds, request.method, request.path, status, applied, request.id, emails, body))
    return answer


def _answer_api(state: State, request: Request, route: Route | None, key: str | None) -> tuple[Answer | None, bool]:
    """The answer, and whether the work was done: a fault may strike before it or after."""
    if not key or (state.api_key is not None and key != state.api_key):
        return bad_key(request, key), False
    if len(request.raw) > MAX_BODY_BYTES:
        return envelope("Request body is larger than 4 MB", "BatchTooLarge", status=413), False
    fault = state.faults.pick(request.method, request.path)
    if fault and not fault.applied:
        return fail(fault, request), False
    if route and not _within_limit(state, route):
        return too_many(request), False
    answer = _work(state, request, route)
    return (fail(fault, request) if fault else answer), answer.status < 400


def _work(state: State, request: Request, route: Route | None) -> Answer:
    if route is None or (route.family == "subscriptions" and not state.faults.subscriptions_family):
        return envelope(f"Endpoint not found: {request.method} {request.path}", "NotFound", status=404)
    state.settle()
    try:
        return route.endpoint(state, request)
    except Refused as refused:
        return refused.answer


def _within_limit(state: State, route: Route) -> bool:
    name = f"{route.method} {route.path}"
    return route.rate is None or state.limiter.admits(name, route.rate, state.faults.rate_limit_scale)


def fail(fault: Fault, request: Request) -> Answer | None:
    """500 comes in the envelope, 503 as a page of the load balancer, a reset as nothing."""
    match fault.status:
        case 0:
            return None
        case 429:
            return too_many(request)
        case 503:
            return Answer(503, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>", "text/html")
        case 500:
            return envelope("An error occurred. Please try again later.", "GenericError", status=500)
    return envelope("Failed on request", "GenericError", status=fault.status)


def too_many(request: Request) -> Answer:
    """Recorded both as plain text and in the envelope; reads meet the envelope, writes the text."""
    if request.method == "GET":
        msg = f"Exceeded rate limit for endpoint: {request.path}, project: 2158 "
        return envelope(msg, "RateLimitExceeded", {}, 429)
    return Answer(429, RATE_LIMIT_TEXT, PLAIN)


def bad_key(request: Request, key: str | None) -> Answer:
    params = {
        "ip": "127.0.0.1",
        "endpoint": request.path,
        "apiKeyIdentifier": (key or "")[:8],
        "apiKeyType": "Server",
    }
    return envelope("Disabled API key or insufficient privileges", "BadApiKey", params, 401)
