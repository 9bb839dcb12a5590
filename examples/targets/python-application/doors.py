"""The doors: which there are, and what an upgrade must be (docs/protocol.md §2)."""

import base64
import hashlib
import re
from dataclasses import dataclass

from messages import Refusal
from sessions import SESSION_EVENTS

ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3

UPGRADE = [("upgrade", "websocket"), ("connection", "Upgrade")]


@dataclass(frozen=True)
class Door:
    """A row of the table of §2."""

    kind: str
    dialect: str = "named"
    token: bool = False

    @property
    def subscribed(self):
        return SESSION_EVENTS if self.dialect == "named" else ()


DOORS = {
    "/ws/query": Door("query"),
    "/ws/chat": Door("chat"),
    "/ws/demo": Door("demo", "typed"),
    "/api/v1/ws/demo": Door("demo", "typed"),
    "/api/v1/ws/dev": Door("query", "typed", token=True),
    "/api/v1/ws": Door("query", "typed", token=True),
}
ECHO = "/ws/echo"
PROGRESS_ADDRESS = "/ws/progress/{session_id}"
PROGRESS = re.compile(r"/ws/progress/([^/]+)")


def door_of(path):
    """The door at `path`, and the session that the path names."""
    progress = PROGRESS.fullmatch(path)
    return (Door("progress"), progress[1]) if progress else (DOORS.get(path), None)


def switching(request, accept):
    """The 101 (RFC 6455 §4.2.2), with the subprotocol where it is offered."""
    head = f"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n"
    if "tidegate.v1" in request.protocols():
        head += "sec-websocket-protocol: tidegate.v1\r\n"
    return (head + f"x-request-id: {request.id}\r\n\r\n").encode()


def must_be_upgrade(request):
    """§2: a malformed upgrade is answered by HTTP. Gives the value of Sec-WebSocket-Accept."""
    upgrade = "websocket" in request.tokens("upgrade")
    connection = "upgrade" in request.tokens("connection")
    if request.method != "GET":
        raise Refusal("INVALID_MESSAGE", "A door is opened by GET.", status=405, headers=[("allow", "GET")])
    if not request.values("upgrade") and not connection:
        raise Refusal("INVALID_MESSAGE", "This is a door for WebSockets.", status=426, headers=UPGRADE)
    if not upgrade or not connection or request.version != "1.1":
        raise Refusal("INVALID_MESSAGE", "Half an upgrade.")
    versions = request.values("sec-websocket-version")
    if versions != ["13"]:
        wrong = len(versions) == 1 and versions[0].isdigit()
        status = {"status": 426, "headers": [*UPGRADE, ("sec-websocket-version", "13")]} if wrong else {}
        raise Refusal("INVALID_MESSAGE", "Only version 13 is spoken.", **status)
    keys = request.values("sec-websocket-key")
    try:
        well_formed = len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == 16
    except ValueError:
        well_formed = False
    if not well_formed:
        raise Refusal("INVALID_MESSAGE", "Sec-WebSocket-Key is 16 octets in base64, once.")
    if request.body:
        raise Refusal("INVALID_MESSAGE", "An upgrade has no body.")
    return base64.b64encode(hashlib.sha1(keys[0].encode() + ACCEPT_SUFFIX).digest()).decode()
