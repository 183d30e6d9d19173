import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.targets.reference import money, signing


@pytest.mark.parametrize(
    ("params", "key", "sign"),
    [
        (
            {"pid": "1001", "out_trade_no": "20250101", "name": "hi", "money": "100.00"},
            "abc123",
            "7d485d80eaf0b05747315811496959cb",
        ),
        (
            {
                "money": "19.90",
                "name": "腾讯视频VIP月卡",
                "notify_url": "http://127.0.0.1:9000/n",
                "out_trade_no": "E20250101000001",
                "pid": "1001",
                "return_url": "http://127.0.0.1:9000/r",
                "type": "alipay",
                "param": "",
                "sign_type": "MD5",
            },
            "TESTKEY0123456789",
            "d941c97974d578b00ba818744ee7bab4",
        ),
    ],
)
def test_epay_vectors(params, key, sign):
    assert signing.epay(params, key) == sign


def test_dayuanren_vectors():
    submit = {
        "mobile": "13800138000",
        "notify_url": "http://127.0.0.1:9000/dyr/notify",
        "out_trade_num": "T2025010100001",
        "product_id": "12",
        "userid": "10001",
    }
    assert signing.dayuanren(submit, "TESTAPIKEY") == "93326696F274AAA6AC32F328CF9F0FE3"
    callback = {
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
    assert signing.dayuanren(callback, "TESTAPIKEY") == "CEFA6430A16DADFD64B60E526D1AC2CC"


def test_kasushou_vectors():
    body = b'{"day":10,"external_orderno":"","ordersn":"D100759082558859640832"}'
    key = "H0YnuPpcVtx7rQdMTbjN6932s5oDOqFa"
    right = "15b8f541eb10e3fbb33efd92c8d52d50ddca0784"
    assert signing.kasushou("1696645385740", body, key) == right
    buy = (
        b'{"attach":{"recharge_account":"13800138000"},"external_orderno":"T2025010100001",'
        b'"id":88,"quantity":1,"safe_price":"49.80","url":"http://127.0.0.1:9000/kss/notify"}'
    )
    right = "fadae3d161edc80ef5e59e6b11536f1152e45eaa"
    assert signing.kasushou("1735660800123", buy, "TESTKEY") == right


def test_kasushou_callback_vector():
    told = {
        "external_orderno": "T1",
        "ordersn": "API1",
        "status": "3",
        "has_back_money": "0.00",
        "total_price": "3.05",
        "recharge_hints": "订单处理完成",
        "time": "1735660800123",
        "card_list": "[]",
    }
    right = "c19201b71d435317b708eb7d0ea65febb34414b9"
    assert signing.kasushou_callback(told, "TESTKEY") == right
    assert signing.kasushou_callback({**told, "status": "4"}, "TESTKEY") != right


def test_wechat_resource_vector():
    sealed = base64.b64decode("Eu6myr+6GaECeJdOZPZ6BX5lij3EGePUfX8XdVaseh2e/3kcJQ==")
    plain = AESGCM(b"0123456789abcdef0123456789abcdef").decrypt(
        b"abcdefghijkl", sealed, b"transaction"
    )
    assert json.loads(plain) == {"out_trade_no": "T1"}


def test_rsa_signs_what_it_verifies_and_nothing_else():
    key = generate_private_key(65537, 2048)
    signature = signing.rsa_sign(key, b"one\n")
    assert signing.rsa_verify(key.public_key(), b"one\n", signature)
    assert not signing.rsa_verify(key.public_key(), b"two\n", signature)
    assert not signing.rsa_verify(key.public_key(), b"one\n", "WECHATPAY/SIGNTEST/x")


@pytest.mark.parametrize(
    ("text", "fen"), [("19.9", 1990), ("19.90", 1990), ("20", 2000), ("0.0100", 1)]
)
def test_yuan_are_read_exactly(text, fen):
    assert money.fen(text) == fen
    assert money.fen(money.yuan(fen)) == fen


@pytest.mark.parametrize("text", ["", "-1", "1.001", "1e3", "NaN", "1,000", " 1"])
def test_what_is_no_money_is_refused(text):
    with pytest.raises(ValueError, match=r"yuan|fen"):
        money.fen(text)
