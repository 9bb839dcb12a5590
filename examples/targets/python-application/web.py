"""Requests: questions without a socket, sessions, databases, health (docs/protocol.md §11, /api/openapi.json)."""

import asyncio
import re
from dataclasses import dataclass, field as with_default

from addresses import allowed_origin
from conversation import HANDLERS
from descriptions import asyncapi, openapi
from messages import STATUS, Refusal, encode, field, invalid, named, read_ids
from sessions import SESSION_EVENTS, seen_last
from settings import listed

LOOPBACK = ("127.0.0.1", "::1")
# OpenAPI: no token is needed for the descriptions.
OPEN = ("/api/openapi.json", "/api/asyncapi.json")


@dataclass
class Answer:
    status: int
    body: object = None
    headers: list = with_default(default_factory=list)
    content_type: str = "application/json"


def refused(refusal):
    """§9: over HTTP the same object as on a socket."""
    return Answer(refusal.status, refusal.named(), [*refusal.headers, *helping(refusal.status)])


def helping(status):
    """§9: when to come again, and how to introduce oneself."""
    if status in (429, 503):
        return [("retry-after", "1")]
    return [("www-authenticate", "Bearer")] if status == 401 else []


def must_be_our_origin(hub, request, door):
    """§2, §11: a page of another origin gets 403 at the doors and under /api/."""
    if door or request.path.startswith("/api/"):
        request.origin = allowed_origin(request, listed(hub.settings.origins))


def preflight(request):
    """What a page of a listed origin may do (the Fetch standard)."""
    if request.method == "OPTIONS" and request.origin:
        allow = [
            ("access-control-allow-methods", "GET, POST, DELETE"),
            ("access-control-max-age", "600"),
            (
                "access-control-allow-headers",
                "authorization, content-type, x-session-id, last-event-id, prefer, if-none-match",
            ),
        ]
        return Answer(204, None, allow)
    return None


async def answer(hub, request):
    """The answer to a request that is no upgrade."""
    if request.path.startswith("/api/"):
        hub.take_request(request)
    method = "GET" if request.method == "HEAD" else request.method
    for pattern, methods in ROUTES:
        arguments = match(pattern, request.path)
        if arguments is None:
            continue
        if method not in methods:
            allow = [("allow", ", ".join(methods))]
            raise Refusal("INVALID_MESSAGE", "This can't be done here.", status=405, headers=allow)
        if pattern.startswith("/api/") and pattern not in OPEN and hub.tokens.required:
            request.token = hub.tokens.demand(request)
        return await methods[method](hub, request, *arguments)
    raise Refusal("NOT_FOUND", "There is nothing here.")


def match(pattern, path):
    """The parts of `path` that stand where `pattern` has a `*`, or None."""
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given) or any(a not in ("*", b) for a, b in zip(wanted, given)):
        return None
    return [b for a, b in zip(wanted, given) if a == "*"]


def session_of(hub, request, body):
    """§11: a session id in the body wins over the header. An unknown one is made; none at all, too."""
    wanted = field(body, "session_id", str) or request.value("x-session-id")
    session = hub.sessions.get_or_make(wanted) if wanted else hub.sessions.make()
    session.use()
    return owned(request, session)


def owned(request, session):
    """§2: with tokens, another user's session is like an unknown one."""
    if request.token:
        session.bind(request.token.user)
    return session


def need(request, scope):
    if request.token:
        request.token.need(scope)


def accepts(request, kind):
    """Whether `kind` is in Accept, by its own name and not with the weight 0 (RFC 9110 §12.5.1)."""
    for token in request.tokens("accept"):
        name, *parameters = [part.strip() for part in token.split(";")]
        if name == kind:
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False


async def ask(hub, request):
    """POST /api/query: waits, streams, or says where to look."""
    body = request.json()
    field(body, "query", str, required=True)
    ids = read_ids(body)
    need(request, "query")
    session = session_of(hub, request, body)
    streamed = accepts(request, "text/event-stream")
    wanted = body.get("preferences")
    if not streamed and isinstance(wanted, dict) and isinstance(wanted.get("stream"), bool):
        # *Here*, §11: only a stream obeys `preferences.stream`.
        body = {**body, "preferences": {**wanted, "stream": False}}
    stream = EventStream(hub, session, None, SESSION_EVENTS) if streamed else None
    run, duplicate = hub.queries.ask(session, body, ids, stream, token=request.token)
    if streamed:
        stream.only = run.id
        if duplicate:
            stream.tell(named("query_accepted", {"transaction_id": run.id, "duplicate": True}, ids))
            if run.over:
                stream.tell(run.end)
        session.listeners.add(stream)
        return Stream(stream)
    if "respond-async" in request.tokens("prefer"):
        return Answer(
            202, run.described(), [("location", f"/api/transactions/{run.id}"), ("preference-applied", "respond-async")]
        )
    await run.finished.wait()
    end = run.end
    status = (
        STATUS.get(end["code"], 500) if end["type"] == "error" else 409 if end["type"] == "query_cancelled" else 200
    )
    return Answer(status, end, helping(status))


async def transaction(hub, request, transaction_id):
    """GET /api/transactions/{id}, with its ETag."""
    run = hub.queries.known.get(transaction_id)
    if run is None or (request.token and run.session.user != request.token.user):
        raise Refusal("NOT_FOUND", "There is no such transaction.")
    tag = f'"{run.id}-{run.version}"'
    known = [value.removeprefix("w/") for value in request.tokens("if-none-match")]
    if tag in known or "*" in known:
        return Answer(304, None, [("etag", tag)])
    return Answer(200, run.described(), [("etag", tag)])


async def progress(hub, request, session_id):
    """GET /api/progress/{session_id}: a session's events as a stream or as a list."""
    seen = last_event(request)
    session = owned(request, hub.sessions.get(session_id))
    if request.query.get("poll") == "1":
        session.use()
        epoch, offset = seen or (session.epoch, 0)
        found = session.resume(epoch, offset)
        body = {"resumed": found.answer, "events": found.events}
        if not found.recovered:
            body["session_snapshot"] = session.snapshot()
        return Answer(200, body)
    if len(hub.connections) >= hub.settings.max_connections:
        raise Refusal("SERVER_FULL", "This server has all the connections it takes.")
    stream = EventStream(hub, session, request.query.get("agent_id"), SESSION_EVENTS)
    session.admit(stream, resuming=seen is not None)
    hub.connections.add(stream)
    if seen:
        found = session.resume(*seen)
        stream.tell(named("resumed", found.answer))
        for event in found.events:
            stream.tell(event, counted=False)
        if not found.recovered:
            stream.tell(named("session_snapshot", session.snapshot()))
    return Stream(stream)


def last_event(request):
    """§11, *Here*: the field wins over the address; a malformed one is 400."""
    given = request.value("last-event-id")
    if given is None:
        return seen_last(request.query)
    epoch, colon, offset = given.partition(":")
    if not colon:
        raise invalid("Last-Event-ID is epoch:offset.", field="Last-Event-ID")
    return seen_last({"epoch": epoch, "offset": offset})


class EventStream:
    """A reader of server-sent events: a connection of its session (§11)."""

    def __init__(self, hub, session, agent_id, subscriptions):
        self.hub, self.session, self.agent_id, self.subscriptions = hub, session, agent_id, subscriptions
        self.only = None  # the transaction, where a POST asked for its events
        self.queue, self.wake = [], asyncio.Event()
        self.bytes = 0
        self.over = self.broken = self.closing = False

    @property
    def waiting(self):
        return len(self.queue)

    def wants(self, event, _asked=False):
        return event in self.subscriptions

    def tell(self, message, asked=False, counted=True):
        if self.over or (self.only and message.get("transaction_id") != self.only):
            return
        data = encode(message)
        place = f"id: {message['epoch']}:{message['offset']}\n" if "offset" in message else ""
        self.queue.append(f"{place}event: {message['type']}\ndata: {data}\n\n".encode())
        self.bytes += len(data)
        settings = self.hub.settings
        if counted and (len(self.queue) > settings.queue_messages or self.bytes > settings.queue_bytes):
            self.broken = self.over = True
        if self.only and message["type"] in ("query_result", "query_cancelled", "error"):
            self.over = True
        self.wake.set()

    def close(self, code=None, reason=""):
        self.over = True
        self.wake.set()

    def refuse(self, refusal, reason):
        self.tell(refusal.named())
        self.close()


@dataclass
class Stream:
    """What the listener writes of an event stream."""

    source: EventStream

    @property
    def broken(self):
        return self.source.broken

    async def pieces(self, gone):
        source = self.source
        keep_alive = source.hub.settings.stream_keep_alive_ms / 1000
        pace = min(keep_alive, source.hub.settings.ping_interval_ms / 1000)
        yield b"retry: 1000\n\n"
        while not gone.done():
            if source.queue and not source.broken:
                pieces, source.queue, source.bytes = source.queue, [], 0
                for piece in pieces:
                    yield piece
            elif source.over:
                return
            else:
                source.wake.clear()
                waiting = asyncio.ensure_future(source.wake.wait())
                done, _ = await asyncio.wait({waiting, gone}, timeout=pace, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if not done:
                    yield b": still here\n\n"

    def leave(self):
        self.source.over = True
        self.source.session.leave(self.source)
        self.source.hub.connections.discard(self.source)


# Sessions and databases


async def create_session(hub, request):
    body = request.json(required=False)
    wanted = field(body, "session_id", str) or request.value("x-session-id")
    user = field(body, "user_id", str)
    if request.token and user not in (None, request.token.user):
        raise Refusal("FORBIDDEN", "The token is of another user.")
    user = request.token.user if request.token else user or "anonymous"
    known = wanted in hub.sessions.known and hub.sessions.known[wanted].user is not None
    session = hub.sessions.get_or_make(wanted) if wanted else hub.sessions.make()
    session.bind(user)
    session.use()
    return Answer(200 if known else 201, session.described(), [("location", f"/api/sessions/{session.id}")])


async def session(hub, request, session_id):
    return Answer(200, owned(request, hub.sessions.get(session_id)).described())


async def end_session(hub, request, session_id):
    owned(request, hub.sessions.get(session_id)).end()
    return Answer(204)


async def list_databases(hub, _):
    return Answer(200, hub.databases.listed())


async def select_database(hub, request):
    body = request.json()
    context = hub.databases.named(body, "session")
    wanted = field(body, "session_id", str) or request.value("x-session-id")
    if not wanted:
        raise invalid("A selection is for a session.", field="session_id")
    found = owned(request, hub.sessions.get(wanted))
    hub.databases.must_be_allowed(context, request.token)
    fields = hub.databases.select(found, context)
    found.publish("database_context_changed", fields)
    return Answer(200, fields)


async def validate_database(hub, request):
    context = hub.databases.named(request.json(), "message")
    try:
        hub.databases.must_exist(context)
        hub.databases.must_answer(context.database)
        errors = []
    except Refusal as refusal:
        errors = [refusal.named()]
    return Answer(200, {"valid": not errors, "errors": errors})


# What it is and how it is


async def dead_letters(hub, request):
    need(request, "admin")
    if request.token is None and request.peer not in LOOPBACK:
        raise Refusal("FORBIDDEN", "Administration is for this machine.")
    return Answer(200, {"dead_letters": list(hub.dead_letters.letters)})


async def health(hub, _):
    found = {"agents": "healthy", "mcp": "healthy", "database": "healthy"}
    body = {
        "status": hub.status,
        "service": "backend",
        "mcp_status": "healthy",
        "dynamic_schema": "enabled",
        "topology": "hybrid",
        "version": "1.0.0",
        "dependencies": found,
    }
    return Answer(503 if hub.draining else 200, body)


async def ready(hub, _):
    found = {"agents": "healthy", "mcp": "healthy", "database": "healthy"}
    return Answer(503 if hub.draining else 200, {"ready": not hub.draining, "dependencies": found})


async def metrics(hub, _):
    lines = []
    figures = hub.figures()
    told = {
        "connection_count": "connections",
        "messages_sent_total": "messages_sent",
        "messages_failed_total": "messages_failed",
        "average_latency_ms": "average_latency_ms",
    }
    for name, figure in told.items():
        lines += [f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}", f"{name} {figures[figure]}"]
    return Answer(200, ("\n".join(lines) + "\n").encode(), content_type="text/plain; version=0.0.4")


async def describe_requests(*_):
    return Answer(200, openapi(ROUTES))


async def describe_messages(*_):
    return Answer(200, asyncapi(tuple(HANDLERS)))


ROUTES = [
    ("/api/query", {"POST": ask}),
    ("/api/transactions/*", {"GET": transaction}),
    ("/api/progress/*", {"GET": progress}),
    ("/api/sessions", {"POST": create_session}),
    ("/api/sessions/*", {"GET": session, "DELETE": end_session}),
    ("/api/database/list", {"GET": list_databases}),
    ("/api/database/select", {"POST": select_database}),
    ("/api/database/validate", {"POST": validate_database}),
    ("/api/admin/dead-letters", {"GET": dead_letters}),
    ("/api/openapi.json", {"GET": describe_requests}),
    ("/api/asyncapi.json", {"GET": describe_messages}),
    ("/health", {"GET": health}),
    ("/ready", {"GET": ready}),
    ("/metrics", {"GET": metrics}),
]
