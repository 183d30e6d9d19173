"""A merchant of WeChat Pay V2, written from the protocol's facts alone: XML, MD5 or HMAC, a sealed refund."""

import base64
import hashlib
import hmac
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from independent_clients import as_request

BLOCK = 16


def fields_of(xml):
    return {child.tag: child.text or "" for child in ET.fromstring(xml)}


class WechatV2Merchant:
    """Signs as `sign_type` says; trusts what is signed likewise."""

    def __init__(self, credentials, sign_type="MD5"):
        self.appid, self.mch_id = credentials["appid"], credentials["mch_id"]
        self.key, self.sign_type = credentials["key"], sign_type

    def sign(self, fields):
        kept = [f"{k}={fields[k]}" for k in sorted(fields) if fields[k] and k != "sign"]
        text = ("&".join(kept) + f"&key={self.key}").encode()
        if self.sign_type == "MD5":
            return hashlib.md5(text).hexdigest().upper()
        return hmac.new(self.key.encode(), text, hashlib.sha256).hexdigest().upper()

    def asks(self, path, method="POST", **fields):
        said = {"appid": self.appid, "mch_id": self.mch_id, "nonce_str": "n1"} | fields
        if self.sign_type != "MD5":
            said["sign_type"] = self.sign_type
        said = {"sign": self.sign(said)} | said
        root = ET.Element("xml")
        for name, value in said.items():
            ET.SubElement(root, name).text = value
        headers = {"Content-Type": "text/xml"}
        return as_request(method, path, headers, ET.tostring(root, encoding="utf-8"))

    def order(self, **changed):
        return {
            "body": "视频会员月卡",
            "out_trade_no": "T2025010100001",
            "total_fee": "1990",
            "spbill_create_ip": "127.0.0.1",
            "notify_url": "http://127.0.0.1:9/notify",
            "trade_type": "NATIVE",
        } | changed

    def trusted(self, body):
        """Return the fields of an answer or notification, None if it is not signed with our key."""
        fields = fields_of(body)
        return fields if fields.get("sign") == self.sign(fields) else None

    def told(self, outgoing):
        fields = fields_of(outgoing.body)
        return self.opened(fields) if "req_info" in fields else self.trusted(outgoing.body)

    def opened(self, fields):
        """Return what a refund notification has sealed, None if our key does not open it."""
        secret = hashlib.md5(self.key.encode()).hexdigest().encode()
        decryptor = Cipher(algorithms.AES(secret), modes.ECB()).decryptor()
        padded = decryptor.update(base64.b64decode(fields["req_info"])) + decryptor.finalize()
        pad = padded[-1]
        if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad:
            return None
        try:
            return fields_of(padded[:-pad])
        except (ET.ParseError, UnicodeDecodeError):
            return None
