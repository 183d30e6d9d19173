"""What a visit places: an order for each kind of goods through each gateway, and a batch where there are batches."""

from pathlib import Path

from harness.core.units import duration_ms
from harness.doctor.facts import Chain
from harness.scenario import Scenario, Staged
from harness.striking_places import ROLES
from harness.targets import target as targets
from harness.targets._goods import Goods
from harness.targets._wallet import TOPUP, WALLET
from harness.targets.found import with_accounts
from harness.targets.target import Target
from harness.traffic import personas
from harness.traffic.arrivals import Steady
from harness.traffic.intents import account_of
from harness.traffic.job import Traffic
from mock_upstreams.catalogue import catalogue

MOST_SCALE = 60.0


def staged_for(path: Path, seed: int) -> Staged:
    """Return what a run of one order a chain on a target means: all its upstreams, no strikes.

    Raises:
        UsageError: the target file is wrong.
    """
    target, doc = targets.load(path)
    target = with_accounts(target, path.parent)
    known = catalogue()
    for role, side in ROLES.items():
        for name, said in getattr(target, role).items():
            spoken = str(said.get("dialect") or name)
            if spoken not in known or known[spoken].side != side:
                raise doc.wrong((role, name), f"{spoken!r} is none of the {role} that we speak")
    orders = len(chains_of(target, seed)) + len(lines_of(target, seed))
    orders += len(spent_of(target, seed))
    traffic = Traffic(arrivals=Steady(rate=f"{max(1, orders)}/s", span="1s"))
    return Staged(
        name="doctor",
        path=path,
        text="",
        scenario=Scenario(time_scale=_scale(target), traffic=traffic),
        seed=seed,
        target=target,
        target_path=path,
        gateways={name: {} for name in target.gateways},
        operators={name: {} for name in target.operators},
        channels={name: {} for name in target.channels},
        strikes=[],
        notes=[],
        laws=[],
        not_applicable={},
        has=(),
        starts_ms=[0.0] * max(1, orders),
    )


def chains_of(target: Target, seed: int) -> list[Chain]:
    """Return the first goods of each kind through each gateway; the chain's place in the list is its intent.

    Cards of the platform's own stock and those of an operator are two kinds.
    """
    kinds = {(goods.kind, bool(goods.operators)): goods for goods in reversed(target.goods)}
    pairs = [(goods, gateway) for goods in reversed(kinds.values()) for gateway in target.gateways]
    return [_chain(target, seed, at, *pair) for at, pair in enumerate(pairs)]


def lines_of(target: Target, seed: int) -> list[Chain]:
    """Return the lines of a batch, of two goods if there are, through the first gateway; none without batches.

    Their intents follow those of the chains.
    """
    if target.batch is None or not target.gateways:
        return []
    sold = {goods.kind for goods in target.goods}
    kinds = personas.kinds(None)["merchant"].takes(sold) or sold
    goods = [one for one in target.goods if one.kind in kinds]
    first = len(chains_of(target, seed))
    pair = (goods[0], goods[min(1, len(goods) - 1)])
    gateway = next(iter(target.gateways))
    return [_chain(target, seed, at, one, gateway) for at, one in enumerate(pair, start=first)]


def spent_of(target: Target, seed: int) -> list[Chain]:
    """Return what may be paid from a wallet: the first goods of each kind but top-ups; none without one to pay from.

    Their intents follow those of the batch.
    """
    if target.wallet is None or not target.wallet.channel:
        return []
    kinds = {goods.kind: goods for goods in reversed(target.goods) if goods.kind != TOPUP}
    first = len(chains_of(target, seed)) + len(lines_of(target, seed))
    every = enumerate(reversed(kinds.values()), start=first)
    return [_chain(target, seed, at, goods, WALLET) for at, goods in every]


def _chain(target: Target, seed: int, at: int, goods: Goods, gateway: str) -> Chain:
    return Chain(
        goods=goods.id,
        kind=goods.kind,
        price_fen=goods.price_fen,
        gateway=gateway,
        operators=tuple(goods.operators),
        products={name: supply.product for name, supply in goods.operators.items()},
        account=account_of(seed, at, goods.kind),
        passwords=target.promises.card_passwords is not False,
        channels=tuple(target.channels) if target.promises.announces.ended else (),
    )


def _scale(target: Target) -> float:
    """Return how fast upstream time may pass: no ladder may overtake the platform's own handling."""
    handles_ms = duration_ms(target.handles_within) or 1.0
    known = catalogue()
    offered = {**target.gateways, **target.operators}
    spoken = [str(said.get("dialect") or name) for name, said in offered.items()]
    gaps_ms = [known[name].smallest_gap_ms for name in spoken]
    return max(1.0, min([MOST_SCALE, *(gap / handles_ms for gap in gaps_ms if gap is not None)]))
