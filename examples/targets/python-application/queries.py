"""Queries: accepted, worked through three stages, and ended by exactly one message (docs/protocol.md §6)."""

import asyncio
import json
import secrets
import time

import research
from messages import Refusal, field, invalid, now
from questions import chart, must_be_askable, understand
from settings import listed

BI = ("nlp", "data", "viz")
# §6: the first task of each stage has this text.
TASKS = {
    "nlp": "Processing NLP...",
    "data": "Executing SQL...",
    "viz": "Generating Viz...",
    "research": "Reading the series...",
    "analyst": "Looking for findings...",
    "reporting": "Writing the report...",
}
DONE = {"nlp": "The question is read.", "data": "The statement has run.", "viz": "The chart is drawn."}
BELIEFS = {
    "nlp": "The question names something to measure.",
    "data": "The statement only reads.",
    "viz": "The chart fits the columns.",
}


class Transaction:
    """One run of the workflow."""

    def __init__(self, hub, session, question, wanted, context):
        self.hub, self.session, self.text, self.wanted, self.context = hub, session, question, wanted, context
        self.id = "tx_" + secrets.token_hex(8)
        self.ids, self.chat = {}, False
        self.askers, self.agents = set(), set()
        self.status = "queued"
        self.stages = [
            {"agent": agent, "status": "pending", "started_at": None, "completed_at": None}
            for agent in hub.workflows[wanted.get("workflow") or "bi"]
        ]
        self.current, self.percent, self.eta = None, 0, None
        self.question = self.result = self.study = None
        self.parted = False
        self.untold = []  # progress events that no update has told yet
        self.timings = {}
        self.end = None  # the terminal message
        self.ended_at = None
        self.version = 0
        self.going = asyncio.Event()
        self.going.set()
        self.finished = asyncio.Event()
        self.task, self.turn = None, asyncio.Event()

    @property
    def over(self):
        return self.end is not None

    def brief(self):
        ids = {name: self.ids[name] for name in ("query_id",) if name in self.ids}
        return {"transaction_id": self.id, **ids, "status": self.status, "percent": self.percent}

    def described(self):
        """`GET /api/transactions/{id}` (OpenAPI: `TransactionBody`)."""
        body = {
            **self.brief(),
            "session_id": self.session.id,
            "eta_ms": 0 if self.over else self.eta,
            "current_agent": None if self.over else self.current,
            "execution_order": self.stages,
        }
        if self.over and self.end["type"] in ("query_result", "chat_reply"):
            body["result"] = self.end
        elif self.over and self.end["type"] == "error":
            body["error"] = self.end
        return body

    # Its course

    async def run(self):
        try:
            await self._work()
        except Refusal as refusal:
            self._terminate("error", "failed", refusal.fields())
        except Exception as error:  # §9: internal errors show an incident id, nothing else
            self._terminate("error", "failed", self.hub.incident(error).fields())
        finally:
            self.hub.queries.leave(self)

    async def _work(self):
        await self.going.wait()
        self.status = "running"
        for at, stage in enumerate(self.stages):
            await self.going.wait()
            self._begin(at, stage["agent"])
            started = time.perf_counter()
            await self._call(stage["agent"])
            self.timings[stage["agent"]] = round((time.perf_counter() - started) * 1000, 3)
            self._complete(at, stage["agent"])
        await self.going.wait()  # paused while the last stage ran
        self._finish(self.question, self.result)

    async def _call(self, agent):
        """§12: within the time of a call, and through the agent's breaker."""
        breaker = self.hub.agents.breaker(agent)
        breaker.admit()
        try:
            async with asyncio.timeout(self.hub.settings.request_timeout_ms / 1000):
                await self._do(agent)
        except TimeoutError:
            breaker.failed()
            raise Refusal("QUERY_TIMEOUT", "An agent took too long.", {"agent": agent}) from None
        except Refusal as refusal:
            breaker.failed() if refusal.code == "AGENT_UNAVAILABLE" else breaker.succeeded()
            raise
        except BaseException:
            breaker.given_up()
            raise
        breaker.succeeded()

    async def _do(self, agent):
        if agent in listed(self.hub.settings.unreachable):
            raise Refusal("AGENT_UNAVAILABLE", "An agent can't be reached.", {"agent": agent})
        await asyncio.sleep(self.hub.settings.stage_ms / 1000)
        if agent == "nlp":
            self.question = understand(self.text, self.session.turns if self.chat else ())
        elif agent == "data":
            if self.question is None:
                raise Refusal("QUERY_FAILED", "There is no statement to run.", {"agent": agent})
            self.hub.databases.must_answer(self.context.database)
            self.result = await asyncio.to_thread(self._answer, self.question)
            if self.wanted.get("stream"):
                self._parts(self.result)
        elif agent == "viz":
            self.result["visualization"] = chart(self.question, self.result["columns"], self.result["rows"])
        elif agent == "research":
            self.study = research.Study(self.text)
            self.question = self.study.question
            self.hub.databases.must_answer(self.context.database)
            await asyncio.to_thread(self.study.read, lambda sql: self._run(sql, self.hub.settings.max_rows))
        elif agent == "analyst" and self.study:
            self.study.analyse()
        elif agent == "reporting" and self.study:
            self.result = self.study.result(self.study.statements[0], self._most_rows())
        else:
            raise ValueError(f"nobody works as {agent}")

    def _begin(self, at, agent):
        self.current = agent
        self.stages[at].update(status="running", started_at=now())
        self.percent = at * 100 // len(self.stages)
        self.eta = (len(self.stages) - at) * self.hub.settings.stage_ms
        self._event(agent, "agent_started", f"{agent} begins.")
        self.hub.agents.busy(agent, self)
        self._progress()
        belief = {
            "transaction_id": self.id,
            "agent": agent,
            "goals": [TASKS.get(agent, "Working...")],
            "beliefs": [{"statement": BELIEFS.get(agent, "There is something to do."), "confidence": 0.9}],
        }
        self.hub.announce("belief_state", belief, self.session)

    def _complete(self, at, agent):
        self.stages[at].update(status="completed", completed_at=now())
        self._event(agent, "agent_completed", DONE.get(agent, f"{agent} is through."))
        self.hub.agents.idle(agent, self)
        self.version += 1

    def _event(self, agent, kind, message):
        self.untold.append(
            {
                "event_id": "ev_" + secrets.token_hex(6),
                "agent": agent,
                "event_type": kind,
                "message": message,
                "timestamp": now(),
            }
        )

    def _progress(self):
        """One update a stage, at its beginning: the 50 ms of §8 never hold one back."""
        self.version += 1
        events, self.untold = self.untold, []
        fields = {
            "transaction_id": self.id,
            "current_agent": self.current,
            "current_tasks": {self.current: [TASKS.get(self.current, "Working...")]},
            "progress_events": events,
            "execution_order": [dict(stage) for stage in self.stages],
            "percent": self.percent,
            "eta_ms": self.eta,
        }
        self.session.publish("progress_update", fields, self.ids, self.askers)

    def _answer(self, question):
        sql = question.statement()
        names, rows, truncated = self._run(sql, self._most_rows())
        columns = [{"name": name, "type": kind} for name, kind in zip(names, question.types())]
        return {"sql": sql, "columns": columns, "rows": rows, "row_count": len(rows), "truncated": truncated}

    def _most_rows(self):
        return min(self.wanted.get("max_rows") or self.hub.settings.max_rows, self.hub.settings.max_rows)

    def _run(self, sql, most):
        print(f"Using database context: {self.context.database}", flush=True)
        started = time.perf_counter()
        found = self.hub.databases.run(self.context.database, sql, most)
        self.timings["sql"] = round(self.timings.get("sql", 0) + (time.perf_counter() - started) * 1000, 3)
        return found

    def _finish(self, question, result):
        if self.wanted.get("stream"):
            if not self.parted:
                self._parts(result)
            result["rows"] = []
        else:
            self._cap(result)
        fields = {
            "transaction_id": self.id,
            "status": "completed",
            **result,
            "timings_ms": self.timings,
            "database_context": self.context.fields(),
            "translator": "built-in",
        }
        if not self.chat:
            return self._terminate("query_result", "completed", fields)
        self.session.turns.append(self.text)
        said = f"{question.sentence().capitalize()}: {result['row_count']} rows."
        return self._terminate("chat_reply", "completed", {"message": said, **fields})

    def _parts(self, result):
        """§6: parts of 500 rows or 64 KiB; the result that follows has no rows of its own."""
        rows, sequence, self.parted = result["rows"], 0, True
        while rows or sequence == 0:
            taken = min(len(rows), self.hub.settings.partial_rows)
            while taken > 1 and len(json.dumps(rows[:taken])) > self.hub.settings.partial_bytes:
                taken //= 2
            columns = {"columns": result["columns"]} if sequence == 0 else {}
            part = {"transaction_id": self.id, "sequence": sequence, **columns, "rows": rows[:taken]}
            self.session.publish("partial_result", part, self.ids, self.askers)
            rows, sequence = rows[taken:], sequence + 1

    def _cap(self, result):
        """docs/configuration.md: bytes of rows in one result that is not streamed."""
        rows = result["rows"]
        while len(json.dumps(rows)) > self.hub.settings.result_bytes:
            rows = rows[: len(rows) * 3 // 4]
            result.update(rows=rows, row_count=len(rows), truncated=True)

    def _terminate(self, name, status, fields):
        if self.over:
            return
        self.status, self.ended_at = status, time.monotonic()
        self.version += 1
        if status == "completed":
            self.percent = 100
        for stage in self.stages:
            if stage["status"] in ("pending", "running"):
                stage["status"] = "failed" if stage["status"] == "running" and status == "failed" else "skipped"
        self.hub.agents.idle(self.current, self)
        if self.untold and name != "query_cancelled":
            fields["progress_events"], self.untold = self.untold, []
        fields.setdefault("transaction_id", self.id)
        self.end = self.session.publish(name, fields, self.ids, self.askers)
        self.finished.set()

    # Commands

    def cancel(self):
        if self.over:
            return
        self._terminate("query_cancelled", "cancelled", {"transaction_id": self.id, "status": "cancelled"})
        self.task.cancel()

    def pause(self):
        if not self.over:
            self.status = "paused"
            self.version += 1
            self.going.clear()

    def resume(self):
        if self.status == "paused":
            self.status = "running" if self.current else "queued"
            self.version += 1
            self.going.set()


class Queries:
    """All transactions of this process: who runs, who waits."""

    def __init__(self, hub):
        self.hub = hub
        self.running, self.waiting = set(), []
        self.known = {}

    def prepare(self, session, message, text, token=None):
        """Everything that may refuse a question before it is accepted."""
        settings = self.hub.settings
        must_be_askable(text, settings)
        wanted = preferences(message, self.hub.workflows)
        context = self.hub.databases.resolve(self.hub.databases.wanted(message), session)
        self.hub.databases.must_be_allowed(context, token)
        if self.hub.draining:
            raise Refusal("QUERY_REJECTED", "The server is going away.", {"reason": "draining"}, status=503)
        if len(self.running) >= settings.max_running_queries and len(self.waiting) >= settings.max_queued_queries:
            raise Refusal("QUERY_REJECTED", "Too many questions are waiting.", {"reason": "queue_full"})
        return Transaction(self.hub, session, text, wanted, context)

    def ask(self, session, message, ids, asker=None, chat=False, token=None):
        """A question: gives its transaction and whether it was there already (§6: one execution in ten minutes)."""
        text = message["message" if chat else "query"]
        before = self.duplicate(session, ids)
        if before:
            if before.text != text:
                raise invalid("This query_id stands for another question.", field="query_id")
            if asker and not before.over:
                before.askers.add(asker)
            return before, True
        run = self.prepare(session, message, text, token)
        run.ids, run.chat = ids, chat
        self.begin(run, asker)
        return run, False

    def duplicate(self, session, ids):
        if "query_id" not in ids:
            return None
        for run in session.transactions.values():
            same = run.ids.get("query_id") == ids["query_id"] and type(run.ids["query_id"]) is type(ids["query_id"])
            young = run.ended_at is None or time.monotonic() - run.ended_at < self.hub.settings.dedup_window_ms / 1000
            if same and young:
                return run
        return None

    def begin(self, run, asker):
        if asker:
            run.askers.add(asker)
            run.agents.update({asker.agent_id} - {None})
        self.known[run.id] = run.session.transactions[run.id] = run
        place = {}
        if len(self.running) >= self.hub.settings.max_running_queries:
            self.waiting.append(run)
            place = {"queue_position": len(self.waiting)}
        else:
            self.running.add(run)
            run.turn.set()
        run.session.publish("query_accepted", {"transaction_id": run.id, **place}, run.ids, run.askers)
        run.task = asyncio.ensure_future(self._course(run))

    async def _course(self, run):
        await run.turn.wait()
        await run.run()

    def leave(self, run):
        """A place is free; also called when one that waits is cancelled."""
        self.running.discard(run)
        while self.waiting and len(self.running) < self.hub.settings.max_running_queries:
            following = self.waiting.pop(0)
            self.running.add(following)
            following.turn.set()

    def command(self, session, action, transaction_id, asker, ids):
        """Gives the fields of `command_result`, and what happens after it was told."""
        run = self.known.get(transaction_id)
        if run is None or (run.session is not session and asker not in run.askers):
            raise Refusal("NOT_FOUND", "There is no such transaction in this session.")
        fields = {"action": action, "transaction_id": run.id}
        if action == "retry":
            if not run.over:
                raise Refusal("QUERY_REJECTED", "This query is not over.", {"reason": "not_finished"})
            again = self.prepare(run.session, {"preferences": run.wanted}, run.text)
            again.context, again.chat, again.ids = run.context, run.chat, ids
            return {**fields, "status": "retrying", "new_transaction_id": again.id}, lambda: self.begin(again, asker)
        if action == "cancel":
            status = run.status if run.over else "cancelled"
            return {**fields, "status": status}, lambda: self.cancel(run)
        run.pause() if action == "pause" else run.resume()
        return {**fields, "status": run.status}, lambda: None

    def cancel(self, run):
        if run in self.waiting:
            self.waiting.remove(run)
        run.cancel()
        self.leave(run)

    def sweep(self):
        oldest = time.monotonic() - self.hub.settings.transaction_memory_ms / 1000
        for run in list(self.known.values()):
            if run.over and run.ended_at < oldest:
                del self.known[run.id]
                run.session.transactions.pop(run.id, None)


def workflows(text):
    """The usual ones, and those of the settings: by name, the agents in their order."""
    named = (part.split("=") for part in listed(text))
    return {"bi": BI, "research": research.STAGES, **{name: tuple(agents.split("+")) for name, agents in named}}


def preferences(message, workflows):
    """AsyncAPI: `Preferences`; a value that can't be is INVALID_MESSAGE."""
    wanted = field(message, "preferences", dict) or {}
    field(wanted, "stream", bool)
    most = field(wanted, "max_rows", int)
    if most is not None and most < 1:
        raise invalid("max_rows is at least 1", field="max_rows")
    if field(wanted, "output_format", str) not in (None, "json"):
        raise invalid("output_format is json", field="output_format")
    if field(wanted, "workflow", str) not in (None, *workflows):
        raise invalid("There is no such workflow.", field="workflow")
    return wanted
