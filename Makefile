# Everything is set up with plain python3 (3.11 or newer) in .venv; nothing outside this folder is touched.
# `make help` lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.installed-core
DEVELOP := $(VENV)/.installed-develop
INSTALL := .ci/install $(BIN)/python

# What a user's shell may carry in and would bend the environment made here.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE PYTHONSTARTUP VIRTUAL_ENV PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV UV_TARGET UV_PREFIX UV_SYSTEM_PYTHON

# An environment that was copied here, or whose Python was removed by an upgrade, is made anew.
BROKEN := $(shell [ ! -d $(VENV) ] || { [ "$$(cat $(VENV)/.place 2>/dev/null)" = "$$PWD" ] && \
	$(BIN)/python -c '' 2>/dev/null; } || echo broken)

.DEFAULT_GOAL := help
.PHONY: help observe serve test test-all bench skill versions docs translations lint format clean broken

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## */\t/' | \
	while IFS="$$(printf '\t')" read -r name words; do printf '  make %-9s %s\n' "$$name" "$$words"; done

observe: $(CORE)  ## run the main job on the corpora that ship (arguments: make observe ARGS="papers.csv --as-of 2016")
	@$(BIN)/firstlight observe $(ARGS)

serve: $(CORE)  ## the pages of what this folder keeps, or of the corpora that ship (arguments: make serve ARGS="--port 8080")
	@$(BIN)/python -c 'import jinja2, mcp, uvicorn' 2>/dev/null || EXTRAS=serve $(INSTALL)
	@$(BIN)/firstlight serve $(ARGS)

test: lint  ## lint, types, tests and doctests: what stops what is broken, in a few minutes
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" --doctest-modules tests src docs/generate

test-all: lint  ## the same with the long proofs and the documentation with its links, and with other examples each time
	$(BIN)/python -m pytest --hypothesis-profile searching -n 2 --dist loadfile --doctest-modules tests src docs/generate

lint: $(DEVELOP)  ## ruff (rules and format) and mypy (strict)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy || $(BIN)/mypy --num-workers 0  # once more in one process, lest a worker was lost

format: $(DEVELOP)  ## put the code into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(DEVELOP)  ## build docs/_build/html with warnings as errors, run the doctests, check the links
	$(BIN)/python -m pytest --doctest-modules src
	$(BIN)/python docs/build.py docs/_build/html

translations: $(DEVELOP)  ## list what a language lacks, and where the English has changed since (make translations ARGS=zh)
	@$(BIN)/python docs/generate/translations.py $(ARGS)

bench: $(DEVELOP)  ## the whole job on a large corpus, with seconds and memory by stage (see benchmarks/README.md)
	$(BIN)/python -m benchmarks.speed $(ARGS)

skill: $(DEVELOP)  ## score the forecasts of take-off under the frozen protocol, on the reference data (make skill ARGS="arxiv --horizon 5")
	@$(BIN)/python -m benchmarks.take_off.skill $(ARGS)

versions: $(DEVELOP)  ## the lowest and the highest versions of every package that is allowed: same figures, same map?
	@$(BIN)/python -m benchmarks.versions $(ARGS)

clean:  ## remove what make made (.venv, caches, built pages); your observatory/ stays
	rm -rf $(VENV) build dist docs/_build docs/reference/generated .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CORE): pyproject.toml $(BROKEN)
	@.ci/make-venv "$(PYTHON)" $(VENV) $(BROKEN)
	@echo "Installing Firstlight into $(VENV) (once; about a minute)"
	@$(INSTALL) || { echo "$(INDEX_HINT)" >&2; exit 1; }
	@touch $@

$(DEVELOP): $(CORE)
	@echo "Installing what tests and documentation need (once; about a minute)"
	@$(INSTALL) test docs || { echo "$(INDEX_HINT)" >&2; exit 1; }
	@touch $@

INDEX_HINT := The installation failed: the reason stands above. Is the package index reachable? pip reads PIP_INDEX_URL \
	for a mirror and https_proxy for a proxy; then run the same command again.

broken:
