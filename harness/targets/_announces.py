"""What a platform promises to tell its customers through its message channels; only what is promised is judged."""

import re

import msgspec

from harness.core.plan import Announced
from harness.core.units import duration_ms, fen_from_yuan


def _check_words(says: str) -> None:
    try:
        re.compile(says)
    except re.error as error:
        raise ValueError(f"`says` is a regular expression over a message's text: {error}") from None
    if not says:
        raise ValueError("`says` is what the message says, and cannot be empty")


class Held(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paid order that no operator is asked to deliver within `after` is announced by then."""

    says: str
    after: str
    above: str = "0.00"
    """Only of payments above this, in yuan."""

    def __post_init__(self) -> None:
        _check_words(self.says)
        duration_ms(self.after)
        fen_from_yuan(self.above)


class Lapse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A membership ends `lasts` after it was delivered, at the latest, and is announced to end before."""

    says: str
    lasts: str

    def __post_init__(self) -> None:
        _check_words(self.says)
        duration_ms(self.lasts)


class Endings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words for each end: whoever got the money back must not be told that the goods came."""

    delivered: str
    refunded: str

    def __post_init__(self) -> None:
        _check_words(self.delivered)
        _check_words(self.refunded)


class Ended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an order ended is told within this time, and no message of an order comes more than `most` times."""

    says: str | Endings
    within: str = "10m"
    most: int = 3

    def __post_init__(self) -> None:
        if isinstance(self.says, str):
            _check_words(self.says)
        duration_ms(self.within)
        if self.most < 1:
            raise ValueError("`most` is 1 or more")

    def promised(self) -> tuple[Announced, ...]:
        """Return one promise for both ends, or one for each."""
        said = {"": self.says} if isinstance(self.says, str) else msgspec.structs.asdict(self.says)
        after_ms, most = duration_ms(self.within), self.most
        return tuple(
            Announced(what="ended", says=says, after_ms=after_ms, state=state, most=most)
            for state, says in said.items()
        )


class Device(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A login from a device that is new for its customer is told to him within this."""

    says: str
    within: str = "5m"

    def __post_init__(self) -> None:
        _check_words(self.says)
        duration_ms(self.within)


class Large(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment above this, in yuan, is told within this of when the platform knew of it."""

    says: str
    above: str
    within: str = "5m"

    def __post_init__(self) -> None:
        _check_words(self.says)
        duration_ms(self.within)
        fen_from_yuan(self.above)


class Announces(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The promised messages; spans are the platform's own time."""

    held: Held | None = None
    lapse: Lapse | None = None
    ended: Ended | None = None
    device: Device | None = None
    large: Large | None = None

    def promised(self, members: tuple[str, ...]) -> tuple[Announced, ...]:
        """Return the promises as the laws read them; `members` are the goods that end some time."""
        found: list[Announced] = []
        if (held := self.held) is not None:
            above = fen_from_yuan(held.above)
            after_ms = duration_ms(held.after)
            found.append(Announced(what="held", says=held.says, after_ms=after_ms, above_fen=above))
        if (lapse := self.lapse) is not None:
            after_ms = duration_ms(lapse.lasts)
            found += [
                Announced(what="lapse", says=lapse.says, after_ms=after_ms, goods=name)
                for name in members
            ]
        if self.ended is not None:
            found += self.ended.promised()
        if (device := self.device) is not None:
            after_ms = duration_ms(device.within)
            found.append(Announced(what="device", says=device.says, after_ms=after_ms))
        if (large := self.large) is not None:
            after_ms, above = duration_ms(large.within), fen_from_yuan(large.above)
            found.append(
                Announced(what="large", says=large.says, after_ms=after_ms, above_fen=above)
            )
        return tuple(found)
