"""Stories of customers who name a price of their own; told by test_laws.py."""

from histories import PRICE

NO_CASE = "no case"
NAMED = {"detail": {"tampered": 1}}
UNPAID = ("captured", "notify", "submit", "delivered", "status")
NOTHING = ("create", "unpaid", "audit", *UNPAID)


def placed(**fields):
    return {"place": {**NAMED, **fields}}


TAMPERING = {
    "tampered_price_refused": [
        ("costs what is listed", True, {"change": placed()}),
        ("costs it, and was never paid", True, {"change": placed(), "without": UNPAID}),
        ("refused", True,
         {"change": placed(outcome="fail", http_status=400, order_no="", amount_fen=None), "without": NOTHING}),
        ("quoted for a fen", False, {"change": placed(amount_fen=1), "without": NOTHING}),
        ("asked of the gateway for a fen", False,
         {"change": {**placed(amount_fen=None), "create": {"amount_fen": 1}}, "without": UNPAID}),
        ("quoted as listed, asked of the gateway for a fen", False,
         {"change": {**placed(), "create": {"amount_fen": 1}}}),
        ("minus one, quoted for less than nothing", False,
         {"change": placed(amount_fen=-PRICE, detail={"tampered": 1, "counted": "-1"}), "without": NOTHING}),
        ("none, quoted for nothing", False,
         {"change": placed(amount_fen=0, detail={"tampered": 1, "counted": "0"}), "without": NOTHING}),
        ("minus one, taken for one", True,
         {"change": placed(detail={"tampered": 1, "counted": "-1"}), "without": UNPAID}),
        ("dearer than listed", True, {"change": placed(amount_fen=PRICE + 1)}),
        ("nobody knows whether it was taken", NO_CASE,
         {"change": placed(outcome="unknown", order_no="", amount_fen=None), "without": NOTHING}),
        ("never got through", NO_CASE,
         {"change": placed(outcome="fail", order_no="", amount_fen=None), "without": NOTHING}),
        ("nobody tampered", NO_CASE, {}),
    ],
}  # fmt: skip
