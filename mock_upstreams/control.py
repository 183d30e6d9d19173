"""The control port: the supervisor's begin, heal, stats and stop, the customers' payer and complaints, and metrics.

Every call needs `Authorization: Bearer TOKEN`.
"""

import hmac
from collections.abc import Callable, Mapping

import msgspec

from harness.core.clock import now_ns
from mock_upstreams.complainer import Complainer
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.house import Ear, House
from mock_upstreams.payer import Payer

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_GAUGES = frozenset({"pending", "open", "last_move_ns"})


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    """The instant at which the first arrival is due."""

    t0_ns: int


class Control:
    """Answers the control port."""

    def __init__(
        self,
        token: str,
        house: House,
        payer: Payer,
        complainer: Complainer,
        stop: Callable[[], None],
    ) -> None:
        self._word = f"Bearer {token}".encode()
        self._house = house
        self._payer = payer
        self._stop = stop
        self._calls: Mapping[tuple[str, str], Callable[[Request], Answer]] = {
            ("POST", "/control/begin"): self._begin,
            ("POST", "/control/heal"): self._heal,
            ("GET", "/control/stats"): self._stats,
            ("POST", "/control/stop"): self._halt,
            ("POST", "/payer/complain"): complainer.hear,
            ("GET", "/metrics"): self._metrics,
        }

    def hear(self, request: Request, ear: Ear) -> None:
        """Take one request; the wire's app."""
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._word):
            ear.answer(_says({"error": "a bearer token is needed"}, 401))
        elif (request.method, request.path) == ("POST", "/payer/pay"):
            self._payer.hear(request, ear)
        elif call := self._calls.get((request.method, request.path)):
            ear.answer(call(request))
        else:
            ear.answer(_says({"error": f"no {request.method} {request.path} here"}, 404))

    def _begin(self, request: Request) -> Answer:
        try:
            begin = msgspec.json.decode(request.body, type=Begin)
        except msgspec.MsgspecError as error:
            return _says({"error": str(error)}, 400)
        self._house.strikes.begin(begin.t0_ns)
        return _says({"ok": True})

    def _heal(self, request: Request) -> Answer:  # noqa: ARG002
        self._house.heal()
        return _says({"ok": True})

    def _stats(self, request: Request) -> Answer:  # noqa: ARG002
        totals = msgspec.structs.asdict(self._house.totals)
        return _says({**totals, "strikes": self._house.strikes.snapshot()})

    def _halt(self, request: Request) -> Answer:  # noqa: ARG002
        self._stop()
        return _says({"ok": True})

    def _metrics(self, request: Request) -> Answer:  # noqa: ARG002
        lines = []
        for name, value in msgspec.structs.asdict(self._house.totals).items():
            kind = "gauge" if name in _GAUGES else "counter"
            metric = f"recharge_chaos_{name}{'' if kind == 'gauge' else '_total'}"
            lines += [f"# TYPE {metric} {kind}", f"{metric} {value}"]
        lines.append("# TYPE recharge_chaos_strikes_total counter")
        for strike, counts in self._house.strikes.snapshot().items():
            label = strike.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            for what, count in counts.items():
                lines.append(
                    f'recharge_chaos_strikes_total{{strike="{label}",what="{what}"}} {count}'
                )
        lines.append(f"recharge_chaos_clock_seconds {now_ns() / 1e9:.3f}")
        return Answer(("\n".join(lines) + "\n").encode(), 200, _TEXT)


def _says(value: Mapping[str, object], status: int = 200) -> Answer:
    return Answer(msgspec.json.encode(value), status)
