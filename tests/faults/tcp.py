"""A wire to PostgreSQL that can be cut while a COMMIT is on it.

`python -m tests.faults.tcp TARGET_PORT MODE WORD` passes everything on, and prints its own port first. The
first transaction with WORD in a statement is the one it cuts: MODE "after" lets the server commit and keeps
the reply back, "before" keeps the COMMIT itself back. Then both sides are hung up on, and from then on the
wire is an honest one.
"""

from __future__ import annotations

import asyncio
import sys

COMMIT = b"COMMIT\x00"


class Wire:
    """Whether the one cut is still to be made."""

    def __init__(self, target: int, mode: str, word: bytes) -> None:
        self.target, self.mode, self.word = target, mode, word
        self.armed = True

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        cut = asyncio.Event()
        down = asyncio.create_task(self._down(up_reader, writer, cut))
        await self._up(reader, up_writer, up_reader, cut)
        down.cancel()
        for end in (writer, up_writer):
            end.transport.abort()

    async def _up(self, reader, up_writer, up_reader, cut: asyncio.Event) -> None:
        marked = False
        while data := await _read(reader):
            marked = marked or self.word in data
            if self.armed and marked and COMMIT in data:
                self.armed = False
                cut.set()
                if self.mode == "after":
                    up_writer.write(data)
                    await up_writer.drain()
                    await asyncio.sleep(0.3)  # the server commits meanwhile
                print("cut", flush=True)
                return
            if COMMIT in data or b"ROLLBACK\x00" in data:
                marked = False
            up_writer.write(data)
            await up_writer.drain()

    async def _down(self, up_reader, writer, cut: asyncio.Event) -> None:
        while data := await _read(up_reader):
            if cut.is_set():
                return
            writer.write(data)
            await writer.drain()
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except OSError:
        return b""


async def main() -> None:
    wire = Wire(int(sys.argv[1]), sys.argv[2], sys.argv[3].encode())
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
