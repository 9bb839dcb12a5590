"""A client for `tidegate check-client` on the library `aiohttp`: the part that echoes.

    examples/targets/set-up conformance/adapters/python-aiohttp
    tidegate check-client -s client-wire -- conformance/adapters/python-aiohttp/start
"""

import asyncio
import json
import os
import sys

import aiohttp


def tell(event, **fields):
    """One line for the suite."""
    print(json.dumps({"event": event, **fields}), flush=True)


async def echo(session, leave):
    """Sends every message back until the server closes, or the user leaves."""
    try:
        # Compression is not offered unless one says so; the limit is the first size that is refused.
        socket = await session.ws_connect(os.environ["TIDEGATE_URL"], max_msg_size=16 * 2**20 + 1, compress=15)
    except Exception as error:
        tell("closed", code=1006, reason=str(error), retry=False)
        return
    tell("open")

    async def close():
        await leave.wait()
        await socket.close()

    closing = asyncio.create_task(close())
    async for message in socket:
        if message.type == aiohttp.WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == aiohttp.WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    if leave.is_set():
        await closing
    closing.cancel()
    tell("closed", code=socket.close_code or 1006, reason="", retry=False)


async def main():
    """Reads what the user does, line by line, until standard input ends."""
    tell("ready", contract=1, name=f"Python aiohttp {aiohttp.__version__}", features=["echo"])
    lines = asyncio.StreamReader(limit=4 * 2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    leave, task = asyncio.Event(), None
    async with aiohttp.ClientSession() as session:
        while line := await lines.readline():
            action = json.loads(line).get("do")
            if action == "echo":
                task = asyncio.create_task(echo(session, leave))
            elif action == "close":
                leave.set()
            else:
                tell("error", code="UNKNOWN_ACTION", message=str(action))
        leave.set()
        if task:
            await asyncio.wait([task], timeout=5)


asyncio.run(main())
