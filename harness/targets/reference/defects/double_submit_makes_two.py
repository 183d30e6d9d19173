"""Placing is not idempotent: a second tap, or a retry after a lost answer, is a second order.

Modelled on: shops that number submissions on the server; refreshing the page orders again.
Breaks: one submission, one order; a customer is charged once.
"""

import secrets

from harness.targets.reference.shop import OrderForm, Shop


class DoubleSubmitMakesTwo(Shop):
    """Tells submissions apart by a number of its own instead of the customer's."""

    def placing_key(self, form: OrderForm) -> str:
        """Return a new key each time."""
        return f"{form.client_no}-{secrets.token_hex(8)}"
