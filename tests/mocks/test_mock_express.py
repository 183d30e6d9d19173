"""The short ways of the mocks do what the long ones do: same answers, same books, same rows."""

import asyncio

import msgspec
import pytest
from mock_town import epay_fields, epay_signed, strike, town
from test_mock_wire import fed, line

from mock_upstreams import known_heads
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.express import Express
from mock_upstreams.gateways.epay import Epay
from mock_upstreams.house import Ear

STRIKES = [
    strike("epay", "request", "create", {"kind": "status", "code": "busy"}, share=0.2),
    strike("epay", "effect", "create", {"kind": "drop"}, share=0.2),
    strike("epay", "reply", "create", {"kind": "reset"}, share=0.2),
    strike("epay", "reply", "query", {"kind": "status", "code": "busy"}, share=0.2, id="late"),
]
ORDERS = 16
REFUSED = [
    {"money": "2.00"},
    {"out_trade_no": "  "},
    {"sign": "0" * 32},
    {"pid": "7"},
    {"name": ""},
]


async def _story(strikes, healed):
    heard = []
    async with town(strikes=strikes) as here:
        if healed:
            here.street.house.heal()
        for intent in range(ORDERS):
            heard += [await here.create(intent), await here.create(intent)]
            fields = epay_signed(epay_fields(here.platform.url, intent))
            for wrong in REFUSED:
                url = here.url("epay") + "/mapi.php"
                heard.append(await here.post(url, fields | wrong))
            heard.append(await here.api("order", out_trade_no=fields["out_trade_no"]))
            heard.append(
                await here.api("refund", out_trade_no=fields["out_trade_no"], money="1.00")
            )
            heard.append(await here.submit(intent))
        rows = here.rows("create", "query", "refund", "submit")
        counts = here.street.house.strikes.snapshot()
        trades = [_plain(trade) for trade in here.book("epay").trades.values()]
    return [_plain(row) for row in rows], [(h.how, h.status) for h in heard], counts, trades


def _plain(record):
    """Leave out what no two runs share: times, numbers made of them, and how rows of timers fall between."""
    fields = msgspec.to_builtins(record)
    timed = {
        "seq",
        "time_ns",
        "took_us",
        "ref",
        "created_ns",
        "expires_ns",
        "linked_ns",
        "notify_url",
        "fingerprint",
    }
    return {name: value for name, value in fields.items() if name not in timed}


@pytest.mark.parametrize("healed", [False, True])
@pytest.mark.parametrize("strikes", [[], STRIKES], ids=["none", "some"])
def test_the_express_writes_the_rows_that_an_exchange_writes(monkeypatch, strikes, healed):
    carried = []
    carry = Express.carry

    def counted(self, calls):
        carried.extend(call.ask for call in calls)
        carry(self, calls)

    monkeypatch.setattr(Express, "carry", counted)
    short = asyncio.run(_story(strikes, healed))
    assert carried
    monkeypatch.setattr(Express, "takes", lambda _self, _ask, _who: False)
    carried.clear()
    long = asyncio.run(_story(strikes, healed))
    assert not carried
    for mine, reference in zip(short, long, strict=True):
        assert mine == reference
    if strikes and not healed:
        assert any(row.get("strikes") for row in short[0])
        assert any(row.get("spared") for row in short[0])


@pytest.mark.parametrize("slowly", [False, True])
def test_slow_signers_never_take_the_express(monkeypatch, slowly):
    monkeypatch.setattr(Epay, "signs_slowly", slowly)

    async def story():
        async with town() as here:
            return set(here.street.upstreams["epay"]._express._routes)

    assert asyncio.run(story()) == (set() if slowly else {"create", "query", "refund"})


def _seen():
    """Return an app that echoes the whole request, and the requests that it saw."""
    seen: list[tuple[object, ...]] = []

    def app(request: Request, ear: Ear) -> None:
        seen.append((request.method, request.target, tuple(request.raw_headers), request.body))
        ear.answer(Answer(request.body))

    return app, seen


POST = b"POST /a?b=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"


@pytest.mark.parametrize(
    "message",
    [
        POST + b"abc",
        b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
        b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_a_repeated_head_is_read_as_the_first_time(message):
    known_heads._heads.clear()
    app, seen = _seen()
    said = fed(message, message, message, message, app=app).said
    assert len(seen) == 4
    assert len(set(seen)) == 1
    quarter = len(said) // 4
    assert said == said[:quarter] * 4


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"", True),
        (b"Expect: 100-continue\r\n", False),
        (b"Connection: close\r\n", False),
        (b"Connection: Upgrade\r\nUpgrade: h2c\r\n", True),
        (b"X: " + b"x" * known_heads.HEAD_BYTES_MAX + b"\r\n", False),
    ],
)
def test_only_plain_heads_are_learnt(head, known):
    known_heads._heads.clear()
    message = POST.replace(b"\r\n\r\n", b"\r\n" + head + b"\r\n") + b"abc"
    plain = b"GET /first HTTP/1.1\r\n\r\n"
    fed(plain, message, app=_seen()[0])
    assert (known_heads.find(message) is not None) is known


def test_a_known_head_with_more_or_less_of_a_body_is_left_to_the_parser():
    known_heads._heads.clear()
    app, seen = _seen()
    one, _ = line(app)
    for part in (
        POST + b"abc",
        POST + b"def",
        POST + b"gh",
        b"i" + POST,
        b"jkl",
        POST + b"mno" + POST + b"pqr",
    ):
        one.data_received(part)
    assert [body for *_, body in seen] == [b"abc", b"def", b"ghi", b"jkl", b"mno", b"pqr"]


def test_the_memory_of_heads_is_bounded():
    known_heads._heads.clear()
    one, _ = line(_seen()[0])
    for number in range(2 * known_heads.HEADS_MAX + 1):
        one.data_received(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
    assert 0 < len(known_heads._heads) <= known_heads.HEADS_MAX
