# Everything a person types here. On a machine with Rust, Node and make, `make run` and `make test`
# need nothing else: what is missing is installed, or named in one sentence.

.DEFAULT_GOAL := run
.PHONY: run evening web test check bench screening-report dist dev pictures fmt clean help

EVENING := examples/evening.filo
REHEARSAL := target/rehearsal
PORT := 8080
WATCHED := $(wildcard Cargo.toml Cargo.lock src loadtest/src loadtest/Cargo.toml web/src examples)

# The pages, as they are built into the program. What the server draws alone (src/http) uses the same
# classes, and decides with the pages which of them are kept.
PAGES := web/dist/manifest.json
PAGES_FROM := $(shell find web/src src/http -type f) $(wildcard web/package.json web/*.config.* web/tsconfig.json)
INSTALLED := web/node_modules/.package-lock.json

run: $(PAGES) ## Start a rehearsal with a simulated crowd, and a link for each role (the default; PHONE=1 for phones in your network, PORT=8080, WITH='--staff --pace 3')
	@if [ ! -x target/release/filodiretto ]; then \
	  echo "Building the server. The first time this takes some minutes; later, seconds."; fi
	@cargo build --release --locked --bin filodiretto
	@exec target/release/filodiretto rehearse --listen 127.0.0.1:$(PORT) --data $(REHEARSAL) $(if $(PHONE),--phone) $(WITH)

web: $(PAGES) ## Build the pages (the parts that need Node); `run`, `test` and `check` do it when it is due

$(INSTALLED): web/package-lock.json
	@.ci/tools pages
	@echo "Fetching what the pages are built with."
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGES): $(INSTALLED) $(PAGES_FROM)
	@echo "Building the pages."
	@cd web && npm run --silent build
	@touch $@

evening: ## Play a short evening from a script and print what everybody sees
	@cargo build --release --locked --bin filodiretto
	@rm -rf $(REHEARSAL)-script
	@echo "Playing $(EVENING); its journal is kept in $(REHEARSAL)-script."
	@echo
	@target/release/filodiretto play $(EVENING) --data $(REHEARSAL)-script

test: ## Run everything the continuous integration runs (DATA=DIR: real texts for the tests)
	@.ci/test

check: ## While working: format, lints, fast tests; three minutes at most once dependencies are built
	@echo "format"
	@cargo fmt --all -- --check
	@echo "pages: types, tests, build"
	@$(MAKE) --no-print-directory $(PAGES)
	@cd web && npm test --silent
	@echo "lints (the first time this builds the dependencies, which takes some minutes)"
	@cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	@echo "fast tests"
	@if cargo nextest --version >/dev/null 2>&1; \
	  then cargo nextest run --workspace --locked --cargo-quiet --profile fast; \
	  else cargo test --workspace --locked --quiet --lib --bins --tests; fi

bench: $(PAGES) ## Measure: a table, and one JSON object a line in target/bench.jsonl (QUICK=1: a short run; UPDATES=50000: the page's memory after so many)
	@echo "Building server and load generator in release mode. The first time this takes some minutes."
	@cargo build --release --locked --bin filodiretto
	@cargo build --release --locked --package loadtest
	@QUICK="$(QUICK)" FILODIRETTO_BIN=target/release/filodiretto target/release/loadtest bench
	@QUICK="$(QUICK)" UPDATES="$(UPDATES)" FILODIRETTO_BIN=target/release/filodiretto node tests/browser/bench.mjs

screening-report: $(PAGES) ## Measure what screening finds and misses, on the texts in DATA=DIR (../shared/data): a table, and target/screening.jsonl (EXAMPLES=5)
	@echo "Building the load generator in release mode. The first time this takes some minutes."
	@cargo build --release --locked --quiet --package loadtest
	@DATA="$(or $(DATA),../shared/data)" EXAMPLES="$(or $(EXAMPLES),5)" target/release/loadtest screening

dist: $(PAGES) ## Build what a city installs: a static program and a Debian package, in target/dist
	@.dist/make

dev: ## Play the evening again, in a debug build, whenever a file changes (Ctrl-C ends it)
	@mkdir -p target
	@echo "The first build takes some minutes. Ctrl-C ends."
	@while :; do \
	  touch target/.dev; rm -rf $(REHEARSAL)-dev; \
	  cargo run --locked --bin filodiretto -- play $(EVENING) --data $(REHEARSAL)-dev || true; \
	  echo; echo "Waiting for a change in: $(WATCHED)"; \
	  until [ -n "$$(find $(WATCHED) -type f -newer target/.dev | head -n 1)" ]; do sleep 1; done; \
	done

pictures: $(PAGES) ## Take the pictures of each page that README shows, from a seeded rehearsal
	@.ci/tools pages
	@cargo build --locked --bin filodiretto
	@rm -rf docs/pictures
	@node tests/browser/pictures.mjs

fmt: ## Format all code
	@cargo fmt --all

clean: ## Remove everything that was built, measured or played
	@cargo clean
	@rm -rf web/dist web/node_modules

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile
