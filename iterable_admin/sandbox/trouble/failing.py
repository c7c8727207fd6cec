"""What is answered when nothing good can be: a refused key, too many calls, and the faults that were asked for."""

from __future__ import annotations

from iterable_admin.sandbox.answers import HTML, PLAIN, RATE_LIMIT_TEXT, Answer, Rate, Request, envelope
from iterable_admin.sandbox.trouble.rules import RESET, Rule

PERIODS = {1: "second", 60: "minute", 86_400: "day"}
GENERIC_ERROR = "An error occurred. Please try again later. If problem persists, please contact your CSM"
UNAVAILABLE = (
    "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n"
    "<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n"
)


def fail(rule: Rule, request: Request, key: str | None) -> Answer | None:
    """The answer of a fault; None where the connection is to be reset."""
    if rule.status in (None, RESET):
        return None
    answer = _answer(rule, rule.status or 500, request, key)
    if rule.retry_after is not None:
        answer.headers["Retry-After"] = str(rule.retry_after)
    return answer


def _answer(rule: Rule, status: int, request: Request, key: str | None) -> Answer:
    if rule.form == "echo":
        return echo(request, key, status)
    if status == 401:
        return bad_key(request, key)
    if status == 503 or rule.form == "html":
        return Answer(status, UNAVAILABLE.replace("503 Service Temporarily Unavailable", title(status)), HTML)
    if rule.form == "text":
        return Answer(status, RATE_LIMIT_TEXT if status == 429 else GENERIC_ERROR, PLAIN)
    if status == 429:
        return too_many(request, Rate(100, 1))
    return envelope(GENERIC_ERROR if status >= 500 else "Failed on request", "GenericError", status=status)


def title(status: int) -> str:
    return "503 Service Temporarily Unavailable" if status == 503 else f"{status} Error"


def too_many(request: Request, rate: Rate, scale: float = 1.0) -> Answer:
    """As recorded, the blank at the end included; no header says when to come back."""
    period = PERIODS.get(int(rate.seconds), f"{rate.seconds:g} seconds")
    many = f"{rate.calls * scale:.1f} per {period}"
    msg = f"Exceeded rate limit of {many} for endpoint: {request.path}, project: 2158 "
    return envelope(msg, "RateLimitExceeded", {}, 429)


def bad_key(request: Request, key: str | None) -> Answer:
    params = {
        "ip": "127.0.0.1",
        "endpoint": request.path,
        "apiKeyIdentifier": (key or "")[:8],
        "apiKeyType": "Server",
    }
    return envelope("Disabled API key or insufficient privileges", "BadApiKey", params, 401)


def echo(request: Request, key: str | None, status: int) -> Answer:
    """The older BadJsonBody, whose message quotes the body and the headers: the key among them."""
    body = request.raw[:200].decode("utf-8", "replace")
    headers = f"Map(Host -> Buffer(api.iterable.com), Api-Key -> Buffer({key}), Content-Type -> Buffer(application/json))"
    msg = f"[{request.path}] Invalid JSON body, headers: {headers}, body: {body}"
    return envelope(msg, "BadJsonBody", {"obj": [{"msg": "error.expected.jsobject", "args": []}]}, status)
