"""Echo server on Autobahn, as its documentation writes one."""

import argparse
import asyncio

from autobahn.asyncio.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept


class Echo(WebSocketServerProtocol):
    def onMessage(self, payload, isBinary):
        self.sendMessage(payload, isBinary)


def accept(offers):
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(offer)


async def main(port):
    factory = WebSocketServerFactory()
    factory.protocol = Echo
    # The suite sends messages of up to 16 MiB; there is no limit unless one is set.
    limit = 16 * 1024 * 1024
    factory.setProtocolOptions(
        perMessageCompressionAccept=accept, maxFramePayloadSize=limit, maxMessagePayloadSize=limit
    )
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", port)
    print(f"listening on {port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(main(parser.parse_args().port))
