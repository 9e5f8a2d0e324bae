# Two commands matter: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv/bin
# Test processes.
N ?= 2
export PORT OCR PHOTO CAMERA
unexport PYTHONPATH PYTHONHOME DJANGO_SETTINGS_MODULE

.DEFAULT_GOAL := help
.PHONY: help run links stop test test-services check migrations-check bench bench-large demo-read lock clean env-app env-dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' Makefile

env-app:
	@$(PYTHON) -I alpr_site/quickstart/environment.py app

env-dev:
	@$(PYTHON) -I alpr_site/quickstart/environment.py dev

run: env-app ## Start everything and open the demonstration (PORT=8000; OCR=0 leaves the plate reader out)
	@exec "$(VENV)/python" -m alpr_site.quickstart.run

links: env-app ## Print fresh one-time sign-in links of the running product
	@exec "$(VENV)/python" -m alpr_site.quickstart.running links

stop: env-app ## Stop what `make run` started, or what a killed one left behind
	@exec "$(VENV)/python" -m alpr_site.quickstart.running stop

demo-read: env-app ## Post a photograph as a camera would: PHOTO=path [CAMERA=code] [PORT=n]
	@exec "$(VENV)/python" -m alpr_site.quickstart.running demo-read

test: env-dev ## Run every test, with what it needs: servers, plate reader, browser (ARGS="-k hit" to choose)
	@"$(VENV)/python" -m alpr_site.quickstart.suite_tools
	@"$(VENV)/python" -m pytest -n $(N) --maxschedchunk=8 $(ARGS)

test-services: env-dev ## Run the tests against Debian's PostgreSQL 15 and Redis 7
	@"$(VENV)/python" -m alpr_site.quickstart.debian_services -n $(N) $(ARGS)

check: env-dev migrations-check ## Lint, types, import contracts, migrations, deploy check
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports
	$(VENV)/mypy
	@"$(VENV)/python" -m alpr_site.quickstart.deploy_check

migrations-check:
	@SECRET_KEY=check DATABASE_URL=postgresql://nobody@127.0.0.1:9/none PYTHONWARNINGS=ignore \
	  "$(VENV)/python" manage.py makemigrations --check --dry-run

bench: env-dev ## Measure at two million reads; one JSON object a line (ARGS="search --keep mine" to choose)
	@exec "$(VENV)/python" -m bench $(ARGS)

bench-large: env-dev ## The same at twenty million reads, and how searches grow (about an hour, 15 GB of disk)
	@exec "$(VENV)/python" -m bench --reads 20000000 $(ARGS)

LOCK = $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: env-dev ## Renew every lock in requirements/ (UPGRADE=1 takes newer versions)
	$(LOCK) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(LOCK) pyproject.toml -o requirements/app.txt
	$(LOCK) --group dev pyproject.toml -o requirements/dev.txt
	$(LOCK) -c requirements/dev.txt requirements/ocr.in -o requirements/ocr.txt
	$(LOCK) --no-deps -c requirements/dev.txt requirements/ocr-cpu.in -o requirements/ocr-cpu.txt

clean: ## Remove the environment and all caches; the demonstration's data stay in .state
	@if test -x $(VENV)/python; then $(VENV)/python -m alpr_site.quickstart.running stop; fi
	rm -rf .venv .venv.lock .state/test* .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
