"""HTTP/1.1 on one socket: requests in, answers and event streams out, or an upgrade (docs/protocol.md §2, §11).

h11 reads and writes the syntax; times and sizes are kept here.
"""

import asyncio
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

import echo
import web
from addresses import address_of
from connection import Connection
from doors import ECHO, door_of, must_be_upgrade, switching
from messages import Refusal, decode
from settings import listed

REQUEST_ID = re.compile(r"[!-~]{1,128}")


@dataclass
class Request:
    method: str
    path: str
    query: dict
    headers: list
    version: str = "1.1"
    body: bytes = b""
    peer: str = ""
    id: str = ""
    token: object = None
    address: str = ""
    origin: str | None = None  # that of a page of another place, where it is on the list

    def values(self, name):
        return [value for key, value in self.headers if key == name]

    def value(self, name):
        values = self.values(name)
        return values[0] if values else None

    def tokens(self, name):
        """A list field, in lower case (RFC 9110 §5.6.1)."""
        return [token.strip().lower() for value in self.values(name) for token in value.split(",") if token.strip()]

    def protocols(self):
        """The subprotocols offered, case kept."""
        return [name.strip() for value in self.values("sec-websocket-protocol") for name in value.split(",")]

    def json(self, required=True):
        """§11: the body is JSON whatever the content type."""
        if not self.body and not required:
            return {}
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            raise Refusal("INVALID_JSON", "The body is not UTF-8.") from None
        value = decode(text)
        if not isinstance(value, dict):
            raise Refusal("INVALID_MESSAGE", "The body is an object.")
        return value


class Broken(Exception):
    """The request can't be read any further; the answer closes the connection."""

    def __init__(self, refusal):
        super().__init__(refusal.message)
        self.refusal = refusal


class Listener:
    """One accepted socket."""

    def __init__(self, hub, reader, writer):
        self.hub, self.reader, self.writer = hub, reader, writer
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=hub.settings.max_header_bytes)
        self.request = None

    async def serve(self):
        try:
            while await self._exchange():
                self.http.start_next_cycle()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writer.close()

    async def _exchange(self):
        """One request and its answer; false when the connection is done."""
        self.request = None
        try:
            if not await self._head():
                return False
            await self._body()
        except h11.RemoteProtocolError as error:
            # 431 when the header block is too long, else 400.
            status = error.error_status_hint if error.error_status_hint in (431, 413, 501) else 400
            return await self._last(Refusal("INVALID_MESSAGE", "The request can't be read.", status=status))
        except Broken as broken:
            return await self._last(broken.refusal)
        except Refusal as refusal:
            await self._answer(web.refused(refusal))
            return self._reusable()
        return await self._respond()

    async def _next(self, deadline):
        while True:
            event = self.http.next_event()
            if event is not h11.NEED_DATA:
                return event
            left = deadline - time.monotonic()
            data = await asyncio.wait_for(self.reader.read(65_536), max(left, 0))
            if self.http.their_state is h11.IDLE and not self.http.trailing_data[0]:
                data = data.removeprefix(b"\r\n")  # RFC 9112 §2.2: an empty line before a request
                if not data and not self.reader.at_eof():
                    continue
            self.http.receive_data(data)

    async def _head(self):
        """§10: 16 KiB of headers within 10 s; silence is ended without a word."""
        event = await self._next(time.monotonic() + self.hub.settings.header_timeout_ms / 1000)
        if not isinstance(event, h11.Request):
            return False
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
        size = sum(len(name) + len(value) + 4 for name, value in headers) + len(event.target)
        self.request = request = Request(event.method.decode(), "", {}, headers, event.http_version.decode())
        request.peer = (self.writer.get_extra_info("peername") or ("",))[0]
        given = request.value("x-request-id") or ""
        request.id = given if REQUEST_ID.fullmatch(given) else "r-" + secrets.token_hex(8)
        if request.value("content-length") and request.value("transfer-encoding"):
            # RFC 9112 §6.3: most likely somebody hides a request in another.
            raise Broken(Refusal("INVALID_MESSAGE", "A length stands beside chunks."))
        if size > self.hub.settings.max_header_bytes:
            raise Broken(Refusal("INVALID_MESSAGE", "The header block is too long.", status=431))
        try:
            target = urlsplit(event.target.decode("latin-1"))
        except ValueError:
            raise Broken(Refusal("INVALID_MESSAGE", "The address can't be read.")) from None
        request.path = unquote(target.path)
        request.query = dict(parse_qsl(target.query, keep_blank_values=True))
        if self.http.they_are_waiting_for_100_continue:
            self.writer.write(self.http.send(h11.InformationalResponse(status_code=100, headers=[])))
        return True

    async def _body(self):
        """§10, §11: 64 KiB within 10 s."""
        deadline = time.monotonic() + self.hub.settings.body_timeout_ms / 1000
        too_large = Broken(
            Refusal("MESSAGE_TOO_LARGE", "The body is too large.", {"limit": self.hub.settings.max_body_bytes})
        )
        length = self.request.value("content-length")
        if length and length.isdigit() and int(length) > self.hub.settings.max_body_bytes:
            raise too_large
        body = bytearray()
        while True:
            try:
                event = await self._next(deadline)
            except TimeoutError:
                refusal = Refusal("INVALID_MESSAGE", "The body did not come in time.", {"reason": "body_timeout"}, 408)
                raise Broken(refusal) from None
            if isinstance(event, h11.Data):
                body += event.data
                if len(body) > self.hub.settings.max_body_bytes:
                    raise too_large
            elif isinstance(event, h11.EndOfMessage):
                self.request.body = bytes(body)
                return
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                raise OSError("the client is gone")

    async def _respond(self):
        self.hub.answering += 1
        try:
            return await self._answered()
        finally:
            self.hub.answering -= 1

    async def _answered(self):
        try:
            door = door_of(self.request.path)[0] or self.request.path == ECHO
            web.must_be_our_origin(self.hub, self.request, door)
            self.request.address = address_of(self.request, listed(self.hub.settings.trusted_proxies))
            allowed = web.preflight(self.request)
            if allowed:
                await self._answer(allowed)
                return self._reusable()
            if self.request.path == ECHO and self.hub.settings.echo_door:
                return await self._echo()
            if door_of(self.request.path)[0] or self._wants_upgrade():
                return await self._upgrade()
            answer = await web.answer(self.hub, self.request)
        except Refusal as refusal:
            answer = web.refused(refusal)
        except Exception as error:
            answer = web.refused(self.hub.incident(error))
        if isinstance(answer, web.Stream):
            return await self._stream(answer)
        await self._answer(answer)
        return self._reusable()

    def _wants_upgrade(self):
        return "websocket" in self.request.tokens("upgrade")

    async def _upgrade(self):
        """§2: what is malformed is answered by HTTP; what is refused otherwise, after the upgrade."""
        door, session_id = door_of(self.request.path)
        if door is None:
            raise Refusal("NOT_FOUND", "There is no such door.")
        accept = must_be_upgrade(self.request)
        if self.hub.draining:
            raise Refusal("SERVER_FULL", "The server is going away.", {"reason": "draining"})
        early = self.http.trailing_data[0]
        connection = Connection(self.hub, door, self.reader, self.writer)
        if self.hub.settings.reject_mode == "http":
            connection.admit(self.request, session_id)
        await connection.serve(self.request, accept, session_id, early)
        return False

    async def _echo(self):
        accept = must_be_upgrade(self.request)
        early = self.http.trailing_data[0]
        self.writer.write(switching(self.request, accept))
        await echo.serve(self.reader, self.writer, early)
        return False

    # Answers

    def _reusable(self):
        return self.http.our_state is h11.DONE and self.http.their_state is h11.DONE

    def _headers(self, more):
        request_id = self.request.id if self.request else "r-" + secrets.token_hex(8)
        origin = self.request.origin if self.request else None
        cors = [("access-control-allow-origin", origin), ("vary", "Origin")] if origin else []
        return [("x-request-id", request_id), ("cache-control", "no-store"), *cors, *more]

    async def _answer(self, answer, last=False):
        body = b"" if answer.body is None else answer.body
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        headers = [*answer.headers]
        if answer.body is not None:
            headers.append(("content-type", answer.content_type))
        if answer.status not in (204, 304):
            headers.append(("content-length", str(len(body))))
        if last:
            headers.append(("connection", "close"))
        head = h11.Response(status_code=answer.status, headers=self._headers(headers))
        octets = self.http.send(head)
        if self.request is None or self.request.method != "HEAD":
            octets += self.http.send(h11.Data(data=body)) if body and answer.status not in (204, 304) else b""
        self.writer.write(octets + self.http.send(h11.EndOfMessage()))
        await self.writer.drain()

    async def _last(self, refusal):
        """The last answer of a connection whose input can't be followed; the rest is thrown away for a moment."""
        await self._answer(web.refused(refusal), last=True)
        try:
            if self.writer.can_write_eof():  # not in TLS
                self.writer.write_eof()
            async with asyncio.timeout(1):
                while await self.reader.read(65_536):
                    pass
        except (OSError, TimeoutError):
            pass
        return False

    async def _stream(self, stream):
        """Server-sent events until the stream or its reader ends (§11)."""
        headers = self._headers([("content-type", "text/event-stream"), ("connection", "close")])
        self.writer.write(self.http.send(h11.Response(status_code=200, headers=headers)))
        gone = asyncio.ensure_future(self._gone())
        try:
            async for piece in stream.pieces(gone):
                self.writer.write(self.http.send(h11.Data(data=piece)))
                await asyncio.wait_for(self.writer.drain(), self.hub.settings.write_timeout_ms / 1000)
            if not stream.broken:
                self.writer.write(self.http.send(h11.EndOfMessage()))
                await self.writer.drain()
            else:
                self.writer.transport.abort()
        finally:
            stream.leave()
            gone.cancel()
        return False

    async def _gone(self):
        while await self.reader.read(65_536):
            pass
