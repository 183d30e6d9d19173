"""The same seed strikes the same intents with 1 and with 4 workers; over 20 seeds the share is what was asked.

python -m tests.bench.same_intents
"""

import subprocess
import sys
import tempfile
from math import sqrt
from pathlib import Path

import duckdb

SCENARIO = Path(__file__).parents[1] / "smoke" / "small.yaml"
BEFORE = "notify-lost"
STRIKE, SHARE, INTENTS, SEEDS = "notify-tripled", 0.40, 80, 20
SIGMAS = 4.0
"""How far from its expectation the count of one seed, and of all, may lie: 1 in 16,000 by chance."""


def run():
    one, four = (struck(7, workers=n) for n in (1, 4))
    jaccard = len(one & four) / len(one | four)
    counts = [counted(seed) for seed in range(100, 100 + SEEDS)]
    seeds_within = sum(within(hit, among) for hit, among in counts)
    hits, among = (sum(column) for column in zip(*counts, strict=True))
    return [
        {
            "what": "intents struck with 1 and with 4 workers, Jaccard",
            "observed": f"{jaccard:.2f} of {len(one)}",
            "target": "1.00",
            "met": jaccard == 1.0 and bool(one),
        },
        {
            "what": f"seeds of {SEEDS} whose share lies within binomial bounds",
            "observed": f"{seeds_within} ({hits / among:.3f} overall for {SHARE})",
            "target": str(SEEDS),
            "met": seeds_within == SEEDS and within(hits, among),
        },
    ]


def within(hits, among):
    return abs(hits - among * SHARE) <= SIGMAS * sqrt(among * SHARE * (1 - SHARE))


def struck(seed, workers=1):
    return asked(seed, workers, "SELECT DISTINCT intent, unnest(strikes) FROM events")


def counted(seed):
    """Count whom the strike met, of those that no other had made away with: what is lost cannot be tripled."""
    first = "kind = 'notify' AND vantage = 'gateway' AND attempt = 1 AND state = 'paid' AND intent IS NOT NULL"
    query = f"""
        SELECT COUNT(DISTINCT intent) FILTER (list_contains(strikes, '{STRIKE}')), COUNT(DISTINCT intent)
        FROM events WHERE {first} AND NOT list_contains(strikes, '{BEFORE}')
          AND (list_contains(strikes, '{STRIKE}') OR list_contains(spared, '{STRIKE}'))"""
    ((hits, among),) = asked(seed, 1, query)
    return hits, among


def asked(seed, workers, query):
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "harness", "run", str(SCENARIO), "--out", name]
        command += ["--seed", str(seed), "--workers", str(workers)]
        subprocess.run(command, check=False, capture_output=True)
        (folder,) = Path(name).glob("small/2*")
        connection = duckdb.connect()
        connection.execute(
            f"CREATE VIEW events AS SELECT * FROM read_parquet('{folder}/parquet/events.parquet')"
        )
        return set(connection.execute(query).fetchall())


if __name__ == "__main__":
    for row in run():
        print(row)
