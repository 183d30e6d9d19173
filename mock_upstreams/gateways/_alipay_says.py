"""Says yes and no in the form in which the call came: as gateway.do does, or as its REST form."""

from collections.abc import Mapping

from mock_upstreams.dialect import Answer, Ask
from mock_upstreams.gateways import _alipay_v3 as v3
from mock_upstreams.gateways import _alipay_views as views
from mock_upstreams.gateways import _alipay_words as words
from mock_upstreams.records import Reason


def yes(ask: Ask, view: Mapping[str, object]) -> Answer:
    """Say that it was done."""
    if ask.extra.get("form") == v3.MARK:
        return v3.yes(view)
    return words.yes(ask.extra.get("method", ""), view)


def no(ask: Ask, refusal: words.Refusal, **result: object) -> Answer:
    """Say why not."""
    if ask.extra.get("form") == v3.MARK:
        return v3.no(refusal, **result)
    return words.no(ask.extra.get("method", ""), refusal, **result)


def refused(ask: Ask, code: str) -> Answer:
    """Say no to a caller; a cancel of a trade that is not there has nothing to undo and is done.

    Source: open/02o6e8, public copy: a close of what is not unpaid is ACQ.TRADE_STATUS_ERROR, read 2026-12-01.
    """
    missing = code == Reason.NOT_FOUND
    if ask.undo and missing:
        number = {"out_trade_no": ask.order_no} if ask.order_no else {"trade_no": ask.ref}
        return yes(ask, {**number, "retry_flag": "N"})
    if ask.op == "close" and code == Reason.ALREADY_PAID:
        code = "ACQ.TRADE_STATUS_ERROR"
    retry = {"retry_flag": "Y"} if ask.undo and code in words.UNCLEAR else {}
    return no(ask, words.CODES[code], **views.left_blank(ask, missing=missing), **retry)
