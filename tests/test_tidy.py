"""The repository's own shape: small files and functions, one clock, one chance, one module with Locust."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("harness", "mock_upstreams", "reports")
SOURCES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
COMPILED = sorted(p for kind in ("*.pyx", "*.pxi") for p in (ROOT / "mock_upstreams").rglob(kind))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_LINES = 350
MOST_FUNCTION_LINES = 50


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def offenders(pattern, *, allowed=()):
    wanted = re.compile(pattern, re.MULTILINE)
    return [
        str(path.relative_to(ROOT))
        for path in (*SOURCES, *COMPILED)
        if str(path.relative_to(ROOT)) not in allowed
        and wanted.search(path.read_text(encoding="utf-8"))
    ]


def test_there_is_something_to_look_at():
    assert len(SOURCES) > 50


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_small(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(path)}
    assert {name: n for name, n in long.items() if n > MOST_FUNCTION_LINES} == {}


def test_there_is_one_compiled_module_and_it_stays_small():
    names = [path.name for path in COMPILED]
    assert names == ["_fast_lane.pyx", "_usual_form.pxi"]
    for path in COMPILED:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= MOST_LINES, path
        assert max(map(len, lines)) <= 100, path


def test_time_is_read_in_one_file_of_each_program():
    pattern = r"\btime\.(time|time_ns|monotonic|monotonic_ns|perf_counter)\(|datetime\.now\("
    clocks = ("harness/core/clock.py", "harness/targets/reference/clock.py")
    assert offenders(pattern, allowed=clocks) == []


def test_nobody_draws_from_a_shared_random_stream():
    assert offenders(r"^\s*(import random|from random import)") == []


def test_one_module_imports_locust():
    assert offenders(r"^\s*(import locust|from locust)") == ["harness/traffic/locustfile.py"]


def test_no_exception_is_swallowed_silently():
    assert offenders(r"except[^\n]*:\n\s+pass\b") == []


def test_nothing_that_runs_write_is_tracked():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    junk = (".pyc", ".so", ".c", ".parquet", ".log", ".sqlite")
    assert [f for f in listed if f.endswith(junk) or f.startswith(("runs/", ".venv/"))] == []


def test_every_test_file_has_tests_that_assert():
    for path in TESTS:
        tests = [f for f in functions(path) if f.name.startswith("test_")]
        if path.name.startswith("test_"):
            assert tests, path
        for test in tests:
            text = ast.unparse(test)
            assert "assert" in text or "raises" in text, f"{path.name}: {test.name}"
