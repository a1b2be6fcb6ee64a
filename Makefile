# Each target sets itself up in .venv; nothing else on the machine is touched.
PYTHON ?= python3
BIN := .venv/bin
UV_COMPILE = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --annotation-style line -q
ON_POSTGRES = tests/api tests/cert_bridge tests/detections/test_rulesets.py tests/evidence tests/ingest tests/store tests/triage

.PHONY: run test test-servers test-compiled compiled check bench lock clean

run: .venv/.run
	$(BIN)/vagt run

test: .venv/.dev
	$(BIN)/pytest -q

test-servers: .venv/.dev
	$(BIN)/pytest -q -m servers
	$(BIN)/pytest -q --state postgres $(ON_POSTGRES)
	$(BIN)/pytest -q --archive s3 tests/store

test-compiled: compiled
	PYTHONPATH=build/compiled:. $(BIN)/pytest -q -o pythonpath= --compiled -m "not servers" tests/compiled tests/normalise

# build/compiled: the packages as deploy/Dockerfile makes them. Needs a C compiler and Python's headers.
compiled: .venv/.dev
	rm -rf build && mkdir -p build/tree
	git ls-files --cached --others --exclude-standard | tar -c --ignore-failed-read -T - | tar -x -C build/tree
	cd build/tree && HATCH_BUILD_HOOK_ENABLE_MYPYC=1 ../../$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w .. .
	$(BIN)/python -m zipfile -e build/vagt-*.whl build/compiled
	rm -rf build/tree

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev
	$(BIN)/python benchmarks/all.py

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("vagt needs Python 3.11 or newer, this is %d.%d; set PYTHON=/path/to/python3" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.run
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Needs uv on the PATH. Hashes of every platform, no download addresses.
lock:
	$(UV_COMPILE) pyproject.toml --group build --all-extras -o requirements-production.lock
	$(UV_COMPILE) pyproject.toml --group build -c requirements-production.lock -o requirements.lock
	$(UV_COMPILE) pyproject.toml --group dev --all-extras -c requirements-production.lock -o requirements-dev.lock
	$(UV_COMPILE) --group compile -c requirements-dev.lock -o requirements-compile.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
