"""Whatever comes, from whoever: no upstream breaks, hangs or loses an entry of its books.

What a dialect's own source calls paths and fields is what requests are made of, so that a new dialect is fuzzed
without a word here. Each example that hypothesis finds is sent as it is and then spoiled in many places.
"""

import ast
import asyncio
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mock_town import APIKEY, KEY, as_form, epay_signed, read_answer, town, until

import mock_upstreams
from harness.core.chance import keyed_int
from mock_upstreams.catalogue import dialects
from mock_upstreams.dialect import FORM, Answer, Ask, Request
from mock_upstreams.records import Product
from mock_upstreams.signing import dayuanren_md5

SPOILED = 20
"""Requests of each example: itself, and what is spoiled of it."""
WANTED = 10_000
EXAMPLES = WANTED // (SPOILED * len(dialects())) + 1
HOME = Path(mock_upstreams.__file__).parent
METHODS = ["GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD"]
TYPES = ["application/json", "application/x-www-form-urlencoded", "text/xml", "nonsense", ""]
ODD = [
    "",
    "0",
    "-1",
    "1e999",
    "NaN",
    "9" * 400,
    "\x00",
    "\ud7ff",
    "退款",
    "'; --",
    "%",
    "null",
    "[]",
    "1.005",
]
QUICK = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@cache
def words(name):
    """Return the paths and the field names that stand in a dialect's source; paths may be put together of two."""
    sources = [p for p in HOME.glob(f"*/*{name.split('_')[0]}*.py") if p.parent != HOME]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    texts |= {
        n.target.id
        for n in nodes
        if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
    }
    fields = sorted(t for t in texts if re.fullmatch(r"[A-Za-z_]{2,24}", t))
    whole = {path for text in texts for path in re.findall(r"/[\w./-]+", text)}
    ends = {t.lstrip("/") for t in (*whole, *fields, *texts) if re.fullmatch(r"[\w./-]{2,40}", t)}
    paths = {*whole, *(f"{path.rstrip('/')}/{end}" for path in whole for end in ends)}
    known = sorted(path for path in paths if is_known(name, path))
    assert known, f"no path of {name} was found in its source"
    return known[:: len(known) // 60 + 1], fields


def is_known(name, path):
    """Say whether a dialect answers a path otherwise than one that nobody has."""
    posts = [gist(made(name).read(Request("POST", w))) for w in (path, f"{path}.no/such/path")]
    gets = [gist(made(name).read(Request("GET", w))) for w in (path, "/no/such/path")]
    return posts[0] != posts[1] or gets[0] != gets[1]


def gist(found):
    """Return what of an answer does not differ from call to call."""
    return (found.status, found.body[:30]) if isinstance(found, Answer) else found.op


@cache
def made(name):
    dialect = dialects()[name]({}, {"12": Product(id="12", cost_fen=4960)})
    dialect.base_url = "http://127.0.0.1:1"
    return dialect


def requests(name):
    """Return a strategy for requests that look a little like those of a dialect."""
    paths, fields = words(name)
    known = list(made(name).credentials().values())
    named = [(k.encode(), v.encode()) for k, v in made(name).credentials().items() if len(v) < 80]
    value = st.sampled_from([*ODD, *known, *fields]) | st.text(max_size=20) | st.integers()
    said = st.dictionaries(st.sampled_from(fields), value, max_size=12)
    nested = st.dictionaries(st.sampled_from(fields), said | value | st.lists(said, max_size=2))
    body = st.one_of(
        said.map(lambda d: urlencode(d, errors="replace").encode()),
        nested.map(lambda d: json.dumps(d).encode()),
        said.map(
            lambda d: b"<xml>%b</xml>" % b"".join(b"<%b>1</%b>" % ((k.encode(),) * 2) for k in d)
        ),
        st.binary(max_size=200),
    )
    return st.builds(
        lambda method, path, query, kind, payload: Request(
            method,
            f"{path}?{query}" if query else path,
            ((b"content-type", kind.encode()), *named),
            payload,
        ),
        st.sampled_from(METHODS),
        st.sampled_from(paths) | st.text(max_size=10).map(lambda t: f"/{t}"),
        said.map(lambda d: urlencode(d, errors="replace")),
        st.sampled_from(TYPES),
        body,
    )


def spoiled(request, at):
    """Return a request of which one place is wrong: cut, turned, doubled, or in another's hands."""
    turn = keyed_int("fuzz", request.target, len(request.body), at)
    body, target = request.body, request.target
    place = turn // 8 % (len(body) + 1)
    body = [
        body[:place],
        body[:place] + bytes([turn % 256]) + body[place + 1 :],
        body + body[place:],
        body[:place] + b"\xff\x00&==%%" + body[place:],
        body,
        b"",
        body,
        body[::-1],
    ][turn % 8]
    target = target[: turn % len(target) + 1] if turn % 8 == 4 else target
    method = METHODS[turn % len(METHODS)] if turn % 8 == 6 else request.method
    return Request(method, target, request.raw_headers if turn % 3 else (), body)


@pytest.mark.parametrize("name", sorted(dialects()))
def test_whatever_is_read_is_an_ask_or_an_answer(name):
    counted = []

    @QUICK
    @given(requests(name))
    def fuzz(request):
        for at in range(SPOILED):
            one = spoiled(request, at) if at else request
            found = made(name).read(one)
            counted.append(one)
            if isinstance(found, Answer):
                assert 200 <= found.status < 500, (one.method, one.target, one.body)
                assert isinstance(made(name).seal(one, found).body, bytes)
            else:
                assert isinstance(found, Ask)
                assert found.op in made(name).ops

    fuzz()
    assert len(counted) >= WANTED / len(dialects())


EPAY_FIELDS = [
    "pid",
    "type",
    "out_trade_no",
    "notify_url",
    "name",
    "money",
    "clientip",
    "param",
    "device",
]
YUAN_FIELDS = [
    "mobile",
    "notify_url",
    "out_trade_num",
    "product_id",
    "userid",
    "amount",
    "out_trade_nums",
]
VALUES = st.sampled_from(
    [*ODD, "1001", "10001", "12", "401", "49.90", "E1", "http://127.0.0.1:1/n"]
) | st.text(max_size=12)


class Ear:
    """A caller who counts how often he was answered."""

    def __init__(self):
        self.heard = []

    def answer(self, answer):
        self.heard.append(answer.status)
        return True

    def hold(self):
        self.heard.append(0)

    reset = cut = hold


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["/mapi.php", "/submit.php", "/api.php?act=order", "/api.php?act=refund"]
            ),
            st.dictionaries(st.sampled_from(EPAY_FIELDS), VALUES, min_size=3),
            st.sampled_from(["recharge", "check", "user", "product"]),
            st.dictionaries(st.sampled_from(YUAN_FIELDS), VALUES, min_size=3),
        ),
        max_size=12,
    )
)
def test_odd_values_that_are_signed_well_break_neither_an_upstream_nor_its_books(calls):
    async def story():
        async with town(time_scale=1e8) as t:
            seen = []
            t.street.recorder.row = seen.append
            for path, sold, act, bought in calls:
                epay = epay_signed(
                    {k: v.replace("\ud7ff", "") for k, v in sold.items()} | {"pid": "1001"}
                )
                yuan = {k: v.replace("\ud7ff", "") for k, v in bought.items()} | {"userid": "10001"}
                yuan["sign"] = dayuanren_md5(yuan, APIKEY)
                send(t, "epay", path, {**epay, "key": KEY})
                send(t, "dayuanren", f"/yrapi.php/index/{act}", yuan)
            await until(lambda: not t.street.house.totals.open, "the end of each order")
            created = {r.ref for r in seen if r.kind == "create" and r.outcome == "ok"}
            assert created == set(t.book("epay").trades)
            book = t.book("dayuanren")
            assert {r.ref for r in seen if r.kind == "submit" and r.outcome == "ok"} == set(
                book.orders
            )
            kept_fen = sum(o.cost_fen - o.back_fen for o in book.orders.values())
            assert book.balance_fen + kept_fen == book.balance_in_fen

    asyncio.run(story())


def send(t, upstream, target, fields):
    ear = Ear()
    t.street.upstreams[upstream].hear(as_form(target, fields), ear)
    assert len(ear.heard) == 1
    assert ear.heard[0] < 500


def test_slow_oversized_broken_and_good_callers_at_once():
    """Over real connections to every upstream: each is answered or closed, and every good order is in the books."""

    async def story():
        upstreams = {name: {} for name in dialects()}
        upstreams["epay"] = {"key": KEY}
        async with town(upstreams=upstreams) as t:
            bad = [shout(t, name, n) for name in upstreams for n in range(24)]
            good = [t.create(n) for n in range(60)]
            heard = await asyncio.wait_for(asyncio.gather(*bad, *good), 12)
            statuses = [s for s in heard[: len(bad)] if s is not None]
            assert len(statuses) > len(bad) / 2
            assert all(s < 500 for s in statuses)
            assert all(h.json()["code"] == 1 for h in heard[len(bad) :])
            assert {trade.order_no for trade in t.book("epay").trades.values()} >= {
                f"E{n}" for n in range(60)
            }
            assert len([r for r in t.rows("create") if r.outcome == "ok"]) == 60

    asyncio.run(story())


async def shout(t, name, n):
    """Send something that is no good request; return the status of what came, None if the line was closed."""
    host, port = t.url(name).removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    paths, fields = words(name)
    path = paths[n % len(paths)].encode()
    body = urlencode({f: ODD[n % len(ODD)] for f in fields[n::7]}, errors="replace").encode()
    kind = FORM.encode()
    whole = b"POST %b HTTP/1.1\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
    whole %= (path, kind, len(body), body)
    message = [
        whole,
        b"POST %b HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n%b" % (path, b"x" * 1_200_000),
        b"GET /%b HTTP/1.1\r\n\r\n" % (b"a" * 70_000),
        b"\x16\x03\x01 no HTTP at all\r\n\r\n",
        b"POST %b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" % path,
        whole,
    ][n % 6]
    try:
        if n % 6 == 5:
            for at in range(0, len(message), len(message) // 8 + 1):
                writer.write(message[at : at + len(message) // 8 + 1])
                await writer.drain()
                await asyncio.sleep(0)
        else:
            writer.write(message)
        heard = await asyncio.wait_for(read_answer(reader), 10)
    except ConnectionError:
        return None
    finally:
        writer.close()
    return heard.status if heard.how == "answer" else None
