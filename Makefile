# Two commands to know: `make up` runs the whole shop, `make test` proves it. The work is done in bin/, which serves
# machines without make as well. Settings: make up PORT=8123 SANDBOX_PORT=8124 DATA=/some/dir
.PHONY: up walkthrough test test-full check lock clean help
.DEFAULT_GOAL := help

help:
	@echo "make up         run the shop (PORT, SANDBOX_PORT, HOST, DATA, SHOP_ADMIN_PASSWORD)"
	@echo "make walkthrough  buy something in the running shop, step by step (DATA)"
	@echo "make test       run the tests (ARGS='tests/core -k name')"
	@echo "make test-full  the same with the long ones"
	@echo "make check      linters, types, floors, migrations, OpenAPI"
	@echo "make lock       rewrite the lock files from pyproject.toml"
	@echo "make clean      remove .venv and caches (never the data)"

up:
	@./bin/up

walkthrough:
	@./.venv/bin/python manage.py walkthrough $(ARGS)

test:
	@./bin/test $(ARGS)

test-full:
	@SHOP_TEST_FULL=1 ./bin/test $(ARGS)

check:
	@./bin/check

lock:
	@./bin/lock $(ARGS)

clean:
	@rm -rf .venv .setup.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
