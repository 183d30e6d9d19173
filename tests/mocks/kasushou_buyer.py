"""Buys and asks at 卡速售 in a town: the operator that sells several units at once."""

from typing import Any

import msgspec
from mock_town import SEED, Heard, Town, call

from harness.core.clock import now_ns
from harness.core.identity import tail_of
from mock_upstreams.signing import kasushou_sha1


async def bought(t: Town, intent: int = 2, **over: object) -> Heard:
    form: dict[str, object] = {
        "id": "12",
        "quantity": "1",
        "external_orderno": f"K{intent}",
        "url": t.platform.url,
        "attach": {"recharge_account": f"138{tail_of(SEED, intent)}"},
    }
    return await _call(t, "buy", form | over)


async def asked(t: Town, number: str) -> Any:
    return (await _call(t, "info", {"external_orderno": number})).json()["data"]


async def applied(t: Town, ordersn: str) -> Heard:
    """Apply for an order to be cancelled."""
    return await _call(t, "close", {"ordersn": ordersn})


async def _call(t: Town, act: str, form: dict[str, object]) -> Heard:
    body = msgspec.json.encode(form)
    stamp = str(now_ns() // 10**6)
    sign = kasushou_sha1(stamp, body, "TESTKEY")
    headers = f"UserId: 10000\r\nTimestamp: {stamp}\r\nSign: {sign}\r\n"
    return await call(t, "POST", f"{t.url('kasushou')}/api/v1/order/{act}", body, headers)


async def complained(t: Town, ordersn: str, url: str) -> Any:
    """Complain about an order, to be told of it at `url`."""
    said = {"ordersn": ordersn, "content": "没有到账", "screenshot": "", "url": url}
    return (await _call(t, "complain", said)).json()
