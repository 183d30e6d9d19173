"""Small clients of the wires, written from the protocols' facts alone: no line of the dialects' own code.

They stand for the SDKs that merchants use, so they are strict where SDKs are strict. Whatever checks a
notification returns its content, or None if the signature does not fit.
"""

import base64
import hashlib
import json
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from harness.core.clock import now_ns
from mock_upstreams.dialect import Request

FIVE = ("timestamp", "nonce", "serial", "signature", "signature-type")


def as_request(method, target, headers, body=b""):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request(method, target, raw, body)


def _lower(headers):
    pairs = headers.items() if isinstance(headers, dict) else headers
    return {name.lower(): value for name, value in pairs}


class WechatMerchant:
    """A merchant of WeChat Pay in public-key mode, or in certificate mode if `certified`."""

    def __init__(self, credentials, *, certified=False):
        self.mchid, self.appid = credentials["mchid"], credentials["appid"]
        self.serial_no = credentials["serial_no"]
        self.key = _loaded(credentials["private_key"])
        self.certified = certified
        certificate = x509.load_pem_x509_certificate(credentials["platform_certificate"].encode())
        self.platform = {
            credentials["public_key_id"]: load_pem_public_key(credentials["public_key"].encode()),
            credentials["platform_serial"]: certificate.public_key(),
        }
        self.public_key_id = credentials["public_key_id"]
        self.apiv3_key = credentials["apiv3_key"].encode()

    def signed(self, method, target, body=b"", *, timestamp=None, nonce="n0nce", **changed):
        stamp = str(now_ns() // 10**9 if timestamp is None else timestamp)
        message = f"{method}\n{target}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        fields = {
            "mchid": self.mchid,
            "nonce_str": nonce,
            "signature": base64.b64encode(signature).decode(),
            "timestamp": stamp,
            "serial_no": self.serial_no,
        } | changed
        joined = ",".join(f'{name}="{value}"' for name, value in fields.items())
        headers = {
            "Authorization": f"WECHATPAY2-SHA256-RSA2048 {joined}",
            "Accept": "application/json",
            "User-Agent": "merchant/1.0",
            "Content-Type": "application/json",
        }
        if not self.certified:
            headers["Wechatpay-Serial"] = self.public_key_id
        return as_request(method, target, headers, body)

    def asks(self, method, target, data=None, **signing):
        body = b"" if data is None else json.dumps(data).encode()  # ", " and \uXXXX, as Python SDKs
        return self.signed(method, target, body, **signing)

    def order(self, **changed):
        return {
            "appid": self.appid,
            "mchid": self.mchid,
            "description": "视频会员月卡",
            "out_trade_no": "T2025010100001",
            "notify_url": "http://127.0.0.1:9/notify",
            "amount": {"total": 1990, "currency": "CNY"},
        } | changed

    def trusts(self, headers, body):
        """Say whether the five headers sign this body, now, with a key that we know."""
        head = _lower(headers)
        stamp, nonce, serial, signature, kind = (head.get(f"wechatpay-{name}") for name in FIVE)
        if kind != "WECHATPAY2-SHA256-RSA2048" or serial not in self.platform:
            return False
        if abs(now_ns() // 10**9 - int(stamp)) >= 300:
            return False
        message = b"\n".join([stamp.encode(), nonce.encode(), body, b""])
        try:
            self.platform[serial].verify(
                base64.b64decode(signature), message, padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return False
        return True

    def opened(self, resource):
        sealed = base64.b64decode(resource["ciphertext"])
        aad = resource["associated_data"].encode()
        return AESGCM(self.apiv3_key).decrypt(resource["nonce"].encode(), sealed, aad)

    def told(self, outgoing):
        """Return an event and what is sealed in it, or None for a stranger's."""
        if not self.trusts(outgoing.headers, outgoing.body):
            return None
        event = json.loads(outgoing.body)
        return event, json.loads(self.opened(event["resource"]))


_KEYS = {}


def _loaded(pem):
    if pem not in _KEYS:  # 60 ms each
        _KEYS[pem] = load_pem_private_key(pem.encode(), password=None)
    return _KEYS[pem]


class KasushouShop:
    """A shop that buys from 卡速售."""

    def __init__(self, credentials):
        self.userid, self.apikey = credentials["userid"], credentials["apikey"]

    def sign(self, stamp, body):
        return hashlib.sha1(f"{stamp}{body}{self.apikey}".encode()).hexdigest()

    def asks(self, path, data, *, stamp=None, sign=None):
        stamp = str(now_ns() // 10**6) if stamp is None else stamp
        body = json.dumps(dict(sorted(data.items())), separators=(",", ":"), ensure_ascii=False)
        headers = {
            "Sign": self.sign(stamp, body) if sign is None else sign,
            "Timestamp": stamp,
            "UserId": self.userid,
            "Content-Type": "application/json",
        }
        return as_request("POST", f"/api/v1/{path}", headers, body.encode())

    def told(self, outgoing):
        kind = _lower(outgoing.headers)["content-type"]
        text = outgoing.body.decode()
        told = json.loads(text) if "json" in kind else _pairs(text)
        return told if self.signed_callback(told) == told["sign"] else None

    def signed_callback(self, told):
        unsigned = {"sign", "card_list", "express_list"}
        kept = {name: told[name] for name in sorted(told) if name not in unsigned}
        php = json.dumps(kept, separators=(",", ":"), ensure_ascii=False).replace("/", "\\/")
        return self.sign(told["time"], php)


def _pairs(text):
    return dict(parse_qsl(text, keep_blank_values=True))


def epay_told(credentials, outgoing):
    """Check an epay notification as its demo code does."""
    told = _pairs(urlsplit(outgoing.url).query)
    kept = [f"{k}={v}" for k, v in sorted(told.items()) if v and k not in ("sign", "sign_type")]
    right = hashlib.md5(("&".join(kept) + credentials["key"]).encode()).hexdigest()
    return told if right == told["sign"] else None


def dayuanren_told(credentials, outgoing):
    """Check a 大猿人 callback as its demo code does."""
    told = _pairs(outgoing.body.decode())
    kept = "&".join(f"{k}={v}" for k, v in sorted(told.items()) if k != "sign")
    right = hashlib.md5(f"{kept}&apikey={credentials['apikey']}".encode()).hexdigest().upper()
    return told if right == told["sign"] else None
