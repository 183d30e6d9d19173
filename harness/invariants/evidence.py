"""What proves a finding: the ledger rows of its order, with their times since the order was due."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.invariants.store import Store

MOST_ROWS = 12
_TRUTHS = """
SELECT e.intent, e.kind, e.channel, e.ref, e.amount_fen, e.state, e.strikes,
       (e.time_ns - o.intended_ns) / 1e9 AS at_s
FROM   events AS e
JOIN   orders AS o ON o.intent = e.intent
WHERE  e.intent IN (SELECT UNNEST($intents))
  AND  (e.kind IN ('captured', 'refunded', 'closed', 'delivered', 'failed', 'audit') OR e.forged)
ORDER BY e.time_ns
"""


def with_trails(store: Store, broken: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return findings as verdict.json tells them: the law's words, and the rows of the order's ledgers."""
    intents = sorted({row["intent"] for row in broken if row["intent"] is not None})
    numbers = {
        row["intent"]: row["order_no"] or ""
        for row in store.rows(
            "SELECT intent, order_no FROM orders WHERE intent IN (SELECT UNNEST($intents))",
            {"intents": intents},
        )
    }
    trails: dict[int, list[str]] = {}
    for row in store.rows(_TRUTHS, {"intents": intents}):
        trails.setdefault(row["intent"], []).append(_said(row))
    return [
        {
            "intent": row["intent"],
            "order_no": numbers.get(row["intent"], ""),
            "says": {"en": row["says"] or "", "zh": row["says_zh"] or row["says"] or ""},
            "evidence": "; ".join([row["evidence"] or "", *_cut(trails.get(row["intent"], []))]),
        }
        for row in broken
    ]


def _said(row: Mapping[str, Any]) -> str:
    words = [f"{row['at_s']:+.3f}s", row["kind"], row["channel"], row["ref"], row["state"]]
    if row["kind"] in {"captured", "refunded"}:
        words.append(f"{row['amount_fen']} fen")
    words += [f"[{strike}]" for strike in row["strikes"]]
    return " ".join(word for word in words if word)


def _cut(trail: list[str]) -> list[str]:
    if len(trail) <= MOST_ROWS:
        return trail
    return [*trail[:MOST_ROWS], f"and {len(trail) - MOST_ROWS} more rows"]
