"""Status is answered by two caches in turn, each with its own idea of how old it may get.

Modelled on: replica lag and per-node caches behind a load balancer (查询滞后): DONE, then CHARGING again on refresh.
Breaks: reads never go back in time.
"""

from harness.targets.reference.clock import now_ms
from harness.targets.reference.shop import Shop, View

_FRESH_MS = 1500


class StaleStatusCache(Shop):
    """Each read goes to the other node; a node refreshes what it holds only when that has become old."""

    _turn = 0

    async def status(self, customer_id: int, order_no: str) -> View | None:
        """Ask the node whose turn it is."""
        nodes = self.__dict__.setdefault("_nodes", ({}, {}))
        self._turn = 1 - self._turn
        node: dict[tuple[int, str], tuple[int, View | None]] = nodes[self._turn]
        read_ms, view = node.get((customer_id, order_no), (0, None))
        if view is None or now_ms() - read_ms > _FRESH_MS:
            view = await super().status(customer_id, order_no)
            node[customer_id, order_no] = (now_ms(), view)
        return view
