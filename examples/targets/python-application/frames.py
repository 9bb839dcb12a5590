"""Frames of RFC 6455, as a server reads and writes them. Knows nothing of sockets: octets in, events out."""

import codecs
import struct
from dataclasses import dataclass

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


class Violation(Exception):
    """The connection can't go on; the code of the close frame that says why."""

    def __init__(self, code, reason=""):
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass
class Event:
    """A whole message, or a control frame. `code` is that of a close frame, None without one."""

    opcode: int
    data: bytes | str = b""
    code: int | None = None


@dataclass
class _Frame:
    fin: bool
    opcode: int
    left: int
    mask: bytes
    done: int = 0


def frame(opcode, data=b""):
    """A frame from the server: never masked (RFC 6455 §5.1), never in fragments."""
    if len(data) < 126:
        head = struct.pack("!BB", 0x80 | opcode, len(data))
    elif len(data) < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 126, len(data))
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, len(data))
    return head + data


def close_frame(code=None, reason=""):
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason.encode()[:123])


def unmask(data, mask, offset):
    key = (mask * 2)[offset % 4 : offset % 4 + 4]
    pad = (key * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data) ^ int.from_bytes(pad)).to_bytes(len(data))


class Inbox:
    """Reads frames as their octets come; what is wrong is told as early as it can be known."""

    def __init__(self, max_bytes, max_fragments):
        self.max_bytes, self.max_fragments = max_bytes, max_fragments
        self.buffer = bytearray()
        self.frame = None
        self.begun = False  # the header of a data frame is known but for its mask
        self.frames = 0  # complete frames so far: signs of life
        self.opcode = None  # of the message whose fragments come
        self._clear()

    def _clear(self):
        self.opcode, self.size, self.fragments, self.pieces = None, 0, 0, []
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def receive(self, data):
        """Events in `data`, one after the other; raises Violation."""
        self.buffer += data
        while True:
            if self.frame is None and not self._header():
                return
            current = self.frame
            if current.opcode >= CLOSE:
                if len(self.buffer) < current.left:
                    return
                payload = self._take(current.left)
                self.frame = None
                self.frames += 1
                yield self._control(current.opcode, payload)
                continue
            self._add(self._take(min(current.left, len(self.buffer))))
            if current.left:
                return
            self.frame = None
            self.frames += 1
            if current.fin:
                yield self._message()

    def _take(self, size):
        current = self.frame
        data = unmask(bytes(self.buffer[:size]), current.mask, current.done)
        del self.buffer[:size]
        current.left -= size
        current.done += size
        return data

    def _header(self):
        """RFC 6455 §5.2; true when a header is complete."""
        if len(self.buffer) >= 1 and not self.begun:
            self._first_octet(self.buffer[0])
        if len(self.buffer) < 2:
            return False
        first, second = self.buffer[0], self.buffer[1]
        fin, opcode, length = bool(first & 0x80), first & 0x0F, second & 0x7F
        if not second & 0x80:
            raise Violation(1002, "A frame is not masked")
        if opcode >= CLOSE and length > 125:
            raise Violation(1002, "A control frame is too long")
        extra = {126: 2, 127: 8}.get(length, 0)
        if len(self.buffer) < 2 + extra:
            return False
        if extra:
            length = int.from_bytes(self.buffer[2 : 2 + extra])
            if length >= 2**63 or length < (126 if extra == 2 else 65_536):
                raise Violation(1002, "A length is not written in the shortest form")
        if opcode < CLOSE and not self.begun:
            self._begin(opcode, length)
            self.begun = True
        if len(self.buffer) < 6 + extra:
            return False  # the mask is not there yet
        self.begun = False
        mask = bytes(self.buffer[2 + extra : 6 + extra])
        del self.buffer[: 6 + extra]
        self.frame = _Frame(fin, opcode, length, mask)
        return True

    def _first_octet(self, first):
        opcode = first & 0x0F
        if first & 0x70:
            raise Violation(1002, "A reserved bit is set")
        if opcode not in (0, TEXT, BINARY, CLOSE, PING, PONG):
            raise Violation(1002, "An opcode is unknown")
        if opcode >= CLOSE and not first & 0x80:
            raise Violation(1002, "A control frame is fragmented")
        if opcode in (TEXT, BINARY) and self.opcode is not None:
            raise Violation(1002, "A message begins within another")
        if opcode == 0 and self.opcode is None:
            raise Violation(1002, "There is nothing to continue")

    def _begin(self, opcode, length):
        if opcode:
            self.opcode = opcode
        self.size += length
        self.fragments += 1
        # §10: 64 KiB in at most 1,024 fragments; known from the header, before anything is kept.
        if self.size > self.max_bytes or self.fragments > self.max_fragments:
            raise Violation(1009, "Message too large")

    def _add(self, data):
        if self.opcode == TEXT:
            try:
                data = self.decoder.decode(data)
            except UnicodeDecodeError:
                raise Violation(1007, "A text is not UTF-8") from None
            begun = self.decoder.getstate()[0]
            if begun[:1] == b"\xed" and begun[1:2] >= b"\xa0":
                raise Violation(1007, "A text is not UTF-8")  # half a surrogate: Python waits for its last octet
        self.pieces.append(data)

    def _message(self):
        opcode, pieces = self.opcode, self.pieces
        if opcode == TEXT:
            try:
                self.decoder.decode(b"", True)
            except UnicodeDecodeError:
                raise Violation(1007, "A text is not UTF-8") from None
        self._clear()
        return Event(opcode, ("" if opcode == TEXT else b"").join(pieces))

    def _control(self, opcode, payload):
        if opcode != CLOSE:
            return Event(opcode, payload)
        if not payload:
            return Event(CLOSE)
        if len(payload) == 1:
            raise Violation(1002, "Half a close code")
        code = int.from_bytes(payload[:2])
        # RFC 6455 §7.4.1, and the registry of codes: 1004 to 1006 and 1015 are never sent.
        if not (code in (1000, 1001, 1002, 1003) or 1007 <= code <= 1014 or 3000 <= code <= 4999):
            raise Violation(1002, "A close code that nobody may send")
        try:
            return Event(CLOSE, payload[2:].decode(), code)
        except UnicodeDecodeError:
            raise Violation(1007, "A close reason is not UTF-8") from None
