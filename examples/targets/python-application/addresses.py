"""Where clients come from: addresses behind proxies, and origins of pages (docs/protocol.md §2, §10)."""

import ipaddress
from urllib.parse import urlsplit

from messages import Refusal

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def address_of(request, trusted):
    """§10, *Here*: an IPv4 address or an IPv6 network of 64 bits; behind proxies the last one that is none of them."""
    address = request.peer
    if address in trusted:
        named = [part.strip() for value in request.values("x-forwarded-for") for part in value.split(",")]
        address = next((part for part in reversed(named) if part and part not in trusted), address)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return request.peer
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def origin_of(text):
    """Scheme, host and port of an origin, or None."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    if parts.path or parts.query or parts.fragment:
        return None
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme]


def allowed_origin(request, listed):
    """§2: no origin, or exactly one that is the server's own or on the list. Gives it where answers name it."""
    origins = request.values("origin")
    if not origins:
        return None
    origin = origin_of(origins[0]) if len(origins) == 1 else None
    if origin is not None and origin in [origin_of(each) for each in listed]:
        return origins[0]
    if origin is None or origin != origin_of(f"http://{request.value('host') or ''}"):
        raise Refusal("FORBIDDEN", "This origin may not come in.")
    return None
