# Two commands are all a newcomer needs: `make demo` and `make test`.

.PHONY: help demo test bench bench-store fuzz autobahn models lint format floor bootstrap clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

bootstrap:
	@scripts/bootstrap

demo: bootstrap ## Build and play the whole story on this machine; exits 0 only if every observation held
	swift build -c release --product kubeedge-topology
	"$$(swift build -c release --show-bin-path)/kubeedge-topology" demo

# With every trait, QUIC too. A build with other traits than the last compiles everything of this package anew: for work without
# ngtcp2 `swift build` and `swift test` are enough.
# Peers come from scripts/bootstrap; one that is missing fails the tests that need it.
# Tests run one after the other: many of them time real sockets and processes, and the machine may have two cores.
test: bootstrap lint ## Check the format, build everything and run all tests
	scripts/check-floor
	swift build --build-tests --enable-all-traits
	scripts/check-models
	PATH="$$PWD/.peers/usr/bin:$$PATH" EDGE_REQUIRE_PEERS=1 swift test --enable-all-traits --skip-build --no-parallel

bench: bootstrap ## Measure the hot message path and the link against baselines
	swift run -c release --package-path Benchmarks edge-bench
	swift run -c release --package-path Benchmarks/Transport edge-link-bench run

bench-store: bootstrap ## Measure edge-store against etcd, both started here; EDGE_ETCD, EDGE_ETCDLOAD and ARGS say otherwise
	swift build -c release --product edge-store
	@touch Benchmarks/Store/Package.swift # SwiftPM does not notice new files of the package that a package depends on.
	PATH="$$PWD/.peers/usr/bin:$$PATH" swift run -c release --package-path Benchmarks/Store store-bench \
	  --edge-store "$$(swift build -c release --show-bin-path)/edge-store" --dir .build \
	  --json .build/store-bench.json --markdown .build/store-bench.md --svg docs/store-bench.svg $(ARGS)

fuzz: bootstrap ## Fuzz each decoder for a minute with libFuzzer; FUZZ_SECONDS and FUZZ_TARGETS say otherwise
	scripts/fuzz $(or $(FUZZ_SECONDS),60) $(FUZZ_TARGETS)

autobahn: bootstrap ## Run the Autobahn test suite against our WebSocket server and client (needs Python 2.7)
	scripts/autobahn

models: ## Make the typed models and schema tables anew, after a file in Generator/Schemas has changed
	swift run edge-model-generator emit Generator/Schemas Sources

lint: ## Check the format
	swift format lint --strict -r Package.swift Sources Generator/Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources Benchmarks/Store/Package.swift Benchmarks/Store/Sources Benchmarks/Transport/Package.swift Benchmarks/Transport/Sources Fuzz/Package.swift Fuzz/Sources

format: ## Format the sources
	swift format -i -r Package.swift Sources Generator/Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources Benchmarks/Store/Package.swift Benchmarks/Store/Sources Benchmarks/Transport/Package.swift Benchmarks/Transport/Sources Fuzz/Package.swift Fuzz/Sources

floor: ## Build the pure floor alone: no NIO, no SQLite, no YAML
	scripts/check-floor

clean:
	rm -rf .build .build-floor Benchmarks/.build Benchmarks/Store/.build Benchmarks/Transport/.build Fuzz/.build
