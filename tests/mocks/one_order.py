"""One order at the counters of two upstreams, in this process: called without a wire, struck at will."""

from harness import faults
from harness.core.identity import tail_of
from harness.faults._strike import Armed, Strike
from mock_upstreams.desk import who_of
from mock_upstreams.dialect import Ask, Request
from mock_upstreams.exchange import Exchange
from mock_upstreams.gates import Gates
from tests.mocks.mock_town import SEED, Town, as_form, epay_fields, epay_signed, until

FIELDS = {
    "delay": {"by": "30s"},
    "reorder": {"within": "10s"},
    "rewrite": {"amount_times": 0.5},
    "outage": {"answer": "maintenance"},
    "late_after": {"again": True},
    "burst": {"size": 3},
}
SIDE = {"submit": "dayuanren"}


class Ear:
    """A caller in this process, who remembers how he was answered."""

    def __init__(self):
        self.heard = []

    def answer(self, answer):
        self.heard.append(answer)
        return True

    def hold(self):
        self.heard.append("hold")

    def reset(self):
        self.heard.append("reset")

    def cut(self):
        self.heard.append("cut")


def kinds_on(leg):
    return [name for name, fault in sorted(faults.kinds().items()) if leg in fault.legs]


def upstream_of(op):
    """Return where an operation happens."""
    return SIDE.get(op, "epay")


def disarm(t):
    """Take every strike away, and open every gate."""
    t.street.house.gates = Gates()
    for spot in t.street.house.strikes._spots.values():
        spot.armed, spot.ids = [], []
        spot._seen.clear()  # whoever asks for a balance is no order, and always the same


def arm(t, leg, op, kinds, *, upstream=None, first=0):
    """Put strikes of these kinds on a leg, numbered from `first`."""
    upstream = upstream or upstream_of(op)
    strikes = t.street.house.strikes
    spot = strikes.at(upstream, leg, op)
    for number, kind in enumerate(kinds, first):
        strike = Strike(
            id=f"{number}-{kind}",
            upstreams=(upstream,),
            leg=leg,
            ops=(op,),
            fault={"kind": kind, **FIELDS.get(kind, {})},
        )
        spot.armed.append(Armed(strike, SEED))
        spot.ids.append(strike.id)
        strikes.counts[strike.id] = {"eligible": 0, "struck": 0}


def submit_of(t, intent, **fields) -> Ask:
    ask = {
        "order_no": f"D{intent}",
        "account": f"138{tail_of(SEED, intent)}",
        "sku": "12",
        "notify_url": t.platform.url,
    }
    return Ask(op="submit", **{**ask, **fields})


def exchange(t, upstream, ask) -> Ear:
    """Pass one call through an upstream's legs."""
    served, ear = t.street.upstreams[upstream], Ear()
    request = Request("POST", "/")
    Exchange(served, served.dialect, ask, request, ear, served.desk.who(ask)).begin()
    return ear


def create(t, intent) -> Ear:
    request = as_form("/mapi.php", epay_signed(epay_fields(t.platform.url, intent)))
    ask = t.street.upstreams["epay"].dialect.read(request)
    assert isinstance(ask, Ask)
    return exchange(t, "epay", ask)


def capture(t, intent):
    desk = t.street.upstreams["epay"].desk
    trade = desk.book.find(f"E{intent}")
    desk.hurry(Ask(op="create"), trade, who_of(intent, trade.order_no))


def books_hold(t: Town) -> bool:
    operator, gateway = t.book("dayuanren"), t.book("epay")
    kept_fen = sum(o.cost_fen - o.back_fen for o in operator.orders.values())
    return operator.balance_fen + kept_fen == operator.balance_in_fen and all(
        0 <= trade.refunded_fen <= trade.captured_fen for trade in gateway.trades.values()
    )


async def over(t: Town) -> None:
    totals = t.street.house.totals
    await until(lambda: not totals.pending and not totals.open, "the end of all that is under way")
