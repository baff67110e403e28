# Every target sets up what it needs: Python ≥ 3.11, git and make are enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test test-system lint format generate lock bench clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# One private environment, from locked and hashed requirements.
$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "mlgate needs Python 3.11 or newer; say PYTHON=/path/to/python3.12"; exit 2; }
	@echo "Setting up $(VENV) (once, about two minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)  ## three pull requests on real data, judged and reported (under a minute)
	@$(BIN)/mlgate demo

test: $(STAMP) lint  ## everything that Python packages give
	@$(BIN)/python -m pytest -n 2

test-system: $(STAMP)  ## what needs system packages (apt-get install chromium)
	@$(BIN)/python -m pytest -m system

lint: $(STAMP)  ## format, lint, types, layers, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP)  ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock:  ## resolve requirements/ anew, for Linux x86-64 and Python 3.11 to 3.14 (needs uv)
	@./requirements/lock.sh

bench: $(STAMP)  ## the figures of the README, as ratios measured in one run
	@$(BIN)/python -m benchmarks

clean:  ## remove the private environment and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
