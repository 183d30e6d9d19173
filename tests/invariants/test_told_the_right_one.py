"""Laws about what customers are told: who hears it, in which words, and of whose account."""

import pytest
from histories import Run, account
from test_what_can_be_known import ENDS, MINE, THEIRS, judged, promising, sms, wanted

from harness.core.plan import Announced

PROMISED_MS = 300_000.0
HELD = Announced(what="held", says="审核", after_ms=PROMISED_MS)
LAPSE = Announced(what="lapse", says="到期", after_ms=1_200_000.0, goods="hf50")
LARGE = Announced(what="large", says="大额", after_ms=PROMISED_MS)
UNSUPPLIED = ("submit", "delivered", "status")


@pytest.mark.parametrize(
    "case",
    [
        ("held_is_announced", HELD, "正在审核", {"without": UNSUPPLIED}),
        ("lapse_is_announced", LAPSE, "即将到期", {}),
        ("large_payment_is_announced", LARGE, "大额支付", {}),
    ],
)
@pytest.mark.parametrize(("phone", "held"), [(MINE, 2), (THEIRS, 1), ("13911111111", 2)])
def test_what_another_customer_was_told_tells_nobody(tmp_path, case, phone, held):
    law, promise, text, story = case
    run = Run()
    run.order(0, change={"intent": wanted(THEIRS)}, more=[sms(3, text, THEIRS)], **story)
    run.order(1, change={"intent": wanted(MINE)}, more=[sms(3, text, phone)], **story)
    said = judged(tmp_path, law, run, promising(promise))
    assert (said.held, said.broken) == (held, 2 - held)


@pytest.mark.parametrize(
    ("more", "held"),
    [
        ([sms(3, "充值成功")], True),
        ([sms(1.5, "充值成功")], False),
        ([sms(1.5, "充值成功"), sms(3, "充值成功")], False),
        ([sms(1.5, "支付成功"), sms(3, "充值成功")], True),
        ([sms(1.5, "充值成功"), sms(3, "您的充值成功，请查收")], True),
    ],
    ids=["when it was so", "before it was so", "before, and again", "of the payment", "otherwise"],
)
def test_a_text_that_was_sent_before_the_end_tells_nothing_of_it(tmp_path, more, held):
    run = Run().order(0, change={"intent": wanted(MINE)}, more=more)
    said = judged(tmp_path, "end_is_announced", run, promising(*ENDS))
    assert (said.held, said.broken) == (held, not held)


@pytest.mark.parametrize(
    ("text", "phone", "verdict"),
    [
        (f"充值到 {account(0)} 成功", MINE, (1, 0)),
        (f"充值到 {account(1)} 成功", MINE, (0, 1)),
        (f"充值到 {account(1)} 成功", account(1), (1, 0)),
        (f"充值到 {account(1)} 成功", "13911111111", (0, 0)),
        ("充值到 138****0001 成功", MINE, (1, 0)),
        ("充值到 139777 成功", MINE, (1, 0)),
    ],
    ids=["his own", "another's", "told to that account", "an unknown phone", "masked", "nobody's"],
)
def test_a_notice_names_no_account_of_another_customer(tmp_path, text, phone, verdict):
    run = Run().order(0, change={"intent": wanted(MINE)}, more=[sms(3, text, phone)])
    run.order(1, change={"intent": wanted(THEIRS)})
    run.order(2, change={"intent": wanted(account(1))})
    said = judged(tmp_path, "notice_names_its_own", run, promising(*ENDS))
    assert (said.held, said.broken) == verdict


def test_two_orders_of_one_customer_may_be_told_of_together(tmp_path):
    run = Run().order(0, change={"intent": wanted(MINE)})
    run.order(
        1, change={"intent": wanted(MINE)}, more=[sms(3, f"{account(0)}、{account(1)} 成功", MINE)]
    )
    said = judged(tmp_path, "notice_names_its_own", run, promising(*ENDS))
    assert (said.held, said.broken) == (1, 0)


def test_where_one_text_tells_either_end_it_may_have_come_before(tmp_path):
    either = Announced(what="ended", says="完结", after_ms=600_000)
    run = Run().order(
        0, change={"intent": wanted(MINE)}, more=[sms(1.5, "已完结"), sms(3, "已完结")]
    )
    assert judged(tmp_path, "end_is_announced", run, promising(either)).held == 1
