"""One worker's share of a run: log in, wait for the start, let every intent live at its own instant.

    log_in ──▶ ready-<worker> ──▶ go {"t0_ns"} ──▶ one greenlet an intent ──▶ everybody home, or sent home

Open model: an intent begins when it is due, whatever became of those before it.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import gevent.pool
import msgspec

from harness.core.clock import now_ns, tick_s
from harness.core.errors import HarnessError
from harness.core.journal import Journal
from harness.core.units import duration_ms
from harness.traffic import personas
from harness.traffic.bank import Bank
from harness.traffic.counter import Counter
from harness.traffic.customer import Customer
from harness.traffic.intents import Intent
from harness.traffic.job import TrafficJob
from harness.traffic.merchant import Merchant
from harness.traffic.personas import Circumstances, Persona
from harness.traffic.seams import Ear, Shop
from harness.traffic.sessions import Sessions
from harness.traffic.spender import Spender
from harness.traffic.surroundings import Surroundings
from harness.traffic.transport import GeventTransport

_GO_POLL_S = 0.02
_STOP_POLL_S = 0.25


class _Go(msgspec.Struct):
    t0_ns: int


class Crowd:
    """The intents whose number modulo `workers` is `worker`, with their journal `traffic-<worker>.ndjson`."""

    def __init__(self, job: TrafficJob, worker: int, workers: int, hear: Ear) -> None:
        if not 0 <= worker < workers:
            raise HarnessError(f"worker {worker} of {workers} does not exist")
        self._job = job
        self._worker = worker
        self._workers = workers
        self._intents = job.intents()
        self._apart = job.traffic.per_arrival
        self._kinds = personas.kinds(job.traffic.extra_folder)
        self._people = gevent.pool.Group()
        self._stop = Path(job.private) / job.stop_file
        self.broken = 0
        """Customers whose persona raised an error: a fault of the harness, never of the platform."""
        self._circumstances = self._shared_circumstances()
        self._around = self._surroundings(hear)

    @property
    def mine(self) -> range:
        """The numbers of this worker's intents."""
        return range(self._worker, self._intents.count, self._workers)

    def log_in(self) -> int:
        """Log in the customers of this worker's intents; return how many could not be."""
        who = (self._intents.customer(number) for number in self.mine)
        return self._around.sessions.open(who)

    def say_ready(self) -> None:
        """Write `ready-<worker>` into the private directory."""
        (Path(self._job.private) / f"ready-{self._worker}").write_text("ready\n", encoding="utf-8")

    def wait_for_go(self) -> int:
        """Wait for the go file and return its t0_ns; it may be seen half written at first."""
        path = Path(self._job.private) / self._job.go_file
        while True:
            try:
                return msgspec.json.decode(path.read_bytes(), type=_Go).t0_ns
            except (FileNotFoundError, msgspec.DecodeError):
                gevent.sleep(_GO_POLL_S)

    def drive(self, t0_ns: int) -> None:
        """Let every intent live at its instant; return when all have gone home or their patience must be over."""
        t0_s = tick_s() + (t0_ns - now_ns()) / 1e9
        for number in self.mine:
            intent = self._intents.intent(number)
            start_s = intent.start_ms / 1e3
            customer = self._customer(intent, t0_ns + int(start_s * 1e9), t0_s + start_s)
            if self._stopped_before(t0_s + start_s):
                break
            self._people.spawn(self._live, customer, self._persona(intent))
        self._wait_until_home(tick_s() + self._job.home_after_s())
        self._people.kill()

    def close(self) -> None:
        """Send everybody home and close the journal; a second call does nothing."""
        self._people.kill()
        self._around.journal.close()
        self._transport.close()

    def _stopped_before(self, due_s: float) -> bool:
        """Wait until an arrival is due; say whether the supervisor wants no more of them by then."""
        while (left_s := due_s - tick_s()) > 0:
            gevent.sleep(min(left_s, _STOP_POLL_S))
            if self._stop.exists():
                return True
        return self._stop.exists()

    def _wait_until_home(self, deadline_s: float) -> None:
        """Wait until everybody has gone home, or must; whoever is there when the load is stopped must go soon."""
        stopped_s: float | None = None
        while self._people and tick_s() < deadline_s:
            if stopped_s is None and self._stop.exists():
                stopped_s = tick_s()
                deadline_s = min(deadline_s, stopped_s + self._job.home_after_stop_s)
            self._people.join(timeout=_STOP_POLL_S)

    def _live(self, customer: Customer, persona: Persona) -> None:
        try:
            customer.live(persona)
        except Exception:
            self.broken += 1
            raise

    def _customer(self, intent: Intent, due_ns: int, due_s: float) -> Customer:
        kind, apart = self._kinds[intent.persona], self._apart
        if kind.spends:
            return Spender(self._around, self._intents.spent(intent, apart), due_ns, due_s)
        if not kind.batches:
            return Customer(self._around, intent, due_ns, due_s)
        lines = self._intents.lines(intent, self._job.traffic.lines, apart)
        return Merchant(self._around, lines, due_ns, due_s)

    def _persona(self, intent: Intent) -> Persona:
        circumstances = msgspec.structs.replace(
            self._circumstances,
            intent=intent.number,
            gateway=intent.gateway,
            most=intent.goods.most,
        )
        if self._kinds[intent.persona].spends:
            bought = self._intents.spent(intent, self._apart)[-1]
            circumstances = msgspec.structs.replace(
                circumstances,
                tops_up=intent.goods.kind == "topup",
                price_fen=bought.goods.price_fen,
            )
        return self._kinds[intent.persona](circumstances)

    def _shared_circumstances(self) -> Circumstances:
        traffic = self._job.traffic
        self._shop = shop_of(self._job)
        return Circumstances(
            seed=self._job.seed,
            intent=-1,
            gateway="",
            gateways=tuple(sorted(self._job.market().gateways)),
            offers_pay_link=self._shop.has("pay_link"),
            pays_by_call=self._shop.has("wallet_pay"),
            think_ms=duration_ms(traffic.think),
            patience_ms=duration_ms(traffic.patience),
            expiry_ms=duration_ms(traffic.expiry),
        )

    def _surroundings(self, hear: Ear) -> Surroundings:
        job = self._job
        market = job.market()
        self._transport = GeventTransport(answer_s=job.answer_s, pins=job.pins)
        recorder = f"traffic-{self._worker}"
        journal = Journal(
            Path(job.journals) / f"{recorder}.ndjson",
            run=job.run,
            recorder=recorder,
            vantage="customer",
        )
        counter = Counter(market.base_url, self._shop, self._transport, hear)
        return Surroundings(
            counter=counter,
            bank=Bank(job.payer, self._transport, hear),
            sessions=Sessions(job.seed, counter, journal),
            journal=journal,
            dearer=market.dearer(),
            channels=market.channels_by_name(),
            time_scale=job.time_scale,
            messages=bool(market.channels),
        )


def shop_of(job: TrafficJob) -> Shop:
    """Build what speaks the target's language, by the job's dotted name `module:function`.

    Raises:
        HarnessError: there is no such function.
    """
    module, _, function = job.adapter.partition(":")
    try:
        build: Callable[[dict[str, Any]], Shop] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise HarnessError(f"no adapter {job.adapter!r}: {error}") from error
    return build(job.target)
