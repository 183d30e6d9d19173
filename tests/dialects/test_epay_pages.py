"""易支付 V1 where a browser or another kind of client comes: pages, shapes of links, settlements, the way back."""

import asyncio
import hashlib
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from counter import BASE, counter
from hypothesis import given
from hypothesis import strategies as st
from independent_clients import as_request, epay_told

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams import beijing, form
from mock_upstreams.dialect import Ask, Outgoing, Request
from mock_upstreams.gateways import _epay_pages as pages
from mock_upstreams.gateways import _epay_views as views
from mock_upstreams.gateways.epay import Epay
from mock_upstreams.records import Trade

KEY = "TESTKEY0123456789"
ORDER = {
    "pid": "1001",
    "type": "alipay",
    "out_trade_no": "E1",
    "notify_url": "http://127.0.0.1:9/notify",
    "return_url": "http://127.0.0.1:9/back",
    "name": "腾讯视频VIP月卡",
    "money": "19.90",
    "clientip": "127.0.0.1",
    "param": "13812345678",
}
FORMED = {"Content-Type": "application/x-www-form-urlencoded"}
DIALECT = Epay({"key": KEY}, {})


def signed(**over):
    fields = ORDER | over
    kept = [f"{k}={v}" for k, v in sorted(fields.items()) if v]
    sign = hashlib.md5(("&".join(kept) + KEY).encode()).hexdigest()
    return fields | {"sign": sign, "sign_type": "MD5"}


class Shop:
    def __init__(self, at):
        self.at = at

    async def post(self, path, **fields):
        return await self.at.asked(as_request("POST", path, FORMED, urlencode(fields).encode()))

    async def created(self, **over):
        return json.loads((await self.post("/mapi.php", **signed(**over))).body)

    async def api(self, act, **fields):
        fields = {"pid": "1001", "key": KEY} | fields
        return json.loads((await self.post(f"/api.php?act={act}", **fields)).body)

    def gone(self, ref):
        return now_ns() > self.at.book.trades[ref].expires_ns

    async def open(self, url):
        return await self.at.asked(Request("GET", url.removeprefix(BASE)))


def tell(story, **settings):
    async def run():
        async with counter("epay", key=KEY, **settings) as at:
            await story(Shop(at))

    asyncio.run(run())


@pytest.mark.parametrize("how", ["script", "redirect", "form"])
@pytest.mark.parametrize("kind", ["wxpay", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_submit_leads_on_as_set_and_to_the_cashier_where_no_way_was_chosen(how, kind, method):
    async def story(shop):
        fields = urlencode(signed(type=kind))
        request = Request("GET", f"/submit.php?{fields}")
        if method == "POST":
            request = as_request("POST", "/submit.php", FORMED, fields.encode())
        led = await shop.at.asked(request)
        place = dict(led.headers).get("Location", "")
        text = place + led.body.decode()
        assert (led.status, bool(place)) == ((302, True) if how == "redirect" else (200, False))
        assert ("location.href" in text, 'id="dopay"' in text) == (how == "script", how == "form")
        trade = shop.at.book.find("E1")
        assert f"{BASE}/pay/{trade.ref}" in text if kind else f"{BASE}/cashier.php" in text
        assert trade.ref in text

    tell(story, submit_answer=how)


def test_a_signed_link_is_paid():
    async def story(shop):
        link = f"{BASE}/submit.php?{urlencode(signed())}"
        assert (await shop.at.pay(link))["order_no"] == "E1"

    tell(story)


def test_the_cashier_offers_ways_and_a_paid_order_leads_back_signed():
    async def story(shop):
        await shop.post("/submit.php", **signed(type=""))
        ref = shop.at.book.find("E1").ref
        page = await shop.open(f"/cashier.php?trade_no={ref}")
        text = page.body.decode()
        assert all(word in text for word in ("支付宝", "微信支付", "QQ钱包", "19.90 元", "VIP月卡"))
        waiting = await shop.open(f"{BASE}/pay/{ref}")
        assert "已完成付款" in waiting.body.decode()
        await shop.at.pay(f"{BASE}/pay/{ref}")
        back = await shop.open(f"{BASE}/pay/{ref}")
        place = dict(back.headers)["Location"]
        assert (back.status, place.startswith("http://127.0.0.1:9/back?pid=1001")) == (302, True)
        told = epay_told({"key": KEY}, Outgoing("GET", place))
        notified = epay_told({"key": KEY}, shop.at.notified())
        assert told == notified
        assert told["param"] == "13812345678"

    tell(story)


def test_a_pay_page_of_no_trade_says_so():
    async def story(shop):
        for path in ("/pay/2025010110000512345", "/pay/", "/cashier.php"):
            page = await shop.open(path)
            assert page.content_type.startswith("text/html")
            assert "订单号不存在" in page.body.decode()

    tell(story)


@pytest.mark.parametrize(
    ("setting", "device", "name"),
    [
        ("payurl", "wechat", "payurl"),
        ("qrcode", "pc", "qrcode"),
        ("urlscheme", "pc", "urlscheme"),
        ("device", "", "qrcode"),
        ("device", "pc", "qrcode"),
        ("device", "mobile", "payurl"),
        ("device", "jump", "payurl"),
        ("device", "wechat", "urlscheme"),
    ],
)
def test_mapi_gives_one_link_of_the_kind_that_was_set_and_it_can_be_paid(setting, device, name):
    async def story(shop):
        made = await shop.created(device=device)
        assert list(made) == ["code", "msg", "trade_no", name]
        assert (await shop.at.pay(made[name]))["trade_no"] == made["trade_no"]

    tell(story, mapi_answer=setting)


def test_orders_are_counted_by_the_day_on_which_they_were_made():
    async def story(shop):
        for number in ("A", "B", "C"):
            await shop.created(out_trade_no=number)
        shop.at.book.find("A").created_ns -= 86_400 * 10**9
        shop.at.book.find("B").created_ns -= 3 * 86_400 * 10**9
        said = await shop.api("query")
        assert [said[name] for name in ("orders", "order_today", "order_lastday")] == [3, 1, 1]

    tell(story, expires_ms=1e12)


def test_what_is_not_paid_within_a_day_is_deleted_and_its_number_free():
    async def story(shop):
        first = await shop.created()
        await shop.at.until(lambda: shop.gone(first["trade_no"]), "the end of the day")
        assert (await shop.api("order", out_trade_no="E1"))["msg"] == "订单号不存在"
        assert (await shop.api("orders"))["count"] == 0
        second = await shop.created(money="18.80")
        assert (second["code"], second["trade_no"] != first["trade_no"]) == (1, True)

    tell(story, time_scale=1e9)  # a day is 86 µs


def test_mapi_wants_to_know_where_the_customer_sits_and_submit_does_not():
    async def story(shop):
        assert await shop.created(clientip="") == {
            "code": -1,
            "msg": "用户IP地址(clientip)不能为空",
        }
        assert (await shop.post("/submit.php", **signed(clientip=""))).status == 200
        assert (await shop.created())["code"] == 1

    tell(story)


@pytest.mark.parametrize(
    ("ladder", "minutes"),
    [
        ("new", [1, 2, 16, 36, 60]),
        ("none", []),
        ("15s", [0.25, 1, 3, 30, 60]),
        ("10s", [1 / 6, 1, 10, 30, 60]),
    ],
)
def test_the_ladders_of_its_forks(ladder, minutes):
    assert [gap / 60_000 for gap in Epay({"ladder": ladder}, {}).ladder("pay")] == minutes


@pytest.mark.parametrize("setting", ["submit_answer", "mapi_answer", "ladder"])
def test_a_setting_that_cannot_be_is_refused_at_the_start(setting):
    with pytest.raises(UsageError, match=f"epay.{setting}"):
        Epay({setting: "pigeon"}, {})


def test_refund_by_either_number_and_settlements():
    async def story(shop):
        made = await shop.created()
        assert (await shop.api("refund", out_trade_no="E1", money="1"))["code"] == -1
        await shop.at.pay(made["payurl"])
        back = await shop.api("refund", trade_no=made["trade_no"], money="5", out_refund_no="R1")
        assert (back["code"], back["money"]) == (1, "5.00")
        rest = await shop.api("refund", out_trade_no="E1", money="14.91")
        assert rest == {"code": -1, "msg": "退款金额不能大于订单金额"}
        settled = await shop.api("settle")
        assert (settled["code"], settled["data"]) == (1, [])

    tell(story)


def test_yesterdays_money_is_settled():
    day_ns = 86_400 * 10**9
    trades = [
        Trade(
            ref=str(n), order_no=str(n), amount_fen=100, created_ns=1, captured_fen=100, paid_ns=ns
        )
        for n, ns in enumerate((now_ns(), now_ns() - day_ns, now_ns() - day_ns, 0))
    ]
    (one,) = views.settlements(trades, now_ns())
    assert one["money"] == "2.00"
    assert one["addtime"][:10] == beijing.text(now_ns() - day_ns)[:10]


def test_the_form_page_escapes_what_it_is_given():
    trade = Trade(ref="2025010110000512345", order_no="E1", amount_fen=1, created_ns=1)
    trade.subject = '<script>alert("x")</script>'
    page = pages.cashier(BASE, trade, choose=True).body.decode()
    assert "<script>" not in page
    back = pages.back(pages.back_url("http://h/r?a=\r\nSet-Cookie: x", {"a": "b"}))
    assert not set("\r\n ") & set(dict(back.headers)["Location"])


TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=20)


@given(
    name=TEXT.filter(bool),
    param=TEXT,
    unknown=st.dictionaries(st.from_regex(r"x_[a-z]{1,5}", fullmatch=True), TEXT, max_size=2),
    fen=st.integers(1, 10**10),
)
def test_what_is_asked_is_understood(name, param, unknown, fen):
    money = f"{fen // 100}.{fen % 100:02d}"
    fields = signed(name=name, param=param, money=money, **unknown)
    ask = DIALECT.read(as_request("POST", "/mapi.php", FORMED, urlencode(fields).encode()))
    assert isinstance(ask, Ask)
    assert (ask.order_no, ask.amount_fen, ask.subject, ask.attach) == ("E1", fen, name, param)


@given(st.data())
def test_a_flipped_byte_is_refused(data):
    body = bytearray(urlencode(signed()).encode())
    meant = form.read(body.decode("latin-1"))
    at, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7))
    body[at] ^= 1 << bit
    came = form.read(body.decode("latin-1"))
    told = [{k: v for k, v in fields.items() if v and k != "sign_type"} for fields in (meant, came)]
    asked = DIALECT.read(as_request("POST", "/mapi.php", FORMED, bytes(body)))
    assert isinstance(asked, Ask) is (told[0] == told[1])


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_pay_links(text):
    for link in (text, f"{BASE}/pay/{text}"):
        ref = pages.trade_of(BASE, link)
        assert ref is None or (len(ref) == 19 and ref.isdigit())


def test_every_shape_of_a_link_stands_for_its_trade():
    trade = Trade(ref="2025010110000512345", order_no="E1", amount_fen=1, created_ns=1)
    for shape in ("jump", "html", "qrcode", "urlscheme", "jsapi", "app", "scan", "wxplugin"):
        link = pages.pay_info(BASE, trade, shape)
        assert pages.trade_of(BASE, link) == trade.ref
        assert pages.trade_of("http://127.0.0.1:7002", link) is None
    query = dict(parse_qsl(urlsplit(pages.pay_info(BASE, trade, "urlscheme")).query))
    assert query["query"] == f"{BASE}/pay/{trade.ref}"
