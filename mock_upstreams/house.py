"""What all upstreams of one process share: the seed, upstream time, strikes, the recorder, threads and held lines."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVarTuple

from harness.core.clock import now_ns, real_s
from harness.core.identity import intent_of
from mock_upstreams.caller import Caller
from mock_upstreams.dialect import Answer
from mock_upstreams.gates import Gates
from mock_upstreams.recorder import Recorder
from mock_upstreams.sealer import Sealer
from mock_upstreams.strikes import Strikes
from mock_upstreams.turn import Turn

HOLD_S = 60.0
SIGNERS = 2
Args = TypeVarTuple("Args")


class Ear(Protocol):
    """Whoever waits for an answer: a connection (wire.Line), or a part of this process. Exactly one call answers it."""

    def answer(self, answer: Answer) -> bool:
        """Say it; False if nobody hears it any more."""

    def hold(self) -> None:
        """Say nothing and stay."""

    def reset(self) -> None:
        """Break off."""

    def cut(self) -> None:
        """Close without an answer, also after `hold`."""


class House:
    """Shared by all upstreams of one process; lives on the event loop that made it."""

    def __init__(
        self,
        *,
        seed: int,
        intents: int,
        time_scale: float,
        handles_s: float = 0.0,
        strikes: Strikes,
        recorder: Recorder,
        pins: Mapping[str, str] | None = None,
    ) -> None:
        self.seed = seed
        self.time_scale = time_scale
        self.handles_s = handles_s
        self.strikes = strikes
        self.recorder = recorder
        self.totals = recorder.totals
        self.caller = Caller(pins)
        self.gates = Gates()
        self.pool = ThreadPoolExecutor(SIGNERS, thread_name_prefix="sign")
        self.intents = intents
        self.turn = Turn(asyncio.get_running_loop().call_soon)
        self.sealer = Sealer(self.turn, self.pool, SIGNERS)
        self._loop = asyncio.get_running_loop()
        self._held: dict[Ear, asyncio.TimerHandle] = {}

    def real_s(self, upstream_ms: float) -> float:
        """Return how many real seconds a span of upstream time takes here."""
        return real_s(upstream_ms, self.time_scale)

    def elapsed_ms(self) -> float:
        """Return how much upstream time has passed since the first arrival was due; 0 before."""
        began_ns = self.strikes.began_ns
        past_ns = 0 if began_ns is None else max(0, now_ns() - began_ns)
        return past_ns / 1e6 * self.time_scale

    def later(self, upstream_ms: float, act: Callable[[*Args], object], *args: *Args) -> None:
        """Do something after a span of upstream time; at once, in this very tick, if there is no span."""
        if upstream_ms <= 0:
            act(*args)
        else:
            self._loop.call_later(self.real_s(upstream_ms), act, *args)

    def after(self, span_s: float, act: Callable[[*Args], object], *args: *Args) -> None:
        """Do something after a span of real time; at once, in this very tick, if there is no span."""
        if span_s <= 0:
            act(*args)
        else:
            self._loop.call_later(span_s, act, *args)

    def late(self, upstream_ms: float, act: Callable[[*Args], object], *args: *Args) -> None:
        """Let an effect happen late; it counts as pending until then."""

        def happen() -> None:
            self.totals.pending -= 1
            act(*args)

        self.totals.pending += 1
        self._loop.call_later(self.real_s(upstream_ms), happen)

    def intent_in(self, texts: Iterable[str]) -> int | None:
        """Return the intent whose digits stand in one of the texts."""
        if not self.intents:
            return None
        for text in texts:
            if text:
                intent = intent_of(self.seed, self.intents, text)
                if intent is not None:
                    return intent
        return None

    def known_intent(self, intent: int | None) -> int | None:
        """Return an intent that the run has, else None."""
        return intent if intent is not None and 0 <= intent < self.intents else None

    def hold(self, ear: Ear) -> None:
        """Leave a caller waiting until strikes are healed, or HOLD_S real seconds have passed."""
        ear.hold()
        self._held[ear] = self._loop.call_later(HOLD_S, self._let_go, ear)

    def _let_go(self, ear: Ear) -> None:
        timer = self._held.pop(ear, None)
        if timer is not None:
            timer.cancel()
            ear.cut()

    def heal(self) -> None:
        """Take all strikes off, close the lines that were held and let go what waits for something."""
        self.strikes.heal()
        self.gates.heal()
        for ear in tuple(self._held):
            self._let_go(ear)

    def close(self) -> None:
        """End the threads and the kept connections."""
        self.caller.close()
        self.pool.shutdown(wait=False, cancel_futures=True)
