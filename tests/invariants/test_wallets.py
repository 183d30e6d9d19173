"""What a wallet shows is judged by the laws of charges, refunds and deliveries: hand-written histories of one order."""

import pytest
from histories import PRICE, Run, at, make_plan, number
from wallets import (
    BACK,
    FACE,
    TOPUPS,
    final,
    from_wallet,
    line,
    opening,
    read,
    refund,
    topup,
    wallet,
)

from harness.invariants.checker import build_facts, run_laws
from harness.invariants.journals import convert
from harness.invariants.law import laws
from harness.invariants.store import Store

PAID = line(-PRICE, "{}")
UNSERVED = {"without": ("submit", "delivered", "status", "done")}
SHOWN_BACK = {"audit": {"state": "refunded"}}
ME = number(0)
CREDIT = line(FACE, ME)
ONCE, PLUS = final(0, FACE, CREDIT), final(0, FACE + 500, line(FACE + 500, ME))


def said_of(folder, *stories):
    """What each law says of a run: {law: (held, broken, unknown)} of laws with cases, and the broken ones."""
    needed = {"", "operators", "wallet"}
    names = tuple(law.name for law in laws() if law.needs in needed and not law.exercised_by)
    plan = make_plan(has=("operators", "wallet"), topups=TOPUPS, laws=names)
    run = Run(plan)
    for intent, story in enumerate(stories):
        run.order(intent, **story)
    run.write(folder)
    with Store(folder) as store:
        assert convert(store, folder, plan) == []
        build_facts(store, plan)
        judged = run_laws(store, [law for law in laws() if law.name in names])
    assert [one.reason for one in judged if one.reason and "crashed" in one.reason.en] == []
    return {one.header.name: (one.held, one.broken, one.unknown) for one in judged}


def broken(said):
    return {law for law, (_, n, _) in said.items() if n}


def undecided(said):
    return {law for law, (_, _, n) in said.items() if n}


HONEST = {
    "paid from the balance": wallet(0, -PRICE, PAID),
    "failed, and given back into the balance": wallet(
        0, 0, PAID, BACK, **UNSERVED, change=SHOWN_BACK
    ),
    "paid at a gateway, failed, and given back into the balance": {
        "without": UNSERVED["without"],
        "change": {"intent": {"detail": {"persona": "p", "customer": 0, "units": 1}}, **SHOWN_BACK},
        "more": [opening(0), final(0, PRICE, line(PRICE, ME))],
    },
    "paid twice at a gateway, one payment is given back into the balance": {
        "change": {"intent": {"detail": {"persona": "p", "customer": 0, "units": 1}}},
        "more": [
            opening(0),
            at(5, "gateway", "captured", amount_fen=PRICE, ref="b", channel="alipay", order_no=ME),
            final(0, PRICE, line(PRICE, ME)),
        ],
    },
    "topped up": topup(0, opening(0), ONCE),
    "topped up with a bonus": topup(0, opening(0), PLUS, sku="cz100plus"),
    "topped up, seen soon and still there": topup(
        0, opening(0), read(0.7, 0, 0), read(2, 0, FACE, CREDIT), ONCE
    ),
    "topped up with another amount than the price, which is what was paid": topup(
        0, opening(0), final(0, 1, line(1, ME)), change={"captured": {"amount_fen": 1}}
    ),
    "a bonus, half of the price was paid, and that came without one": topup(
        0,
        opening(0),
        final(0, FACE // 2, line(FACE // 2, ME)),
        change={"captured": {"amount_fen": FACE // 2}},
        sku="cz100plus",
    ),
    "a bonus, half of the price was paid, and that came with its part of it": topup(
        0,
        opening(0),
        final(0, FACE // 2 + 250, line(FACE // 2 + 250, ME)),
        change={"captured": {"amount_fen": FACE // 2}},
        sku="cz100plus",
    ),
    "topped up with twice the price, which is what was paid": topup(
        0,
        opening(0),
        final(0, 2 * FACE, line(2 * FACE, ME)),
        change={"captured": {"amount_fen": 2 * FACE}},
    ),
    "paid twice, topped up twice": topup(
        0,
        opening(0),
        final(0, 2 * FACE, CREDIT, CREDIT),
        more=[
            at(5, "gateway", "captured", amount_fen=FACE, ref="b", channel="alipay", order_no=ME)
        ],
    ),
    "topped up by mistake, and taken back": topup(
        0,
        opening(0),
        final(0, FACE, CREDIT, CREDIT, line(-FACE, ME)),
    ),
    "a top-up that was paid back by the gateway, and taken from the balance again": topup(
        0,
        opening(0),
        final(0, 0, CREDIT, line(-FACE, ME)),
        without=("status", "done"),
        change=SHOWN_BACK,
        more=[refund(amount_fen=FACE)],
    ),
    "the answer was lost, the order was made": {
        **wallet(0, -PRICE, line(-PRICE, "X9")),
        "without": ("create", "captured", "notify", "unpaid", "status", "audit", "done"),
        "change": {
            "intent": {"detail": {"persona": "p", "customer": 0, "units": 1}},
            "place": {"outcome": "unknown", "order_no": ""},
            "submit": {"order_no": "S"},
            "delivered": {"order_no": "S"},
        },
    },
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_wallet_breaks_nothing_and_leaves_nothing_open(tmp_path, name):
    said = said_of(tmp_path, HONEST[name])
    assert broken(said) == set()
    assert undecided(said) == set()
    assert said["wallet_adds_up"][0] == said["no_unpaid_delivery"][0] + (
        said["no_unpaid_delivery"] == (0, 0, 0)
    )


BROKEN = {
    "a top-up is credited twice": (
        topup(0, opening(0), final(0, 2 * FACE, CREDIT, CREDIT)),
        {"no_duplicate_delivery"},
    ),
    "a top-up is paid and never credited": (
        topup(0, opening(0), final(0, 0), without=("status", "done")),
        {"no_lost_delivery", "settles_in_time", "recovers_in_time", "shown_as_it_is"},
    ),
    "a top-up is credited, and nobody paid": (
        topup(0, opening(0), ONCE, without=("captured", "notify")),
        {"no_unpaid_delivery"},
    ),
    "a top-up is seen in the wallet before it is paid": (
        topup(0, opening(0), read(0.6, 0, FACE, CREDIT), ONCE),
        {"no_unpaid_delivery"},
    ),
    "a top-up comes with less than was paid": (
        topup(0, opening(0), final(0, FACE - 100, line(FACE - 100, ME))),
        {"no_lost_delivery", "settles_in_time", "recovers_in_time", "shown_as_it_is"},
    ),
    "a top-up comes with more than was paid": (
        topup(0, opening(0), final(0, FACE + 100, line(FACE + 100, ME))),
        {"no_duplicate_delivery"},
    ),
    "a top-up is paid with less, and comes in full": (
        topup(0, opening(0), ONCE, change={"captured": {"amount_fen": 1}}),
        {"amount_honoured", "charged_once", "settles_in_time", "recovers_in_time"},
    ),
    "a top-up is paid with one fen, and half of it comes": (
        topup(0, opening(0), final(0, 5000, line(5000, ME)), change={"captured": {"amount_fen": 1}}),
        {"amount_honoured"},
    ),
    "a top-up is given back by the gateway, and stays in the balance": (
        topup(0, opening(0), ONCE, more=[refund(amount_fen=FACE)]),
        {"no_unpaid_delivery", "never_refunded_and_delivered"},
    ),
    "a top-up is credited a second too late": (
        topup(0, opening(0), read(45, 0, 0), ONCE),
        {"settles_in_time", "recovers_in_time", "shown_as_it_is"},
    ),
    "a failed order is given back twice": (
        wallet(0, PRICE, PAID, BACK, BACK, **UNSERVED, change=SHOWN_BACK),
        {"refunds_within_charge", "charged_once", "amount_honoured"},
    ),
    "a failed order is given back into the balance and by the gateway": (
        {
            "without": UNSERVED["without"],
            "change": {"intent": {"detail": {"persona": "p", "customer": 0}}, **SHOWN_BACK},
            "more": [opening(0), refund(), final(0, PRICE, line(PRICE, ME))],
        },
        {"refunds_within_charge", "charged_once", "amount_honoured"},
    ),
    "a failed order is never given back": (
        wallet(0, -PRICE, PAID, **UNSERVED),
        {"no_lost_delivery", "settles_in_time", "recovers_in_time", "shown_as_it_is"},
    ),
    "an order is given back and delivered": (
        wallet(0, 0, PAID, BACK),
        {"no_unpaid_delivery", "never_refunded_and_delivered"},
    ),
    "an order is debited twice": (
        wallet(0, -2 * PRICE, PAID, PAID),
        {"charged_once", "settles_in_time", "recovers_in_time"},
    ),
    "an order is delivered and never debited": (
        wallet(0, 0),
        {"no_unpaid_delivery"},
    ),
    "an order is debited at another price": (
        wallet(0, -PRICE - 1, line(-PRICE - 1, "{}")),
        {"amount_honoured", "charged_once", "settles_in_time", "recovers_in_time"},
    ),
    "an order that was refused is debited": (
        {
            **wallet(0, -PRICE, PAID),
            "without": (*UNSERVED["without"], "create", "captured", "notify", "unpaid", "audit"),
            "change": {
                "intent": {"detail": {"persona": "p", "customer": 0}},
                "place": {"outcome": "fail"},
            },
        },
        {"wallet_line_has_a_cause"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_wallet_that_lies_is_found(tmp_path, name):
    story, laws_broken = BROKEN[name]
    assert broken(said_of(tmp_path, story)) == laws_broken


def test_a_top_up_in_somebody_elses_wallet_goes_to_nobody_who_ordered(tmp_path):
    mine = topup(0, opening(0), final(0, 0), without=("status", "done"))
    other = from_wallet(
        1, opening(1, FACE), final(1, 2 * FACE - PRICE, CREDIT, line(-PRICE, number(1)))
    )
    said = said_of(tmp_path, mine, other)
    assert broken(said) == {
        *("right_account", "wallet_line_has_a_cause"),
        *("no_lost_delivery", "settles_in_time", "recovers_in_time", "shown_as_it_is"),
    }
    assert said["wallet_adds_up"] == (2, 0, 0)


def test_what_is_seen_only_at_the_end_is_given_the_benefit_of_the_doubt(tmp_path):
    """The credit may have been there in time: nobody looked between the payment and the final read."""
    assert said_of(tmp_path, topup(0, opening(0), ONCE))["settles_in_time"] == (1, 0, 0)


def test_two_wallets_with_lines_that_read_alike_are_two(tmp_path):
    both = [wallet(n, -PRICE, PAID) for n in (0, 1)]
    said = said_of(tmp_path, *both)
    assert broken(said) == set()
    assert said["charged_once"] == said["wallet_line_has_a_cause"] == (2, 0, 0)


UNSERVED_THERE = {
    "without": ("create", "captured", "notify", *UNSERVED["without"]),
    "change": {
        "intent": {"detail": {"persona": "p", "customer": 0}},
        "audit": {"state": "closed"},
    },
}


def paid_and_seen(*after):
    """An order that was debited, read, and at the end is not among the lines any more."""
    seen = read(4, 0, FACE - PRICE, line(-PRICE, ME))
    return from_wallet(0, opening(0, FACE), seen, *after)


def test_a_line_that_is_not_shown_any_more_still_counts_unless_the_balance_says_otherwise(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    off_the_page = said_of(tmp_path / "a", paid_and_seen(final(0, FACE - PRICE)))
    assert broken(off_the_page) == undecided(off_the_page) == set()
    assert off_the_page["charged_once"] == (1, 0, 0)
    undone = said_of(tmp_path / "b", {**paid_and_seen(final(0, FACE)), **UNSERVED_THERE})
    assert broken(undone) == undecided(undone) == set()
    assert undone["charged_once"] == (0, 0, 0)


def test_without_a_wallet_nothing_of_it_is_looked_at(tmp_path):
    plan = make_plan()
    folder = Run(plan).order(0, more=[opening(1), final(1, -5)]).write(tmp_path)
    with Store(folder) as store:
        assert convert(store, folder, plan) == []
        build_facts(store, plan)
        assert store.rows("SELECT * FROM wallets") == []
