"""The rules a client goes by, without any connection: address, waits, ends, identity, dialects."""

import os
import random
import time
from datetime import datetime, timezone
from pathlib import Path

VARIABLES = ("NEXT_PUBLIC_WS_URL", "NEXT_PUBLIC_BACKEND_URL", "NEXT_PUBLIC_API_URL")
WARNING = "No WebSocket environment variables found, using development fallback"
ATTEMPTS = 5


def resolve(environment):
    """The address in the variables of a web client, and what its user should be warned of."""
    for name in VARIABLES:
        if url := environment.get(name, "").strip():
            for http, socket in (("http://", "ws://"), ("https://", "wss://")):
                if url.lower().startswith(http):
                    url = socket + url[len(http) :]
            return url, None
    return "ws://localhost:8080", WARNING


def wait_before(attempt):
    """Seconds before the attempt: 1, 2, 4, 8, 16 and up to one more, so that clients don't come back all at once."""
    return min(2 ** (attempt - 1), 16) + random.random()


def returns_after_close(code, reason):
    """Whether a client may come back by itself after this end."""
    if code == 1008:
        return reason in ("Slow consumer", "Server full", "Too many connections", "Rate limit exceeded")
    return code not in (1000, 1002, 1003, 1007)


def returns_after_status(status):
    """Whether a client may come back by itself after an upgrade that was refused with this status."""
    return status in (408, 425, 429) or status >= 500


def kept_session(folder):
    """The session that is kept in the folder, as a browser keeps it in its session storage; else a fresh one."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    fresh = f"session_{time.time_ns() // 1_000_000:013}_" + "".join(random.choices(digits, k=9))
    if not folder:
        return fresh
    path = Path(folder) / "websocket_session_id"
    if path.exists():
        return path.read_text().strip()
    path.write_text(fresh)
    return fresh


def agent_id(user_id, session_id):
    """The stable name of a client in its session."""
    return f"frontend_{user_id}_{session_id}"


def now():
    """The instant of now, as the protocol writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def named(message):
    """The message in the named dialect, whatever it came in."""
    kind, payload = message.get("type"), None
    if kind in ("event", "broadcast"):
        kind, payload = message.get("event_name"), message.get("payload")
    elif kind == "response":
        kind, payload = "query_result", message.get("result")
    if not isinstance(kind, str) or not isinstance(payload, dict):
        return message
    envelope = {key: message[key] for key in ("id", "query_id", "correlation_id", "timestamp") if key in message}
    return {**envelope, **payload, "type": kind}


def api(url, path):
    """The address of the HTTP API beside the door `url`."""
    scheme, _, rest = url.partition("://")
    return ("https://" if scheme == "wss" else "http://") + rest.partition("/")[0] + path


def time_scale():
    """Factor on the client's own times."""
    return float(os.environ.get("TIDEGATE_TIME_SCALE", "1"))
