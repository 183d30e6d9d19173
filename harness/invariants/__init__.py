"""Laws: promises of the platform as SQL over the ledgers of everybody around it.

    journals/*.ndjson -> parquet/events.parquet -> facts/*.sql -> NAME.sql (the laws) -> verdict.json
    journals.py          one row per event          orders, ...    one row per case       judge.py

A law is one file, NAME.sql: a header of comments, then one SELECT that returns a row per case that it judged, with
`held` true, false, or null for undecided. Adding one is adding a file; nothing else names it. Columns to judge by are
those of facts/*.sql.
"""

from harness.invariants.coverage import parse_cell
from harness.invariants.judge import judge
from harness.invariants.law import LawHeader, law_names, laws
from harness.invariants.slo import Slo, Threshold, parse_slo

__all__ = [
    "LawHeader",
    "Slo",
    "Threshold",
    "judge",
    "law_names",
    "laws",
    "parse_cell",
    "parse_slo",
]
