# Every target needs Python >= 3.11 with pip, and make; everything else goes into .venv, once.
#
#   make demo      a first comparison, on a network made on the spot
#   make quick     rules and the tests that start no simulation: under a minute once the kernels are compiled
#   make test      the gate: rules, kernels with the JIT off, every test that is not marked nightly
#   make nightly   the tests marked nightly; to be run before an issue is closed, and each night
#   make docs      the documentation as a site, in site/; a warning is an error
#   make figures   figures of the house: files, functions, parameters, fields, imports, circles
#   make dist      a wheel and a source archive in dist/
#   make lowest    the tests with the lowest versions of everything that pyproject.toml allows; make newest: the newest

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Tests that share a fixture stay in one process as far as that goes.
TWO := -n 2 --dist worksteal

.PHONY: figures demo quick test nightly lint docs compiled unit kernels-plain dist lowest newest lock clean

demo: .venv/ready
	$(BIN)/signal-core demo

# What needs one core each goes side by side; the tests take two anyway.
test: .venv/ready
	$(MAKE) --jobs 3 --output-sync lint docs compiled
	$(MAKE) kernels-plain
	$(MAKE) unit

lint: .venv/ready
	$(BIN)/ruff check --output-format concise .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: .venv/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# Here once, not by every process of the tests.
compiled: .venv/ready
	$(BIN)/python -m signal_core.compiling

PLAIN := tests/kernels tests/interlock tests/engine tests/faults
kernels-plain: .venv/ready
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q $(TWO) -m "kernel and not nightly" $(PLAIN)

unit: .venv/ready
	$(BIN)/python -m pytest $(TWO) -m "not nightly"

QUICK := tests/engine tests/kernels tests/interlock tests/network tests/scenarios tests/test_habits.py tests/test_house.py
quick: lint
	$(BIN)/python -m pytest -q $(TWO) -m "not nightly" $(QUICK)

nightly: .venv/ready
	$(BIN)/python -m pytest $(TWO) -m nightly

dist: .venv/ready
	$(BIN)/python -m build --no-isolation --outdir dist .

# The stamp is written last: an installation that was cut short is taken up again.
.venv/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv || $(PYTHON) -m venv --without-pip .venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m pip --python $(BIN)/python install pip
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# An environment of its own each, made anew; uv, which is installed into it, knows how to resolve downwards.
lowest newest:
	rm -rf .venv-$@ && $(PYTHON) -m venv .venv-$@
	.venv-$@/bin/python -m pip install --quiet uv
	.venv-$@/bin/uv pip install --quiet --python .venv-$@/bin/python \
		--resolution $(if $(filter lowest,$@),lowest-direct,highest) ".[sumo,cabinet,live,report,cluster,dev]"
	.venv-$@/bin/python -m pytest $(TWO) -m "not nightly"

# New versions of everything: resolved in an empty environment (of Python 3.11 or 3.12), written down exactly.
ATSPM_ONLY := atpublic|atspm|dtaidistance|duckdb|ibis-framework|pandas|parsy|pyarrow|pyarrow-hotfix|pytz|signal_replay|sqlglot|traffic_anomaly
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet ".[sumo,cabinet,live,report,cluster,dev,atspm,agency]"
	{ sed -n '/^#/p' requirements.lock; .venv-lock/bin/python -m pip freeze --all \
		| grep -v -i -E '^(pip|signal-core)[ =]' \
		| sed -E 's/^($(ATSPM_ONLY))==.*/& ; python_version < "3.13"/'; } > requirements.new
	mv requirements.new requirements.lock
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-lock .venv-lowest .venv-newest .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist site *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

figures: .venv/ready
	$(BIN)/python -m tests.structure
