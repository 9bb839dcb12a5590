// A client for `tidegate check-client` on the WebSocket that Bun has built in.
//
//     examples/targets/set-up conformance/adapters/javascript-bun
//     tidegate check-client -s client-wire -- conformance/adapters/javascript-bun/start

import process from "node:process";
import { play } from "../echo.mjs";

play(WebSocket, `Bun ${process.versions.bun}`);
