"""A probe is one more delivery of a notification, and the only answer of a call."""

from harness.core.delivery import Conduct, Delivery, Leg, Signature
from harness.faults.probe import Probe


def struck(**planned):
    return Probe().strike(Delivery(op="pay", fields={"amount_fen": 1}, **planned), lambda _: 0.5)


def test_a_probe_goes_ahead_of_the_real_notification():
    probe, real = struck(leg=Leg.NOTIFY)
    assert (probe.signature, real.signature) == (Signature.PROBE, Signature.VALID)
    assert (probe.copy, real.copy) == (0, 1)
    assert probe.fields == real.fields


def test_where_nothing_would_be_said_only_the_probe_is_heard():
    probe, silent = struck(leg=Leg.NOTIFY, conduct=Conduct.SILENT)
    assert (probe.conduct, silent.conduct) == (Conduct.SEND, Conduct.SILENT)


def test_an_answer_is_the_probe_itself():
    (probe,) = struck(leg=Leg.REPLY)
    assert probe.signature is Signature.PROBE
