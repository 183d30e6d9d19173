"""The way back: a browser that has paid at a gateway's page is sent to the merchant's return_url, with signed fields.

    customer --pays--> gateway --302--> return_url?out_trade_no=...&sign=...      (同步跳转)
                               --notify--> notify_url                             (异步通知)

Both may arrive at the same instant. Whoever has seen one such URL can write another, for an order that nobody has paid.
"""

from typing import Literal, Protocol, runtime_checkable

from mock_upstreams.dialect import Dialect, Outgoing
from mock_upstreams.records import Trade
from mock_upstreams.unsigned import unsigned

How = Literal["true", "wrong", "empty", "absent"]
"""Signed by the gateway; by somebody without its key; with an empty signature; with none."""


@runtime_checkable
class LeadsBack(Protocol):
    """A gateway whose customers pay on its page."""

    def back(self, trade: Trade, *, forged: bool = False) -> str:
        """Return the URL that a browser is sent to, empty where the merchant named none."""


def back_of(dialect: Dialect, trade: Trade, how: How) -> str:
    """Return where a browser comes back to, as the gateway or somebody else would write it; empty if nowhere."""
    if not isinstance(dialect, LeadsBack):
        return ""
    url = dialect.back(trade, forged=how != "true")
    if url and how in {"empty", "absent"}:
        url = unsigned(Outgoing("GET", url), absent=how == "absent").url
    return url
