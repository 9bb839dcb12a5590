"""A client for `tidegate check-client` on the library `websockets` (pip install -r requirements.txt).

    tidegate check-client -- python3 conformance/adapters/python/client.py

This file is the contract: lines of JSON in and out, and the part that echoes. `session.py` is the client itself,
`questions.py` and `rules.py` are what it goes by.
"""

import asyncio
import json
import os
import sys

import websockets
from rules import resolve
from session import Session
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

FEATURES = [
    "echo",
    "offer",
    "session",
    "reconnect",
    "resume",
    "fallback",
    "storage",
    "url",
    "token",
    "commands",
    "subscribe",
    "database",
    "typed",
    "batch",
    "time_scale",
]

# Seconds for the opening handshake, and the least there are however times are scaled.
OPENING = max(2.0, 10.0 * float(os.environ.get("TIDEGATE_TIME_SCALE", "1")))


def tell(event, **fields):
    """One line for the suite."""
    print(json.dumps({"event": event, **fields}), flush=True)


def address():
    """The address that is given, else the one in the variables of a web client."""
    if url := os.environ.get("TIDEGATE_URL"):
        return url
    url, warning = resolve(os.environ)
    if warning:
        tell("warning", text=warning)
    return url


def extension(offer):
    """permessage-deflate as the library offers it, or with the parameters that are asked for."""
    if offer is None:
        return ClientPerMessageDeflateFactory(client_max_window_bits=True)
    # By itself the library leaves its window to the server.
    parameters = {"client_max_window_bits": None}
    for part in filter(None, (part.strip() for part in offer.split(";"))):
        name, _, value = part.partition("=")
        parameters[name] = int(value) if value else True
    return ClientPerMessageDeflateFactory(**parameters)


async def echo(leave, offer):
    """Sends every message back until the server closes, or the user leaves."""
    try:
        # The extension is given whole: what the library adds by itself depends on its version.
        socket = await websockets.connect(
            address(),
            compression=None,
            extensions=[extension(offer)],
            proxy=None,
            max_size=16 * 2**20,
            open_timeout=OPENING,
        )
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


class Player:
    """Does what the lines say."""

    def __init__(self):
        self.leave, self.session, self.task = asyncio.Event(), None, None

    async def line(self, action):
        """One line of the user."""
        kind = action.get("do")
        if kind == "echo":
            self.task = asyncio.create_task(echo(self.leave, action.get("offer")))
        elif kind == "connect":
            self.session = Session(address(), tell, action)
            self.task = asyncio.create_task(self.session.run())
        elif kind == "resolve":
            url, warning = resolve(os.environ)
            if warning:
                tell("warning", text=warning)
            tell("url", url=url)
        elif kind == "close":
            self.close()
        elif self.session:
            await self.session.act(action)
        else:
            tell("error", code="UNKNOWN_ACTION", message=str(kind))

    def close(self):
        """The user leaves."""
        self.leave.set()
        if self.session:
            self.session.leave()


async def main():
    """Reads what the user does, line by line, until standard input ends."""
    tell("ready", contract=1, name=f"Python websockets {websockets.__version__}", features=FEATURES)
    lines = asyncio.StreamReader(limit=4 * 2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    player = Player()
    while line := await lines.readline():
        await player.line(json.loads(line))
    player.close()
    if player.task:
        await asyncio.wait([player.task], timeout=4)


asyncio.run(main())
