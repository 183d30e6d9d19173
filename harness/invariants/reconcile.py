"""Reconciliation: four ledgers an order, each in one of five states, and the one name that all of it has.

    customer, gateway, operator, platform   x   none, ok, unknown, refunded, twice   ->   LOST, DUPLICATE, NORMAL ...

`facts/standing.sql` says how every order stands; `classify` is total over all 625 standings and what else is known.
Goods that went to no order at all are no order's standing and are added as a class of their own.
"""

from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from typing import Any

import msgspec

from harness.invariants.store import Store

STATES = ("none", "ok", "unknown", "refunded", "twice")
LEDGERS = ("customer", "gateway", "operator", "platform")
FLAGS = ("over_refunded", "underpaid", "card_shared")


class Class(StrEnum):
    """What became of an order, all ledgers considered; the value is the name in verdict.json."""

    NORMAL = "normal"
    REFUNDED = "refunded"
    UNTRADED = "untraded"
    UNDECIDED = "undecided"
    LOST = "lost_delivery"
    DUPLICATE = "duplicate_delivery"
    DOUBLED = "whole_order_doubled"
    GIVEN_AWAY = "given_away"
    DOUBLE_CHARGE = "double_charge"
    UNDERPAID = "underpaid"
    OVER_REFUND = "over_refund"
    ORPHAN_REFUND = "orphan_refund"
    CARD_TWICE = "card_sold_twice"
    MISSTATED = "misstated"
    STRAY = "stray_goods"


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """A class for a reader: its names, which amount is at stake (a column of `standing`), and who loses it.

    `loser` is `company`, `customer`, or empty where nobody loses anything.
    """

    title: dict[str, str]
    stake: str
    loser: str = ""


def _meaning(english: str, chinese: str, stake: str, loser: str = "") -> Meaning:
    return Meaning(title={"en": english, "zh": chinese}, stake=stake, loser=loser)


MEANINGS: Mapping[Class, Meaning] = {
    Class.LOST: _meaning("Lost delivery", "掉单", "net_fen", "customer"),
    Class.DUPLICATE: _meaning("Duplicate delivery", "重复发货", "extra_cost_fen", "company"),
    Class.GIVEN_AWAY: _meaning("Given away unpaid", "白送", "cost_fen", "company"),
    Class.DOUBLE_CHARGE: _meaning("Charged twice", "重复扣款", "surplus_fen", "customer"),
    Class.OVER_REFUND: _meaning("Over-refund", "多退", "over_fen", "company"),
    Class.ORPHAN_REFUND: _meaning("Orphan refund", "孤儿退款", "refunded_fen", "company"),
    Class.CARD_TWICE: _meaning("Card sold twice", "卡密重复", "price_fen", "customer"),
    Class.UNDERPAID: _meaning("Delivered for too little", "少付发货", "short_fen", "company"),
    Class.DOUBLED: _meaning("Charged and delivered twice", "整单重复", "surplus_fen", "customer"),
    Class.STRAY: _meaning("Goods to nobody's order", "无主发货", "cost_fen", "company"),
    Class.MISSTATED: _meaning("Books tell otherwise", "账实不符", "price_fen"),
    Class.UNDECIDED: _meaning("Undecided", "待定", "net_fen"),
    Class.REFUNDED: _meaning("Refunded as due", "已退款", "refunded_fen"),
    Class.UNTRADED: _meaning("Not traded", "未成交", "price_fen"),
    Class.NORMAL: _meaning("Normal", "正常", "net_fen"),
}
"""Every class, the worst first."""

_STAKES = {
    "surplus_fen": "GREATEST(net_fen - price_fen, 0)",
    "over_fen": "GREATEST(-net_fen, 0)",
    "short_fen": "GREATEST(earned_fen - net_fen, 0)",
}


def classify(
    customer: str,
    gateway: str,
    operator: str,
    platform: str,
    *,
    over_refunded: bool = False,
    underpaid: bool = False,
    card_shared: bool = False,
) -> Class:
    """Name what became of an order; the worst name where several fit.

    Money and goods decide, since their ledgers tell what really happened; what the platform and the customer say
    decides only whether the books agree with it.

    Raises:
        ValueError: one of the four is no state.
    """
    for state in (customer, gateway, operator, platform):
        if state not in STATES:
            raise ValueError(f"a ledger's state is one of {', '.join(STATES)}, not {state!r}")
    if card_shared:
        return Class.CARD_TWICE
    if over_refunded:
        return Class.OVER_REFUND
    if operator in {"ok", "twice"}:
        return _handed_out(gateway, operator, platform, underpaid=underpaid)
    return _not_handed_out(customer, gateway, operator, platform)


def _handed_out(gateway: str, operator: str, platform: str, *, underpaid: bool) -> Class:
    """Name an order whose goods are out."""
    if gateway in {"none", "refunded"}:
        return Class.GIVEN_AWAY
    if operator == "twice":
        return Class.DOUBLED if gateway == "twice" else Class.DUPLICATE
    if gateway == "twice":
        return Class.DOUBLE_CHARGE
    if underpaid:
        return Class.UNDERPAID
    if gateway == "unknown" or platform == "unknown":
        return Class.UNDECIDED
    return Class.NORMAL if platform == "ok" else Class.MISSTATED


def _not_handed_out(customer: str, gateway: str, operator: str, platform: str) -> Class:
    """Name an order whose goods are not out, or not known to be."""
    if operator == "unknown" or gateway == "unknown":
        return Class.UNDECIDED
    if gateway in {"ok", "twice"}:
        return Class.LOST
    if gateway == "refunded":
        if platform == "unknown":
            return Class.UNDECIDED
        return Class.REFUNDED if platform == "refunded" else Class.ORPHAN_REFUND
    if platform in {"none", "unknown"}:
        return Class.UNTRADED if customer in {"none", "unknown", "twice"} else Class.MISSTATED
    return Class.MISSTATED


def standings() -> list[tuple[str, str, str, str]]:
    """Return all 625 ways in which four ledgers can stand."""
    return list(product(STATES, STATES, STATES, STATES))


def reconcile(store: Store) -> list[dict[str, Any]]:
    """Make the view `reconciled` (intent, class, stake_fen ...), and return the orders and the fen of each class.

    An amount is what is at stake in its class: what a customer paid for nothing, what copies cost, what was refunded
    too much; for `normal` what was earned. Only classes with orders are returned, the worst first.
    """
    _name_standings(store)
    found = {row["class"]: row for row in store.rows(_TOTALS)}
    stray = store.row(_STRAY)
    if stray["orders"]:
        found[Class.STRAY] = stray
    return [
        {
            "class": kind.value,
            "title": meaning.title,
            "orders": found[kind]["orders"],
            "amount_fen": found[kind]["amount_fen"],
            "loser": meaning.loser,
        }
        for kind, meaning in MEANINGS.items()
        if kind in found
    ]


def loss(found: list[dict[str, Any]], orders: int) -> dict[str, Any]:
    """Return what was lost in fen, by class and in sum, and the same for a million orders like these.

    `orders` is how many were placed; without any, a rate is None.
    """
    lost = {row["class"]: row["amount_fen"] for row in found if row["loser"] and row["amount_fen"]}

    def of_million(fen: int) -> int | None:
        return round(fen * 1_000_000 / orders) if orders else None

    total = sum(lost.values())
    return {
        "by_class_fen": lost,
        "total_fen": total,
        "per_million_by_class_fen": {name: of_million(fen) for name, fen in lost.items()},
        "per_million_fen": of_million(total),
    }


def _name_standings(store: Store) -> None:
    """Name each standing that occurs; there are few, however many orders there are."""
    keys = ", ".join((*LEDGERS, *FLAGS))
    store.db.execute(f"CREATE OR REPLACE TABLE named ({', '.join(_COLUMNS)})")
    rows = store.rows(f"SELECT DISTINCT {keys} FROM standing")  # noqa: S608 - our own names
    named = [
        [*row.values(), classify(*(row[k] for k in LEDGERS), **{k: row[k] for k in FLAGS}).value]
        for row in rows
    ]
    if named:
        store.db.executemany(f"INSERT INTO named VALUES ({', '.join('?' * len(_COLUMNS))})", named)  # noqa: S608
    store.db.execute(_RECONCILED)


_COLUMNS = (
    *(f"{name} VARCHAR" for name in LEDGERS),
    *(f"{name} BOOLEAN" for name in FLAGS),
    "class VARCHAR",
)
_STAKE_CASES = " ".join(
    f"WHEN '{kind.value}' THEN {_STAKES.get(meaning.stake, meaning.stake)}"
    for kind, meaning in MEANINGS.items()
)
_SAME = " AND ".join(f"n.{name} = s.{name}" for name in (*LEDGERS, *FLAGS))
_RECONCILED = f"""
CREATE OR REPLACE VIEW reconciled AS
SELECT s.*, n.class, CASE n.class {_STAKE_CASES} END AS stake_fen
FROM   standing AS s JOIN named AS n ON {_SAME}
"""  # noqa: S608 - our own names
_TOTALS = """
SELECT class, COUNT(*) AS orders, CAST(SUM(stake_fen) AS BIGINT) AS amount_fen FROM reconciled GROUP BY class
"""
_STRAY = """
SELECT COUNT(*) AS orders, CAST(COALESCE(SUM(cost_fen), 0) AS BIGINT) AS amount_fen FROM deliveries WHERE intent IS NULL
"""
