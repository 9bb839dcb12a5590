// The contract of `tidegate check-client` for a library with the WebSocket of the browsers: lines of JSON in and out, and
// the part that echoes. `javascript-bun`, `javascript-deno` and `javascript-undici` say which library that is.

import process from "node:process";
import { createInterface } from "node:readline";

/** One line for the suite. */
const tell = (event, fields = {}) => console.log(JSON.stringify({ event, ...fields }));

/** Plays the client with the class `Socket` of the library called `name`. */
export function play(Socket, name) {
  let socket;

  /** Sends every message back until the server closes. */
  function echo() {
    // Compression is offered as the library does it.
    socket = new Socket(process.env.TIDEGATE_URL);
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

  tell("ready", { contract: 1, name, features: ["echo"] });
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      const action = JSON.parse(line).do;
      if (Object.hasOwn(actions, action)) actions[action]();
      else tell("error", { code: "UNKNOWN_ACTION", message: String(action) });
    })
    .on("close", actions.close);
}
