// The rules a client goes by, without any connection: address, waits, ends, identity, dialects.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const VARIABLES = ["NEXT_PUBLIC_WS_URL", "NEXT_PUBLIC_BACKEND_URL", "NEXT_PUBLIC_API_URL"];
const WARNING = "No WebSocket environment variables found, using development fallback";
export const ATTEMPTS = 5;

/** The address in the variables of a web client, and what its user should be warned of. */
export function resolve(environment) {
  for (const name of VARIABLES) {
    const url = (environment[name] ?? "").trim();
    if (url) return { url: url.replace(/^http(s?):\/\//i, (_, tls) => `ws${tls}://`) };
  }
  return { url: "ws://localhost:8080", warning: WARNING };
}

/** Milliseconds before the attempt: 1, 2, 4, 8, 16 s and up to one more, so that clients don't come back all at once. */
export const waitBefore = (attempt) => (Math.min(2 ** (attempt - 1), 16) + Math.random()) * 1000;

const PASSING = ["Slow consumer", "Server full", "Too many connections", "Rate limit exceeded"];

/** Whether a client may come back by itself after this end. */
export const returnsAfterClose = (code, reason) =>
  code === 1008 ? PASSING.includes(reason) : ![1000, 1002, 1003, 1007].includes(code);

/** Whether a client may come back by itself after an upgrade that was refused with this status. */
export const returnsAfterStatus = (status) => [408, 425, 429].includes(status) || status >= 500;

/** The session that is kept in the folder, as a browser keeps it in its session storage; else a fresh one. */
export function keptSession(folder) {
  const tail = Math.random().toString(36).slice(2, 11).padEnd(9, "0");
  const fresh = `session_${Date.now()}_${tail}`;
  if (!folder) return fresh;
  const path = join(folder, "websocket_session_id");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  writeFileSync(path, fresh);
  return fresh;
}

/** The stable name of a client in its session. */
export const agentId = (userId, sessionId) => `frontend_${userId}_${sessionId}`;

/** The instant of now, as the protocol writes it. */
export const now = () => new Date().toISOString();

/** The message in the named dialect, whatever it came in. */
export function named(message) {
  let [kind, payload] = [message.type, undefined];
  if (kind === "event" || kind === "broadcast") [kind, payload] = [message.event_name, message.payload];
  else if (kind === "response") [kind, payload] = ["query_result", message.result];
  if (typeof kind !== "string" || typeof payload !== "object" || payload === null) return message;
  const envelope = {};
  for (const key of ["id", "query_id", "correlation_id", "timestamp"]) {
    if (key in message) envelope[key] = message[key];
  }
  return { ...envelope, ...payload, type: kind };
}

/** The address of the HTTP API beside the door `url`. */
export function api(url, path) {
  const { protocol, host } = new URL(url);
  return `${protocol === "wss:" ? "https" : "http"}://${host}${path}`;
}

/** Factor on the client's own times. */
export const timeScale = () => Number(process.env.TIDEGATE_TIME_SCALE ?? "1");
