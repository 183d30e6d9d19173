"""A new device buys as much as an old one: the password was right, after all.

Modelled on: I6, 非本人消费: session thieves from new devices who buy the dearest goods at once.
Breaks: what a new device may not buy is refused before payment.
"""

from harness.targets.reference.risk_desk import RiskDesk


class DeviceNotLookedAt(RiskDesk):
    """Believes the password."""

    def check_device(self, price_fen: int) -> None:
        """Refuse nothing."""
