# Everything runs from `.venv`, which `make env` makes from the hash-locked list. Python 3.11 or newer and make suffice.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.PHONY: help env demo test check lint types imports protos-check edits-check compose-check dead-code protos up down status clean-state \
        native test-native bench bench-uke bench-adjudication bench-bankfile bench-ledger bench-paying bench-coding bench-coding-stream eval lock

help: ## list the targets
	@grep -hE '^[a-z][a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

env: ## make .venv from the hash-locked list (a no-op when nothing changed)
	@$(PYTHON) infra/env.py

demo: env ## the whole journey of a claim on this machine, then everything is stopped again
	@$(BIN)/python -m infra.demo

test: env native check ## every check and test that CI runs, in two processes; WORKERS=0 runs one test after the other
	@$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder

check: env lint types imports protos-check edits-check compose-check dead-code ## style, types, import contracts, protos, containers, dead code
	@echo "check: all passed"

lint:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .

types:
	@$(BIN)/mypy

imports:
	@PYTHONPATH=.:protos/gen $(BIN)/lint-imports --no-logo

protos-check:
	@$(BIN)/python -m infra.protos --check

edits-check:
	@$(BIN)/python -m infra.edits_page --check

compose-check:
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/hadolint infra/docker/Dockerfile

dead-code:
	@$(BIN)/python -m infra.dead_code

protos: env ## regenerate protos/gen
	@$(BIN)/python -m infra.protos

up: env ## start what does not run of the stack, and print its addresses
	@$(BIN)/python -m infra.local up

down: env ## stop exactly what `make up` started
	@$(BIN)/python -m infra.local down

status: env ## tell what runs, since when, and what it uses
	@$(BIN)/python -m infra.local status || [ $$? -eq 3 ]  # something does not run: told, and no fault of make's

clean-state: env ## stop the stack and delete its state: databases, topics, identities, logs
	@$(BIN)/python -m infra.local clean-state

native: env ## compile the rules of claims and coding, which the stack's services then use; a no-op without a C compiler
	@$(BIN)/python -m infra.native

test-native: native ## the tests of the rules, with the compiled ones
	@$(BIN)/python -m pytest -q -o "pythonpath=$$($(BIN)/python -m infra.native --where) protos/gen ." \
	    tests/unit/coding tests/properties/coding tests/unit/claims tests/properties/claims tests/properties/claims_pricing tests/properties/claims_share \
	    tests/golden/claims tests/golden/claims_pricing tests/golden/claims_share

bench: env native ## the honest bench; writes docs/performance.md
	@$(BIN)/python -m tests.bench --write

bench-uke: env ## read a generated 1 GB claim file; memory and speed
	@$(BIN)/python -m tests.bench.uke --write

bench-adjudication: env ## price, edits and share of generated receipts on one core; writes docs/performance.md
	@$(BIN)/python -m tests.bench.adjudication --write

bench-bankfile: env ## 100,000 payments as a bank file, written and read back
	@$(BIN)/python -m tests.bench.bankfile

bench-ledger: env ## transfers posted in batches, alone, beside a plain ledger and beside 10 million; writes docs/performance.md
	@$(BIN)/python -m tests.bench.ledger --write

bench-paying: env ## what reconciliation and a release read beside 2.4 million payments; writes docs/performance.md
	@$(BIN)/python -m tests.bench.paying --write

bench-coding: env ## speed, memory and cold start of the coder with MODEL=FILE
	@$(BIN)/python -m tests.bench.coding $(MODEL)

bench-coding-stream: env ## coding from coding.requested to coding.completed, with MODEL=FILE or what is at hand
	@$(BIN)/python -m tests.bench.coding_stream $(MODEL)

eval: env ## train the coder and measure it on both splits, and names; writes docs/{coding,naming}-quality.md. MODEL=NAME: what a model adds
ifdef MODEL
	@$(BIN)/python -m tests.evals.model_comparison --model "$(MODEL)" $(if $(URL),--url "$(URL)") $(OPTIONS)
else
	@$(BIN)/python -m tests.evals.names_quality --write
	@$(BIN)/python -m tests.evals.coding_quality --write
endif

engine: env ## build the language model's server that test-model asks; a no-op when done
	@$(BIN)/python -m infra.engine

test-model: engine ## ask a real engine, with a model that knows nothing, for advice
	@SEIKYU_REQUIRE_ENGINE=1 $(BIN)/python -m pytest tests/model

lock: env ## resolve the lock files anew
	@$(BIN)/python infra/env.py --lock
