"""What the facts make of orders handed out in part, and of money that is taken now and booked later."""

import pytest
from histories import PRICE, a_run, at, make_plan

from harness.invariants.checker import build_facts
from harness.invariants.journals import convert
from harness.invariants.store import Store

FOUR = {"intent": {"detail": {"units": 4}}}
STORIES = [
    {},
    {"more": [at(1.05, "gateway", "posted", amount_fen=PRICE)]},
    {"change": FOUR | {"delivered": {"detail": {"units": 3}}}},
    {
        "change": FOUR | {"delivered": {"detail": {"units": 3}}},
        "more": [
            at(4, "operator", "delivered", channel="kasushou", ref="rest", detail={"units": 1})
        ],
    },
    {
        "more": [
            at(
                5,
                "gateway",
                "refunded",
                amount_fen=PRICE,
                detail={"reason": "closed before cleared"},
            )
        ]
    },
]


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    plan = make_plan()
    folder = a_run(*STORIES, plan=plan).write(tmp_path_factory.mktemp("run"))
    with Store(folder) as store:
        assert convert(store, folder, plan) == []
        build_facts(store, plan)
        return store.rows("SELECT * FROM orders ORDER BY intent")


def test_booking_later_is_no_second_charge(orders):
    plain, posted = orders[0], orders[1]
    assert posted["captures"] == plain["captures"] == 1
    assert posted["net_fen"] == plain["net_fen"] == PRICE
    assert posted["last_captured_ns"] == plain["last_captured_ns"]


def test_a_part_counts_as_what_was_handed_out_and_the_rest_may_come_from_elsewhere(orders):
    assert [(row["units_delivered"], row["units_ordered"]) for row in orders[2:4]] == [
        (3, 4),
        (4, 4),
    ]


def test_a_part_of_one_unit_earns_its_part_of_the_price_and_what_is_left_of_a_fen(tmp_path):
    def story(units, *more):
        return {"change": {"delivered": {"detail": {"units": units}}}, "more": list(more)}

    def back(fen):
        return at(5, "gateway", "refunded", amount_fen=fen)

    third = PRICE // 3
    assert third * 3 != PRICE
    plan = make_plan()
    told = [
        story("0.6"),
        story("0.333333333", back(PRICE - third)),
        story("0.333333333", back(PRICE - third - 1)),
    ]
    folder = a_run(*told, story("0.333333333", back(PRICE - third - 2)), plan=plan).write(tmp_path)
    with Store(folder) as store:
        convert(store, folder, plan)
        build_facts(store, plan)
        rows = store.rows("SELECT earned_fen, owed_fen FROM orders ORDER BY intent")
    kept = PRICE * 3 // 5
    assert [row["earned_fen"] for row in rows] == [kept, *[third + 1] * 3]
    assert [row["owed_fen"] for row in rows] == [PRICE - kept, 0, 0, 1]


def test_money_that_never_was_booked_and_went_back_is_no_charge(orders):
    assert (orders[4]["captures"], orders[4]["net_fen"]) == (1, 0)
