"""Buys memberships, goods that end by themselves after some time, and waits until they are there."""

from harness.traffic.personas.patient import Patient


class SvipMember(Patient):
    """A patient customer of time-limited goods."""

    buys = frozenset({"member"})
    settles_for = frozenset[str]()
