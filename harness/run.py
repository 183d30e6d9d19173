"""One run, top to bottom: prepare, load, heal, settle, audit, check, report.

    verdict = run(staged, RunOptions(out=Path("runs")), console)

Every phase is a method of `Run`, in that order. Whatever happens (a process dies, Ctrl-C, a full disk), leaving a
run ends all its processes and removes its secrets, and what the journals hold is judged.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec
from rich.console import Console

import reports
from harness import auditing, environment, invariants, rundir, wiring
from harness.core import plan as plans
from harness.core.clock import now_ns, stamp, tick_s
from harness.core.errors import InconclusiveError
from harness.core.event import Event
from harness.core.journal import Journal
from harness.core.units import duration_ms
from harness.live import launch as live
from harness.live.watch import Watch
from harness.nemesis.openwork import OpenWork
from harness.nemesis.processes import Death, Processes
from harness.parties import Parties
from harness.permitting import permitted
from harness.planning import plan_of
from harness.progress import Progress
from harness.safety import Permit, Wish
from harness.scenario import Staged
from harness.targets import books
from harness.targets.audit import Auditor, known_orders
from harness.targets.batches import known_batches
from harness.targets.billing import moved
from harness.targets.wallets import Purses

LEAD_S = 0.5
"""Between the signal to go and the first arrival: time for every worker to see it."""
POLL_S = 0.25
LAST_WORDS_S = 2.0
"""How long a process that stopped answering has to be seen dead, so that it can be named."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line adds to a scenario."""

    out: Path = Path("runs")
    workers: int = 1
    defects: tuple[str, ...] = ()
    wish: Wish = Wish()
    live: int | None = None
    """The port of the live page, 0 for any; None for no page."""


class Run:
    """One run in progress: its folder, journal, processes, and what it knows of the upstreams."""

    def __init__(
        self, staged: Staged, options: RunOptions, console: Console, permit: Permit
    ) -> None:
        self.staged = staged
        self.permit = permit
        self.options = options
        self.id = f"{stamp(now_ns())}-{staged.seed}"
        self.folder = rundir.make(options.out / staged.name, self.id, len(staged.starts_ms))
        self.plan = plan_of(staged, self.id, workers=options.workers, defects=options.defects)
        self.progress = Progress(
            console, f"{staged.name} on {staged.target.name}, seed {staged.seed}"
        )
        self._stack = AsyncExitStack()
        self._began_ns = self._healed_ns = 0

    async def __aenter__(self) -> Self:
        self.private = Path(tempfile.mkdtemp(prefix="recharge-chaos-"))
        self._stack.callback(shutil.rmtree, self.private, ignore_errors=True)
        journal = Journal(
            self.folder / "journals" / "supervisor.ndjson",
            run=self.id,
            recorder="supervisor",
            vantage="nemesis",
        )
        self.journal = self._stack.enter_context(journal)
        self.processes = await self._stack.enter_async_context(Processes(self.private))
        self._stack.enter_context(self.progress)
        self.parties = Parties(
            self.staged,
            self.processes,
            run_id=self.id,
            folder=self.folder,
            private=self.private,
            workers=self.options.workers,
            defects=self.options.defects,
            permit=self.permit,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self._release()
        finally:
            await self._stack.aclose()

    # The phases

    async def prepare(self) -> None:
        """Start the mocks, the target and the workers, and wait until each answers."""
        self._begin("prepare")
        self._write_inputs()
        await self.parties.start_network()
        await self.parties.start_all_mocks()
        if self.options.live is not None:
            await live.show(self.parties, self.options.live, self.progress.note)
        await self.parties.lead_links()
        await self.parties.start_target()
        self.parties.arm_hosts(self.journal.write)
        await self.parties.start_workers()

    async def load(self) -> None:
        """Let the arrivals come, until every customer has ended."""
        t0_ns = self._began_ns = now_ns() + int(LEAD_S * 1e9)
        self._begin("load", t0_ns)
        self._journal_windows(t0_ns)
        await self.parties.begin(t0_ns)
        ends_s = tick_s() + LEAD_S + self.plan.load_ms / 1000
        watch = Watch(self.plan, self.folder / "journals")
        customers = asyncio.gather(*(worker.process.wait() for worker in self.parties.workers))
        while not customers.done():
            await asyncio.wait([customers], timeout=2 * POLL_S)
            self.progress.show(await self.parties.stats(), ends_s - tick_s())
            if await self._end_if_crossed(watch, t0_ns):
                ends_s = tick_s()

    async def _end_if_crossed(self, watch: Watch, t0_ns: int) -> bool:
        """End the arrivals once a threshold that may do so is crossed; say whether it just was."""
        if crossed := await asyncio.to_thread(watch.look, now_ns(), t0_ns):
            self.journal.write(watch.end(crossed))
            self.parties.end_arrivals()
            self.progress.note(f"{crossed.slo} is crossed: the load ends")
        return crossed is not None

    async def heal(self) -> None:
        """Switch every strike off."""
        self._begin("heal")
        await self.parties.heal()

    async def settle(self) -> None:
        """Wait until nothing moves and no paid order is open, until all that was promised is overdue, or the deadline.

        After heal nothing can excuse an order that is overdue, so waiting longer would change no verdict.
        """
        self._begin("settle")
        healed_ns = self._healed_ns = now_ns()
        quiet_ns = duration_ms(self.staged.scenario.settle.quiet) * 1e6
        at_most_s = duration_ms(self.staged.scenario.settle.at_most) / 1e3
        deadline_s = tick_s() + at_most_s
        promised_ns = wiring.promised_real_s(self.staged) * 1e9
        journals = self.folder / "journals"
        paths = [journals / "gateways.ndjson", journals / "operators.ndjson"]
        if any(goods.most > 1 for goods in self.staged.target.goods):
            paths += sorted(journals.glob("traffic-*.ndjson"))  # they say how many were ordered
        work = OpenWork(paths, complaints="complaints" in self.staged.has)
        purses = self._purses()
        while tick_s() < deadline_s:
            stats = await self.parties.stats()
            self.progress.show(stats, deadline_s - tick_s())
            still = now_ns() - stats["last_move_ns"] >= quiet_ns
            open_ns = await auditing.open_work(self.staged, work, purses) if still else {}
            if still and not stats["pending"] and not stats["open"] and not open_ns:
                await self._hear_out(work, deadline_s, purses)
                return
            overdue = healed_ns + promised_ns + quiet_ns
            if still and open_ns and now_ns() > max(overdue, *open_ns.values()) + quiet_ns:
                return
            await asyncio.sleep(POLL_S)

    def _auditor(self, **more: Any) -> Auditor:
        write = self.journal.write
        return auditing.auditor_of(self.staged, self.parties, self.permit, write, **more)

    def _purses(self) -> Purses | None:
        write, journals = self.journal.write, self._traffic_journals()
        return auditing.purses_of(self.staged, self.parties, self.permit, write, journals)

    async def _hear_out(self, work: OpenWork, deadline_s: float, purses: Purses | None) -> None:
        """Give what is settled in all ledgers the promised time to be shown so; else nobody knows that it never is."""
        auditor = self._auditor()
        await auditing.hear_out(
            self.staged,
            auditor,
            self._traffic_journals(),
            work,
            healed_ns=self._healed_ns,
            deadline_s=deadline_s,
            purses=purses,
        )

    def _traffic_journals(self) -> list[Path]:
        return [self.folder / "journals" / f"{w.name}.ndjson" for w in self.parties.workers]

    async def audit(self) -> None:
        """Read every order from the platform once more."""
        self._begin("audit")
        auditor = self._auditor(
            began_ns=self._began_ns,
            moves=moved([self.folder / "journals" / "gateways.ndjson"], self._healed_ns),
            note=self.progress.note,
            purses=self._purses(),
        )
        journals = self._traffic_journals()
        orders = known_orders(journals, self.staged.target.channel)
        batches = known_batches(journals) if self.staged.target.batch_status else []
        await auditor.read_all(orders, batches)
        if self.staged.target.database is not None:
            await asyncio.to_thread(self._read_books)

    def _read_books(self) -> None:
        """Write down what the platform's own database says; books that cannot be read are trouble, no verdict."""
        staged, scope = self.staged, {"run": str(self.folder.resolve())}
        try:
            for row in books.read(
                staged.target, staged.target_path.parent, scope, self.permit.pins
            ):
                self.journal.write(row)
        except books.BooksError as error:
            self.trouble(f"{error}", f"无法读取平台数据库：{error}")

    async def end(self) -> None:
        """Let the mocks close their journals, and end every process."""
        await self._release()
        await self.parties.stop()
        if wrong := await self.parties.toxiproxied.sweep():
            self.trouble(wrong, f"未能恢复：{wrong}")
        self._begin("check")

    async def _release(self) -> None:
        """Let go of the target, whatever happened; what could not be undone is trouble."""
        for wrong in await self.parties.release():
            self.trouble(wrong, f"未能恢复：{wrong}")

    # What the phases are made of

    async def alive(self, phase: Awaitable[None]) -> None:
        """Run a phase, unless a process of ours dies meanwhile.

        Raises:
            InconclusiveError: one died, which is in the journal, or stopped answering.
        """
        work = asyncio.ensure_future(phase)
        death = asyncio.ensure_future(self.processes.died.get())
        try:
            await asyncio.wait([work, death], return_when=asyncio.FIRST_COMPLETED)
            if not death.done() and isinstance(work.exception(), httpx.HTTPError):
                await asyncio.wait([death], timeout=LAST_WORDS_S)
            if death.done():
                raise self._died(death.result())
            await work
        except httpx.HTTPError as error:
            raise InconclusiveError(f"a mock stopped answering: {error}") from None
        finally:
            for task in (work, death):
                task.cancel()
            # Waits without taking a Ctrl-C that comes just now for the end of a task.
            await asyncio.gather(work, death, return_exceptions=True)

    def trouble(self, en: str, zh: str) -> None:
        """Write down why this run cannot be judged in full."""
        self.journal.write(Event(vantage="nemesis", kind="trouble", detail={"en": en, "zh": zh}))

    def _died(self, death: Death) -> InconclusiveError:
        detail, how = {}, ""
        if death.exit is not None:
            detail, how = {"exit": death.exit}, f" (exit {death.exit})"
        self.journal.write(Event(vantage="nemesis", kind="died", ref=death.name, detail=detail))
        return InconclusiveError(f"{death.name} died{how}:\n{death.words}".rstrip(":\n"))

    def _begin(self, phase: str, at_ns: int = 0) -> None:
        """Journal a phase; the load begins when the first arrival could come, a little after it is announced."""
        self.journal.write(Event(vantage="nemesis", kind="phase", state=phase, time_ns=at_ns))
        self.progress.phase(phase)

    def _journal_windows(self, t0_ns: int) -> None:
        """Write when each strike's window opens and shuts; without one it is the whole load."""
        spans = [(strike.id, strike.window_ms) for strike in self.staged.strikes]
        spans += [(strike.id, strike.window_ms) for strike in self.staged.links]
        for name, window_ms in spans:
            start_ms, end_ms = window_ms or (0.0, self.plan.load_ms)
            for state, at_ms in (("on", start_ms), ("off", end_ms)):
                at_ns = t0_ns + int(at_ms * 1e6)
                row = Event(vantage="nemesis", kind="strike", ref=name, state=state, time_ns=at_ns)
                self.journal.write(row)

    def _write_inputs(self) -> None:
        (self.folder / "scenario.yaml").write_text(self.staged.text, encoding="utf-8")
        plans.write(self.plan, self.folder)
        environment.write(self.folder)


def run(staged: Staged, options: RunOptions, console: Console) -> Path:
    """Run a scenario to its verdict and reports; return the run directory.

    Raises:
        UsageError: the output folder cannot be used, or the target's address is refused or taken.
        HarnessError: a part of the harness itself failed.
    """
    this = Run(staged, options, console, permitted(staged, options.wish))
    asyncio.run(_phases(this))
    invariants.judge(this.folder)
    reports.render_all(this.folder)
    rundir.link_latest(this.folder)
    return this.folder


async def _phases(this: Run) -> None:
    async with this:
        try:
            await this.alive(this.prepare())
            await this.alive(this.load())
            await this.alive(this.heal())
            await this.alive(this.settle())
            await this.alive(this.audit())
        except InconclusiveError as error:
            this.trouble(str(error), f"运行中断：{error}")
        except asyncio.CancelledError:
            this.trouble("interrupted", "运行被中断（Ctrl-C）")
            _forgive_interrupt()
        await this.end()


def _forgive_interrupt() -> None:
    """Take Ctrl-C as handled, so that the run can still be ended and judged."""
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()
