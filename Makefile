# Everything a person or CI runs here. Needs make and a Python of 3.11 or newer; the rest is brought by `make setup`.
#
#   make demo        a shop to look at: its own database, a till with two readers, pages; ONCE=1 ends after the story
#   make setup       the environment .venv, with .venv/bin/tallycard
#   make test        all tests, against a real PostgreSQL that they start; ARGS="-k word" picks some
#   make check       format, lint, types and layers
#   make bench       the benchmarks; ARGS are passed on
#   make faults      a whole shop while everything fails, 20 minutes; ARGS="--minutes 5 --seed 7 --tills 4" changes it
#   make messages    takes new texts into the catalogues of the languages, api/languages/locales
#   make messages-check  what is still to be translated, a line for each text
#   make audit       known flaws of what is installed; says so where no advisory source can be reached
#   make lock        the lock files, exact versions with hashes; ARGS=--upgrade takes newer ones
#   make clean       removes what the others made, except the data of a shop

BIN = .venv/bin
LOCK_OPTIONS = --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--system-certs --quiet --group dev

.PHONY: help demo setup test check bench faults messages messages-check audit lock clean

help:
	@sed -n 's/^#   //p' Makefile

demo: setup
	@exec $(BIN)/tallycard demo $(if $(filter-out 0,$(ONCE)),--once)

setup:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$python" tools/setup.py; \
		fi; \
	done; \
	echo "setup: no Python of 3.11 or newer was found; install one, or name it: make $@ PYTHON=/path/to/python3" >&2; \
	exit 1

test: setup
	@exec $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup
	@failed=0; \
	$(BIN)/ruff format --check || failed=1; \
	$(BIN)/ruff check || failed=1; \
	$(BIN)/mypy || failed=1; \
	$(BIN)/lint-imports || failed=1; \
	exit $$failed

bench: setup
	@exec $(BIN)/python -m benchmarks $(ARGS)

faults: setup
	@exec $(BIN)/python -m tests.faults $(ARGS)

messages: setup
	@exec $(BIN)/python -m tools.messages

messages-check: setup
	@exec $(BIN)/python -m tools.messages check

audit: setup
	@exec $(BIN)/python tools/audit.py $(ARGS)

lock: setup
	$(BIN)/uv pip compile $(LOCK_OPTIONS) $(ARGS) pyproject.toml build-requirements.in \
		-o requirements.lock
	$(BIN)/python build_assets.py lock

clean:
	rm -rf .venv dist api/pages/static/vendor tests/shots
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
