# Two commands to know: `make demo` (a verdict on a real run) and `make test`. Both make the environment if it is missing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test bench generate venv clean

demo: venv
	@$(BIN)/python -m harness demo

test: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 3 --dist loadfile

bench: venv
	@$(BIN)/python -m tests.bench --write docs/benchmarks.md

# What is written from the code: the scenario schema for editors, and the READMEs' inventory.
generate: venv
	$(BIN)/recharge-chaos schema > docs/scenario.schema.json
	$(BIN)/python -m tests.readme
	$(BIN)/python -m tests.upstreams

venv: .venv/.done

.venv/.done: requirements.lock pyproject.toml mock_upstreams/_fast_lane.pyx mock_upstreams/_usual_form.pxi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@# A run is six processes: compiled once, here, also where the environment forbids Python to write bytecode.
	$(BIN)/python -m compileall -q harness mock_upstreams reports
	@touch $@

clean:
	rm -rf .venv runs
