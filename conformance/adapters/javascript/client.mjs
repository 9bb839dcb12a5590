// A client for `tidegate check-client` on the library `ws` (npm install).
//
//     tidegate check-client -- node conformance/adapters/javascript/client.mjs
//
// This file is the contract: lines of JSON in and out, and the part that echoes. `session.mjs` is the client itself,
// `questions.mjs` and `rules.mjs` are what it goes by.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { resolve } from "./rules.mjs";
import { Session } from "./session.mjs";

const { version } = JSON.parse(readFileSync(new URL("node_modules/ws/package.json", import.meta.url)));

const FEATURES = [
  "echo",
  "offer",
  "session",
  "reconnect",
  "resume",
  "fallback",
  "storage",
  "url",
  "token",
  "commands",
  "subscribe",
  "database",
  "typed",
  "batch",
  "time_scale",
];

/** One line for the suite. */
const tell = (event, fields = {}) => process.stdout.write(JSON.stringify({ event, ...fields }) + "\n");

/** The address in the variables of a web client, its user warned where there is none. */
function resolved() {
  const { url, warning } = resolve(process.env);
  if (warning) tell("warning", { text: warning });
  return url;
}

/** The address that is given, else the one in the variables of a web client. */
const address = () => process.env.TIDEGATE_URL ?? resolved();

let socket;
let session;

/** permessage-deflate as the library offers it, or with the parameters that are asked for. */
function compression(offer) {
  // Short messages are compressed too.
  if (offer === undefined) return { threshold: 0 };
  const told = new Map(
    offer
      .split(";")
      .map((part) => part.trim().split("="))
      .filter(([name]) => name),
  );
  const bits = (name) => (told.has(name) ? (Number(told.get(name)) || true) : false);
  return {
    threshold: 0,
    serverNoContextTakeover: told.has("server_no_context_takeover"),
    clientNoContextTakeover: told.has("client_no_context_takeover"),
    serverMaxWindowBits: bits("server_max_window_bits"),
    clientMaxWindowBits: bits("client_max_window_bits"),
  };
}

/** Time for the opening handshake, and the least there is however times are scaled. */
const OPENING = Math.max(2_000, 10_000 * Number(process.env.TIDEGATE_TIME_SCALE ?? 1));

/** Sends every message back until the server closes. */
function echo({ offer }) {
  socket = new WebSocket(address(), { perMessageDeflate: compression(offer), maxPayload: 16 * 2 ** 20 });
  // The library's own limit begins anew with every octet of the answer.
  const late = setTimeout(() => socket.terminate(), OPENING);
  socket.on("open", () => {
    clearTimeout(late);
    tell("open");
  });
  socket.on("message", (data, binary) => socket.send(data, { binary }));
  // An error is followed by close: that is what is told.
  socket.on("error", () => {});
  socket.on("close", (code, reason) => tell("closed", { code, reason: reason.toString(), retry: false }));
}

const actions = {
  echo,
  connect: (action) => {
    session = new Session(address(), tell, action);
  },
  resolve: () => tell("url", { url: resolved() }),
  close: () => {
    socket?.close(1000);
    session?.leave();
  },
};

tell("ready", { contract: 1, name: `Node ws ${version}`, features: FEATURES });
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const action = JSON.parse(line);
    const own = actions[action.do];
    if (own) own(action);
    else if (session) session.act(action);
    else tell("error", { code: "UNKNOWN_ACTION", message: String(action.do) });
  })
  .on("close", () => {
    actions.close();
    // Whoever does not answer a close is left all the same.
    setTimeout(() => process.exit(0), 4_000).unref();
  });
