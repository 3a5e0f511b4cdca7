# make run    builds the web faces and the server, starts the demo shop on port 8080
# make test   everything: format, lints, unit and integration tests, browser

CARGO ?= cargo
NPM   ?= npm
NOTED  = tests/noted.sh

# $(call step,WHAT,COMMAND): says what begins, and how long it took.
define step
@echo "==> $(1)"; begun=$$(date +%s); $(2) && echo "==> done in $$(($$(date +%s) - begun)) s: $(1)"
endef

.PHONY: run test web tools cluster-tools format lint unit cluster web-test browser checklist forget types clean
.DEFAULT_GOAL := run

run: web
	$(call step,building the server; the first time takes some minutes,$(CARGO) build --release)
	@echo "==> starting the demo shop"
	./target/release/xiaoer serve

web: web/node_modules/.installed
	$(call step,building shop page and widget and console,$(NPM) --prefix web run build)

web/node_modules/.installed: web/package-lock.json
	$(call step,installing what the web faces need,$(NPM) --prefix web ci --no-progress)
	@touch $@

# Chromium and Chinese fonts for the browser test, from Debian's packages, where they are missing.
tools:
	@if ! command -v chromium >/dev/null || ! fc-list 2>/dev/null | grep -qi 'noto.*cjk'; then \
	  echo "==> installing chromium and fonts-noto-cjk"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk fontconfig >/dev/null; \
	fi

format:
	$(call step,format,$(CARGO) fmt --check)

lint:
	$(call step,lints,$(CARGO) clippy --all-targets --quiet -- -D warnings)
	$(call step,documentation of the code,RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --quiet --lib)

unit:
	$(call step,unit and integration tests,$(NOTED) unit $(CARGO) test)

# PostgreSQL and NATS for the tests of several nodes, from Debian's packages, where they are missing.
HAS_CLUSTER = ls -d /usr/lib/postgresql/*/bin >/dev/null 2>&1 && command -v nats-server >/dev/null

cluster-tools:
	@if ! { $(HAS_CLUSTER); }; then \
	  echo "==> installing postgresql and nats-server"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql nats-server >/dev/null || true; \
	fi

# Whoever may not install packages still gets everything else, and is told what was left out.
cluster: cluster-tools
	@if $(HAS_CLUSTER); then \
	  echo "==> the same integration tests on PostgreSQL, with NATS between nodes"; \
	  $(NOTED) cluster tests/cluster.sh $(CARGO) test --test suite; \
	else \
	  echo "==> LEFT OUT: no PostgreSQL and NATS here; install postgresql and nats-server for the tests of several nodes"; \
	fi

web-test: web
	$(call step,types of the web faces,$(NPM) --prefix web run check)
	$(call step,unit tests of the web faces,$(NOTED) web $(NPM) --prefix web test -- --reporter=verbose)
	$(call step,size of the widget,$(NPM) --prefix web run size)

browser: tools web
	$(call step,building what the browser talks to,$(CARGO) build)
	$(call step,browser tests,$(NOTED) browser $(NPM) --prefix web run e2e)

# One build from nothing to the end: what the compiler keeps to build faster the next time would only fill the disk.
test: export CARGO_INCREMENTAL = 0
# Two suites and a dozen browser tests on a debug build: what the optimiser takes it gives back twice.
test: export CARGO_PROFILE_DEV_OPT_LEVEL = 1
test: forget format lint web-test unit cluster browser checklist

# How many lines of the checklist of trust hold: those whose tests have all run and passed.
checklist:
	@node web/scripts/checklist.mjs

forget:
	@rm -rf target/checklist

# Writes the TypeScript types that are generated from the Rust structs.
types:
	UPDATE_TYPES=1 $(CARGO) test --test suite types

# What was built and installed. The shop's data in data/ stays.
clean:
	$(CARGO) clean
	rm -rf web/node_modules web/dist
