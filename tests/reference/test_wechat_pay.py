import base64
import json
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from harness.targets.reference import config, signing
from harness.targets.reference.clock import now_ms
from harness.targets.reference.gateways import BadNoticeError, Incoming, Notice
from harness.targets.reference.gateways.wechat_pay import WechatPay
from harness.targets.reference.http_client import HttpClient

OURS, THEIRS = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
AES_KEY = "0123456789abcdef0123456789abcdef"
SERIAL = "PUB_KEY_ID_01"
PAID = {
    "mchid": "1900000001",
    "appid": "wx0",
    "out_trade_no": "N1P0",
    "transaction_id": "42001",
    "trade_state": "SUCCESS",
    "amount": {"total": 4990, "payer_total": 4990},
}


@pytest.fixture
def gateway():
    pem = OURS.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = THEIRS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    account = config.WechatPay(
        url="http://127.0.0.1:1",
        mchid="1900000001",
        appid="wx0",
        serial_no="A" * 40,
        private_key=pem,
        apiv3_key=AES_KEY,
        public_key_id=SERIAL,
        public_key=public.decode(),
    )
    return WechatPay(account, HttpClient(1), "http://x")


def told(content, event="TRANSACTION.SUCCESS", key=THEIRS, age_s=0, serial=SERIAL):
    nonce = secrets.token_hex(6)
    sealed = AESGCM(AES_KEY.encode()).encrypt(
        nonce.encode(), json.dumps(content).encode(), b"transaction"
    )
    resource = {
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": nonce,
        "associated_data": "transaction",
    }
    body = json.dumps({"id": "EV-1", "event_type": event, "resource": resource}).encode()
    stamp = str(now_ms() // 1000 - age_s)
    headers = {
        "wechatpay-timestamp": stamp,
        "wechatpay-nonce": nonce,
        "wechatpay-serial": serial,
        "wechatpay-signature": signing.rsa_sign(key, f"{stamp}\n{nonce}\n".encode() + body + b"\n"),
    }
    return Incoming("POST", "", headers, body)


def test_a_signed_notification_is_read(gateway):
    incoming = told(PAID)
    assert gateway.signature_ok(incoming)
    assert gateway.read(incoming) == Notice("N1P0", "42001", 4990)


def test_a_refund_is_told_by_its_number(gateway):
    back = {"mchid": "1900000001", "out_refund_no": "R1", "refund_status": "SUCCESS"}
    assert gateway.read(told(back, "REFUND.SUCCESS")).refund_no == "R1"


@pytest.mark.parametrize("wrong", [{"key": OURS}, {"age_s": 400}, {"serial": "OTHER"}])
def test_other_keys_old_times_and_unknown_serials_are_refused(gateway, wrong):
    assert not gateway.signature_ok(told(PAID, **wrong))


def test_one_changed_byte_breaks_the_signature(gateway):
    incoming = told(PAID)
    changed = incoming.body.replace(b"EV-1", b"EV-2")
    assert not gateway.signature_ok(Incoming("POST", "", incoming.headers, changed))


@pytest.mark.parametrize(
    "wrong", [{"mchid": "1900000002"}, {"appid": "wx9"}, {"trade_state": "NOTPAY"}]
)
def test_what_is_not_our_money_is_refused(gateway, wrong):
    with pytest.raises(BadNoticeError):
        gateway.read(told({**PAID, **wrong}))


def test_what_cannot_be_decrypted_is_refused(gateway):
    body = json.loads(told(PAID).body)
    body["resource"]["nonce"] = "abcdefghijkl"
    with pytest.raises(BadNoticeError):
        gateway.read(Incoming("POST", "", {}, json.dumps(body).encode()))
