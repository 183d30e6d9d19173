"""Stories of thieves with the right password, of large payments, and of many customers behind one address.

One order from an address may be taken within 5 s, so that two may be by a counter that begins anew in between.

In a good order the payment is acknowledged at 1.1 s, the operator is asked at 1.2 s, the goods are out at 2 s.
"""

from histories import HEAL_S, PRICE, SETTLED_S, at

from harness.core.plan import Announced

NO_CASE = "no case"
WITHIN_S, SCALE = 10, 60
LIMIT = PRICE - 1
GUARDS = (
    Announced(what="device", says="新设备", after_ms=WITHIN_S * SCALE * 1000),
    Announced(what="large", says="大额", after_ms=WITHIN_S * SCALE * 1000, above_fen=LIMIT),
)
GUARDED = {
    "limit_new_device": float(LIMIT),
    "address_orders": 1.0,
    "address_per": 5.0 * SCALE * 1000,
}
PHONE = "13500000000"
UNTAKEN = ("captured", "notify", "submit", "delivered", "status")
NOTHING = ("create", "unpaid", "audit", *UNTAKEN)
REFUSED = {"place": {"outcome": "fail", "http_status": 403, "order_no": ""}}


def thief(*more, phone, outcome="ok", **fields):
    """Somebody gets in at 0.5 s as the customer with this phone."""
    login = at(0.5, "customer", "intrude", outcome=outcome, account=phone, took_us=1000)
    return {"more": [login, *more], **fields}


def sms(second, text, phone=PHONE):
    return at(second, "message", "sent", channel="sms", account=phone, detail={"text": text})


def lost(second, phone=PHONE):
    fields = {"channel": "sms", "outcome": "unknown", "strikes": ["struck"], "account": phone}
    return at(second, "message", "send", **fields)


def from_one(address, second, **fields):
    """An order from an address that many share."""
    detail = {"persona": "one_address", "customer": 1, "units": 1, "late_us": 0, "address": address}
    change = {"intent": {"detail": detail}, **fields.pop("change", {})}
    return {"begin": second, "change": change, **fields}


REFUSED_THERE = {"change": REFUSED, "without": NOTHING}

THIEVES = {
    "new_device_is_announced": [
        ("told", True, thief(sms(1, "新设备登录", "1"), phone="1")),
        ("never told", False, thief(phone="2")),
        ("told something else", False, thief(sms(1, "充值成功", "3"), phone="3")),
        ("somebody else was told", False, thief(sms(1, "新设备登录", "40"), phone="4")),
        ("told of an earlier one", False, thief(sms(0.4, "新设备登录", "5"), phone="5")),
        ("told too late", False, thief(sms(12, "新设备登录", "6"), phone="6")),
        ("told late, since the channel was struck", True,
         thief(lost(1, "7"), sms(HEAL_S + 5, "新设备登录", "7"), phone="7")),
        ("came just now", None, thief(phone="8", begin=SETTLED_S - 5)),
        ("not let in", NO_CASE, thief(phone="9", outcome="fail")),
        ("no thief", NO_CASE, {}),
    ],
    "large_payment_is_announced": [
        ("told", True, {"more": [sms(1.5, "大额支付")]}),
        ("never told", False, {}),
        ("told too late", False, {"more": [sms(20, "大额支付")]}),
        ("told late, since its message was struck", True, {"more": [lost(1.5), sms(HEAL_S + 5, "大额支付")]}),
        ("struck, and never told", False, {"strikes": ["struck"]}),
        ("paid just now", None, {"begin": SETTLED_S - 5}),
        ("paid back", NO_CASE, {"without": ("submit", "delivered", "status"),
                                "more": [at(5, "gateway", "refunded", amount_fen=PRICE)]}),
        ("not so large", NO_CASE, {"change": {"place": {"amount_fen": LIMIT}}}),
        ("never paid", NO_CASE, {"without": UNTAKEN}),
    ],
    "new_device_limited": [
        ("refused", True, thief(phone=PHONE, without=NOTHING, change=REFUSED)),
        ("served", False, thief(phone=PHONE)),
        ("charged, and given back", False,
         thief(at(5, "gateway", "refunded", amount_fen=PRICE), phone=PHONE, without=("submit", "delivered", "status"))),
        ("closed unpaid", True, thief(phone=PHONE, without=UNTAKEN, change={"audit": {"state": "closed"}})),
        ("accepted, and nobody paid", NO_CASE,
         thief(phone=PHONE, without=UNTAKEN, change={"audit": {"state": "unpaid"}})),
        ("never got through", NO_CASE,
         thief(phone=PHONE, without=NOTHING, change={"place": {"outcome": "fail", "order_no": ""}})),
        ("within the limit", NO_CASE, thief(phone=PHONE, change={"intent": {"amount_fen": LIMIT}})),
        ("not let in", NO_CASE, thief(phone=PHONE, outcome="fail", without=NOTHING, change=REFUSED)),
        ("no thief", NO_CASE, {}),
    ],
    "address_limited": [
        ("the first of three", NO_CASE, from_one("a", 0)),
        ("the second", NO_CASE, from_one("a", 1)),
        ("the third is refused", True, from_one("a", 2, **REFUSED_THERE)),
        ("later there is room again", NO_CASE, from_one("a", 7)),
        ("elsewhere: the first", NO_CASE, from_one("b", 20)),
        ("elsewhere: the second", NO_CASE, from_one("b", 21)),
        ("elsewhere: the third is taken", False, from_one("b", 22)),
        ("elsewhere: the fourth is taken and not paid", True, from_one("b", 23, without=UNTAKEN)),
        ("elsewhere: one after a refusal", NO_CASE, from_one("c", 30, **REFUSED_THERE)),
        ("elsewhere: the first that is taken", NO_CASE, from_one("c", 31)),
        ("elsewhere: the second that is taken", True, from_one("c", 32)),
        ("an address of his own", NO_CASE, {}),
    ],
}  # fmt: skip
