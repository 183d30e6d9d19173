"""What is owed for late goods: promised in the target file, shown by the status or the platform's own books."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from harness import scenario
from harness.core.errors import UsageError
from harness.targets import books
from harness.targets import target as targets
from harness.targets.adapter import Adapter
from harness.targets.target import Database

PROMISES = scenario.SCENARIOS / "targets" / "reference_promises.yaml"
LINE = '  compensation: {late_after: 3m, within: 5m, amount: "2.00"}'


def loaded(folder, new, *, take=True):
    text = PROMISES.read_text(encoding="utf-8").replace(LINE, f"  compensation: {new}")
    text = text if take else text.replace(", compensation: compensation_fen", "")
    (folder / "ours.yaml").write_text(text, encoding="utf-8")
    return targets.load(folder / "ours.yaml")[0]


def test_it_is_promised_for_all_time_limited_goods_unless_said(tmp_path):
    everyone = loaded(tmp_path, '{late_after: 3m, amount: "2.00"}').compensated()
    one = loaded(tmp_path, '{late_after: 3m, amount: "2.00", goods: [hf50]}').compensated()
    assert [(c.goods, c.late_after_ms, c.within_ms) for c in everyone] == [
        ("vip30", 180_000.0, 1_800_000.0)
    ]
    assert [c.goods for c in one] == ["hf50"]


def test_a_share_of_the_price_may_be_rounded_either_way(tmp_path):
    (owed,) = loaded(tmp_path, "{late_after: 3m, amount: 7.5%}").compensated()
    assert (owed.least_fen, owed.most_fen) == (149, 150)


@pytest.mark.parametrize(
    ("promise", "take", "said"),
    [
        (
            '{late_after: 3m, amount: "2.00", goods: [vip3]}',
            True,
            r"compensation.goods\[0\].*vip30",
        ),
        ('{late_after: soon, amount: "2.00"}', True, "compensation"),
        ('{late_after: 3m, amount: "0.00"}', True, "an amount above 0"),
        ('{late_after: 3m, amount: "2.00"}', False, "nothing shows it"),
    ],
)
def test_a_promise_that_cannot_be_judged_is_refused_where_it_stands(tmp_path, promise, take, said):
    with pytest.raises(UsageError, match=said) as found:
        loaded(tmp_path, promise, take=take)
    assert "ours.yaml:" in str(found.value)


BODY = b'{"state": "DONE", "amount_fen": 1990, "compensation_fen": %s, "cards": []}'


@pytest.mark.parametrize(
    ("shown", "outcome", "fen"), [(b"200", "ok", 200), (b"0", "ok", 0), (b"null", "unknown", None)]
)
def test_a_status_shows_what_was_given(shown, outcome, fen):
    answer = Adapter(targets.load(PROMISES)[0]).read("status", 200, {}, BODY % shown)
    assert (answer.outcome, answer.values.get("compensation_fen")) == (outcome, fen)


def test_a_status_that_shows_none_until_it_is_given_says_so(tmp_path):
    text = PROMISES.read_text(encoding="utf-8")
    optional = "compensation: {json: compensation_fen, optional: true}"
    text = text.replace("compensation: compensation_fen", optional)
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    adapter = Adapter(targets.load(tmp_path / "ours.yaml")[0])
    assert adapter.read("status", 200, {}, BODY % b"null").outcome == "ok"


def test_the_platforms_books_may_say_when(tmp_path):
    with sqlite3.connect(tmp_path / "shop.sqlite") as db:
        db.executescript(
            "CREATE TABLE c (no, fen, at); INSERT INTO c VALUES ('N1', 200, 1800000001.5);"
        )
    db.close()
    url, at = "sqlite:///{{run}}/shop.sqlite", "SELECT no AS order_no, fen AS amount, at FROM c"
    rows = []
    for query in (at, at.replace(", at FROM", " FROM")):
        database = msgspec.convert(
            {"url": {"value": url}, "views": {"compensations": query}}, Database
        )
        target = msgspec.structs.replace(targets.load(PROMISES)[0], database=database)
        rows += books.read(target, Path(), {"run": str(tmp_path)})
    assert [(r.kind, r.order_no, r.amount_fen, r.state) for r in rows] == [
        ("book_compensation", "N1", 200, "timed"),
        ("book_compensation", "N1", 200, ""),
    ]
    assert rows[0].time_ns == 1_800_000_001_500_000_000
