# One command each; everything else is `courage --help` (see README.md).
PYTHON := sh courage/setup/python.sh
ENGINE := .venv/engine/bin/python
RASA := .venv/rasa/bin/python
QUIET := RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1 HF_HUB_OFFLINE=1

# pytest rewrites every test module as it is imported; where nothing compiled may be kept, each process of a run does so anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: smoke run setup test setup-tests lint types unit slow rasa-checks e2e chaos bench bench-library nlu wrappings drill axe typing screenshots fuzz fuzz-api siege load clean help

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

run: ## set up what is missing, start Courage and say where to open the desk
	@$(PYTHON) -m courage.setup run

setup: ## only set up
	@$(PYTHON) -m courage.setup setup

setup-tests: ## set up, with what the tests need
	@$(PYTHON) -m courage.setup setup --tests

test: setup-tests ## lint, types, unit and slow tests, Rasa's own checks, end-to-end tests
	@$(MAKE) --no-print-directory lint types unit slow rasa-checks e2e

lint: ## style, common mistakes, and dependencies: none undeclared, none unused
	$(ENGINE) -m ruff check .
	$(ENGINE) -m ruff format --check .
	$(ENGINE) -m deptry .
	$(ENGINE) -m deptry --config pyproject.toml --exclude "tests/unit/bot|tests/benchmarks/bench_nlu.py" --ignore DEP002,DEP004 tests deploy

types: ## mypy over every room but bot (which lives in Rasa's environment)
	$(ENGINE) -m mypy

unit: ## unit tests, on all cores (the assistant's in Rasa's environment, one after the other)
	$(ENGINE) -m pytest -n auto --dist loadfile --durations=15 -m "not e2e and not browser and not slow and not long" --ignore=tests/unit/bot tests/unit
	$(QUIET) PYTHONPATH=. $(RASA) -m pytest -q -m "not e2e" tests/unit/bot

slow: ## what takes longer: processes killed in the middle, training, the shipped models at length
	$(ENGINE) -m pytest -n auto --dist loadfile --durations=15 -m "slow and not e2e and not browser and not long" --ignore=tests/unit/bot

rasa-checks: ## Rasa's own validation and tests
	$(QUIET) PYTHONPATH=. COURAGE_INTERNAL_SECRET=unused-in-these-checks COURAGE_ENGINE_URL=http://127.0.0.1:9 $(RASA) -m rasa data validate --data bot/data --fail-on-warnings
	$(QUIET) PYTHONPATH=. $(ENGINE) -m courage vectors $(RASA) -m rasa test --model var/rasa/courage.tar.gz --stories tests/integration/rasa --nlu tests/integration/rasa/test_nlu.yml --out build/rasa-test --fail-on-prediction-errors

e2e: ## end-to-end tests with real servers (Rasa, Synapse, Chromium) and stand-ins of other chat systems, on all cores
	$(ENGINE) -m pytest -n auto --dist loadfile --durations=15 -m "(e2e or browser) and not slow" tests/e2e || \
		(echo "what failed beside others is tried once more, alone" && $(ENGINE) -m pytest --last-failed -n 0 -m "(e2e or browser) and not slow" tests/e2e)

chaos: setup-tests ## random faults, round by round, where the last run stopped (SEED=1 ROUNDS=100); then the engine killed at every point of a case's life, and the long ways in a browser
	$(ENGINE) -m tests.chaos --seed $(or $(SEED),1) --rounds $(or $(ROUNDS),100)
	$(ENGINE) -m pytest -m "(e2e or browser) and slow" tests/e2e

bench: setup-tests ## speed and memory, as ratios against a baseline in the same run; every page with 10,000 cases and responses
	@$(ENGINE) -m tests.benchmarks.bench_pages
	@$(ENGINE) -m tests.benchmarks

bench-library: setup-tests ## the library at up to 100,000 vectors and 10,000 responses, and learning from use
	@$(ENGINE) -m tests.benchmarks.bench_responses

nlu: setup-tests ## what the assistant understands: three-fold by language, and sentences by others (about 5 minutes)
	$(QUIET) PYTHONPATH=. OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(ENGINE) -m courage vectors $(RASA) -m tests.benchmarks.bench_nlu

wrappings: setup-tests ## every held-out example in every wrapping: what links, marks and padding cost (about 20 minutes)
	$(ENGINE) -m pytest -m long tests/unit/detection/test_around_messages.py

drill: setup-tests ## twenty backups under load, each compared row by row with the state of its moment
	DRILLS=20 $(ENGINE) -m pytest -q tests/unit/backup/test_drill.py

axe: setup-tests ## every page in four languages, light and dark, through axe (about four minutes)
	$(ENGINE) -m pytest -m slow tests/e2e/test_axe.py

typing: setup-tests ## 200 people type while server, connection, session or claim break at random (RUNS=200, SEED=1000; about half an hour)
	$(ENGINE) -m pytest -m slow tests/e2e/test_typing_anytime.py

screenshots: setup-tests ## pictures of the desk's main views in build/screenshots (light, dark, phone, right to left)
	@$(ENGINE) -m tests.e2e.screenshots

fuzz: setup-tests ## 100,000 odd texts through screening
	@$(ENGINE) -m tests.benchmarks.fuzz_screening

load: setup-tests ## a hundred organisations, a thousand rooms, two hundred open desks (RATE=50 messages a second)
	@$(ENGINE) -m tests.benchmarks.load --rate $(or $(RATE),50)

siege: setup-tests ## 2,000 connections that never finish and 1,000 logins at once, and how long others wait (SEED=1)
	@$(ENGINE) -m tests.siege --connections 2000 --logins 1000 --seed $(or $(SEED),1)

smoke: ## start one with an empty home folder and walk the shortest way through it: health, a message, a case, suggestions
	@$(ENGINE) deploy/smoke.py

fuzz-api: setup-tests ## 20,000 requests to every route of the API, after its own description (SEED=1)
	@$(ENGINE) -m tests.fuzz_api --requests 20000 --seed $(or $(SEED),1)

clean: ## remove what was made here (asks nothing: the database is not touched)
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache var/cache var/setup var/rasa
