r"""A read cache for the status of orders, by URL; without one every read goes to the database.

read --> shelf --found, young, and the order has not changed since it was read--> shown
              \--anything else--> database --> shelf, with the time at which the reading began

What makes a reading trustworthy is known here and not in the cache (changes.py): a shelf that forgets nothing, answers
late, comes back from the dead with old things or takes an old write last can at worst be of no use. So nobody is shown
what is older than what anybody was shown before. That holds for one process at its database; another process has names
of its own on the shelf, and so has the next one after a restart.
"""

import secrets
from collections.abc import Awaitable, Callable

import msgspec

from harness.targets.reference.clock import tick_s
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.shelf import Shelf, open_shelf
from harness.targets.reference.tables import Order

_KEPT_S = 1.0


class Reading(msgspec.Struct, frozen=True):
    """An order as the database had it some time after `read_s` of this machine's steady clock."""

    read_s: float
    order: Order


_decode = msgspec.json.Decoder(Reading).decode
_encode = msgspec.json.Encoder().encode


class CacheDesk(Desk):
    """A reading is shown again while it is young and the order has not changed since."""

    kept_s = _KEPT_S

    def __init__(self, config: Config, db: Database, url: str) -> None:
        super().__init__(config, db)
        self.shelf = self.open(url)
        self._ours = secrets.token_hex(8)

    def open(self, url: str) -> Shelf | None:
        """Open the shelf that the URL names."""
        return open_shelf(url)

    async def order(
        self, customer_id: int, order_no: str, read: Callable[[], Awaitable[Order | None]]
    ) -> Order | None:
        """Return a customer's order, from the shelf if that is as good as reading it."""
        if self.shelf is None:
            return await read()
        key = f"{self._ours}:{customer_id}:{order_no}"
        found = _reading(await self.shelf.get(key))
        # An answer to somebody else's question would be worse than none.
        asked = (customer_id, order_no)
        if found and (found.order.customer_id, found.order.order_no) == asked and self.holds(found):
            return found.order
        read_s = tick_s()
        order = await read()
        if order is not None:
            await self.shelf.put(key, _encode(Reading(read_s, order)), int(self.kept_s * 1000))
        return order

    def holds(self, found: Reading) -> bool:
        """Say whether what was read then is still so."""
        young = tick_s() - found.read_s < self.kept_s
        return young and not self.db.changes.since(found.order.order_no, found.read_s)

    async def stop(self) -> None:
        """Let go of the shelf."""
        if self.shelf is not None:
            await self.shelf.close()


def _reading(value: bytes | None) -> Reading | None:
    try:
        return None if value is None else _decode(value)
    except msgspec.DecodeError:
        return None  # bytes that a line spoiled
