"""Complaints that a platform makes at an operator about an order (售后): somebody looks into them, and says so.

    the platform's call ──▶ waits ── claims_after_ms ──▶ under_way ── as long again, and the order final ──▶ settled
                                                                       an order that was cancelled: ended ◀──┘

Each step is told to the address that came with the complaint. A complaint moves neither goods nor money.
"""

from collections.abc import Callable
from typing import Literal

from harness.core.clock import now_ns
from mock_upstreams.desk import Desk
from mock_upstreams.dialect import Notice
from mock_upstreams.letter import Who
from mock_upstreams.records import SupplierOrder

Step = Literal["under_way", "settled", "ended"]
Act = Callable[[], None]


class Claims:
    """The complaints of one operator's desk."""

    def __init__(
        self, desk: Desk, after_ms: float, once_final: Callable[[SupplierOrder, Act], object]
    ) -> None:
        self._desk = desk
        self._after_ms = after_ms
        self._once_final = once_final
        self._heard = 0

    def hear(self, order: SupplierOrder, url: str, who: Who) -> None:
        """Take a complaint; without an address nobody is told what becomes of it."""
        self._heard += 1
        if url:
            name = f"Q{order.ref}{self._heard:06d}"
            self._desk.house.late(self._after_ms, self._look, order, url, who, name)

    def _look(self, order: SupplierOrder, url: str, who: Who, name: str) -> None:
        self._tell("under_way", order, url, who, name)

        def settle() -> None:
            self._tell("ended" if order.cancelled else "settled", order, url, who, name)

        self._desk.house.late(self._after_ms, self._once_final, order, settle)

    def _tell(self, step: Step, order: SupplierOrder, url: str, who: Who, name: str) -> None:
        desk = self._desk
        notice = Notice(
            op="claim", id=f"{name}{step}", at_ns=now_ns(), order=order, act=step, inbox=url
        )
        desk.notifier.start(desk.name, desk.dialect, notice, url, who)
