"""Echo server on the `websockets` package, as its documentation writes one."""

import argparse
import asyncio

from websockets.asyncio.server import serve


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def main(port):
    # The suite sends messages of up to 16 MiB.
    async with serve(echo, "127.0.0.1", port, max_size=16 * 1024 * 1024) as server:
        print(f"listening on {port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(main(parser.parse_args().port))
