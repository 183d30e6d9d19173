r"""Bill files of WeChat Pay, v3's and V2's: who paid and what went back on one day, in yuan, cells after backticks.

    交易时间,公众账号ID,...                      one line of names
    `2025-01-01 10:00:05,`wx0,...              a line for each payment and each refund, oldest first
    总交易单数,应结订单总金额,...
    `1,`19.90,...

Source: WX-OA docs/v3/bill, and bill columns as quoted from the official document (BILL), read 2026-11-22. Unconfirmed:
the fee of a refund, the order of the two time columns of a REFUND bill, the words inside a fund flow.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from harness.core.units import yuan_from_fen
from mock_upstreams import beijing
from mock_upstreams.gateways._wechat_views import openid_of
from mock_upstreams.records import Refund, Trade

_END = "\r\n"
_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额"
)
_TIMES = "退款申请时间,退款成功时间"
_BACK = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态"
_TAIL = "商品名称,商户数据包,手续费,费率,订单金额"
COLUMNS = {
    "ALL": f"{_HEAD},{_BACK},{_TAIL},申请退款金额,费率备注".split(","),
    "SUCCESS": f"{_HEAD},{_TAIL},费率备注".split(","),
    "REFUND": f"{_HEAD},{_TIMES},{_BACK},{_TAIL},申请退款金额,费率备注".split(","),
}
_SUMS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
_FLOW = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
_FLOW_SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
_BASE = 10_000

Record = Trade | Refund


class Merchant(NamedTuple):
    """Whose bill it is; `fee` is in ten-thousandths of a payment."""

    appid: str
    mchid: str
    fee: int


def of_kind(records: Iterable[object], kind: str) -> list[Record]:
    """Return what a bill of ALL, SUCCESS or REFUND lists."""
    wanted = {"ALL": (Trade, Refund), "SUCCESS": (Trade,), "REFUND": (Refund,)}[kind]
    return [r for r in records if isinstance(r, wanted) and isinstance(r, (Trade, Refund))]


def fee_fen(amount_fen: int, fee: int) -> int:
    """Return the fee of an amount, rounded half up to a fen."""
    return (amount_fen * fee + _BASE // 2) // _BASE


def trade_bill(records: Sequence[Record], kind: str, who: Merchant) -> bytes:
    """Write a trade bill as UTF-8."""
    columns = COLUMNS[kind]
    rows = [_cells(record, who) for record in records]
    paid = sum(r.captured_fen for r in records if isinstance(r, Trade))
    back = sum(r.amount_fen for r in records if isinstance(r, Refund))
    fees = sum(_fee_of(record, who) for record in records)
    sums = [str(len(rows)), yuan_from_fen(paid), yuan_from_fen(back), "0.00", _fee(fees)]
    sums += [yuan_from_fen(paid), yuan_from_fen(back)]
    lines = [",".join(columns), *(_line(row[name] for name in columns) for row in rows)]
    return _file([*lines, _SUMS, _line(sums)])


def fund_bill(records: Sequence[Record], begin_ns: int, who: Merchant) -> bytes | None:
    """Write a fund flow bill of the day that begins then, from all records before its end; None if nothing moved."""
    balance_fen, rows = 0, []
    incomes: list[int] = []
    costs: list[int] = []
    for record in records:
        for name, amount_fen, number in _moves(record, who):
            balance_fen += amount_fen
            if _at(record) >= begin_ns:
                rows.append(_flow(record, name, amount_fen, balance_fen, number))
                (incomes if amount_fen > 0 else costs).append(abs(amount_fen))
    if not rows:
        return None
    sums = [str(len(rows)), str(len(incomes)), yuan_from_fen(sum(incomes))]
    sums += [str(len(costs)), yuan_from_fen(sum(costs))]
    return _file([_FLOW, *(_line(row) for row in rows), _FLOW_SUMS, _line(sums)])


def _at(record: Record) -> int:
    return record.paid_ns if isinstance(record, Trade) else record.done_ns


def _fee_of(record: Record, who: Merchant) -> int:
    if isinstance(record, Trade):
        return fee_fen(record.captured_fen, who.fee)
    return -fee_fen(record.amount_fen, who.fee)


def _cells(record: Record, who: Merchant) -> Mapping[str, str]:
    refund = record if isinstance(record, Refund) else None
    trade = record.trade if isinstance(record, Refund) else record
    paid = "0.00" if refund else yuan_from_fen(trade.captured_fen)
    back = yuan_from_fen(refund.amount_fen) if refund else "0.00"
    return {
        "交易时间": beijing.text(_at(record)),
        "公众账号ID": who.appid,
        "商户号": who.mchid,
        "特约商户号": "0",
        "设备号": "",
        "微信订单号": trade.ref,
        "商户订单号": trade.order_no,
        "用户标识": openid_of(trade),
        "交易类型": trade.extra.get("trade_type", "NATIVE"),
        "交易状态": "REFUND" if refund else "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": paid,
        "代金券金额": "0.00",
        "退款申请时间": beijing.text(refund.created_ns) if refund else "",
        "退款成功时间": beijing.text(refund.done_ns) if refund else "",
        "微信退款单号": refund.ref if refund else "0",
        "商户退款单号": refund.refund_no if refund else "0",
        "退款金额": back,
        "充值券退款金额": "0.00",
        "退款类型": "ORIGINAL" if refund else "",
        "退款状态": "SUCCESS" if refund else "",
        "商品名称": trade.subject,
        "商户数据包": trade.attach,
        "手续费": _fee(_fee_of(record, who)),
        "费率": f"{who.fee / 100:.2f}%",
        "订单金额": paid,
        "申请退款金额": back,
        "费率备注": "",
    }


def _moves(record: Record, who: Merchant) -> list[tuple[str, int, str]]:
    """Return what a record did to the account: name, fen (below 0 if it left), number of the flow."""
    if isinstance(record, Refund):
        return [("退款", -(record.amount_fen + _fee_of(record, who)), f"{record.ref}1")]
    fee = _fee_of(record, who)
    moves = [("交易", record.captured_fen, f"{record.ref}1")]
    return [*moves, ("扣除交易手续费", -fee, f"{record.ref}2")] if fee else moves


def _flow(record: Record, name: str, amount_fen: int, balance_fen: int, number: str) -> list[str]:
    refund = isinstance(record, Refund)
    voucher = record.refund_no if isinstance(record, Refund) else record.order_no
    way = "收入" if amount_fen > 0 else "支出"
    amount, balance = yuan_from_fen(abs(amount_fen)), yuan_from_fen(balance_fen)
    at, kind = beijing.text(_at(record)), "退款" if refund else "交易"
    return [at, record.ref, number, name, kind, way, amount, balance, "system", name, voucher]


def _fee(fen: int) -> str:
    return f"{yuan_from_fen(fen)}000"


def _line(cells: Iterable[str]) -> str:
    return ",".join(f"`{_plain(cell)}" for cell in cells)


def _plain(cell: str) -> str:
    """Leave out what would end a cell or a line."""
    return cell.translate(_BLANKS) if not cell.isalnum() else cell


_BLANKS = str.maketrans(dict.fromkeys(",`\r\n", " "))


def _file(lines: Iterable[str]) -> bytes:
    return "".join(line + _END for line in lines).encode()
