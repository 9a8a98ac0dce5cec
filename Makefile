# make            set up what is missing, then build every edition whose copy-texts are at hand
# make SEEDS=DIR  look for copy-texts in DIR too: they are found by SHA-256, whatever their names

.DEFAULT_GOAL := all
.NOTPARALLEL:
.PHONY: all test lint check proof accept bench lock setup dev readers clean distclean help

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

# What it measures, and what it installs to measure against: docs/speed.md. BENCH passes options on: make bench BENCH='--runs 5'.
bench: dev ## time builds, and other typesetters making the same book; installs those that are free to install
	@$(python) -m bench $(seeds) $(BENCH)

lock: ## write requirements.lock and requirements-dev.lock anew from pyproject.toml
	@tools/setup --lock

setup: ## make .venv right, for building
	@tools/setup

dev: ## make .venv right, for testing too
	@tools/setup --dev

# By hand only: 116 MB from the npm registry are no part of a test run that nobody asked to have them. The packages are
# those of the lock, and none of their scripts is run. Chromium is the system's.
readers: dev ## install reading engines and Ace for the tests and the proof, under tests/readers/ (needs Node)
	@command -v npm >/dev/null || { echo 'make readers: npm is missing: install Node 20 or newer' >&2; exit 3; }
	@cd tests/readers && npm ci --loglevel=error
	@ln -sf ../../tests/readers/node_modules/.bin/ace-cli .venv/bin/ace-cli
	@$(python) -c 'import sys; from leftopp_book.validators import browser; sys.exit(not browser())' \
	    || echo 'make readers: no Chromium is found; without it nothing can be opened (Debian: apt-get install chromium)' >&2

clean: ## remove dist/ and the caches
	rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove .venv and the packages of make readers as well
	rm -rf .venv tests/readers/node_modules

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo '  make SEEDS=DIR  look for copy-texts in DIR too'
