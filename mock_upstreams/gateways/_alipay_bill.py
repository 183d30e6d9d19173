"""The bill of a day or a month: a zip of two CSV files in GBK, made from what the books say moved.

    #支付宝业务明细查询 ... one row a payment or refund    <pid>_<date>_业务明细.csv
    #支付宝业务汇总查询 ... one row a shop, and all         <pid>_<date>_业务明细(汇总).csv

Cells of text end with a tab, so that spreadsheets leave long numbers alone. Fees are nil here.

Source: BILL and csdn copies of the official page, read 2026-11-22. Unconfirmed: the last four lines of
the first file, and the columns of the second.
"""

import hmac
import io
import struct
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from harness.core.units import yuan_from_fen
from mock_upstreams import beijing
from mock_upstreams.records import Refund, Trade

KEPT_S = 30
"""How long a link may be used. Source: csdn copy of bill.downloadurl.query, read 2026-11-22."""
HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,"
    "券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
_SUMS = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"
    "卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
_RULE = "-" * 40
BUYER = "159****0000"
Moved = Trade | Refund


class Span(NamedTuple):
    """Wall time from, up to but not including."""

    begin_ns: int
    end_ns: int


def span_of(date: str) -> Span | None:
    """Return the span of `2025-01-01` or `2025-01`, or None for what is neither."""
    for form, step in (("%Y-%m-%d", 1), ("%Y-%m", 31)):
        begin_ns = beijing.ns_of(date, form)
        if begin_ns and len(date) == (10 if step == 1 else 7):
            begin = datetime.fromtimestamp(begin_ns // 10**9, beijing.BEIJING)
            after = begin + timedelta(days=step)
            end = after if step == 1 else after.replace(day=1)
            return Span(begin_ns, int(end.timestamp()) * 10**9)
    return None


def ready(span: Span, now_ns: int) -> bool:
    """Say whether a bill is there yet: from ten in the morning after its last day.

    Source: csdn copy of bill.downloadurl.query, read 2026-11-22.
    """
    return now_ns >= span.end_ns + 10 * 3_600 * 10**9


def token(secret: str, date: str, kind: str, stamp_ms: str) -> str:
    """Return what makes a link good for one file and one moment."""
    text = f"{date}/{kind}/{stamp_ms}"
    return hmac.digest(secret.encode(), text.encode(), "md5").hex()


def packed(seller_id: str, date: str, moved: Sequence[Moved], now_ns: int) -> bytes:
    """Return the zip."""
    stem = f"{seller_id}_{date.replace('-', '')}_业务明细"
    rows = list(moved)
    return _zip(
        {
            f"{stem}.csv": _text(_details(seller_id, date, rows, now_ns)),
            f"{stem}(汇总).csv": _text(_summary(seller_id, date, rows, now_ns)),
        },
        now_ns,
    )


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("gbk", "replace")


def _head(title: str, seller_id: str, date: str) -> list[str]:
    span = span_of(date)
    assert span is not None
    begin, end = (_chinese(ns) for ns in span)
    account = f"#账号：[{seller_id}0156]"
    return [f"#支付宝{title}查询", account, f"#起始日期：[{begin}]   终止日期：[{end}]"]


def _chinese(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // 10**9, beijing.BEIJING)
    return moment.strftime("%Y{}%m{}%d{} %H:%M:%S").format("年", "月", "日")


def _details(seller_id: str, date: str, rows: Sequence[Moved], now_ns: int) -> list[str]:
    paid_fen, back_fen, paid, back = _totals(rows)
    return [
        *_head("业务明细", seller_id, date),
        f"#{_RULE}业务明细列表{_RULE}",
        HEADER,
        *map(_row, rows),
        f"#{_RULE}业务明细列表结束{_RULE}",
        f"#交易合计：{paid}笔，商家实收共{yuan_from_fen(paid_fen)}元",
        f"#退款合计：{back}笔，商家实收退款共{yuan_from_fen(-back_fen)}元",
        f"#导出时间：[{_chinese(now_ns)}]",
    ]


def _summary(seller_id: str, date: str, rows: Sequence[Moved], now_ns: int) -> list[str]:
    paid_fen, back_fen, paid, back = _totals(rows)
    net = yuan_from_fen(paid_fen - back_fen)
    sums = f"{paid},{back},{yuan_from_fen(paid_fen)},{net},0.00,0.00,0.00,0.00,0.00,{net}"
    return [
        *_head("业务汇总", seller_id, date),
        f"#{_RULE}业务明细汇总列表{_RULE}",
        _SUMS,
        f"\t,\t,{sums}",
        f"合计\t,\t,{sums}",
        f"#{_RULE}业务明细汇总列表结束{_RULE}",
        f"#导出时间：[{_chinese(now_ns)}]",
    ]


def _totals(rows: Sequence[Moved]) -> tuple[int, int, int, int]:
    """Return what was paid and refunded in fen, then how many of each."""
    paid = [row.captured_fen for row in rows if isinstance(row, Trade)]
    back = [row.amount_fen for row in rows if isinstance(row, Refund)]
    return sum(paid), sum(back), len(paid), len(back)


def _row(row: Moved) -> str:
    refund = row if isinstance(row, Refund) else None
    trade = row.trade if isinstance(row, Refund) else row
    amount_fen = -refund.amount_fen if refund else trade.captured_fen
    done_ns = refund.done_ns if refund else trade.paid_ns
    amount = yuan_from_fen(amount_fen)
    before = (
        trade.ref,
        trade.order_no,
        "退款" if refund else "交易",
        trade.subject,
        beijing.text(trade.created_ns),
        beijing.text(done_ns),
        *("",) * 4,
        BUYER,
    )
    number = _cell(refund.refund_no if refund else "")
    money = (amount, amount, *("0.00",) * 5, "\t", "0.00", "0.00", number, "0.00", "0.00")
    return ",".join((*map(_cell, before), *money, _cell(refund.reason if refund else "")))


def _cell(text: str) -> str:
    """Write a cell of text: what would break the table is taken out, as the real file does not quote."""
    return text.translate(_BREAKING) + "\t"


_BREAKING = str.maketrans({",": "，", "\r": " ", "\n": " ", "\t": " "})


def _zip(files: dict[str, bytes], now_ns: int) -> bytes:
    """Pack files under names in GBK, which Python's own zipfile cannot write.

    Source: PKWARE APPNOTE 6.3.3, sections 4.3.7, 4.3.12, 4.3.16, read 2026-11-23.
    """
    moment = datetime.fromtimestamp(now_ns // 10**9, beijing.BEIJING)
    clock = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    day = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    out, directory = io.BytesIO(), b""
    for name, data in files.items():
        named, packer = name.encode("gbk"), zlib.compressobj(wbits=-zlib.MAX_WBITS)
        squeezed = packer.compress(data) + packer.flush()
        sizes = (zlib.crc32(data), len(squeezed), len(data), len(named), 0)
        common = struct.pack("<HHHHHIIIHH", 20, 0, 8, clock, day, *sizes)
        place = struct.pack("<HHHII", 0, 0, 0, 0, out.tell())
        directory += struct.pack("<IH", 0x02014B50, 20) + common + place + named
        out.write(struct.pack("<I", 0x04034B50) + common + named + squeezed)
    begin, count = out.tell(), len(files)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), begin, 0)
    return out.getvalue() + directory + end
