"""A small server with Toxiproxy's HTTP API that forwards TCP and applies toxics, for where the real one is not at hand.

    python -m tests.toxiproxy.server      prints its port, serves until its standard input ends

It behaves as Toxiproxy's own source does where that surprises: a reset waits for bytes, and is a TCP RST only on
connections made after it; the end of a timeout breaks the connections that it met; the end of one direction ends both;
a slicer without variation is the server's death.
"""

import asyncio
import json
import os
import random
import socket
import struct
import sys
from contextlib import suppress
from urllib.parse import unquote

VERSION = "2.12.0"
RST = struct.pack("ii", 1, 0)
STREAMS = ("upstream", "downstream")
KINDS = ("latency", "bandwidth", "timeout", "slicer", "limit_data", "reset_peer", "slow_close")


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Connection:
    """Both ends of one connection, and what its toxics remember of it."""

    def __init__(self, proxy, client, server):
        self.proxy = proxy
        self.ends = client[1], server[1]
        self.made_under = {toxic["name"] for toxic in proxy.toxics}
        self.counts = {}
        self.ways = {"upstream": (client[0], server[1]), "downstream": (server[0], client[1])}

    def close(self, *, hard=False):
        for end in self.ends:
            if hard and (sock := end.get_extra_info("socket")) is not None:
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
            if hard:
                end.transport.abort()
            else:
                end.close()

    async def pass_on(self, stream):
        reader, writer = self.ways[stream]
        queue = asyncio.Queue()
        filling = asyncio.ensure_future(self._fill(reader, queue))
        try:
            while (item := await queue.get()) is not None:
                pieces = [item]
                for toxic in [t for t in self.proxy.toxics if t["stream"] == stream]:
                    pieces = await self._under(toxic, *zip(*pieces, strict=True), writer)
                    if not pieces:
                        break
                for _, data in pieces:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            self.close(hard=True)
        finally:
            filling.cancel()
            self.close()

    async def _fill(self, reader, queue):
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while data := await reader.read(32768):
                queue.put_nowait((loop.time(), data))
        queue.put_nowait(None)

    async def _under(self, toxic, times, datas, writer):
        """Return what a toxic lets through of some bytes, after as long as it takes."""
        data, said, loop = b"".join(datas), toxic["attributes"], asyncio.get_running_loop()
        kind = toxic["type"]
        if kind == "timeout":
            self.made_under.add(toxic["name"])
            return []
        if kind == "latency":
            sway = said.get("jitter", 0)
            late_ms = said["latency"] + (random.randrange(-sway, sway) if sway else 0)
            await asyncio.sleep(max(0.0, times[0] + late_ms / 1e3 - loop.time()))
        elif kind == "bandwidth":
            await asyncio.sleep(len(data) / said["rate"] / 1e3)
        elif kind == "slicer":
            size = said["average_size"] + said["size_variation"]
            for start in range(0, len(data), size):
                writer.write(data[start : start + size])
                await writer.drain()
                await asyncio.sleep(said["delay"] / 1e6)
            return []
        elif kind == "limit_data":
            left = said["bytes"] - self.counts.get(toxic["name"], 0)
            data = data[: max(0, left)]
            self.counts[toxic["name"]] = said["bytes"] - left + len(data)
            if self.counts[toxic["name"]] >= said["bytes"]:
                writer.write(data)
                self.close()
                return []
        elif kind == "reset_peer":
            await asyncio.sleep(said["timeout"] / 1e3)
            self.close(hard=toxic["name"] in self.made_under)
            return []
        return [(times[0], data)]


class Proxy:
    """A port that leads to another."""

    def __init__(self, name, listen, upstream):
        self.name, self.listen, self.upstream = name, listen, upstream
        self.toxics = []
        self.connections = set()
        self.tasks = set()

    async def open(self):
        host, _, port = self.listen.rpartition(":")
        self._server = await asyncio.start_server(self._take, host, int(port))
        self.listen = f"{host}:{self._server.sockets[0].getsockname()[1]}"

    async def _take(self, *client):
        host, _, port = self.upstream.rpartition(":")
        try:
            server = await asyncio.open_connection(host, int(port))
        except OSError:
            client[1].close()
            return
        connection = Connection(self, client, server)
        self.connections.add(connection)
        await asyncio.gather(*(connection.pass_on(stream) for stream in STREAMS))
        self.connections.discard(connection)

    def close(self):
        self._server.close()
        for connection in tuple(self.connections):
            connection.close()

    def told(self):
        return {
            "name": self.name,
            "listen": self.listen,
            "upstream": self.upstream,
            "enabled": True,
            "toxics": self.toxics,
        }


class Api:
    """The HTTP API; `calls` is what it was asked, for a test to read at /calls, which the real one has not."""

    def __init__(self):
        self.proxies = {}
        self.calls = []

    async def hear(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            method, path, _ = head.split(" ", 2)
            try:
                status, said = await self._answer(method, path, body)
            except RefusedError as error:
                status, said = error.status, {"error": str(error), "status": error.status}
            text = b"" if said is None else json.dumps(said).encode()
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n".encode())
            writer.write(b"Connection: close\r\n\r\n" + text)
            await writer.drain()
        finally:
            writer.close()

    async def _answer(self, method, path, body):
        if path.startswith("/calls"):
            return 200, self.calls
        said = json.loads(body) if body else {}
        self.calls.append([method, path, said])
        match method, [unquote(part) for part in path.strip("/").split("/")]:
            case "GET", ["version"]:
                return 200, {"version": VERSION}
            case "GET", ["proxies"]:
                return 200, {name: proxy.told() for name, proxy in self.proxies.items()}
            case "POST", ["proxies"]:
                return await self._make(said)
            case "DELETE", ["proxies", name]:
                self._proxy(name).close()
                del self.proxies[name]
                return 204, None
            case "POST", ["proxies", name, "toxics"]:
                return self._add(self._proxy(name), said)
            case "DELETE", ["proxies", name, "toxics", toxic]:
                return self._take(self._proxy(name), toxic)
        raise RefusedError(404, "no such page")

    def _proxy(self, name):
        if name not in self.proxies:
            raise RefusedError(404, "proxy not found")
        return self.proxies[name]

    async def _make(self, said):
        if not said.get("name") or not said.get("upstream"):
            raise RefusedError(400, "missing required field")
        if said["name"] in self.proxies:
            raise RefusedError(409, "proxy already exists")
        proxy = Proxy(said["name"], said["listen"], said["upstream"])
        await proxy.open()
        self.proxies[proxy.name] = proxy
        return 201, proxy.told()

    def _add(self, proxy, said):
        if said.get("type") not in KINDS:
            raise RefusedError(400, "invalid toxic type")
        said = {"stream": "downstream", "toxicity": 1.0, "attributes": {}, **said}
        said.setdefault("name", f"{said['type']}_{said['stream']}")
        if said["stream"] not in STREAMS:
            raise RefusedError(400, "stream was invalid, can be either upstream or downstream")
        if any(toxic["name"] == said["name"] for toxic in proxy.toxics):
            raise RefusedError(409, "toxic already exists")
        if said["type"] == "slicer" and said["attributes"].get("size_variation", 0) < 1:
            os._exit(2)
        proxy.toxics.append(said)
        return 200, said

    def _take(self, proxy, name):
        found = [toxic for toxic in proxy.toxics if toxic["name"] == name]
        if not found:
            raise RefusedError(404, "toxic not found")
        proxy.toxics.remove(found[0])
        if found[0]["type"] == "timeout":
            for connection in tuple(proxy.connections):
                connection.close()
        return 204, None


async def main():
    server = await asyncio.start_server(Api().hear, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
