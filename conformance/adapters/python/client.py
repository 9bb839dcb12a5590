"""A client for `tidegate check-client` on the library `websockets` (pip install websockets): the part that echoes.

    tidegate check-client -- python3 conformance/adapters/python/client.py
"""

import asyncio
import json
import os
import sys

import websockets


def tell(event, **fields):
    """One line for the suite."""
    print(json.dumps({"event": event, **fields}), flush=True)


async def echo(leave):
    """Sends every message back until the server closes, or the user leaves."""
    try:
        # The suite offers no compression; asking for none keeps the request plain.
        socket = await websockets.connect(os.environ["TIDEGATE_URL"], compression=None, proxy=None, max_size=16 * 2**20)
    except Exception as error:
        tell("closed", code=1006, reason=str(error), retry=False)
        return
    tell("open")

    async def close():
        await leave.wait()
        await socket.close()

    closing = asyncio.create_task(close())
    try:
        async for message in socket:
            await socket.send(message)
    except websockets.ConnectionClosed:
        pass
    await socket.wait_closed()
    closing.cancel()
    tell("closed", code=socket.close_code or 1006, reason=socket.close_reason or "", retry=False)


async def main():
    """Reads what the user does, line by line, until standard input ends."""
    tell("ready", contract=1, name=f"python websockets {websockets.__version__}", features=["echo"])
    lines = asyncio.StreamReader(limit=4 * 2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    leave, task = asyncio.Event(), None
    while line := await lines.readline():
        action = json.loads(line).get("do")
        if action == "echo":
            task = asyncio.create_task(echo(leave))
        elif action == "close":
            leave.set()
        else:
            tell("error", code="UNKNOWN_ACTION", message=str(action))
    leave.set()
    if task:
        await asyncio.wait([task], timeout=5)


asyncio.run(main())
