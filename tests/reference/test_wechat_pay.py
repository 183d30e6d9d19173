import asyncio
import base64
import datetime as dt
import json
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509 import CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID

from harness.targets.reference import config, signing
from harness.targets.reference.clock import now_ms
from harness.targets.reference.gateways import BadNoticeError, Incoming, Notice
from harness.targets.reference.gateways._wechat_certificates import Certificates
from harness.targets.reference.gateways.wechat_pay import WechatPay, _good
from harness.targets.reference.http_client import HttpAnswer, HttpClient

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


NEXT = generate_private_key(65537, 2048)


def certificate_of(key, serial):
    """A certificate as it is listed: what matters of it is the key, sealed with the APIv3 key."""
    name = Name([NameAttribute(NameOID.COMMON_NAME, "Tenpay.com Root CA")])
    begins = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=1800))
        .sign(key, SHA256())
    )
    nonce = secrets.token_hex(6)
    pem = made.public_bytes(Encoding.PEM)
    sealed = AESGCM(AES_KEY.encode()).encrypt(nonce.encode(), pem, b"certificate")
    return {
        "serial_no": serial,
        "encrypt_certificate": {
            "ciphertext": base64.b64encode(sealed).decode(),
            "nonce": nonce,
            "associated_data": "certificate",
        },
    }


def renewing(answers, asked, *, renewed=True):
    """Certificates that know THEIRS as "OLD"; whoever asks for the list gets the next answer."""

    async def send(method, target):
        asked.append((method, target))
        content, key, serial = answers.pop(0)
        body = json.dumps(content).encode()
        stamp, nonce = str(now_ms() // 1000), "n"
        text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        headers = {
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": serial,
            "wechatpay-signature": signing.rsa_sign(key, text),
        }
        return HttpAnswer(200, headers, body)

    keys = {"OLD": THEIRS.public_key()}
    return Certificates(keys, AESGCM(AES_KEY.encode()), send, _good, renewed=renewed)


def heard(certificates, key, serial):
    """Whether an answer is believed after all, and whether a notification that says the same is later on."""
    incoming = told(PAID, key=key, serial=serial)

    async def go():
        first = certificates.signed(incoming.headers, incoming.body)
        after_all = await certificates.signed_after_all(incoming.headers, incoming.body)
        return first, after_all, certificates.signed(incoming.headers, incoming.body)

    return asyncio.run(go())


def test_a_new_certificate_is_learnt_when_it_is_first_met():
    listed = {"data": [certificate_of(THEIRS, "OLD"), certificate_of(NEXT, "NEW")]}
    asked = []
    certificates = renewing([(listed, THEIRS, "OLD")], asked)
    assert heard(certificates, NEXT, "NEW") == (False, True, True)
    assert asked == [("GET", "/v3/certificates")]


@pytest.mark.parametrize(
    ("rows", "key", "serial"),
    [
        ([certificate_of(THEIRS, "OLD")], THEIRS, "OLD"),
        ([certificate_of(NEXT, "NEW")], OURS, "OLD"),
        ([certificate_of(NEXT, "NEW")], NEXT, "NOWHERE"),
        ([{**certificate_of(NEXT, "NEW"), "serial_no": "OTHER"}], THEIRS, "OLD"),
        ([{"serial_no": "NEW", "encrypt_certificate": {"ciphertext": "AAAA", "nonce": "0" * 12}}], THEIRS, "OLD"),
    ],
    ids=["not listed", "list signed by a stranger", "list by nobody", "another serial", "not sealed"],
)  # fmt: skip
def test_a_serial_that_the_list_does_not_bring_is_a_strangers(rows, key, serial):
    asked = []
    certificates = renewing([({"data": rows}, key, serial)] * 3, asked)
    assert heard(certificates, NEXT, "NEW") == (False, False, False)
    assert len(asked) == 1, "a stranger does not make us ask again and again"


def test_a_public_key_is_never_replaced():
    asked = []
    assert heard(renewing([], asked, renewed=False), NEXT, "NEW") == (False, False, False)
    assert asked == []
