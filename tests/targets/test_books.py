"""The platform's own database as one more view: read with the target file's queries, in fen, never a traceback."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from harness import scenario
from harness.core.errors import UsageError
from harness.targets import books
from harness.targets import target as targets
from harness.targets.books import BooksError, host_of, read
from harness.targets.target import Database

REFERENCE = scenario.SCENARIOS / "targets" / "reference.yaml"
VIEWS = {
    "orders": "SELECT no AS order_no, paid, price AS amount FROM orders ORDER BY no",
    "cards": "SELECT no AS order_no, card FROM cards",
    "wallet": "SELECT no AS order_no, amount FROM wallet ORDER BY amount",
}


def target(url="sqlite:///{{run}}/shop.sqlite", views=VIEWS, money="yuan"):
    database = msgspec.convert({"url": {"value": url}, "views": views}, Database)
    return msgspec.structs.replace(targets.load(REFERENCE)[0], database=database, money=money)


@pytest.fixture
def scope(tmp_path):
    with sqlite3.connect(tmp_path / "shop.sqlite") as db:
        db.executescript("""
            CREATE TABLE orders (no, paid, price); CREATE TABLE cards (no, card); CREATE TABLE wallet (no, amount);
            INSERT INTO orders VALUES ('N1', 1, '9.90'), ('N2', 0, '9.90'), ('N3', NULL, '9.90');
            INSERT INTO cards VALUES ('N1', ' C-1 ');
            INSERT INTO wallet VALUES ('N1', 9.9), ('N1', -9.9);
        """)
    db.close()
    return {"run": str(tmp_path)}


def test_views_become_rows_in_fen(scope):
    rows = read(target(), Path(), scope)
    told = [(r.kind, r.order_no, r.ref, r.state, r.amount_fen) for r in rows]
    assert told == [
        ("book_order", "N1", "", "paid", 990),
        ("book_order", "N2", "", "unpaid", 990),
        ("book_order", "N3", "", "", 990),
        ("book_card", "N1", "C-1", "", None),
        ("book_wallet", "N1", "", "", -990),
        ("book_wallet", "N1", "", "", 990),
    ]
    assert {r.vantage for r in rows} == {"platform"}


@pytest.mark.parametrize(
    ("views", "money", "says"),
    [
        ({"orders": "SELECT no AS order_no FROM orders"}, "yuan", "no column paid, amount"),
        ({"wallet": "SELECT 'N' AS order_no, 9.905 AS amount"}, "yuan", "cannot be understood"),
        ({"wallet": "SELECT 'N' AS order_no, 9.9 AS amount"}, "fen", "whole fen"),
        ({"cards": "SELECT * FROM nowhere"}, "yuan", "no such table"),
    ],
)
def test_a_view_that_is_not_as_it_must_be_is_named(scope, views, money, says):
    with pytest.raises(BooksError, match=says):
        read(target(views=views, money=money), Path(), scope)


def test_a_database_that_is_away_is_said_without_its_password(tmp_path):
    with pytest.raises(BooksError, match="cannot be read"):
        read(target("sqlite:////nowhere/at/all.sqlite"), tmp_path, {})
    with pytest.raises(BooksError, match="cannot be read") as found:
        read(target("oracle+cx_nothing://u:pw-5f1c@127.0.0.1/x"), tmp_path, {})
    assert "pw-5f1c" not in str(found.value)


def test_more_lines_than_can_be_weighed_are_refused_rather_than_cut(scope, monkeypatch):
    monkeypatch.setattr(books, "MOST_ROWS", 2)
    with pytest.raises(BooksError, match="more than 2 lines"):
        read(target(), Path(), scope)


def test_the_databases_host_is_known_for_leave_to_be_asked():
    assert host_of(target("postgresql://u:p@db.test:5432/x"), Path()) == "tcp://db.test"
    assert not host_of(target(), Path())
    with pytest.raises(UsageError, match="no URL"):
        host_of(target("what is this"), Path())


DATABASE = """
database:
  url: {value: "sqlite:///{{run}}/target.sqlite"}
  views:
    orders: >-
      SELECT order_no, price_fen AS amount, CASE WHEN state IN ('PAID', 'CHARGING', 'DONE') THEN 1
      WHEN state = 'REFUNDING' THEN NULL ELSE 0 END AS paid FROM orders
    wallet: >-
      SELECT order_no, amount_fen AS amount FROM receipts WHERE purpose = 'order'
      UNION ALL SELECT f.order_no, -f.amount_fen FROM refunds AS f JOIN receipts AS r
      ON r.channel = f.channel AND r.trade_no = f.trade_no WHERE r.purpose = 'order' AND f.state = 'DONE'
    cards: SELECT order_no, json_extract(value, '$.code') AS card FROM orders, json_each(orders.cards)
           WHERE orders.cards NOT IN ('', '[]')
"""


@pytest.mark.smoke
def test_the_reference_platforms_books_agree(tmp_path):
    text = REFERENCE.read_text(encoding="utf-8")
    defects = REFERENCE.parents[2] / "harness/targets/reference/defects"
    text = text.replace("../../harness/targets/reference/defects", str(defects))
    (tmp_path / "ours.yaml").write_text(text + DATABASE, encoding="utf-8")
    (tmp_path / "calm.yaml").write_text(
        "target: ours.yaml\ngateways: [epay]\n"
        "traffic:\n  arrivals: {shape: steady, rate: 10/s, for: 1s}\n  personas: {patient: 1, card_buyer: 1}\n"
        "settle: {quiet: 500ms, at_most: 15s}\n"
        "expect: {laws: [books_agree, cards_consumed_are_cards_shown], driver_lateness_p99: 2s}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "harness", "run", str(tmp_path / "calm.yaml")]
    subprocess.run(
        [*command, "--out", str(tmp_path / "r")], capture_output=True, timeout=90, check=False
    )
    told = json.loads((tmp_path / "r" / "calm" / "latest" / "verdict.json").read_text("utf-8"))
    laws = {law["law"]: (law["held"], law["broken"]) for law in told["laws"]}
    assert told["verdict"] == "PASS", told["reasons"]
    assert laws["books_agree"] == (10, 0)
    assert laws["cards_consumed_are_cards_shown"][0] > 0
