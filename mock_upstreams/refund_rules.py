"""How often, how soon after one another, and until when a gateway gives money of one trade back."""

import msgspec

from mock_upstreams.records import Reason, Trade


class RefundRules(msgspec.Struct, frozen=True, kw_only=True):
    """What one gateway sets; 0 is no rule. Spans are upstream time."""

    most: int = 0
    """Refunds of one trade."""
    apart_ms: float = 0.0
    """From one refund of a trade to the next one."""
    within_ms: float = 0.0
    """From the payment on."""
    number_alone: bool = False
    """A number that was used before stands for its refund, whatever else is said with it."""

    def forbid(self, trade: Trade, now_ns: int, ns_per_ms: float) -> Reason | None:
        """Say why a further refund of a paid trade is refused now; None if it is not.

        A refund that is asked for again under its number is none: whoever asks here has looked for that.
        """
        if self.within_ms and now_ns - trade.paid_ns > self.within_ms * ns_per_ms:
            return Reason.REFUND_TOO_LATE
        if self.most and len(trade.refunds) >= self.most:
            return Reason.REFUND_TOO_OFTEN
        last_ns = max((refund.created_ns for refund in trade.refunds.values()), default=0)
        if self.apart_ms and last_ns and now_ns - last_ns < self.apart_ms * ns_per_ms:
            return Reason.REFUND_TOO_SOON
        return None
