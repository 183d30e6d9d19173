"""The numbers with which small top-up systems refuse, by family; all agree that some of them say nothing at all.

| family   | doubtful                                                                         |
|----------|----------------------------------------------------------------------------------|
| dingxin  | 5006 the number was used, 9999                                                   |
| sup      | -16 the number was used, -22, -23, -99 (存疑: query)                             |
| mengchen | 1004 it is there already; 1006 no such order, unless a minute after the submit   |
| mf178    | 10015 no such order, unless asked again and again, a minute after the submit     |
| xinya    | 10007 the number was used, 10010 (query before failing)                          |

Source: showdoc Dingyin 9565403634791601, showdoc 2167197494741781 (generic SUP v1.9), showdoc 114api (梦晨), mf178,
kancloud flykingyong/xinya, read 2026-11-22. Of the other families than dingxin's only the doubtful numbers are known:
what else they say is unconfirmed.
"""

from collections.abc import Mapping

from harness.faults.status import Condition
from mock_upstreams.records import Reason

Refusals = Mapping[str, tuple[int, str]]
NO_MERCHANT = "no_merchant"

_DINGXIN: Refusals = {
    Condition.BUSY: (9999, "系统异常，请核实"),
    Condition.RATE_LIMITED: (7001, "处理中的订单过多"),
    Condition.MAINTENANCE: (5003, "通道维护"),
    Condition.REFUSED: (5004, "号码与产品不符"),
    Condition.OUT_OF_STOCK: (5008, "库存不足"),
    Condition.LOW_BALANCE: (5002, "余额不足"),
    Condition.BAD_SIGNATURE: (5005, "签名错误"),
    Reason.NOT_FOUND: (5007, "订单不存在"),
    Reason.DUPLICATE: (5006, "订单号重复"),
    Reason.NO_PRODUCT: (5011, "产品不存在"),
    Reason.COST_ABOVE_LIMIT: (5010, "价格不符"),
    Reason.MALFORMED: (5012, "参数错误"),
    NO_MERCHANT: (5001, "代理商不存在"),
}


def _family(
    offset: int, busy: tuple[int, str], duplicate: tuple[int, str], missing: tuple[int, str]
) -> Refusals:
    """Return the numbers of a family of which three are known; the others keep their distance from each other."""
    others = {code: (offset + number - 5_000, says) for code, (number, says) in _DINGXIN.items()}
    known: dict[str, tuple[int, str]] = {Condition.BUSY: busy, Reason.DUPLICATE: duplicate}
    return {**others, **known, Reason.NOT_FOUND: missing}


FAMILIES: Mapping[str, Refusals] = {
    "dingxin": _DINGXIN,
    "sup": _family(-5_000, (-99, "系统异常，存疑"), (-16, "订单号重复"), (-17, "订单不存在")),
    "mengchen": _family(2_000, (1099, "系统异常"), (1004, "订单已存在"), (1006, "订单不存在")),
    "mf178": _family(11_000, (10099, "系统异常"), (10014, "订单已存在"), (10015, "订单不存在")),
    "xinya": _family(11_000, (10010, "系统异常"), (10007, "订单号重复"), (10008, "订单不存在")),
}
DOUBTFUL: Mapping[str, tuple[int, str]] = {
    "9999": (9999, "系统异常，请核实"),
    "5006": (5006, "订单号重复"),
    "-16": (-16, "订单号重复"),
    "-22": (-22, "订单存疑"),
    "-23": (-23, "订单存疑"),
    "-99": (-99, "系统异常，存疑"),
    "1004": (1004, "订单已存在"),
    "1006": (1006, "订单不存在"),
    "10015": (10015, "订单不存在"),
    "10007": (10007, "订单号重复"),
    "10010": (10010, "系统异常"),
}
"""What says nothing about the order, whoever says it: a strike may name each."""
