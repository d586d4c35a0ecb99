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
.PHONY: run dev laws laws-there seed port
port:
	@$$(command -v $(PYTHON) python3 python3.11 | head -1) portal/home/ports.py $(HOST) $(PORT)

run: port .venv/.runtime assets  ## Serve the complete portal with its background process (PORT=8000)
	@exec $(PYTHON) manage.py serve --prepare --host $(HOST) --port $(PORT)

dev: port setup .venv/.dev  ## Serve with Django's reloading server and tracebacks
	@DEBUG=true $(PYTHON) manage.py runserver $(HOST):$(PORT)

# The texts come from outside: one folder with one file for each act (docs/legal-basis.md).
LAWS := ../shared/data/gesetze
laws: DIR ?= $(LAWS)
laws: STATE ?= $(if $(filter $(LAWS),$(DIR)),2026-08-19)
laws: laws-there .venv/.runtime  ## Import law texts: make laws, or make laws DIR=path/to/gesetze STATE=2026-08-19
	@$(PYTHON) manage.py import_laws $(DIR) $(if $(STATE),--state $(STATE))

laws-there:
	@test -e "$(DIR)" || { echo "Den Ordner „$(DIR)“ mit den Gesetzestexten gibt es nicht." \
	  "Geben Sie ihn an: make laws DIR=pfad/zu/gesetze STATE=2026-08-19" >&2; exit 1; }

# For measurements; never in operation (docs/benchmarks.md).
seed: CASES ?= 10000
seed: .venv/.runtime  ## Fill advice up with made-up cases: make seed CASES=100000
	@$(PYTHON) manage.py seed_cases $(CASES)

# -- quality -----------------------------------------------------------------------------------------
.PHONY: test unit check content bench lock fix
test: .venv/.dev assets  ## Run all tests: unit and browser, on SQLite and PostgreSQL
	@$(PYTHON) scripts/run_tests.py

unit: .venv/.dev  ## Run the plain unit tests on SQLite
	@$(PYTHON) scripts/run_tests.py unit

check: .venv/.dev  ## Lint, types, layers, migrations, starter content, deployment check
	@bash scripts/check.sh

content: .venv/.runtime  ## Check what the portal has published: make content, or make content DIR=path/to/content
	@$(PYTHON) manage.py content_check $(DIR)

fix: .venv/.dev  ## Format and mend what can be mended
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

bench: .venv/.dev assets  ## Measure and write var/bench.json
	@$(PYTHON) scripts/bench.py

# A real Elasticsearch without containers (docs/search.md); it stays until it is ended.
.PHONY: elasticsearch elasticsearch-stop
elasticsearch: .venv/.runtime  ## Get a real Elasticsearch (Maven, JDK) and start it on this machine
	@$(PYTHON) scripts/elastic_server.py start

elasticsearch-stop:  ## End it
	@$(PYTHON) scripts/elastic_server.py stop

lock:  ## Renew the lock files after a change of pyproject.toml (needs uv)
	@for extra in "" "--extra dev"; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-annotate --no-header $$extra pyproject.toml -o requirements$${extra:+-dev}.txt; done
