"""The books: whatever is asked in whatever order, money and goods add up."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_upstreams.dialect import Ask
from mock_upstreams.ledger import GatewayBook
from mock_upstreams.operator_ledger import OperatorBook
from mock_upstreams.records import Product, Reason, Refund, SupplierOrder, Trade


def number(kind: str, serial: int, time_ns: int) -> str:
    return f"{kind[0]}{serial}-{time_ns}"


def gateway(duplicates: Any = "reuse", expires_ns: int = 1_000) -> GatewayBook:
    return GatewayBook(number, duplicates, expires_ns)


def create(book: GatewayBook, no: str = "A", fen: int = 100, now_ns: int = 1) -> Any:
    found = book.plan_create(Ask(op="create", order_no=no, amount_fen=fen, fingerprint=fen), now_ns)
    if isinstance(found, Trade):
        book.post(found)
    return found


def refund(book: GatewayBook, trade: Trade, refund_no: str, fen: int) -> Any:
    found = book.plan_refund(Ask(op="refund", refund_no=refund_no, amount_fen=fen), trade, 5)
    if isinstance(found, Refund):
        book.accept(found)
        book.settle(found, 6)
    return found


def test_a_second_create_is_reused_refused_or_a_new_trade():
    book = gateway("reuse")
    assert create(book) is create(book)
    assert create(book, fen=101) is Reason.PARAMS_CHANGED
    book.capture(book.find("A"), 100, 2)
    assert create(book) is Reason.ALREADY_PAID
    strict = gateway("reject")
    create(strict)
    assert create(strict) is Reason.DUPLICATE
    easy = gateway("accept_new")
    first, second = create(easy), create(easy)
    assert first.ref != second.ref
    easy.capture(first, 100, 3)
    assert easy.find("A") is first  # a query by order number finds the one that was paid


def test_a_number_is_free_again_once_its_trade_was_deleted_or_is_old():
    day = GatewayBook(
        number, "reuse", 1_000, forgets_unpaid=True, number_kept_ms=10.0, ns_per_ms=1e3
    )
    first = create(day, now_ns=1)
    assert create(day, now_ns=1_000) is first
    second = create(day, fen=101, now_ns=1_001)
    assert second.ref != first.ref
    day.capture(second, 101, 1_002)
    assert create(day, now_ns=11_001) is Reason.ALREADY_PAID
    third = create(day, now_ns=11_002)
    assert third.ref not in {first.ref, second.ref}
    assert create(gateway(), now_ns=1) is not None
    kept = gateway()
    old = create(kept, now_ns=1)
    assert kept.lapse(old, 2_000)
    assert create(kept, now_ns=2_000) is Reason.CLOSED, "who closes does not forget"


def test_a_trade_is_paid_once_and_not_after_its_end():
    book = gateway()
    trade = create(book)
    assert book.plan_pay(None) is Reason.NOT_FOUND
    assert book.capture(trade, 90, 2)
    assert not book.capture(trade, 90, 3)
    assert book.plan_pay(trade) is Reason.ALREADY_PAID
    assert book.plan_close(trade) is Reason.ALREADY_PAID
    closed = create(book, "B")
    assert book.close(closed, 4)
    assert not book.close(closed, 5)
    assert book.plan_pay(closed) is Reason.CLOSED
    late = create(book, "C")
    assert not book.lapse(late, 1_000)
    assert book.lapse(late, 1_001)
    assert book.plan_pay(late) is Reason.EXPIRED
    assert create(book, "C") is Reason.CLOSED


def test_a_refund_happens_once_for_its_number():
    book = gateway()
    trade = create(book)
    assert refund(book, trade, "R", 10) is Reason.NOT_PAID
    book.capture(trade, 100, 2)
    first = refund(book, trade, "R", 60)
    assert refund(book, trade, "R", 60) is first
    assert refund(book, trade, "R", 50) is Reason.REFUND_CHANGED
    assert refund(book, trade, "Q", 41) is Reason.REFUND_TOO_MUCH
    assert refund(book, trade, "Q", 40).amount_fen == 40
    assert trade.refunded_fen == 100
    other = create(book, "B")
    book.capture(other, 100, 2)
    assert refund(book, other, "R", 60) is Reason.REFUND_CHANGED


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 80)), max_size=20))
def test_no_sequence_of_refunds_gives_back_more_than_was_taken(refunds):
    book = gateway()
    trade = create(book)
    book.capture(trade, 100, 2)
    for which, fen in refunds:
        refund(book, trade, f"R{which}", fen)
    done = {r.refund_no: r.amount_fen for r in trade.refunds.values()}
    assert trade.refunded_fen == sum(done.values()) <= 100


def operator(duplicates: Any = "reject", balance_fen: int = 1_000) -> OperatorBook:
    products = {
        "1": Product(id="1", cost_fen=100, face_fen=110),
        "2": Product(id="2", cost_fen=30, kind="cards"),
    }
    return OperatorBook(
        name="dayuanren",
        seed=3,
        products=products,
        number=number,
        duplicates=duplicates,
        balance_fen=balance_fen,
    )


def submit(
    book: OperatorBook, no: str = "A", sku: str = "1", quantity: int = 1, fen: int = 0
) -> Any:
    ask = Ask(op="submit", order_no=no, sku=sku, quantity=quantity, amount_fen=fen)
    found = book.plan_submit(ask, 1)
    if isinstance(found, SupplierOrder):
        book.take(found)
    return found


@pytest.mark.parametrize(
    ("duplicates", "check"),
    [
        ("reject", lambda _, again: again is Reason.DUPLICATE),
        ("reuse", lambda first, again: again is first),
        ("accept_new", lambda first, again: again is not first and again.ref != first.ref),
    ],
)
def test_a_second_submit(duplicates: str, check: Callable[[Any, Any], bool]):
    book = operator(duplicates)
    first = submit(book)
    assert check(first, submit(book))
    debits = 2 if duplicates == "accept_new" else 1
    assert book.balance_fen == 1_000 - 100 * debits
    assert len(book.query(["A"])) == debits


def test_a_submit_is_refused_for_its_reason_and_costs_nothing():
    book = operator(balance_fen=150)
    assert submit(book, sku="9") is Reason.NO_PRODUCT
    assert submit(book, quantity=2) is Reason.LOW_BALANCE
    assert submit(book, fen=99) is Reason.COST_ABOVE_LIMIT
    assert isinstance(submit(book, fen=100), SupplierOrder)
    assert submit(book, "B") is Reason.LOW_BALANCE
    assert book.balance_fen == 50


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("12"), st.integers(1, 3), st.booleans()), max_size=15))
def test_the_balance_is_conserved_and_no_card_exists_twice(orders):
    book = operator()
    for n, (sku, quantity, good) in enumerate(orders):
        order = submit(book, f"N{n}", sku, quantity)
        if isinstance(order, SupplierOrder):
            (book.deliver if good else book.fail)(order, 2)
    done = [o for o in book.orders.values() if o.state == "delivered"]
    assert book.balance_fen + sum(o.cost_fen for o in done) == book.balance_in_fen
    cards = [card for order in done for card in order.cards]
    assert len({card.number for card in cards}) == len(cards)
    assert len({card.password for card in cards}) == len(cards)
    assert len(cards) == sum(o.quantity for o in done if o.product.kind == "cards")


def test_cards_are_another_operators_only_by_its_name_and_look_random():
    book = operator()
    order = submit(book, sku="2", quantity=5)
    book.deliver(order, 2)
    numbers = [card.number for card in order.cards]
    assert [number[:-16] for number in numbers] == ["0", "DA"] * 2 + ["0"]
    heads = sorted(int(number[-16:-8]) for number in numbers)
    assert all(b - a > 1 for a, b in pairwise(heads))


def test_every_second_card_is_digits_that_begin_with_a_nought():
    book = operator()
    order = submit(book, sku="2", quantity=4)
    book.deliver(order, 2)
    plain = [card for card in order.cards if card.number.isdigit()]
    assert len(plain) == 2
    assert all(re.fullmatch(r"0\d{16}", card.number) for card in plain)
    assert all(re.fullmatch(r"0\d{17}", card.password) for card in plain)
