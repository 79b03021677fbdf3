# Levier. `make` alone lists every target. The two commands to know: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
TESTS ?=
VIEWS ?=
SERVICES ?= 20000
CODE := app importers scripts bench tests
ASSETS := $(addprefix app/static/vendor/,htmx.min.js leaflet.css leaflet.js supercluster.min.js)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
# A lock file is whole: nothing is resolved again (pip 23 stumbles over "pydantic[email]" once a newer pydantic is out).
LOCKED := $(PIP_INSTALL) --no-deps --require-hashes -r
export DEBIAN_FRONTEND := noninteractive

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- the two commands ---

.PHONY: run
run: $(VENV)/.installed $(ASSETS) ## Install what is missing, load the demonstration, serve on 127.0.0.1 (PORT=8000)
	@exec $(BIN)/levier demo --port $(PORT)

.PHONY: test
test: lint tools $(ASSETS) .build/axe.min.js ## Run every check and test, on both databases and in a real browser (TESTS= for some only)
	$(PYTEST) -n $(WORKERS) --dist loadfile $(TESTS)

# --- the other checks ---

.PHONY: lint
lint: $(VENV)/.installed-dev ## Check style, formatting and types
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.installed-dev ## Format the code and mend what can be mended alone
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

.PHONY: proof
proof: $(VENV)/.installed-dev tools $(ASSETS) .build/axe.min.js ## Run the long proofs: fuzzed files, kills by the dozen, big bases
	$(PYTEST) -m proof -n $(WORKERS) --dist loadfile $(TESTS)

.PHONY: mutants
mutants: $(VENV)/.installed-dev ## Change a module a little, in many ways, and list what no test sees (MODULE=access; SAMPLE=60 for some only)
	@$(BIN)/python scripts/mutants.py $(MODULE) $(SAMPLE)

.PHONY: bench
bench: $(VENV)/.installed-dev ## Measure import, index, pages beside the engine, memory, edits under load (SERVICES=20000; needs ../shared/corpus)
	$(BIN)/python -m bench --services $(SERVICES)

.PHONY: relevance
relevance: $(VENV)/.installed-dev ## Score both engines on judged everyday queries (needs ../shared/corpus)
	$(BIN)/python -m bench.relevance.score

.PHONY: screenshots
screenshots: $(VENV)/.installed-dev tools $(ASSETS) ## Take an image of every page in every state, in .build/screenshots (VIEWS= for some only; VIEWS=guide for those of the guide)
	$(BIN)/python -m tests.e2e.views.screenshots $(VIEWS)

# --- what is made and kept, or made again ---

.PHONY: gazetteer
gazetteer: $(VENV)/.installed-dev ## Build the gazetteer and the town halls again from their published sources
	$(BIN)/python scripts/build_gazetteer.py

.PHONY: rooms
rooms: $(VENV)/.installed-dev ## Draw the rooms of the house and their imports again (docs/rooms.md)
	$(BIN)/python scripts/rooms.py

.PHONY: lock
lock: $(VENV)/.installed-dev ## Write the lock files again from pyproject.toml and package.json (UPGRADE=1 for newer versions)
	$(BIN)/python scripts/lock.py $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove what set-up and tests made; the base in var/ stays
	rm -rf $(VENV) .build build node_modules app/static/vendor *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up ---

$(VENV)/bin/python:
	@scripts/make_venv.sh $(VENV)

# The base of both: the runtime's packages. Python code is installed in place, so only its metadata makes this run again.
$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installation des bibliothèques (une seule fois)…"
	@$(LOCKED) requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installation de ce qu’il faut aux tests (une seule fois)…"
	@$(LOCKED) requirements-dev.lock
	@touch $@

$(ASSETS): package-lock.json scripts/fetch_assets.py | $(VENV)/.installed
	@$(BIN)/python scripts/fetch_assets.py

.build/axe.min.js: $(ASSETS)
	@$(BIN)/python scripts/fetch_assets.py

.PHONY: tools
tools:
	@scripts/install_test_tools.sh
