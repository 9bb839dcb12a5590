// A client for `tidegate check-client` on the WebSocket that Bun has built in.
//
//     examples/targets/set-up conformance/adapters/javascript-bun
//     tidegate check-client -s client-wire -- conformance/adapters/javascript-bun/start

import process from "node:process";
import { createInterface } from "node:readline";

/** One line for the suite. */
const tell = (event, fields = {}) => console.log(JSON.stringify({ event, ...fields }));

let socket;

/** Sends every message back until the server closes. */
function echo() {
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

tell("ready", { contract: 1, name: `Bun ${process.versions.bun}`, features: ["echo"] });
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const name = JSON.parse(line).do;
    const action = actions[name];
    if (action) action();
    else tell("error", { code: "UNKNOWN_ACTION", message: String(name) });
  })
  .on("close", () => socket?.close(1000));
