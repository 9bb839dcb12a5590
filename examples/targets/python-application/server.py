"""A small server of the application protocol, written from its published documents alone."""

import asyncio
import signal

import settings
from hub import Hub
from listener import Listener


async def main(configured):
    hub = Hub(configured)
    sockets = set()

    async def accept(reader, writer):
        task = asyncio.current_task()
        sockets.add(task)
        try:
            await Listener(hub, reader, writer).serve()
        finally:
            sockets.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", configured.port, backlog=1024)
    stopped = asyncio.Event()
    signals = []

    def stop():
        """§14: a first signal drains, a second one ends at once."""
        signals.append(True)
        if len(signals) > 1:
            stopped.set()
        else:
            asyncio.ensure_future(hub.drain()).add_done_callback(lambda _: stopped.set())

    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    ticking = asyncio.ensure_future(hub.tick())
    port = server.sockets[0].getsockname()[1]
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await stopped.wait()
    ticking.cancel()
    server.close()


if __name__ == "__main__":
    asyncio.run(main(settings.from_arguments()))
