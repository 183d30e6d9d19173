"""What Alipay tells of trades and refunds, in yuan with two decimals and in Beijing time."""

import re
from collections.abc import Mapping
from hashlib import md5
from urllib.parse import quote_plus

import msgspec

from harness.core.units import yuan_from_fen
from mock_upstreams import beijing
from mock_upstreams.dialect import Ask, Notice
from mock_upstreams.gateways._alipay_bill import BUYER
from mock_upstreams.records import Refund, Trade

BUYER_ID = "2088000000000009"
_QR = "https://qr.alipay.com/bax"
_TOKEN_LENGTH = 21
_token = re.compile(r"qr\.alipay\.com(?:/|%2[fF])bax([0-9a-z]{21})(?![0-9a-zA-Z])").search
_ref = re.compile(r"(?:^|trade_?no=)([0-9]{28})(?![0-9])", re.IGNORECASE).search
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_json = msgspec.json.Encoder().encode

Told = Mapping[str, str | int]


def qr_code(ref: str) -> str:
    """Return the code that a precreated trade is paid by; it holds the trade number in base 36."""
    number, token = int(ref), ""
    while number:
        number, digit = divmod(number, 36)
        token = _DIGITS[digit] + token
    return _QR + token.rjust(_TOKEN_LENGTH, "0")


def ref_of(pay_url: str) -> str | None:
    """Return the trade of a QR code, also one wrapped into an `alipays:` link, or of a bare trade number."""
    if (token := _token(pay_url)) is not None:
        return f"{int(token[1], 36):028d}"
    ref = _ref(pay_url)
    return ref[1] if ref else None


def numbers(trade: Trade) -> dict[str, object]:
    """Return both numbers."""
    return {"trade_no": trade.ref, "out_trade_no": trade.order_no}


def status_of(trade: Trade) -> str:
    """Return the trade_status."""
    if trade.state == "paid":
        if 0 < trade.captured_fen <= trade.refunded_fen:
            return "TRADE_CLOSED"
        return "TRADE_FINISHED" if trade.finished_ns else "TRADE_SUCCESS"
    return "TRADE_CLOSED" if trade.state == "closed" else "WAIT_BUYER_PAY"


def queried(trade: Trade) -> dict[str, object]:
    """Return the answer to alipay.trade.query."""
    paid = yuan_from_fen(trade.captured_fen)
    view: dict[str, object] = {
        **numbers(trade),
        "buyer_logon_id": BUYER,
        "trade_status": status_of(trade),
        "total_amount": yuan_from_fen(trade.captured_fen or trade.amount_fen),
        "receipt_amount": paid,
        "buyer_pay_amount": paid,
        "point_amount": "0.00",
        "invoice_amount": paid,
        "buyer_user_id": BUYER_ID,
    }
    if trade.paid_ns:
        view["send_pay_date"] = beijing.text(trade.paid_ns)
        view["fund_bill_list"] = _funds(paid)
    return view


def _funds(amount: str) -> list[dict[str, str]]:
    return [{"fund_channel": "ALIPAYACCOUNT", "amount": amount}]


def refunded(refund: Refund, *, repeated: bool) -> dict[str, object]:
    """Return the answer to alipay.trade.refund; `fund_change` is Y only if this call moved money.

    Source: ALI-DOC alipay.trade.refund, read 2026-11-22.
    """
    trade = refund.trade
    view = {
        **numbers(trade),
        "buyer_logon_id": BUYER,
        "fund_change": "Y" if refund.done_ns and not repeated else "N",
        "refund_fee": yuan_from_fen(trade.refunded_fen),
        "send_back_fee": yuan_from_fen(refund.amount_fen if refund.done_ns else 0),
        "buyer_user_id": BUYER_ID,
    }
    if refund.done_ns:
        view["gmt_refund_pay"] = beijing.text(refund.done_ns)
    return view


def refund_found(found: Refund | Trade) -> dict[str, object]:
    """Return the answer to fastpay.refund.query; without refund_status nothing was received, or it failed."""
    if isinstance(found, Trade) or not found.done_ns:
        return {}
    return {
        **numbers(found.trade),
        "out_request_no": found.refund_no,
        "refund_status": "REFUND_SUCCESS",
        "refund_amount": yuan_from_fen(found.amount_fen),
        "total_amount": yuan_from_fen(found.trade.captured_fen),
        "gmt_refund_pay": beijing.text(found.done_ns),
    }


def left_blank(ask: Ask, *, missing: bool) -> dict[str, object]:
    """Return what an answer about a trade that is not there says all the same: whom it is about, and sums of nothing.

    Source: a recorded answer to a query (elixir alipay_kit test of V3), read 2026-12-01; for refunds from memory.
    """
    if not missing or ask.about:
        return {}
    if ask.op == "refund":
        return {"refund_fee": "0.00", "send_back_fee": "0.00"}
    if ask.op != "query":
        return {}
    number = {"out_trade_no": ask.order_no} if ask.order_no else {"trade_no": ask.ref}
    sums = ("buyer_pay_amount", "invoice_amount", "point_amount", "receipt_amount")
    return {**number, **dict.fromkeys(sums, "0.00")}


def cancelled(trade: Trade) -> dict[str, object]:
    """Return the answer to alipay.trade.cancel, of which the caller need not try again."""
    action = "refund" if trade.paid_ns else "close"
    return {**numbers(trade), "retry_flag": "N", "action": action}


def _back_fen(notice: Notice, told: Told) -> int:
    """Return what had gone back in all when the refund was done, with its own part as told."""
    refund = notice.refund
    assert refund is not None
    others = tuple(r for r in tuple(refund.trade.refunds.values()) if r is not refund)
    before_fen = sum(r.amount_fen for r in others if 0 < r.done_ns <= refund.done_ns)
    return before_fen + int(told["amount_fen"])


_STATES = {"paid": "TRADE_SUCCESS", "closed": "TRADE_CLOSED"}


def notified(notice: Notice, told: Told) -> dict[str, str]:
    """Return what a notification says of its trade; a refund's has the same type and says more.

    Source: ALI-GO notify_type.go, csdn 75254860 and 118962334, read 2026-11-22.
    """
    trade = notice.trade
    assert trade is not None
    state = str(told["state"])
    total_fen = trade.captured_fen if notice.refund else int(told["amount_fen"])
    total = yuan_from_fen(total_fen)
    fields = {
        "notify_type": "trade_status_sync",
        "notify_id": f"{beijing.digits(notice.at_ns)[:8]}{md5(notice.id.encode()).hexdigest()}",
        "trade_no": str(told["ref"]),
        "out_trade_no": str(told["order_no"]),
        "buyer_id": BUYER_ID,
        "buyer_logon_id": BUYER,
        "trade_status": _STATES.get(state, f"TRADE_{state}".upper()),
        "total_amount": total,
        "subject": trade.subject,
        "body": trade.extra.get("body", ""),
        "passback_params": quote_plus(trade.extra.get("passback_params", "")),
        "gmt_create": beijing.text(trade.created_ns),
    }
    if notice.op == "close":
        ended_ns = trade.finished_ns or trade.closed_ns or notice.at_ns
        fields["gmt_close"] = beijing.text(ended_ns)
    if notice.op != "close" or trade.finished_ns:
        fields |= _paid(trade, notice, total)
    if notice.refund is not None:
        back_fen = _back_fen(notice, told)
        closed = back_fen >= trade.captured_fen
        if state == "refunded":
            fields["trade_status"] = "TRADE_CLOSED" if closed else "TRADE_SUCCESS"
        fields["out_biz_no"] = str(told["refund_no"])
        fields["refund_fee"] = yuan_from_fen(back_fen)
        fields["gmt_refund"] = f"{beijing.text(notice.refund.done_ns or notice.at_ns)}.000"
        if closed:
            fields["gmt_close"] = beijing.text(notice.at_ns)
    return {name: value for name, value in fields.items() if value}


def _paid(trade: Trade, notice: Notice, total: str) -> dict[str, str]:
    return {
        "receipt_amount": total,
        "invoice_amount": total,
        "buyer_pay_amount": total,
        "point_amount": "0.00",
        "gmt_payment": beijing.text(trade.paid_ns or notice.at_ns),
        "fund_bill_list": _json([{"amount": total, "fundChannel": "ALIPAYACCOUNT"}]).decode(),
    }
