"""What a platform offers to this run: what laws may need of it, and which day it is there."""

from collections.abc import Iterable, Mapping, Sequence

from harness import invariants
from harness.core import document
from harness.core.clock import now_ns
from harness.core.errors import MisfitError, did_you_mean
from harness.core.plan import Ruled
from harness.core.units import duration_ms
from harness.targets._mending import keeps_strangers_out, mends_accounts
from harness.targets._rules import day_at
from harness.targets._strangers import is_signed, knows_customers
from harness.targets._words import steps_of
from harness.targets.target import CALLS, Target
from harness.traffic.personas import Persona
from mock_upstreams.catalogue import Entry


def calendar(platform: Target, said: str) -> tuple[str, tuple[Ruled, ...]]:
    """Return the day that the platform may be told (`said`, else today), and the rules of this run."""
    promises, now = platform.promises, now_ns()
    today = said or day_at(now, promises.offset)
    told = today if platform.told("date") else ""
    ranked = enumerate(promises.settle_rules)
    rules = (one for rank, rule in ranked for one in rule.ruled(rank, promises.offset, told, now))
    return today, tuple(rules)


def there(
    platform: Target, buyers: Sequence[type[Persona]], *, operators: bool, rules: bool
) -> tuple[str, ...]:
    """Return what laws may need and this run has: operators, cards that somebody buys, sessions, views of books."""
    promises, further = platform.promises, platform.promises.further()
    sold = {one.kind for one in platform.goods}
    views = platform.database.views if platform.database else {}
    cards = any("cards" in b.takes(sold) for b in buyers)
    limits = bool(promises.limit_unverified)
    has = {
        "operators": operators,
        "cards": cards,
        "database.wallet": "wallet" in views and "orders" in views,
        "database.cards": cards and "cards" in views,
        "complaints": "complaint_answered_within" in further and any(b.complains for b in buyers),
        "compensation": promises.compensation is not None
        and any(b.awaits_compensation for b in buyers),
        "tickets": "ticket_answered_within" in further and any("ticket" in b.needs for b in buyers),
        "batches": any(b.batches for b in buyers),
        "corrections": any("resend" in b.needs for b in buyers) and mends_accounts(platform),
        "limits": limits,
        "refusals.limit": limits and platform.refusals.limit is not None,
        "forbidden": bool(promises.forbidden),
        "settle_rules": rules,
        "throttles": promises.throttles is not None and any("register" in b.needs for b in buyers),
        "order_list": platform.order_list is not None,
        "bill": platform.bill_lines is not None,
        "wallet": platform.wallet is not None,
        "sessions": knows_customers(platform) or is_signed(platform),
        "shows.account": any("account" in one.take for one in steps_of(platform.status)),
    }
    has["corrections.shown"] = has["corrections"] and has["shows.account"]
    intruded = any(b.intrudes for b in buyers)
    has |= {
        f"announces.{one.what}": one.what != "device" or intruded for one in platform.announced()
    }
    has["limit_new_device"] = bool(promises.limit_new_device) and intruded
    has["tampers"] = any(b.tampers for b in buyers)
    has["meddles"] = any(b.meddles for b in buyers) and keeps_strangers_out(platform)
    has["per_address"] = promises.per_address is not None and any(b.shares_address for b in buyers)
    return tuple(name for name, there in has.items() if there)


def offered(platform: Target, used: Iterable[Entry]) -> set[str]:
    """Return what personas may need and this platform, or a gateway of the run, has."""
    found = {name for name in CALLS if platform.call(name) is not None}
    found |= {"login"} if platform.session.login is not None else set()
    # Whoever opens accounts of his own must not meet those of others.
    opens = platform.session.register is not None and platform.accounts is None
    found |= {"register"} if opens else set()
    found |= {"balance"} if platform.wallet is not None and platform.wallet.channel else set()
    return found | ({"complaints"} if any("complaint" in one.ops for one in used) else set())


def hurried(used: Mapping[str, Entry], platform: Target, time_scale: float) -> tuple[str, ...]:
    """Return the upstreams that would send again sooner than the platform handles a notification."""
    handles_ms = duration_ms(platform.handles_within)
    gaps_ms = {name: entry.smallest_gap_ms for name, entry in used.items()}
    return tuple(
        n for n, gap in gaps_ms.items() if gap is not None and gap / time_scale < handles_ms
    )


def check_about(
    doc: document.Document, about: Sequence[str], needs: Mapping[str, str], target: str
) -> None:
    """Refuse a scenario none of whose laws applies to the target: to pass it would say what nobody has looked at.

    Raises:
        UsageError: a law has no such name.
        MisfitError: the target promises nothing of what it is about.
    """
    known = invariants.law_names()
    for at, name in enumerate(about):
        if name not in known:
            place = ("expect", "about", at)
            raise doc.wrong(place, f"no law {name!r}{did_you_mean(name, known)}")
    if about and all(name in needs for name in about):
        lacking = ", ".join(dict.fromkeys(needs[name] for name in about))
        told = f"the target {target!r} has no {lacking}, which this scenario is about"
        raise MisfitError(doc.wrong(("expect", "about"), told), told)
