"""Mistakes in a target file that once only showed in a run: found when it is read, with their place."""

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.targets import target

OURS = """\
name: ours
base_url: http://127.0.0.1:8080
goods:
  - {id: a, kind: phone, price: "9.90", face: "10", operators: {yile: {product: "1", cost: "9"}}, values: {sku: "7"}}
gateways: {epay: {}}
operators: {yile: {}}
session:
  login: {post: /login, json: {phone: "{{customer.phone}}"}, take: {token: token, shop: shop}}
  send: {Authorization: "Bearer {{token}}", X-Shop: "{{shop}}"}
  ended_when: {json: code, equals: 401}
place:
  post: /order
  json: {sku: "{{goods.sku}}", to: ["{{intent.account}}"], at: "{{timestamp}}"}
  sign: {recipe: md5, text: "{{fields}}&key={{key}}", key: {value: k}, into: {field: sign}}
  take: {order_no: {value: "{{intent.token}}"}, pay_url: url}
batch: {post: /batch, json: {lines: "{{lines}}"}, take: {batch_no: no, order_nos: "rows[*].no"}}
batch_line: {sku: "{{goods.sku}}", to: "{{intent.account}}"}
batch_status: {get: "/batch/{{batch_no}}", take: {delivered: good, failed: bad, failures: list}}
status: {get: "/order/{{order_no}}", take: {state: state}}
states: {DONE: delivered, WAIT: unpaid}
refusals: {limit: {regex: "above [0-9]+"}}
control: {start: ["true"], health: {get: /health}}
"""


def _load(tmp_path: Path, text: str) -> target.Target:
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    return target.load(tmp_path / "ours.yaml")[0]


def test_what_is_taken_anywhere_and_values_of_goods_are_known(tmp_path):
    assert _load(tmp_path, OURS).name == "ours"


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("{{intent.account}}", "{{intent.acount}}", "place.json.to[0]", "'intent.account'"),
        ("{{goods.sku}}", "{{goods.skus}}", "place.json.sku", "'goods.sku'"),
        ("{{customer.phone}}", "{{custmer.phone}}", "login.json.phone", "'customer.phone'"),
        ("{{order_no}}", "{{orderno}}", "status.get", "'order_no'"),
        ('"{{intent.token}}"', '"{{token_of}}"', "place.take.order_no.value", "nothing is called"),
        ("{{fields}}", "{{felds}}", "place.sign.text", "'fields'"),
        ("{{fields}}", "{{fields|md6}}", "place.sign.text", "no filter 'md6'"),
        ("Bearer {{token}}", "Bearer {{tokn}}", "session.send.Authorization", "'token'"),
        ("Bearer {{token}}", "Bearer {{token|uper}}", "session.send", "'upper'"),
        ("{json: code, equals", "{json: 'code[', equals", "session.ended_when", "no JMESPath"),
        ("get: /health", "get: '/health?{{uid}}'", "control.health.get", "'uuid'"),
        ("{{lines}}", "{{line}}", "batch.json.lines", "'lines'"),
        (
            ', to: "{{intent.account}}"',
            ', to: "{{intent.acount}}"',
            "batch_line.to",
            "'intent.account'",
        ),
        ("order_nos: ", "order_no: ", "batch", "take must have order_nos"),
        ("failed: bad, ", "", "batch_status", "take must have failed"),
        ("batch_status:", "ticket:", "batch", "of no use without batch_status"),
        ("above [0-9]+", "above [0-9", "refusals.limit", "above [0-9"),
        ("DONE: delivered", "DONE: deliverd", "states.DONE", "'delivered'"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_nearest_word(tmp_path, old, new, place, said):
    assert old in OURS
    with pytest.raises(UsageError, match=r"ours\.yaml:\d+:\d+") as refused:
        _load(tmp_path, OURS.replace(old, new))
    assert place in str(refused.value)
    assert said in str(refused.value)


def test_columns_of_a_csv_file_are_anybodys(tmp_path):
    text = OURS.replace("{{customer.phone}}", "{{customer.openid}}")
    assert _load(tmp_path, f"{text}accounts: {{csv: accounts.csv}}\n").accounts
