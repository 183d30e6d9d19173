"""The compiled way into the mocks: what it takes, what it leaves, and that nothing is missing where it is not there."""

import asyncio
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some
from lane_street import create, played, posted, query, signed, signed_as_it_is
from mock_town import SEED, Heard, epay_fields, epay_signed, read_answer, strike, town

from harness.core.event import Event
from harness.core.identity import intent_of, tail_of
from mock_upstreams import fast_lane, form, known_heads, wire
from mock_upstreams.catalogue import dialects
from mock_upstreams.gateways._epay_usual import usual_create

built = pytest.mark.skipif(
    not fast_lane.is_open(),
    reason="no compiled way here: no C compiler, or RECHARGE_CHAOS_LANE=off",
)
SECOND_NS = 1_000_000_000


def test_it_is_built_wherever_there_is_a_compiler():
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    if shutil.which(compiler) is None or not headers.exists():
        pytest.skip("no C compiler, or no headers of Python")
    assert fast_lane.BUILT, "pip install -e . could not build mock_upstreams/_fast_lane.pyx"


def _known(data: bytes) -> list[tuple[int, tuple[int, bytes]]]:
    """Return a turn that makes the head of a request known: the same, but for a body that is refused."""
    head, end, body = data.partition(b"\r\n\r\n")
    whole = head.endswith(b"Content-Length: %d" % len(body))
    return [(0, (0, head + end + b"x" * len(body)))] if whole else []


def _quick(*sent: bytes, **over: Any) -> int:
    """Return how many of these the compiled way answers, each in a turn of its own on a connection that is known."""
    turns = [(0, (0, query()))]
    for data in sent:
        turns += [*_known(data), (0, (0, data))]
    return played(turns, lane=True, **over).quick


@built
def test_the_usual_create_is_taken():
    assert _quick(*[create(intent) for intent in range(20)]) == 20


def _form(**over):
    return form.write(epay_fields("http://127.0.0.1:9/notify") | over).encode()


UTF8 = "话费50元 13800000000"
USUAL = {
    "signed as it is": posted(signed_as_it_is(_form(name=UTF8))),
    "short money": create(money="5"),
    "one decimal": create(money="5.5"),
    "an attachment": create(param="x=1&y"),
    "no intent": create(name="a card"),
    "an own field": create(foo="bar"),
    "an empty field": create(return_url=""),
    "without": create(return_url=None),
    "other letters": posted(signed(_form(name="ａ'\"\\\t\x00é🎫"))),
    "lower-case escapes": posted(signed(_form(name=UTF8).replace(b"%E8", b"%e8"))),
    "escaped blanks": posted(signed(_form(name="a b").replace(b"+", b"%20"))),
    "a charset": posted(signed(_form()), kind="application/x-www-form-urlencoded; charset=UTF-8"),
}
UNUSUAL = {
    "a wrong signature": create(sign="0" * 32),
    "an upper-case signature": create(sign="A" * 32),
    "no signature": posted(_form()),
    "another merchant": create(pid="1002"),
    "no merchant": create(pid=None),
    "no name": create(name=""),
    "no address": create(clientip=None),
    "no kind": create(type=None),
    "nowhere to notify": create(notify_url=None),
    "no number": create(out_trade_no=None),
    "a long number": create(out_trade_no="E" * 65),
    "an odd number": create(out_trade_no="E.1"),
    "a bad number": create(out_trade_no="E 1"),
    "no money": create(money="0.00"),
    "money in words": create(money="five"),
    "too exact money": create(money="1.001"),
    "other digits": create(name="话费 １３８００００００００"),
    "a repeated field": posted(signed(_form() + b"&param=1&param=2")),
    "a repeated field, signed twice": posted(
        signed_as_it_is(_form() + b"&param=1&param=2"),
    ),
    "no name, signed as it is": posted(signed_as_it_is(_form() + b"&=1")),
    "an escaped name": posted(signed(_form() + b"&p%61ram=1")),
    "a bare name": posted(signed(_form() + b"&param")),
    "an empty part": posted(signed(_form() + b"&")),
    "a bare percent sign": posted(signed(_form() + b"&param=5%")),
    "a raw byte": posted(signed(_form() + "&param=费".encode())),
    "no UTF-8": posted(signed(_form() + b"&param=%ff")),
    "no UTF-8, signed as it is": posted(signed_as_it_is(_form() + b"&x=%ff")),
    "no UTF-8 in what is kept": posted(signed_as_it_is(_form() + b"&param=%e8%b4")),
    "UTF-8 over two fields": posted(signed_as_it_is(_form() + b"&x=%e8%b4&y=%b9")),
    "many fields": posted(signed(_form() + b"".join(b"&x%d=1" % n for n in range(40)))),
    "a long form": posted(signed(_form() + b"&x=" + b"y" * 5_000)),
    "nothing": posted(b""),
    "a page": posted(signed(_form()), target="/submit.php"),
    "a query behind": posted(signed(_form()), target="/mapi.php?a=1"),
    "another path": posted(signed(_form()), target="//mapi.php"),
    "another kind": posted(signed(_form()), kind="text/plain"),
    "a last one": posted(signed(_form()), more="Connection: close\r\n"),
    "a query": query(),
    "no HTTP": b"hello\r\n\r\n",
}


@built
@pytest.mark.parametrize("data", USUAL.values(), ids=USUAL)
def test_what_is_usual_is_taken_once_its_head_is_known(data):
    assert _quick(data) == 1


@built
@pytest.mark.parametrize("data", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_left(data):
    assert _quick(data, data, data) == 0


@built
def test_a_number_that_was_used_is_left():
    assert _quick(create(1), create(1), create(1, money="7.00")) == 1


@built
@pytest.mark.parametrize("parts", [1, 2])
def test_what_comes_in_parts_or_with_another_is_left(parts):
    one, two = create(1), create(2)
    if parts == 1:
        assert _quick(one + two) == 0
    else:
        assert _quick(one[:-9], one[-9:], two) == 1


@built
def test_the_first_of_a_connection_is_left():
    turns = [(0, (caller, create(caller))) for caller in range(5)]
    assert played(turns, lane=True).quick == 0
    assert played(turns + turns[:1] + [(0, (2, create(9)))], lane=True).quick == 1


BUSY = {"kind": "status", "code": "busy"}
FORGED = {"kind": "forge", "amount": "0.01"}


@built
@pytest.mark.parametrize("leg", ["request", "effect", "reply"])
def test_whom_a_strike_may_meet_is_left_until_strikes_are_off(leg):
    fault = {"kind": "drop"} if leg == "effect" else BUSY
    turns = [(0, (0, create(intent))) for intent in range(40)]
    half = [strike("epay", leg, "create", fault, share=0.5)]
    struck = played(turns, lane=True, strikes=half)
    counts = struck.counts[f"{fault['kind']}-{leg}"]
    assert 5 < counts["struck"] < 35
    assert 40 - counts["struck"] - 2 <= struck.quick <= 40 - counts["struck"]
    assert counts["eligible"] == 40
    windowed = [strike("epay", leg, "create", fault, window_ms=[0, 1])]
    assert played(turns, lane=True, strikes=windowed).quick == 0
    assert played(turns, lane=True, strikes=windowed, healed_after=20).quick >= 18


@built
@pytest.mark.parametrize(
    "over",
    [
        {"epay": {"limits": {"create": "5/s"}}},
        {"epay": {"mapi_answer": "device"}},
        {"strikes": [strike("epay", "notify", "create", {"kind": "forge"}, share=0.001)]},
    ],
    ids=["limits", "another answer", "a forger"],
)
def test_where_more_than_usual_may_come_of_a_create_there_is_none(over):
    settings = {"epay": {"key": "TESTKEY0123456789"} | over.pop("epay", {})} | over
    assert _quick(create(1), create(2), **settings) == 0


@built
def test_nobody_overtakes_anybody():
    """A create that is usual finds done what came before it, and whoever comes after it finds it done."""
    warm = [(0, (caller, create(5 + caller))) for caller in range(4)]
    asked = [(0, (caller, query(900))) for caller in range(4)]
    told = []
    for lane in (True, False):
        dearer = create(1, money="7.00", out_trade_no="E.1")
        sent = [(0, query(1)), (1, create(1)), (2, query(1)), (3, create(1, money="2.00"))]
        odd = [(0, dearer), (1, query(2)), (2, create(2)), (3, query(2))]
        told.append(played([*asked, *warm, (0, *sent), (0, *odd)], lane=lane))
    assert told[0].quick == 5, "three of the first four, whose head was new, and two"
    assert told[0].heard == told[1].heard
    assert told[0].journal == told[1].journal


@built
def test_every_row_is_as_the_encoder_writes_it_and_none_is_missing():
    async def story():
        async with town() as here:
            wires = await asyncio.open_connection("127.0.0.1", _port(here))
            for intent in range(30):
                heard = await _sent(wires, create(intent))
                assert heard.json()["payurl"].endswith(heard.json()["trade_no"])
            wires[1].close()
            here.street.recorder.journal.flush()
            lines = (here.folder / "mocks.ndjson").read_bytes().splitlines()
            rows = [msgspec.json.decode(line, type=Event) for line in lines]
            assert [msgspec.json.encode(row) for row in rows] == lines
            assert [row.seq for row in rows] == list(range(31))
            assert [row.intent for row in rows[1:]] == list(range(30))
            assert any(row.took_us for row in rows[1:])

    asyncio.run(story())


async def _sent(wires, data) -> Heard:
    reader, writer = wires
    writer.write(data)
    return await asyncio.wait_for(read_answer(reader), 5)


def _port(here):
    return int(here.url("epay").rpartition(":")[2])


@built
def test_numbers_of_many_seconds_are_each_ones_own():
    turns = [(SECOND_NS // 3, (0, create(intent))) for intent in range(200)]
    done = played(turns, lane=True)
    rows = [msgspec.json.decode(line, type=Event) for line in done.journal.splitlines()]
    assert [row.seq for row in rows] == list(range(201))
    assert len({row.ref for row in rows}) == 201
    assert done.serial == 200
    assert done.quick == 196, "the first of each length is left: nobody knows its head"


@built
@given(
    some.text("1 a话١３", max_size=9),
    some.integers(0, 7),
    some.integers(0, 1_200),
    some.text("1 -元１", max_size=2),
)
def test_it_reads_the_same_intents(before, more, intent, after):
    from mock_upstreams._fast_lane import Intents  # noqa: PLC0415 - it need not be there

    text = f"{before}{'1234567'[:more]}{tail_of(SEED, intent)}{after}"
    found = Intents(SEED, 1_000).find(text)
    if found == -2:
        assert any(c.isdecimal() and not c.isascii() for c in text)
    else:
        assert (None if found == -1 else found) == intent_of(SEED, 1_000, text)


@pytest.mark.parametrize("dialect", dialects().values(), ids=dialects())
def test_a_description_names_what_the_dialect_reads(dialect):
    """Who describes nothing has no compiled way; who does says all that is needed."""
    usual = dialect({}, {}).usual()
    if usual is not None:
        assert usual.path in dialect.endpoints
        assert not dialect.seals
        assert not dialect.signs_slowly
        assert usual.serials == 10 ** (len(str(usual.serials)) - 1)


def test_only_who_describes_a_usual_create_has_one():
    described = {name for name, dialect in dialects().items() if dialect({}, {}).usual()}
    assert described == {"epay"}
    assert usual_create("1", "k", len).own == {"pid": "1"}


def test_a_bug_in_it_is_told_and_leaves_nobody_waiting():
    known_heads._heads.clear()
    told = []

    def quick(_data):
        raise ZeroDivisionError

    def app(_request, ear):
        ear.answer(wire.plain(404))

    async def story():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
        listener = await wire.listen(app, "127.0.0.1", 0, quick=quick)
        wires = await asyncio.open_connection("127.0.0.1", listener.port)
        first, second = await _sent(wires, create()), await _sent(wires, create())
        assert (first.status, second.status) == (404, 500)
        assert await wires[0].read() == b""
        wires[1].close()
        await listener.close()

    asyncio.run(story())
    assert [type(error) for error in told] == [ZeroDivisionError]


WITHOUT = """
import sys
sys.modules["mock_upstreams._fast_lane"] = None
from mock_upstreams import fast_lane
assert not fast_lane.BUILT and not fast_lane.is_open()
sys.path[:0] = ["tests/mocks"]
from lane_street import create, played
done = played([(0, (0, create(intent))) for intent in range(9)], lane=True)
assert done.quick == 0 and done.totals["created"] == 9, done
print("nine")
"""


def test_all_goes_on_where_it_was_not_built():
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", WITHOUT]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("nine\n", "")


@built
def test_it_can_be_switched_off(monkeypatch):
    monkeypatch.setenv(fast_lane.SWITCH, "off")
    assert not fast_lane.is_open()
    assert _quick(create(1), create(2)) == 0
    monkeypatch.delenv(fast_lane.SWITCH)
    assert fast_lane.is_open()


def test_signed_here_is_signed_there():
    fields = epay_signed(epay_fields("http://127.0.0.1:9/notify"))
    assert form.read_body(create(1).partition(b"\r\n\r\n")[2]) == fields
