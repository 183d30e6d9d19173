"""What a run sets out to do, in machine form: a staged scenario becomes the plan that checker and reports read."""

from harness import wiring
from harness.core import plan as plans
from harness.core.units import duration_ms, fen_from_yuan
from harness.scenario import Staged
from harness.traffic import personas
from harness.traffic.intents import Intents


def plan_of(staged: Staged, run: str, *, workers: int, defects: tuple[str, ...]) -> plans.Plan:
    """Return the plan of a run, which is named `run` and has so many Locust workers."""
    scenario = staged.scenario
    traffic = tuple(f"traffic-{n}" for n in range(workers))
    network = ("network",) if wiring.links_of(staged) else ()
    channels = ("channels",) if staged.channels else ()
    return plans.Plan(
        run=run,
        scenario=staged.name,
        target=staged.target.name,
        defects=defects,
        seed=staged.seed,
        time_scale=scenario.time_scale,
        workers=workers,
        intents=_orders(staged),
        load_ms=scenario.traffic.span_ms,
        recorders=("supervisor", "gateways", "operators", *channels, *network, *traffic),
        strikes=tuple(staged.notes),
        laws=tuple(staged.laws),
        not_applicable=staged.not_applicable,
        has=staged.has,
        products=staged.target.supplied(),
        topups=staged.target.topups(),
        faces={goods.id: fen_from_yuan(goods.face) for goods in staged.target.goods},
        numberless=staged.numberless,
        own_stock=tuple(staged.target.own_stock()),
        announces=staged.target.announced(),
        compensates=staged.target.compensated(),
        stock_listed=bool(staged.target.card_stock),
        stock_beside=staged.target.sells_cards_of_operators(),
        slo=tuple(scenario.expect.thresholds),
        aborts=scenario.expect.aborts,
        coverage=tuple(scenario.expect.coverage),
        sells_out=scenario.expect.sells_out,
        settle_within_ms=duration_ms(staged.target.promises.settle_within),
        forbidden=tuple(one.banned() for one in staged.target.promises.forbidden),
        settle_rules=staged.settle_rules,
        promised=staged.target.further(),
        lateness_p99_ms=duration_ms(scenario.expect.driver_lateness_p99),
    )


def _intents(staged: Staged) -> Intents:
    """Return what the customers of a run want."""
    target = staged.target
    return staged.scenario.traffic.intents(
        seed=staged.seed,
        goods=target.goods,
        gateways=staged.gateways,
        customers=target.customers,
        line=target.batch_line,
    )


def _orders(staged: Staged) -> int:
    """Return how many orders will be wanted: one an arrival, but of a batch one a line."""
    traffic, count = staged.scenario.traffic, len(staged.starts_ms)
    if traffic.numbers == count:
        return count
    kinds = personas.kinds(traffic.extra_folder)
    intents = _intents(staged)
    batches = sum(kinds[intents.persona(number)].batches for number in range(count))
    return count + batches * (traffic.lines - 1)
