# Kith: `make run`, `make test`, `make check`. Everything goes into .venv; nothing is installed by hand.

PYTHON ?= $(shell for one in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	"$$one" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1 \
	&& echo "$$one" && break; done)
VENV := .venv
BIN := $(VENV)/bin
PINS := pyproject.toml constraints.txt
# Requirements out of pyproject.toml, so that nothing is built: the checkout itself is the program.
REQUIREMENTS = $(BIN)/python -c 'import sys, tomllib; \
	project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	extras = project["optional-dependencies"]; \
	print(*project["dependencies"], *(one for extra in sys.argv[1:] for one in extras[extra]), sep="\n")'
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary \
	--constraint constraints.txt --requirement
TYPED := cdp_site connectors profiles scoring segments tracking

.DEFAULT_GOAL := help
.PHONY: help run crm test test-long test-crm check docs messages bench clean

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

run: $(VENV)/.run  ## Start everything here: database, web, worker, tasks (Ctrl-C stops it)
	@exec $(BIN)/python -m cdp_site.embedded

crm: $(VENV)/.run  ## Start a real CRM beside Kith and connect it: BottleCRM (needs Python 3.12 or newer)
	@exec $(BIN)/python -m cdp_site.crm

test: $(VENV)/.dev  ## Run all tests on embedded servers, browser tests included
	@$(MAKE) --no-print-directory browser
	$(BIN)/python -m pytest -n 2 $(ARGS)

test-long: $(VENV)/.dev  ## Play 20,000 lives of segments against the naive oracle, forty times as many as `make test`
	KITH_EXAMPLES=20000 $(BIN)/python -m pytest -n 2 tests/segments/test_truth.py $(ARGS)

test-crm: $(VENV)/.dev  ## Prove the synchronisation in both directions against the real CRM
	@$(BIN)/python -m cdp_site.crm.install; case $$? in \
		0) $(BIN)/python -m pytest tests/crm $(ARGS) ;; \
		3) echo "SKIPPED: the tests against the real CRM, for want of a Python that it runs on." ;; \
		*) exit 1 ;; \
	esac

check: export KITH_DATA := $(CURDIR)/$(VENV)/data
check: $(VENV)/.dev  ## Style, types, imports, templates, migrations, architecture, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint --quiet templates
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py

docs: export KITH_DATA := $(CURDIR)/$(VENV)/data
docs: $(VENV)/.run  ## Write docs/conditions.md from the conditions and operators themselves
	$(BIN)/python -W ignore::RuntimeWarning manage.py conditions > docs/.conditions.md
	@mv docs/.conditions.md docs/conditions.md

messages: $(VENV)/.run  ## Bring the French catalogue up to date with the code (needs GNU gettext)
	@$(BIN)/django-admin makemessages --locale fr --no-obsolete --add-location file \
		--ignore tests --ignore bench --ignore static
	@msgfmt --check --statistics --output-file locale/fr/LC_MESSAGES/django.mo locale/fr/LC_MESSAGES/django.po

bench: $(VENV)/.dev  ## Measure what is promised, beside rivals
	$(BIN)/python bench/ingest.py
	$(BIN)/python bench/segments.py
	$(BIN)/python bench/scores.py
	$(BIN)/python bench/crm.py

clean:  ## Remove the environments and caches; the data stays
	rm -rf $(VENV) .venv-crm .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: browser
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null; } || \
		echo "No Chromium: browser tests will be skipped. Install it with: sudo apt-get install chromium"

$(VENV)/.made:
	@[ -n "$(PYTHON)" ] || { echo "Kith needs Python 3.11 to 3.14 with venv (Debian: apt-get install python3-venv)."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made $(PINS)
	@echo "Installing what Kith runs on into $(VENV) (once)"
	@$(REQUIREMENTS) > $(VENV)/requirements.txt
	@$(INSTALL) $(VENV)/requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing what tests and checks use into $(VENV) (once)"
	@$(REQUIREMENTS) test dev > $(VENV)/requirements-dev.txt
	@$(INSTALL) $(VENV)/requirements-dev.txt
	@touch $@
