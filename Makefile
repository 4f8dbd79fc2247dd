# Everything a newcomer needs is `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow conformance-cases test-browser lint format bench bench-large bench-web soak day quality lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: $(STAMP)  ## a virtual environment in .venv with everything, as locked

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "presswatch needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	@echo "Installing into .venv (once; about a minute) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup  ## the whole job for 30 seconds on a sample press, on this machine only
	@$(BIN)/presswatch demo --for 30s

test: setup  ## the test suite (under four minutes on two cores)
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow and not browser"

test-slow: setup conformance-cases  ## the slower suites: real pages, kill -9, feedparser's own cases
	@$(BIN)/python -m pytest -n 3 --dist loadfile -m slow -rP

conformance-cases: .conformance/.fetched  ## feedparser's source package as locked: it holds the cases that are read

# Without a network the test that wants them says so; nothing else needs them.
.conformance/.fetched: requirements.lock | setup
	@mkdir -p .conformance && rm -f .conformance/*
	@sed -n '/^feedparser==/,/[^\\]$$/p' requirements.lock > .conformance/wanted.txt
	@if $(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
		--require-hashes -r .conformance/wanted.txt -d .conformance; then touch $@; \
	else echo "feedparser's cases cannot be fetched; they are not measured"; fi

test-browser: setup  ## mails and pages looked at in a real browser (Debian: apt-get install chromium)
	@$(BIN)/python -m pytest -m browser

lint: setup  ## ruff, mypy strict, and what the docs promise
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup  ## let ruff put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.venv-peers/.installed: requirements-peers.lock
	@echo "Installing the peers into .venv-peers (once) …"
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-peers.lock
	@touch $@

bench: setup .venv-peers/.installed  ## every figure against its limit; a table, and bench/results/*.json
	@$(BIN)/python -m bench; held=$$?; $(BIN)/python -m bench.report; exit $$held

soak: setup  ## ten minutes of kills and outages at random, nothing lost; SOAK=60s is shorter
	@$(BIN)/python -m bench soak; held=$$?; $(BIN)/python -m bench.report; exit $$held

day: setup  ## three days of the service by a moved clock, with made faults (half an hour; DAY_DAYS=1 is shorter); docs/operations.md shows them
	@$(BIN)/python -m bench day; held=$$?; $(BIN)/python -m bench.day --docs; exit $$held

bench-large: setup  ## search and filing with 1,000,000 articles, made once (half an hour, 17 GB of disk)
	@$(BIN)/python -m bench large; held=$$?; $(BIN)/python -m bench.report; exit $$held

bench-web: setup  ## how soon each view of the page is there while the service crawls (a million articles where bench-large made them)
	@$(BIN)/python -m bench web

quality: setup .venv-peers/.installed  ## how well pages are read, beside four peers, on PRESSWATCH_PAGES
	@$(BIN)/python -m bench.quality

lock:  ## resolve the dependencies anew (needs uv)
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements.lock
	uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements-dev.lock
	uv pip compile -q pyproject.toml --extra chat --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements-chat.lock
	uv pip compile -q requirements-peers.in --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements-peers.lock

clean:  ## remove what can be made again
	rm -rf .venv .venv-peers .conformance .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-archive bench/results
