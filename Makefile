# `make run` opens the window, `make test` runs every test; both install what they need.
.POSIX:
.PHONY: help setup run test long faults check bench lock reproduce clean

VENV = .venv/bin
RUNS = 100
SEED = 1
SET_UP = PYTHON='$(PYTHON)' sh tools/set-up.sh

help:
	@echo 'make run        open the window (the first time: install what reading and logging need)'
	@echo 'make setup      install TensorFlow and the development tools too'
	@echo 'make test       check, then run the tests, those on a real Cassandra included'
	@echo 'make long       run the tests that take minutes: tens of thousands of damaged files'
	@echo 'make faults     play a hundred kills and every other fault on real nodes (RUNS=20 plays a fifth of them)'
	@echo 'make check      lint, format, types, import walls'
	@echo 'make bench      measure what the program promises'
	@echo 'make reproduce  train two epochs from nothing and check what they reach (needs MNIST_DESKTOP_DATA)'
	@echo 'make lock       resolve the requirements anew'
	@echo 'make clean      remove everything that was built or installed here'

run:
	@$(SET_UP) run
	@sh tools/run.sh

setup:
	@$(SET_UP) dev

test: check
	$(VENV)/python -m pytest -m 'not long and not reproduce'

long: setup
	$(VENV)/python -m pytest -m 'long and not reproduce'

faults: setup
	MNIST_DESKTOP_REQUIRE_CASSANDRA=1 $(VENV)/python -m pytest tests/faults --fault-runs $(RUNS) --fault-seed $(SEED)

reproduce: setup
	@[ -n "$$MNIST_DESKTOP_DATA" ] || { echo 'Name the folder of the data sets in MNIST_DESKTOP_DATA.' >&2; exit 2; }
	$(VENV)/python -m pytest -m reproduce -rP

check: setup
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports

bench: setup
	@status=0; for each in benchmarks/*.py; do echo "$$each"; $(VENV)/python "$$each" || status=1; done; exit $$status

# Hashes for every platform, and no host's name: whose mirror is used is each user's own choice.
lock: setup
	$(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	    --extra tensorflow --group dev pyproject.toml -o requirements/dev.txt
	$(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	    --group build -c requirements/dev.txt pyproject.toml -o requirements/run.txt

clean:
	rm -rf .venv build dist screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
