// Echo server on the WebSocket of Bun, which is uWebSockets.
const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
// The suite sends messages of up to 16 MiB; compression is off unless asked for.
Bun.serve({
  hostname: "127.0.0.1",
  port,
  fetch(request, server) {
    if (!server.upgrade(request)) return new Response("a WebSocket is expected", { status: 400 });
  },
  websocket: {
    maxPayloadLength: 16 * 1024 * 1024,
    backpressureLimit: 64 * 1024 * 1024,
    perMessageDeflate: true,
    message: (socket, message) => void socket.send(message),
  },
});
console.log(`listening on ${port}`);
