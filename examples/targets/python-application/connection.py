"""A WebSocket of a browser, from the 101 to its end (docs/protocol.md §3 to §8, §10)."""

import asyncio
import secrets
import time
from collections import deque

import conversation
import frames
import packing
from doors import switching
from messages import Refusal, decode, encode, good_ids, invalid, named, typed
from rates import Rate
from sessions import seen_last

SERVER_ID = "python-application"
# §5: signs of life are no application messages; any other message is one, either way.
ANSWERS_TO_LIFE = ("pong", "heartbeat_response")
# §3, batches.
HELD_BACK = ("progress_update", "partial_result", "agent_status", "system_metrics", "belief_state")
MOST_HELD, LONGEST_HELD = 64, 0.02
# §9: the close that follows an error.
CLOSED_BY = {
    "INVALID_SESSION": "Invalid session",
    "SESSION_EXPIRED": "Session expired",
    "TOO_MANY_CONNECTIONS": "Too many connections",
    "SERVER_FULL": "Server full",
    "AUTH_REQUIRED": "Authentication failed",
    "AUTH_FAILED": "Authentication failed",
    "TOKEN_EXPIRED": "Token expired",
}


class Connection:
    """One WebSocket. Reads its client's messages; whoever has something for it calls `tell`."""

    def __init__(self, hub, door, reader, writer):
        self.hub, self.door, self.reader, self.writer = hub, door, reader, writer
        self.client_id = "c-" + secrets.token_hex(8)
        self.session, self.agent_id, self.token = None, None, None
        self.address = self.user = None
        self.shaken, self.subscriptions, self.explicit = False, set(door.subscribed), set()
        self.packing = self.batching = False  # what its handshake announced
        self.held, self.held_until = [], None
        self.unwanted = set()  # what it unsubscribed
        self.inbox = frames.Inbox(hub.settings.max_message_bytes, hub.settings.max_fragments)
        self.outbox, self.out_bytes, self.wake = deque(), 0, asyncio.Event()
        self.writing = ()  # the events of what is being written
        self.closing = self.ended = False
        self.opened = self.life = self.active = time.monotonic()
        self.rate = Rate(hub.settings.rate_limit, hub.settings)
        self.signs = Rate(hub.settings.life_limit, hub.settings)
        self.pinged = False  # a ping of ours has no answer yet

    # Out

    @property
    def waiting(self):
        return len(self.outbox)

    def wants(self, event, asked=False):
        """§7: what was subscribed; of its own queries all that it did not unsubscribe."""
        return event in self.subscriptions or (asked and event not in self.unwanted)

    def tell(self, message, asked=False, counted=True):
        """Queues a message, in this door's dialect."""
        if self.closing or self.ended:
            return
        event = message if "offset" in message else None
        if message["type"] not in ANSWERS_TO_LIFE:
            self.active = time.monotonic()
        if self.door.dialect == "typed":
            message = typed(message, asked)
        self._send(message, event)
        settings = self.hub.settings
        # §8: 256 messages or 1 MiB waiting. A replay is written as fast as it is read, and does not count.
        if counted and (len(self.outbox) > settings.queue_messages or self.out_bytes > settings.queue_bytes):
            self._lose("slow_consumer")
            self.close(1008, "Slow consumer")

    def _send(self, message, event):
        """§3: batches of what may be held back; anything else goes at once, behind what was held."""
        if self.batching and message.get("event_name", message["type"]) in HELD_BACK:
            self.held.append((message, event))
            if len(self.held) == MOST_HELD:
                self._let_go()
            elif self.held_until is None:
                self.held_until = asyncio.get_running_loop().call_later(LONGEST_HELD, self._let_go)
            return
        self._let_go()
        self._put(self._framed(message), event)

    def _let_go(self):
        if self.held_until:
            self.held_until.cancel()
        held, self.held, self.held_until = self.held, [], None
        if self.closing or self.ended:
            return
        if len(held) > 1:
            batch = named("batch", {"messages": [message for message, _ in held]})
            self._put(self._framed(batch), *[event for _, event in held])
        elif held:
            self._put(self._framed(held[0][0]), held[0][1])

    def _framed(self, message):
        text = encode(message).encode()
        if self.packing and len(text) >= packing.MIN_BYTES:
            return frames.frame(frames.BINARY, packing.pack(message))
        return frames.frame(frames.TEXT, text)

    def _put(self, octets, *events):
        self.outbox.append((octets, events))
        self.out_bytes += len(octets)
        self.hub.metrics.sent += 1
        self.wake.set()

    def _lose(self, reason):
        """§8: what was never written whole is a failed send."""
        waiting = [self.writing, *(events for _, events in self.outbox), [event for _, event in self.held]]
        events = [event for events in waiting for event in events if event]
        self.hub.dead_letters.lost(self, reason, events)
        self.outbox.clear()
        self.out_bytes, self.writing = 0, ()

    def close(self, code=None, reason=""):
        """Begins the close: what was told before goes out first."""
        if self.closing or self.ended:
            return
        self._let_go()
        self.closing = True
        self._put(frames.close_frame(code, reason))
        asyncio.get_running_loop().call_later(self.hub.settings.close_timeout_ms / 1000, self._abort)

    def refuse(self, refusal, reason, ids=None):
        """§9: the error first, then the close with its exact reason."""
        self.tell(refusal.named(ids), counted=False)
        self.close(1008, reason)

    def _abort(self):
        if not self.ended:
            self.writer.transport.abort()

    async def _write(self):
        limit = self.hub.settings.write_timeout_ms / 1000
        while not self.ended:
            await self.wake.wait()
            self.wake.clear()
            while self.outbox:
                octets, self.writing = self.outbox.popleft()
                self.out_bytes -= len(octets)
                self.writer.write(octets)
                transport = self.writer.transport
                if transport.get_write_buffer_size() == 0 and not transport.is_closing():
                    self.writing = ()
                    continue  # the system has taken all of it
                try:
                    await asyncio.wait_for(self.writer.drain(), limit)
                    self.writing = ()
                except TimeoutError:
                    self._lose("slow_consumer")
                    self.close(1008, "Slow consumer")
                except OSError:
                    self._lose("connection_lost")
                    return

    # In

    async def serve(self, request, accept, session_id, early):
        """From the 101 to the end of the connection."""
        self.writer.write(switching(request, accept))
        self.hub.connections.add(self)
        tasks = [asyncio.ensure_future(self._write()), asyncio.ensure_future(self._watch())]
        try:
            self._open(request, session_id)
            await self._read(early)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            await self._finish(tasks)

    async def _finish(self, tasks):
        """Nothing more comes in: what is queued still goes out, within the time for a close."""
        if self.closing:
            deadline = time.monotonic() + self.hub.settings.close_timeout_ms / 1000
            while self.outbox and time.monotonic() < deadline and not tasks[0].done():
                await asyncio.sleep(0.01)
        elif self.outbox or self.writing or self.held:
            self._lose("connection_lost")
        self.ended = True
        for task in tasks:
            task.cancel()
        self.hub.connections.discard(self)
        if self.session:
            self.session.leave(self)

    def _open(self, request, session_id):
        try:
            if self.session is None:
                self.admit(request, session_id)
        except Refusal as refusal:
            return self.refuse(refusal, CLOSED_BY[refusal.code])
        self.tell(named("connection_established", self._established()))
        if self.door.kind == "progress":
            self._resume_by_address(request.query)

    def admit(self, request, session_id):
        """Who may come in (§2, §10); raises what it is refused for."""
        hub, most = self.hub, self.hub.settings.max_connections
        if len(hub.connections) > most:
            raise Refusal("SERVER_FULL", "This server has all the connections it takes.", {"limit": most})
        self.address = request.address
        hub.must_have_room(self, "address", hub.settings.max_connections_per_ip)
        chats = hub.settings.chat_connections
        if self.door.kind == "chat" and chats and hub.at_door("chat", self) >= chats:
            raise Refusal("SERVER_FULL", "This door has all the connections it takes.", {"limit": chats})
        if self.door.kind == "progress":
            session = hub.sessions.get(session_id)
            self.agent_id = request.query.get("agent_id")
            if hub.tokens.required and hub.tokens.of(request):
                self.token = hub.tokens.demand(request)
                session.bind(self.token.user)
        else:
            if self.door.token or (hub.tokens.required and self.door.kind != "demo"):
                self.token = hub.tokens.demand(request)
            session = hub.sessions.make()
            if self.token:
                session.bind(self.token.user)
        if self.token:
            self.name(self.token.user)
        session.admit(self, resuming="epoch" in request.query and self.door.kind == "progress")
        self.session = session

    def name(self, user):
        """§10, *Here*: the limit of a user counts who has a name."""
        if user != "anonymous":
            self.user = user
            self.hub.must_have_room(self, "user", self.hub.settings.max_connections_per_user)

    def _resume_by_address(self, query):
        """§8: `?epoch=…&offset=…` on the progress door."""
        try:
            seen = seen_last(query)
        except Refusal as malformed:
            return self.tell(malformed.named())
        if seen:
            self.resume(*seen)

    def _established(self):
        settings = self.hub.settings
        timers = ("ping_interval", "pong_timeout", "idle_timeout", "handshake_timeout", "drain_timeout", "session_ttl")
        rate = {"limit": settings.rate_limit, "window": self.hub.rate_window}
        limits = {
            "max_message_bytes": settings.max_message_bytes,
            "rate_limit": rate,
            "max_connections_per_session": settings.max_connections_per_session,
        }
        return {
            "client_id": self.client_id,
            "session_id": self.session.id,
            "server_id": SERVER_ID,
            "protocol_version": "1.0",
            "dialect": self.door.dialect,
            "timers": {f"{name}_ms": getattr(settings, f"{name}_ms") for name in timers},
            "limits": limits,
            "capabilities": list(conversation.NEGOTIATED),
            "epoch": self.session.epoch,
            "top": self.session.top,
        }

    async def _read(self, early):
        try:
            data = early
            while True:
                for event in self.inbox.receive(data):
                    if self._event(event):
                        return
                self._alive()
                data = await self.reader.read(65_536)
                if not data:
                    return
        except frames.Violation as violation:
            self.close(violation.code, violation.reason)
            await self._linger()

    async def _linger(self):
        """What can't be read any more is thrown away, so that the close frame is not lost to a reset."""
        while self.outbox:
            await asyncio.sleep(0.001)
        if self.writer.can_write_eof():  # not in TLS
            self.writer.write_eof()
        while await self.reader.read(65_536):
            pass

    def _alive(self):
        """§5: any frame is life."""
        if self.inbox.frames:
            self.inbox.frames = 0
            self.life = time.monotonic()

    def _event(self, event):
        """True when the connection is over."""
        self._alive()
        if event.opcode == frames.CLOSE:
            self.close(event.code)
            return True
        if self.closing:
            return False
        if event.opcode in (frames.PING, frames.PONG):
            answers = event.opcode == frames.PONG and self.pinged and not event.data
            if answers:
                self.pinged = False
            elif self.signs.take():
                self.refuse(self._too_many(self.signs), "Rate limit exceeded")
                return False
            if event.opcode == frames.PING:
                self._put(frames.frame(frames.PONG, event.data))
        elif event.opcode == frames.BINARY and not self.packing:
            raise frames.Violation(1003, "Binary messages were not announced")
        else:
            self._message(event)
        return False

    def _message(self, event):
        message, problem = {}, None
        try:
            message = self._object(decode(event.data) if event.opcode == frames.TEXT else packing.unpack(event.data))
        except Refusal as refusal:
            problem = refusal
        if not self._within_rate(message):
            return
        try:
            if problem:
                raise problem
            conversation.handle(self, message)
        except Refusal as refusal:
            self._refused(refusal, good_ids(message))
        except Exception as error:
            self.tell(self.hub.incident(error).named(good_ids(message)))
            self.close(1011, "Internal error")

    def _object(self, message):
        """A message is an object; in the typed dialect `params` win over fields at the top (§3)."""
        if not isinstance(message, dict):
            raise invalid("A message is an object.")
        if self.door.dialect == "typed" and isinstance(message.get("params"), dict):
            return {**message, **message["params"], "type": message.get("type"), "timestamp": message.get("timestamp")}
        return message

    def _refused(self, refusal, ids):
        reason = None if refusal.stays else CLOSED_BY.get(refusal.code)
        if reason:
            self.refuse(refusal, reason, ids)
        else:
            self.tell(refusal.named(ids))

    def _within_rate(self, message):
        """§10: signs of life are counted apart; the tenth refusal closes."""
        rate = self.signs if message.get("type") in conversation.SIGNS_OF_LIFE else self.rate
        refused = rate.take()
        if refused is None and rate is self.rate:
            everybody = self.hub.rate_of(self.address)
            if everybody and everybody.take():
                # What an address is refused is a violation of the connection that said it (§10).
                rate.taken.pop()
                refused, rate = rate.refuse(), everybody
        if refused is None:
            return True
        refusal = self._too_many(rate)
        if refused >= self.rate.most or rate is self.signs:
            self.refuse(refusal, "Rate limit exceeded", good_ids(message))
        else:
            self.tell(refusal.named(good_ids(message)))
        return False

    def _too_many(self, rate):
        details = {"limit": rate.limit, "window": self.hub.rate_window, "retry_after": rate.retry_after()}
        return Refusal("RATE_LIMIT_EXCEEDED", "Too many messages.", details)

    def used(self):
        """An application message came: neither the connection nor its session is idle."""
        self.active = time.monotonic()
        self.session.use(touched=False)

    @property
    def must_shake(self):
        return self.hub.settings.handshake_required and not self.shaken

    def need(self, scope):
        if self.token:
            self.token.need(scope)

    def resume(self, epoch, offset):
        """§8: all that was missed, or nothing of it and a snapshot."""
        found = self.session.resume(epoch, offset)
        self.tell(named("resumed", found.answer))
        for event in found.events:
            self.tell(event, counted=False)
        self.session.take_over(self)
        if found.recovered:
            self.hub.dead_letters.resumed(self, offset)
        else:
            self.tell(named("session_snapshot", self.session.snapshot()))

    # Signs of life (§5)

    async def _watch(self):
        settings = self.hub.settings
        ping, pong, idle = (
            settings.ping_interval_ms / 1000,
            settings.pong_timeout_ms / 1000,
            settings.idle_timeout_ms / 1000,
        )
        pinged = time.monotonic()
        while not self.closing:
            if time.monotonic() - self.life >= pong:
                await asyncio.sleep(0.03)  # when this process itself stood still, what came meanwhile is read first
            moment = time.monotonic()
            if moment - self.life >= pong:
                return self.close(1011, "Heartbeat timeout")
            running = any(not run.over for run in self.session.transactions.values()) if self.session else False
            busy = bool(self.explicit) or running or self.door.kind == "progress"
            if running:
                self.active = moment
            elif not busy and moment - self.active >= idle:
                return self.close(1000, "Idle timeout")
            if self.token and time.time() >= self.token.expires + self.hub.tokens.leeway:
                return self.refuse(Refusal("TOKEN_EXPIRED", "The token has run out."), "Token expired")
            if self.must_shake and self.session and moment - self.opened >= settings.handshake_timeout_ms / 1000:
                return self.refuse(Refusal("HANDSHAKE_REQUIRED", "Nobody shook hands in time."), "Handshake timeout")
            if moment - pinged >= ping:
                pinged = moment
                self.pinged = True
                self._put(frames.frame(frames.PING, b""))
            upcoming = [self.life + pong, pinged + ping] + ([] if busy else [self.active + idle])
            pause = max(0.005, min(min(upcoming) - time.monotonic(), 0.25))
            due = time.monotonic() + pause
            await asyncio.sleep(pause)
            # A client can't be blamed for the time in which this process stood still, and sent no pings.
            late = time.monotonic() - due
            self.life += late if late > 0.5 else 0
