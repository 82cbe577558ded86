# `make demo` and `make test` are all that a fresh machine needs, after the system packages that
# the README names. CONTRIBUTING.md lists the targets and the variables.

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= procgen,contrib
CONSTRAINTS ?= constraints.txt

BIN := $(VENV)/bin

# Where `make bench` also writes its figures as JSON, and `make submission` what it found.
BENCH_JSON ?=
THROUGHPUT_JSON ?=
REPORT ?= submission-report.json

# Processes of `make pytest`; 0 runs the tests in one, where a debugger can stop.
WORKERS ?= auto

AGENT := baselines/procgen-coinrun/agent.zip

# A stamp is named after what was installed, so that other extras or constraints install anew.
stamp = $(VENV)/.installed-$(CONSTRAINTS)-$(1)
RUN := $(call stamp,$(EXTRAS))
SITE := $(call stamp,$(EXTRAS)+site)
# Tests compile for graphics cards and simulate one, which takes numba-cuda but no card, draw, and
# play networks in ONNX files.
DEV := $(call stamp,$(EXTRAS)+dev+cuda+site+ray+onnx)

.PHONY: demo test test-slow lint pytest bench pages site submission install doctor clean

demo: $(RUN)
	$(BIN)/gmbench eval $(AGENT) --suite quick -o record.json --episodes episodes.csv.gz
	$(BIN)/gmbench watch $(AGENT) --pair procgen-coinrun-left -o side-by-side.mp4
	$(BIN)/gmbench train baselines/corner/ppo-alpha-0.yaml --steps 400_000 -o corner-agent.zip
	$(BIN)/gmbench eval corner-agent.zip --suite minute -o corner-record.json

test: lint pytest

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy

# The benchmark plugin stays out: speed is never part of what a test asserts. Files of tests go to
# as many processes as there are cores; threads of torch's own would only be in each other's way.
pytest: $(DEV)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -p no:benchmark -m "not slow" --durations=10 \
		-n $(WORKERS) --dist loadfile

test-slow: $(DEV)
	$(BIN)/python -m pytest -p no:benchmark -m slow --durations=10

bench: $(DEV)
	$(BIN)/python -m pytest -s -o python_files="bench_*.py" tests/benchmarks \
		$(if $(BENCH_JSON),--benchmark-json=$(BENCH_JSON))
	$(BIN)/gmbench throughput --check tests/benchmarks/floors.yaml \
		$(if $(THROUGHPUT_JSON),-o $(THROUGHPUT_JSON))

doctor:
	@$(PYTHON) -I gmbench/doctor.py $(subst $(comma), ,$(EXTRAS))

pages: $(RUN)
	$(BIN)/python -m gmbench.pages
	$(BIN)/gmbench leaderboard rank

# FILMS= leaves out the films, which take minutes where none are in _site yet.
FILMS ?= --films
site: $(SITE)
	$(BIN)/gmbench leaderboard rank
	$(BIN)/gmbench leaderboard site -o _site $(FILMS)

# make submission BASE=main HEAD=branch: what CI does with a pull request that submits something.
submission: $(RUN)
	$(BIN)/gmbench leaderboard ci --base "$(BASE)" --head "$(HEAD)" -o "$(REPORT)"

install: $(RUN)

clean:
	rm -rf $(VENV) _site dist .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -f record.json episodes.csv.gz side-by-side.mp4 corner-agent.* corner-record.json \
		submission-report.json

comma := ,

# What is missing is named before anything is downloaded; `doctor` is order-only because it makes
# no file, and would install anew at every call otherwise.
$(BIN)/python: | doctor
	$(PYTHON) -m venv $(VENV)

$(RUN): pyproject.toml $(CONSTRAINTS) | doctor $(BIN)/python
	$(BIN)/python -m pip install -c $(CONSTRAINTS) -e '.[$(EXTRAS)]'
	@touch $@

$(SITE): pyproject.toml $(CONSTRAINTS) | doctor $(BIN)/python
	$(BIN)/python -m pip install -c $(CONSTRAINTS) -e '.[$(EXTRAS),site]'
	@touch $@

$(DEV): pyproject.toml $(CONSTRAINTS) | doctor $(BIN)/python
	$(BIN)/python -m pip install -c $(CONSTRAINTS) -e '.[$(EXTRAS),dev,cuda,site,ray,onnx]'
	@touch $@
