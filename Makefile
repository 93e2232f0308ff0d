# make demo    build everything and show the product with its sample estate
# make test    run every test: Rust, web, real clients, browser
# make check   what continuous integration runs: formatting, lints, licences, tests
# make bench   criterion benches; benches/ has the side-by-side runs with peers
# make bench-graph DATA=FOLDER   the eight questions over the folder's nodes.bin and edges.bin, a JSON line each
# make tck     openCypher scenarios: make tck TCK=FOLDER OF FEATURES
# make fuzz    a minute on every fuzz target (needs a nightly toolchain and cargo-fuzz)

CARGO ?= cargo
NPM ?= npm
PYTHON ?= python3
TARGET := $(shell $(CARGO) metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
SHELL := /bin/sh

.PHONY: demo build web test test-rust test-web test-clients test-bom test-browser check format lint licences bench bench-graph tck fuzz

demo: web
	$(CARGO) build --release --bin picket
	$(TARGET)/release/picket demo

build: web
	$(CARGO) build --release --bin picket

# The web application; the Rust part builds without it and then says so.
web: web/dist/index.html

web/dist/index.html: web/package-lock.json web/index.html web/vite.config.ts $(shell find web/src web/public -type f 2>/dev/null)
	cd web && $(NPM) ci --no-audit --no-fund && $(NPM) run build
	@touch $@

test: test-rust test-web test-clients test-bom test-browser

# Documentation examples are tests too; nextest leaves them out.
test-rust:
	@if $(CARGO) nextest --version >/dev/null 2>&1; \
	then $(CARGO) nextest run --workspace --no-fail-fast; \
	else $(CARGO) test --workspace --all-targets --no-fail-fast; fi
	$(CARGO) test --workspace --doc

test-web: web
	cd web && $(NPM) run test

# Official SDKs and the attack script through a running gateway.
test-clients:
	$(CARGO) build --bin picket
	PYTHON=$(PYTHON) tests/clients.sh $(TARGET)/debug/picket

# Bills of materials under the official validators.
test-bom:
	$(CARGO) build --bin picket
	PYTHON=$(PYTHON) tests/bom.sh $(TARGET)/debug/picket

test-browser: web
	$(CARGO) build --bin picket
	tests/browser.sh $(TARGET)/debug/picket

check: format lint licences test

format:
	$(CARGO) fmt --all --check

lint: web
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	cd web && $(NPM) run lint && $(NPM) run typecheck

# Licences are also held by a test (crates/picket/tests/house.rs), so that this needs no installation;
# advisories need their database, which not every network reaches.
licences:
	@if $(CARGO) deny --version >/dev/null 2>&1; \
	then $(CARGO) deny check licenses bans sources && { $(CARGO) deny check advisories || echo "advisories: database not reached or findings above"; }; \
	else echo "cargo-deny is not installed: licences are checked by the test suite, advisories are SKIPPED (cargo install cargo-deny)"; fi

bench:
	$(CARGO) bench --workspace

bench-graph:
	@test -n "$(DATA)" || { echo "which folder? make bench-graph DATA=FOLDER" >&2; exit 2; }
	@$(CARGO) run --quiet --release -p picket-graph --example bench -- "$(DATA)"

# Passed, failed and unsupported by folder; fails where a supported scenario does.
tck:
	@test -d "$(TCK)" || { echo "make tck TCK=FOLDER, the folder with the feature files"; exit 2; }
	TCK=$(abspath $(TCK)) $(CARGO) test -q -p picket-graph --test tck scenarios_of_a_folder -- --nocapture

fuzz:
	cd fuzz && for target in $$($(CARGO) fuzz list); do $(CARGO) +nightly fuzz run $$target -- -max_total_time=60 || exit 1; done
