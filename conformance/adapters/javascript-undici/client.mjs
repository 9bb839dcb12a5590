// A client for `tidegate check-client` on the WebSocket of `undici`, which is the one that Node has built in.
//
//     examples/targets/set-up conformance/adapters/javascript-undici
//     tidegate check-client -s client-wire -- conformance/adapters/javascript-undici/start

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { WebSocket } from "undici";

const { version } = JSON.parse(readFileSync(new URL("node_modules/undici/package.json", import.meta.url)));

/** One line for the suite. */
const tell = (event, fields = {}) => process.stdout.write(JSON.stringify({ event, ...fields }) + "\n");

let socket;

/** Sends every message back until the server closes. */
function echo() {
  // It offers compression always, as browsers do.
  socket = new WebSocket(process.env.TIDEGATE_URL);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => tell("open");
  socket.onmessage = ({ data }) => socket.send(data);
  // An error is followed by close: that is what is told.
  socket.onerror = () => {};
  socket.onclose = ({ code, reason }) => tell("closed", { code, reason, retry: false });
}

const actions = {
  echo,
  close: () => socket?.close(1000),
};

tell("ready", { contract: 1, name: `Node undici ${version}`, features: ["echo"] });
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const name = JSON.parse(line).do;
    const action = actions[name];
    if (action) action();
    else tell("error", { code: "UNKNOWN_ACTION", message: String(name) });
  })
  .on("close", () => socket?.close(1000));
