"""How WeChat Pay V2 tells of a trade, a refund, or both, in flat fields; money is fen as text.

Source: wechatpy 1.8.18 `pay/` and dujiaoka `WepayController` (SDK, DJK), read 2026-11-22; names of fields that neither
reads are from memory, `refund_recv_accout` with its missing letter among them.
"""

from collections.abc import Mapping, Sequence

from mock_upstreams import beijing
from mock_upstreams.gateways._wechat_views import STATE_WORDS, STATES, openid_of
from mock_upstreams.records import Refund, Trade

Fields = dict[str, str]


def trade_view(trade: Trade) -> Fields:
    """Tell of a trade as orderquery does."""
    state = STATES["refunded" if trade.refunded_fen else trade.state]
    view = {
        "device_info": trade.extra.get("device_info", ""),
        "trade_state": state,
        "trade_state_desc": STATE_WORDS[state],
        "out_trade_no": trade.order_no,
        "attach": trade.attach,
        "total_fee": str(trade.captured_fen or trade.amount_fen),
    }
    return view | paid(trade, trade.ref, trade.captured_fen) if trade.paid_ns else view


def paid(trade: Trade, ref: str, amount_fen: int, at_ns: int = 0) -> Fields:
    """Tell what only a paid trade has."""
    return {
        "openid": openid_of(trade),
        "is_subscribe": "N",
        "trade_type": trade.extra.get("trade_type", "NATIVE"),
        "bank_type": "OTHERS",
        "total_fee": str(amount_fen),
        "fee_type": "CNY",
        "cash_fee": str(amount_fen),
        "cash_fee_type": "CNY",
        "transaction_id": ref,
        "time_end": beijing.digits(trade.paid_ns or at_ns),
    }


def refund_view(refund: Refund) -> Fields:
    """Tell that a refund was accepted."""
    trade, amount, total = refund.trade, str(refund.amount_fen), str(refund.trade.captured_fen)
    return {
        "transaction_id": trade.ref,
        "out_trade_no": trade.order_no,
        "out_refund_no": refund.refund_no,
        "refund_id": refund.ref,
        "refund_channel": "",
        "refund_fee": amount,
        "settlement_refund_fee": amount,
        "total_fee": total,
        "settlement_total_fee": total,
        "fee_type": "CNY",
        "cash_fee": total,
        "cash_refund_fee": amount,
        "coupon_refund_fee": "0",
        "coupon_refund_count": "0",
    }


def refunds_view(trade: Trade, refunds: Sequence[Refund]) -> Fields:
    """Tell of some refunds of a trade as refundquery does: numbered fields."""
    total = str(trade.captured_fen)
    view = {
        "transaction_id": trade.ref,
        "out_trade_no": trade.order_no,
        "total_fee": total,
        "settlement_total_fee": total,
        "fee_type": "CNY",
        "cash_fee": total,
        "refund_count": str(len(refunds)),
        "total_refund_count": str(len(trade.refunds)),
    }
    for number, refund in enumerate(refunds):
        amount = str(refund.amount_fen)
        view |= {
            f"out_refund_no_{number}": refund.refund_no,
            f"refund_id_{number}": refund.ref,
            f"refund_channel_{number}": "ORIGINAL",
            f"refund_fee_{number}": amount,
            f"settlement_refund_fee_{number}": amount,
            f"refund_status_{number}": "SUCCESS" if refund.done_ns else "PROCESSING",
            f"refund_account_{number}": "REFUND_SOURCE_UNSETTLED_FUNDS",
            f"refund_recv_accout_{number}": "支付用户零钱",
            f"refund_success_time_{number}": beijing.text(refund.done_ns),
        }
    return view


def refund_told(refund: Refund, facts: Mapping[str, str | int], at_ns: int) -> Fields:
    """Tell what a refund notification has sealed in it."""
    amount, total = str(facts["amount_fen"]), str(refund.trade.captured_fen)
    state = "SUCCESS" if facts["state"] == "refunded" else "CHANGE"
    return {
        "out_refund_no": str(facts["refund_no"]),
        "out_trade_no": str(facts["order_no"]),
        "refund_account": "REFUND_SOURCE_RECHARGE_FUNDS",
        "refund_fee": amount,
        "refund_id": str(facts["refund_ref"]),
        "refund_recv_accout": "支付用户零钱",
        "refund_request_source": "API",
        "refund_status": state,
        "settlement_refund_fee": amount,
        "settlement_total_fee": total,
        "success_time": beijing.text(refund.done_ns or at_ns),
        "total_fee": total,
        "transaction_id": str(facts["ref"]),
    }
