"""The yardstick: the least that a Python server can do, an asyncio.Protocol with httptools and a fixed body.

    python -m tests.bench.bare_server

Prints its port. It reads every request to its end and looks at nothing.
"""

import asyncio
import sys
from typing import Any

import httptools
import uvloop

BODY = b'{"code":1,"msg":"","trade_no":"2026112206495200002","payurl":"http://127.0.0.1:80/pay/2026112206495200002"}'
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
ANSWER = HEAD.encode() + BODY


class Bare(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body = body

    def on_message_complete(self) -> None:
        self._transport.write(ANSWER)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
