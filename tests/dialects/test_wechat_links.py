"""How long pay links of WeChat Pay are good for, and what a customer sees of one that is not."""

import asyncio
import json

import pytest
from counter import counter
from independent_clients import WechatMerchant
from wechat_v2_client import WechatV2Merchant, fields_of

from harness.core.errors import UsageError
from mock_upstreams.gateways.wechat_pay import WechatPay
from mock_upstreams.gateways.wechat_pay_v2 import WechatPayV2

NUMBER = "T2025010100001"
H5 = {"scene_info": {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}}


class V3:
    name = "wechat_pay"

    def __init__(self, at):
        self.at, self.merchant = at, WechatMerchant(at.dialect.credentials())

    async def link(self, way):
        order = self.merchant.order(out_trade_no=NUMBER)
        order |= H5 if way == "h5" else {"payer": {"openid": "o"}} if way == "jsapi" else {}
        asked = self.merchant.asks("POST", f"/v3/pay/transactions/{way}", order)
        (link,) = json.loads((await self.at.asked(asked)).body).values()
        return link if "://" in link else f"prepay_id={link}"


class V2:
    name = "wechat_pay_v2"

    def __init__(self, at):
        self.at, self.merchant = at, WechatV2Merchant(at.dialect.credentials())

    async def link(self, way):
        kind = {"native": "NATIVE", "h5": "MWEB", "jsapi": "JSAPI"}[way]
        more = {"openid": "o"} if way == "jsapi" else {"product_id": "1"}
        order = self.merchant.order(out_trade_no=NUMBER, trade_type=kind, **more)
        asked = self.merchant.asks("/pay/unifiedorder", **order)
        told = fields_of((await self.at.asked(asked)).body)
        name = {"native": "code_url", "h5": "mweb_url", "jsapi": "prepay_id"}[way]
        return told[name] if way != "jsapi" else f"prepay_id={told[name]}"


def tell(kind, story, **terms):
    async def run():
        async with counter(kind.name, **terms) as at:
            await story(kind(at), at)

    asyncio.run(run())


async def paid_after(at, link, gone_s):
    """Pay a link that is so old."""
    trade = at.book.find(NUMBER)
    trade.created_ns -= int(gone_s * 1e9)
    trade.linked_ns -= int(gone_s * 1e9) if trade.linked_ns else 0
    seen = await at.pay(link)
    return seen["outcome"], seen["reason"]


@pytest.mark.parametrize("kind", [V3, V2])
@pytest.mark.parametrize(("way", "good_s"), [("native", 7_200), ("jsapi", 7_200), ("h5", 300)])
def test_a_link_is_good_for_two_hours_and_of_h5_for_five_minutes(kind, way, good_s):
    async def early(shop, at):
        assert await paid_after(at, await shop.link(way), good_s - 10) == ("ok", "")

    async def late(shop, at):
        assert await paid_after(at, await shop.link(way), good_s + 1) == ("fail", "link_expired")
        trade = at.book.find(NUMBER)
        assert (trade.state, trade.captured_fen) == ("unpaid", 0)
        assert (await at.pay(await shop.link(way)))["outcome"] == "ok"  # asked for again

    tell(kind, early)
    tell(kind, late)


def test_a_link_that_was_handed_out_again_grows_old_again():
    async def story(shop, at):
        await shop.link("native")
        at.book.find(NUMBER).created_ns -= 7_000 * 10**9
        link = await shop.link("native")
        assert await paid_after(at, link, 7_201) == ("fail", "link_expired")

    tell(V3, story)


def test_links_may_stay_and_money_that_comes_after_closing_needs_none():
    async def story(shop, at):
        assert await paid_after(at, await shop.link("h5"), 86_400) == ("ok", "")

    tell(V3, story, links="stay")
    tell(V3, story, takes_after_close=True)


def test_however_fast_time_runs_a_platform_has_time_to_hand_a_link_on():
    async def story(shop, at):
        assert await paid_after(at, await shop.link("h5"), 5) == ("ok", "")

    tell(V3, story, time_scale=1e4)


@pytest.mark.parametrize("dialect", [WechatPay, WechatPayV2])
def test_a_setting_that_cannot_be_is_refused_at_the_start(dialect):
    with pytest.raises(UsageError, match="links: expected one of expire, stay"):
        dialect({"links": "sometimes"}, {})
