# Every target sets up what it needs: Python ≥ 3.11, git and make are enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo demo-rollout docs test test-oldest test-system test-workflows lint format lock bench calibrate image pictures clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Without bytecode every program that the tests start compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# environment(folder, requirements, how long): private, from locked and hashed requirements.
# Bytecode is compiled when it is first needed, not for every module that there is. A pip before
# 23.3 takes a pinned `name` for no pin of `name[extra]`, so one that is locked comes first.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "mlgate needs Python 3.11 or newer; say PYTHON=/path/to/python3.12"; exit 2; }
	@echo "Setting up $(1) ($(3))"
	@$(PYTHON) -m venv $(1)
	@$(1)/bin/python -m pip install $(PIP) --require-hashes -r requirements/pip.txt
	@$(1)/bin/python -m pip install $(PIP) --require-hashes -r $(2)
	@$(1)/bin/python -m pip install $(PIP) --no-deps --no-build-isolation -e .
	@touch $(1)/.installed
endef
PIP := --quiet --disable-pip-version-check --no-compile

$(STAMP): requirements/dev.txt pyproject.toml
	$(call environment,$(VENV),requirements/dev.txt,once; about two minutes)

# The demo needs a third of that, so on a fresh clone it gets a smaller environment.
DEMO := $(if $(wildcard $(STAMP)),$(VENV),$(VENV)-demo)

$(VENV)-demo/.installed: requirements/demo.txt pyproject.toml
	$(call environment,$(VENV)-demo,requirements/demo.txt,once; about a minute)

$(VENV)-oldest/.installed: requirements/oldest.txt pyproject.toml
	$(call environment,$(VENV)-oldest,requirements/oldest.txt,once; about two minutes)

demo: $(DEMO)/.installed  ## three pull requests on real data, judged and reported
	@$(DEMO)/bin/mlgate demo

demo-rollout: $(DEMO)/.installed  ## three new versions rolled out under load (apt-get install haproxy)
	@$(DEMO)/bin/mlgate demo --rollout

test: $(STAMP) lint  ## everything that Python packages give
	@$(BIN)/python -m pytest -n 2

test-system: $(STAMP)  ## what needs system packages (apt-get install chromium postgresql haproxy prometheus)
	@$(BIN)/python -m pytest -m system

test-workflows: $(STAMP)  ## every action and workflow, run for real; a few minutes
	@$(BIN)/python -m pytest -n 2 -m act tests/workflows

chaos: $(STAMP)  ## publishing under every fault of the forge, and in crowds; prints the table
	@$(BIN)/python tests/github/chaos.py

lint: $(STAMP)  ## format, lint, types, layers, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP)  ## format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

test-oldest: $(VENV)-oldest/.installed  ## the same tests with the oldest versions that are allowed
	@$(VENV)-oldest/bin/python -m pytest -n 2

docs: $(VENV)-docs/.installed  ## the documentation as a site, with every link checked, in build/site/html
	@$(VENV)-docs/bin/python docs/site.py

$(VENV)-docs/.installed: requirements/docs.txt
	@echo "Setting up $(VENV)-docs (once; a few seconds)"
	@$(PYTHON) -m venv $(VENV)-docs
	@$(VENV)-docs/bin/python -m pip install $(PIP) --require-hashes -r requirements/docs.txt
	@touch $@

lock:  ## resolve requirements/ anew, for Linux x86-64 and Python 3.11 to 3.14 (needs uv)
	@./requirements/lock.sh

bench: $(STAMP)  ## the figures of the README, as ratios measured in one run
	@$(BIN)/python -m benchmarks

calibrate: $(STAMP)  ## coverage, error rates and power of every interval, by simulation
	@$(BIN)/python -m benchmarks.calibration

image:  ## prove the Dockerfile without a container engine (root; apt-get install buildah debootstrap)
	@./docker/prove.sh

pictures: $(STAMP)  ## the pictures of the README, from the demo (needs Chromium), and of docs/
	@$(BIN)/python docs/statistics_pictures.py
	@$(BIN)/python docs/pictures.py

clean:  ## remove the private environment and caches
	@rm -rf $(VENV) $(VENV)-demo $(VENV)-docs $(VENV)-oldest build/site .mypy_cache .ruff_cache .pytest_cache .hypothesis
