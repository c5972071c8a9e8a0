# Quartet. `make help` says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check lint format bench stop clean setup build release

export DEBIAN_FRONTEND ?= noninteractive

# Extra words for swift build and swift test, such as `make test SWIFT_FLAGS="-j 2"`.
SWIFT_FLAGS ?=
# Words handed to `quartet up`, such as `make run UP_FLAGS="--config live.yaml"`.
UP_FLAGS ?=

# A real exchange for one run, such as `make run VENUE=binance`, with databases of its own: binance, binance_usdm, bybit,
# bybit_linear or mexc.
VENUE ?=
ifneq ($(VENUE),)
export QUARTET_FEED_SOURCE ?= live
export QUARTET_FEED_VENUE := $(VENUE)
export QUARTET_DATA_DIRECTORY ?= .run/$(VENUE)
endif

# Where no model key is set, `make run` lets the simulated model answer the agent, on paper (agent.simulated).

# Without the symbol table a program is a quarter of the size; crash traces come from the debug build.
# lld has nothing to say about Foundation, of which the default linker complains once a program.
RELEASE := swift build -c release --static-swift-stdlib -Xswiftc -use-ld=lld -Xlinker -s $(SWIFT_FLAGS)
# An import that Package.swift does not declare compiles or not, as the order of the build has it: refused at once.
DEBUG := swift build --explicit-target-dependency-import-check error $(SWIFT_FLAGS)

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up, build and trade on paper at an exchange in a box; Ctrl-C stops everything in order
	@scripts/setup.sh run
	@$(RELEASE)
	@[ ! -f .build/lightweight-charts.js ] || \
	    export QUARTET_DASHBOARD_CHARTS_FILE="$${QUARTET_DASHBOARD_CHARTS_FILE-$(CURDIR)/.build/lightweight-charts.js}"; \
	QUARTET_AGENT_SIMULATED=$${QUARTET_AGENT_SIMULATED:-true} exec .build/release/quartet up --foreground $(UP_FLAGS)

test: ## Set up, build and run every test, those with the real processes included
	@scripts/setup.sh test
	@$(DEBUG) --build-tests
	@scripts/test.sh $(SWIFT_FLAGS)

check: lint test ## The format and everything that `make test` proves (warnings are errors in every build)

lint: ## Check the format of all sources
	@swift format lint --strict --parallel --recursive Package.swift Sources Tests

format: ## Bring all sources into the format
	@swift format --in-place --parallel --recursive Package.swift Sources Tests

bench: ## Run the benchmarks beside C programs that do the same
	@scripts/setup.sh bench
	@$(RELEASE)
	@for script in Benchmarks/*/run.sh; do echo "== $$script"; bash "$$script"; done

stop: ## Stop what `make run` or `quartet up` started
	@for dir in release debug; do \
	    if [ -x ".build/$$dir/quartet" ]; then exec ".build/$$dir/quartet" down; fi; \
	done; echo "nothing is built, so nothing runs"

release: ## Set up and build the optimised programs into .build/release
	@scripts/setup.sh run
	@$(RELEASE)

clean: ## Remove what was built; databases and logs stay
	@rm -rf .build
