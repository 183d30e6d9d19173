"""What proves a finding: the ledger rows of its order, with their times since the order was due."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.invariants.store import Store

MOST_ROWS = 12
_ORDERS = (
    "SELECT intent, order_no, intended_ns FROM orders WHERE intent IN (SELECT UNNEST($intents))"
)
_TRUTHS = """
SELECT intent, time_ns, kind, channel, ref, amount_fen, state, strikes
FROM   events
WHERE  intent IN (SELECT UNNEST($intents))
  AND  (kind IN ('captured', 'refunded', 'closed', 'delivered', 'failed', 'audit') OR forged)
ORDER BY time_ns
"""


class Trails:
    """The ledgers' rows of all orders that findings name, read in one go."""

    def __init__(self, store: Store, findings: Sequence[Mapping[str, Any]]) -> None:
        intents = sorted({row["intent"] for row in findings if row["intent"] is not None})
        self._orders: dict[int, dict[str, Any]] = {}
        self._rows: dict[int, list[dict[str, Any]]] = {}
        if not intents:
            return
        for row in store.rows(_ORDERS, {"intents": intents}):
            self._orders[row["intent"]] = row
        for row in store.rows(_TRUTHS, {"intents": intents}):
            self._rows.setdefault(row["intent"], []).append(row)

    def told(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        """Return a finding as verdict.json tells it: the law's words, and the rows of the order's ledgers."""
        order = self._orders.get(finding["intent"])
        rows = self._rows.get(finding["intent"], [])
        trail = [_said(row, order["intended_ns"]) for row in rows] if order else []
        return {
            "intent": finding["intent"],
            "order_no": (order["order_no"] if order else None) or "",
            "says": {
                "en": finding["says"] or "",
                "zh": finding["says_zh"] or finding["says"] or "",
            },
            "evidence": "; ".join([finding["evidence"] or "", *_cut(trail)]),
        }


def _said(row: Mapping[str, Any], intended_ns: int) -> str:
    at_s = (row["time_ns"] - intended_ns) / 1e9
    words = [f"{at_s:+.3f}s", row["kind"], row["channel"], row["ref"], row["state"]]
    if row["kind"] in {"captured", "refunded"}:
        words.append(f"{row['amount_fen']} fen")
    words += [f"[{strike}]" for strike in row["strikes"]]
    return " ".join(word for word in words if word)


def _cut(trail: list[str]) -> list[str]:
    if len(trail) <= MOST_ROWS:
        return trail
    return [*trail[:MOST_ROWS], f"and {len(trail) - MOST_ROWS} more rows"]
