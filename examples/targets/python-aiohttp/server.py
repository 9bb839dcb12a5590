"""Echo server on aiohttp, as its documentation writes one."""

import argparse

from aiohttp import WSMsgType, web


async def echo(request):
    # The suite sends messages of up to 16 MiB.
    socket = web.WebSocketResponse(max_msg_size=16 * 1024 * 1024 + 1)
    await socket.prepare(request)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    app = web.Application()
    app.router.add_get("/", echo)
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port, print=lambda _: print("listening", flush=True))
