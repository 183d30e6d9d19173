"""Which orders a visit places: one of each kind of goods through each gateway."""

import msgspec

from harness.doctor.staging import chains_of
from harness.targets.target import Target

SUPPLY = {"kasushou": {"product": "1", "cost": "9"}}


def goods(name, kind="cards", **more):
    return {"id": name, "kind": kind, "price": "9.90", "face": "10", **more}


def target(*sold):
    raw = {
        "name": "ours",
        "base_url": "http://127.0.0.1:1",
        "goods": list(sold),
        "gateways": {"epay": {}, "alipay": {}},
        "operators": {"kasushou": {}},
        "place": {"post": "/o", "take": {"order_no": "no"}},
        "status": {"get": "/o", "take": {"state": "s"}},
        "states": {"1": "paid"},
    }
    return msgspec.convert(raw, Target)


def test_cards_of_ones_own_and_of_an_operator_are_both_tried():
    sold = [
        goods("km1", operators=SUPPLY),
        goods("km2", operators=SUPPLY),
        goods("own"),
        goods("hf", kind="phone", operators=SUPPLY),
    ]
    chains = chains_of(target(*sold), 1)
    assert [(one.goods, one.gateway) for one in chains] == [
        (name, gateway) for name in ("km1", "own", "hf") for gateway in ("epay", "alipay")
    ]
