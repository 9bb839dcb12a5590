"""Sessions: who they belong to, their events in order, what of them is still held (docs/protocol.md §4, §7, §8)."""

import re
import secrets
import time
from collections import deque
from dataclasses import dataclass

from messages import Refusal, encode, instant, invalid, named

SESSION_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")
# What a subscription may name (AsyncAPI: `EventName`).
EVENTS = (
    "progress_update",
    "partial_result",
    "query_result",
    "agent_status",
    "system_metrics",
    "belief_state",
    "schema_changed",
    "database_context_changed",
    "chat",
)
# Those of one session: doors of the named dialect are subscribed to them at open (§2).
SESSION_EVENTS = ("progress_update", "partial_result", "query_result", "database_context_changed", "chat")
# The subscription that each session event belongs to.
BELONGS_TO = {
    "query_accepted": "query_result",
    "query_cancelled": "query_result",
    "error": "query_result",
    "chat_reply": "chat",
}


@dataclass(frozen=True)
class Held:
    """An event of the history."""

    offset: int
    at: float
    size: int
    message: dict


@dataclass(frozen=True)
class Resume:
    """How a resume was decided: the answer, and all that was missed or nothing of it."""

    answer: dict
    events: list

    @property
    def recovered(self):
        return self.answer["recovered"]


def seen_last(fields, required=False):
    """`epoch` and `offset` of the last event that was seen (AsyncAPI: `SeenLast`), from a message or an address."""
    epoch, offset = fields.get("epoch"), fields.get("offset")
    if not required and epoch is None and offset is None:
        return None
    if not required and isinstance(offset, str) and re.fullmatch(r"\d{1,19}", offset):
        offset = int(offset)
    good_epoch = isinstance(epoch, str) and 1 <= len(epoch) <= 128 and ":" not in epoch
    if not good_epoch or not isinstance(offset, int) or isinstance(offset, bool) or not 0 <= offset < 2**64:
        raise invalid("A resume has the epoch and the offset of what was seen last.", field="resume")
    return epoch, offset


class Session:
    def __init__(self, hub, session_id):
        self.hub, self.id = hub, session_id
        self.user = None  # bound to the first who shakes hands
        self.epoch = secrets.token_hex(8)
        self.top = 0
        self.history, self.history_bytes = deque(), 0
        self.lost_reason = None  # what evicted the newest event that is gone
        self.listeners = set()  # sockets and event streams
        self.transactions = {}
        self.turns = deque(maxlen=hub.settings.chat_turns)
        self.selection = None
        self.touched = False
        self.last_used = time.monotonic()
        self.ended = False

    def use(self, touched=True):
        self.last_used = time.monotonic()
        self.touched |= touched

    @property
    def life(self):
        """§8, *Here*: a session in which nothing happened is found as it was within the day."""
        settings = self.hub.settings
        return (settings.session_ttl_ms if self.touched else settings.session_memory_ms) / 1000

    @property
    def expired(self):
        if self.ended:
            return True
        busy = self.listeners or any(not run.over for run in self.transactions.values())
        return not busy and time.monotonic() - self.last_used > self.life

    def bind(self, user):
        """§4: the first user owns it; `anonymous` is a user like any other."""
        if self.user is None:
            self.user = user
        elif self.user != user:
            raise Refusal("INVALID_SESSION", "There is no such session.")

    def described(self):
        left = self.life - (0 if self.listeners else time.monotonic() - self.last_used)
        return {
            "session_id": self.id,
            "user_id": self.user or "anonymous",
            "epoch": self.epoch,
            "top": self.top,
            "expires_at": instant(time.time() + left),
            "connections": len(self.listeners),
        }

    # Events (§7, §8)

    def publish(self, name, fields, ids=None, askers=()):
        """Gives an event its offset, keeps it, and tells it to those it is for."""
        self.top += 1
        self.use()
        place = {"session_id": self.id, "epoch": self.epoch, "offset": self.top}
        message = named(name, {**fields, **place}, ids)
        size = len(encode(message).encode())
        self.history.append(Held(self.top, time.monotonic(), size, message))
        self.history_bytes += size
        self._evict()
        always = name != "progress_update" and name != "partial_result"
        for listener in {*self.listeners, *askers}:
            asked = listener in askers
            if (asked and always) or listener.wants(BELONGS_TO.get(name, name), asked):
                listener.tell(message, asked=asked)
        return message

    def _evict(self):
        settings = self.hub.settings
        oldest = time.monotonic() - settings.history_age_ms / 1000
        while len(self.history) > 1:  # The newest event stays.
            if len(self.history) > settings.history_events:
                reason = "TOO_MANY"
            elif self.history[0].at < oldest:
                reason = "EXPIRED"
            elif self.history_bytes > settings.history_bytes:
                reason = "TRIMMED"
            else:
                return
            self.history_bytes -= self.history.popleft().size
            self.lost_reason = reason

    def resume(self, epoch, offset):
        """§8; the order of the reasons is that of the section."""
        self._evict()
        first = self.history[0].offset if self.history else self.top + 1
        if epoch != self.epoch:
            reason = "EPOCH_MISMATCH"
        elif offset > self.top:
            reason = "FUTURE_OFFSET"
        elif offset + 1 >= first:
            reason = "OK"
        else:
            reason = self.lost_reason
        events = [held.message for held in self.history if held.offset > offset] if reason == "OK" else []
        answer = {
            "recovered": reason == "OK",
            "epoch": self.epoch,
            "from": offset + 1 if events else None,
            "to": self.top if events else None,
            "top": self.top,
            "reason": reason,
        }
        return Resume(answer, events)

    def snapshot(self):
        runs = list(self.transactions.values())
        return {
            "running": [run.brief() for run in runs if not run.over],
            "finished": [run.brief() for run in runs if run.over],
        }

    # Connections

    def admit(self, listener, resuming=False):
        """Takes a connection in; the same agent that resumes takes its old one's place (§8)."""
        old = [
            other for other in self.listeners if resuming and listener.agent_id and other.agent_id == listener.agent_id
        ]
        most = self.hub.settings.max_connections_per_session
        if len(self.listeners) - len(old) >= most:
            raise Refusal("TOO_MANY_CONNECTIONS", f"This session has its {most} connections.", {"limit": most})
        for other in old:
            self.listeners.discard(other)
            other.close(1000, "Superseded")
        self.listeners.add(listener)
        self.use(touched=False)

    def take_over(self, listener):
        """The end of a query is also for the agent that asked it and came back."""
        for run in self.transactions.values():
            if not run.over and listener.agent_id and listener.agent_id in run.agents:
                run.askers.add(listener)

    def leave(self, listener):
        self.listeners.discard(listener)
        self.use(touched=False)

    def end(self):
        """§11: sockets close 1008, then 410."""
        self.ended = True
        for run in list(self.transactions.values()):
            self.hub.queries.cancel(run)
        refusal = Refusal("SESSION_EXPIRED", "This session is over.")
        for listener in list(self.listeners):
            listener.refuse(refusal, "Session expired")


class Sessions:
    def __init__(self, hub):
        self.hub, self.known = hub, {}

    def make(self):
        return self.get_or_make("s-" + secrets.token_hex(12))

    def get_or_make(self, session_id):
        """§4: a malformed id is INVALID_SESSION; an unknown one is made."""
        if not SESSION_ID.fullmatch(session_id):
            raise Refusal("INVALID_SESSION", "A session id has 8 to 128 of A-Z a-z 0-9 _ -.")
        if session_id not in self.known:
            self.known[session_id] = Session(self.hub, session_id)
        return self.get(session_id)

    def get(self, session_id):
        session = self.known.get(session_id)
        if session is None:
            raise Refusal("INVALID_SESSION", "There is no such session.")
        if session.expired:
            session.ended = True
            raise Refusal("SESSION_EXPIRED", "This session is over.")
        return session

    def sweep(self):
        """Forgets what nobody can ask for any more."""
        memory = self.hub.settings.session_memory_ms / 1000
        for session in list(self.known.values()):
            if session.expired and time.monotonic() - session.last_used > session.life + memory:
                del self.known[session.id]
