"""What all connections share: sessions, queries, figures, notices to everybody, the end."""

import asyncio
import secrets
import sys
import time
import traceback
from collections import deque

from breakers import Breaker
from connection import Connection
from database import Databases
from messages import Refusal, named, now
from queries import Queries, workflows
from rates import Rate
from sessions import Sessions
from settings import duration
from tokens import Tokens

MOST_WAITING = 64


class Hub:
    def __init__(self, settings):
        self.settings = settings
        self.rate_window = duration(settings.rate_window_ms)
        self.workflows = workflows(settings.workflows)
        self.started, self.clock = time.time(), time.monotonic()
        self.connections = set()
        self.sessions, self.queries = Sessions(self), Queries(self)
        self.databases, self.tokens = Databases(settings), Tokens(settings)
        self.agents, self.dead_letters, self.metrics = Agents(self), DeadLetters(self), Metrics()
        self.rates = {}  # by address
        self.draining = False
        self.answering = 0  # requests whose answer is not written yet

    @property
    def status(self):
        return "draining" if self.draining else "healthy"

    def must_have_room(self, connection, field, most):
        """§10: connections of one user, or of one address."""
        same = [
            each
            for each in self.connections
            if each is not connection and getattr(each, field, None) == getattr(connection, field)
        ]
        if most and sum(not each.closing for each in same) >= most:
            raise Refusal("TOO_MANY_CONNECTIONS", f"This {field} has its {most} connections.", {"limit": most})

    def rate_of(self, address):
        """The messages of an address, over all its connections and requests; None where they are not counted."""
        if not self.settings.rate_limit_per_ip:
            return None
        return self.rates.setdefault(address, Rate(self.settings.rate_limit_per_ip, self.settings))

    def take_request(self, request):
        rate = self.rate_of(request.address)
        if rate and rate.take():
            details = {"limit": rate.limit, "window": self.rate_window, "retry_after": rate.retry_after()}
            raise Refusal("RATE_LIMIT_EXCEEDED", "Too many messages.", details)

    def at_door(self, kind, but):
        """Connections at the doors of a kind, `but` not counted."""
        others = [each for each in self.connections if each is not but and isinstance(each, Connection)]
        return sum(each.door.kind == kind for each in others)

    def uptime(self):
        return int(time.monotonic() - self.clock)

    def incident(self, error):
        """§9: the log knows what happened, the client knows the incident."""
        incident = "inc-" + secrets.token_hex(8)
        print(f"{incident}: {''.join(traceback.format_exception(error))}", file=sys.stderr, flush=True)
        return Refusal("INTERNAL", "Something went wrong here.", {"incident_id": incident})

    def announce(self, name, fields, session=None):
        """An event without a place in a session's order, to all who subscribed to it (§7)."""
        listeners = session.listeners if session else self.connections
        message = named(name, fields)
        for listener in list(listeners):
            # Who has so much to read yet is told how things are next time.
            if listener.wants(name) and listener.waiting < MOST_WAITING:
                listener.tell(message)

    def broadcast(self, name, fields):
        message = named(name, fields)
        for listener in list(self.connections):
            listener.tell(message)

    def figures(self):
        runs = self.queries
        return {
            "status": self.status,
            "uptime_seconds": self.uptime(),
            "connections": len(self.connections),
            "sessions": len(self.sessions.known),
            "queries_running": len(runs.running),
            "queries_waiting": len(runs.waiting),
            "messages_sent": self.metrics.sent,
            "messages_failed": self.metrics.failed,
            "average_latency_ms": 0.0,
            "dead_letters": len(self.dead_letters.letters),
        }

    async def tick(self):
        """Notices at their intervals, and what is forgotten in time."""
        told = {"system_metrics": time.monotonic(), "agent_status": time.monotonic()}
        while True:
            await asyncio.sleep(0.25)
            moment = time.monotonic()
            if moment - told["system_metrics"] >= self.settings.system_metrics_interval_ms / 1000:
                told["system_metrics"] = moment
                self.announce("system_metrics", self.figures())
            if moment - told["agent_status"] >= self.settings.agent_status_interval_ms / 1000:
                told["agent_status"] = moment
                for agent in self.agents.work:
                    self.agents.tell(agent)
            self.sessions.sweep()
            self.queries.sweep()

    async def drain(self):
        """§14: told, running queries end, clients leave in time, the rest is closed."""
        self.draining = True
        limit = self.settings.drain_timeout_ms
        self.broadcast("system_status", {"status": "draining"})
        for listener in list(self.connections):
            after = secrets.randbelow(5_000)
            listener.tell(named("server_shutting_down", {"drain_ms": limit, "reconnect_after_ms": after}))
        deadline = time.monotonic() + limit / 1000
        while (self.connections or self.queries.running or self.answering) and time.monotonic() < deadline:
            if not self.queries.running and not self.queries.waiting:
                for stream in [each for each in self.connections if not isinstance(each, Connection)]:
                    stream.close()
            await asyncio.sleep(0.02)
        for listener in list(self.connections):
            listener.close(1001, "Server shutting down")
        deadline = time.monotonic() + min(self.settings.close_timeout_ms, 500) / 1000
        while self.connections and time.monotonic() < deadline:
            await asyncio.sleep(0.02)


class Metrics:
    def __init__(self):
        self.sent = self.failed = 0


class Agents:
    """The three simulated agents: idle, or busy with so many transactions (§7)."""

    def __init__(self, hub):
        self.hub = hub
        self.work = {agent: set() for agents in hub.workflows.values() for agent in agents}
        self.breakers = {agent: Breaker(hub.settings, lambda agent=agent: self.tell(agent)) for agent in self.work}

    def breaker(self, agent):
        return self.breakers[agent]

    def busy(self, agent, run):
        self._change(agent, lambda: self.work[agent].add(run))

    def idle(self, agent, run):
        if agent:
            self._change(agent, lambda: self.work[agent].discard(run))

    def _change(self, agent, change):
        before = len(self.work[agent])
        change()
        if len(self.work[agent]) != before:
            self.tell(agent)

    def tell(self, agent):
        at_work, breaker = len(self.work[agent]), self.breakers[agent].state
        status = "unavailable" if breaker == "open" else "busy" if at_work else "idle"
        fields = {"agent": agent, "status": status, "in_flight": at_work, "breaker": breaker}
        self.hub.announce("agent_status", fields)


class DeadLetters:
    """§8, *Here*: events that were for a connection, were never written whole, and were not fetched since."""

    RETRIES = (1, 2, 4)  # times `send_backoff`

    def __init__(self, hub):
        self.hub = hub
        self.letters = deque(maxlen=hub.settings.dead_letters)
        self.pending = set()

    def lost(self, connection, reason, events):
        self.hub.metrics.failed += len(events)
        for event in events:
            failed = Failed(connection.session, connection.agent_id, event, reason)
            self.pending.add(failed)
            asyncio.ensure_future(self._retry(failed))

    async def _retry(self, failed):
        for times in self.RETRIES:
            await asyncio.sleep(times * self.hub.settings.send_backoff_ms / 1000)
            if failed not in self.pending:
                return
        self.pending.discard(failed)
        event = failed.event
        self.letters.append(
            {
                "timestamp": now(),
                "session_id": event["session_id"],
                "event": event["type"],
                "offset": event["offset"],
                "reason": failed.reason,
                "attempts": 1 + len(self.RETRIES),
            }
        )

    def resumed(self, connection, offset):
        """The client came back from before the event, and the replay delivered it."""
        for failed in list(self.pending):
            same = failed.agent_id is None or failed.agent_id == connection.agent_id
            if failed.session is connection.session and same and failed.event["offset"] > offset:
                self.pending.discard(failed)


class Failed:
    def __init__(self, session, agent_id, event, reason):
        self.session, self.agent_id, self.event, self.reason = session, agent_id, event, reason
