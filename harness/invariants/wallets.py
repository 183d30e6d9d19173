"""What customers' wallets (余额) show, brought into the words of the other ledgers.

    journals: wallet (one row a read, with all its lines) -> captured, refunded, delivered, wallet_line, wallet_sum

So the laws about charges, refunds and deliveries judge what is paid from a balance, what is given back into it, and
what it is topped up with, too; _wallet.sql says how.
"""

from harness.core.plan import Plan
from harness.invariants.law import FOLDER
from harness.invariants.store import Store, quoted


def know_topups(store: Store, plan: Plan) -> None:
    """Make `topups`: a row per kind of goods that is money in the customer's own wallet."""
    store.db.execute(
        "CREATE OR REPLACE TABLE topups (goods VARCHAR, price_fen BIGINT, face_fen BIGINT)"
    )
    if plan.topups:
        store.db.executemany("INSERT INTO topups VALUES (?, ?, ?)", list(plan.topups))


def add_wallets(store: Store, plan: Plan) -> bool:
    """Write what the wallets' lines come to beside the raw rows; say whether there was anything to look at.

    Needs the view `raw` and the table `numbers`.
    """
    if "wallet" not in plan.has:
        return False
    know_topups(store, plan)
    sql = (FOLDER / "_wallet.sql").read_text(encoding="utf-8")
    path = quoted(store.scratch / "raw-derived-wallets.parquet")
    store.db.execute(f"COPY ({sql}) TO {path} (FORMAT PARQUET)")
    return True
