"""Stories of published rules of lateness; told by test_laws.py.

In a good order of hf50 through epay the charge comes at 1 s and the goods at 2 s; what no rule fits has 30 s. Goods
called `slow` have 40 s, `day` 5 s until 3 s of the run have passed, and what is paid through `bank` has 35 s.
"""

from histories import PROMISE_S, SETTLED_S, at, ns

from harness.core.plan import Ruled

NO_CASE = "no case"
SCALE = 60
SLOW_S, DAY_S, BANK_S = 40, 5, 35
DAY_ENDS_S = 3
RULED = (
    Ruled(rank=0, within_ms=SLOW_S * SCALE * 1000, goods=("slow",)),
    Ruled(rank=1, within_ms=DAY_S * SCALE * 1000, goods=("day",), until_ns=ns(DAY_ENDS_S)),
    Ruled(rank=2, within_ms=BANK_S * SCALE * 1000, gateways=("bank",)),
)


def ordered(sku, goods_s=2.0, channel="epay", **more):
    shown = {"time_ns": ns(goods_s + 1)}
    change = {"intent": {"sku": sku, "channel": channel}, "delivered": {"time_ns": ns(goods_s)}}
    return {"change": {**change, "status": shown, "done": shown}, **more}


UNSUPPLIED = ("submit", "delivered", "status")
PAID_BY_BANK = [at(1, "gateway", "captured", channel="bank", amount_fen=4990, ref="b")]

RULES = {
    "published_rule_kept": [
        ("slow goods, later than others may", True, ordered("slow", 1 + PROMISE_S + 5)),
        ("slow goods, later than they may", False, ordered("slow", 1 + SLOW_S + 1)),
        ("slow goods that never came", False, {**ordered("slow"), "without": UNSUPPLIED}),
        ("slow goods that still have time", None,
         {**ordered("slow"), "without": UNSUPPLIED, "begin": SETTLED_S - SLOW_S + 2}),
        ("in a hurry that day", False, ordered("day", 1 + DAY_S + 1)),
        ("in a hurry that day, in time", True, ordered("day", 4)),
        ("the day ended while it was placed", True,
         ordered("day", 12, more=[at(2, "customer", "place", outcome="ok", took_us=1_500_000)])),
        ("another day", NO_CASE, ordered("day", 12, begin=4)),
        ("slow by its gateway", True, ordered("hf50", 1 + PROMISE_S + 3, channel="bank")),
        ("slow by its gateway, and too late", False, ordered("hf50", 1 + BANK_S + 1, channel="bank")),
        ("paid through the slow gateway in the end", True,
         {**ordered("hf50", 1 + PROMISE_S + 3, more=PAID_BY_BANK), "without": ("captured",)}),
        ("no rule fits", NO_CASE, {}),
        ("never charged", NO_CASE, {**ordered("slow"), "without": ("captured", "notify", *UNSUPPLIED)}),
    ],
}  # fmt: skip
