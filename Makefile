# Everything from a clone: a virtual environment, pinned dependencies, then the job itself.
SHELL := bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help venv demo test smoke bench test-browser screenshots lint worker

BIN := .venv/bin
POSTGRES := $(or $(TEST_POSTGRES_URL),postgres://postgres@127.0.0.1:5432/postgres)
# Their tests need no database: run once, they have said all.
WITHOUT_DATABASE := contract house iterable sandbox warehouse
# What a test commits need not survive a power cut.
UNSYNCED := PGOPTIONS="-c synchronous_commit=off"
# Pages that count or join by SQL of their own; what the others say no database decides.
BY_SQL := $(addprefix tests/admin/test_,contact_page.py dashboard.py journey_page.py observe.py sync_window.py)
OF_PAGES := $(filter-out $(BY_SQL),$(wildcard tests/admin/test_*.py))
# Shapes of requests and answers; whatever they say of a database, others say as well.
OF_SHAPES := tests/api/test_description.py
# The demo brings a database of its own.
OF_THE_DEMO := tests/demo tests/story/test_demo.py tests/story/test_drills.py
# More at once than cores: the stories mostly wait for processes of their own.
PYTEST := $(BIN)/pytest -n 4 --dist worksteal
# What is there already is no news.
LESS := sed -u '/^Requirement already satisfied/d'
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/runs ## the main job on embedded parts: migrates, seeds, starts everything; Ctrl-C ends it
	@exec $(BIN)/python manage.py demo

smoke: .venv/runs ## the main job once, compared with what the sandbox then holds
	@exec $(BIN)/python manage.py demo --smoke

test: .venv/tests ## the whole suite on SQLite and, where a server answers, on PostgreSQL
	@echo "== The suite on SQLite"
	@DATABASE_URL=sqlite:///unused.sqlite3 $(PYTEST)
	@if $(BIN)/python -c 'import psycopg, sys; psycopg.connect(sys.argv[1], connect_timeout=3)' "$(POSTGRES)" 2>/dev/null; then \
		echo "== On PostgreSQL, all in which a database has a part"; \
		$(UNSYNCED) DATABASE_URL="$(POSTGRES)" $(PYTEST) $(addprefix --ignore=tests/,$(WITHOUT_DATABASE)) $(addprefix --ignore=,$(OF_PAGES) $(OF_SHAPES) $(OF_THE_DEMO)); \
	elif [ -n "$$CI" ]; then \
		echo "No PostgreSQL answers: start one, or name it in TEST_POSTGRES_URL." >&2; exit 1; \
	else \
		echo "== Not run on PostgreSQL: none answers. Name a server in TEST_POSTGRES_URL."; \
	fi

bench: .venv/tests ## benchmarks, written to docs/performance.md
	@exec $(BIN)/python -m tests.scale

test-browser: .venv/tests ## stories in a real browser
	@exec $(BIN)/pytest -n 2 --dist worksteal tests/browser

screenshots: .venv/tests ## the pictures of the README
	@exec $(BIN)/python -m tests.browser.screenshots

lint: .venv/tests ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

worker: .venv/runs ## a Django-Q cluster for the settings of .env
	@exec $(BIN)/python manage.py qcluster

venv: .venv/tests ## the virtual environment, with what tests and lints

# The stamps: dependencies are installed again only when a list of them changes.
.venv/runs: requirements.txt | $(BIN)/python
	@echo "== Installing what runs"
	@$(PIP_INSTALL) -r requirements.txt | $(LESS)
	@touch $@

.venv/tests: tests/requirements.txt requirements.txt | $(BIN)/python
	@echo "== Installing what runs, tests and lints"
	@$(PIP_INSTALL) -r tests/requirements.txt | $(LESS)
	@touch .venv/runs $@

# Each candidate is started, because the name alone (of a version manager's shim, say) promises nothing.
$(BIN)/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "== Making .venv with $$($$python --version)"; exec $$python -m venv .venv; \
		fi; \
	done; \
	echo "Python 3.11 or newer with venv is needed and was not found. On Debian: apt-get install python3 python3-venv" >&2; \
	exit 1
