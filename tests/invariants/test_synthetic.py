"""The benchmark's runs are what they claim: the same columns and the same verdict as converted journals."""

import duckdb

from harness.invariants import judge
from harness.invariants.judge import weigh
from harness.invariants.store import Store
from tests.bench.synthetic import write_journals, write_parquet

ORDERS = 1_000


def shape(store):
    rows = store.rows(f"DESCRIBE SELECT * FROM read_parquet({store.parquet('events')})")
    return {row["column_name"]: row["column_type"] for row in rows}


def kept(folder):
    """Which orders the fact's file, or its folder of files, holds."""
    fact = folder / "parquet" / "orders.parquet"
    files = f"{fact}/*.parquet" if fact.is_dir() else str(fact)
    rows = duckdb.execute("SELECT intent FROM read_parquet($1) ORDER BY 1", [files]).fetchall()
    return [intent for (intent,) in rows]


def test_a_run_that_is_judged_again_keeps_its_orders_once(tmp_path, monkeypatch):
    plan = write_parquet(tmp_path, ORDERS)
    for slice_of in (300, 600, ORDERS, 300):
        monkeypatch.setattr("harness.invariants.checker.SLICE", slice_of)
        with Store(tmp_path) as store:
            weigh(store, plan, [])
        assert kept(tmp_path) == list(range(ORDERS))


def test_parquet_in_slices_and_journals_at_once_come_to_the_same_verdict(tmp_path, monkeypatch):
    made, told = tmp_path / "made", tmp_path / "told"
    plan = write_parquet(made, ORDERS)
    write_journals(told, ORDERS)
    converted = judge(told)
    monkeypatch.setattr("harness.invariants.checker.SLICE", 300)
    with Store(made) as store:
        direct = weigh(store, plan, [])
        made_shape = shape(store)
    with Store(told) as store:
        assert shape(store) == made_shape
    assert converted["verdict"] == direct["verdict"] == "FAIL"
    broken = {law["law"]: law["broken"] for law in converted["laws"] if law["broken"]}
    assert broken == {law["law"]: law["broken"] for law in direct["laws"] if law["broken"]}
    assert broken == {
        "charged_once": 1,
        "no_duplicate_delivery": 1,
        "no_lost_delivery": 1,
        "recovers_in_time": 1,
        "settles_in_time": 2,
    }
    assert converted["reasons"] == direct["reasons"]
    assert converted["strikes"] == direct["strikes"]
    assert converted["latency"] == direct["latency"]
