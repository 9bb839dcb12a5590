"""A door that says back what it hears (docs/protocol.md §3, *Here*): for the suite's part on RFC 6455."""

import asyncio

import frames

MAX_BYTES, MAX_FRAGMENTS = 16 * 1024 * 1024, 262_144


async def serve(reader, writer, early):
    """From behind the 101 to the end: no session, no greeting, no rate."""
    inbox, data, told = frames.Inbox(MAX_BYTES, MAX_FRAGMENTS), early, 0
    try:
        while True:
            for event in inbox.receive(data):
                if event.opcode == frames.CLOSE:
                    writer.write(frames.close_frame(event.code))
                    return await writer.drain()
                writer.write(answer(event))
                told += 1
                if told % 64 == 0:
                    await writer.drain()
                    await asyncio.sleep(0)
            await writer.drain()
            data = await reader.read(65_536)
            if not data:
                return None
            await asyncio.sleep(0)  # the others have their turn, however much is said here
    except frames.Violation as violation:
        writer.write(frames.close_frame(violation.code, violation.reason))
        await throw_away(reader, writer)
    except OSError:
        return None


def answer(event):
    if event.opcode == frames.PING:
        return frames.frame(frames.PONG, event.data)
    if event.opcode == frames.PONG:
        return b""
    data = event.data.encode() if event.opcode == frames.TEXT else event.data
    return frames.frame(event.opcode, data)


async def throw_away(reader, writer):
    """What follows a violation is read and forgotten for a moment, so that no reset overtakes the close frame."""
    try:
        await writer.drain()
        if writer.can_write_eof():  # not in TLS
            writer.write_eof()
        async with asyncio.timeout(1):
            while await reader.read(65_536):
                pass
    except (OSError, TimeoutError):
        pass
