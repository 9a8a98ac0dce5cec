# make            set up what is missing, then build every edition whose copy-texts are at hand
# make SEEDS=DIR  look for copy-texts in DIR too: they are found by SHA-256, whatever their names

.DEFAULT_GOAL := all
.NOTPARALLEL:
.PHONY: all test lint check proof accept lock setup dev clean distclean help

# SEEDS is read from the environment of the recipes, where any folder name keeps its spaces and quotation marks.
SEEDS ?=
export SEEDS

leftopp = .venv/bin/leftopp-book
python = .venv/bin/python
seeds = $${SEEDS:+--seeds "$$SEEDS"}

all: setup ## set up what is missing, then build every edition whose copy-texts are at hand
	@$(leftopp) build $(seeds)

test: lint ## lint, then every test; the tests build the primer and, where its copy-texts are at hand, the reader
	@$${SEEDS:+env LEFTOPP_SEEDS="$$SEEDS"} $(python) -m pytest

lint: dev ## ruff and mypy
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy

check: setup ## check the editions without typesetting them
	@$(leftopp) check $(seeds)

proof: setup ## read the finished files back and prove them; builds first what is missing or older than the book
	@set -- dist/*.json; [ -f "$$1" ] && [ -z "$$(find book seeds src styles -type f -newer "$$1" ! -name '*.pyc')" ] || $(leftopp) build $(seeds)
	@$(leftopp) proof $(seeds)

accept: dev ## rewrite the expected outputs of the tests, to be looked at with git diff
	@$${SEEDS:+env LEFTOPP_SEEDS="$$SEEDS"} $(python) -m pytest --accept

lock: ## write requirements.lock and requirements-dev.lock anew from pyproject.toml
	@tools/setup --lock

setup: ## make .venv right, for building
	@tools/setup

dev: ## make .venv right, for testing too
	@tools/setup --dev

clean: ## remove dist/ and the caches
	rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove .venv as well
	rm -rf .venv

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo '  make SEEDS=DIR  look for copy-texts in DIR too'
