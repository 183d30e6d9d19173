"""Remote control of a mock process over its control port (docs/design.md section 7)."""

from typing import Any

import httpx
import msgspec


class Mocks:
    """One mock process: where it is, and what it can be told."""

    def __init__(self, hello: bytes) -> None:
        told = msgspec.json.decode(hello)
        self.control: str = told["control"]
        self.token: str = told["token"]
        self.upstreams: dict[str, dict[str, Any]] = told["upstreams"]
        self.doors: dict[str, Any] = told.get("doors", {})
        """How a platform reaches the mocks under the real host names: ca, proxy, tls, hosts."""
        self.links: dict[str, int] = told.get("links", {})
        """Where the network stands for whom, if this is the network's process."""
        headers = {"Authorization": f"Bearer {self.token}"}
        # Of this machine, in plain HTTP: no proxy of the environment may hear the token, no certificate is needed.
        self._http = httpx.AsyncClient(
            base_url=self.control,
            headers=headers,
            timeout=10,
            trust_env=False,
            verify=False,  # noqa: S501
        )

    async def begin(self, t0_ns: int) -> None:
        """Tell when the first arrival is due."""
        (await self._http.post("/control/begin", json={"t0_ns": t0_ns})).raise_for_status()

    async def lead(self, places: dict[str, str]) -> None:
        """Tell the network's process where its links lead, as host:port by link."""
        (await self._http.post("/control/links", json=places)).raise_for_status()

    async def heal(self) -> None:
        """Switch all strikes off."""
        (await self._http.post("/control/heal")).raise_for_status()

    async def stats(self) -> dict[str, Any]:
        """Return its totals, and what is still pending."""
        answer = await self._http.get("/control/stats")
        answer.raise_for_status()
        stats: dict[str, Any] = answer.json()
        return stats

    async def stop(self) -> None:
        """Let it close its journal and end."""
        (await self._http.post("/control/stop")).raise_for_status()

    async def close(self) -> None:
        """Close our own connections to it."""
        await self._http.aclose()
