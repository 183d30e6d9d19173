"""Passwords can be tried for ever.

Modelled on: I6, 撞库: lists of stolen passwords are run against login pages that never say "later".
Breaks: credential stuffing is throttled.
"""

from harness.targets.reference.accounts import Accounts


class NoThrottle(Accounts):
    """Counts, and does nothing."""

    def throttled(self, phone: str, address: str) -> bool:  # noqa: ARG002
        """Let everybody try again."""
        return False
