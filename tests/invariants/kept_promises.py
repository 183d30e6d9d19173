"""Stories of the laws about what a platform promises beyond goods and money; told by test_laws.py.

A complaint's answer, and a ticket's, is promised within 20 s of the run, heal is at 10 s and the last look at 50 s.
"""

from histories import PRICE, at, ns

NO_CASE = "no case"
PROMISED = {
    "complaint_answered_within": 20 * 60 * 1000.0,
    "ticket_answered_within": 20 * 60 * 1000.0,
    "limit_unverified": 4000.0,
    "throttled_logins": 5.0,
    "throttled_per": 10 * 60 * 1000.0,
}
TRADE = {"channel": "wechat_pay", "amount_fen": PRICE}
UNSUPPLIED = ("submit", "delivered", "status")


def said(second, act, ref):
    return at(second, "gateway", "complained", state=act, ref=ref, **TRADE)


def word(second, act, ref):
    return at(second, "gateway", "answered", state=act, ref=ref, **TRADE)


def back(second, kind="refunded"):
    return at(second, "gateway", kind, **TRADE)


def open_order(*rows):
    """An order without goods."""
    return {"without": UNSUPPLIED, "more": list(rows)}


def ticket(second):
    return at(second, "customer", "ticket", outcome="ok")


def read(second, state, outcome="ok"):
    return at(second, "customer", "ticket_state", outcome=outcome, state=state)


def gone(second, http_status=404, state=""):
    fields = {"outcome": "fail", "http_status": http_status, "state": state}
    return at(second, "customer", "ticket_state", **fields)


def guess(outcome, attempt=30, took_us=500_000):
    return at(3, "customer", "guess", outcome=outcome, attempt=attempt, took_us=took_us)


def batch(ref, *lines, delivered=1, failed=0, listed=None, strange=0):
    """A batch of one line, and what was said of it: `lines` are the states that were said of the line."""
    detail = {"lines": 1, "delivered": delivered, "failed": failed, "strange": strange}
    detail["listed"] = failed if listed is None else listed
    rows = [at(0, "customer", "batch", outcome="ok", ref=ref, order_no=ref)]
    if lines:
        said = {"outcome": "ok", "ref": ref}
        rows.append(at(6, "customer", "batch_status", state="done", detail=detail, **said))
        rows += [at(6, "customer", "batch_line", state=state, **said) for state in lines]
    return rows


def short():
    """The answer to a batch had fewer order numbers than it has lines."""
    detail = {"told": 1, "lines": 2, "reason": "1 order numbers for 2 lines"}
    return at(0, "customer", "batch", outcome="unknown", detail=detail)


FAILED = {"delivered": 0, "failed": 1}
LATE = 31
UNNAMED = {"intent": {"state": "unnamed"}}
SMALL = {"intent": {"state": "unnamed", "amount_fen": 4000}}
NOTHING = ("create", "unpaid", "captured", "notify", "submit", "delivered", "status", "audit")
UNTAKEN = ("captured", "notify", *UNSUPPLIED)


def turned_away(outcome="fail", http_status=403, why="limit"):
    return {"place": {"outcome": outcome, "http_status": http_status, "state": why, "order_no": ""}}


def last(ref, *, over=1, **counts):
    """The final read of a batch of one line."""
    detail = {
        "lines": 1,
        "delivered": 1,
        "failed": 0,
        "listed": 0,
        "strange": 0,
        "over": over,
        **counts,
    }
    done = detail["delivered"] + detail["failed"] >= 1
    said = {"outcome": "ok", "ref": ref, "state": "done" if done else "open"}
    return at(51.5, "platform", "batch_audit", detail=detail, **said)


KEPT = {
    "complaint_answered_in_time": [
        ("answered", True, {"more": [said(3, "raise", "a"), word(5, "respond", "a")]}),
        ("never answered", False, {"more": [said(3, "raise", "b")]}),
        ("answered too late", False, {"more": [said(3, "raise", "c"), word(24, "respond", "c")]}),
        ("still has time", None, {"more": [said(31, "raise", "d")]}),
        ("another's was answered", False, {"more": [said(3, "raise", "e"), word(5, "respond", "a")]}),
        ("came again, and got no word", False,
         {"more": [said(3, "raise", "f"), word(5, "respond", "f"), said(6, "add", "f")]}),
        ("all the money back is a word", True, open_order(said(3, "raise", "g"), back(9))),
        ("ended", True, {"more": [said(3, "raise", "h"), word(5, "complete", "h")]}),
        ("nobody complained", NO_CASE, {}),
    ],
    "complaint_closed_by_goods_or_money": [
        ("goods, then the end", True, {"more": [said(1.5, "raise", "a"), word(5, "complete", "a")]}),
        ("the end, then goods", False, {"more": [said(1.4, "raise", "b"), word(1.5, "complete", "b")]}),
        ("the end, and nothing", False, open_order(said(3, "raise", "c"), word(5, "complete", "c"))),
        ("money back, then the end", True, open_order(said(3, "raise", "d"), back(4), word(5, "complete", "d"))),
        ("money on its way, then the end", True,
         open_order(said(3, "raise", "e"), back(4, "refund"), word(5, "complete", "e"), back(9))),
        ("answered, not ended", True, open_order(said(3, "raise", "f"), word(5, "respond", "f"))),
        ("nobody complained", NO_CASE, {}),
    ],
    "ticket_answered_in_time": [
        ("answered", True, {"more": [ticket(3), read(4, "open"), read(5, "answered")]}),
        ("closed at once", True, {"more": [ticket(3), read(5, "closed")]}),
        ("still open when it was due", False, {"more": [ticket(3), read(24, "open")]}),
        ("answered too late", False, {"more": [ticket(3), read(24, "open"), read(30, "answered")]}),
        ("not seen in time", None, {"more": [ticket(3), read(22, "open"), read(24, "answered")]}),
        ("never read", None, {"more": [ticket(3)]}),
        ("no answer to a look", None, {"more": [ticket(3), read(24, "", outcome="unknown")]}),
        ("cannot be found any more, with the order open", False,
         open_order(ticket(3), *(gone(s) for s in (10, 24)))),
        ("cannot be found, said with HTTP 200", False,
         open_order(ticket(3), *(gone(s, 200, "missing") for s in (10, 24)))),
        ("cannot be found, and still has time", None, open_order(ticket(3), gone(10))),
        ("cannot be found any more, before the goods and after them", False,
         {"more": [ticket(3), gone(24), gone(33)], "change": {"delivered": {"time_ns": ns(30)}}}),
        ("put away once the goods were there", None, {"more": [ticket(3), gone(24)]}),
        ("answered, then put away", True, open_order(ticket(3), read(5, "answered"), gone(24))),
        ("refused entry says nothing", None, open_order(ticket(3), gone(24, http_status=401))),
        ("no ticket", NO_CASE, {}),
    ],
    "ticket_closed_by_goods_or_money": [
        ("goods, then the end", True, {"more": [ticket(1.4), read(3, "closed")]}),
        ("the end, then goods", False, {"more": [ticket(1.4), read(1.6, "closed")]}),
        ("the end, and nothing", False, open_order(ticket(3), read(5, "closed"))),
        ("money back, then the end", True, open_order(ticket(3), back(4), read(5, "closed"))),
        ("money on its way, then the end", True, open_order(ticket(3), back(4, "refund"), read(5, "closed"), back(9))),
        ("answered", True, open_order(ticket(3), read(5, "answered"))),
        ("no ticket", NO_CASE, {}),
    ],
    "batch_accounts_exactly": [
        ("delivered", True, {"more": batch("b1", "delivered")}),
        ("failed and paid back", True, open_order(*batch("b2", "failed", **FAILED), back(5))),
        ("failed, and nobody paid", True, {"without": UNTAKEN, "more": batch("b3", "failed", **FAILED)}),
        ("neither delivered nor listed", False, open_order(*batch("b4", "delivered"))),
        ("listed, and the money kept", False, open_order(*batch("b5", "failed", **FAILED))),
        ("listed, and delivered", False, {"more": batch("b6", "failed", **FAILED)}),
        ("counted, and not listed", False, open_order(*batch("b7", "delivered", **FAILED, listed=0), back(5))),
        ("a line that nobody sent", False, {"more": batch("b8", "delivered", strange=1)}),
        ("counted twice", False, {"more": batch("b9", "delivered", delivered=2)}),
        ("listed, and the money has time", None,
         {**open_order(*batch("b10", "failed", **FAILED)), "begin": LATE}),
        ("an upstream lied", None,
         {"more": [*batch("b11", "failed", **FAILED), at(2, "operator", "submit", strikes=["rewritten"])]}),
        ("never read as done", None, {"more": batch("b12")}),
        ("counted at the end", True, {"more": [*batch("b13", "delivered"), last("b13")]}),
        ("counted once too often at the end", False,
         {"more": [*batch("b14", "delivered"), last("b14", delivered=2)]}),
        ("ended, and never counted", False, {"more": [*batch("b15"), last("b15", delivered=0)]}),
        ("not counted while a line is under way", None,
         {"more": [*batch("b16"), last("b16", delivered=0, over=0)]}),
        ("counted as failed, and not listed at the end", False,
         open_order(*batch("b17"), last("b17", delivered=0, failed=1), back(5))),
        ("done only when it was asked at the end", True,
         {"more": [*batch("b18"), at(51.5, "platform", "batch_line", ref="b18", state="delivered"), last("b18")]}),
        ("told fewer orders than lines", None, {"more": [short()]}),
        ("told fewer at first, then all", True, {"more": [short(), *batch("b20", "delivered")]}),
        ("no batch", NO_CASE, {}),
    ],
    "refused_before_payment": [
        ("refused", True, {"without": NOTHING, "change": {**UNNAMED, **turned_away()}}),
        ("served", False, {"change": UNNAMED}),
        ("charged, then given back", False, {"without": UNSUPPLIED, "more": [back(5)], "change": UNNAMED}),
        ("accepted, and closed unpaid", True,
         {"without": UNTAKEN, "change": {**UNNAMED, "audit": {"state": "closed"}}}),
        ("accepted, and nobody paid", NO_CASE,
         {"without": UNTAKEN, "change": {**UNNAMED, "audit": {"state": "unpaid"}}}),
        ("no answer", NO_CASE, {"without": NOTHING, "change": {**UNNAMED, **turned_away("unknown", 0, "")}}),
        ("within the limit", NO_CASE, {"change": SMALL}),
        ("with a real name", NO_CASE, {}),
    ],
    "nobody_else_refused": [
        ("with a real name", True, {}),
        ("within the limit", True, {"change": SMALL}),
        ("within the limit, refused", False, {"without": NOTHING, "change": {**SMALL, **turned_away()}}),
        ("with a real name, refused", False, {"without": NOTHING, "change": turned_away()}),
        ("refused where a strike met it", None,
         {"without": NOTHING, "change": turned_away(), "more": [at(0.2, "gateway", "create", strikes=["struck"])]}),
        ("refused, later accepted", True,
         {"more": [at(0.1, "customer", "place", outcome="fail", http_status=403)]}),
        ("the platform is busy", NO_CASE, {"without": NOTHING, "change": turned_away(http_status=429, why="")}),
        ("out of stock", NO_CASE, {"without": NOTHING, "change": turned_away(http_status=422, why="")}),
        ("refused with HTTP 200", False, {"without": NOTHING, "change": turned_away(http_status=200)}),
        ("above the limit", NO_CASE, {"change": UNNAMED}),
    ],
    "stuffing_throttled": [
        ("not let in", True, {"more": [guess("fail")]}),
        ("let in", False, {"more": [guess("ok")]}),
        ("nobody could be let in before", NO_CASE, {"more": [guess("unknown")]}),
        ("fewer tries than promised", NO_CASE, {"more": [guess("ok", attempt=4)]}),
        ("tried slowly", NO_CASE, {"more": [guess("ok", took_us=11_000_000)]}),
        ("nobody tried", NO_CASE, {}),
    ],
}  # fmt: skip
