"""The control port, the payer, the config and the process."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request as WebRequest
from urllib.request import urlopen

import msgspec
import pytest
from mock_town import KEY, TOKEN, config_of, epay_fields, epay_signed, strike, town, until

from harness.core import journal
from harness.core.clock import now_ns
from harness.core.errors import UsageError
from harness.faults.status import Condition
from harness.nemesis.mocks import Mocks
from mock_upstreams.catalogue import catalogue, dialects, message_channels
from mock_upstreams.config import Config, load
from mock_upstreams.records import Reason


def test_every_control_call_needs_the_token():
    calls = [
        ("POST", "/control/begin"),
        ("POST", "/control/heal"),
        ("GET", "/control/stats"),
        ("POST", "/control/stop"),
        ("POST", "/payer/pay"),
        ("GET", "/metrics"),
        ("GET", "/nothing"),
    ]

    async def story():
        async with town() as t:
            for method, path in calls:
                for token in ("", "wrong", TOKEN[:-1]):
                    assert (await t.control(method, path, token=token)).status == 401
            assert not t.street.stopped.is_set()
            assert (await t.control("GET", "/nothing")).status == 404
            assert (await t.control("POST", "/control/begin", b"{}")).status == 400
            assert (await t.control("POST", "/control/begin", b'{"t0_ns": "x"}')).status == 400

    asyncio.run(story())


def test_stats_tell_what_moved_and_metrics_say_the_same():
    async def story():
        async with town([strike("epay", "reply", "create", {"kind": "drop"}, share=0.0)]) as t:
            url = (await t.create()).json()["payurl"]
            await t.pay(url)
            await t.submit()
            await until(lambda: t.street.house.totals.acked == 2, "both acknowledgements")
            stats = (await t.control("GET", "/control/stats")).json()
            totals = {k: v for k, v in stats.items() if isinstance(v, int) and k != "last_move_ns"}
            assert totals == {
                "created": 1, "paid": 1, "refunded": 0, "submitted": 1, "delivered": 1, "failed": 0,
                "notified": 2, "acked": 2, "unreadable": 0, "pending": 0, "open": 0,
            }  # fmt: skip
            assert stats["strikes"] == {"drop-reply": {"eligible": 1, "struck": 0}}
            assert stats["last_move_ns"] >= t.rows("captured")[0].time_ns
            text = (await t.control("GET", "/metrics")).body.decode()
            assert "recharge_chaos_created_total 1\n" in text
            assert 'recharge_chaos_strikes_total{strike="drop-reply",what="eligible"} 1' in text

    asyncio.run(story())


def test_no_proxy_of_the_environment_hears_the_token(monkeypatch):
    async def story():
        async with town() as t:
            hello = {"control": t.street.control_url, "token": TOKEN, "upstreams": {}}
            mocks = Mocks(json.dumps(hello).encode())
            try:
                return (await mocks.stats())["created"]
            finally:
                await mocks.close()

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert asyncio.run(story()) == 0


def test_the_payer_pays_once_and_says_why_not():
    async def story():
        async with town() as t:
            url = (await t.create(5)).json()["payurl"]
            ref = t.book("epay").find("E5").ref
            paid = (await t.pay(url, 5)).json()
            assert paid == {
                "outcome": "ok", "order_no": "E5", "trade_no": ref, "amount_fen": 4990, "reason": "",
            }  # fmt: skip
            again = (await t.pay(url, 5)).json()
            assert (again["outcome"], again["reason"], again["order_no"]) == (
                "fail",
                "already_paid",
                "E5",
            )
            for nonsense in (url + "9", "http://elsewhere.example/pay/1", "", "weixin://"):
                seen = (await t.pay(nonsense)).json()
                assert (seen["outcome"], seen["reason"]) == ("fail", "not_found")
            assert [r.amount_fen for r in t.rows("captured")] == [4990]
            assert (await t.control("POST", "/payer/pay", b"[]")).status == 400

    asyncio.run(story())


def test_the_payers_intent_is_believed_over_the_subjects():
    async def story():
        async with town() as t:
            url = (await t.create(5)).json()["payurl"]
            await t.pay(url, 6)
            assert t.rows("captured")[0].intent == 6
            url = (await t.create(7)).json()["payurl"]
            await t.pay(url, 10**7)  # no intent of this run
            assert t.rows("captured")[1].intent == 7

    asyncio.run(story())


def test_a_trade_expires_in_upstream_time_and_is_written_closed():
    async def story():
        async with town(epay={"expires_ms": 20_000.0}) as t:
            url = (await t.create()).json()["payurl"]
            ref = t.book("epay").find("E1").ref

            def expired() -> bool:
                desk: Any = t.street.upstreams["epay"].desk
                return now_ns() > desk.book.find(ref=ref).expires_ns

            await until(expired, "expiry")
            assert (await t.pay(url)).json()["reason"] == "expired"
            assert [r.detail for r in t.rows("closed")] == [{"reason": "expired"}]
            assert (await t.api("order", out_trade_no="E1")).json()["msg"] == "订单号不存在"
            assert len(t.rows("closed")) == 1

    asyncio.run(story())


def test_a_signed_link_makes_its_trade_and_is_paid():
    async def story():
        async with town() as t:
            link = t.url("epay") + "/submit.php?"
            good = link + urlencode(epay_signed(epay_fields(t.platform.url, 4)))
            assert (await t.pay(good, 4)).json()["outcome"] == "ok"
            assert t.rows("create")[0].intent == t.rows("captured")[0].intent == 4
            bad = link + urlencode(epay_signed(epay_fields(t.platform.url, 3)) | {"money": "0.01"})
            assert (await t.pay(bad, 3)).json()["reason"] == "not_found"
            assert len(t.rows("captured")) == 1

    asyncio.run(story())


def test_a_forgery_comes_before_the_payment_of_a_link_that_makes_its_trade():
    async def story():
        async with town([strike("epay", "notify", "create", {"kind": "forge"})]) as t:
            fields = epay_signed(epay_fields(t.platform.url, 4))
            assert (await t.pay(f"{t.url('epay')}/submit.php?{urlencode(fields)}", 4)).status == 200
            (forged,) = [row for row in t.rows("notify") if row.detail["op"] == "create"]
            assert forged.time_ns < t.rows("captured")[0].time_ns

    asyncio.run(story())


def test_an_empty_forgery_names_its_fields_and_signs_nothing():
    async def story():
        fault = {"kind": "forge", "signature": "empty"}
        async with town([strike("epay", "notify", "create", fault)]) as t:
            fields = epay_signed(epay_fields(t.platform.url, 4))
            await t.pay(f"{t.url('epay')}/submit.php?{urlencode(fields)}", 4)
            (row,) = [row for row in t.rows("notify") if row.detail["op"] == "create"]
            assert row.detail["forged"] == 1
            told = t.platform.heard[0]
            assert (told["sign"], told["sign_type"]) == ("", "")
            assert told["out_trade_no"] == fields["out_trade_no"]

    asyncio.run(story())


def test_a_bare_forgery_has_no_signature_at_all():
    async def story():
        fault = {"kind": "forge", "signature": "absent"}
        async with town([strike("epay", "notify", "create", fault)]) as t:
            fields = epay_signed(epay_fields(t.platform.url, 4))
            await t.pay(f"{t.url('epay')}/submit.php?{urlencode(fields)}", 4)
            (row,) = [row for row in t.rows("notify") if row.detail["op"] == "create"]
            assert row.detail["forged"] == 1
            told = t.platform.heard[0]
            assert not {"sign", "sign_type"} & told.keys()
            assert told["out_trade_no"] == fields["out_trade_no"]

    asyncio.run(story())


def test_a_link_that_does_not_open_is_not_paid():
    async def story():
        async with town([strike("epay", "request", "create", {"kind": "reset"})]) as t:
            link = (
                t.url("epay") + "/submit.php?" + urlencode(epay_signed(epay_fields(t.platform.url)))
            )
            seen = (await t.pay(link)).json()
            assert (seen["outcome"], seen["reason"]) == ("fail", "unreachable")

    asyncio.run(story())


def _configured(**over: Any) -> Config:
    return msgspec.convert(config_of(Path("/nowhere"), **over), Config)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"host": "0.0.0.0"}, "loopback"),
        ({"host": "example.org"}, "loopback"),
        ({"upstreams": {"epey": {}}}, "did you mean 'epay'"),
        ({"upstreams": {"epay": {"kay": "x"}}}, "did you mean 'key'"),
        ({"upstreams": {"epay": {"key": 5}}}, "upstreams.epay"),
        ({"upstreams": {"dayuanren": {"service": {"median_ms": 9, "p95_ms": 3}}}}, "p95_ms"),
        ({"upstreams": {"dayuanren": {"fails": 2}}}, "share"),
        (
            {"strikes": [strike("epay", "request", "create", {"kind": "status", "code": "-9"})]},
            "'-9'",
        ),
        ({"strikes": [strike("epay", "effect", "create", {"kind": "reset"})]}, "effect"),
        ({"strikes": [strike("epay", "request", "create", {"kind": "vanish"})]}, "vanish"),
        ({"strikes": [strike("epay", "request", "create", {"kind": "delay", "by": "1x"})]}, "1x"),
    ],
)
def test_a_mistake_in_the_config_is_found_before_anything_starts(over, says):
    with pytest.raises(UsageError, match=says):
        _configured(**over).check()


def test_an_unknown_key_is_refused(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config_of(tmp_path, tokens="x")))
    with pytest.raises(UsageError, match="tokens"):
        load(path)


def test_the_catalogue_knows_every_upstream_without_starting_any():
    assert set(catalogue()) == {*dialects(), *message_channels()} >= {"epay", "dayuanren", "sms"}
    for name, entry in catalogue().items():
        assert entry.side in {"gateway", "operator", "message"}, name
        assert entry.summary, name
        assert {c.value for c in Condition} <= set(entry.codes), name
        assert not {Reason.NOT_FOUND.value, Reason.ALREADY_PAID.value} & set(entry.codes), name
        assert entry.smallest_gap_ms is None or entry.smallest_gap_ms > 0, name
    assert catalogue()["epay"].smallest_gap_ms == 60_000
    assert "-3" in catalogue()["epay"].codes


def _start(*arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "mock_upstreams", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _ask(url: str, token: str = "", data: bytes | None = None) -> bytes:
    request = WebRequest(url, data, {"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=5) as answer:
        return bytes(answer.read())


def test_by_hand_it_prints_how_to_reach_everything_and_stops_when_told():
    with _start("--serve", "epay,dayuanren", "--time-scale", "60") as process:
        assert process.stdout is not None
        lines = []
        while not lines or lines[-1] != b"}\n":
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr.read() if process.stderr else ""
        card = json.loads(b"".join(lines))
        assert set(card["upstreams"]) == {"epay", "dayuanren"}
        epay = card["upstreams"]["epay"]
        fields = {"pid": epay["pid"], "key": epay["key"]}
        said = _ask(epay["url"] + "/api.php?act=query", data=urlencode(fields).encode())
        assert json.loads(said)["code"] == 1
        assert _ask(card["control"] + "/control/stop", card["token"], b"") == b'{"ok":true}'
        assert process.wait(5) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_with_a_config_it_prints_one_line_and_a_signal_closes_the_journal(tmp_path, number):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config_of(tmp_path)))
    with _start("--config", str(path)) as process:
        assert process.stdout is not None
        card = json.loads(process.stdout.readline())
        assert card["token"] == TOKEN
        assert card["upstreams"]["epay"] == {
            "url": card["upstreams"]["epay"]["url"],
            "pid": "1001",
            "key": KEY,
        }
        body = urlencode(epay_signed(epay_fields("http://127.0.0.1:1/n"))).encode()
        assert (
            json.loads(_ask(card["upstreams"]["epay"]["url"] + "/mapi.php", data=body))["code"] == 1
        )
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
    events = journal.read(tmp_path / "mocks.ndjson")
    assert [e.kind for e in events] == ["open", "create", "close"]
    assert [e.seq for e in events] == [0, 1, 2]


def test_a_wrong_config_ends_with_2_and_a_sentence(tmp_path):
    path = tmp_path / "config.json"
    raw = strike("epay", "reply", "create", {"kind": "status", "code": "SYSTEM_EROR"})
    path.write_text(json.dumps(config_of(tmp_path, [raw])))
    with _start("--config", str(path)) as process:
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, b"")
    assert b"SYSTEM_EROR" in err
    assert b"Traceback" not in err
