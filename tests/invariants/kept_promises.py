"""Stories of the laws about what a platform promises beyond goods and money; told by test_laws.py.

A complaint's answer is promised within 20 s of the run, heal is at 10 s and the last look at 50 s.
"""

from histories import PRICE, at

NO_CASE = "no case"
PROMISED = {"complaint_answered_within": 20 * 60 * 1000.0}
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
}  # fmt: skip
