"""A small server of the application protocol, written from its published documents alone."""

import asyncio
import signal
import ssl

import settings
from hub import Hub
from listener import Listener


def tls(configured):
    """§2: `https` and `wss` where there is a certificate; HTTP/1.1 alone is spoken in it."""
    if not configured.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(configured.certificate, configured.certificate_key)
    context.set_alpn_protocols(["http/1.1"])
    return context


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

    port = configured.port
    server = await asyncio.start_server(accept, "127.0.0.1", port, backlog=1024, ssl=tls(configured))
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
