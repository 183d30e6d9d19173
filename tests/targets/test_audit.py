"""The audit: every order read once more, and what each answer is written down as."""

import asyncio

import httpx
import msgspec
import pytest
import respx
from test_adapter import BASE

from harness.targets import audit
from harness.targets.adapter import Adapter
from harness.targets.audit import Auditor, Known
from harness.targets.target import Target

URL = "http://127.0.0.1:1"


@pytest.fixture
def platform(monkeypatch):
    monkeypatch.setattr(audit, "PAUSE_S", 0.0)
    with respx.mock(base_url=URL, assert_all_called=False) as mock:
        mock.post("/login").respond(json={"data": {"token": "t9"}})
        yield mock


def audited(*order_nos):
    rows = []
    adapter = Adapter(msgspec.convert(BASE, Target))
    auditor = Auditor(adapter, URL, lambda number: {"phone": f"p{number}"}, rows.append)
    orders = [Known(k, k % 2, order_no) for k, order_no in enumerate(order_nos)]
    asyncio.run(auditor.read_all(orders))
    return {row.order_no: row for row in rows}


def test_an_order_is_read_in_its_customers_name(platform):
    status = platform.get("/orders/N1").respond(json={"s": "DONE", "cards": [{"code": "A"}]})
    row = audited("N1")["N1"]
    assert (row.vantage, row.kind, row.outcome, row.state) == (
        "platform",
        "audit",
        "ok",
        "delivered",
    )
    assert row.detail["cards"] == ["A"]
    assert status.calls.last.request.headers["Authorization"] == "Bearer t9"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(404), "fail"),
        (httpx.Response(410), "fail"),
        (httpx.Response(403), "unknown"),
        (httpx.Response(429), "unknown"),
        (httpx.Response(500), "unknown"),
        (httpx.Response(200, text="<html>"), "unknown"),
    ],
)
def test_only_no_such_order_is_a_definite_no(platform, answer, outcome):
    platform.get("/orders/N1").mock(return_value=answer)
    assert audited("N1")["N1"].outcome == outcome


def test_a_platform_that_stumbles_is_asked_again(platform):
    good = httpx.Response(200, json={"s": "DONE"})
    platform.get("/orders/N1").mock(side_effect=[httpx.ConnectError("down"), good])
    assert audited("N1")["N1"].outcome == "ok"


def test_each_customer_logs_in_once_and_no_order_is_left_out(platform):
    platform.get(path__startswith="/orders/").respond(json={"s": "DONE"})
    rows = audited(*[f"N{k}" for k in range(20)])
    assert len(rows) == 20
    assert sum(call.request.url.path == "/login" for call in platform.calls) == 2
