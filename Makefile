# Everything a person does here. Needs Python 3.11 or newer; the rest is fetched into this folder.

.DEFAULT_GOAL := help
.PHONY: help setup run lint check test train screenshots bench lock clean

BIN := .venv/bin
# Two processes: tests that wait for Kafka leave the cores to others. A file stays in one, with its broker.
BESIDE := --numprocesses 2 --dist loadfile
PYTHONS := .venv/bin/python python3.11 python3.12 python3.13 python3.14 python3

define with_python
@for python in $(PYTHONS); do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then exec "$$python" $(1); fi; \
done; \
echo "error: no Python 3.11 or newer found; install one (Debian, Ubuntu: apt install python3 python3-pip;" \
	"Fedora: dnf install python3 python3-pip; macOS: brew install python) and run make again" >&2; exit 2
endef

help: ## show this
	@echo "moderation-pipeline: posts go through Kafka, models and a policy to a decision, and none is lost"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## make or update .venv (done by every other target when needed)
	$(call with_python,tools/environment.py main)

run: setup ## start Kafka and the pipeline, feed sample posts, watch the decisions
	@$(BIN)/moderation demo

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tools

check: lint ## lint, types and the tests that need no broker: seconds
	$(BIN)/python -m pytest $(BESIDE) tests/unit

test: lint ## lint, types and every test: on a real Kafka, in a browser, of training (6 GB more)
	$(call with_python,tools/chromium.py)
	$(BIN)/python -m pytest $(BESIDE) tests/unit tests/broker
	$(BIN)/python -m pytest $(BESIDE) tests/browser
	$(call with_python,tools/environment.py train)
	.venv-train/bin/python -m pytest $(BESIDE) tests/training

train: ## make or update .venv-train, in which `moderation models` can train (6 GB)
	$(call with_python,tools/environment.py train)

screenshots: setup ## take the pictures of the review desk in docs/screenshots anew
	$(call with_python,tools/chromium.py)
	$(BIN)/python -m tests.browser.screenshots

bench: setup ## measure this pipeline and others on this machine (installs several GB more)
	$(call with_python,tools/environment.py bench)
	$(BIN)/python -m benchmarks

lock: setup ## recompile requirements/*.txt from pyproject.toml; UPGRADE=--upgrade takes newer versions
	$(BIN)/python tools/lock.py $(UPGRADE)

clean: ## remove environments and caches of this folder
	rm -rf .venv .venv-* .bin .pytest_cache .mypy_cache .ruff_cache .hypothesis
