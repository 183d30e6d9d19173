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
from harness.targets.adapter import Adapter
from harness.targets.asking import Asker
from harness.targets.audit import Auditor, known_orders
from harness.targets.found import from_json
from harness.targets.wallets import Purses
from harness.traffic.people import customer_of


def auditor_of(
    staged: Staged, parties: Parties, permit: Permit, write: Callable[[Event], None], **more: Any
) -> Auditor:
    """Return the auditor of a run; `more` are what Auditor takes by name besides the promised time."""
    adapter, who = _adapter_of(staged, parties), _people(staged.seed)
    within_ns = int(wiring.promised_real_s(staged) * 1e9)
    return Auditor(
        adapter, parties.base_url, who, write, permit.pins, books_within_ns=within_ns, **more
    )


def purses_of(
    staged: Staged,
    parties: Parties,
    permit: Permit,
    write: Callable[[Event], None],
    journals: list[Path],
) -> Purses | None:
    """Return who reads the customers' wallets, None where they have none; `journals` are those of the customers."""
    if staged.target.wallet is None:
        return None
    adapter, who = _adapter_of(staged, parties), _people(staged.seed)
    asker = Asker(adapter, parties.base_url, who, permit.pins)
    return Purses(asker, write, journals, [goods for goods, _, _ in staged.target.topups()])


def _adapter_of(staged: Staged, parties: Parties) -> Adapter:
    return from_json(wiring.traffic_target(staged, parties.base_url, parties.gateway_urls))


def _people(seed: int) -> Callable[[int], dict[str, str]]:
    def who(number: int) -> dict[str, str]:
        fields: dict[str, Any] = msgspec.to_builtins(customer_of(seed, number))
        return {key: str(value) for key, value in fields.items()}

    return who


async def open_work(staged: Staged, work: OpenWork, purses: Purses | None) -> dict[int, int]:
    """Return {intent: wall ns since when} of paid orders that are not over.

    Of cards from the platform's own stock no ledger tells when they are delivered; what comes into a wallet, or is paid
    from it, is told by the wallet.
    """
    supplied = "operators" in staged.has
    if purses is None:
        return work.update() if supplied else {}
    return await purses.still_open(work.update(), work.units(), supplied=supplied)


async def hear_out(
    staged: Staged,
    auditor: Auditor,
    journals: list[Path],
    work: OpenWork,
    *,
    healed_ns: int,
    deadline_s: float,
    purses: Purses | None = None,
) -> int:
    """Wait while charged orders that are settled in the ledgers are shown as under way; return how many still are.

    At most until what was promised for the last of them is over, or until the tick `deadline_s`.
    """
    work.update()
    paid = work.paid() | (purses.paid() if purses is not None else {})
    if not paid:
        return 0
    orders = lastwords.unfinished(journals, known_orders(journals, staged.target.channel), paid)
    promised_ns = int(wiring.promised_real_s(staged) * 1e9)
    until_ns = max(healed_ns, *paid.values()) + promised_ns
    until_ns = min(until_ns, now_ns() + int((deadline_s - tick_s()) * 1e9))
    return len(await lastwords.heard_out(auditor, orders, until_ns))
