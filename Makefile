# Plumbline: every command that a person or a scheduler types. `make help` lists them.

# The newest usable Python; PYTHON=/path/to/python3.12 overrides.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	command -v $$python >/dev/null 2>&1 \
	&& $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& { echo $$python; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LINT := $(abspath $(VENV))/lint
# The oldest DuckDB that opens what is published: one of the tests' readers polls with it.
OLDER_DUCKDB := 1.2.0
OLDER := $(VENV)/duckdb-$(OLDER_DUCKDB)

ifdef AS_OF
export PLUMBLINE_AS_OF := $(AS_OF)
endif

.DEFAULT_GOAL := help
.PHONY: help run check init replay test lint format ui simulate versions rollback validate bench soak clean

help: ## Show this list
	@echo "Plumbline: honest pipeline numbers. Commands:"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20
	@echo "AS_OF=YYYY-MM-DD sets the as-of date; PLUMBLINE_HOME moves the state (default var/);"
	@echo "PLUMBLINE_LANDING, PLUMBLINE_MAPPINGS and PLUMBLINE_SEEDS point at your own extracts, mappings and rules."

run: $(STAMP) ## Run the daily job: load, build, check, publish
	@$(BIN)/plumbline run

check: $(STAMP) ## Say what a run would find in your extracts and mappings, without loading
	@$(BIN)/plumbline check

init: $(STAMP) ## Write a first mapping, stage policy, taxonomies and rates for your extracts to OUT=folder
	@$(BIN)/plumbline init --out "$(OUT)"

replay: $(STAMP) ## Publish each day FROM=YYYY-MM-DD TO=YYYY-MM-DD with what was known then
	@$(BIN)/plumbline replay --from "$(FROM)" --to "$(TO)"

ui: $(STAMP) ## Dagster UI and daemon on http://127.0.0.1:3000 (or PORT=)
	@$(BIN)/plumbline ui $(if $(PORT),--port "$(PORT)")

test: lint $(OLDER)/.installed ## Run every check of the project
	OLDER_DUCKDB_PYTHON=$(abspath $(OLDER))/bin/python $(BIN)/pytest -n 2 --dist loadfile --durations=15

soak: $(STAMP) $(OLDER)/.installed ## Kill loads, publishes and daily jobs at ROUNDS=50 instants each, fill the disk in every phase, grow a company for DAYS=60, take out every optional column, draw EDITS=20 late edits; takes hours
	SOAK_ROUNDS=$(or $(ROUNDS),50) SOAK_DAYS=$(or $(DAYS),60) SOAK_EDITS=$(or $(EDITS),20) OLDER_DUCKDB_PYTHON=$(abspath $(OLDER))/bin/python $(BIN)/pytest \
		tests/integration/test_killed.py tests/integration/test_full_disk.py tests/integration/test_readers.py \
		tests/integration/test_increments.py tests/integration/test_edits_change_nothing.py
	SOAK_COLUMNS=$(abspath $(VENV))/soak_columns.txt $(BIN)/pytest -n 2 --dist load tests/kinds/test_lacking_columns.py

lint: $(STAMP) ## Check style, types and SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --pythonpath $(BIN)/python --warnings
	@mkdir -p $(LINT)
	PLUMBLINE_WAREHOUSE=$(LINT)/build.duckdb DBT_TARGET_PATH=$(LINT)/target DBT_LOG_PATH=$(LINT)/logs \
		$(BIN)/sqlfluff lint --disable-progress-bar dbt/models dbt/tests

format: $(STAMP) ## Format the Python code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

simulate: $(STAMP) ## Write a sample company to OUT=folder (ARGS="--help" lists its options)
	@$(BIN)/plumbline simulate $(if $(OUT),"$(OUT)") $(ARGS)

versions: $(STAMP) ## List the published versions that are kept, and how they differ
	@$(BIN)/plumbline versions

rollback: $(STAMP) ## Publish the version before the current one again, or VERSION=
	@$(BIN)/plumbline rollback $(if $(VERSION),"$(VERSION)")

bench: $(STAMP) ## Print what the project costs here, as ratios within one run (ARGS="--sizes 10000")
	@$(BIN)/python -m tests.bench $(ARGS)

validate: $(STAMP) ## Load all Dagster definitions and check them
	@$(BIN)/plumbline validate

clean: ## Remove the environment and caches; state under var/ stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis dbt/target dbt/logs
	find dagster_project tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Plumbline needs Python 3.11, 3.12 or 3.13 on the PATH (or PYTHON=...)." >&2; exit 1; }
	@echo "Installing into $(VENV) with $(PYTHON); this takes a few minutes the first time."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

$(OLDER)/.installed: $(STAMP)
	@test -x $(OLDER)/bin/python || $(PYTHON) -m venv $(OLDER)
	@$(OLDER)/bin/python -m pip install --quiet --disable-pip-version-check duckdb==$(OLDER_DUCKDB)
	@touch $@
