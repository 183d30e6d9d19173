"""Answers of one turn are sealed together in threads: each reaches its caller, and what breaks one spoils no other."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_upstreams.dialect import Answer, Request
from mock_upstreams.sealer import Sealer
from mock_upstreams.turn import Turn

REQUEST = Request("GET", "/")
THREADS = 2


class _Voice:
    """Signs by naming the thread; cannot sign what is broken."""

    def __init__(self):
        self.threads = set()

    def seal(self, _request, answer):
        if answer.body == b"broken":
            raise ValueError("no such key")
        self.threads.add(threading.current_thread().name)
        return Answer(answer.body + b" sealed")


class _Hearer:
    def __init__(self, take):
        self.take = take


async def _sealed(bodies, *, in_turn=True, voice=None):
    loop = asyncio.get_running_loop()
    troubles = []
    loop.set_exception_handler(lambda _loop, context: troubles.append(context["exception"]))
    heard = {}
    done = asyncio.Event()

    def hear(number, answer):
        heard[number] = answer
        if len(heard) == len(bodies):
            done.set()

    turn = Turn(loop.call_soon)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="sign") as pool:
        sealer = Sealer(turn, pool, THREADS)

        def say(_data=b""):
            for number, body in enumerate(bodies):
                sealer.seal(
                    voice or _Voice(),
                    REQUEST,
                    Answer(body),
                    lambda answer, number=number: hear(number, answer),
                )

        if in_turn:
            turn.heard(_Hearer(say), b"")
        else:
            say()
        await asyncio.wait_for(done.wait(), 10)
    return heard, troubles


@pytest.mark.parametrize("in_turn", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 64])
def test_each_answer_reaches_its_own_caller(count, in_turn):
    bodies = [str(number).encode() for number in range(count)]
    heard, troubles = asyncio.run(_sealed(bodies, in_turn=in_turn))
    assert {number: answer.body for number, answer in heard.items()} == {
        number: body + b" sealed" for number, body in enumerate(bodies)
    }
    assert not troubles


def test_what_cannot_be_sealed_is_a_500_and_spoils_no_other():
    heard, troubles = asyncio.run(_sealed([b"a", b"broken", b"b", b"c"]))
    assert {number: answer.status for number, answer in heard.items()} == {
        0: 200,
        1: 500,
        2: 200,
        3: 200,
    }
    assert [str(trouble) for trouble in troubles] == ["no such key"]


def test_nothing_is_sealed_on_the_event_loop():
    voice = _Voice()
    asyncio.run(_sealed([b"x"] * 8, voice=voice))
    assert voice.threads
    assert all(name.startswith("sign") for name in voice.threads)
