"""From which machine a request comes, as far as that can be known behind proxies."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# What one subscriber of IPv6 gets: within it an address costs nothing.
IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str | None:
    """The entry that our own outermost proxy wrote; what stands left of it is the caller's say and proves nothing."""
    forwarded = [entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if entry.strip()]
    proxies = settings.PROXY_COUNT
    told = forwarded[-proxies:][0] if proxies > 0 and forwarded else ""
    return _readable(told) or _readable(request.META.get("REMOTE_ADDR", ""))


def _readable(told: str) -> str | None:
    try:
        address = ip_address(_without_port(told))
    except ValueError:
        return None
    return str(_network(address))


def _without_port(told: str) -> str:
    if told.startswith("["):
        return told[1:].partition("]")[0]
    return told.partition(":")[0] if told.count(":") == 1 else told


def _network(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or ip_network((int(address), IPV6_PREFIX), strict=False).network_address
