"""A Toxiproxy: makes proxies in it, puts toxics on them and takes them off, and removes all that a run made.

    POST /proxies {name, listen, upstream}          201, and where it listens
    POST /proxies/NAME/toxics {name, type, ...}     200
    DELETE /proxies/NAME/toxics/TOXIC               204
    GET /proxies, DELETE /proxies/NAME, GET /version

What others made there is never touched; /reset, which would, is not called.
Source: https://github.com/Shopify/toxiproxy#http-api
"""

import re
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from harness.handles._handle import Act, Handle, HandleError, Memory

WITHIN_S = 30.0
"""Longer than the 25 s after which a Toxiproxy itself gives a call up."""
NOT_FOUND = 404
_VERSION = re.compile(r'(?:\{"version": *")?(git|v?\d[\w.+-]{0,40})(?:"\})?')
"""JSON, or the bare version as older ones answer."""


class Toxiproxy(Handle, frozen=True, kw_only=True):
    """One Toxiproxy, and what the names of a run's proxies in it begin with."""

    url: str
    """Its API, at the address that it was pinned to."""
    prefix: str
    headers: dict[str, str] = {}
    """The Host header that keeps its name."""

    @property
    def what(self) -> str:
        """What it is, for people."""
        return f"Toxiproxy {self.url}"

    def acts(self) -> frozenset[Act]:
        """Return nothing: it is no process that we hold."""
        return frozenset()

    def version(self) -> str:
        """Return its version.

        Raises:
            HandleError: nobody answers there, or it is no Toxiproxy.
        """
        answer = self._ask("GET", "/version")
        found = _VERSION.fullmatch(answer.text.strip())
        if found is None:
            raise HandleError(f"{self.what}: /version answers as no Toxiproxy does")
        return found[1]

    def make(self, name: str, upstream: str) -> tuple[str, int]:
        """Make a proxy that leads to host:port; return where it listens.

        Raises:
            HandleError: it does not work.
        """
        host = urlsplit(self.url).hostname or ""
        host = "127.0.0.1" if host == "localhost" else host
        listen = f"[{host}]:0" if ":" in host else f"{host}:0"
        body = {"name": self.prefix + name, "listen": listen, "upstream": upstream}
        told = self._ask("POST", "/proxies", body).json()
        return host, int(str(told["listen"]).rpartition(":")[2])

    def add(self, proxy: str, name: str, stream: str, toxic: dict[str, Any]) -> None:
        """Put a toxic on one stream (upstream or downstream) of a proxy.

        Raises:
            HandleError: it does not work.
        """
        body = {"name": name, "stream": stream, "toxicity": 1.0, **toxic}
        self._ask("POST", f"{self._path(proxy)}/toxics", body)

    def take(self, proxy: str, name: str) -> None:
        """Take a toxic off, unless it is gone already.

        Raises:
            HandleError: it does not work.
        """
        self._ask("DELETE", f"{self._path(proxy)}/toxics/{quote(name, safe='')}")

    def do_unrun(self, memory: Memory) -> None:
        """Remove every proxy of the run.

        Raises:
            HandleError: it does not work.
        """
        del memory
        for name in self._ask("GET", "/proxies").json():
            if name.startswith(self.prefix):
                self._ask("DELETE", f"/proxies/{quote(name, safe='')}")

    def _path(self, proxy: str) -> str:
        return f"/proxies/{quote(self.prefix + proxy, safe='')}"

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        content = None if body is None else msgspec.json.encode(body)
        headers = {"User-Agent": "recharge-chaos", "Content-Type": "application/json"}
        try:
            answer = httpx.request(
                method,
                self.url + path,
                content=content,
                headers=headers | self.headers,
                timeout=WITHIN_S,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            raise HandleError(f"{self.what}: {error or type(error).__name__}") from None
        gone = method == "DELETE" and answer.status_code == NOT_FOUND
        if not answer.is_success and not gone:
            said = answer.text.strip()[:200]
            raise HandleError(f"{self.what}: {method} {path} answers {answer.status_code}: {said}")
        return answer
