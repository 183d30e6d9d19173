"""One of many accounts behind one address that all buy at the same time, as machines do with stolen cards."""

from harness.traffic.personas.patient import Patient


class OneAddress(Patient):
    """Each buys like anybody else; it is the address that they have in common."""

    shares_address = True
