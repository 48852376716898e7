SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
READY := .venv/.ready
# Packages are installed in place, so only these files change what lies in .venv.
INPUTS := requirements.lock scripts/setup pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)

.PHONY: help setup up down demo test unit long bench chaos lint format types lock schemas clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## install all that is needed into .venv and .ieum
	@:

$(READY): $(INPUTS)
	@scripts/setup

up: $(READY) ## start Kafka, Postgres, the four services and the mail sink
	@$(BIN)/ieum up

down: ## stop all of them
	@[ ! -x $(BIN)/ieum ] || $(BIN)/ieum down

demo: $(READY) ## run the main job: applications, matches, messages, the log (ARGS="--load")
	@$(BIN)/ieum demo $(ARGS)

test: $(READY) ## all tests, quick ones first, on a real Kafka and Postgres (ARGS="-k name")
	@$(BIN)/pytest -q -n 2 --dist loadgroup -m "not bench and not long" $(ARGS)

unit: $(READY) ## only the tests that need no server
	@$(BIN)/pytest -q -m "not servers and not platform and not chaos and not bench and not long" $(ARGS)

long: $(READY) ## what takes minutes: every door tried by the thousand (ARGS="-k probes")
	@$(BIN)/pytest -q -n 2 --dist loadgroup -m long --timeout=0 $(ARGS)

bench: $(READY) ## measure, beside a peer in the same run (ARGS="--only consuming --rounds 5")
	@$(BIN)/python -m tests.bench $(ARGS)

chaos: $(READY) ## kill services and servers under load (KILLS=100 SEED=1)
	@IEUM_CHAOS_KILLS=$(or $(KILLS),100) IEUM_CHAOS_SEED=$(SEED) $(BIN)/pytest -q -s -m chaos --timeout=0 tests/chaos $(ARGS)

lint: $(READY) ## style, format, who may import whom, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(READY) ## put the code into its format
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

types: $(READY) ## check the types
	$(BIN)/mypy

lock: $(READY) ## write requirements.lock anew (ARGS="--upgrade")
	@scripts/lock $(ARGS)

schemas: $(READY) ## write the golden JSON Schemas and OpenAPI documents anew from the models and routes
	@$(BIN)/ieum schemas
	@$(BIN)/python -m tests.contract.openapi

clean: ## delete all that was installed, and all that the local servers hold
	@[ ! -x $(BIN)/ieum ] || $(BIN)/ieum down --purge
	rm -rf .venv .ieum .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
