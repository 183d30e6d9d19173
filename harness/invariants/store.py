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
        self.db = duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "threads": THREADS,
                "preserve_insertion_order": False,
                "temp_directory": str(self.scratch / "spill"),
            }
        )
        self.db.execute("SET enable_progress_bar = false")
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

    def part(self, name: str, number: int | str) -> str:
        """Return the path of a part of a fact that is a folder of files, as a SQL literal."""
        folder = self.folder / f"{name}.parquet"
        folder.mkdir(exist_ok=True)
        return quoted(folder / f"part-{number}.parquet")

    def forget(self, name: str) -> None:
        """Remove a fact that an earlier judgement has left, be it a file or a folder."""
        path = self.folder / f"{name}.parquet"
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)

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
