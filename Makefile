# make run   the hub on this machine, with a practice network and a demo federation
# make dev   the same with DEBUG, reloading when code changes
# make reset forgets the data of both
# make lag   how late posts arrive, on the hub that make run has started
# make mutations  that the tests notice when a safeguard of publishing is missing
# make faults  breaks the hub in every way of the fault plan, see docs/publishing.md; ARGS="--rows 1,4" for some
# make bench-publish  how fast, punctual and cheap publishing is beside raw loops, see docs/benchmarks.md
# make bench-search  how long a search takes among 55,000 texts, beside a plain LIKE scan
# make test  everything, on PostgreSQL and the core on SQLite
# make test-platforms  the adapters with servers that others wrote, fetched into .cache/
# make lint  what a change has to pass besides
.PHONY: help run dev reset lag bench-publish bench-search faults mutations screenshots test test-postgresql test-sqlite \
	platform-servers test-platforms lint format clean

VENV := .venv
PY := $(VENV)/bin/python
# What also runs on SQLite: verbs, rules and guards of every app. Screens and who may open them are the same on
# both engines, and platforms know no database.
CORE := $(wildcard tests/access/test_guards.py) tests/chapters tests/playbooks tests/posts \
	tests/hubsite/test_suite_environment.py
NOT_CORE := *_screens.py *_pages.py *_page.py *_admin.py */platforms/*
SERVERS := pds prism oauth twitter-text facebook snac
# one worker more than processors: a good part of the tests waits for processes and browsers
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
PYTEST := $(PY) -m pytest --numprocesses $(WORKERS) --dist loadgroup
# one line per stage, so that a slow one is seen
TIMED = @began=$$(date +%s); $(1) && echo "$(2): $$(( $$(date +%s) - began )) s"

help:
	@sed -n 's/^# //p' Makefile | head -11

run: $(VENV)/run.stamp
	@$(PY) -m hubsite.launcher

dev: $(VENV)/run.stamp
	@$(PY) -m hubsite.launcher dev

reset: $(VENV)/run.stamp
	@$(PY) -m hubsite.launcher reset

screenshots: $(VENV)/dev.stamp
	@$(PY) tools/screenshots.py $(ARGS)

lag: $(VENV)/run.stamp
	@$(PY) manage.py measure_lag

# takes one safeguard of publishing away at a time: a test has to notice
mutations: $(VENV)/dev.stamp
	$(call TIMED,$(PY) tools/mutations.py,Mutations)

faults: $(VENV)/dev.stamp
	@$(PY) -m tests.faults $(ARGS)

bench-publish: $(VENV)/dev.stamp
	@$(PY) -m tools.bench $(ARGS)

bench-search: $(VENV)/dev.stamp
	@$(PY) tools/search_bench.py $(ARGS)

test: test-postgresql test-sqlite

test-postgresql: $(VENV)/dev.stamp
	$(call TIMED,$(PYTEST) -m "not platforms" --durations 15 $(ARGS),Tests on PostgreSQL)

test-sqlite: $(VENV)/dev.stamp
	$(call TIMED,HUB_TEST_ENGINE=sqlite $(PYTEST) -m "not browser and not redis and not processes and not platforms" $(CORE) $(NOT_CORE:%='--ignore-glob=%'),Core tests on SQLite)

# what can't be had here is named, and its tests are skipped
platform-servers: $(VENV)/dev.stamp
	$(call TIMED,for server in $(SERVERS); do tools/platform_servers.sh $$server || echo "without $$server"; done,Servers of platforms)

test-platforms: platform-servers
	$(call TIMED,PYTHONPATH=.cache/facebook $(PYTEST) -m platforms -rs tests/posts/platforms,Tests with servers of platforms)

lint: $(VENV)/dev.stamp
	$(call TIMED,tools/lint.sh,Lint)

format: $(VENV)/dev.stamp
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

# The stamps remember what was installed; they are renewed when a list of requirements changes.
$(VENV)/run.stamp: requirements.txt tools/make-venv.sh
	@sh tools/make-venv.sh "$(PYTHON)" $(VENV) requirements.txt $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt tools/make-venv.sh
	@sh tools/make-venv.sh "$(PYTHON)" $(VENV) requirements-dev.txt $@
