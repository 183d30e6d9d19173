"""Wrong passwords are counted for some seconds only: whoever waits a minute may go on.

Modelled on: counters in a cache whose key expires after a minute, whatever the page promises.
Breaks: credential stuffing is throttled.
"""

from harness.targets.reference.accounts import Accounts
from harness.targets.reference.clock import now_ms

_FORGETS_AFTER_S = 60.0


class ThrottleForgetsSoon(Accounts):
    """Keeps too short a memory."""

    def throttled(self, phone: str, address: str) -> bool:
        """Look at the last minute."""
        since_ms = now_ms() - self.pace.real_ms(_FORGETS_AFTER_S)
        for who in (phone, address):
            if who in self._wrong:
                self._wrong[who] = [at_ms for at_ms in self._wrong[who] if at_ms > since_ms]
        return super().throttled(phone, address)
