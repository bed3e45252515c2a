# Every command prepares what it needs: `make demo` and `make test` work on a fresh clone.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
STEPS ?= 20000
SEED ?=
ONLY ?=
CASES ?=
SIZE ?= small
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: help demo test check bench cases simulate package format clean
help: ## say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "fieldcrm needs Python 3.11 or newer"; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(READY) ## a rep's day with the demo company, in windows or (DEMO_HEADLESS=1) by itself
	@sh .ci/system-packages desktop
	$(PY) -m tests.journeys.demo

test: $(READY) ## the whole suite, with the real parts
	@sh .ci/system-packages desktop test
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n 2 --dist worksteal $(TESTS)

check: $(READY) ## style, types, imports, translations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m tests.ui.translations

bench: $(READY) ## the benchmarks, beside their peers; ONLY=name for one
	@sh .ci/system-packages desktop test bench
	$(PY) -m benchmarks $(if $(ONLY),--only $(ONLY))

cases: $(READY) ## the acceptance cases; CASES=folder
	$(PY) -m tests.conformance.run $(if $(CASES),"$(CASES)")

simulate: $(READY) ## the sync simulation; STEPS=n SEED=n
	$(PY) -m tests.simulation.run --steps $(STEPS) $(if $(SEED),--seed $(SEED))

package: $(READY) ## an installable bundle of the client for this platform
	$(PY) -m PyInstaller --noconfirm --clean --distpath dist --workpath build resources/package.spec

format: $(READY) ## put the code into shape
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean: ## forget everything that was made
	rm -rf $(VENV) .peers build dist demo-out bench.json
