"""Orders that end in part, cards later than the success, numbers that are used again; money and stock add up."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kasushou_buyer import asked, bought
from mock_town import PRODUCTS, strike, town, until

from mock_upstreams.dialect import Ask
from mock_upstreams.operator_ledger import OperatorBook
from mock_upstreams.records import Product, Reason, SupplierOrder

STOCK = 12


def book(duplicates: Any = "reject") -> OperatorBook:
    return OperatorBook(
        name="kasushou",
        seed=3,
        products={
            "1": Product(id="1", cost_fen=33),
            "2": Product(id="2", cost_fen=30, kind="cards"),
        },
        number=lambda kind, serial, _: f"{kind}{serial}",
        duplicates=duplicates,
        balance_fen=1_000,
        stock={"2": STOCK},
    )


def submit(
    books: OperatorBook, no: str, sku: str = "1", quantity: int = 1, account: str = ""
) -> Any:
    ask = Ask(op="submit", order_no=no, sku=sku, quantity=quantity, account=account)
    found = books.plan_submit(ask, 1)
    if isinstance(found, SupplierOrder):
        books.take(found)
    return found


def end(books: OperatorBook, order: SupplierOrder, how: str, units: int) -> None:
    if how == "fail":
        books.fail(order, 2)
    elif how == "part" and 0 < units < order.quantity:
        books.deliver_part(order, units, 2)
    elif how != "leave":
        books.deliver(order, 2)


ORDERS = st.tuples(
    st.sampled_from("12"),
    st.integers(1, 5),
    st.sampled_from(["deliver", "part", "fail", "leave"]),
    st.integers(1, 4),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ORDERS, max_size=20))
def test_balance_stock_and_cards_are_conserved_whatever_happens(orders):
    books = book()
    for n, (sku, quantity, how, units) in enumerate(orders):
        order = submit(books, f"N{n}", sku, quantity)
        if isinstance(order, SupplierOrder):
            end(books, order, how, units)
        taken = list(books.orders.values())
        alive = sum(o.cost_fen for o in taken if o.state != "failed")
        back = sum(o.back_fen for o in taken if o.state == "partial")
        assert books.balance_fen + alive - back == books.balance_in_fen
        assert books.balance_fen >= 0
        gone = sum(
            o.quantity if o.state == "delivering" else o.done_units
            for o in taken
            if o.product.id == "2"
        )
        assert books.shelves("2")[0].left == STOCK - gone
        cards = [card.number for o in taken for card in o.cards]
        assert len(cards) == len(set(cards))
        assert len(cards) == sum(o.done_units for o in taken if o.product.kind == "cards")


def test_a_part_costs_its_part_to_the_fen():
    books = book()
    order = submit(books, "A", quantity=3)
    books.deliver_part(order, 2, 5)
    assert (order.state, order.done_units, order.back_fen, order.done_ns) == ("partial", 2, 33, 5)
    assert books.balance_fen == 1_000 - 66
    with pytest.raises(AssertionError):
        books.deliver_part(submit(books, "B", quantity=2), 2, 5)


def test_the_same_number_again_for_the_same_thing_is_the_same_order_and_else_refused():
    books = book("reject_changed")
    first = submit(books, "A", account="138")
    first.account = "139"  # the operator mixed it up: that is not what was asked for
    assert submit(books, "A", account="138") is first
    for changed in ({"account": "139"}, {"account": "138", "quantity": 2}, {"sku": "2"}):
        assert submit(books, "A", **changed) is Reason.DUPLICATE
    assert books.balance_fen == 1_000 - 33


def test_a_number_may_be_used_again_only_after_it_failed():
    books = book("accept_after_failed")
    first = submit(books, "A")
    assert submit(books, "A") is Reason.DUPLICATE
    books.fail(first, 2)
    second = submit(books, "A")
    assert second.ref != first.ref
    books.deliver(second, 3)
    assert submit(books, "A") is Reason.DUPLICATE
    assert books.query(["A"]) == [first, second]


def test_within_a_minute_a_number_is_a_repetition_even_if_the_first_failed():
    books = book("accept_after_failed")
    books._again_after_ns = 60
    first = submit(books, "A")
    books.fail(first, 2)
    ask = Ask(op="submit", order_no="A", account="138", sku="1")
    assert books.plan_submit(ask, first.created_ns + 59) is Reason.DUPLICATE
    assert books.plan_submit(ask, first.created_ns + 60).ref != first.ref


def test_an_operator_waits_a_minute_of_its_own_time_before_a_number_is_used_again():
    async def story(scale, codes):
        over = {"fails": 1.0, "duplicate_order_no": "accept_after_failed"}
        over |= {"service": {"median_ms": 1.0, "p95_ms": 2.0}}
        async with town(dayuanren=over, time_scale=scale) as t:
            said = [(await t.submit(1)).json()["errno"]]
            await until(lambda: t.rows("failed"), "its failure")
            said.append((await t.submit(1)).json()["errno"])
            assert said == codes

    asyncio.run(story(1.0, [0, 1]))
    asyncio.run(story(1e9, [0, 0]))


KASUSHOU = {"products": PRODUCTS}


def test_a_share_of_the_orders_of_several_units_ends_in_part():
    async def story():
        async with town(upstreams={"kasushou": KASUSHOU | {"partly": 1.0}}) as t:
            assert (await bought(t, 2, id="401", quantity="4")).json()["code"] == 200
            assert (await bought(t, 3)).json()["code"] == 200
            await until(lambda: len(t.rows("delivered")) == 2, "both ends")
            rows = {row.intent: row for row in t.rows("delivered")}
            units = rows[2].detail["units"]
            assert 0 < units < 4
            assert len(rows[2].detail["cards"]) == units
            assert rows[2].amount_fen == 950 * units
            (seen,) = await asked(t, "K2")
            assert (seen["status"], len(seen["card_list"])) == (5, units)
            assert seen["has_back_money"] == f"{9.5 * (4 - units):.2f}"
            assert rows[3].detail == {"units": 1}  # one unit cannot be parted
            await until(lambda: len(t.platform.heard) == 2, "the callbacks")
            assert {h["status"] for h in t.platform.heard} == {"3", "5"}

    asyncio.run(story())


@pytest.mark.parametrize(("part", "yuan"), [("50%", 25), ("61%", 30), ("99%", 49), ("1%", 0)])
def test_a_strike_charges_a_part_of_a_top_up_in_whole_yuan_and_the_wire_tells_how_much(part, yuan):
    async def story():
        less = strike("dayuanren", "effect", "submit", {"kind": "partial", "part": part})
        async with town([less]) as t:
            await t.submit()
            await until(lambda: t.rows("delivered", "failed"), "the end")
            (row,) = t.rows("delivered", "failed")
            assert (row.kind, float(row.detail["units"])) == (
                "delivered" if yuan else "failed",
                yuan / 50,
            )
            book = t.book("dayuanren")
            (order,) = book.orders.values()
            kept_fen = -(-order.cost_fen * yuan // 50)
            assert book.balance_in_fen - book.balance_fen == kept_fen
            assert not yuan or row.amount_fen == kept_fen
            (seen,) = await t.check("D1")
            state = "3" if yuan else "2"
            assert (str(seen["state"]), seen["charge_amount"]) == (state, f"{yuan}.00")
            await until(lambda: t.platform.heard, "the callback")
            told = t.platform.heard[0]
            assert (told["state"], told["charge_amount"]) == (state, f"{yuan}.00")

    asyncio.run(story())


def test_a_share_of_top_ups_is_charged_in_part():
    async def story():
        async with town(dayuanren={"partly": 1.0}) as t:
            await t.submit()
            await until(lambda: t.rows("delivered"), "the end")
            units = float(t.rows("delivered")[0].detail["units"])
            assert 0 < units < 1
            assert units * 50 == pytest.approx(round(units * 50))

    asyncio.run(story())


@pytest.mark.parametrize(("units", "kind", "handed"), [("1", "delivered", 1), ("0", "failed", 0)])
def test_a_strike_on_the_effect_says_how_much_is_handed_out(units, kind, handed):
    async def story():
        less = strike("kasushou", "effect", "submit", {"kind": "rewrite", "set": {"units": units}})
        async with town([less], upstreams={"kasushou": KASUSHOU}) as t:
            await bought(t, quantity="2")
            await until(lambda: t.rows("delivered", "failed"), "the end")
            (row,) = t.rows("delivered", "failed")
            assert (row.kind, float(row.detail["units"])) == (kind, handed)
            assert t.book("kasushou").balance_fen == 100_000_000_00 - handed * 4960

    asyncio.run(story())


def test_cards_come_later_than_the_success():
    async def story():
        late = {"cards_after_ms": 300_000.0}
        async with town(upstreams={"kasushou": KASUSHOU | late}) as t:
            await bought(t, id="401", quantity="2")
            await until(lambda: t.platform.heard, "the callback")
            assert t.platform.heard[0]["status"] == "3"
            (seen,) = await asked(t, "K2")
            assert (seen["status"], seen["card_list"]) == (3, [])
            assert t.rows("delivered") == []  # nobody has them yet
            assert t.street.house.totals.open == 1
            await until(lambda: t.rows("delivered"), "the cards")
            (seen,) = await asked(t, "K2")
            numbers = [card["card_no"] for card in seen["card_list"]]
            assert numbers == t.rows("delivered")[0].detail["cards"]
            assert len(numbers) == 2

    asyncio.run(story())
