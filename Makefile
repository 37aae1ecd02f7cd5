# Lyttepost: what one can do here. `make` alone lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint bench card weights screenshots lock clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@echo "Lager Python-miljøet i $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lyttepost trenger Python 3.11 eller nyere. Installer det, eller skriv: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Kunne ikke lage Python-miljøet. På Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installerer avhengighetene (ett til to minutter første gang) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installerer det testene trenger …"
	@$(PIP) install --no-deps --no-build-isolation --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.installed ## install everything into .venv
	@echo "Klart. Kommandoen er $(BIN)/lyttepost"

demo: $(VENV)/.installed ## fill a database with the demo body and show the dashboard on 127.0.0.1:8501
	@$(BIN)/lyttepost demo

run: $(VENV)/.installed ## show the dashboard for your own body (var/lyttepost.toml)
	@$(BIN)/lyttepost serve

test: lint ## run all tests (browser tests need Chromium or Chrome)
	@echo "Kjører testene …"
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

lint: $(VENV)/.installed-dev ## check style, types, imports and the labelled examples
	@echo "Sjekker stil, typer og importretning …"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m models.examples
	@$(BIN)/python -m models.corrections.examples
	@$(BIN)/lint-imports --no-cache > $(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }

bench: $(VENV)/.installed-dev ## measure speed against the figures that the project promises
	@$(BIN)/python -m pytest tests/bench -s --benchmarks

card: $(VENV)/.installed ## write the model card (docs/modellkort.md) of the shipped examples
	@$(BIN)/python -m models.card

weights: $(VENV)/.installed ## learn anew how posts stand to facts (models/corrections/weights.json)
	@$(BIN)/python -m models.corrections.training

screenshots: $(VENV)/.installed-dev ## take the pictures in docs/ from the demo
	@$(BIN)/python -m pytest tests/browser/test_screenshots.py -s --screenshots

# misaka (C source only) is left out: Isso renders with mistune in our tests, and no compiler is needed.
lock: | $(BIN)/python ## pin all dependencies anew, with hashes (needs the network)
	@$(PIP) install uv
	@$(BIN)/uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-header -q -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra build --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-header -q --no-emit-package misaka --no-emit-package cffi --no-emit-package pycparser -o requirements-dev.lock

clean: ## remove the Python environment (var/ with your data stays)
	rm -rf $(VENV) build *.egg-info
