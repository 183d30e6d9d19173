"""Signing keys: one for all requests, or one of the customer's own."""

import base64
import hashlib
import hmac

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.core.errors import UsageError
from harness.targets import _signing
from harness.targets.adapter import Adapter
from harness.targets.found import with_accounts
from harness.targets.target import Target

BASE = {
    "name": "ours",
    "base_url": "http://127.0.0.1:1",
    "goods": [{"id": "g", "kind": "phone", "price": "9.90", "face": "10.00"}],
    "gateways": {"epay": {}},
    "accounts": {"csv": "accounts.csv"},
    "status": {"get": "/open/order"},
    "states": {"DONE": "delivered"},
}


def merchants(folder, recipe, keys, key="{{customer.app_key}}"):
    rows = "".join(f"m{at},{text}\n" for at, text in enumerate(keys))
    (folder / "accounts.csv").write_text(f"app_id,app_key\n{rows}", encoding="utf-8")
    place = {
        "post": "/open/order",
        "form": {"app_id": "{{customer.app_id}}", "to": "{{intent.account}}"},
        "sign": {"recipe": recipe, "text": "{{fields}}", "key": {"value": key}},
    }
    place["sign"]["into"] = {"header": "X-Sign"}
    target = msgspec.convert({**BASE, "place": place}, Target)
    return Adapter(with_accounts(target, folder))


def signed(adapter, number):
    scope = {"customer": adapter.person(number, {}), "intent": {"account": "138"}}
    call = next(adapter.flow("place", scope))
    assert call.body == f"app_id=m{number}&to=138".encode()
    return call.headers["X-Sign"]


def test_each_customer_signs_with_his_own_key(tmp_path):
    adapter = merchants(tmp_path, "hmac_sha256", ["first", "second"])
    for number, key in enumerate((b"first", b"second")):
        text = f"app_id=m{number}&to=138".encode()
        assert signed(adapter, number) == hmac.new(key, text, hashlib.sha256).hexdigest()


def test_filters_may_make_the_key(tmp_path):
    adapter = merchants(tmp_path, "hmac_md5", ["first"], "{{customer.app_key | upper}}")
    want = hmac.new(b"FIRST", b"app_id=m0&to=138", "md5").hexdigest()
    assert signed(adapter, 0) == want


def test_an_rsa_key_of_each_customer_is_read_once(tmp_path):
    own = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    said = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8)
    plain = serialization.NoEncryption()
    bare = [base64.b64encode(key.private_bytes(*said, plain)).decode() for key in own]
    adapter = merchants(tmp_path, "rsa", bare)
    _signing._rsa_key.cache_clear()
    for number in (0, 1, 0, 1):
        signature = base64.b64decode(signed(adapter, number))
        text = f"app_id=m{number}&to=138".encode()
        own[number].public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    assert _signing._rsa_key.cache_info().misses == 2


def test_a_key_without_a_hole_is_taken_as_it_is(tmp_path):
    for key in ("{{", "{k}", "k}}"):
        adapter = merchants(tmp_path, "hmac_sha256", ["first"], key)
        want = hmac.new(key.encode(), b"app_id=m0&to=138", hashlib.sha256).hexdigest()
        assert signed(adapter, 0) == want


@pytest.mark.parametrize(("recipe", "key"), [("hmac_sha256", ""), ("rsa", "not-a-key")])
def test_a_customer_whose_key_is_of_no_use_sends_nothing(tmp_path, recipe, key):
    adapter = merchants(tmp_path, recipe, [key])
    scope = {"customer": adapter.person(0, {}), "intent": {"account": "138"}}
    with pytest.raises(StopIteration) as ended:
        next(adapter.flow("place", scope))
    answer = ended.value.value
    assert answer.outcome == "fail"
    assert "the key" in answer.reason


def test_a_key_of_the_target_file_is_read_when_it_is_compiled(tmp_path):
    with pytest.raises(UsageError, match="the key"):
        merchants(tmp_path, "rsa", ["x"], "no key at all")
