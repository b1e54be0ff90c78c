# What is needed: make, Python 3.11 or newer with venv, and a package index. Everything else lands in .venv.
#
#   make demo     trains on a synthetic language and writes a report     make docs     builds the documentation
#   make test     runs the tests                                         make bench    runs the benchmarks
#   make check    lint, format, types, import rules, docs                make clean    removes what make made, but no runs and networks
#
#   make demo PYTHON=/path/to/python3.12    chooses the Python that .venv is made with
#   make test ARGS="tests/text -x"          hands arguments to pytest
#   make bench BENCHMARKS=benchmarks/search.py    runs this benchmark alone; the networks it needs are trained first

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
CANDIDATES := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# What the others share is no benchmark itself.
BENCHMARKS := $(filter-out $(addprefix benchmarks/,drawing.py networks.py tables.py),$(sort $(wildcard benchmarks/*.py)))
USABLE := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))

# Tests start many processes: each would compile every module anew where nothing compiled may be kept.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: demo test check bench docs clean

demo: $(VENV)/.installed
	@$(BIN)/slowfold run categorical --classes 3

# One worker more than there are cores: some tests wait, for a browser or for other processes.
test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest --dist worksteal \
		--numprocesses $$($(BIN)/python -c 'import os; print(min(os.cpu_count() or 1, 15) + 1)') $(ARGS)

check: $(VENV)/.installed-dev docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --pythonpath $(BIN)/python
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/test_house.py -k "not do_what_they_say"

docs: $(VENV)/.installed-dev
	@$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(VENV)/.installed-dev
	@for script in $(BENCHMARKS); do \
		echo "$$script"; OMP_WAIT_POLICY=PASSIVE $(BIN)/python $$script $(ARGS) || exit 1; \
	done

clean:
	rm -rf $(VENV) build dist docs/_build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so an installation that was interrupted is done again.
$(VENV)/.installed: pyproject.toml constraints.txt $(VENV)/.created
	@echo "installing slowfold into $(VENV) (some minutes the first time)"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt $(VENV)/.created
	@echo "installing slowfold and its development tools into $(VENV) (some minutes the first time)"
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $(VENV)/.installed $@

# A .venv that works is kept, whoever made it. Debian's python3 has a venv module without ensurepip, hence the second test.
$(VENV)/.created:
	@if $(BIN)/python -c 'import pip; $(USABLE)' >/dev/null 2>&1; then touch $@; exit 0; fi; \
	newest=""; \
	for python in $(CANDIDATES); do \
		if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then \
			"$$python" -m venv --clear $(VENV) && touch $@ && exit 0; exit 1; \
		fi; \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then newest="$$python"; fi; \
	done; \
	if [ -n "$$newest" ]; then \
		echo "make: $$newest cannot make virtual environments: install its venv package (Debian and Ubuntu: apt-get install python3-venv), or name another Python with PYTHON=/path/to/python" >&2; \
	else \
		echo "make: slowfold needs Python 3.11 or newer, and none was found among: $(CANDIDATES); install one, or name it with PYTHON=/path/to/python" >&2; \
	fi; \
	exit 1
