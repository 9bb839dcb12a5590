// Echo server on the WebSocket of Deno, as its documentation writes one.
const port = Number(Deno.args[Deno.args.indexOf("--port") + 1]);
const onListen = () => console.log(`listening on ${port}`);
Deno.serve({ hostname: "127.0.0.1", port, onListen }, (request) => {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response(null, { status: 426, headers: { upgrade: "websocket" } });
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  socket.onerror = () => {};
  return response;
});
