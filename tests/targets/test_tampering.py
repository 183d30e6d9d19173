"""A customer who names a price of his own: where a price is sent it is changed, else it is added, before signing."""

import hashlib
from urllib.parse import parse_qsl

import pytest
from test_adapter import adapter

from harness.targets._tampering import ADDED, tampered

GOODS = {"price": "19.90", "face": "20.00"}


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ({"price": "19.90"}, {"price": "0.01"}),
        ({"price": "19.9"}, {"price": "0.01"}),
        ({"price": "19.9000"}, {"price": "0.01"}),
        ({"fen": "1990"}, {"fen": "1"}),
        ({"fen": 1990}, {"fen": 1}),
        ({"yuan": 19.9}, {"yuan": 0.01}),
        ({"lines": [{"pay": "19.90", "n": "1"}]}, {"lines": [{"pay": "0.01", "n": "1"}]}),
        ({"face": "20.00", "price": "19.90"}, {"face": "20.00", "price": "0.01"}),
        ({"ok": True, "price": "19.90"}, {"ok": True, "price": "0.01"}),
    ],
)
def test_a_price_that_is_sent_is_one_fen(said, becomes):
    assert tampered({}, said, GOODS, adds=True) == ({}, becomes)
    assert tampered(said, None, GOODS, adds=True) == (becomes, None)


def test_where_none_is_sent_it_is_added_to_what_orders_and_to_nothing_else():
    added = dict.fromkeys(ADDED, "0.01")
    assert tampered({}, {"goods": "vip"}, GOODS, adds=True) == ({}, added | {"goods": "vip"})
    assert tampered({"goods": "vip"}, None, GOODS, adds=True) == (added | {"goods": "vip"}, None)
    assert tampered({"goods": "vip"}, None, GOODS, adds=False) == ({"goods": "vip"}, None)


def test_the_price_of_all_that_is_ordered_is_one_fen_too():
    said = {"price": "19.90", "total": "59.70", "n": "3"}
    assert tampered({}, said, GOODS, "59.70", adds=True)[1] == {
        "price": "0.01",
        "total": "0.01",
        "n": "3",
    }


def test_a_field_of_that_name_keeps_its_own_meaning():
    _, body = tampered({}, {"money": "wallet"}, GOODS, adds=True)
    assert body == {"price": "0.01", "money": "wallet", "total_amount": "0.01"}


def test_what_may_be_the_face_value_says_what_is_ordered_and_stays():
    same = {"price": "20.00", "face": "20.00"}
    _, body = tampered({}, {"amount": "20.00"}, same, adds=True)
    assert body["amount"] == "20.00"


def test_a_small_whole_number_may_count_something_and_stays():
    cheap = {"price": "1.00", "face": "2.00"}
    _, body = tampered({}, {"quantity": "1", "pay": "1.00"}, cheap, adds=True)
    assert body == {"quantity": "1", "pay": "0.01"}


def test_who_may_sign_signs_what_was_tampered_with():
    place = {
        "post": "/orders",
        "form": {
            "goods": "{{goods.id}}",
            "account": "{{intent.account}}",
            "price": "{{goods.price}}",
        },
        "sign": {
            "recipe": "md5",
            "text": "{{fields}}&key={{key}}",
            "key": {"value": "k"},
            "into": {"field": "sign"},
        },
        "take": {"order_no": "no", "amount": "amount", "pay_url": "url"},
    }
    shop = adapter(place=place)
    goods = shop.target.goods[0]
    scope = {
        "customer": {"phone": "1"},
        "intent": {"account": "a", "token": "t"},
        "goods": {"id": goods.id},
        "channel": "epay",
        "token": "t",
    }

    def sent(**more):
        return dict(parse_qsl(next(shop.flow("place", scope | more)).body.decode()))

    assert sent()["price"] == goods.price
    fields = sent(tampered=True)
    assert fields["price"] == "0.01"
    signed = f"account=a&goods={goods.id}&price=0.01&key=k"
    assert fields["sign"] == hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
