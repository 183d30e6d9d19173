"""What api.php of 易支付 V1 tells of orders, money and the merchant."""

from collections import defaultdict
from collections.abc import Sequence

from harness.core.units import yuan_from_fen
from mock_upstreams import beijing
from mock_upstreams.records import Refund, Trade


def order(trade: Trade, pid: str) -> dict[str, object]:
    """Return one order; status 0 is unpaid, 1 paid, 2 refunded in full.

    Source: EP-20 api.php act=order; the 2 is EP-N, read 2026-11-22.
    """
    refunded_all = 0 < trade.captured_fen <= trade.refunded_fen
    return {
        "trade_no": trade.ref,
        "out_trade_no": trade.order_no,
        "api_trade_no": f"A{trade.ref}" if trade.paid_ns else "",
        "type": trade.extra.get("type", ""),
        "pid": pid,
        "addtime": beijing.text(trade.created_ns),
        "endtime": beijing.text(trade.paid_ns),
        "name": trade.subject,
        "money": yuan_from_fen(trade.captured_fen or trade.amount_fen),
        "param": trade.attach,
        "buyer": "",
        "status": 2 if refunded_all else int(trade.state == "paid"),
    }


_DAY_NS = 86_400 * 10**9


def made_on_days(trades: Sequence[Trade], time_ns: int) -> tuple[list[Trade], list[Trade]]:
    """Return the orders that were made today and yesterday, in Beijing."""
    today, yesterday = (beijing.digits(ns)[:8] for ns in (time_ns, time_ns - _DAY_NS))
    days = [(beijing.digits(trade.created_ns)[:8], trade) for trade in trades]
    return [t for day, t in days if day == today], [t for day, t in days if day == yesterday]


def merchant(trades: Sequence[Trade], pid: str, key: str, time_ns: int) -> dict[str, object]:
    """Return the merchant: its key in clear, what came in less what went back, how many orders."""
    net_fen = sum(trade.captured_fen - trade.refunded_fen for trade in trades)
    today, yesterday = (len(made) for made in made_on_days(trades, time_ns))
    return {
        "code": 1,
        "pid": pid,
        "key": key,
        "active": 1,
        "money": yuan_from_fen(net_fen),
        "type": 1,
        "account": "",
        "username": "",
        "orders": len(trades),
        "order_today": today,
        "order_lastday": yesterday,
    }


def refunded(refund: Refund) -> dict[str, object]:
    """Return the answer to act=refund."""
    return {
        "code": 1,
        "msg": "退款成功！",
        "refund_no": refund.ref,
        "out_refund_no": refund.refund_no,
        "trade_no": refund.trade.ref,
        "money": yuan_from_fen(refund.amount_fen),
    }


def settlements(trades: Sequence[Trade], time_ns: int) -> list[dict[str, object]]:
    """Return a settlement for each day before today on which money came in, the latest first.

    Source: EP-20 api.php act=settle, read 2026-11-22; the fields are unconfirmed.
    """
    net_fen: dict[str, int] = defaultdict(int)
    for trade in trades:
        if trade.paid_ns:
            net_fen[beijing.text(trade.paid_ns)[:10]] += trade.captured_fen - trade.refunded_fen
    days = sorted((day for day in net_fen if day < beijing.text(time_ns)[:10]), reverse=True)
    return [
        {
            "id": number,
            "money": yuan_from_fen(net_fen[day]),
            "addtime": f"{day} 23:59:59",
            "status": 1,
        }
        for number, day in enumerate(days, 1)
    ]
