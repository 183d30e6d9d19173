"""Stories of the laws about what customers are told; told by test_laws.py.

In a good order the payment is acknowledged at 1.1 s, the operator is asked at 1.2 s, the goods are out at 2 s.
"""

from histories import HEAL_S, PRICE, SETTLED_S, account, at, ns

from harness.core.plan import Announced

NO_CASE = "no case"
HOLD_S, LASTS_S, WITHIN_S = 5, 20, 10
SCALE = 60
ANNOUNCED = (
    Announced(what="held", says="审核", after_ms=HOLD_S * SCALE * 1000, above_fen=PRICE - 1),
    Announced(what="lapse", says="到期", after_ms=LASTS_S * SCALE * 1000, goods="hf50"),
    Announced(what="ended", says="成功|退回", after_ms=WITHIN_S * SCALE * 1000, most=3),
)
"""hf50 stands for a membership here."""


def sms(second, text, **fields):
    return at(
        second, "message", "sent", channel="sms", detail={"text": text, "way": "sms"}, **fields
    )


def lost(second, ref="M1"):
    """A sending whose answer a strike met; without `ref` it was the request."""
    return at(
        second, "message", "send", channel="sms", outcome="unknown", strikes=["struck"], ref=ref
    )


def held(*more, until=8.0, **changes):
    """The operator is asked and delivers only then; the gateway is heard in time."""
    later = {"submit": {"time_ns": ns(until)}, "delivered": {"time_ns": ns(until + 1)}}
    seen = {"status": {"time_ns": ns(until + 2)}, "done": {"time_ns": ns(until + 2)}}
    return {"change": later | seen | changes, "more": list(more)}


def told(*more, **fields):
    return {"more": list(more), **fields}


def lied(second):
    flip = {"strikes": ["flip"], "detail": {"shows": "flip"}}
    return at(second, "operator", "query", outcome="ok", **flip)


def refund(*more):
    """The gateway is asked for the money at 3 s, and gives it back at 5 s."""
    back = [at(second, "gateway", kind, amount_fen=PRICE, channel="epay", outcome="ok")
            for second, kind in ((3, "refund"), (5, "refunded"))]  # fmt: skip
    return {"without": ("submit", "delivered", "status"), "change": {"audit": {"state": "refunded"}},
            "more": [*back, *more]}  # fmt: skip


def named(intent, *, mine):
    """A notice that names the account of an intent, told to the phone of one who bought for it, or of another."""
    return spoken(f"充值到 {account(intent)} 成功", "13900000001" if mine else "13900000002")


def spoken(text, phone):
    detail = {"persona": "patient", "customer": 1, "units": 1, "late_us": 1, "phone": phone}
    return {"change": {"intent": {"detail": detail}}, "more": [sms(3, text, account=phone)]}


STAYS_HELD = {"without": ("submit", "delivered", "status")}

MESSAGES = {
    "held_is_announced": [
        ("held and told at once", True, held(sms(1.3, "正在审核"))),
        ("held without a word", False, held()),
        ("held, told something else", False, held(sms(1.3, "充值成功"))),
        ("told after the promised time", False, held(sms(7.5, "正在审核"))),
        ("told late, its first message struck", True, held(lost(1.3), sms(7.5, "正在审核"))),
        ("struck, and never told", False, held(lost(1.3))),
        ("held to the end, told", True, {**STAYS_HELD, **told(sms(2, "审核中"))}),
        ("held to the end, not told", False, STAYS_HELD),
        ("not held", NO_CASE, {}),
        ("a card of the platform's own, given out at once", NO_CASE, {"without": ("submit",)}),
        ("a strike met it elsewhere", NO_CASE, {**held(), "strikes": ["struck"]}),
        ("below the limit", NO_CASE, held(place={"amount_fen": PRICE - 1})),
    ],
    "lapse_is_announced": [
        ("told before its end", True, told(sms(15, "即将到期"))),
        ("never told", False, {}),
        ("told after its end", False, told(sms(30, "已到期"))),
        ("told late, but the message was struck", True, told(lost(15), sms(30, "即将到期"))),
        ("told only how it ended", False, told(sms(3, "充值成功"))),
        ("not over yet, and not told", NO_CASE, {"begin": 30}),
        ("never delivered", NO_CASE, {"without": ("delivered", "status")}),
    ],
    "end_is_announced": [
        ("told", True, told(sms(3, "充值成功"))),
        ("never told", False, {}),
        ("told too late", False, told(sms(20, "充值成功"))),
        (
            "told late, after its channel was struck",
            True,
            told(lost(3), sms(HEAL_S + 5, "充值成功")),
        ),
        ("its channel was struck, and it never came", False, told(lost(3))),
        ("told before the goods were out, and not again", False, told(sms(1.5, "充值成功"))),
        (
            "told before the goods were out, and again",
            True,
            told(sms(1.5, "充值成功"), sms(3, "充值成功")),
        ),
        (
            "told early, where an operator was made to lie",
            True,
            told(
                sms(1.5, "成功"),
                lied(1.4),
            ),
        ),
        ("told of a refund that nobody had asked for yet", False, refund(sms(1.5, "已退回"))),
        ("told of a refund when it was asked for", True, refund(sms(4, "已退回"))),
        ("ended just now", None, {"begin": SETTLED_S - 5}),
        ("not ended", NO_CASE, {"change": {"audit": {"state": "paid"}}}),
    ],
    "notice_names_its_own": [
        ("names his own account", True, named(0, mine=True)),
        ("names another's", False, named(0, mine=False)),
        ("names none", True, spoken("充值成功", "13900000003")),
        ("told to nobody of the run", NO_CASE, told(sms(3, "充值成功"))),
    ],
    "notices_bounded": [
        ("told once", True, told(sms(3, "充值成功"))),
        ("told three times", True, told(*(sms(3 + n, "充值成功") for n in range(3)))),
        ("told four times", False, told(*(sms(3 + n, "充值成功") for n in range(4)))),
        (
            "once more for a lost answer",
            True,
            told(lost(3), *(sms(3 + n, "成功") for n in range(4))),
        ),
        (
            "once more for a request that never arrived",
            False,
            told(lost(3, ref=""), *(sms(3 + n, "成功") for n in range(4))),
        ),
        ("several things", True, told(*(sms(3 + n, f"成功{n}") for n in range(4)))),
        ("told nothing", NO_CASE, {}),
    ],
}
