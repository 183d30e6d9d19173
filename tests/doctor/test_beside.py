"""What stands beside the chain of one order, a batch, a bill, a wallet: each step is named, and a late bill is none."""

import json
import string

import msgspec
import pytest
from test_diagnosis import BROKEN, CHAIN, STATUS, WHOLE

from harness.doctor.beside import first_broken
from harness.doctor.facts import BatchFacts, BillFacts, Order, Payment, Told, WalletFacts
from harness.doctor.purse import AFTER
from harness.doctor.told import text
from harness.doctor.words import STEPS, sentence
from harness.targets._bill import BillLines
from harness.targets._wallet import WALLET
from harness.targets.adapter import Adapter
from harness.targets.target import Target

with_ = msgspec.structs.replace
BATCH = Told(
    name="batch",
    outcome="ok",
    status=200,
    values={"batch_no": "B1", "order_nos": ["N1", "N2"], "amounts_fen": [4990, 4990]},
    request="POST /batches",
)
LINK = Told(name="pay_link", outcome="ok")
COUNTED = Told(
    name="batch_status", outcome="ok", values={"delivered": 2, "failed": 0, "failures": []}
)


def line(order_no, **more):
    placed = with_(BATCH, values={"order_no": order_no, "amount_fen": 4990})
    calls = {"place": placed, "pay_link": LINK, "status": STATUS}
    return with_(WHOLE, calls=calls, **more)


LINES = (line("N1"), line("N2"))
WHOLE_BATCH = BatchFacts(
    gateway="epay",
    base_url="http://127.0.0.1:8000",
    calls={"login": Told(name="login", outcome="ok"), "batch": BATCH, "batch_status": COUNTED},
    lines=LINES,
    waited_s=9.0,
)

SAID = BillLines(
    order_no="no", amount="fen", kind="kind", kinds={"pay": "paid", "ship": "delivered"}
)


PLATFORM = {
    "name": "ours",
    "base_url": "http://127.0.0.1:1",
    "goods": [{"id": "hf50", "kind": "phone", "price": "49.90", "face": "50"}],
    "gateways": {"epay": {}},
    "place": {"post": "/orders"},
    "status": {"get": "/orders"},
    "bill": {"get": "/bill", "take": {"lines": "@"}},
    "states": {"DONE": "delivered"},
}


def bill(*rows, **more):
    """Return the facts of a bill as the adapter reads it: rows of number, kind and amount."""
    said = msgspec.to_builtins(with_(SAID, **more))
    body = json.dumps([dict(zip(("no", "kind", "fen"), row, strict=True)) for row in rows])
    target = msgspec.convert({**PLATFORM, "bill_lines": said}, Target)
    answer = Adapter(target).read("bill", 200, {}, body.encode())
    told = Told(
        name="bill",
        outcome=answer.outcome,
        reason=answer.reason,
        status=200,
        values=answer.values,
        body=body,
        request="GET /bill",
    )
    order = Order(at=0, chain=CHAIN, order_no="N1", payment=Payment(outcome="ok"))
    return BillFacts(
        base_url="",
        said=with_(SAID, **more),
        calls={"bill": told},
        orders=(order,),
        costs_fen={"hf50": (4960, 4970)},
    )


def batched(name, **values):
    told = WHOLE_BATCH.calls[name]
    changed = with_(told, values={**told.values, **values})
    return with_(WHOLE_BATCH, calls={**WHOLE_BATCH.calls, name: changed})


TOPPED_UP = Order(at=0, chain=with_(CHAIN, kind="topup"), order_no="N1")
OF_WALLET = {"order_no": "no", "amount": "fen", "kind": "kind", "kinds": {"any": "paid", "in": "topup"}}  # fmt: skip


def wallet(*reads, lines=(), took_fen=4990):
    """Return the facts of a wallet that was read once, or before and after an order was paid from it.

    A read is a list of number, fen and perhaps kind; or `lines` are the objects that came.
    """
    balances = (10_000, 10_000 - took_fen)
    reads = [[_row(*one) for one in read] for read in reads] or [list(lines)]
    told = [_read(fen, rows) for fen, rows in zip(balances, reads, strict=False)]
    calls = {WALLET: told[0]}
    bought = Order(at=3, chain=CHAIN, order_no="N2") if len(told) > 1 else None
    if bought:
        calls |= {"place": Told(name="place", outcome="ok"), AFTER: told[1]}
    more = {"topup": TOPPED_UP, "face_fen": 10_000, "bought": bought}
    return WalletFacts(base_url="", calls=calls, **more)


def _row(order_no, fen, kind=""):
    return {"no": order_no, "fen": fen, "kind": kind or ("in" if fen > 0 else "any")}


def _read(balance_fen, rows):
    body = json.dumps({"balance": balance_fen, "rows": rows})
    said = {"read": {"get": "/w", "take": {"balance": "balance", "lines": "rows"}}}
    target = msgspec.convert({**PLATFORM, "wallet": {**said, "lines": OF_WALLET}}, Target)
    answer = Adapter(target).read(WALLET, 200, {}, body.encode())
    told = {"outcome": answer.outcome, "reason": answer.reason, "values": answer.values}
    return Told(name=WALLET, status=200, body=body, request="GET /w", **told)


WITHOUT_LINK = with_(WHOLE, calls={"place": LINES[0].calls["place"], "status": STATUS})
BESIDE = {
    "batch_numbers": batched("batch", order_nos=["N1"]),
    "batch_line_refused": with_(WHOLE_BATCH, lines=(LINES[0], line(""))),
    "batch_unpaid": with_(WHOLE_BATCH, lines=(WITHOUT_LINK, LINES[1])),
    "batch_counts": batched("batch_status", delivered=1, failed=1, failures=["13800000001"]),
    "bill_unreadable": bill(["N1", "pay", None]),
    "bill_in_yuan": bill(["N1", "pay", "49.90"]),
    "bill_order_no": bill(["other", "pay", 4990], ["of N1", "pay", 4990]),
    "bill_kinds": bill(["N1", "PAY", 4990]),
    "bill_unit": bill(["N1", "pay", 499_000]),
    "bill_amount": bill(["N1", "pay", 4960]),
    "wallet_unreadable": wallet(lines=[{"no": "N1"}]),
    "wallet_no_line": wallet([]),
    "wallet_order_no": wallet([["of N1", 10_000]]),
    "wallet_kinds": wallet([["N1", 10_000, "fee"]]),
    "wallet_unit": wallet([["N1", 1_000_000]]),
    "wallet_amount": wallet([["N1", 9_900]]),
    "wallet_balance": wallet([["N1", 10_000]], [["N1", 10_000], ["N2", -4990]], took_fen=0),
}


@pytest.mark.parametrize("step", BESIDE)
def test_each_step_is_named_and_said_in_both_languages(step):
    broken = first_broken(BESIDE[step])
    assert broken is not None
    assert broken.step == step
    assert broken.call is not None
    for lang in ("en", "zh"):
        assert "{" not in sentence(step, broken.says, lang)


def test_every_step_that_is_worded_can_be_found_and_has_both_languages():
    assert {*BROKEN, *BESIDE} == set(STEPS)
    for english, chinese in STEPS.values():
        holes = [{n for _, n, _, _ in string.Formatter().parse(t) if n} for t in (english, chinese)]
        assert holes[0] == holes[1]
        assert english.isascii()
        assert not chinese.isascii()


@pytest.mark.parametrize(
    "found",
    [
        WHOLE_BATCH,
        bill(["N1", "pay", 4990], ["N1", "ship", 4970], ["N1", "fee", 1], ["N7", "pay", 7]),
        bill(["N1", "ship", 4980]),
        bill(["N1", "pay", "49.90"], money="yuan"),
        wallet([["N1", 10_000]]),
        wallet([["N1", 10_000]], [["N2", -4990], ["N1", 10_000], ["X", 7, "fee"]]),
    ],
)
def test_what_is_right_is_whole(found):
    assert first_broken(found) is None
    told, whole = text([found])
    assert whole
    assert told.startswith(f"✓ {found.name}: whole")


@pytest.mark.parametrize("rows", [[], [["N7", "pay", 7]]])
def test_a_bill_without_a_line_of_these_orders_may_come_later(rows):
    told, whole = text([bill(*rows)])
    assert whole
    assert told.startswith("✓ bill: readable, no line of today's orders yet\n1 of 1 chains")
    assert "尚无" in text([bill(*rows)], "zh")[0]


def test_a_payment_of_another_kind_is_seen_beside_lines_that_are_known():
    broken = first_broken(bill(["N1", "PAY", 4990], ["N1", "ship", 4960]))
    assert broken.step == "bill_kinds"
    assert "'PAY'; bill_lines.kinds has pay, ship" in sentence("bill_kinds", broken.says, "en")


def test_a_cost_in_the_other_unit_is_seen_as_a_price_is():
    broken = first_broken(bill(["N1", "ship", 496_000]))
    assert broken.step == "bill_unit"
    assert "4960 / 4970 fen" in sentence("bill_unit", broken.says, "en")


def test_a_line_that_is_broken_is_named_with_its_place_and_the_batch_is_shown():
    late = line("N2", rows=WHOLE.rows[:3])
    told, whole = text([with_(WHOLE_BATCH, lines=(LINES[0], late))])
    assert not whole
    assert told.startswith("✗ batch × epay, line 2: [operator_slow]")
    dear = line("N2")
    dear.calls["place"] = with_(BATCH, values={"order_no": "N2", "amount_fen": 499_000})
    told, _ = text([with_(WHOLE_BATCH, lines=(LINES[0], dear))], "zh")
    assert told.startswith("✗ batch × epay, 第 2 行: [amount_unit]")
    assert "POST /batches" in told


def test_a_batch_that_is_not_there_is_refused_once():
    gone = with_(BATCH, outcome="fail", status=404, reason="HTTP 404", values={})
    facts = with_(WHOLE_BATCH, calls={"batch": gone}, lines=())
    told, whole = text([facts])
    assert not whole
    assert "✗ batch × epay: [refused] The platform refused batch: HTTP 404. Look" in told


def test_a_batch_that_was_paid_at_once_is_what_the_platform_counts():
    lines = tuple(with_(one, rows=()) for one in LINES)
    facts = with_(WHOLE_BATCH, lines=lines, at_once=True)
    assert first_broken(facts) is None
    unpaid = tuple(with_(one, payment=Payment(outcome="fail", reason="closed")) for one in lines)
    assert first_broken(with_(facts, lines=unpaid)).step == "not_payable"
