// A client for `tidegate check-client` on the library `ws` (npm install): the part that echoes.
//
//     tidegate check-client -- node conformance/adapters/javascript/client.mjs

import { createInterface } from "node:readline";
import { WebSocket } from "ws";

/** One line for the suite. */
const tell = (event, fields = {}) => process.stdout.write(JSON.stringify({ event, ...fields }) + "\n");

let socket;

/** Sends every message back until the server closes. */
function echo() {
  // The suite offers no compression; asking for none keeps the request plain.
  socket = new WebSocket(process.env.TIDEGATE_URL, { perMessageDeflate: false });
  socket.on("open", () => tell("open"));
  socket.on("message", (data, binary) => socket.send(data, { binary }));
  // An error is followed by close: that is what is told.
  socket.on("error", () => {});
  socket.on("close", (code, reason) => tell("closed", { code, reason: reason.toString(), retry: false }));
}

const actions = {
  echo,
  close: () => socket?.close(1000),
};

tell("ready", { contract: 1, name: "javascript ws", features: ["echo"] });
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const name = JSON.parse(line).do;
    const action = actions[name];
    if (action) action();
    else tell("error", { code: "UNKNOWN_ACTION", message: String(name) });
  })
  .on("close", () => socket?.close(1000));
