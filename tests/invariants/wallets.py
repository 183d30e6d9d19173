"""Stories of the laws about wallets, and what wallets are read as; the laws' own stories are told by test_laws.py."""

from histories import PRICE, SETTLED_S, account, at, number
from promises import NO_CASE

OPENING_S, FINAL_S = -0.5, SETTLED_S + 1
FACE = 10_000
TOPUPS = (("cz100", FACE, FACE), ("cz100plus", FACE, FACE + 500))


def line(amount_fen, order_no, kind="any"):
    return f"{amount_fen} {kind} {order_no}"


def read(second, customer, balance_fen, *lines, state="", outcome="ok", took_us=1000):
    detail = {"customer": customer, "lines": list(lines)}
    vantage = "platform" if state == "final" else "customer"
    return at(
        second,
        vantage,
        "wallet",
        amount_fen=balance_fen if outcome == "ok" else None,
        outcome=outcome,
        state=state,
        took_us=took_us,
        detail=detail,
    )


def opening(customer, balance_fen=0, *lines, **more):
    return read(OPENING_S, customer, balance_fen, *lines, state="opening", **more)


def final(customer, balance_fen, *lines, **more):
    return read(FINAL_S, customer, balance_fen, *lines, state="final", **more)


def who(customer, **more):
    return {
        "detail": {"persona": "spender", "customer": customer, "units": 1, "late_us": 1},
        **more,
    }


def from_wallet(customer, *reads, without=(), change=None, more=()):
    """An order that was paid from the balance: no gateway knows of it."""
    return {
        "without": ("create", "captured", "notify", *without),
        "change": {"intent": who(customer, channel="wallet"), **(change or {})},
        "more": [*reads, *more],
    }


def wallet(customer, change_fen, *lines, begins=FACE, older=(), **story):
    """An order paid from a balance that went from `begins` by so much; `{}` in a line is its number."""
    said = [text.replace("{}", number(customer)) for text in lines]
    reads = opening(customer, begins, *older), final(customer, begins + change_fen, *older, *said)
    return from_wallet(customer, *reads, **story)


PAID, BACK = line(-PRICE, "{}"), line(PRICE, "{}")
LOST_ANSWER = {
    "change": {"place": {"outcome": "unknown", "order_no": ""}},
    "without": ("unpaid", "status", "audit", "done"),
}
REFUSED = {
    "change": {"place": {"outcome": "fail"}},
    "without": ("unpaid", "submit", "delivered", "status", "audit", "done"),
}
OLD = line(50_000, "C9")


def told(law, *stories):
    """Number the stories: each customer's number is that of his order."""
    return {law: [(name, held, tell(at)) for at, (name, held, tell) in enumerate(stories)]}


WALLETS = (
    told(
        "wallet_adds_up",
        ("a debit", True, lambda n: wallet(n, -PRICE, PAID)),
        ("a debit that the balance does not know", False, lambda n: wallet(n, 0, PAID)),
        ("the balance knows of a debit that is no line", False, lambda n: wallet(n, -PRICE)),
        ("two alike", True, lambda n: wallet(n, -2 * PRICE, PAID, PAID)),
        ("two alike, one of them counts", False, lambda n: wallet(n, -PRICE, PAID, PAID)),
        ("there and back", True, lambda n: wallet(n, 0, PAID, BACK)),
        ("money that was there before", True, lambda n: wallet(n, -PRICE, PAID, begins=50_000, older=[OLD])),
        ("money without lines from before", True, lambda n: wallet(n, -PRICE, PAID, begins=777)),
        (
            "an old line is not shown any more",
            True,
            lambda n: from_wallet(n, opening(n, FACE, OLD), final(n, FACE - PRICE, line(-PRICE, number(n)))),
        ),
        (
            "a line was shown, is gone, and counts no more",
            True,
            lambda n: from_wallet(n, opening(n, FACE), read(3, n, FACE - 5, line(-5, "X")), final(n, FACE)),
        ),
        (
            "a line was shown, is gone, and counts",
            True,
            lambda n: from_wallet(n, opening(n, FACE), read(3, n, FACE - 5, line(-5, "X")), final(n, FACE - 5)),
        ),
        (
            "a line was shown and is gone, and the balance fits neither",
            None,
            lambda n: from_wallet(n, opening(n, FACE), read(3, n, FACE - 5, line(-5, "X")), final(n, FACE - 1)),
        ),
        ("nobody read it before", None, lambda n: from_wallet(n, final(n, 0))),
        ("it could not be read before", None, lambda n: from_wallet(n, opening(n, outcome="unknown"), final(n, 0))),
        ("it could not be read at the end", None, lambda n: from_wallet(n, opening(n), final(n, 0, outcome="unknown"))),
        ("lines of other kinds count as well", True, lambda n: wallet(n, 88, line(88, "gift", "other"))),
        ("nobody has a wallet", NO_CASE, lambda _: {}),
    )
    | told(
        "wallet_never_overdrawn",
        ("down to nothing", True, lambda n: wallet(n, -FACE, line(-FACE, number(n)))),
        ("below nothing", False, lambda n: wallet(n, -FACE - 1, line(-FACE - 1, number(n)))),
        ("below nothing for a moment", False, lambda n: from_wallet(n, opening(n), read(3, n, -1), final(n, 0))),
        ("unread", NO_CASE, lambda n: from_wallet(n, opening(n, outcome="unknown"))),
        ("nobody has a wallet", NO_CASE, lambda _: {}),
    )
    | told(
        "wallet_line_has_a_cause",
        ("his own order", True, lambda n: wallet(n, -PRICE, PAID)),
        ("an order of nobody", False, lambda n: wallet(n, -PRICE, line(-PRICE, "X1"))),
        ("no order", False, lambda n: wallet(n, 5, line(5, ""))),
        ("no order, and a kind that is not ours", True, lambda n: wallet(n, 5, line(5, "", "other"))),
        ("an order of nobody, taken back", True, lambda n: wallet(n, 0, line(-5, "X1"), line(5, "X1"))),
        ("an order of before", True, lambda n: wallet(n, 5, line(5, "O1"), older=[line(-5, "O1")])),
        ("an order of before, nobody looked then", None, lambda n: from_wallet(n, final(n, 5, line(5, "O1")))),
        ("an order that was refused", False, lambda n: wallet(n, -PRICE, PAID, **REFUSED)),
        ("refused, and taken back", True, lambda n: wallet(n, 0, PAID, BACK, **REFUSED)),
        ("the answer was lost", True, lambda n: wallet(n, -PRICE, line(-PRICE, "X9"), **LOST_ANSWER)),
        ("the answer was lost, another amount", None, lambda n: wallet(n, -7, line(-7, "X10"), **LOST_ANSWER)),
        ("nothing in it", True, lambda n: from_wallet(n, opening(n), final(n, 0))),
        ("nobody could read it", NO_CASE, lambda n: from_wallet(n, opening(n, outcome="unknown"))),
    )
)  # fmt: skip


def topup(customer, *reads, without=(), change=None, more=(), sku="cz100", price=FACE):
    """A top-up that was paid through a gateway: no operator knows of it."""
    said = {"sku": sku, "amount_fen": price, "account": account(customer)}
    priced = {name: {"amount_fen": price} for name in ("place", "create", "captured", "notify")}
    return {
        "without": ("submit", "delivered", *without),
        "change": {**priced, "intent": who(customer, **said), **(change or {})},
        "more": [*reads, *more],
    }


def refund(second=5, amount_fen=PRICE, intent=0):
    trade = {"order_no": number(intent), "ref": f"4200{intent:06d}", "channel": "epay"}
    return at(second, "gateway", "refunded", amount_fen=amount_fen, **trade)
