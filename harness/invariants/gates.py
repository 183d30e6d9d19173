"""Gates: what keeps a run from being a PASS although no law was broken. Each yields its reasons, in both languages.

A strike that never struck, a law without cases, a journal with gaps, a driver that fell behind: a pass that judged
nothing is never a pass.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.core.plan import Plan
from harness.core.verdict import Verdict
from harness.invariants.checker import Judged
from harness.invariants.reason import Reason
from harness.invariants.slo import in_words
from harness.invariants.store import Store
from harness.invariants.summary import PHASES


def processes(store: Store) -> Iterator[Reason]:
    """Processes that ended unasked, and what the supervisor itself found wrong."""
    for row in store.rows("SELECT ref, detail FROM events WHERE kind = 'died' ORDER BY time_ns"):
        yield Reason(f"The process {row['ref']} died.", f"进程 {row['ref']} 意外退出。")
    said = store.rows(
        "SELECT detail ->> 'en' AS en, detail ->> 'zh' AS zh FROM events WHERE kind = 'trouble' ORDER BY time_ns"
    )
    for row in said:
        yield Reason(row["en"] or row["zh"] or "trouble", row["zh"] or row["en"] or "运行异常")


def kept_back(store: Store) -> Iterator[Reason]:
    """Notifications that we did not send, since the platform asked for them on a host that was not allowed."""
    for row in store.rows(_KEPT_BACK):
        yield Reason(
            f"{row['n']} notifications were kept back: {row['reason']}.",
            f"有 {row['n']} 条通知未发出：{row['url']} 不在本机，也未获准（allow_hosts 与 --allow-host）。",
        )


_KEPT_BACK = """
SELECT detail ->> 'reason' AS reason, COUNT(*) AS n, MIN(detail ->> 'url') AS url
FROM   events
WHERE  kind = 'notify' AND (detail ->> 'kept') = '1'
GROUP BY 1
ORDER BY n DESC, reason
LIMIT 3
"""


def phases(begun: Sequence[dict[str, Any]]) -> Iterator[Reason]:
    """Phases that never began: the run was killed before them."""
    have = {phase["phase"] for phase in begun}
    missing = [phase for phase in PHASES if phase not in have]
    if missing:
        last = begun[-1]["phase"] if begun else "-"
        yield Reason(
            f"The run ended in phase {last}; it never reached {', '.join(missing)}.",
            f"运行在 {last} 阶段中断，未到达 {'、'.join(missing)}。",
        )


def aborted(told: dict[str, Any] | None) -> Iterator[Reason]:
    """A threshold that ended the load before its time."""
    if told is None:
        return
    seen, at_s = in_words(told), f"{told['at_s']:g}"
    yield Reason(
        f"The load was ended after {at_s} s, as the scenario demands: {told['slo']} was crossed, {seen} was observed."
        f" {told['intents']} of {told['planned']} planned orders had begun; the rest is judged on these.",
        f"按场景要求，负载在 {at_s} 秒后提前终止：{told['slo']} 被突破，实测为 {seen}。"
        f"计划 {told['planned']} 单，已发起 {told['intents']} 单；其余结论仅以此为据。",
    )


def arrivals(plan: Plan, load: dict[str, Any], *, cut: bool = False) -> Iterator[Reason]:
    """Customers that never came, unless a threshold ended the load, and a driver that was late itself."""
    if load["arrivals"] < plan.intents and not cut:
        yield Reason(
            f"Only {load['arrivals']} of {plan.intents} planned orders were begun.",
            f"计划 {plan.intents} 单，只发起了 {load['arrivals']} 单。",
        )
    late_ms = load["lateness_p99_ms"]
    if late_ms is not None and late_ms > plan.lateness_p99_ms:
        yield Reason(
            f"The driver itself was late: p99 {late_ms:g} ms, allowed {plan.lateness_p99_ms:g} ms.",
            f"施压端自身迟到：p99 为 {late_ms:g} 毫秒，允许 {plan.lateness_p99_ms:g} 毫秒。",
        )


def progress(store: Store, counts: dict[str, int]) -> Iterator[Reason]:
    """A run in which nothing was delivered, and orders that the audit did not read."""
    if not counts["delivered"]:
        yield Reason("No order was delivered at all.", "没有任何一单发货成功。")
    unread = store.row(
        "SELECT COUNT(*) AS n FROM orders WHERE orders_made > 0 AND audits_ok + audits_fail = 0"
    )["n"]
    if unread:
        said = store.rows(_WHY_UNREAD)
        why = f" Most often: {said[0]['reason']}." if said else ""
        why_zh = f"最多的原因：{said[0]['reason']}。" if said else ""
        yield Reason(
            f"The audit is incomplete: {unread} orders could not be read.{why}",
            f"终审不完整：{unread} 单未能读取。{why_zh}",
        )


_WHY_UNREAD = """
SELECT detail ->> 'reason' AS reason, COUNT(*) AS n
FROM   events
WHERE  kind = 'audit' AND outcome = 'unknown' AND (detail ->> 'reason') <> ''
GROUP BY 1
ORDER BY n DESC, reason
LIMIT 1
"""


_ORDINARY = "strikes_met = 0 AND placed_unknown = 0 AND persona IN ('patient', 'card_buyer')"
"""An order of somebody who wants what is sold and waits for it, and whom no strike met."""


def goods(store: Store, plan: Plan, counts: dict[str, int]) -> Iterator[Reason]:
    """Goods that nobody got, and a stock that lasted where it was to run out."""
    yield from unserved(store, counts)
    yield from sells_out(store, plan)


def unserved(store: Store, counts: dict[str, int]) -> Iterator[Reason]:
    """Goods that no ordinary customer got although no strike met him: whoever is refused or paid back tests nothing."""
    for row in store.rows(_UNSERVED) if counts["delivered"] else ():
        yield Reason(
            f"Nobody got {row['sku']}, though no strike met {row['spared']} of those who wanted it:"
            f" {row['refused']} were refused, {row['paid']} paid and had their money back.",
            f"没有一个客户买到 {row['sku']}，其中 {row['spared']} 单未受任何故障影响："
            f"{row['refused']} 单被拒，{row['paid']} 单付款后被退回。",
        )


_UNSERVED = f"""
SELECT sku, COUNT(*) AS spared,
       COUNT(CASE WHEN placed_ok = 0 THEN 1 END) AS refused,
       COUNT(CASE WHEN captures > 0 THEN 1 END)  AS paid
FROM   orders
WHERE  {_ORDINARY} AND owed_fen = 0
  AND  (placed_ok = 0 OR captures > 0)
  AND  sku NOT IN (SELECT sku FROM orders WHERE deliveries > 0)
GROUP BY sku
HAVING COUNT(*) >= 5
ORDER BY sku
"""  # noqa: S608 - our own words


def sells_out(store: Store, plan: Plan) -> Iterator[Reason]:
    """A stock that lasted, where the scenario is about its end: nobody fought for the last piece."""
    if plan.sells_out and not store.row(_WENT_WITHOUT)["n"]:
        yield Reason(
            f"Nothing sold out: of {plan.intents} orders none was refused or paid back that no strike had met."
            " Give the platform fewer goods than are wanted.",
            f"没有任何商品售罄：{plan.intents} 单中，未受故障影响的订单没有一单被拒或退款。请让平台的库存少于订单数。",
        )


_WENT_WITHOUT = f"""
SELECT COUNT(*) AS n
FROM   orders
WHERE  {_ORDINARY} AND (placed_ok = 0 OR captures > 0 AND COALESCE(units_delivered, 0) < units_ordered)
"""  # noqa: S608 - our own words


_BY_CHANCE = 0.01
"""What is less likely than this was no chance."""


def strikes(found: Sequence[dict[str, Any]]) -> Iterator[Reason]:
    """Strikes that never struck; those that the target has nothing for, or need not do, count if all are such."""
    if found and all(strike["lacks"] for strike in found):
        needs = ", ".join(sorted({strike["lacks"] for strike in found}))
        yield Reason(
            f"No strike could be exercised: the target file does not have {needs}.",
            f"没有任何故障可以注入：目标文件缺少 {needs}。",
        )
        return
    if found and all(strike["lacks"] or _passed_over(strike) for strike in found):
        yield Reason(
            "No strike could be exercised: the platform did nothing that one could meet.",
            "没有任何故障可以注入：平台没有做任何可被命中的事。",
        )
        return
    for strike in found:
        name, n = strike["id"], strike["eligible"]
        if strike["struck"] or strike["lacks"] or _passed_over(strike):
            continue
        if n:
            yield Reason(
                f"The strike {name} never struck: all {n} that it could have met were spared.",
                f"故障 {name} 从未命中：{n} 次机会全部放过。",
            )
        else:
            yield Reason(
                f"The strike {name} never struck: nothing passed {strike['at']} in its window.",
                f"故障 {name} 从未命中：其时间窗内没有流量经过 {strike['at']}。",
            )


def _passed_over(strike: dict[str, Any]) -> bool:
    """Say whether an optional strike found so little to meet that chance alone may have spared it all."""
    spared_by_chance = (1.0 - strike.get("share", 1.0)) ** strike["eligible"]
    return bool(strike.get("optional")) and not strike["struck"] and spared_by_chance > _BY_CHANCE


def laws(plan: Plan, judged: Sequence[Judged]) -> Iterator[Reason]:
    """Laws that concluded nothing, and laws that do not exist."""
    for one in judged:
        if one.verdict is Verdict.INCONCLUSIVE and one.reason:
            name, why = one.header, one.reason
            yield Reason(f"Law {name.name}: {why.en}", f"规则“{name.title['zh']}”：{why.zh}")
    known = {one.header.name for one in judged}
    for missing in (law for law in plan.laws if law not in known):
        yield Reason(f"There is no law {missing}.", f"没有名为 {missing} 的规则。")
