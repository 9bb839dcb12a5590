// A client for `tidegate check-client` on the WebSocket that Deno has built in.
//
//     examples/targets/set-up conformance/adapters/javascript-deno
//     tidegate check-client -s client-wire -- conformance/adapters/javascript-deno/start

import process from "node:process";
import { play } from "../echo.mjs";

play(WebSocket, `Deno ${process.versions.deno}`);
