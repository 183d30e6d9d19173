"""Every law on hand-written histories of single orders: held, broken, unknown, not exercised.

A story is a name, the answer expected of the law (True, False, None, or no case at all), and what differs from a good
order. All stories of a law are told in one run, an order each.
"""

import msgspec
import pytest
from bans import BANNED, BANS
from bills import BILLS, asked, line
from book_stories import BOOKS
from compensations import COMPENSATED, COMPENSATIONS
from histories import (
    HEAL_S,
    PRICE,
    PROMISE_S,
    SETTLED_S,
    Run,
    account,
    at,
    make_plan,
    note,
    ns,
    number,
)
from kept_promises import KEPT, PROMISED
from lists import LISTS
from meddling import MEDDLING
from messages import ANNOUNCED, MESSAGES
from promises import NO_CASE, PROMISES
from rules import RULED, RULES
from tampering import TAMPERING
from thieves import GUARDED, GUARDS, THIEVES
from wallets import WALLETS

from harness.invariants.checker import build_facts
from harness.invariants.journals import convert
from harness.invariants.law import FOLDER, law_names
from harness.invariants.store import Store

STRIKES = (
    note("struck"),
    note("rewritten-on-its-way", "epay.notify", "rewrite"),
    note("denied", "dayuanren.reply on submit", "status"),
    note("lie", "operators.notify", "rewrite"),
    note("forge", "gateways.notify on create", "forge"),
    note("foreign", "gateways.notify on create", "foreign"),
    note("replay", "gateways.notify", "replay"),
    note("contradict", "operators.notify", "contradict"),
    note("flip", "operators.reply on query", "flip"),
    note("reject", "operators.reply", "reject_then_succeed"),
)


def captured(second, amount_fen=PRICE):
    return at(second, "gateway", "captured", amount_fen=amount_fen, ref="second", channel="epay")


def refunded(second, amount_fen=PRICE):
    return at(second, "gateway", "refunded", amount_fen=amount_fen, channel="epay")


def delivered(second, channel="kasushou", **fields):
    return at(second, "operator", "delivered", channel=channel, ref=f"{channel}-{second}", **fields)


def dearer(order_no, outcome="ok"):
    """Dearer goods were named under the order's number, and a gateway was asked for what they cost."""
    swap = at(0.3, "customer", "swap", outcome=outcome, order_no=order_no, ref="hf100")
    return [swap, at(0.4, "gateway", "create", amount_fen=2 * PRICE, ref="dearer", channel="epay")]


def refused(second):
    return submit(second, strikes=["reject"], detail={"reason": "refused"})


def failed(second):
    return at(second, "operator", "failed", channel="dayuanren")


def shown(second, state, took_us=1000):
    return at(second, "customer", "status", outcome="ok", state=state, took_us=took_us)


def forged(second, sent=1):
    detail = {"forged": 1, "sent": sent}
    return at(second, "gateway", "notify", state="paid", detail=detail, strikes=["forge"])


def came_back(second, forged=1, **more):
    said = {"outcome": "ok", "http_status": 200, "detail": {"forged": forged}} | more
    return at(second, "customer", "come_back", **said)


def called_back(second, state="delivered", **detail):
    told = {"forged": 1, "sent": 1, **detail}
    return at(second, "operator", "notify", state=state, detail=told, strikes=["forge"])


def foreign(second):
    detail = {"forged": 0, "foreign": 1, "sent": 1}
    return at(second, "gateway", "notify", state="paid", detail=detail, strikes=["foreign"])


def replayed(second):
    detail = {"forged": 0, "echo": 1, "sent": 1}
    return at(second, "gateway", "notify", state="paid", detail=detail, strikes=["replay"])


def contrary(second, **detail):
    told = {"state": "failed", "detail": {"contrary": 1, "sent": 1, **detail}}
    return at(second, "operator", "notify", strikes=["contradict"], **told)


def told(second):
    return at(second, "operator", "notify", state="delivered", outcome="ok", detail={"sent": 1})


def answered(second):
    return at(second, "operator", "query", state="delivered", outcome="ok")


def flipped(second):
    told = {"outcome": "ok", "detail": {"shows": "flip"}}
    return at(second, "operator", "query", strikes=["flip"], **told)


def submit(second, **fields):
    return at(second, "operator", "submit", channel="dayuanren", **fields)


def named(text):
    return at(3, "customer", "status", outcome="ok", state="delivered", account=text)


def slipped(intent):
    return {"place": {"detail": {"slip": f"q{account(intent)}"}}}


def sent_to(intent):
    return {"delivered": {"account": f"q{account(intent)}"}}


def read(text):
    """The final read, with what it shows as the account."""
    return {"audit": {"account": text}}


def handed_to(to):
    goods = {"channel": "dayuanren", "sku": "12", "order_no": number(6), "detail": {"units": 1}}
    return at(3, "operator", "delivered", ref="T6", account=to, **goods)


def mended(second, outcome="ok"):
    return at(second, "customer", "resend", outcome=outcome, took_us=1000)


LATE_S = SETTLED_S - PROMISE_S + 1
"""Charged so late that the promised time is not up when the run ends."""
GONE = ("captured", "notify", "submit", "delivered", "status", "unpaid")
UNSUPPLIED = ("submit", "delivered", "status")
CLOSED = {"audit": {"state": "closed"}}
BACK = {"audit": {"state": "refunded"}}
PAID = {"audit": {"state": "paid"}}


def supplied(second):
    """The delivery at another second."""
    return {"delivered": {"time_ns": ns(second)}}


PART = {"delivered": {"detail": {"units": "0.6"}}}
"""Three fifths of a top-up came."""
REST = PRICE - PRICE * 3 // 5
UNREAD = {"without": ("status",)}
STEP_BACK = (shown(2.2, "delivering"), shown(2.5, "paid"))
UNDONE = (shown(2.2, "refunding"), shown(2.5, "delivering"), refunded(4))


def refunding_after(state):
    """An order whose money goes back, shown so at every step."""
    more = [shown(2.2, state), shown(2.5, "refunding"), refunded(4)]
    return {**UNREAD, "more": more, "change": BACK}


def handed(*codes, passwords=()):
    """Cards that an operator hands out beside what the order is about, as its delivery tells."""
    detail = {"units": 0, "cards": codes, "card_passwords": passwords}
    return at(2, "operator", "delivered", channel="kasushou", detail=detail)


def card(second, *codes):
    return at(
        second, "customer", "status", outcome="ok", state="delivered", detail={"cards": codes}
    )


STORIES = {
    "card_sold_once": [
        ("a card of one order", True, {"more": [handed("A"), card(3, "A"), card(4, "A")]}),
        ("a card that a later order shows too", False, {"more": [handed("B"), card(3, "B")]}),
        ("the later order, named with the first", NO_CASE, {"more": [card(3, "B")]}),
        ("a promise of a card", NO_CASE, {"more": [card(3, "正在发货中，请稍候")]}),
        ("the same promise to another", NO_CASE, {"more": [card(3, "正在发货中，请稍候")]}),
        ("number and password", False, {"more": [handed("K-1", passwords=["P1"]), card(3, "卡号：K-1 密码：P1")]}),
        ("the same, written otherwise", NO_CASE, {"more": [card(3, "P1")]}),
        ("no card", NO_CASE, {}),
    ],
    "mended_account_served": [
        ("mended before it was paid, and served", True, {"change": slipped(0), "more": [mended(0.5)]}),
        ("mended before it was paid, the old one served", False,
         {"change": slipped(1) | sent_to(1), "more": [mended(0.5)]}),
        ("mended when it was paid, the old one served", True,
         {"change": slipped(2) | sent_to(2), "more": [mended(1.5)]}),
        ("not mended, since it was refused", True,
         {"change": slipped(3) | sent_to(3), "more": [mended(0.5, outcome="fail")]}),
        ("asked for again, nothing was mistyped", NO_CASE, {"more": [mended(0.5)]}),
        ("a strike changed it at the operator", NO_CASE,
         {"without": ("submit",), "change": slipped(5) | sent_to(5),
          "more": [mended(0.5), submit(1.2, order_no=number(5), strikes=["rewritten"])]}),
        ("never delivered", NO_CASE, {"without": UNSUPPLIED, "change": slipped(6), "more": [mended(0.5)]}),
    ],
    "served_account_shown": [
        ("mended, and served", True, {"change": slipped(0) | read(account(0))}),
        ("mended on paper, the old one served", False, {"change": slipped(1) | sent_to(1) | read(account(1))}),
        ("the old one served, and shown", True, {"change": slipped(2) | sent_to(2) | read(f"q{account(2)}")}),
        ("the mended one served, the old one shown", False, {"change": slipped(3) | read(f"q{account(3)}")}),
        ("what fits both", True, {"change": slipped(4) | sent_to(4) | read(f"****{account(4)[-4:]}")}),
        ("what fits neither", True, {"change": slipped(5) | sent_to(5) | read("已隐藏")}),
        ("both served", NO_CASE, {"change": slipped(6) | sent_to(6) | read(account(6)),
                                  "more": [handed_to(account(6))]}),
        ("nothing shown", NO_CASE, {"change": slipped(7) | sent_to(7) | read("")}),
        ("never delivered", NO_CASE, {"without": UNSUPPLIED, "change": slipped(8)}),
        ("nothing mistyped", NO_CASE, {}),
    ],
    "own_account_shown": [
        ("its own", True, {"more": [named(account(0))]}),
        ("masked", True, {"more": [named(f"{account(1)[:3]}****{account(1)[-4:]}")]}),
        ("masked by letters", True, {"more": [named(f"138xxxx{account(2)[-4:]}")]}),
        ("its last digits", True, {"more": [named(f"尾号{account(3)[-4:]}")]}),
        ("with its country", True, {"more": [named(f"+86 138****{account(4)[-4:]}")]}),
        ("as an address", True, {"more": [named(f"{account(5)}@example.test")]}),
        ("another order's", False, {"more": [named(account(0))]}),
        ("another order's, masked", False, {"more": [named(f"138****{account(0)[-4:]}")]}),
        ("its own, then another's", False, {"more": [named(account(8)), named(account(0))]}),
        ("what was mistyped", True, {"change": slipped(9), "more": [named(f"q{account(9)}")]}),
        ("nobody's", NO_CASE, {"more": [named("138****7777")]}),
        ("no account", NO_CASE, {"more": [named("已隐藏")]}),
        ("not shown", NO_CASE, {}),
    ],
    "no_card_before_payment": [
        ("charged, then shown", True, {"more": [handed("A"), card(3, "A")]}),
        ("shown, then charged", False, {"more": [handed("B"), card(0.5, "B")]}),
        ("shown, never charged", False, {"without": GONE, "more": [handed("C"), card(3, "C")]}),
        ("a promise before the charge", NO_CASE, {"more": [card(0.5, "付款后显示")]}),
        ("no card", NO_CASE, {}),
    ],
    "no_lost_delivery": [
        ("a failure was told ahead of the success", NO_CASE, {"more": [contrary(1.9, lie=1)]}),
        ("a failure was told after the success", True, {"more": [contrary(2.1)]}),
        ("a query showed the contrary", NO_CASE, {"more": [flipped(2.5)]}),
        ("refused, and delivered all the same", NO_CASE, {"more": [refused(1.3)]}),
        ("delivered", True, {}),
        ("never delivered", False, {"without": UNSUPPLIED}),
        ("never delivered, refunded", True, {"without": UNSUPPLIED, "more": [refunded(9)]}),
        ("refunded in part", False, {"without": UNSUPPLIED, "more": [refunded(9, 1)]}),
        ("charged just now", None, {"without": UNSUPPLIED, "begin": LATE_S}),
        ("half of what was ordered", False, {"change": {"intent": {"detail": {"units": 2}}}}),
        ("a part of one, the rest kept", False, {"change": PART}),
        ("a part of one, the rest went back", True, {"change": PART, "more": [refunded(9, REST)]}),
        ("a part of one, less than the rest went back", False, {"change": PART, "more": [refunded(9, REST - 2)]}),
        ("struck, counted from heal", False, {"without": UNSUPPLIED, "strikes": ["struck"]}),
        ("never charged", NO_CASE, {"without": GONE}),
        (
            "the operator lied that it had delivered",
            NO_CASE,
            {
                "without": ("delivered",),
                "more": [at(2, "operator", "notify", state="delivered", strikes=["lie"])],
            },
        ),
    ],
    "no_duplicate_delivery": [
        ("delivered once", True, {}),
        ("delivered by a second operator, too", False, {"more": [delivered(4, account="")]}),
        ("two of two", True, {"change": {"intent": {"detail": {"units": 2}}}, "more": [delivered(4)]}),
        ("failed, then delivered elsewhere", True, {"more": [failed(1.5)]}),
        ("a part, then all of it elsewhere", False, {"change": PART, "more": [delivered(4)]}),
        ("not delivered", NO_CASE, {"without": UNSUPPLIED}),
        (
            "a busy answer is no excuse",
            False,
            {
                "more": [
                    submit(1.3, strikes=["denied"], outcome="unknown", detail={"reason": "busy"}),
                    delivered(4),
                ]
            },
        ),
        (
            "a busy answer that means no in its dialect",
            NO_CASE,
            {
                "more": [
                    submit(1.3, strikes=["denied"], outcome="unknown", detail={"reason": "busy", "denies": "1"}),
                    delivered(4),
                ]
            },
        ),
        (
            "the operator denied what it had done",
            NO_CASE,
            {
                "more": [
                    submit(1.3, strikes=["denied"], outcome="unknown", detail={"reason": "refused"}),
                    delivered(4),
                ]
            },
        ),
    ],
    "no_unpaid_delivery": [
        ("charged, then delivered", True, {}),
        ("never charged", False, {"without": ("captured",)}),
        ("charged after the goods", False, {"without": ("captured",), "more": [captured(2.5)]}),
        ("all money went back", False, {"more": [refunded(9)]}),
        ("a second charge went back", True, {"more": [captured(1.5), refunded(9)]}),
        ("a part came, and all money went back", False, {"change": PART, "more": [refunded(9)]}),
        ("a part came, and the rest of the money went back", True, {"change": PART, "more": [refunded(9, REST)]}),
        ("not delivered", NO_CASE, {"without": ("delivered",)}),
    ],
    "right_account": [
        ("goods for it went to the account of the order told of below", False, {}),
        ("a country code in front", True, {"change": {"delivered": {"account": "+86" + account(1)}}}),
        ("a digit was changed", False, {"change": {"delivered": {"account": "139" + account(2)[3:]}}}),
        ("an empty account says nothing", True, {"change": {"delivered": {"account": "", "detail": {"cards": ["c"]}}}}),
        ("goods came for the order told of above", NO_CASE, {"change": {"delivered": {"order_no": number(0) + "K1"}}}),
        ("its own account", True, {}),
        (
            "a strike changed it at the operator",
            NO_CASE,
            {
                "without": ("submit",),
                "change": {"delivered": {"account": "13900000000"}},
                "more": [submit(1.2, order_no=number(6), strikes=["rewritten"])],
            },
        ),
    ],
    "charged_once": [
        ("once", True, {}),
        ("twice", False, {"more": [captured(1.5)]}),
        ("twice, one went back", True, {"more": [captured(1.5), refunded(9)]}),
        ("all went back", True, {"more": [refunded(9)]}),
        ("half went back", False, {"more": [refunded(9, PRICE // 2)]}),
        ("what did not come went back", True, {"change": PART, "more": [refunded(9, REST)]}),
        ("more went back than was charged", False, {"more": [refunded(9), refunded(9.5)]}),
        ("twice, the second just now", None, {"more": [captured(LATE_S)]}),
        ("more went back, though it has time", False, {"begin": LATE_S, "more": [refunded(2, PRICE + 1)]}),
        ("another amount was charged", False, {"change": {"captured": {"amount_fen": 1}}}),
        ("never charged", NO_CASE, {"without": ("captured",)}),
    ],
    "amount_honoured": [
        ("the same everywhere", True, {}),
        ("quoted another price", False, {"change": {"place": {"amount_fen": 1}}}),
        ("asked another amount of the gateway", False, {"change": {"create": {"amount_fen": 1}}}),
        ("delivered for one fen", False, {"change": {"captured": {"amount_fen": 1}}}),
        ("shown with another amount", False, {"change": {"status": {"amount_fen": PRICE - 30}}}),
        ("shown with another amount before it is paid", True, {"change": {"unpaid": {"amount_fen": 0}}}),
        ("shown with what is left after a refund", True,
         {"change": PART | {"audit": {"amount_fen": PRICE - REST}}, "more": [refunded(9, REST)]}),
        (
            "one fen was taken, and the gateway signed that it was the price",
            NO_CASE,
            {"change": {"captured": {"amount_fen": 1}}, "strikes": ["rewritten-on-its-way"]},
        ),
        (
            "one fen was charged and went back",
            True,
            {"without": UNSUPPLIED, "change": {"captured": {"amount_fen": 1}}, "more": [refunded(9, 1)]},
        ),
        ("too much was charged, and what was too much went back", True,
         {"change": {"captured": {"amount_fen": 2 * PRICE}}, "more": [refunded(9, PRICE)]}),
        ("too much was charged, and kept", False, {"change": {"captured": {"amount_fen": 2 * PRICE}}}),
        ("a wrong charge beside the right one", True, {"more": [captured(1.5, 1), refunded(9, 1)]}),
        ("more went back than was charged", False, {"more": [refunded(9, PRICE + 1)]}),
        ("dearer goods under the same number are an order of their own", True, {"more": dearer("A2")}),
        ("so they are, perhaps", True, {"more": dearer("", "unknown")}),
        ("dearer goods under the same number are this order", False,
         {"change": {"place": {"order_no": "N0"}}, "more": dearer("N0")}),
        ("dearer goods are refused, and asked of the gateway", False, {"more": dearer("", "fail")}),
        ("the platform quotes nothing", True, {"change": {"place": {"amount_fen": None}}}),
        ("a notification said another amount", True, {"change": {"notify": {"amount_fen": 1}}}),
        ("never asked for", NO_CASE, {"without": (*GONE, "create")}),
    ],
    "forged_notify_changes_nothing": [
        ("refused, paid later", True, {"more": [forged(0.2)]}),
        ("refused, never paid", True, {"without": GONE, "more": [forged(0.2)], "change": CLOSED}),
        ("goods were sent for", False, {"without": GONE, "more": [forged(0.2), submit(0.3)], "change": CLOSED}),
        ("goods went out before the charge", False, {"more": [forged(0.2), delivered(0.4)]}),
        ("shown as paid, never charged", False, {"without": GONE, "more": [forged(0.2)], "change": PAID}),
        ("shown as paid before the charge", False, {"more": [forged(0.2), shown(0.6, "paid")]}),
        ("shown as paid after the charge", True, {"more": [forged(0.2), shown(1.4, "paid")]}),
        ("forged after the charge", NO_CASE, {"more": [forged(1.5)]}),
        ("the forgery was never sent", NO_CASE, {"more": [forged(0.2, sent=0)]}),
        ("nobody forged", NO_CASE, {}),
        ("a made-up return was refused", True, {"without": GONE, "more": [came_back(0.2)], "change": CLOSED}),
        ("shown as paid on a made-up return", False, {"without": GONE, "more": [came_back(0.2)], "change": PAID}),
        ("sent for on a made-up return", False, {"more": [came_back(0.2), submit(0.3)]}),
        ("a return of the gateway's", NO_CASE, {"more": [came_back(0.2, forged=0), shown(0.6, "paid")]}),
        ("a made-up return that never arrived", NO_CASE, {"more": [came_back(0.2, http_status=0)]}),
        ("somebody else's was refused", True, {"more": [foreign(0.2)]}),
        ("sent for on another's", False, {"without": GONE, "more": [foreign(0.2), submit(0.3)], "change": CLOSED}),
        ("shown as paid on somebody else's", False, {"without": GONE, "more": [foreign(0.2)], "change": PAID}),
        ("an old one came again", NO_CASE, {"more": [replayed(1.5)]}),
        ("a callback was refused", True, {"more": [called_back(1.5)]}),
        ("a callback came when it was true", NO_CASE, {"more": [called_back(2.1)]}),
        ("shown as delivered on a callback", False, {"more": [called_back(1.5), shown(1.7, "delivered")]}),
        ("shown as delivered before the callback", True, {"more": [called_back(1.8), shown(1.4, "delivered")]}),
        ("the operator had said so", True, {"more": [called_back(1.5), answered(1.6), shown(1.7, "delivered")]}),
        ("cards that come after the success", True, {"more": [called_back(1.5), told(1.6), shown(1.7, "delivered")]}),
        ("shown as given back, goods came", False, {"more": [called_back(1.5, "failed"), shown(1.7, "refunding")]}),
        (
            "given back, and no goods came",
            True,
            {"without": UNSUPPLIED, "more": [called_back(1.5), shown(1.7, "refunded"), refunded(1.6)], "change": BACK},
        ),
        ("given back before the callback", True, {"more": [called_back(1.8), shown(1.4, "refunding")]}),
        (
            "an upstream was made to lie",
            NO_CASE,
            {"more": [called_back(1.5), contrary(1.6, lie=1), shown(1.7, "delivered")]},
        ),
        ("never sent", NO_CASE, {"more": [called_back(1.5, sent=0), shown(1.7, "delivered")]}),
    ],
    "order_findable": [
        ("found", True, {}),
        ("not found", False, {"change": {"audit": {"outcome": "fail", "state": ""}}}),
        ("no answer", None, {"change": {"audit": {"outcome": "unknown", "state": ""}}}),
        ("not asked for", None, {"without": ("audit",)}),
        ("two orders, one read", None, {"more": [at(0.1, "customer", "place", outcome="ok", order_no="R2")]}),
        ("never accepted", NO_CASE, {"without": (*GONE, "audit"), "change": {"place": {"outcome": "unknown"}}}),
    ],
    "settles_in_time": [
        ("a part came, and the rest went back", True, {"change": PART, "more": [refunded(9, REST)]}),
        ("a part came, and the rest came back late", False, {"change": PART, "more": [refunded(PROMISE_S + 2, REST)]}),
        ("delivered in time", True, {}),
        ("refunded in time", True, {"without": UNSUPPLIED, "more": [refunded(9)], "change": BACK}),
        ("delivered too late", False, {"change": supplied(PROMISE_S + 2)}),
        ("late only because it was struck", True, {"strikes": ["struck"], "change": supplied(PROMISE_S + 2)}),
        ("struck, and too late after heal", False, {"strikes": ["struck"], "change": supplied(HEAL_S + PROMISE_S + 1)}),
        ("nothing came", False, {"without": UNSUPPLIED}),
        ("still has time", None, {"without": UNSUPPLIED, "begin": LATE_S}),
        ("delivered, still shown as under way", False, {"change": {"audit": {"state": "delivering"}}}),
        ("a second charge never went back", False, {"more": [captured(1.5)]}),
        ("never charged", NO_CASE, {"without": GONE}),
    ],
    "status_moves_forward": [
        ("unpaid, delivered", True, {}),
        ("unpaid again", False, {"more": [shown(2.2, "paid"), shown(2.5, "unpaid")]}),
        ("overlapping reads", True, {"more": [shown(2.2, "paid", took_us=500_000), shown(2.5, "unpaid")]}),
        ("under way again", False, {"more": [shown(4, "delivering")]}),
        ("closed, then refunded", True, {"without": ("status",), "more": [shown(3, "closed")], "change": BACK}),
        ("delivering, then refunding, then refunded", True, refunding_after("delivering")),
        ("closed, then refunding, then refunded", True, refunding_after("closed")),
        ("refunding, then delivering", False, {**UNREAD, "more": UNDONE, "change": BACK}),
        ("closed, then delivered", False, {"without": ("status",), "more": [shown(3, "closed")]}),
        ("delivered, then refunded", False, {"change": BACK}),
        ("paid again, while it refunds", False, {**UNREAD, "more": [*STEP_BACK, refunded(4)], "change": BACK}),
        ("paid again, for no reason", False, {**UNREAD, "more": STEP_BACK}),
        ("a state that nobody knows", True, {"more": [shown(2.2, "held"), shown(2.5, "paid")]}),
        ("read once", NO_CASE, {"without": ("unpaid", "status")}),
    ],
}  # fmt: skip


STORIES |= (
    PROMISES
    | BOOKS
    | BILLS
    | KEPT
    | MESSAGES
    | COMPENSATIONS
    | RULES
    | BANS
    | THIEVES
    | TAMPERING
    | MEDDLING
    | WALLETS
    | LISTS
)
OF_A_WHOLE_RUN = {"recovers_in_time"}
"""Laws with one case a run; told of in files of their own."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What each law says of each of its stories: {law: {intent: held}}."""
    return {law: tell(tmp_path_factory.mktemp(law), law, STORIES[law]) for law in STORIES}


def tell(folder, law, stories):
    strikes = (*STRIKES, note("rewritten", "dayuanren.effect on submit", "rewrite"))
    has = ("operators", "cards", "wallet")
    plan = make_plan(
        strikes=strikes,
        has=has,
        promised=PROMISED | GUARDED,
        announces=ANNOUNCED + GUARDS,
        compensates=COMPENSATED,
        settle_rules=RULED,
        forbidden=BANNED,
    )
    plan = msgspec.structs.replace(plan, recorders=(*plan.recorders, "channels"))
    run = Run(plan)
    for intent, (_, _, story) in enumerate(stories):
        run.order(intent, **story)
    run.write(folder)
    with Store(folder) as store:
        assert convert(store, folder, plan) == []
        build_facts(store, plan)
        rows = store.rows((FOLDER / f"{law}.sql").read_text(encoding="utf-8"))
    held = {}
    for row in rows:
        assert row["says"]
        assert row["says_zh"]
        held[row["intent"]] = row["held"] and held.get(row["intent"], True)
    return held


@pytest.mark.parametrize(
    ("law", "intent"),
    [
        pytest.param(law, intent, id=f"{law}: {story[0]}")
        for law, stories in STORIES.items()
        for intent, story in enumerate(stories)
    ],
)
def test_a_law_says_of_a_story(answers, law, intent):
    assert repr(answers[law].get(intent, NO_CASE)) == repr(STORIES[law][intent][1])


def test_every_law_has_stories_of_each_kind():
    assert sorted({*STORIES, *OF_A_WHOLE_RUN}) == law_names()
    for stories in STORIES.values():
        expected = {story[1] for story in stories}
        assert {True, False, NO_CASE} <= expected


@pytest.mark.parametrize(("lines", "held"), [((), None), ((line("paid", PRICE),), False)])
def test_bills_without_any_line_of_the_run_may_be_published_later(tmp_path, lines, held):
    stories = [("a", held, {"more": [*asked()]}), ("b", held, {"more": [*asked(), *lines]})]
    assert tell(tmp_path, "bill_agrees_line_by_line", stories)[0] is held
