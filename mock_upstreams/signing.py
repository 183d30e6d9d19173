"""How the wires of this field sign, as pure functions over text, bytes and keys.

    epay        md5 over sorted `k=v&...` + key              empty values left out
    epay_v2     RSA-2048 SHA-256 over the same text without a key
    dayuanren   MD5 over sorted `k=v&...&apikey=` + key      empty values take part
    kasushou    sha1 over time + JSON + key                  raw body; callbacks: JSON as PHP has it
    kashangwang md5 over key + k1v1k2v2...                   empty values take part
    kakayun     md5 over sorted `k=v&...` + key              empty values left out
    fulu        md5 over the JSON's sorted characters + key  cards: AES-256-ECB
    juhe        md5 over values set side by side
    yile        sha1 over id + secret + path + time      the body is not signed
    ofpay       MD5 over values set side by side + key
    shared_shop md5 over sorted `k=v&...&key=` + key     empty values left out, lists sorted by their name
    wechat_pay  RSA-2048 SHA-256 over lines, AES-256-GCM for what notifications carry

Nothing here knows HTTP or a dialect's fields. A private key costs 60 ms to load and a signature
0.4 ms (the GIL is free meanwhile), so keys are objects that are made once and passed in.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import md5, sha1
from operator import itemgetter

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7

_PADDING = PKCS1v15()
_SHA256 = SHA256()


def same(given: str, right: str) -> bool:
    """Compare two signatures in constant time; text that is not ASCII is never the same."""
    if given.isascii() and right.isascii():
        return hmac.compare_digest(given, right)
    return hmac.compare_digest(given.encode(), right.encode())


def epay_md5(fields: Mapping[str, str], key: str) -> str:
    """Sign as epay V1 does: 32 lower-case hex digits.

    `sign`, `sign_type` and empty values take no part.

    Source: 彩虹易支付 `includes/functions.php` (EP-20), read 2026-11-22.
    """
    template, values_of = _epay_joined(tuple(fields))
    values = values_of(fields)
    if "" in values:
        return epay_md5({k: v for k, v in fields.items() if v}, key)
    return md5((template % values + key).encode()).hexdigest()


_EPAY_UNSIGNED = frozenset({"sign", "sign_type"})


@lru_cache(maxsize=256)
def _epay_joined(
    names: tuple[str, ...],
) -> tuple[str, Callable[[Mapping[str, str]], tuple[str, ...]]]:
    """Return how the fields of these names are joined, remembered since a caller sends the same ones each time."""
    signed = [name for name in sorted(names) if name not in _EPAY_UNSIGNED]
    template = "&".join(name.replace("%", "%%") + "=%s" for name in signed)
    if len(signed) > 1:
        return template, itemgetter(*signed)
    return template, lambda fields: tuple(fields[name] for name in signed)


def epay_text(fields: Mapping[str, str]) -> str:
    """Return what epay V2 signs with RSA: the text of V1, without a key.

    Source: EP-DOC, read 2026-11-22.
    """
    return "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k not in _EPAY_UNSIGNED)


def dayuanren_md5(fields: Mapping[str, str], key: str) -> str:
    """Sign as 大猿人 does: 32 upper-case hex digits.

    All fields but `sign` take part, empty ones as well. PHP's `urldecode(http_build_query(...))`
    gives every value back as it was, so the raw values are joined.

    Source: 大猿人 `application/yrapi/controller/Home.php` (DYR), read 2026-11-22.
    """
    parts = [f"{k}={fields[k]}" for k in sorted(fields) if k != "sign"]
    return md5(("&".join(parts) + "&apikey=" + key).encode()).hexdigest().upper()


def kasushou_sha1(time_ms: str, body: bytes, key: str) -> str:
    """Sign a 卡速售 2.0 request over its raw body: 40 lower-case hex digits.

    Source: doc.kasushou.com/api/v2api (KSS), read 2026-11-22.
    """
    return sha1(time_ms.encode() + body + key.encode()).hexdigest()


def kasushou_callback_sha1(fields: Mapping[str, str], key: str) -> str:
    """Sign a 卡速售 2.0 callback; `fields` holds `time`, which also leads what is signed.

    `sign`, `card_list` and `express_list` take no part, so cards are to be fetched by a query.
    The JSON is what PHP's `json_encode($fields, JSON_UNESCAPED_UNICODE)` writes: keys sorted,
    slashes escaped, Chinese as it is.

    Source: doc.kasushou.com/api/v2api (KSS), read 2026-11-22.
    """
    signed = {k: fields[k] for k in sorted(fields) if k not in _KASUSHOU_UNSIGNED}
    return kasushou_sha1(fields["time"], php_json(signed), key)


_KASUSHOU_UNSIGNED = frozenset({"sign", "card_list", "express_list"})


def php_json(value: Mapping[str, str]) -> bytes:
    r"""Write JSON as PHP does with JSON_UNESCAPED_UNICODE.

    Compact, `/` as `\/`, and U+2028 and U+2029 escaped although they are Unicode.

    Source: php.net/manual/en/json.constants.php, read 2026-11-22.
    """
    plain = msgspec.json.encode(value).replace(b"/", rb"\/")
    return plain.replace("\u2028".encode(), rb"\u2028").replace("\u2029".encode(), rb"\u2029")


def dayuanren_old_md5(fields: Mapping[str, str], key: str) -> str:
    """Sign a submit as old 大猿人 installations do, over four values alone: 32 upper-case hex digits.

    Source: 大猿人 `application/yrapi/controller` (DYR), read 2026-11-22; how they sign the other calls is not known.
    """
    parts = [fields.get(k, "") for k in ("out_trade_num", "mobile", "product_id", "userid")]
    return md5(("".join(parts) + key).encode()).hexdigest().upper()


def kashangwang_md5(fields: Mapping[str, str], key: str, *, pinyin: bool = False) -> str:
    """Sign as the 卡商网 family does: 32 lower-case hex digits.

    `sign`, `cards` and `tickets` take no part, empty values do. Names with Chinese in them are sorted by their UTF-8,
    or by `pinyin`, which is the order of GB 18030 for common characters.

    Source: 卡商网 interface document (KSW), read 2026-11-22.
    """
    charset = "gb18030" if pinyin else "utf-8"
    names = sorted(
        (k for k in fields if k not in _KASHANGWANG_UNSIGNED), key=lambda k: k.encode(charset)
    )
    return md5((key + "".join(k + fields[k] for k in names)).encode()).hexdigest()


_KASHANGWANG_UNSIGNED = frozenset({"sign", "cards", "tickets"})


def kakayun_md5(fields: Mapping[str, str], key: str, *, drops_zero: bool = False) -> str:
    """Sign as 卡卡云 does: 32 lower-case hex digits; PHP's `empty()` also drops the value `0`.

    Source: clients of 卡卡云 (KKY), read 2026-11-22.
    """
    dropped = ("", "0") if drops_zero else ("",)
    parts = [f"{k}={v}" for k, v in sorted(fields.items()) if v not in dropped and k != "sign"]
    return md5(("&".join(parts) + key).encode()).hexdigest()


def fulu_md5(text: str, secret: str) -> str:
    """Sign as 福禄 does, over the characters of a text in ascending order: 32 lower-case hex digits.

    Source: 福禄 open platform (FULU), read 2026-11-22.
    """
    return md5(("".join(sorted(text)) + secret).encode()).hexdigest()


def fulu_seal(secret: str, plain: str) -> str:
    """Return base64 of AES-256-ECB with PKCS#7 padding, as 福禄 writes card fields; the secret is 32 ASCII characters.

    ECB is what their wire demands.

    Source: 福禄 open platform (FULU), read 2026-11-22.
    """
    padder = PKCS7(128).padder()
    padded = padder.update(plain.encode()) + padder.finalize()
    cipher = Cipher(AES256(secret.encode()), ECB()).encryptor()  # noqa: S305
    return base64.b64encode(cipher.update(padded) + cipher.finalize()).decode()


def juhe_md5(*values: str) -> str:
    """Sign as 聚合数据 does, over values set side by side: 32 lower-case hex digits.

    Source: 聚合数据 话费充值 interface document (JUHE), read 2026-11-22.
    """
    return md5("".join(values).encode()).hexdigest()


def yile_sha1(app_id: str, secret: str, path: str, time_s: str) -> str:
    """Make the AppToken of 亿乐: 40 lower-case hex digits.

    Source: 彩虹 plugin third_yile (YILE), read 2026-11-22.
    """
    return sha1(f"{app_id}{secret}{path}{time_s}".encode()).hexdigest()


def ofpay_md5(*values: str) -> str:
    """Sign as 欧飞 does, over values set side by side, in its charset: 32 upper-case hex digits.

    Source: 欧飞 interface document (OFPAY), read 2026-11-22. GB 18030, which holds GB2312, takes any text.
    """
    return md5("".join(values).encode("gb18030", "replace")).hexdigest().upper()


def shared_shop_md5(fields: Mapping[str, str], key: str) -> str:
    """Sign as acg-faka's shared shops do: 32 lower-case hex digits.

    `sign` and empty values take no part, those within a list aside. A list arrives as `sku[name]=value`; PHP sorts by
    the list's own name and keeps the order within it.

    Source: acg-faka `app/Util/Str.php` (ACG), read 2026-11-22.
    """
    signed = sorted(
        ((k, v) for k, v in fields.items() if (v or "[" in k) and k != "sign"),
        key=lambda kv: kv[0].partition("[")[0],
    )
    return md5(("&".join(f"{k}={v}" for k, v in signed) + f"&key={key}").encode()).hexdigest()


def rsa_sign(key: RSAPrivateKey, text: bytes) -> str:
    """Return the base64 of an RSASSA-PKCS1-v1_5 SHA-256 signature; 0.4 ms for 2048 bits."""
    return base64.b64encode(key.sign(text, _PADDING, _SHA256)).decode()


def rsa_verify(key: RSAPublicKey, text: bytes, signature: str) -> bool:
    """Say whether a base64 signature fits; what is not base64 does not."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text, _PADDING, _SHA256)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def seal(cipher: AESGCM, nonce: str, associated_data: str, plaintext: bytes) -> str:
    """Return base64(ciphertext || 16-byte tag) of AES-256-GCM; nonce is 12 ASCII characters."""
    sealed = cipher.encrypt(nonce.encode(), plaintext, associated_data.encode())
    return base64.b64encode(sealed).decode()


def unseal(cipher: AESGCM, nonce: str, associated_data: str, sealed: str) -> bytes:
    """Undo `seal`.

    Raises:
        ValueError: the key, the nonce, the associated data or one bit of the sealed text is wrong.
    """
    try:
        raw = base64.b64decode(sealed, validate=True)
        return cipher.decrypt(nonce.encode(), raw, associated_data.encode())
    except InvalidTag:
        raise ValueError("sealed text that this key opens") from None
