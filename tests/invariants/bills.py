"""Stories of the law about the platform's bill, laid beside the upstreams' ledgers; told by test_laws.py."""

from histories import PRICE, at
from promises import NO_CASE

COST = 4960
KINDS = ("paid", "refunded", "delivered")


def asked(outcome="ok", kinds=KINDS):
    return [at(51.5, "platform", "bill", state=kind, outcome=outcome) for kind in kinds]


def line(kind, amount_fen, ref=""):
    return at(51.6, "platform", "bill_line", state=kind, amount_fen=amount_fen, ref=ref)


def bill(*lines, also=(), outcome="ok", kinds=KINDS, **story):
    return {"more": [*also, *asked(outcome, kinds), *(line(*one) for one in lines)], **story}


def refunded(second=4, amount_fen=PRICE, number=""):
    said = {"detail": {"refund_no": number}} if number else {}
    return at(second, "gateway", "refunded", channel="epay", amount_fen=amount_fen, **said)


def again(second):
    return at(second, "gateway", "captured", ref="again", channel="epay", amount_fen=PRICE)


UNBOOKED = [
    again(5),
    at(
        6,
        "gateway",
        "refunded",
        ref="again",
        channel="epay",
        amount_fen=PRICE,
        detail={"reason": "closed before cleared"},
    ),
]
DELIVERED_AGAIN = at(
    4, "operator", "delivered", channel="kasushou", ref="S99", amount_fen=COST, detail={"units": 1}
)
PAID, BACK, GOODS = ("paid", PRICE), ("refunded", PRICE), ("delivered", COST)
UNDELIVERED = {"without": ("submit", "delivered", "status", "done")}
SHOWN_REFUNDED = {"change": {"audit": {"state": "refunded"}}, **UNDELIVERED}
UNPAID = {
    "without": ("captured", "notify", "submit", "delivered", "status", "done"),
    "change": {"audit": {"state": "closed"}},
}

TRADE = {"captured": {"ref": "G1", "order_no": "P1"}}

BILLS = {
    "bill_agrees_line_by_line": [
        ("paid and delivered", True, bill(PAID, GOODS)),
        ("paid by the gateway's number", True, bill(("paid", PRICE, "G1"), GOODS, change=TRADE)),
        (
            "paid by the platform's number there",
            True,
            bill(("paid", PRICE, "P1"), GOODS, change=TRADE),
        ),
        (
            "paid by another order's number",
            False,
            bill(("paid", PRICE, "4200000001"), GOODS, change=TRADE),
        ),
        ("goods by the operator's number", True, bill(PAID, ("delivered", COST, "S4"))),
        ("goods by another order's number", False, bill(PAID, ("delivered", COST, "S4"))),
        (
            "a refund by its number",
            True,
            bill(PAID, ("refunded", PRICE, "B6"), also=[refunded(number="B6")], **SHOWN_REFUNDED),
        ),
        (
            "a refund by another's number",
            False,
            bill(PAID, ("refunded", PRICE, "B6"), also=[refunded(number="B7")], **SHOWN_REFUNDED),
        ),
        ("no line of the payment", False, bill(GOODS)),
        ("no line of the goods", False, bill(PAID)),
        ("a payment too many", False, bill(PAID, PAID, GOODS)),
        ("another amount", False, bill(("paid", PRICE - 1), GOODS)),
        ("other goods' cost", False, bill(PAID, ("delivered", COST + 1))),
        ("a refund that never was", False, bill(PAID, BACK, GOODS)),
        ("refunded", True, bill(PAID, BACK, also=[refunded()], **SHOWN_REFUNDED)),
        ("no line of the refund", False, bill(PAID, also=[refunded()], **SHOWN_REFUNDED)),
        ("in neither column", None, bill(also=[refunded()], **SHOWN_REFUNDED)),
        ("unpaid, and in the bill", False, bill(PAID, **UNPAID)),
        (
            "paid twice, both in it",
            True,
            bill(PAID, PAID, BACK, GOODS, also=[again(5), refunded()]),
        ),
        ("a second payment, just now", None, bill(PAID, GOODS, also=[again(49)])),
        ("a second payment, long ago", False, bill(PAID, GOODS, also=[again(5)])),
        ("a refund just now, not shown", None, bill(PAID, GOODS, also=[refunded(49)])),
        ("a refund long ago, not shown", False, bill(PAID, GOODS, also=[refunded(5)])),
        ("sent back unbooked, in neither", True, bill(PAID, GOODS, also=UNBOOKED)),
        ("sent back unbooked, in both", True, bill(PAID, PAID, BACK, GOODS, also=UNBOOKED)),
        ("sent back unbooked, and a refund of it", False, bill(PAID, BACK, GOODS, also=UNBOOKED)),
        ("nothing at all beside one sent back", False, bill(GOODS, also=UNBOOKED)),
        (
            "one sent back unbooked, another refund is not in it",
            None,
            bill(PAID, also=[*UNBOOKED, refunded(49)], **UNDELIVERED),
        ),
        ("delivered twice, both in it", True, bill(PAID, GOODS, GOODS, also=[DELIVERED_AGAIN])),
        ("delivered twice, one in it", None, bill(PAID, GOODS, also=[DELIVERED_AGAIN])),
        ("only payments are in such bills", True, bill(PAID, kinds=("paid",))),
        ("goods without an operator claimed", False, bill(PAID, GOODS, without=("delivered",))),
        ("could not be read", None, bill(outcome="unknown")),
        ("nobody asked", NO_CASE, {}),
        ("unpaid, and not in the bill", NO_CASE, bill(**UNPAID)),
    ],
}
