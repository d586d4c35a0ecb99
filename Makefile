# Two commands do everything: `make run` and `make test`. `make` alone lists all.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest

.PHONY: help
help:  ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# -- set-up ------------------------------------------------------------------------------------------
.venv/.runtime: requirements.txt scripts/bootstrap.sh
	@bash scripts/bootstrap.sh requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@bash scripts/bootstrap.sh requirements-dev.txt
	@touch $@

.PHONY: setup assets
assets: .venv/.runtime
	@$(PYTHON) scripts/build_assets.py

setup: .venv/.runtime assets  ## Install everything and prepare database, content and search index
	@$(PYTHON) manage.py prepare

# -- run ---------------------------------------------------------------------------------------------
.PHONY: run dev laws seed port
port:
	@$$(command -v $(PYTHON) python3 python3.11 | head -1) portal/home/ports.py $(HOST) $(PORT)

run: port .venv/.runtime assets  ## Serve the complete portal with its background process (PORT=8000)
	@exec $(PYTHON) manage.py serve --prepare --host $(HOST) --port $(PORT)

dev: port setup .venv/.dev  ## Serve with Django's reloading server and tracebacks
	@DEBUG=true $(PYTHON) manage.py runserver $(HOST):$(PORT)

laws: .venv/.runtime  ## Import law texts: make laws DIR=path/to/gesetze STATE=2026-08-19
	@$(PYTHON) manage.py import_laws $(DIR) $(if $(STATE),--state $(STATE))

# -- quality -----------------------------------------------------------------------------------------
.PHONY: test unit check bench lock fix
test: .venv/.dev assets  ## Run all tests: unit and browser, on SQLite and PostgreSQL
	@$(PYTHON) scripts/run_tests.py

unit: .venv/.dev  ## Run the plain unit tests on SQLite
	@$(PYTHON) scripts/run_tests.py unit

check: .venv/.dev  ## Lint, types, layers, migrations, deployment check
	@bash scripts/check.sh

fix: .venv/.dev  ## Format and mend what can be mended
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

bench: .venv/.dev assets  ## Measure and write var/bench.json
	@$(PYTHON) scripts/bench.py

lock:  ## Renew the lock files after a change of pyproject.toml (needs uv)
	@for extra in "" "--extra dev"; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-annotate --no-header $$extra pyproject.toml -o requirements$${extra:+-dev}.txt; done
