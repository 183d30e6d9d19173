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
        ('face: "10",', 'face: "10", most: 3,', "goods[0].most", "{{intent.quantity}}"),
        ('face: "10",', 'face: "10", most: 0,', "goods[0]", "most between 1 and 1000, not 0"),
        ("{{goods.sku}}", "{{goods.skus}}", "place.json.sku", "'goods.sku'"),
        ("{{customer.phone}}", "{{custmer.phone}}", "login.json.phone", "'customer.phone'"),
        ("{{customer.phone}}", "{{customer.phon}}", "login.json.phone", "'customer.phone'"),
        ("{{customer.phone}}", "{{customer.app_id}}", "login.json.phone", "'customer.name'"),
        ("{{customer.phone}}", "{{customer.address}}", "login.json.phone", "source_addresses"),
        ("{value: k}", '{value: "{{custmer.name}}"}', "place.sign.key.value", "'customer.name'"),
        ("{value: k}", '{value: "{{key | md6}}"}', "place.sign.key.value", "no filter 'md6'"),
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


BY_CSV = OURS + "accounts: {csv: accounts.csv}\n"
BY_LIST = (
    OURS + "accounts: [{phone: '1', more: {app_id: a, key: b}}, {phone: '2', more: {app_id: c}}]\n"
)


def _by_csv(tmp_path, name, heading="phone, app_id,app_key"):
    (tmp_path / "accounts.csv").write_text(f"\ufeff{heading}\n1,2,3\n", encoding="utf-8")
    return _load(tmp_path, BY_CSV.replace("{{customer.phone}}", f"{{{{customer.{name}}}}}"))


@pytest.mark.parametrize("name", ["app_id", "app_key", "phone", "password", "number", "device"])
def test_columns_of_a_csv_file_are_known_and_so_is_what_is_invented(tmp_path, name):
    assert _by_csv(tmp_path, name).accounts


def test_a_misspelt_column_of_a_csv_file_is_named(tmp_path):
    place = r"ours\.yaml:8:\d+ session\.login\.json\.phone: .*did you mean 'customer\.app_id'\?"
    with pytest.raises(UsageError, match=place):
        _by_csv(tmp_path, "app_idd")


def test_a_csv_file_that_is_not_there_is_named_at_its_place(tmp_path):
    with pytest.raises(UsageError, match=r"ours\.yaml:\d+:\d+ accounts\.csv: .*cannot be read"):
        _load(tmp_path, BY_CSV)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("app_id", ""),
        ("app_idd", "did you mean 'customer.app_id'"),
        ("key", r"accounts\[1\]\.more does not have it"),
    ],
)
def test_what_listed_accounts_have_is_known(tmp_path, name, said):
    text = BY_LIST.replace("{{customer.phone}}", f"{{{{customer.{name}}}}}")
    if not said:
        assert _load(tmp_path, text).accounts
        return
    with pytest.raises(UsageError, match=said):
        _load(tmp_path, text)
