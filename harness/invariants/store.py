"""DuckDB, held to a bounded memory, and where a run keeps its Parquet files."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

MEMORY = "1400MB"
THREADS = 2


class Store:
    """A DuckDB connection whose scratch files live in the run's parquet folder until it is left."""

    def __init__(self, run_dir: Path) -> None:
        self.folder = run_dir / "parquet"
        self.scratch = self.folder / ".scratch"

    def __enter__(self) -> Self:
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.db = duckdb.connect()
        self.db.execute(f"SET memory_limit = '{MEMORY}'")
        self.db.execute(f"SET threads = {THREADS}")
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute("SET enable_progress_bar = false")
        self.db.execute(f"SET temp_directory = {quoted(self.scratch / 'spill')}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.db.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def parquet(self, name: str) -> str:
        """Return the path of a fact's file as a SQL literal."""
        return quoted(self.folder / f"{name}.parquet")

    def rows(self, sql: str, params: Any = None) -> list[dict[str, Any]]:
        """Run a query and return its rows by column name."""
        cursor = self.db.execute(sql, params)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, params: Any = None) -> dict[str, Any]:
        """Run a query that returns one row."""
        return self.rows(sql, params)[0]


def quoted(text: object) -> str:
    """Write a value as a SQL string literal, for the places where DuckDB takes no parameter."""
    return "'" + str(text).replace("'", "''") + "'"
