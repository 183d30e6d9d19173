"""A fact is changed on the way and validly signed: another amount, another state."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Roll
from harness.core.units import fen_from_yuan
from harness.faults import Fault


class Rewrite(Fault, frozen=True, kw_only=True, tag="rewrite"):
    """`amount: 0.01` sets yuan, `amount_off: -0.01` adds them, `amount_times: 0.5` scales.

    `set` replaces other facts by our names.

    On `notify` only the message is changed; on `effect` of `pay` the gateway really takes that amount.
    """

    legs: ClassVar[frozenset[Leg]] = frozenset({Leg.EFFECT, Leg.NOTIFY})

    amount: str = ""
    amount_off: str = ""
    amount_times: float | None = None
    set: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.amount:
            fen_from_yuan(self.amount)
        self._off_fen()
        if not (self.amount or self.amount_off or self.amount_times is not None or self.set):
            raise ValueError("something to rewrite: amount, amount_off, amount_times or set")

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Change what it says."""
        fields = {**planned.fields, **self.set}
        if "amount_fen" in fields:
            fields["amount_fen"] = self._amount_fen(int(fields["amount_fen"]))
        return (replace(planned, fields=fields),)

    def _amount_fen(self, fen: int) -> int:
        if self.amount:
            return fen_from_yuan(self.amount)
        times = 1.0 if self.amount_times is None else self.amount_times
        return max(1, round(fen * times) + self._off_fen())

    def _off_fen(self) -> int:
        sign = -1 if self.amount_off.startswith("-") else 1
        return sign * fen_from_yuan(self.amount_off.lstrip("-")) if self.amount_off else 0
