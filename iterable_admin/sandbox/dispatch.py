"""The way of one call: key, size, fault, limit, work, log."""

from __future__ import annotations

import time

from iterable_admin.sandbox.answers import MAX_BODY_BYTES, Answer, Refused, Request, Route, envelope
from iterable_admin.sandbox.calls import SHORT, Call, emails_named
from iterable_admin.sandbox.routes import find_route
from iterable_admin.sandbox.state import State
from iterable_admin.sandbox.trouble.failing import bad_key, fail, too_many
from iterable_admin.sandbox.trouble.faults import Strike
from iterable_admin.sandbox.trouble.origins import refuse_other_sites
from iterable_admin.sandbox.trouble.partial import report, withhold
from iterable_admin.sandbox.trouble.rules import RESET


def answer_call(state: State, request: Request, key: str | None) -> Answer | None:
    """The answer, or None where the connection is to be reset."""
    found = find_route(request.method, request.path)
    request.params = found[1] if found else {}
    route = found[0] if found else None
    if not request.path.startswith("/api/"):
        with state.lock:
            return refuse_other_sites(request) or _work(state, request, route)
    return _answer_api(state, request, route, key)


def _answer_api(state: State, request: Request, route: Route | None, key: str | None) -> Answer | None:
    """A fault may strike before the work or after it, and may take its time. Nobody else waits for that."""
    started, at, emails = time.perf_counter(), state.clock.now(), emails_named(request)
    refusal = _refuse_at_the_door(state, request, key)
    with state.lock:
        strike = None if refusal else state.faults.strike(request)
    before, after = _waits(strike)
    wait(state.faults.latency + before)
    with state.lock:
        answer, applied = (refusal, False) if refusal else _do(state, request, route, strike, key)
        seconds, status = time.perf_counter() - started + after, answer.status if answer else RESET
        body, fault = request.raw[:SHORT].decode("utf-8", "replace"), strike.name if strike else ""
        state.calls.add(Call(at, seconds, request.method, request.path, status, applied, request.id, emails, body, fault))
    wait(after)
    return answer


def _refuse_at_the_door(state: State, request: Request, key: str | None) -> Answer | None:
    if not key or (state.api_key is not None and key != state.api_key):
        return bad_key(request, key)
    if len(request.raw) > MAX_BODY_BYTES:
        return envelope("Request body is larger than 4 MB", "BatchTooLarge", status=413)
    return None


def wait(seconds: float) -> None:
    if seconds > 0:
        time.sleep(seconds)


def _waits(strike: Strike | None) -> tuple[float, float]:
    """Seconds before the work and after it. Where none is done, the call is logged at once and kept waiting after that."""
    if strike is None:
        return 0.0, 0.0
    slow = strike.rule.status is None and not strike.rule.applied
    return (strike.rule.seconds, 0.0) if slow else (0.0, strike.rule.seconds)


def _do(
    state: State, request: Request, route: Route | None, strike: Strike | None, key: str | None
) -> tuple[Answer | None, bool]:
    """The answer, and whether the work was done."""
    rule = strike.rule if strike else None
    if rule and rule.status is not None and not rule.applied:
        return fail(rule, request, key), False
    if route and (exceeded := state.limiter.exceeded(route, state.faults.rate_limit_scale)):
        return too_many(request, exceeded, state.faults.rate_limit_scale), False
    failed = withhold(request, rule.person, rule.every) if rule and rule.rows else []
    answer = _work(state, request, route)
    if rule and rule.rows:
        answer = report(request.path, answer, failed, named=rule.rows == "named")
    done = answer.status < 400
    return (fail(rule, request, key), done) if rule and rule.status is not None else (answer, done)


def _work(state: State, request: Request, route: Route | None) -> Answer:
    if route is None or (route.family == "subscriptions" and not state.faults.subscriptions_family):
        return envelope(f"Endpoint not found: {request.method} {request.path}", "NotFound", status=404)
    state.settle()
    try:
        return route.endpoint(state, request)
    except Refused as refused:
        return refused.answer
