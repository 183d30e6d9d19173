"""Laws that hang on what a platform promises or an operator can: words, phones, passwords of cards, order numbers."""

import msgspec
import pytest
from histories import Run, at, make_plan, number

from harness.core.plan import Announced, StrikeNote
from harness.invariants.checker import build_facts, run_law
from harness.invariants.journals import convert
from harness.invariants.law import FOLDER, read_header
from harness.invariants.store import Store

MINE, THEIRS = "13900000001", "13900000002"
ENDS = (
    Announced(what="ended", says="成功", after_ms=600_000, state="delivered"),
    Announced(what="ended", says="退回", after_ms=600_000, state="refunded"),
)
UNSUPPLIED = ("submit", "delivered", "status")
BACK = {"audit": {"state": "refunded"}}


def wanted(phone):
    return {
        "detail": {"persona": "patient", "customer": 1, "units": 1, "late_us": 1, "phone": phone}
    }


def sms(second, text, phone=MINE):
    told = {"text": text, "way": "sms"}
    return at(second, "message", "sent", channel="sms", account=phone, detail=told)


def judged(folder, law, run, plan):
    run.plan = plan
    run.write(folder)
    with Store(folder) as store:
        assert convert(store, folder, plan) == []
        build_facts(store, plan)
        return run_law(store, read_header(FOLDER / f"{law}.sql"))


def refund():
    return at(5, "gateway", "refunded", amount_fen=4990, channel="epay", outcome="ok")


def promising(*announces, **more):
    plan = make_plan(announces=announces, **more)
    return msgspec.structs.replace(plan, recorders=(*plan.recorders, "channels"))


@pytest.mark.parametrize(
    ("text", "phone", "verdict"),
    [
        ("已退回", MINE, (2, 0)),
        ("充值成功", MINE, (1, 1)),
        ("已退回", THEIRS, (1, 1)),
        ("已退回", "13911111111", (2, 0)),
    ],
    ids=["told so", "told the other end", "another customer was told", "an unknown phone"],
)
def test_who_got_the_money_back_is_told_that_and_nobody_else_is(tmp_path, text, phone, verdict):
    run = Run()
    run.order(0, change={"intent": wanted(THEIRS)}, more=[sms(3, "充值成功", THEIRS)])
    run.order(
        1,
        without=UNSUPPLIED,
        change={"intent": wanted(MINE)} | BACK,
        more=[refund(), sms(6, text, phone)],
    )
    said = judged(tmp_path, "end_is_announced", run, promising(*ENDS))
    assert (said.held, said.broken) == verdict


def test_the_account_that_was_charged_may_be_told_even_if_it_is_another_customers_phone(tmp_path):
    run = Run()
    run.order(
        0, change={"intent": wanted("138" + "00000001")}, more=[sms(3, "成功", "138" + "00000001")]
    )
    run.order(1, change={"intent": wanted(MINE)}, more=[sms(3, "成功", "138" + "00000001")])
    said = judged(tmp_path, "end_is_announced", run, promising(*ENDS))
    assert (said.held, said.broken) == (2, 0)


def card(*texts):
    """The final read, with what it shows as cards."""
    return {"audit": {"detail": {"cards": list(texts)}}}


def handed(intent):
    detail = {"units": 1, "cards": [f"KA-{intent}"], "card_passwords": [f"PW-{intent}"]}
    return {"delivered": {"detail": detail, "account": "", "sku": "401"}}


@pytest.mark.parametrize(
    ("shown", "promised", "verdict"),
    [
        (["KA-1 PW-1"], {}, (2, 0, 0)),
        (["卡号：KA-1", "密码：pw"], {}, (1, 1, 0)),
        (["ka1/PW1", "KA1/PW1"], {}, (2, 0, 0)),
        ([], {}, (1, 1, 0)),
        (["KA-1"], {"card_passwords": 0.0}, (2, 0, 0)),
    ],
    ids=["whole", "no password", "written otherwise", "no card", "passwords come another way"],
)
def test_delivered_cards_are_shown_whole(tmp_path, shown, promised, verdict):
    run = Run()
    run.order(0, change=handed(0) | card("KA-0 PW-0"))
    run.order(1, change=handed(1) | card(*shown))
    said = judged(
        tmp_path, "shown_as_it_is", run, make_plan(has=("operators", "cards"), promised=promised)
    )
    assert (said.held, said.broken, said.unknown) == verdict


@pytest.mark.parametrize(
    ("promised", "verdict"), [({}, (0, 0, 1)), ({"card_passwords": 1.0}, (0, 1, 0))]
)
def test_passwords_that_nobody_was_ever_shown_are_unknown_unless_promised(
    tmp_path, promised, verdict
):
    run = Run().order(0, change=handed(0) | card("KA-0"))
    said = judged(
        tmp_path, "shown_as_it_is", run, make_plan(has=("operators", "cards"), promised=promised)
    )
    assert (said.held, said.broken, said.unknown) == verdict
    assert said.broken or "take.cards" in said.reason.en


LOST = {
    "submit": {"strikes": ["answer-lost"], "outcome": "unknown", "order_no": "", "channel": "yile"}
}
TOLD = {
    "submit": {
        "strikes": ["answer-lost"],
        "outcome": "fail",
        "order_no": "",
        "ref": "",
        "channel": "yile",
    }
}


@pytest.mark.parametrize("law", ["no_lost_delivery", "settles_in_time", "recovers_in_time"])
@pytest.mark.parametrize(
    ("change", "numberless", "broken"),
    [(LOST, ("yile",), 0), (TOLD, ("yile",), 1), (LOST, (), 1)],
    ids=["nobody can ask", "it was told", "it could have asked"],
)
def test_what_no_platform_can_learn_waits_for_a_person(tmp_path, law, change, numberless, broken):
    strikes = (StrikeNote(id="answer-lost", at="yile.reply on submit", kind="lose_reply", share=1),)
    run = Run().order(0).order(1, change=change, without=("delivered", "status"))
    said = judged(tmp_path, law, run, make_plan(strikes=strikes, numberless=numberless))
    assert said.broken == broken
    assert said.held == (law != "recovers_in_time" or not broken)


def test_what_was_handed_out_twice_for_a_lost_answer_is_judged_all_the_same(tmp_path):
    strikes = (StrikeNote(id="answer-lost", at="yile.reply on submit", kind="lose_reply", share=1),)
    again = at(
        4,
        "operator",
        "delivered",
        channel="yile",
        detail={"units": 1},
        account="13800000000",
        order_no=number(0),
    )
    run = Run().order(0, change=LOST, more=[again])
    said = judged(
        tmp_path, "no_duplicate_delivery", run, make_plan(strikes=strikes, numberless=("yile",))
    )
    assert (said.held, said.broken) == (0, 1)


def billed(ref):
    asked = at(51.5, "platform", "bill", state="paid", outcome="ok")
    return [asked, at(51.6, "platform", "bill_line", state="paid", amount_fen=4990, ref=ref)]


@pytest.mark.parametrize(
    ("refs", "verdict"),
    [
        (("4200000000", "4200000001"), (2, 0)),
        (("4200000000", number(1)), (2, 0)),
        (("4200000000", "4200000000"), (1, 1)),
        (("PAY-1", "PAY-2"), (2, 0)),
        (("4200000000", ""), (2, 0)),
    ],
    ids=["the gateway's", "or its own there", "of another order", "its own serials", "none"],
)
def test_a_bill_that_names_the_gateways_numbers_names_the_right_ones(tmp_path, refs, verdict):
    run = Run()
    for intent, ref in enumerate(refs):
        run.order(intent, more=billed(ref))
    said = judged(tmp_path, "bill_agrees_line_by_line", run, make_plan(has=("operators", "bill")))
    assert (said.held, said.broken) == verdict


def test_what_is_shown_of_one_operators_cards_says_nothing_of_anothers(tmp_path):
    run = Run()
    run.order(0, change=handed(0) | card("KA-0 PW-0"))
    other = {"delivered": {**handed(1)["delivered"], "channel": "shared_shop"}}
    run.order(1, change=other | card("https://example.test/redeem/1"))
    said = judged(
        tmp_path,
        "shown_as_it_is",
        run,
        make_plan(has=("operators", "cards"), promised={"card_passwords": 0.0}),
    )
    assert (said.held, said.broken, said.unknown) == (2, 0, 0)


def test_an_order_number_tells_more_than_digits_that_a_channel_happened_to_see(tmp_path):
    stray = msgspec.structs.replace(sms(3, "充值成功"), order_no=number(0), intent=1)
    run = Run()
    run.order(0, change={"intent": wanted(MINE)}).order(1, change={"intent": wanted(THEIRS)}).add(
        stray
    )
    run.add(msgspec.structs.replace(sms(3, "充值成功", THEIRS), order_no=number(1)))
    said = judged(tmp_path, "end_is_announced", run, promising(*ENDS))
    assert (said.held, said.broken, said.unknown) == (2, 0, 0)


@pytest.mark.parametrize(("numberless", "cases"), [(("yile",), 1), ((), 2)])
def test_a_batch_with_a_line_that_waits_for_a_person_is_no_case_unless_it_is_wrong(
    tmp_path, numberless, cases
):
    strikes = (StrikeNote(id="answer-lost", at="yile.reply on submit", kind="lose_reply", share=1),)
    run = Run()
    for intent, ref in enumerate(("b1", "b2")):
        taken = at(0, "customer", "batch", outcome="ok", ref=ref, order_no=ref)
        change = {"place": {"detail": {"batch": ref}}} | (LOST if intent else {})
        done = {"lines": 1, "delivered": 1, "failed": 0, "listed": 0, "strange": 0}
        read = [at(6, "customer", "batch_status", outcome="ok", ref=ref, state="done", detail=done)]
        line = [at(6, "customer", "batch_line", outcome="ok", ref=ref, state="delivered")]
        run.order(
            intent,
            change=change,
            without=("delivered", "status") if intent else (),
            more=[taken, *([] if intent else read + line)],
        )
    plan = make_plan(strikes=strikes, numberless=numberless, has=("operators", "batches"))
    said = judged(tmp_path, "batch_accounts_exactly", run, plan)
    assert (said.cases, said.held, said.broken) == (cases, 1, 0)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("RC-1", "RC-2", (3, 0)),
        ("RC-1", "RC-1", (1, 1)),
        ("请稍候", "KA-9", (1, 0)),
    ],
    ids=["one each", "one for two", "a promise beside an operator's card"],
)
def test_cards_of_ones_own_stand_beside_those_of_an_operator(tmp_path, first, second, verdict):
    own = {"intent": {"sku": "own"}}
    run = Run()
    run.order(0, change=handed(0) | card("KA-0 PW-0", "谢谢惠顾"))
    for intent, text in enumerate((first, second), start=1):
        of_stock = own if text.startswith("RC-") else {}
        run.order(intent, change=card(text) | of_stock, without=("delivered",))
    plan = make_plan(
        has=("operators", "cards"), own_stock=("own",), stock_listed=True, stock_beside=True
    )
    said = judged(tmp_path, "card_sold_once", run, plan)
    assert (said.held, said.broken) == verdict
