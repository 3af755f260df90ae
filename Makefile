# Everything here works from a fresh clone with Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# One more than the cores of a small machine: tests with brokers mostly wait.
WORKERS ?= 3
MINUTES ?= 30
SEEDS ?= 2000
# Else each process that a test starts compiles every module anew, and each worker rewrites every test.
unexport PYTHONDONTWRITEBYTECODE
LOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

.PHONY: help install tools demo run test test-deploy thorough check kafka sbom soak ordeal fuzz simulate bench lock format schemas clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed  ## the environment in .venv, from deploy/requirements.lock

$(VENV)/.installed: deploy/requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "syncd needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what deploy/requirements.lock names into $(VENV) ..." >&2
	@$(PIP) --require-hashes -r deploy/requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

tools: $(VENV)/.tools

$(VENV)/.tools: $(VENV)/.installed tests/requirements.lock
	@echo "installing what tests/requirements.lock names into $(VENV) ..." >&2
	@$(PIP) --require-hashes -r tests/requirements.lock
	@touch $@

demo: install  ## the main job at work in about a minute: invented lists, the real daemon, no Kafka
	@$(BIN)/syncd demo

run: install  ## the daemon with its defaults
	@$(BIN)/syncd run

test: tools  ## all tests but those of test-deploy
	@$(PYTEST) --ignore=tests/deploy tests

test-deploy: tools  ## tests with the real tools around syncd: Prometheus, a browser, Helm … (fetched when missing)
	@$(PYTEST) tests/deploy

thorough: tools  ## all tests and those that take minutes
	@TESTS_THOROUGH=1 $(PYTEST) --ignore=tests/deploy tests

check: tools  ## format, lint, types, layers, schemas up to date
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/syncd schema --check schemas

kafka: tools  ## a throw-away Kafka broker on loopback to play with (needs Java and Maven)
	@$(BIN)/python -m tests.kafka

sbom: tools  ## what is shipped, with versions and hashes, as CycloneDX JSON on standard output
	@$(BIN)/python -m tests.deploy.sbom

soak: tools  ## all lists, channels and a webhook on Kafka for MINUTES: does anything grow? (needs Java and Maven)
	@$(BIN)/python -m tests.simulation.soak --minutes $(MINUTES)

ordeal: tools  ## break replicas and brokers for MINUTES, and report (needs Java and Maven)
	@$(BIN)/python -m tests.simulation --minutes $(MINUTES)

fuzz: tools  ## changed documents to every reader for MINUTES, and report
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

simulate: tools  ## run the worlds of SEEDS seeds on all cores, and make small what goes wrong
	@$(BIN)/python -m tests.simulation.world --seeds $(SEEDS)
	@$(BIN)/python -m tests.simulation.world --kafka --seeds $$(( ($(SEEDS) + 9) / 10 ))

bench: tools  ## benchmarks: ratios measured in one run
	@$(BIN)/python -m tests.benchmarks

format: tools  ## format and sort imports
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

schemas: install  ## write schemas/ anew from the code
	@$(BIN)/syncd schema --write schemas

lock: tools  ## resolve both lock files anew
	@$(BIN)/uv pip compile $(LOCKED) --extra build --extra all pyproject.toml -o deploy/requirements.lock
	@$(BIN)/uv pip compile $(LOCKED) --extra build --extra all --extra dev pyproject.toml -c deploy/requirements.lock -o tests/requirements.lock
	@$(BIN)/uv pip compile $(LOCKED) tests/deploy/kubernetes.in -o tests/deploy/kubernetes.lock
	@$(BIN)/uv pip compile $(LOCKED) tests/deploy/browser.in -o tests/deploy/browser.lock
	@$(BIN)/uv pip compile $(LOCKED) tests/deploy/yente.in -o tests/deploy/yente.lock
	@$(BIN)/uv pip compile $(LOCKED) tests/deploy/sbom.in -o tests/deploy/sbom.lock
	@$(BIN)/uv pip compile $(LOCKED) tests/deploy/librdkafka.in -o tests/deploy/librdkafka.lock

clean:  ## remove what was made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
