"""How much money the orders stood for: one pass over the ledger, in fen.

What was placed and delivered counts at the price the customer was shown; what was paid and refunded as it moved at the
gateway.
"""

import duckdb

_AMOUNTS = """
WITH orders AS (
    SELECT max(amount_fen) FILTER (vantage = 'customer' AND kind = 'intent') AS price_fen,
           bool_or(vantage = 'customer' AND kind = 'place' AND outcome = 'ok') AS is_placed,
           bool_or(vantage = 'operator' AND kind = 'delivered') AS is_delivered
    FROM events
    WHERE intent IS NOT NULL AND kind IN ('intent', 'place', 'delivered')
    GROUP BY intent
), moved AS (
    SELECT sum(amount_fen) FILTER (kind = 'captured') AS paid_fen,
           sum(amount_fen) FILTER (kind = 'refunded') AS refunded_fen
    FROM events
    WHERE vantage = 'gateway' AND kind IN ('captured', 'refunded')
)
SELECT sum(price_fen) FILTER (is_placed), any_value(paid_fen),
       sum(price_fen) FILTER (is_delivered), any_value(refunded_fen)
FROM moved LEFT JOIN orders ON true
"""


def of_run(events: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the fen that were placed, paid, delivered and refunded."""
    row = events.execute(_AMOUNTS).fetchone() or ()
    return {
        name: int(fen or 0)
        for name, fen in zip(("placed", "paid", "delivered", "refunded"), row, strict=False)
    }
