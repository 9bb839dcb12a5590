// A session: queues until it may speak, shakes hands, shows signs of life, comes back after a loss, resumes, tells
// nothing twice, falls back to HTTP.

import { WebSocket } from "ws";
import { Questions, Seen } from "./questions.mjs";
import {
  ATTEMPTS,
  agentId,
  api,
  keptSession,
  named,
  now,
  returnsAfterClose,
  returnsAfterStatus,
  timeScale,
  waitBefore,
} from "./rules.mjs";

const PATIENCE = 10_000;
const RECOVERY = 60_000;
const CAPABILITIES = ["query_processing", "real_time_updates", "heartbeat", "batch"];

/** What the user does comes by `act`; what the user should know goes to `tell`. */
export class Session {
  #questions = new Questions();
  #seen = new Seen();
  #outbox = [];
  #scale = timeScale();
  #beats = 0;
  #attempt = 0;
  #spread = 0;
  #gaveUp = false;
  #fallen = false;
  #left = false;
  #resting = false;
  #ready = false;
  #resuming = false;
  #socket;
  #pause;
  #timers = {};

  constructor(url, tell, { user_id, session_id, token }) {
    Object.assign(this, { url, tell, token });
    this.userId = user_id ?? "anonymous";
    this.sessionId = session_id ?? keptSession(process.env.TIDEGATE_STATE_DIR);
    this.agentId = agentId(this.userId, this.sessionId);
    this.#connect();
  }

  // What the user does.

  /** Does it at once, or as soon as there is a connection. */
  act(action) {
    const deed = this.#deeds[action.do];
    if (!deed) return this.tell("error", { code: "UNKNOWN_ACTION", message: String(action.do) });
    deed(action);
    const wants = action.do === "ask" || action.do === "subscribe";
    if (this.#ready) this.#flush();
    else if (wants && this.#resting) this.#connect();
    else if (action.do === "ask" && this.#fallen) this.#askByHttp();
  }

  #deeds = {
    ask: (action) => this.#questions.add(action),
    subscribe: ({ events }) => this.#outbox.push({ type: "subscribe", events }),
    refresh: ({ token }) => {
      this.token = token;
      this.#outbox.push({ type: "token_refresh", token });
    },
    command: ({ action }) => {
      const transaction_id = this.#questions.lastTransaction;
      if (transaction_id) this.#outbox.push({ type: "command", action, transaction_id });
      else this.tell("error", { code: "NOT_FOUND", message: "there is nothing to command" });
    },
    databases: () => this.#request("databases", "GET", "/api/database/list"),
    select_database: ({ database }) =>
      this.#request("selected", "POST", "/api/database/select", { session_id: this.sessionId, database }),
  };

  /** An orderly close, whatever goes on. */
  leave() {
    if (this.#left) return;
    this.#left = true;
    clearTimeout(this.#pause);
    // One that is not open yet is cut.
    this.#socket?.close(1000);
    setTimeout(() => this.#socket?.terminate(), 3_000).unref();
  }

  // Connections, one after the other.

  #connect() {
    this.#resting = this.#fallen = false;
    this.tell("state", { state: "connecting" });
    const headers = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    const socket = new WebSocket(this.url, {
      headers,
      handshakeTimeout: PATIENCE,
      maxPayload: 16 * 2 ** 20,
      // The suite offers no compression; asking for none keeps the request plain.
      perMessageDeflate: false,
    });
    this.#socket = socket;
    let refused;
    socket.on("open", () => {
      this.#spread = 0;
      this.tell("state", { state: "open" });
      this.#silenceAfter(PATIENCE);
    });
    socket.on("unexpected-response", (request, response) => {
      const wait = Number.parseInt(response.headers["retry-after"] ?? "0", 10) * 1000;
      refused = { status: response.statusCode, wait: wait || 0 };
      request.destroy();
      this.#over(socket, 1006, `refused with ${refused.status}`, refused);
    });
    socket.on("message", (data, binary) => binary || this.#hear(data.toString()));
    // Anything that comes is a sign of life.
    for (const event of ["message", "ping", "pong"]) socket.on(event, () => this.#heard());
    // An error is followed by close: that is what is told.
    socket.on("error", () => {});
    socket.on("close", (code, reason) => this.#over(socket, code, reason.toString(), refused));
  }

  /** The connection is over: come back, or not. */
  #over(socket, code, reason, refused) {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#ready = false;
    clearInterval(this.#timers.beat);
    clearTimeout(this.#timers.silence);
    const again = !this.#left && (refused ? returnsAfterStatus(refused.status) : returnsAfterClose(code, reason));
    if (code === 1009) {
      for (const id of this.#questions.takeUnaccepted()) {
        this.tell("error", { code: "MESSAGE_TOO_LARGE", message: `question ${id} is not sent again` });
      }
    }
    this.#questions.connectionLost();
    this.tell("closed", { code, reason, retry: again });
    this.tell("state", { state: "closed" });
    if (again) this.#again(refused?.wait ?? this.#spread);
    else this.#resting = !this.#left;
  }

  /** Comes back after the wait, not before `noEarlier`; falls back when there are no attempts left. */
  #again(noEarlier) {
    this.#attempt += 1;
    if (this.#attempt > ATTEMPTS) return this.#fallBack();
    const delay = Math.max(waitBefore(this.#attempt) * this.#scale, noEarlier);
    this.tell("retrying", { attempt: this.#attempt, delay_ms: delay });
    // Timers of Node drop the fraction of a millisecond.
    this.#pause = setTimeout(() => this.#connect(), Math.ceil(delay));
  }

  #silenceAfter(time) {
    this.#timers.patience = time;
    this.#heard();
  }

  #heard() {
    clearTimeout(this.#timers.silence);
    this.#timers.silence = setTimeout(() => this.#socket?.terminate(), this.#timers.patience);
  }

  #send(message) {
    this.#socket?.send(JSON.stringify({ ...message, timestamp: now() }), () => {
      // A connection that is gone shows itself by its close.
    });
  }

  /** Sends what waits. While a replay is on its way nobody knows yet what has to be asked again. */
  #flush() {
    for (const message of this.#outbox.splice(0)) this.#send(message);
    if (!this.#resuming) for (const message of this.#questions.due()) this.#send(message);
  }

  // What the server says.

  /** A message in either dialect, or several in one. What can't be read is passed over. */
  #hear(text) {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    const messages = message?.type === "batch" ? message.messages : [message];
    for (const one of Array.isArray(messages) ? messages : []) {
      if (one && typeof one === "object") this.#one(named(one));
    }
  }

  #one(message) {
    const meant = this.#meanings[message.type];
    if (meant) meant(message);
    else this.#forUser(message);
  }

  #meanings = {
    connection_established: ({ timers = {} }) => {
      this.#timers.interval = timers.ping_interval_ms || 30_000;
      this.#timers.silent = timers.pong_timeout_ms || 60_000;
      const resume = this.#seen.point;
      this.#resuming = resume !== undefined;
      this.#send({
        type: "connection_handshake",
        agent_id: this.agentId,
        agent_type: "frontend",
        user_id: this.userId,
        session_id: this.sessionId,
        capabilities: CAPABILITIES,
        client_info: { browser: `javascript ws on node ${process.version}`, url: "cli" },
        ...(resume && { resume }),
      });
    },
    connection_acknowledged: ({ epoch, top, session_id }) => {
      this.#ready = true;
      this.#silenceAfter(this.#timers.silent);
      this.#timers.beat = setInterval(() => {
        this.#beats += 1;
        this.#send({ type: "heartbeat", correlation_id: `beat-${this.#beats}` });
      }, this.#timers.interval);
      if (!this.#resuming) this.#seen.begin(epoch, top);
      this.tell("open", { session_id });
      this.#flush();
    },
    heartbeat_response: () => {
      this.#attempt = 0;
      this.#gaveUp = false;
    },
    pong: () => {},
    resumed: (message) => {
      if (message.recovered === false) this.#questions.historyLost();
      this.#resuming = false;
      this.tell("message", { message });
      this.#flush();
    },
    server_shutting_down: (message) => {
      this.#spread = Math.min(message.reconnect_after_ms || 0, 60_000);
      this.tell("message", { message });
    },
  };

  /** A message that the user should see, each event once. */
  #forUser(message) {
    if (!this.#seen.take(message)) return;
    const rows = this.#questions.note(message);
    if (message.type === "error") {
      this.tell("error", { code: message.code, message: message.message });
      return;
    }
    this.tell("message", { message });
    if (rows && (message.type === "query_result" || message.type === "chat_reply")) {
      this.tell("result", { result: rows.length ? { ...message, rows } : message, via: "websocket" });
    }
  }

  // Without a socket.

  /** No more attempts: what is asked goes by HTTP, and the socket is tried again now and then. */
  #fallBack() {
    if (!this.#gaveUp) this.tell("gave_up");
    this.#gaveUp = this.#fallen = true;
    this.#pause = setTimeout(() => this.#connect(), RECOVERY * this.#scale);
    this.#askByHttp();
  }

  async #askByHttp() {
    for (const question of this.#questions.takeAll()) {
      const body = { ...question.message, timestamp: now(), session_id: this.sessionId };
      const answered = await this.#request("result", "POST", "/api/query", body);
      // The socket may be back before HTTP is.
      if (!answered) this.#questions.waiting.push({ ...question, sent: false, accepted: false });
    }
  }

  /** A request beside the socket; its answer is told. False when there was none. */
  async #request(event, method, path, body) {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    try {
      const response = await fetch(api(this.url, path), { method, headers, body: body && JSON.stringify(body) });
      const answer = await response.json();
      if (!response.ok) this.tell("error", { code: answer.code, message: answer.message });
      else if (event === "result") this.tell("result", { result: answer, via: "http" });
      else this.tell(event, { [event]: answer });
      return true;
    } catch (error) {
      this.tell("error", { code: "UNREACHABLE", message: String(error) });
      return false;
    }
  }
}
