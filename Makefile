# Thin names for what the scripts do.
PY = .venv/bin/python
UV ?= uv
COMPILE = env -u UV_PYTHON $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
BABEL = $(CURDIR)/.venv/bin/python -m babel.messages.frontend
LOCALE = handlers/locale
FOLDERS = $(wildcard bot handlers prompts storage tests bench)

.PHONY: run test long lock locale format images

run:
	./run

test:
	./test

long:
	./test --long

# The versions in the locks are kept; `make lock UPGRADE=--upgrade` moves them.
lock:
	$(COMPILE) $(UPGRADE) pyproject.toml --extra postgres -o requirements.lock
	$(COMPILE) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

locale:
	$(BABEL) -q extract -F pyproject.toml -k say -k rich:1 -k plural:1,2 -k N_ --ignore-dirs workspace --add-location file \
		--sort-by-file --no-wrap --project callsheet --copyright-holder "the Callsheet authors" -o .callsheet.pot bot handlers
	for language in zh_CN en; do \
		$(BABEL) -q update -D callsheet -i .callsheet.pot -d $(LOCALE) -l $$language --init-missing \
			--no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date || exit 1; \
	done
	rm .callsheet.pot
	$(PY) tools/english.py $(LOCALE)/en/LC_MESSAGES/callsheet.po
	$(BABEL) -q compile -D callsheet -d $(LOCALE)
	cd bot/workspace && $(BABEL) -q extract -F locale/babel.cfg -k N_ --no-location --sort-output -o ../../.workspace.pot .
	for language in zh_CN en; do \
		$(BABEL) -q update -D workspace -i .workspace.pot -d bot/workspace/locale -l $$language \
			--no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date || exit 1; \
	done
	rm .workspace.pot
	$(BABEL) -q compile -D workspace -d bot/workspace/locale

format:
	$(PY) -m ruff check --fix $(FOLDERS)
	$(PY) -m ruff format $(FOLDERS)

# The README's pictures, taken anew.
images:
	CALLSHEET_IMAGES=1 ./test tests/workspace/browser/test_evening.py
