"""Orders are counted by customer, and one address with a hundred accounts is a hundred customers.

Modelled on: I6, 同一 IP 多笔支付: stolen cards are tried from one machine under many names.
Breaks: from one address no more than so many orders are taken within a span.
"""

from harness.targets.reference.risk_desk import RiskDesk


class AddressNotCounted(RiskDesk):
    """Looks at names alone."""

    def check_address(self, address: str, placing: str) -> None:
        """Count by the customer, who places few."""
        super().check_address(placing.partition(" ")[0] or address, placing)
