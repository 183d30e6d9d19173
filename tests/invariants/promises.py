"""Stories of the laws about acknowledgements, repetitions, refunds and what is shown; told by test_laws.py.

In a good order the gateway charges at 1 s, tells at 1.1 s and is acknowledged, the goods are out at 2 s.
"""

import msgspec
from histories import PRICE, at

NO_CASE = "no case"
TRADE = {"channel": "epay", "amount_fen": PRICE}
UNSUPPLIED = ("submit", "delivered", "status")
UNTOUCHED = ("captured", "notify", *UNSUPPLIED)
UNPAID = {"audit": {"state": "unpaid"}}
SHUT = {"audit": {"state": "closed"}}
PART = {"delivered": {"detail": {"units": "0.6"}}}
FOUR = {"amount_fen": 4 * PRICE}
THREE_OF_FOUR = {
    "intent": {**FOUR, "detail": {"units": 4}},
    **dict.fromkeys(("place", "create", "captured", "status", "audit"), FOUR),
    "delivered": {"detail": {"units": 3}},
}
REST = PRICE - PRICE * 3 // 5
SHOWN_BACK = {"audit": {"state": "refunded"}}


def told(second, outcome="ok", *, ref, **detail):
    """The gateway's word that the trade of an order was paid."""
    fields = {"state": "paid", "outcome": outcome, "ref": ref, **TRADE}
    return at(second, "gateway", "notify", detail={"sent": 1, "forged": 0, **detail}, **fields)


def again(*outcomes, ref, **detail):
    """The same word again from 4 s on, answered so."""
    return {"more": [told(4 + n, outcome, ref=ref, **detail) for n, outcome in enumerate(outcomes)]}


def back(second, amount_fen=PRICE, ref=""):
    fields = {"ref": ref, **TRADE, "amount_fen": amount_fen}
    return at(second, "gateway", "refunded", **fields)


def asked(*seconds, http_status=404, state=""):
    """Reads that were answered "there is no such order", or otherwise refused."""
    fields = {"outcome": "fail", "http_status": http_status, "state": state}
    rows = [at(s, "customer", "status", **fields) for s in seconds]
    return {"more": rows}


def trespass(*outcomes):
    """Somebody else's session asks for the order at the end, and this is what he gets."""
    return {"more": [at(51, "platform", "trespass", outcome=outcome) for outcome in outcomes]}


def given_back(*outcomes, **fields):
    """The gateway's word, again and again, that the money of an order went back."""
    said = {"state": "refunded", "detail": {"op": "refund", "sent": 1}, "ref": "back", **TRADE}
    rows = [
        at(5 + n, "gateway", "notify", outcome=one, **said, **fields)
        for n, one in enumerate(outcomes)
    ]
    return {"without": UNSUPPLIED, "more": [back(4.5), *rows]}


def unheard(times, ref, **fields):
    """So often the gateway waits for an answer to its word in vain."""
    rows = [told(4 + n, "unknown", ref=ref, reason="no answer within 1.0 s") for n in range(times)]
    return {
        "without": ("notify",),
        "more": [msgspec.structs.replace(row, **fields) for row in rows],
    }


def shown(second, state, took_us=1000):
    read = {"outcome": "ok", "state": state, "took_us": took_us}
    return {"more": [at(second, "customer", "status", **read)]}


def submitted(times):
    rows = [at(1.3 + n / 10, "operator", "submit", channel="dayuanren") for n in range(times - 1)]
    return {"more": rows}


def trade(intent):
    """The number of the trade of the order told of at this place."""
    return f"4200{intent:06d}"


REFUSED = {"change": {"notify": {"outcome": "fail"}}}
UNTOLD = {"without": ("notify",)}
NEVER_PAID = {"without": UNTOUCHED, "change": SHUT}

PROMISES = {
    "acknowledged_never_forgotten": [
        ("acknowledged and delivered", True, {}),
        ("acknowledged, still unpaid", False, {"without": UNSUPPLIED, "change": UNPAID}),
        ("acknowledged, closed, nothing back", False, {"without": UNSUPPLIED, "change": SHUT}),
        ("acknowledged, closed, money back", True, {"without": UNSUPPLIED, "more": [back(5)], "change": SHUT}),
        ("acknowledged, on its way", True, {"without": UNSUPPLIED, "change": {"audit": {"state": "delivering"}}}),
        ("acknowledged, never read", None, {"without": (*UNSUPPLIED, "audit")}),
        ("refused", NO_CASE, REFUSED),
        ("told of another amount", NO_CASE, {"strikes": ["rewritten-on-its-way"]}),
        ("never paid", NO_CASE, NEVER_PAID),
    ],
    "ladder_stops": [
        ("acknowledged", True, {}),
        ("refused once", True, REFUSED),
        ("refused three times", False, {**REFUSED, **again("fail", "fail", ref=trade(2))}),
        ("refused twice, then acknowledged", True, {**REFUSED, **again("fail", "ok", ref=trade(3))}),
        ("forgeries are refused", True, again("fail", "fail", "fail", ref=trade(4), forged=1)),
        ("never answered", NO_CASE, {"change": {"notify": {"outcome": "unknown"}}}),
        ("never paid", NO_CASE, NEVER_PAID),
        ("refused: the key was not told", NO_CASE, {**UNTOLD, **again(*["fail"] * 3, ref=trade(7), rotated=1)}),
        ("answered too late three times", False, unheard(3, trade(8))),
        ("answered too late twice", NO_CASE, unheard(2, trade(9))),
        ("a strike took the answers", NO_CASE, unheard(3, trade(10), strikes=["struck"])),
        ("the connection was refused", NO_CASE, unheard(3, trade(11), detail={"sent": 1, "reason": "refused"})),
        ("too late twice, then in time", True,
         {"without": ("notify",), "more": [*unheard(2, trade(12))["more"], told(7, ref=trade(12))]}),
        ("too late twice, and refused", False,
         {"without": ("notify",), "more": [*unheard(2, trade(13))["more"], told(7, "fail", ref=trade(13))]}),
        ("a refund is told of, and refused three times", False, given_back("fail", "fail", "fail")),
        ("a refund is told of, and acknowledged at last", True, given_back("fail", "fail", "fail", "ok")),
        ("a refund is told of, and the line was struck", True, given_back(*["unknown"] * 3, strikes=["struck"])),
    ],
    "duplicate_of_finished_is_acknowledged": [
        ("told once", True, {}),
        ("told again, acknowledged", True, again("ok", ref=trade(1))),
        ("told again, refused", False, again("fail", ref=trade(2))),
        ("refused in a bad moment, then acknowledged", True, again("fail", "ok", ref=trade(3))),
        ("an old one is refused", True, again("fail", ref=trade(4), echo=1)),
        ("refused, signed with a key that was not told", True, again("fail", ref=trade(5), rotated=1)),
        ("delivered by asking, told later, refused", False, {"without": ("notify",), **again("fail", ref=trade(6))}),
        ("refused before it was finished", True, {"more": [told(1.05, "fail", ref=trade(7))]}),
        ("never told", NO_CASE, {"without": ("notify",)}),
    ],
    "never_refunded_and_delivered": [
        ("a part came, and the rest went back", True, {"change": PART, "more": [back(5, REST)]}),
        ("by the face value, which is more", True, {"change": PART, "more": [back(5, 2001)]}),
        ("as much as came went back", False, {"change": PART, "more": [back(5, PRICE - REST)]}),
        ("the rest went back twice", False, {"change": PART, "more": [back(5, REST), back(6, REST)]}),
        (
            "a part of goods whose face nobody said",
            True,
            {"change": PART | {"intent": {"sku": "odd"}}, "more": [back(5, PRICE - REST)]},
        ),
        ("three of four came, and one went back", True, {"change": THREE_OF_FOUR, "more": [back(5)]}),
        ("one of four by the face value", True, {"change": THREE_OF_FOUR, "more": [back(5, 5000)]}),
        ("three of four came, and two went back", False, {"change": THREE_OF_FOUR, "more": [back(5, 2 * PRICE)]}),
        ("delivered", True, {}),
        ("delivered, and all went back", False, {"more": [back(5)]}),
        ("delivered, and a part went back", False, {"more": [back(5, 1)]}),
        ("refunded, not delivered", True, {"without": UNSUPPLIED, "more": [back(5)]}),
        ("a second charge went back", True, {"more": [at(1.5, "gateway", "captured", ref="b", **TRADE), back(5)]}),
        ("a part came, and what did not come went back", True, {"change": PART, "more": [back(5, REST)]}),
        ("a part came, and a tenth more went back", False, {"change": PART, "more": [back(5, REST + PRICE // 10)]}),
        ("neither", NO_CASE, {"without": UNSUPPLIED}),
    ],
    "refunds_within_charge": [
        ("nothing back", True, {}),
        ("all back", True, {"more": [back(5, ref=trade(1))]}),
        ("twice back", False, {"more": [back(5, ref=trade(2)), back(6, ref=trade(2))]}),
        ("back through another payment", False, {"more": [back(5, ref="other")]}),
        ("no money moved", NO_CASE, NEVER_PAID),
    ],
    "one_submission_one_order": [
        ("one order", True, {}),
        ("twice the same", True, {"more": [at(0.1, "customer", "place", outcome="ok", order_no="R20261122000001")]}),
        ("two orders", False, {"more": [at(0.1, "customer", "place", outcome="ok", order_no="R2")]}),
        ("never accepted", NO_CASE, {"without": ("place", "audit", *UNTOUCHED)}),
    ],
    "reads_never_go_back": [
        ("found each time", True, {}),
        ("not found once", False, asked(2.5)),
        ("not found, said with HTTP 200", False, asked(2.5, http_status=200, state="missing")),
        ("refused entry says nothing", True, asked(2.5, http_status=401)),
        ("never read", NO_CASE, {"without": ("unpaid", "status", "audit")}),
    ],
    "right_goods": [
        ("the product of the goods", True, {}),
        ("the product of other goods", False, {"change": {"delivered": {"sku": "13"}}}),
        ("a product that nobody knows", False, {"change": {"delivered": {"sku": "99"}}}),
        ("the operator does not say", NO_CASE, {"change": {"delivered": {"sku": ""}}}),
        ("not delivered", NO_CASE, {"without": UNSUPPLIED}),
    ],
    "stranger_refused": [
        ("refused", True, trespass("fail")),
        ("shown", False, trespass("ok")),
        ("refused, then shown", False, trespass("fail", "ok")),
        ("no answer", NO_CASE, trespass("unknown")),
        ("nobody tried", NO_CASE, {}),
    ],
    "shown_as_it_is": [
        ("delivered, and so it is", True, {}),
        ("delivered, and nothing was", False, {"without": UNSUPPLIED}),
        ("refunded, and so it is", True, {"without": UNSUPPLIED, "more": [back(5)], "change": SHOWN_BACK}),
        ("refunded, and nothing came back", False, {"without": UNSUPPLIED, "change": SHOWN_BACK}),
        ("closed, and goods went out", False, {"change": SHUT}),
        ("refunding, never charged", False, {"without": UNTOUCHED, "change": {"audit": {"state": "refunding"}}}),
        ("paid, never charged", False, {"without": UNTOUCHED, "change": {"audit": {"state": "paid"}}}),
        ("refunded, never charged", False, {"without": UNTOUCHED, "change": SHOWN_BACK}),
        ("in work, and charged", True, {"without": UNSUPPLIED, "change": {"audit": {"state": "delivering"}}}),
        ("delivered, in part, the rest kept", False, {"change": PART}),
        ("delivered, in part, the rest went back", True, {"change": PART, "more": [back(5, REST)]}),
        ("refunded, in part, the rest came", True, {"change": PART | SHOWN_BACK, "more": [back(5, REST)]}),
        ("closed, and a part came", False, {"change": PART | SHUT, "more": [back(5, REST)]}),
        ("under way is another law's", True, {"change": {"audit": {"state": "delivering"}}}),
        ("delivered, it said before it was", False, shown(1.6, "delivered")),
        ("asked before it was, and answered when it was", True, shown(1.6, "delivered", took_us=500_000)),
        ("under way, it said before it was", True, shown(1.6, "delivering")),
        ("early, where an operator was made to lie", NO_CASE,
         {"more": [*shown(1.6, "delivered")["more"],
                   at(1.5, "operator", "query", outcome="ok", strikes=["flip"], detail={"shows": "flip"})]}),
        ("a card of the platform's own, after the word", True,
         {"more": shown(1.6, "delivered")["more"], "without": ("submit",),
          "change": {"delivered": {"channel": ""}}}),
        ("never read", NO_CASE, {"without": ("audit",)}),
    ],
    "retry_bounded": [
        ("submitted once", True, {}),
        ("submitted twenty times", True, submitted(20)),
        ("submitted thirty times", False, submitted(30)),
        ("never submitted", NO_CASE, {"without": UNSUPPLIED}),
    ],
}  # fmt: skip
