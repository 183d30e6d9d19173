"""Changes the price before the order is sent, in the page or on its way, and pays whatever is asked for then."""

from harness.traffic.personas.patient import Patient


class Tamperer(Patient):
    """The price is the list's, never the customer's: such an order is refused, or costs what it always costs."""

    buys = frozenset({"phone", "game", "member", "cards"})
    tampers = True
