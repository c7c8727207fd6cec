"""Nobody changes the sandbox from another site's page: a browser says where a post comes from."""

from __future__ import annotations

from urllib.parse import urlsplit

from iterable_admin.sandbox.answers import Answer, Request, envelope

OURS = ("same-origin", "none")


def refuse_other_sites(request: Request) -> Answer | None:
    """403 for a change that a page of another site sent. What is no browser names no origin, and may."""
    if request.method == "GET":
        return None
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") in OURS and (origin is None or urlsplit(origin).netloc == host):
        return None
    return envelope("Only the sandbox's own page may change it, not one of another site", "Forbidden", status=403)
