# Everything runs in .venv, which is made of the hashes in the lock files. `make help` lists what there is.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EMMETT := tests/bench/emmett
SERVE ?= yes
WORKERS ?= 2
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/run-time ## an invented programme's record: a short story, then serve it until stopped (SERVE=no: only the story)
	@$(BIN)/fellowtrace demo $(if $(filter no,$(SERVE)),--no-serve)

.PHONY: test
test: $(VENV)/development ## run the tests on a real PostgreSQL server of their own
	@$(BIN)/pytest -n $(WORKERS)

.PHONY: check
check: $(VENV)/development ## format, lint, types, imports between the folders, dependencies
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/deptry .

# pip trusts the certificates of the machine, and uv is to do the same.
export UV_SYSTEM_CERTS ?= 1

.PHONY: bench
bench: $(VENV)/development ## measure us, the library and the limit in one run; writes bench.json; half an hour
	@$(BIN)/python -m tests.bench

.PHONY: bench-peers
bench-peers: $(VENV)/peers $(EMMETT)/node_modules/made ## the lines with a peer that is installed: MariaDB and emmett
	@$(BIN)/python -m tests.bench --peers

.PHONY: bench-growth
bench-growth: $(VENV)/development ## one million events beside ten; hours at first, and goes on where it was broken off
	@$(BIN)/python -m tests.bench --growth

.PHONY: law
law: $(VENV)/development ## the law of the views over 3,000 random histories: a quarter of an hour
	@FELLOWTRACE_LAW=3000 $(BIN)/pytest -o timeout=0 tests/infra/test_view_law.py

.PHONY: mutants
mutants: $(VENV)/development ## break the engine on purpose, one mutant at a time: the tests must notice each
	@$(BIN)/python -m tests.mutants

.PHONY: crash
crash: $(VENV)/development ## the fault campaign: kill and cut everything, some hundreds of times; half an hour
	@$(BIN)/python -m tests.crash

.PHONY: acceptance
acceptance: $(VENV)/development ## the full-data checks; they fail where the real data is absent
	@CI=true $(BIN)/pytest -m acceptance

.PHONY: coverage
coverage: $(VENV)/development ## run the tests and show the lines they leave out
	@$(BIN)/pytest -n $(WORKERS) --cov --cov-report=term-missing

.PHONY: format
format: $(VENV)/development ## put the code into the house's format
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

.PHONY: locks
locks: $(VENV)/made ## write the lock files anew from pyproject.toml
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock
	@! grep -nE '://' requirements.lock requirements-dev.lock requirements-uv.lock

.PHONY: clean
clean: ## remove the environment and what tools keep; the database in .data stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*

# The packages of a lock file, and the project itself; `uv` wants to be told which environment is ours.
define install
VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --quiet --require-hashes $(1) && \
VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
endef

# The environment. A stamp file tells that a step is done, so that the second time is quick.

$(VENV)/made: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Fellowtrace needs Python 3.11 or later, and '$(PYTHON)' is not that: install one, or name one with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "'$(PYTHON)' has no venv module: install it (on Debian and Ubuntu the package python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-uv.lock
	@touch $@

# Where the packages for development are installed, those of run time are among them, and are not to be left alone.
ifeq ($(wildcard $(VENV)/development),)
$(VENV)/run-time: requirements.lock pyproject.toml $(VENV)/made
	@$(call install,requirements.lock)
	@touch $@
else
$(VENV)/run-time: $(VENV)/development
	@touch $@
endif

# What `make bench-peers` needs besides: a driver, the peers themselves, and somebody who says what is missing.
$(VENV)/peers: tests/bench/requirements-peers.lock $(VENV)/development
	@PATH="$$PATH:/usr/sbin" command -v mariadbd >/dev/null || { \
		echo "bench-peers needs MariaDB's server: install it (on Debian and Ubuntu the package mariadb-server)" >&2; exit 1; }
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r tests/bench/requirements-peers.lock
	@touch $@

$(EMMETT)/node_modules/made: $(EMMETT)/package-lock.json
	@command -v npm >/dev/null || { \
		echo "bench-peers needs Node.js 20 or later and npm: install them (on Debian and Ubuntu nodejs and npm)" >&2; exit 1; }
	@cd $(EMMETT) && npm ci --silent --no-audit --no-fund
	@touch $@

$(VENV)/development: requirements-dev.lock requirements.lock pyproject.toml $(VENV)/made
	@$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/run-time

