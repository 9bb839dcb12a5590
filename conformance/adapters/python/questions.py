"""Questions between being asked and being answered, and what was seen of the session's history."""

import secrets

from rules import now


class Questions:
    """The questions that wait for an answer, oldest first: each under one id for ever, sent once a connection."""

    def __init__(self):
        self.waiting = []
        self.last_transaction = None

    def add(self, action):
        """Takes a question of the user."""
        query_id = action.get("query_id") or f"q_{secrets.token_hex(6)}"
        message = {"type": "query", "query": action["query"], "query_id": query_id}
        if database := action.get("database"):
            message["database_context"] = {"database": database}
        if max_rows := action.get("max_rows"):
            message["preferences"] = {"max_rows": max_rows}
        self.waiting.append({"message": message, "sent": False, "accepted": False, "transaction": None, "rows": []})

    def due(self):
        """What is to be sent now; counts as sent."""
        due = [question for question in self.waiting if not question["sent"] and not question["accepted"]]
        for question in due:
            question["sent"] = True
        return [{**question["message"], "timestamp": now()} for question in due]

    def connection_lost(self):
        """What was not accepted has to be sent again."""
        for question in self.waiting:
            question["sent"] = False

    def history_lost(self):
        """Nothing is replayed: the server has to be asked again; it knows the ids."""
        for question in self.waiting:
            question.update(sent=False, accepted=False, rows=[])

    def take_unaccepted(self):
        """Takes out what was sent and not accepted: one of it was too large."""
        taken = [question for question in self.waiting if question["sent"] and not question["accepted"]]
        self.waiting = [question for question in self.waiting if question not in taken]
        return [question["message"]["query_id"] for question in taken]

    def note(self, message):
        """Takes note of a message about a question; gives the rows that came before when it is the last one."""
        transaction = message.get("transaction_id")
        for question in self.waiting:
            mine = message.get("query_id") == question["message"]["query_id"]
            if mine or (transaction and transaction == question["transaction"]):
                break
        else:
            return None
        if transaction:
            question["transaction"] = self.last_transaction = transaction
        kind = message.get("type")
        if kind == "query_accepted":
            question["accepted"] = True
        elif kind == "partial_result":
            question["rows"] += message.get("rows") or []
        elif kind in ("query_result", "chat_reply", "error", "query_cancelled"):
            self.waiting.remove(question)
            return question["rows"]
        return None


class Seen:
    """The last event seen: where to go on, and what comes a second time."""

    def __init__(self):
        self.epoch, self.offset = None, None

    def take(self, message):
        """False for an event that was seen before. Another epoch is another history."""
        epoch, offset = message.get("epoch"), message.get("offset")
        if not isinstance(epoch, str) or not isinstance(offset, int):
            return True
        if epoch == self.epoch and offset <= self.offset:
            return False
        self.epoch, self.offset = epoch, offset
        return True

    def begin(self, epoch, top):
        """Begins at `top` of `epoch`, unless something of it was seen."""
        if epoch != self.epoch and isinstance(top, int):
            self.epoch, self.offset = epoch, top

    def point(self):
        """Where to go on."""
        return None if self.epoch is None else {"epoch": self.epoch, "offset": self.offset}
