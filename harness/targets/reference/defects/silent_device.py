"""Somebody logs in from a device that was never seen before, and the owner hears nothing.

Modelled on: I6, 非本人消费: stolen sessions are noticed on the bill, weeks later.
Breaks: a login from a new device is announced to its customer.
"""

from sqlalchemy import Connection

from harness.targets.reference.accounts import Accounts


class SilentDevice(Accounts):
    """Writes the device down, and that is all."""

    def new_device(self, c: Connection, customer_id: int, token: str) -> None:
        """Say nothing."""
