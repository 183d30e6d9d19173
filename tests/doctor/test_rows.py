"""Whose row is whose: by intent, by number, and where neither tells, by the goods."""

from types import SimpleNamespace

from harness.core.event import Event
from harness.doctor.facts import Chain
from harness.doctor.visit import own_rows

CHAIN = Chain(
    goods="1",
    kind="cards",
    price_fen=990,
    gateway="epay",
    operators=("kasushou",),
    products={"kasushou": "401"},
)
FOLLOW = SimpleNamespace(at=0, order_no="N20261123000001", chain=CHAIN)


def submit(**more):
    return Event(vantage="operator", kind="submit", channel="kasushou", **more)


def test_a_row_is_known_by_its_intent_or_by_a_number_made_of_the_orders():
    by_intent, by_number = submit(intent=0, sku="9"), submit(order_no="A-N20261123000001-1")
    others = [submit(intent=1), submit(order_no="N20261123000002"), submit(order_no="")]
    assert own_rows([by_intent, by_number, *others], FOLLOW) == [by_intent, by_number]


def test_what_nothing_tells_of_is_known_by_the_goods():
    nameless, other = submit(order_no="77", sku="401"), submit(order_no="78", sku="402")
    assert own_rows([nameless, other], FOLLOW) == [nameless]


def test_a_short_number_is_not_found_within_another():
    short = SimpleNamespace(at=0, order_no="12", chain=CHAIN)
    assert own_rows([submit(order_no="5123")], short) == []
