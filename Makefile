# Everything runs in .venv, which is made on first use: make demo, make test.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
OUT ?= out
WORKERS ?= 2
INSTALLER ?= $(BIN)/python -m pip install --disable-pip-version-check

.PHONY: demo test bench lint types contracts reference clean

demo: $(READY)
	$(BIN)/netplan demo -o $(OUT)

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Small planner instances of every family, against published values. All of them: tests/benchmarks/README.md.
bench: $(READY)
	$(BIN)/python -m tests.benchmarks --smoke

lint: $(READY)
	$(BIN)/ruff check netplan tests

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

# docs/reference, from the code; a test fails when it is stale.
reference: $(READY)
	$(BIN)/python -m netplan.reference docs/reference

# Pinned, hash-checked packages first; then netplan itself, from this folder.
$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "netplan needs Python 3.11 or newer; '$(PYTHON)' is older or absent. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; \
		exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALLER) --quiet --require-hashes -r requirements-dev.txt
	$(INSTALLER) --quiet --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf .venv out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist
	find netplan tests -name __pycache__ -type d -prune -exec rm -rf {} +
