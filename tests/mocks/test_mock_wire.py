"""The wire: whatever comes, it is answered in order, refused with 4xx, or waited for; never a 500, never a mix-up."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mock_town import KEY, Heard, read_answer, until

from mock_upstreams import wire
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.gateways.epay import Epay
from mock_upstreams.house import Ear
from mock_upstreams.turn import Turn


class Pipe:
    """A transport in memory."""

    def __init__(self) -> None:
        self.said = b""
        self.closed = self.paused = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.said += data

    def close(self) -> None:
        self.closed = True

    def is_reading(self) -> bool:
        return not self.paused

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


def echo(request: Request, ear: Ear) -> None:
    ear.answer(Answer(f"{request.method} {request.target} {len(request.body)}".encode()))


def line(app: wire.App = echo) -> tuple[wire.Line, Pipe]:
    pipe: Any = Pipe()
    one = wire.Line(app, set(), Turn(lambda serve: serve()))
    one.connection_made(pipe)
    return one, pipe


def fed(*parts: bytes, app: wire.App = echo) -> Pipe:
    one, pipe = line(app)
    for part in parts:
        if not pipe.closed:
            one.data_received(part)
    return pipe


def statuses(said: bytes) -> list[int]:
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


def test_one_request():
    pipe = fed(b"POST /a?b=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
    assert pipe.said.endswith(b"Content-Length: 13\r\n\r\nPOST /a?b=1 3")
    assert not pipe.closed


def test_byte_by_byte():
    text = b"POST /slow?x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    assert fed(*(text[i : i + 1] for i in range(len(text)))).said.endswith(b"POST /slow?x 3")


def test_pipelined_requests_are_answered_in_order_even_if_the_first_takes_long():
    ears: list[tuple[Request, Ear]] = []
    one, pipe = line(lambda request, ear: ears.append((request, ear)))
    one.data_received(b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % n for n in range(3)))
    for n in range(3):
        assert len(ears) == n + 1  # the next one is heard once this one is answered
        assert ears[n][0].path == f"/{n}"
        ears[n][1].answer(Answer(b"answer %d" % n))
    assert [pipe.said.index(b"answer %d" % n) for n in range(3)] == sorted(
        pipe.said.index(b"answer %d" % n) for n in range(3)
    )


def test_a_flood_of_pipelined_requests_pauses_reading_and_is_all_answered():
    ears: list[Ear] = []
    one, pipe = line(lambda _, ear: ears.append(ear))
    one.data_received(b"GET / HTTP/1.1\r\n\r\n")
    one.data_received(b"GET / HTTP/1.1\r\n\r\n" * 200)
    assert pipe.paused
    while len(ears) < 201:
        ears[-1].answer(Answer())
    ears[-1].answer(Answer())
    assert statuses(pipe.said) == [200] * 201
    assert not pipe.paused


def test_chunked_body_and_trailer():
    head = b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    pipe = fed(head + b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nAuthorization: evil\r\n\r\n")
    assert pipe.said.endswith(b"POST /c 7")


def test_a_trailer_is_no_header():
    seen: list[dict[str, str]] = []

    def app(request: Request, ear: Ear) -> None:
        seen.append(request.headers)
        ear.answer(Answer())

    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    fed(head + b"1\r\na\r\n0\r\nAuthorization: evil\r\n\r\n", app=app)
    assert "authorization" not in seen[0]


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"http://shop.example/a?b=c", b"GET /a?b=c 0"),
        (b"http://shop.example", b"GET / 0"),
        (b"http://shop.example?x=1", b"GET /?x=1 0"),
        (b"https://h:1/p", b"GET /p 0"),
        (b"*", b"GET * 0"),
    ],
)
def test_absolute_form(target, seen):
    assert fed(b"GET " + target + b" HTTP/1.1\r\n\r\n").said.endswith(seen)


@pytest.mark.parametrize(
    "text",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\nHost x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_malformed_is_400_and_closed(text):
    pipe = fed(text)
    assert statuses(pipe.said) == [400]
    assert pipe.closed


def test_what_came_before_the_garbage_is_still_answered_first():
    pipe = fed(b"GET /good HTTP/1.1\r\n\r\n\x00\x01\x02\r\n\r\n")
    assert statuses(pipe.said) == [200, 400]


def test_body_too_long_is_413():
    size = wire.BODY_BYTES_MAX + 1
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
    assert statuses(fed(head, b"x" * size).said) == [413]
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert statuses(fed(head, *[chunk] * 17).said) == [413]


def test_body_of_just_the_limit_passes():
    size = wire.BODY_BYTES_MAX
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
    assert statuses(fed(head, b"x" * size).said) == [200]


def test_head_too_long_is_431():
    long = b"x" * (wire.HEAD_BYTES_MAX + 1)
    assert statuses(fed(b"GET /" + long + b" HTTP/1.1\r\n\r\n").said) == [431]
    assert statuses(fed(b"GET / HTTP/1.1\r\nA: " + long + b"\r\n\r\n").said) == [431]
    parts = [b"GET / HTTP/1.1\r\n", *[b"A: %s\r\n" % (b"x" * 1000)] * 70]
    assert statuses(fed(*parts).said) == [431]


def test_unfinished_requests_are_answered_408_and_idle_lines_are_left_alone():
    for text in (
        b"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
        b"GET /x HTTP/1.1\r\nA: b\r\n",
    ):
        one, pipe = line()
        one.data_received(text)
        for _ in range(3):
            one.grow_old()
        assert statuses(pipe.said) == [408]
    one, pipe = line()
    one.data_received(b"GET / HTTP/1.1\r\n\r\n")
    for _ in range(9):
        one.grow_old()
    assert statuses(pipe.said) == [200]


def test_close_and_http_1_0_end_the_connection():
    assert fed(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").closed
    assert b"Connection: close" in fed(b"GET / HTTP/1.0\r\n\r\n").said
    stays = fed(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert stays.closed  # who is not told that the connection stays may wait for its end
    assert b"Connection: close" in stays.said


def test_head_gets_no_body_and_204_no_length():
    assert fed(b"HEAD /x HTTP/1.1\r\n\r\n").said.endswith(b"Content-Length: 9\r\n\r\n")
    said = fed(b"GET / HTTP/1.1\r\n\r\n", app=lambda _, ear: ear.answer(Answer(status=204))).said  # type: ignore[arg-type, return-value]
    assert said == b"HTTP/1.1 204 No Content\r\n\r\n"


def test_expect_and_upgrade_are_taken_calmly():
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    assert statuses(fed(head, b"x").said) == [100, 200]
    upgrade = b"GET /u HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
    assert statuses(fed(upgrade + b"GET /next HTTP/1.1\r\n\r\n").said) == [200, 200]


@pytest.mark.parametrize("apart", [False, True])
def test_a_wish_to_upgrade_costs_a_request_neither_its_body_nor_what_follows(apart):
    """As Java's own client asks on plain HTTP."""
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    head = b"POST /p HTTP/1.1\r\n" + wish + b"Content-Length: 3\r\n\r\n"
    chunks = b"POST /c HTTP/1.1\r\n" + wish + b"Transfer-Encoding: chunked\r\n\r\n"
    parts = [head, b"abc", chunks, b"2\r\nab\r\n0\r\n\r\n", b"GET /next HTTP/1.1\r\n\r\n"]
    said = fed(*(parts if apart else [b"".join(parts)])).said
    assert statuses(said) == [200, 200, 200]
    assert [text in said for text in (b"POST /p 3", b"POST /c 2", b"GET /next 0")] == [True] * 3


def test_a_wish_to_upgrade_and_one_to_continue_are_both_heard():
    wish = b"Expect: 100-continue\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    head = b"POST /p HTTP/1.1\r\n" + wish + b"Content-Length: 3\r\n\r\n"
    assert statuses(fed(head, b"abc").said) == [100, 200]
    long = b"X: " + b"x" * (1 << 17) + b"\r\n"
    assert statuses(fed(b"GET / HTTP/1.1\r\n" + wish + long + b"\r\n").said)[-1:] == [431]


def test_who_takes_an_upstream_for_a_proxy_is_answered_once():
    assert len(statuses(fed(b"CONNECT a:443 HTTP/1.1\r\n\r\n").said)) == 1


def test_before_http_1_1_nobody_is_told_to_continue():
    head = b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"
    assert statuses(fed(head).said) == [200]


def test_a_target_may_have_raw_bytes_which_its_reader_sees_as_escapes():
    text = "POST /a?x=会员&y=%41 HTTP/1.1\r\nX-Raw: 会\r\nContent-Length: 6\r\n\r\n会员".encode()
    twice = fed(text, text).said  # the second time its head is known
    assert twice.count(b"POST /a?x=%E4%BC%9A%E5%91%98&y=%41 6") == 2
    body = "会员".encode()
    head = b"POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\n"
    assert fed(head, body[:2], body[2:]).said.endswith(b"POST / 6")


def test_slashes_are_merged_in_the_path_and_kept_in_the_target():
    request = Request("GET", "//api.php?act=order&url=http://a//b")
    assert (request.path, request.query) == ("/api.php", "act=order&url=http://a//b")
    assert request.target.startswith("//api.php")


def test_a_bug_in_an_app_is_a_500_and_not_a_caller_left_waiting():
    async def story() -> None:
        told: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

        def broken(request: Request, _: Ear) -> None:
            raise KeyError(request.path)

        pipe = fed(b"GET /bug HTTP/1.1\r\n\r\n", app=broken)
        assert statuses(pipe.said) == [500]
        assert pipe.closed
        assert "GET /bug" in told[0]["message"]

    asyncio.run(story())


async def _over_tcp(app: wire.App) -> Heard:
    listener = await wire.listen(app, "127.0.0.1", 0)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        heard = await asyncio.wait_for(read_answer(reader), 5)
        writer.close()
        return heard
    finally:
        await listener.close()


def test_every_bad_manner_over_tcp():
    assert asyncio.run(_over_tcp(lambda _, ear: ear.reset())).how == "reset"
    assert asyncio.run(_over_tcp(lambda _, ear: ear.cut())).how == "cut"
    assert asyncio.run(_over_tcp(echo)).body == b"GET / 0"


def test_a_held_line_says_nothing_until_it_is_cut():
    async def story() -> None:
        ears: list[Ear] = []

        def hold(_: Request, ear: Ear) -> None:
            ears.append(ear)
            ear.hold()

        listener = await wire.listen(hold, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await until(lambda: ears, "the request")
        ears[0].cut()
        assert await reader.read() == b""
        assert not ears[0].answer(Answer())  # too late, and said so
        writer.close()
        await listener.close()

    asyncio.run(story())


PIECES = [
    b"GET / HTTP/1.1\r\n",
    b"POST /mapi.php HTTP/1.1\r\n",
    b"POST /api.php?act=order HTTP/1.1\r\n",
    b"Host: x\r\n",
    b"Content-Length: 4\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"\r\n",
    b"a=b&",
    b"pid=1001&key=%ff%zz&money=1e9",
    b"4\r\nabcd\r\n",
    b"0\r\n\r\n",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40)), max_size=12))
def test_no_bytes_make_a_500_or_break_the_line(parts):
    dialect = Epay({"key": KEY}, {})

    def app(request: Request, ear: Ear) -> None:
        said = dialect.read(request)
        ear.answer(said if isinstance(said, Answer) else Answer(b"read"))

    pipe = fed(*parts, app=app)
    assert set(statuses(pipe.said)) <= {100, 200, 400, 404, 413, 431}
    assert pipe.closed == bool({400, 413, 431} & set(statuses(pipe.said))) or b"close" in pipe.said


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_however_the_bytes_are_split_the_answers_are_the_same(data):
    text = (
        b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
        b"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        b"GET http://h/c?d HTTP/1.1\r\nHost: h\r\n\r\n"
    )
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=10)))
    parts = [text[i:j] for i, j in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert fed(*parts).said == fed(text).said
