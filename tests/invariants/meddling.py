"""Stories of orders that somebody else wanted to change; told by test_laws.py."""

from histories import at

NO_CASE = "no case"
UNSERVED = ("submit", "delivered", "status")
HIS = "w13800000000"


def meddled(*outcomes, status=404):
    named = {"http_status": status, "account": HIS}
    return [at(0.5, "customer", "meddle", outcome=outcome, **named) for outcome in outcomes]


def served(to):
    return {"submit": {"account": to}, "delivered": {"account": to}}


MEDDLING = {
    "stranger_changes_nothing": [
        ("refused", True, {"more": meddled("fail")}),
        ("refused, and never served", True, {"more": meddled("fail"), "without": UNSERVED}),
        ("said yes, and the owner was served", True, {"more": meddled("ok", status=200)}),
        ("said yes, and he was served", False, {"more": meddled("ok", status=200), "change": served(HIS)}),
        ("said no, and he was served", False, {"more": meddled("fail"), "change": served(HIS)}),
        ("no answer, and he was served", False, {"more": meddled("unknown", status=0), "change": served(HIS)}),
        ("said yes, and nobody was served", NO_CASE, {"more": meddled("ok", status=200), "without": UNSERVED}),
        ("never got through, and never served", NO_CASE, {"more": meddled("fail", status=0), "without": UNSERVED}),
        ("nobody meddled", NO_CASE, {}),
    ],
}  # fmt: skip
