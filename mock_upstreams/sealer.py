"""Answers whose signature takes long: sealed in threads, those of one turn together.

    say, say, say ──end of the turn──▶ thread: seal, seal ──▶ event loop: send, send
                                  └──▶ thread: seal

A thread that is woken for every signature, and wakes the loop after each, costs half as much again as the signature.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from mock_upstreams.answer_bytes import plain
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.turn import Turn
from mock_upstreams.voice import Voice

Send = Callable[[Answer], None]


class _Unsealed:
    """An answer that waits for its signature."""

    __slots__ = ("answer", "request", "send", "voice")

    def __init__(self, voice: Voice, request: Request, answer: Answer, send: Send) -> None:
        self.voice = voice
        self.request = request
        self.answer = answer
        self.send = send


class Sealer:
    """Seals answers in the threads of a pool; lives on the event loop that made it."""

    def __init__(self, turn: Turn, pool: ThreadPoolExecutor, threads: int) -> None:
        self._turn = turn
        self._pool = pool
        self._threads = threads
        self._loop = asyncio.get_running_loop()
        self._waiting: list[_Unsealed] = []

    def seal(self, voice: Voice, request: Request, answer: Answer, send: Send) -> None:
        """Seal an answer, then send it from the event loop."""
        self._waiting.append(_Unsealed(voice, request, answer, send))
        if len(self._waiting) == 1:
            self._turn.then(self._hand_over)

    def _hand_over(self) -> None:
        waiting, self._waiting = self._waiting, []
        for thread in range(self._threads):
            if part := waiting[thread :: self._threads]:
                self._pool.submit(_sealed, part).add_done_callback(self._back)

    def _back(self, done: "Future[list[tuple[Send, Answer | Exception]]]") -> None:
        if not done.cancelled():
            self._loop.call_soon_threadsafe(self._send, done.result())

    def _send(self, sealed: list[tuple[Send, Answer | Exception]]) -> None:
        for send, answer in sealed:
            if isinstance(answer, Exception):
                # A bug must show as a 500, never as a caller left waiting, and spoil nobody else's answer.
                self._loop.call_exception_handler({"message": "sealing", "exception": answer})
            send(plain(500) if isinstance(answer, Exception) else answer)


def _sealed(part: list[_Unsealed]) -> list[tuple[Send, Answer | Exception]]:
    return [(one.send, _seal(one)) for one in part]


def _seal(one: _Unsealed) -> Answer | Exception:
    try:
        return one.voice.seal(one.request, one.answer)
    except Exception as error:  # noqa: BLE001 - told on the event loop, see `_send`
        return error
