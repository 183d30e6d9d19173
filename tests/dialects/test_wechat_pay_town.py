"""微信支付 v3 at work in a whole street: complaints, bills, abnormal refunds, probes, as a merchant meets them."""

import asyncio
import csv
import hashlib
import io
import json
from contextlib import asynccontextmanager

import pytest
from independent_clients import WechatMerchant

from harness.core.clock import now_ns
from mock_upstreams import beijing, wire
from mock_upstreams.dialect import Answer, Outgoing
from mock_upstreams.gateways import _wechat_bills as bills
from mock_upstreams.gateways._wechat_complaints import LADDER_MS
from mock_upstreams.records import Refund, Trade
from tests.mocks.mock_town import KEY, call, town, until

NATIVE, REFUNDS = "/v3/pay/transactions/native", "/v3/refund/domestic/refunds"
COMPLAINTS, INBOX = (
    "/v3/merchant-service/complaints-v2",
    "/v3/merchant-service/complaint-notifications",
)
FIRST = "T2025010100001"


class Shop:
    """A merchant in a town, with a place to be notified at that answers as it is told to."""

    def __init__(self, street, url):
        self.town, self.url, self.told = street, url, []
        self.desk = street.street.upstreams["wechat_pay"].desk
        self.merchant = WechatMerchant(self.desk.dialect.credentials())
        self.answers = []

    def hear(self, request, ear):
        out = Outgoing("POST", request.target, request.body, tuple(request.headers.items()))
        self.told.append(out)
        ear.answer(Answer(b"", self.answers.pop(0) if self.answers else 200))

    async def ask(self, method, target, data=None):
        request = self.merchant.asks(method, target, data)
        headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        return await call(
            self.town, method, self.town.url("wechat_pay") + target, request.body, headers
        )

    async def get(self, target, status=200):
        heard = await self.ask("GET", target)
        assert heard.status == status, heard
        return heard.json()

    async def paid(self, number=FIRST, total=1990):
        amount = {"total": total, "currency": "CNY"}
        order = self.merchant.order(out_trade_no=number, notify_url=self.url, amount=amount)
        link = (await self.ask("POST", NATIVE, order)).json()["code_url"]
        assert (await self.town.pay(link)).json()["outcome"] == "ok"
        await until(lambda: self.told, "the payment's notification")
        self.told.clear()

    async def complain(self, **said):
        heard = await self.town.control("POST", "/payer/complain", json.dumps(said).encode())
        return heard.json()

    async def refund(self, fen, number="R1", total=1990):
        amount = {"refund": fen, "total": total, "currency": "CNY"}
        said = {"out_trade_no": FIRST, "out_refund_no": number, "amount": amount}
        return await self.ask("POST", REFUNDS, {**said, "notify_url": self.url})

    async def next(self):
        await until(lambda: self.told, "a notification")
        return self.merchant.told(self.told.pop(0))


@asynccontextmanager
async def shop(strikes=(), *, time_scale=1_000.0, **settings):
    upstreams = {"wechat_pay": settings, "epay": {"key": KEY}}
    async with town(strikes, upstreams=upstreams, time_scale=time_scale) as street:
        box = []

        def hear(request, ear):
            box[0].hear(request, ear)

        listener = await wire.listen(hear, "127.0.0.1", 0)
        box.append(Shop(street, f"http://127.0.0.1:{listener.port}/told"))
        try:
            yield box[0]
        finally:
            await listener.close()


def of_town(story):
    """Run an async test."""

    def run():
        asyncio.run(story())

    run.__name__ = story.__name__
    return run


def strike(fault, leg, op):
    return {
        "id": fault,
        "upstreams": ["wechat_pay"],
        "leg": leg,
        "ops": [op],
        "fault": {"kind": fault},
    }


def today():
    return beijing.text(now_ns())[:10]


# Complaints


@of_town
async def test_a_complaint_from_the_customer_to_its_end():
    async with shop() as s:
        made = await s.ask("POST", INBOX, {"url": s.url})
        assert made.json() == {"mchid": s.merchant.mchid, "url": s.url}
        assert (await s.ask("POST", INBOX, {"url": s.url})).json()[
            "code"
        ] == "RESOURCE_ALREADY_EXISTS"
        await s.paid()
        s.answers = [500]
        raised = await s.complain(order_no=FIRST, text="没有到账", amount_fen=1990)
        assert (raised["outcome"], raised["state"]) == ("ok", "pending")
        event, told = await s.next()
        again, retold = await s.next()
        assert event["event_type"] == "COMPLAINT.CREATE"
        assert told == {"complaint_id": raised["complaint"], "action_type": "CREATE_COMPLAINT"}
        assert (again["id"], retold) == (event["id"], told)
        path, me = f"{COMPLAINTS}/{raised['complaint']}", {"complainted_mchid": s.merchant.mchid}
        answer = await s.ask("POST", f"{path}/response", {**me, "response_content": "处理中"})
        assert (answer.status, answer.body) == (204, b"")
        event, told = await s.next()
        assert (event["event_type"], told["action_type"]) == (
            "COMPLAINT.STATE_CHANGE",
            "MERCHANT_RESPONSE",
        )
        seen = await s.get(path)
        assert (seen["complaint_state"], seen["incoming_user_response"]) == ("PROCESSING", False)
        assert (await s.ask("POST", f"{path}/complete", me)).status == 204
        assert (await s.next())[1]["action_type"] == "MERCHANT_CONFIRM_COMPLETE"
        more = await s.complain(order_no=FIRST, text="还是没有")
        assert (more["complaint"], more["state"]) == (raised["complaint"], "pending")
        assert (await s.next())[1]["action_type"] == "CONTINUE_COMPLAINT"
        assert (await s.get(path))["user_complaint_times"] == 2
        rows = s.town.rows("complained", "complaint")
        acts = [
            (row.kind, row.detail["act"], row.order_no)
            for row in rows
            if row.detail["act"][:5] != "inbox"
        ]
        assert acts == [
            ("complained", "raise", FIRST),
            ("complaint", "respond", FIRST),
            ("complaint", "detail", FIRST),
            ("complaint", "complete", FIRST),
            ("complained", "continue", FIRST),
            ("complaint", "detail", FIRST),
        ]
        states = [row.state for row in s.town.rows("notify") if row.detail["op"] == "complain"]
        assert states == ["pending", "pending", "processing", "processed", "pending"]


@of_town
async def test_money_that_goes_back_is_remarked_on_the_complaint():
    async with shop(complaint_url="") as s:
        await s.paid()
        raised = await s.complain(order_no=FIRST, amount_fen=500, phone="13812345678")
        await s.refund(1990)
        seen = await s.get(f"{COMPLAINTS}/{raised['complaint']}")
        assert seen["complaint_full_refunded"] is True
        assert seen["apply_refund_amount"] == 500
        assert len(seen["payer_phone"]) == 344
        history = await s.get(
            f"{COMPLAINTS}/{raised['complaint']}/negotiation-historys?limit=1&offset=0"
        )
        assert (history["total_count"], len(history["data"])) == (2, 1)
        assert history["data"][0]["operate_type"] == "REFUND_SUCCESS"


@of_town
async def test_a_complaint_needs_a_payment_at_a_gateway_that_takes_complaints():
    async with shop() as s:
        assert (await s.complain(order_no="T9"))["reason"] == "not_found"
        order = s.merchant.order(notify_url=s.url)
        link = (await s.ask("POST", NATIVE, order)).json()["code_url"]
        assert (await s.complain(pay_url=link))["reason"] == "not_paid"
        assert "malformed" in (await s.complain(order="T9"))["reason"]
        assert s.desk.complaints.book.made(0, 10**19) == []
        other = await s.town.create(notify_url=s.url)
        assert (await s.town.pay(other.json()["payurl"])).json()["outcome"] == "ok"
        assert (await s.complain(order_no="E1"))["reason"] == "no_complaints_here"


@of_town
async def test_calls_about_complaints_that_make_no_sense():
    async with shop() as s:
        assert (await s.get(f"{COMPLAINTS}/2000", 404))["code"] == "RESOURCE_NOT_EXISTS"
        assert (await s.get(INBOX, 404))["code"] == "RESOURCE_NOT_EXISTS"
        assert (await s.get(COMPLAINTS, 400))["detail"]["field"] == "begin_date"
        days = f"begin_date={today()}&end_date={today()}"
        assert (await s.get(f"{COMPLAINTS}?{days}&limit=51", 400))["detail"]["field"] == "limit"
        assert (await s.get(f"{COMPLAINTS}?{days}"))["total_count"] == 0
        for what, body, field in [
            ("response", {"complainted_mchid": "1", "response_content": "x"}, "/complainted_mchid"),
            ("response", {"complainted_mchid": s.merchant.mchid}, "/response_content"),
            ("update-refund-progress", {"action": "REJECT"}, "/reject_reason"),
            ("update-refund-progress", {"action": "LATER"}, "/action"),
        ]:
            refused = (await s.ask("POST", f"{COMPLAINTS}/2000/{what}", body)).json()
            assert refused["detail"]["field"] == field
        assert (await s.ask("POST", f"{COMPLAINTS}/2000/nothing", {})).status == 404
        assert (await s.ask("DELETE", INBOX)).status == 404


def test_the_ladder_of_complaints_has_a_thousand_steps():
    assert LADDER_MS[:12] == (5_000, *[60_000] * 10, 300_000)
    assert len(LADDER_MS) == 1_000
    assert sum(LADDER_MS) < 7 * 86_400_000


# Refunds


@of_town
async def test_an_abnormal_refund_takes_another_way():
    async with shop(abnormal_refunds="100%") as s:
        await s.paid()
        refund = (await s.refund(500)).json()
        event, told = await s.next()
        assert (event["event_type"], told["refund_status"]) == ("REFUND.ABNORMAL", "ABNORMAL")
        assert (await s.get(f"{REFUNDS}/R1"))["status"] == "ABNORMAL"
        assert (await s.get(f"/v3/pay/transactions/out-trade-no/{FIRST}?mchid={s.merchant.mchid}"))[
            "trade_state"
        ] == "SUCCESS"
        path = f"{REFUNDS}/{refund['refund_id']}/apply-abnormal-refund"
        other = {"out_refund_no": "R2", "type": "USER_BANK_CARD"}
        assert (await s.ask("POST", path, other)).json()["code"] == "RESOURCE_NOT_EXISTS"
        assert (await s.ask("POST", path, {**other, "out_refund_no": "R1"})).json()[
            "status"
        ] == "PROCESSING"
        other_event, told = await s.next()
        assert (other_event["event_type"], told["refund_status"]) == ("REFUND.SUCCESS", "SUCCESS")
        assert other_event["id"] != event["id"]
        assert (await s.get(f"{REFUNDS}/R1"))["status"] == "SUCCESS"
        assert (await s.ask("POST", path, {**other, "out_refund_no": "R1"})).json()[
            "code"
        ] == "INVALID_REQUEST"
        assert [row.amount_fen for row in s.town.rows("refunded")] == [500]


@of_town
async def test_refunds_in_parts_of_the_price_that_was_paid():
    async with shop(time_scale=1e7) as s:  # a minute is 6 µs
        await s.paid()
        assert (await s.refund(500, total=1991)).json()["message"] == "订单金额与原支付订单不一致"
        assert s.town.rows("refunded") == []
        assert [(await s.refund(fen, f"R{fen}")).status for fen in (500, 1000, 490)] == [200] * 3
        assert (await s.refund(1, "R1")).json()["code"] == "INVALID_REQUEST"
        assert sum(row.amount_fen for row in s.town.rows("refunded")) == 1990


@of_town
async def test_a_second_refund_within_a_minute_is_too_soon_and_its_end_unknown():
    async with shop(time_scale=1.0) as s:
        await s.paid()
        assert (await s.refund(500, "R1")).status == 200
        soon = await s.refund(500, "R2")
        assert (soon.status, soon.json()["code"]) == (429, "FREQUENCY_LIMITED")
        assert (await s.refund(500, "R1")).status == 200, "the same number again is no second one"
        (row,) = [row for row in s.town.rows("refund") if row.http_status == 429]
        assert (row.outcome, row.detail["reason"]) == ("unknown", "refund_too_soon")
        assert len(s.town.rows("refunded")) == 1


@of_town
async def test_a_trade_is_refunded_fifty_times_and_no_more():
    async with shop(time_scale=1e7) as s:
        await s.paid()
        said = [await s.refund(1, f"R{n}") for n in range(51)]
        assert [heard.status for heard in said] == [200] * 50 + [403]
        assert said[-1].json()["code"] == "RULE_LIMIT"


@of_town
async def test_after_a_year_nothing_is_refunded():
    async with shop(time_scale=1.0) as s:
        await s.paid()
        s.desk.book.find(FIRST).paid_ns -= 366 * 86_400 * 10**9
        late = await s.refund(500)
        assert (late.status, late.json()["message"]) == (400, "订单已超过可退款的最大期限")


# Probes


@of_town
async def test_a_probe_goes_ahead_and_the_real_one_follows():
    async with shop([strike("probe", "notify", "pay")]) as s:
        order = s.merchant.order(notify_url=s.url)
        link = (await s.ask("POST", NATIVE, order)).json()["code_url"]
        s.answers = [401]
        await s.town.pay(link)
        await until(lambda: len(s.told) >= 2, "probe and notification")
        by_probe = {_signature(out).startswith("WECHATPAY/SIGNTEST/"): out for out in s.told}
        assert s.merchant.told(by_probe[True]) is None
        assert s.merchant.told(by_probe[False])[1]["trade_state"] == "SUCCESS"
        await until(lambda: len(s.town.rows("notify")) >= 2, "both rows")
        probes = sorted(row.detail.get("probe", 0) for row in s.town.rows("notify"))
        assert probes[:2] == [0, 1] or probes[-1] == 1


@of_town
async def test_an_answer_may_be_a_probe_and_the_order_is_there_all_the_same():
    async with shop([strike("probe", "reply", "create")]) as s:
        order = s.merchant.order(notify_url=s.url)
        assert (await s.ask("POST", NATIVE, order)).status == 200
        assert [row.outcome for row in s.town.rows("create")] == ["unknown"]
        assert s.desk.book.find(FIRST) is not None


def _signature(out):
    return dict(out.headers)["wechatpay-signature"]


# Bills


def read(text):
    lines = [[cell.lstrip("`") for cell in row] for row in csv.reader(io.StringIO(text))]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:-2]], lines[-1]


@of_town
async def test_a_bill_is_told_by_its_hash_and_fetched_by_its_token():
    async with shop() as s:
        await s.paid()
        await s.refund(500)
        told = await s.get(f"/v3/bill/tradebill?bill_date={today()}")
        await s.paid("T2025010100002")  # after the bill was made
        target = told["download_url"].removeprefix(s.town.url("wechat_pay"))
        heard = await s.ask("GET", target)
        assert hashlib.sha1(heard.body).hexdigest() == told["hash_value"]
        rows, sums = read(heard.body.decode())
        assert [row["商户订单号"] for row in rows] == [FIRST, FIRST]
        assert [row["手续费"] for row in rows] == ["0.12000", "-0.03000"]
        assert sums[:3] == ["2", "19.90", "5.00"]
        broken = target[:-4] + ("AAAA" if not target.endswith("AAAA") else "BBBB")
        assert (await s.get(broken, 400))["code"] == "INVALID_REQUEST"


@of_town
async def test_the_kinds_of_bills():
    async with shop() as s:
        await s.paid()
        await s.refund(500)
        for kind, states in (("SUCCESS", ["SUCCESS"]), ("REFUND", ["REFUND"])):
            told = await s.get(f"/v3/bill/tradebill?bill_date={today()}&bill_type={kind}")
            target = told["download_url"].removeprefix(s.town.url("wechat_pay"))
            rows, _ = read((await s.ask("GET", target)).body.decode())
            assert [row["交易状态"] for row in rows] == states
            assert ("退款成功时间" in rows[0]) is (kind == "REFUND")
            assert ("退款状态" in rows[0]) is (kind == "REFUND")
        for query, code in [
            ("bill_date=2025-01-01", "NO_STATEMENT_EXIST"),
            ("bill_date=2999-01-01", "NO_STATEMENT_EXIST"),
            ("bill_date=yesterday", "PARAM_ERROR"),
            (f"bill_date={today()}&bill_type=SOME", "PARAM_ERROR"),
            (f"bill_date={today()}&tar_type=ZIP", "PARAM_ERROR"),
        ]:
            assert (await s.get(f"/v3/bill/tradebill?{query}", 400))["code"] == code
        fees = f"/v3/bill/fundflowbill?bill_date={today()}&account_type=FEES"
        assert (await s.get(fees, 400))["code"] == "NO_STATEMENT_EXIST"


@of_town
async def test_bills_of_the_next_day_are_not_there_today():
    async with shop(bills_at="next day") as s:
        await s.paid()
        told = await s.get(f"/v3/bill/tradebill?bill_date={today()}", 400)
        assert told["code"] == "NO_STATEMENT_EXIST"


def test_the_published_row_of_a_bill():
    at_ns = beijing.ns_of("2025-01-01 10:00:05")
    trade = Trade(ref="4200", order_no="T1", amount_fen=1990, created_ns=1, subject="VIP")
    trade.paid_ns, trade.captured_fen, trade.extra = at_ns, 1990, {"openid": "oAbc"}
    text = bills.trade_bill([trade], "ALL", bills.Merchant("wx0", "1900000001", 60)).decode()
    head, row, sums_head, sums, end = text.split("\r\n")
    assert len(head.split(",")) == 27
    assert row == (
        "`2025-01-01 10:00:05,`wx0,`1900000001,`0,`,`4200,`T1,`oAbc,`NATIVE,`SUCCESS,`OTHERS,`CNY,`19.90,`0.00,"
        "`0,`0,`0.00,`0.00,`,`,`VIP,`,`0.12000,`0.60%,`19.90,`0.00,`"
    )
    assert sums_head.startswith("总交易单数,")
    assert (sums, end) == ("`1,`19.90,`0.00,`0.00,`0.12000,`19.90,`0.00", "")


@pytest.mark.parametrize("name", ["VIP,月卡", "a`b", "line\r\nbreak"])
def test_no_name_breaks_a_bill(name):
    trade = Trade(ref="4200", order_no="T1", amount_fen=1990, created_ns=1, subject=name)
    trade.paid_ns, trade.captured_fen = 10**18, 1990
    refund = Refund(
        refund_no="R1", ref="5030", trade=trade, amount_fen=1, created_ns=1, done_ns=10**18
    )
    rows, _ = read(bills.trade_bill([trade, refund], "ALL", bills.Merchant("w", "m", 60)).decode())
    assert [row["微信退款单号"] for row in rows] == ["0", "5030"]


# Rotation


def rotate(leg, op, begins_ms, **fault):
    strike = {"id": leg, "upstreams": ["wechat_pay"], "leg": leg, "ops": [op], "by": "clock"}
    fault = {"kind": "rotate"} | fault
    return strike | {"fault": fault, "attempts": 10**6, "window_ms": [begins_ms, 1e9]}


@of_town
async def test_both_certificates_are_listed_from_the_announcement_and_the_next_one_signs():
    announced = rotate("notify", "pay", 10_000.0, announced="3h")
    async with shop([rotate("reply", "create", -1.0), announced]) as s:
        s.merchant.certified = True
        old = s.merchant.platform.keys()
        assert len((await s.get("/v3/certificates"))["data"]) == 1
        now = json.dumps({"t0_ns": now_ns()}).encode()
        assert (await s.town.control("POST", "/control/begin", now)).status == 200
        listed = [one["serial_no"] for one in (await s.get("/v3/certificates"))["data"]]
        assert [serial in old for serial in listed] == [True, False]
        link = (await s.ask("POST", NATIVE, s.merchant.order(notify_url=s.url))).json()["code_url"]
        (row,) = s.town.rows("create")
        assert (row.outcome, row.strikes) == ("unknown", ["reply"])
        await s.town.pay(link)
        await until(lambda: s.told, "the payment's notification")
        assert dict(s.told[0].headers)["wechatpay-serial"] == listed[0]


@of_town
async def test_an_answer_that_is_not_signed_is_no_probe():
    probe = strike("probe", "reply", "create") | {"upstreams": ["epay"]}
    async with shop([probe]) as s:
        assert (await s.town.create(notify_url=s.url)).json()["code"] == 1
        assert [row.outcome for row in s.town.rows("create")] == ["ok"]


@of_town
async def test_who_uses_the_public_key_meets_no_change_of_certificates():
    async with shop([rotate("reply", "create", -1.0), rotate("notify", "pay", -1.0)]) as s:
        now = json.dumps({"t0_ns": now_ns()}).encode()
        assert (await s.town.control("POST", "/control/begin", now)).status == 200
        link = (await s.ask("POST", NATIVE, s.merchant.order(notify_url=s.url))).json()["code_url"]
        await s.town.pay(link)
        await until(lambda: s.told, "the payment's notification")
        await until(lambda: s.town.rows("notify"), "the notification's row")
        serials = {dict(told.headers)["wechatpay-serial"] for told in s.told}
        assert all(serial.startswith("PUB_KEY_ID_") for serial in serials)
        (made,), (told, *_) = s.town.rows("create"), s.town.rows("notify")
        assert (made.outcome, made.strikes, made.spared) == ("ok", [], [])
        assert (told.strikes, told.spared) == ([], [])
        assert "rotated" not in told.detail


@of_town
async def test_who_refunds_too_often_is_told_429_and_does_not_know():
    async with shop(limits={"refund": "1/10h"}) as s:
        await s.paid()
        assert (await s.refund(100, "R1")).status == 200
        limited = await s.refund(100, "R2")
        assert (limited.status, limited.json()["code"]) == (429, "FREQUENCY_LIMITED")
        row = s.town.rows("refund")[-1]
        assert (row.outcome, row.detail) == ("unknown", {"reason": "rate_limited"})
        await s.get(f"{REFUNDS}/R2", 404)
