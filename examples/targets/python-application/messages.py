"""Messages: strict JSON, ids, refusals and the two dialects (docs/protocol.md §3 and §9)."""

import json
import re
from datetime import datetime, timezone

IDS = ("id", "query_id", "correlation_id")
# AsyncAPI: these look the same in both dialects; so does an error that is not the event of a query.
FLAT = ("connection_established", "connection_acknowledged", "pong")
BROADCASTS = ("server_shutting_down", "system_status")

# HTTP statuses of error codes, as the responses of /api/openapi.json list them.
STATUS = {
    "INVALID_JSON": 400,
    "INVALID_MESSAGE": 400,
    "UNKNOWN_TYPE": 400,
    "AUTH_REQUIRED": 401,
    "AUTH_FAILED": 401,
    "TOKEN_EXPIRED": 401,
    "FORBIDDEN": 403,
    "DATABASE_CONTEXT_FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "INVALID_SESSION": 404,
    "SESSION_EXPIRED": 410,
    "DATABASE_CONTEXT_EXPIRED": 410,
    "MESSAGE_TOO_LARGE": 413,
    "QUERY_REJECTED": 422,
    "DATABASE_CONTEXT_MISSING": 422,
    "DATABASE_CONTEXT_INVALID": 422,
    "TOO_MANY_CONNECTIONS": 429,
    "RATE_LIMIT_EXCEEDED": 429,
    "QUERY_FAILED": 500,
    "INTERNAL": 500,
    "AGENT_UNAVAILABLE": 502,
    "SERVER_FULL": 503,
    "CIRCUIT_OPEN": 503,
    "DATABASE_CONTEXT_UNAVAILABLE": 503,
    "QUERY_TIMEOUT": 504,
}


class Refusal(Exception):
    """What a client asked for and does not get, as an `error` message says it (§9)."""

    def __init__(self, code, message, details=None, status=None, headers=()):
        super().__init__(message)
        self.code, self.message, self.details = code, message, details
        self.status, self.headers = status or STATUS.get(code, 400), headers
        self.stays = False  # told on a socket without the close that goes with the code

    def fields(self):
        fields = {"code": self.code, "message": self.message}
        if self.details is not None:
            fields["details"] = self.details
        return fields

    def named(self, ids=None):
        return named("error", self.fields(), ids)

    def without_close(self):
        self.stays = True
        return self


def now():
    """The current instant as every message has it: RFC 3339, UTC, milliseconds, `Z`."""
    return instant(datetime.now(timezone.utc).timestamp())


def instant(seconds):
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


class Message(dict):
    """A message that does not change any more: written as JSON once, however many hear it."""

    text = None


def named(name, fields, ids=None):
    """A message of the named dialect, stamped."""
    return Message({"type": name, **(ids or {}), **fields, "timestamp": now()})


def typed(message, asked=False):
    """The same in the typed dialect (§3); `asked` for the end of a query that goes to who asked it."""
    name = message["type"]
    flat_error = name == "error" and (asked or "offset" not in message)
    if name in FLAT or flat_error:
        return message
    payload = {key: value for key, value in message.items() if key != "type"}
    stamp = {key: message[key] for key in (*IDS, "timestamp") if key in message}
    if asked and name in ("query_result", "query_cancelled", "chat_reply"):
        return {"type": "response", **stamp, "result": payload}
    kind = "broadcast" if name in BROADCASTS else "event"
    return {"type": kind, "event_name": name, **stamp, "payload": payload}


def encode(message):
    text = getattr(message, "text", None) or json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    if isinstance(message, Message):
        message.text = text
    return text


# Reading. §9: duplicate keys, numbers out of range, lone surrogates and over 128 levels are INVALID_JSON.

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
DEPTH = 128


def decode(text):
    """The value that `text` is, or INVALID_JSON."""
    depth = 0
    for letter in _TEXT.sub("", text):
        if letter in "[{":
            depth += 1
            if depth > DEPTH:
                raise Refusal("INVALID_JSON", f"more than {DEPTH} levels")
        elif letter in "]}":
            depth -= 1
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
        )
        encode(value).encode()
    except UnicodeEncodeError:
        raise Refusal("INVALID_JSON", "a lone surrogate") from None
    except (ValueError, RecursionError) as error:
        raise Refusal("INVALID_JSON", f"not JSON: {error}") from None
    return value


def _object(pairs):
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key stands twice")
    return fields


def _integer(text):
    value = int(text) if len(text) < 40 else None
    if value is None or not -(2**63) <= value < 2**64:
        raise ValueError("a number out of range")
    return value


def _real(text):
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number out of range")
    return value


def _constant(text):
    raise ValueError(f"{text} is not JSON")


def invalid(message, **details):
    return Refusal("INVALID_MESSAGE", message, details or None)


def read_ids(message):
    """The ids a client gave: text of 1 to 128 characters, or an integer; null is none."""
    ids = {}
    for name in IDS:
        value = message.get(name)
        if value is None:
            continue
        if not is_id(value):
            raise invalid(f"{name} is text of 1 to 128 characters, or an integer", field=name)
        ids[name] = value
    return ids


def good_ids(message):
    """Those of the ids that are well-formed, for an error about the others."""
    return {name: message[name] for name in IDS if is_id(message.get(name))}


def is_id(value):
    if isinstance(value, str):
        return 1 <= len(value) <= 128
    return isinstance(value, int) and not isinstance(value, bool)


def field(message, name, kind, required=False):
    """An optional field: absent and null are the same; another type is INVALID_MESSAGE."""
    value = message.get(name)
    if value is None:
        if required:
            raise invalid(f"{name} is missing", field=name)
        return None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise invalid(f"{name} has the wrong type", field=name)
    return value


def texts(message, name, required=False):
    values = field(message, name, list, required)
    if values is not None and not all(isinstance(value, str) for value in values):
        raise invalid(f"{name} is a list of texts", field=name)
    return values
