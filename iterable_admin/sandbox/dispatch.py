"""The way of one call: key, route, fault, limit, work, log."""

from __future__ import annotations

import time

import orjson

from iterable_admin.sandbox.answers import MAX_BODY_BYTES, RATE_LIMIT_TEXT, Answer, Refused, Request, Route, envelope
from iterable_admin.sandbox.calls import SHORT, Call, emails_named
from iterable_admin.sandbox.faults import RESET, Fault
from iterable_admin.sandbox.routes import find_route
from iterable_admin.sandbox.state import State

PLAIN = "text/plain; charset=utf-8"


def answer_call(state: State, request: Request, key: str | None) -> Answer | None:
    """The answer, or None where the connection is to be reset."""
    if not request.path.startswith("/api/"):
        with state.lock:
            return _work(state, request, find_route(request.method, request.path))
    started, at = time.perf_counter(), time.time()
    if state.faults.latency > 0:
        time.sleep(state.faults.latency)
    with state.lock:
        answer, applied = _answer_api(state, request, key)
        status = answer.status if answer else RESET
        emails = emails_named(request, _parsed(request))
        body = request.raw[:SHORT].decode("utf-8", "replace")
        seconds = time.perf_counter() - started
        state.calls.add(Call(at, seconds, request.method, request.path, status, applied, emails, body))
    return answer


def _answer_api(state: State, request: Request, key: str | None) -> tuple[Answer | None, bool]:
    if state.api_key is not None and key != state.api_key:
        return bad_key(request, key), False
    found = find_route(request.method, request.path)
    if len(request.raw) > MAX_BODY_BYTES:
        return envelope("Request body is larger than 4 MB", "BatchTooLarge", status=413), False
    fault = state.faults.pick(request.method, request.path)
    if fault and not fault.applied:
        return fail(fault, request), False
    if found and (refusal := _check_limit(state, found[0], request)):
        return refusal, False
    answer = _work(state, request, found)
    applied = answer.status < 400
    return (fail(fault, request) if fault else answer), applied


def _work(state: State, request: Request, found: tuple[Route, dict[str, str]] | None) -> Answer:
    if found is None or (found[0].family == "subscriptions" and not state.faults.subscriptions_family):
        return envelope(f"Endpoint not found: {request.method} {request.path}", "NotFound", status=404)
    route, request.params = found
    state.settle()
    try:
        return route.endpoint(state, request)
    except Refused as refused:
        return refused.answer


def _check_limit(state: State, route: Route, request: Request) -> Answer | None:
    if route.rate is None or state.limiter.admits(f"{route.method} {route.path}", route.rate, state.faults.rate_limit_scale):
        return None
    return too_many(request)


def fail(fault: Fault, request: Request) -> Answer | None:
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


def _parsed(request: Request) -> object:
    if not request.raw:
        return None
    try:
        return orjson.loads(request.raw)
    except orjson.JSONDecodeError:
        return None
