"""The audit: every order read once more, and what each answer is written down as."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from test_adapter import BASE

from harness.targets import asking, audit
from harness.targets.adapter import Adapter
from harness.targets.audit import Auditor, Known
from harness.targets.batches import KnownBatch
from harness.targets.target import Target

DONE = (200, json.dumps({"s": "DONE", "cards": [{"code": "A"}]}).encode())
CUT = None


class Platform(ThreadingHTTPServer):
    """Answers every order read with the next of `answers`, the last one for ever; remembers who asked for what."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Desk)
        self.answers = [DONE]
        self.asked = []
        self.token = "t9"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.reply((200, json.dumps({"data": {"token": self.server.token}}).encode()))

    def do_GET(self):
        answers = self.server.answers
        self.reply(answers.pop(0) if len(answers) > 1 else answers[0])

    def reply(self, answer):
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        if answer is CUT:
            self.close_connection = True
            return
        status, body = answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def platform(monkeypatch):
    monkeypatch.setattr(audit, "PAUSE_S", 0.0)
    monkeypatch.setattr(asking, "PAUSE_S", 0.0)
    with Platform() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def audited(platform, *order_nos, base=BASE):
    return {row.order_no: row for row in written(platform, *order_nos, base=base)}


def written(platform, *order_nos, base=BASE, groups=()):
    rows = []
    adapter = Adapter(msgspec.convert(base, Target))
    auditor = Auditor(adapter, platform.url, lambda number: {"phone": f"p{number}"}, rows.append)
    orders = [Known(k, k % 2, order_no) for k, order_no in enumerate(order_nos)]
    asyncio.run(auditor.read_all(orders, groups))
    return rows


def test_an_order_is_read_in_its_customers_name(platform):
    row = audited(platform, "N1")["N1"]
    assert (row.vantage, row.kind, row.outcome, row.state) == (
        "platform",
        "audit",
        "ok",
        "delivered",
    )
    assert row.detail["cards"] == ["A"]
    assert platform.asked == [("/login", None), ("/orders/N1", "Bearer t9")]


@pytest.mark.parametrize(("looks", "outcomes"), [(False, ["ok", "ok"]), (True, ["fail", "fail"])])
def test_who_writes_a_token_himself_asks_for_its_owners_first_order(platform, looks, outcomes):
    platform.token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"
    platform.answers = [DONE, (401, b"") if looks else DONE]
    tried = [row for row in written(platform, "N0") if row.kind == "trespass"]
    assert [(row.order_no, row.outcome) for row in tried] == [("N0", one) for one in outcomes]
    own = f"Bearer {platform.token}"
    assert len({said for _, said in platform.asked if said} - {own}) == len(outcomes)


COUNTS = {
    "get": "/batches/{{batch_no}}",
    "take": {"delivered": "ok", "failed": "bad", "failures": "list"},
}


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"ok": 1, "bad": 0, "list": []}, "ok"),
        ({"ok": 0, "bad": 0, "list": ["138"]}, "ok"),
        ({"ok": 0, "bad": 0, "list": []}, "fail"),
    ],
)
def test_another_customer_and_nobody_ask_for_a_batch_and_what_is_counted_is_shown(
    platform, counts, told
):
    platform.answers = [(200, json.dumps({"s": "DONE", "cards": [], **counts}).encode())]
    batches = [
        KnownBatch(0, 0, "B1", {0: ("138", "N0")}),
        KnownBatch(1, 1, "B2", {1: ("139", "N1")}),
    ]
    rows = written(platform, "N0", "N1", base={**BASE, "batch_status": COUNTS}, groups=batches)
    tried = [
        (row.ref, row.order_no, row.outcome) for row in rows if row.kind == "trespass" and row.ref
    ]
    assert sorted(tried) == [("B1", "N0", told)] * 2 + [("B2", "N1", told)] * 2
    asked = [said for path, said in platform.asked if path == "/batches/B1"]
    assert {one or "" for one in asked} == {"Bearer ", "Bearer t9"}


def test_a_batch_is_kept_from_who_is_refused_and_where_all_are_one_nobody_else_asks(platform):
    batch = KnownBatch(0, 0, "B1", {0: ("138", "N0")})
    platform.answers = [(404, b"")]
    rows = written(platform, "N0", "N1", base={**BASE, "batch_status": COUNTS}, groups=[batch])
    assert {row.outcome for row in rows if row.kind == "trespass" and row.ref} == {"fail"}
    alone = {**BASE, "batch_status": COUNTS, "session": {}}
    rows = written(platform, "N0", "N1", base=alone, groups=[batch])
    assert [row for row in rows if row.kind == "trespass"] == []


def test_a_look_tells_states_and_writes_nothing(platform):
    rows = []
    adapter = Adapter(msgspec.convert(BASE, Target))
    auditor = Auditor(adapter, platform.url, lambda number: {"phone": f"p{number}"}, rows.append)
    platform.answers = [(404, b""), DONE]
    orders = [Known(k, 0, f"N{k}") for k in range(2)]
    assert asyncio.run(auditor.look(orders)) == {"N0": "", "N1": "delivered"}
    assert rows == []


@pytest.mark.parametrize(("shown", "account"), [('"138****0001 "', "138****0001"), ("null", "")])
def test_the_account_that_an_order_shows_is_written_down(platform, shown, account):
    platform.answers = [(200, b'{"state": "DONE", "account": %s}' % shown.encode())]
    step = {"get": "/orders/{{order_no}}", "take": {"state": "state", "account": "account"}}
    assert audited(platform, "N1", base={**BASE, "status": step})["N1"].account == account


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((404, b""), "fail"),
        ((410, b""), "fail"),
        ((403, b""), "unknown"),
        ((429, b""), "unknown"),
        ((500, b""), "unknown"),
        ((200, b"<html>"), "unknown"),
        (CUT, "unknown"),
    ],
)
def test_only_no_such_order_is_a_definite_no(platform, answer, outcome):
    platform.answers = [answer]
    assert audited(platform, "N1")["N1"].outcome == outcome


@pytest.mark.parametrize(("code", "outcome"), [(40404, "fail"), (50000, "unknown")])
def test_no_such_order_may_be_said_with_http_200(platform, code, outcome):
    platform.answers = [(200, b'{"error": {"code": %d}}' % code)]
    base = {**BASE, "refusals": {"missing": {"json": "error.code", "equals": 40404}}}
    row = audited(platform, "N1", base=base)["N1"]
    assert (row.outcome, row.http_status) == (outcome, 200)


def test_a_platform_that_stumbles_is_asked_again(platform):
    platform.answers = [CUT, (502, b""), DONE]
    assert audited(platform, "N1")["N1"].outcome == "ok"


def test_each_customer_logs_in_once_and_no_order_is_left_out(platform):
    rows = audited(platform, *[f"N{k}" for k in range(20)])
    assert len(rows) == 20
    assert [path for path, _ in platform.asked].count("/login") == 2


def test_a_platform_that_is_gone_leaves_every_order_unknown(monkeypatch):
    monkeypatch.setattr(audit, "PAUSE_S", 0.0)
    monkeypatch.setattr(asking, "PAUSE_S", 0.0)
    with Platform() as closed:
        pass
    rows = audited(closed, "N1", "N2")
    assert [row.outcome for row in rows.values()] == ["unknown", "unknown"]
