"""The contrary of what a notification says."""

_CONTRARY = {
    "delivered": "failed",
    "partial": "failed",
    "failed": "delivered",
    "paid": "closed",
    "closed": "paid",
    "finished": "closed",
    "refunded": "failed",
}


def contrary_of(state: str | int) -> str:
    """Return what a final state is turned into: delivered and failed, paid and closed, refunded and refund failed."""
    return _CONTRARY.get(str(state), "failed")
