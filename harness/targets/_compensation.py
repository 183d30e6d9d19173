"""What a platform promises its customers for goods that came late (超时赔付): once, and within a stated time."""

import math
import re
from collections.abc import Sequence

import msgspec

from harness.core.plan import Compensated
from harness.core.units import duration_ms, fen_from_yuan
from harness.targets._goods import Goods

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)%")


class Compensation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that are not there `late_after` the payment are late, and compensated by `amount` within `within` of that.

    `amount` is in yuan, or a share of the price such as `10%`.
    """

    late_after: str
    amount: str
    within: str = "30m"
    goods: list[str] = []
    """Ids of the goods that it is promised for; unless said, all time-limited ones (kind member)."""

    def __post_init__(self) -> None:
        duration_ms(self.late_after)
        duration_ms(self.within)
        if not any(self.bounds_fen(10_000)):
            raise ValueError("an amount above 0, in yuan or as a share such as 10%")

    def bounds_fen(self, price_fen: int) -> tuple[int, int]:
        """Return the least and the most that is owed for goods of a price: a share may be rounded either way."""
        if share := _PERCENT.fullmatch(self.amount):
            owed = price_fen * float(share[1]) / 100
            return math.floor(owed), math.ceil(owed)
        fen = fen_from_yuan(self.amount)
        return fen, fen

    def promised(self, sold: Sequence[Goods]) -> tuple[Compensated, ...]:
        """Return the promise as the law reads it: a row for each of the goods."""
        late_ms, within_ms = duration_ms(self.late_after), duration_ms(self.within)
        meant = [g for g in sold if g.id in self.goods or (not self.goods and g.kind == "member")]
        return tuple(
            Compensated(
                goods=g.id,
                late_after_ms=late_ms,
                within_ms=within_ms,
                least_fen=least,
                most_fen=most,
            )
            for g in meant
            for least, most in [self.bounds_fen(g.price_fen)]
        )
