"""A session: queues until it may speak, shakes hands, shows signs of life, comes back after a loss, resumes, tells
nothing twice, falls back to HTTP."""

import asyncio
import json
import os
import time
import urllib.error
import urllib.request

import websockets
from questions import Questions, Seen
from rules import (
    ATTEMPTS,
    agent_id,
    api,
    kept_session,
    named,
    now,
    returns_after_close,
    returns_after_status,
    time_scale,
    wait_before,
)
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 10
RECOVERY = 60


class Connection(ClientConnection):
    """Knows when anything at all came: pings are signs of life too."""

    heard = 0.0

    def data_received(self, data):
        self.heard = time.monotonic()
        super().data_received(data)


class Session:
    """What the user does comes by `act`; what the user should know goes to `tell`."""

    def __init__(self, url, tell, action):
        self.url, self.tell, self.scale = url, tell, time_scale()
        self.user_id = action.get("user_id") or "anonymous"
        self.session_id = action.get("session_id") or kept_session(os.environ.get("TIDEGATE_STATE_DIR"))
        self.agent_id = agent_id(self.user_id, self.session_id)
        self.token = action.get("token")
        self.questions, self.seen, self.outbox = Questions(), Seen(), []
        self.socket, self.ready, self.resuming = None, False, False
        self.interval, self.silence, self.beats = 30.0, 60.0, 0
        self.attempt, self.spread, self.gave_up, self.fallen = 0, 0.0, False, False
        self.left, self.needed = asyncio.Event(), asyncio.Event()
        self.tasks, self.life = set(), []

    # What the user does.

    async def act(self, action):
        """Does it at once, or as soon as there is a connection."""
        kind = action.get("do")
        if kind == "close":
            self.leave()
        elif kind == "ask":
            self.questions.add(action)
        elif kind == "subscribe":
            self.outbox.append({"type": "subscribe", "events": action.get("events", [])})
        elif kind == "refresh":
            self.token = action.get("token")
            self.outbox.append({"type": "token_refresh", "token": self.token})
        elif kind == "command":
            self.command(action.get("action"))
        elif kind == "databases":
            self.spawn(self.request("databases", "GET", "/api/database/list"))
        elif kind == "select_database":
            body = {"session_id": self.session_id, "database": action.get("database")}
            self.spawn(self.request("selected", "POST", "/api/database/select", body))
        if kind in ("ask", "subscribe"):
            self.needed.set()
        if self.ready:
            await self.flush()
        elif kind == "ask" and self.fallen:
            self.spawn(self.ask_by_http())

    def command(self, name):
        """A command about the last question."""
        transaction = self.questions.last_transaction
        if transaction is None:
            self.tell("error", code="NOT_FOUND", message="there is nothing to command")
            return
        self.outbox.append({"type": "command", "action": name, "transaction_id": transaction})

    def leave(self):
        """An orderly close, whatever goes on."""
        self.left.set()
        self.needed.set()
        if self.socket:
            self.spawn(self.socket.close(1000))

    def spawn(self, coroutine):
        """Runs beside the rest; kept so that it is not collected."""
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # Connections, one after the other.

    async def run(self):
        """Lives until the user leaves."""
        while not self.left.is_set():
            no_earlier = await self.connection()
            if self.left.is_set():
                return
            if no_earlier is None:
                self.needed.clear()
                await self.needed.wait()
                continue
            self.attempt += 1
            if self.attempt > ATTEMPTS:
                await self.fall_back()
                continue
            delay = max(wait_before(self.attempt) * self.scale, no_earlier)
            self.tell("retrying", attempt=self.attempt, delay_ms=delay * 1000)
            await self.pause(delay)

    async def pause(self, seconds):
        """Waits, unless the user leaves."""
        try:
            await asyncio.wait_for(self.left.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    async def connection(self):
        """One connection; gives the seconds before which not to come back, or None to stay away."""
        self.tell("state", state="connecting")
        opening = asyncio.ensure_future(self.open())
        leaving = asyncio.ensure_future(self.left.wait())
        await asyncio.wait({opening, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not opening.done():
            opening.cancel()
            return self.ended(1000, "", None)
        try:
            self.socket = opening.result()
        except websockets.InvalidStatus as error:
            response = error.response
            wait = response.headers.get("Retry-After", "")
            returns = returns_after_status(response.status_code)
            wait = (float(wait) if wait.isdigit() else 0.0) if returns else None
            return self.ended(1006, f"refused with {response.status_code}", wait)
        except Exception as error:
            return self.ended(1006, str(error), 0.0)
        return await self.live()

    async def open(self):
        """Connects and upgrades."""
        return await connect(
            self.url,
            create_connection=Connection,
            additional_headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
            compression=None,
            proxy=None,
            open_timeout=PATIENCE,
            close_timeout=3,
            ping_interval=None,
            max_size=16 * 2**20,
        )

    def ended(self, code, reason, no_earlier):
        """Tells the end of a connection."""
        self.questions.connection_lost()
        self.tell("closed", code=code, reason=reason, retry=no_earlier is not None)
        self.tell("state", state="closed")
        return no_earlier

    async def live(self):
        """Lives on an open connection until it ends."""
        self.tell("state", state="open")
        self.spread, socket = 0.0, self.socket
        self.life = [asyncio.create_task(self.watch(socket, PATIENCE))]
        try:
            while True:
                await self.hear(await socket.recv())
        except websockets.ConnectionClosed:
            pass
        for task in self.life:
            task.cancel()
        await socket.wait_closed()
        self.socket, self.ready = None, False
        if self.left.is_set():
            return self.ended(1000, "", None)
        code, reason = socket.close_code or 1006, socket.close_reason or ""
        if code == 1009:
            for query_id in self.questions.take_unaccepted():
                self.tell("error", code="MESSAGE_TOO_LARGE", message=f"question {query_id} is not sent again")
        return self.ended(code, reason, self.spread if returns_after_close(code, reason) else None)

    async def heart(self):
        """Heartbeats, each under an id of its own."""
        while True:
            await asyncio.sleep(self.interval)
            self.beats += 1
            await self.send({"type": "heartbeat", "correlation_id": f"beat-{self.beats}"})

    async def watch(self, socket, patience):
        """Ends a connection on which nothing at all comes for so long."""
        begun = time.monotonic()
        while (left := max(socket.heard, begun) + patience - time.monotonic()) > 0:
            await asyncio.sleep(left)
        socket.transport.abort()

    async def send(self, message):
        """Sends one message; a connection that is gone shows itself when it is read."""
        try:
            await self.socket.send(json.dumps({**message, "timestamp": now()}))
        except (websockets.ConnectionClosed, AttributeError):
            pass

    async def flush(self):
        """Sends what waits. While a replay is on its way nobody knows yet what has to be asked again."""
        waiting, self.outbox = self.outbox, []
        for message in waiting + ([] if self.resuming else self.questions.due()):
            await self.send(message)

    # What the server says.

    async def hear(self, text):
        """A message in either dialect, or several in one. What can't be read is passed over."""
        try:
            message = json.loads(text)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        batch = message.get("messages") if message.get("type") == "batch" else [message]
        for one in batch if isinstance(batch, list) else []:
            if isinstance(one, dict):
                await self.one(named(one))

    async def one(self, message):
        """One message, named."""
        kind = message.get("type")
        if kind == "connection_established":
            await self.greeted(message)
        elif kind == "connection_acknowledged":
            self.ready = True
            self.life.pop().cancel()
            self.life += [asyncio.create_task(self.watch(self.socket, self.silence)), asyncio.create_task(self.heart())]
            if not self.resuming:
                self.seen.begin(message.get("epoch"), message.get("top"))
            self.tell("open", session_id=message.get("session_id"))
            await self.flush()
        elif kind == "heartbeat_response":
            self.attempt, self.gave_up = 0, False
        elif kind == "resumed":
            if message.get("recovered") is False:
                self.questions.history_lost()
            self.resuming = False
            self.tell("message", message=message)
            await self.flush()
        elif kind == "server_shutting_down":
            self.spread = min(message.get("reconnect_after_ms") or 0, 60_000) / 1000
            self.tell("message", message=message)
        elif kind != "pong":
            self.for_user(message)

    async def greeted(self, message):
        """`connection_established`: its timers count, then comes the handshake."""
        timers = message.get("timers") or {}
        self.interval = (timers.get("ping_interval_ms") or 30_000) / 1000
        self.silence = (timers.get("pong_timeout_ms") or 60_000) / 1000
        point = self.seen.point()
        self.resuming = point is not None
        handshake = {
            "type": "connection_handshake",
            "agent_id": self.agent_id,
            "agent_type": "frontend",
            "user_id": self.user_id,
            "session_id": self.session_id,
            "capabilities": ["query_processing", "real_time_updates", "heartbeat", "batch"],
            "client_info": {"browser": f"python websockets {websockets.__version__}", "url": "cli"},
        }
        await self.send({**handshake, "resume": point} if point else handshake)

    def for_user(self, message):
        """A message that the user should see, each event once."""
        if not self.seen.take(message):
            return
        rows = self.questions.note(message)
        kind = message.get("type")
        if kind == "error":
            self.tell("error", code=message.get("code"), message=message.get("message"))
            return
        self.tell("message", message=message)
        if kind in ("query_result", "chat_reply") and rows is not None:
            self.tell("result", result={**message, "rows": rows} if rows else message, via="websocket")

    # Without a socket.

    async def fall_back(self):
        """No more attempts: what is asked goes by HTTP, and the socket is tried again now and then."""
        if not self.gave_up:
            self.tell("gave_up")
        self.gave_up = self.fallen = True
        self.spawn(self.ask_by_http())
        await self.pause(RECOVERY * self.scale)
        self.fallen = False

    async def ask_by_http(self):
        """Asks everything that waits."""
        waiting, self.questions.waiting = self.questions.waiting, []
        for question in waiting:
            body = {**question["message"], "timestamp": now(), "session_id": self.session_id}
            if not await self.request("result", "POST", "/api/query", body):
                # The socket may be back before HTTP is.
                self.questions.waiting.append({**question, "sent": False, "accepted": False})

    async def request(self, event, method, path, body=None):
        """A request beside the socket; its answer is told. False when there was none."""
        headers = {"Content-Type": "application/json"} if body else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(api(self.url, path), data, headers, method=method)
        try:
            status, answer = await asyncio.to_thread(exchange, request)
        except (OSError, ValueError) as error:
            self.tell("error", code="UNREACHABLE", message=str(error))
            return False
        if status >= 300:
            self.tell("error", code=answer.get("code"), message=answer.get("message"))
        elif event == "result":
            self.tell("result", result=answer, via="http")
        else:
            self.tell(event, **{event: answer})
        return True


def exchange(request):
    """Status and JSON of an answer; errors are answers too. No proxy of the environment stands between."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=120) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")
