"""Every published or computed vector of the wires, then properties of the recipes."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from mock_upstreams.signing import (
    dayuanren_md5,
    epay_md5,
    kasushou_callback_sha1,
    kasushou_sha1,
    php_json,
    rsa_sign,
    rsa_verify,
    same,
    seal,
    unseal,
)

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CIPHER = AESGCM(b"0123456789abcdef0123456789abcdef")
NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
FIELDS = st.dictionaries(NAMES, st.text(max_size=20), max_size=6)


def test_epay_vector_a():
    fields = {"pid": "1001", "out_trade_no": "20250101", "name": "hi", "money": "100.00"}
    assert epay_md5(fields, "abc123") == "7d485d80eaf0b05747315811496959cb"


def test_epay_vector_b_in_chinese():
    fields = {
        "pid": "1001",
        "type": "alipay",
        "out_trade_no": "E20250101000001",
        "notify_url": "http://127.0.0.1:9000/n",
        "return_url": "http://127.0.0.1:9000/r",
        "name": "腾讯视频VIP月卡",
        "money": "19.90",
        "sign": "whatever",
        "sign_type": "MD5",
        "param": "",
    }
    assert epay_md5(fields, "TESTKEY0123456789") == "d941c97974d578b00ba818744ee7bab4"


def test_epay_notify_of_the_worked_example():
    fields = {
        "pid": "1001",
        "trade_no": "2025010110000512345",
        "out_trade_no": "E20250101000001",
        "type": "alipay",
        "name": "VIP",
        "money": "19.90",
        "trade_status": "TRADE_SUCCESS",
    }
    assert epay_md5(fields, "TESTKEY0123456789") == "6c6052b44139f01aeae87df063657010"


def test_epay_keeps_the_text_zero():
    assert epay_md5({"a": "0"}, "k") != epay_md5({"a": ""}, "k")


def test_dayuanren_vector():
    fields = {
        "mobile": "13800138000",
        "notify_url": "http://127.0.0.1:9000/dyr/notify",
        "out_trade_num": "T2025010100001",
        "product_id": "12",
        "userid": "10001",
    }
    assert dayuanren_md5(fields, "TESTAPIKEY") == "93326696F274AAA6AC32F328CF9F0FE3"


def test_dayuanren_callback_of_the_worked_example_signs_empty_fields():
    fields = {
        "userid": "10001",
        "order_number": "CZH2025010110000001",
        "out_trade_num": "T2025010100001",
        "mobile": "13800138000",
        "otime": "1735697000",
        "state": "1",
        "remark": "",
        "charge_amount": "50.00",
        "voucher": "",
        "charge_kami": "",
    }
    assert dayuanren_md5(fields, "TESTAPIKEY") == "CEFA6430A16DADFD64B60E526D1AC2CC"
    without = {name: value for name, value in fields.items() if value}
    assert dayuanren_md5(without, "TESTAPIKEY") != "CEFA6430A16DADFD64B60E526D1AC2CC"


def test_kasushou_vector_of_the_documentation():
    body = b'{"day":10,"external_orderno":"","ordersn":"D100759082558859640832"}'
    signature = kasushou_sha1("1696645385740", body, "H0YnuPpcVtx7rQdMTbjN6932s5oDOqFa")
    assert signature == "15b8f541eb10e3fbb33efd92c8d52d50ddca0784"


def test_kasushou_callback_vector():
    fields = {
        "external_orderno": "T1",
        "ordersn": "API1",
        "status": "3",
        "has_back_money": "0.00",
        "total_price": "3.05",
        "recharge_hints": "订单处理完成",
        "time": "1735660800123",
    }
    right = "c19201b71d435317b708eb7d0ea65febb34414b9"
    assert kasushou_callback_sha1(fields, "TESTKEY") == right
    carried = fields | {"card_list": "[]", "express_list": "[]", "sign": right}
    assert kasushou_callback_sha1(carried, "TESTKEY") == right


def test_wechat_resource_vector():
    sealed = "Eu6myr+6GaECeJdOZPZ6BX5lij3EGePUfX8XdVaseh2e/3kcJQ=="
    plain = b'{"out_trade_no":"T1"}'
    assert seal(CIPHER, "abcdefghijkl", "transaction", plain) == sealed
    assert unseal(CIPHER, "abcdefghijkl", "transaction", sealed) == plain


def test_php_escapes_slashes_and_line_separators_and_leaves_chinese():
    assert php_json({"a": "x/y\u2028订单\u2029\x1f"}) == (
        rb'{"a":"x\/y\u2028' + "订单".encode() + rb'\u2029\u001f"}'
    )


@given(FIELDS)
def test_php_json_is_json(fields):
    assert json.loads(php_json(fields)) == fields


@pytest.mark.parametrize("recipe", [epay_md5, dayuanren_md5])
@given(fields=FIELDS, name=NAMES, value=st.text(min_size=1, max_size=8))
def test_a_changed_value_changes_the_md5(recipe, fields, name, value):
    if name in ("sign", "sign_type"):
        return
    changed = fields | {name: fields.get(name, "") + value}
    assert recipe(fields, "k") != recipe(changed, "k")
    assert recipe(fields, "k") != recipe(fields, "K")
    shuffled = dict(reversed(fields.items()))
    assert recipe(fields, "k") == recipe(shuffled, "k")


@given(st.binary(max_size=64), st.data())
def test_rsa_verifies_what_it_signed_and_nothing_else(text, data):
    signature = rsa_sign(KEY, text)
    assert rsa_verify(KEY.public_key(), text, signature)
    changed = flipped(text + b"\n", data)
    assert not rsa_verify(KEY.public_key(), changed, signature)


@pytest.mark.parametrize("garbage", ["", "?", "AAAA", "签名", "A" * 344])
def test_rsa_refuses_what_is_no_signature(garbage):
    assert not rsa_verify(KEY.public_key(), b"text", garbage)


@given(st.binary(max_size=64), st.data())
def test_unsealing_notices_each_changed_bit(plain, data):
    sealed = CIPHER.encrypt(b"abcdefghijkl", plain, b"refund")
    changed = base64.b64encode(flipped(sealed, data)).decode()
    with pytest.raises(ValueError, match="sealed text"):
        unseal(CIPHER, "abcdefghijkl", "refund", changed)
    whole = base64.b64encode(sealed).decode()
    with pytest.raises(ValueError, match="sealed text"):
        unseal(CIPHER, "abcdefghijkl", "transaction", whole)


def test_same_compares_any_text():
    assert same("签", "签")
    assert not same("签", "鉴")


def flipped(text, data):
    at = data.draw(st.integers(0, len(text) - 1))
    bit = data.draw(st.integers(0, 7))
    return text[:at] + bytes([text[at] ^ (1 << bit)]) + text[at + 1 :]
