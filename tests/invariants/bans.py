"""Stories of channels that orders must not go through; told by test_laws.py.

A good order of hf50 goes to the operator dayuanren and is paid through the gateway epay; its account begins with 138.
"""

from histories import PRICE, at

from harness.core.plan import Banned

NO_CASE = "no case"
BANNED = (
    Banned(side="operator", channel="dayuanren", goods=("kept",)),
    Banned(side="operator", channel="dayuanren", goods=("dear",), above_fen=PRICE),
    Banned(side="operator", channel="dayuanren", goods=("region",), accounts="^138"),
    Banned(side="operator", channel="dayuanren", goods=("far",), accounts="^177"),
    Banned(side="gateway", channel="bank", goods=("unpayable",)),
)
UNPAID = ("captured", "notify", "submit", "delivered", "status")
REFUSED = {"place": {"outcome": "fail", "http_status": 403, "order_no": ""}}


def of(sku, channel="epay", operator="kasushou", **change):
    told = {"intent": {"sku": sku, "channel": channel}, "submit": {"channel": operator}, **change}
    return {"change": told}


def asked(account=""):
    """The operator that must not be asked is asked as well."""
    return [at(1.5, "operator", "submit", channel="dayuanren", outcome="fail", account=account)]


def link(outcome, status=403):
    return [at(0.5, "customer", "pay_link", channel="bank", outcome=outcome, http_status=status)]


PAID_THERE = [at(1, "gateway", "captured", channel="bank", amount_fen=PRICE, ref="b")]

BANS = {
    "forbidden_channel_unused": [
        ("served by another", True, of("kept")),
        ("served by it", False, of("kept", operator="dayuanren")),
        ("asked after another, and refused", False, {**of("kept"), "more": asked()}),
        ("never paid", NO_CASE, {**of("kept"), "without": UNPAID}),
        ("not so dear", NO_CASE, of("dear", operator="dayuanren")),
        ("dear", False, of("dear", operator="dayuanren", place={"amount_fen": PRICE + 1})),
        ("from there", False, of("region", operator="dayuanren")),
        ("from there, and mistyped", True, {**of("region"), "more": asked("q13800000007")}),
        ("from elsewhere", NO_CASE, of("far", operator="dayuanren")),
        ("refused before payment", True,
         {**of("unpayable", channel="bank", **REFUSED), "without": ("create", "audit", "unpaid", *UNPAID)}),
        ("a second link refused", True, {**of("unpayable"), "more": link("fail")}),
        ("a second link that was never asked for", NO_CASE, {**of("unpayable"), "more": link("fail", 0)}),
        ("never got through", NO_CASE,
         {**of("unpayable", channel="bank", place={"outcome": "fail", "order_no": ""}),
          "without": ("create", "audit", "unpaid", *UNPAID)}),
        ("a second link given, and paid", False, {**of("unpayable"), "more": [*link("ok"), *PAID_THERE]}),
        ("a second link given, and not paid", NO_CASE, {**of("unpayable"), "more": link("ok")}),
        ("charged there", False, {**of("unpayable", channel="bank"), "without": ("captured",), "more": PAID_THERE}),
        ("nobody asked for it", NO_CASE, of("unpayable")),
        ("other goods", NO_CASE, {}),
    ],
}  # fmt: skip
