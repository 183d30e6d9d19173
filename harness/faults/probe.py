"""The upstream itself tries whether the platform checks signatures: a probe with a bad one, and then the real one."""

from typing import ClassVar

from msgspec.structs import replace

from harness.core.delivery import Conduct, Delivery, Leg, Roll, Signature
from harness.faults import Fault


class Probe(Fault, frozen=True, kw_only=True, tag="probe"):
    """On `notify` a probe goes ahead of the real one; on `reply`, where answers are signed, the answer itself is one.

    WeChat Pay's begins with `WECHATPAY/SIGNTEST/` and wants to be refused; elsewhere its signature does not fit.

    Source: WX-SK 接入指南, 签名探测流量, read 2026-11-22.
    """

    legs: ClassVar[frozenset[Leg]] = frozenset({Leg.NOTIFY, Leg.REPLY})

    def concerns(self, planned: Delivery) -> bool:
        """Say whether anybody could see that it is signed wrong."""
        return planned.signed

    def strike(self, planned: Delivery, roll: Roll) -> tuple[Delivery, ...]:  # noqa: ARG002
        """Put the probe in front of a notification; let it stand for an answer, of which there is only one."""
        probe = replace(planned, signature=Signature.PROBE)
        if planned.leg is Leg.REPLY:
            return (probe,)
        probe = replace(probe, conduct=Conduct.SEND)
        return (probe, replace(planned, copy=planned.copy + 1))
