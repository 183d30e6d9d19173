"""Who reads the platform's orders in the end, as a run sets him up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from harness import wiring
from harness.core.clock import now_ns, tick_s
from harness.core.event import Event
from harness.nemesis.openwork import OpenWork
from harness.parties import Parties
from harness.safety import Permit
from harness.scenario import Staged
from harness.targets import lastwords
from harness.targets.audit import Auditor, known_orders
from harness.targets.found import from_json
from harness.traffic.people import customer_of


def auditor_of(
    staged: Staged, parties: Parties, permit: Permit, write: Callable[[Event], None], **more: Any
) -> Auditor:
    """Return the auditor of a run; `more` are what Auditor takes by name besides the promised time."""
    adapter = from_json(wiring.traffic_target(staged, parties.base_url, parties.gateway_urls))
    seed = staged.seed

    def who(number: int) -> dict[str, str]:
        fields: dict[str, Any] = msgspec.to_builtins(customer_of(seed, number))
        return {key: str(value) for key, value in fields.items()}

    within_ns = int(wiring.promised_real_s(staged) * 1e9)
    return Auditor(
        adapter, parties.base_url, who, write, permit.pins, books_within_ns=within_ns, **more
    )


async def hear_out(
    staged: Staged,
    auditor: Auditor,
    journals: list[Path],
    work: OpenWork,
    *,
    healed_ns: int,
    deadline_s: float,
) -> int:
    """Wait while charged orders that are settled in the ledgers are shown as under way; return how many still are.

    At most until what was promised for the last of them is over, or until the tick `deadline_s`.
    """
    work.update()
    paid = work.paid()
    if not paid:
        return 0
    orders = lastwords.unfinished(journals, known_orders(journals, staged.target.channel), paid)
    promised_ns = int(wiring.promised_real_s(staged) * 1e9)
    until_ns = max(healed_ns, *paid.values()) + promised_ns
    until_ns = min(until_ns, now_ns() + int((deadline_s - tick_s()) * 1e9))
    return len(await lastwords.heard_out(auditor, orders, until_ns))
