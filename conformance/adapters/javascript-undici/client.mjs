// A client for `tidegate check-client` on the WebSocket of `undici`, which is the one that Node has built in.
//
//     examples/targets/set-up conformance/adapters/javascript-undici
//     tidegate check-client -s client-wire -- conformance/adapters/javascript-undici/start

import { readFileSync } from "node:fs";
import { WebSocket } from "undici";
import { play } from "../echo.mjs";

const { version } = JSON.parse(readFileSync(new URL("node_modules/undici/package.json", import.meta.url)));

play(WebSocket, `Node undici ${version}`);
