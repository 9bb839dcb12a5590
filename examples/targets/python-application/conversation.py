"""What a client may say on a socket, and what it is answered (docs/protocol.md §2, §4 to §8)."""

import re
from datetime import datetime

from messages import Refusal, field, instant, invalid, named, now, read_ids, texts
from sessions import EVENTS, seen_last

NEGOTIATED = ("msgpack", "batch")
CAPABILITIES = (*NEGOTIATED, "query_processing", "database_management", "real_time_updates", "heartbeat")
SIGNS_OF_LIFE = ("ping", "heartbeat")


# RFC 3339 §5.6, or the same without a zone, which is UTC (§3).
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")


def must_be_instant(text):
    try:
        if INSTANT.fullmatch(text):
            datetime.fromisoformat(text[:19])
            return
    except ValueError:
        pass
    raise invalid("timestamp is an instant as RFC 3339 writes it.", field="timestamp")


def handle(connection, message):
    name = field(message, "type", str, required=True)
    if connection.door.dialect == "typed":
        must_be_instant(field(message, "timestamp", str, required=True))
        field(message, "params", dict)
    ids = read_ids(message)
    handler = HANDLERS.get(name)
    if handler is None or (name == "chat_message" and connection.door.dialect == "typed"):
        raise Refusal("UNKNOWN_TYPE", "There is no such type of message.", {"type": name})
    if name not in SIGNS_OF_LIFE:
        if connection.must_shake and name != "connection_handshake":
            raise Refusal("HANDSHAKE_REQUIRED", "Shake hands first.")
        connection.used()
    handler(connection, message, ids)


def ping(connection, _, ids):
    connection.tell(named("pong", {}, ids))


def heartbeat(connection, _, ids):
    hub = connection.hub
    metrics = {
        "uptime": now(),
        "uptime_seconds": hub.uptime(),
        "started_at": instant(hub.started),
        "active_connections": len(hub.connections),
    }
    fields = {
        "correlation_id": ids.get("correlation_id"),
        "server_status": hub.status,
        "connection_id": f"backend_{connection.session.user or 'anonymous'}",
        "client_id": connection.client_id,
        "metrics": metrics,
        "top": connection.session.top,
    }
    connection.tell(named("heartbeat_response", fields, {name: ids[name] for name in ids if name != "correlation_id"}))


def handshake(connection, message, ids):
    """§4. No field is mandatory."""
    agent, user = bounded(message, "agent_id"), bounded(message, "user_id")
    wanted = field(message, "session_id", str)
    capabilities = texts(message, "capabilities") or ()
    field(message, "client_info", dict)
    field(message, "agent_type", str)
    resume = field(message, "resume", dict)
    if resume is not None:
        resume = seen_last(resume, required=True)
    if connection.shaken:
        raise Refusal("ALREADY_ESTABLISHED", "This connection has shaken hands.")
    if connection.token:
        if user not in (None, connection.token.user):
            raise Refusal("AUTH_FAILED", "The token is of another user.")
        user = connection.token.user
    user = user or "anonymous"
    connection.agent_id = agent or connection.agent_id
    enter(connection, wanted, user, resume)
    connection.name(user)
    connection.shaken = True
    connection.packing, connection.batching = "msgpack" in capabilities, "batch" in capabilities
    session = connection.session
    session.use()
    fields = {
        "agent_id": agent,
        "server_agent_id": f"backend_{user}",
        "server_capabilities": list(CAPABILITIES),
        "session_established": True,
        "session_id": session.id,
        "epoch": session.epoch,
        "top": session.top,
    }
    recovered = connection.hub.databases.recovered(session)
    if recovered:
        fields["recovered_database_context"] = recovered
    connection.tell(named("connection_acknowledged", fields, ids))
    if resume:
        connection.resume(*resume)


def enter(connection, wanted, user, resume):
    """Moves to the session that the handshake names (§2, §4)."""
    session = connection.session
    if connection.door.kind == "demo" or wanted in (None, session.id):
        session.bind(user)
        if resume:
            session.leave(connection)
            session.admit(connection, resuming=True)
        return
    if connection.door.kind == "progress":
        raise Refusal("INVALID_SESSION", "The path names another session.")
    found = connection.hub.sessions.get_or_make(wanted)
    found.bind(user)
    found.admit(connection, resuming=resume is not None)
    session.leave(connection)
    connection.session = found


def subscribe(connection, message, ids):
    events = subscription(connection, message, ids, "subscribed", connection.subscriptions.update)
    connection.explicit |= events
    connection.unwanted -= events


def unsubscribe(connection, message, ids):
    events = subscription(connection, message, ids, "unsubscribed", connection.subscriptions.difference_update)
    connection.explicit -= events
    connection.unwanted |= events


def subscription(connection, message, ids, answer, change):
    events = list(dict.fromkeys(texts(message, "events", required=True)))
    known = [event for event in events if event in EVENTS]
    change(known)
    active = [event for event in EVENTS if event in connection.subscriptions]
    fields = {"events": known, "rejected": [event for event in events if event not in EVENTS], "active": active}
    connection.tell(named(answer, fields, ids))
    return set(known)


def query(connection, message, ids, chat=False):
    field(message, "message" if chat else "query", str, required=True)
    session_id = field(message, "session_id", str)
    if session_id not in (None, connection.session.id) and connection.door.kind != "demo":
        raise Refusal("INVALID_SESSION", "This connection is of another session.").without_close()
    connection.need("query")
    run, duplicate = connection.hub.queries.ask(connection.session, message, ids, connection, chat, connection.token)
    if duplicate:
        connection.tell(named("query_accepted", {"transaction_id": run.id, "duplicate": True}, ids))
        if run.over:
            connection.tell(run.end, asked=True)


def chat_message(connection, message, ids):
    query(connection, message, ids, chat=True)


def command(connection, message, ids):
    action = field(message, "action", str, required=True)
    transaction = field(message, "transaction_id", str, required=True)
    if action not in ("cancel", "pause", "resume", "retry"):
        raise invalid("There is no such action.", field="action")
    connection.need("command")
    if action == "retry":
        connection.need("query")
    fields, then = connection.hub.queries.command(connection.session, action, transaction, connection, ids)
    connection.tell(named("command_result", fields, ids))
    then()


def token_refresh(connection, message, ids):
    """§2: where no token is needed one is ignored, and expires_at is null."""
    text = field(message, "token", str, required=True)
    if connection.token is None:
        return connection.tell(named("token_refreshed", {"expires_at": None}, ids))
    token = connection.hub.tokens.read(text)
    if token.user != connection.token.user:
        raise Refusal("AUTH_FAILED", "The token is of another user.")
    connection.token = token
    return connection.tell(named("token_refreshed", {"expires_at": instant(token.expires)}, ids))


def bounded(message, name):
    value = field(message, name, str)
    if value is not None and len(value) > 256:
        raise invalid(f"{name} has at most 256 characters", field=name)
    return value


HANDLERS = {
    "ping": ping,
    "heartbeat": heartbeat,
    "connection_handshake": handshake,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "query": query,
    "chat_message": chat_message,
    "command": command,
    "token_refresh": token_refresh,
}
