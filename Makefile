# The front door. What needs more than a line is in packaging/ and tests/.

FUZZ_SECONDS ?= 30
VERSION := $(shell sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build | head -n 1)

# Objects built in one clone serve another: nothing but debug information names the folder.
export CCACHE_NOHASHDIR = 1

.PHONY: help deps build test torture torture-asan demo bench asan fuzz format lint packages packages-test image clean
.NOTPARALLEL:

help:
	@echo 'make deps    install the Debian packages that the build and the tests need'
	@echo 'make build   build everything in build/; the agent is build/agent/lookout'
	@echo 'make test    deps, build, then all unit and end-to-end tests'
	@echo 'make demo    deps, build what it takes, then an agent and a stand-in controller at work'
	@echo 'make bench   measure speed and memory, in build-release/; BENCH=ROW for one row of docs/performance.md'
	@echo 'make asan    the tests again under AddressSanitizer and UBSan, in build-asan/'
	@echo 'make torture faults, hostile peers and a long run at full length: half an hour; TORTURE=name for one of them'
	@echo 'make torture-asan   the same in short, and five minutes of the long run, under the sanitizers; TORTURE=name too'
	@echo 'make fuzz    each fuzz target for FUZZ_SECONDS ($(FUZZ_SECONDS)), in build-fuzz/'
	@echo 'make format  rewrite the sources in the project format'
	@echo 'make lint    check format, sizes, includes, cppcheck and clang-tidy'
	@echo 'make packages       build the .deb and the .rpm, in build-packages/'
	@echo 'make packages-test  the packages again: the same bits, lint, install, upgrade, remove'
	@echo 'make image          build the container image lookout:VERSION on the local engine'
	@echo 'make clean   remove the build directories'

deps:
	@packaging/deps.sh

build:
	@packaging/configure.sh build
	ninja -C build

test: deps build
	@tests/run build

demo: deps
	@packaging/configure.sh build
	ninja -C build agent/lookout tests/devhub/devhub
	@tests/devhub/demo.sh

bench:
	@packaging/deps.sh build-deps.txt bench-deps.txt
	@packaging/configure.sh build
	ninja -C build tests/devhub/devhub tests/bench/bench_engine tests/bench/bench_client tests/bench/bench_relay tests/bench/bench_twin
	@packaging/configure.sh build-release
	ninja -C build-release agent/lookout
	@tests/bench/run.py build-release $(BENCH)

torture: deps
	@packaging/configure.sh build
	ninja -C build
	@packaging/configure.sh build-release
	ninja -C build-release agent/lookout
	@TORTURE_FULL=1 SOAK_AGENT=$(CURDIR)/build-release/agent/lookout \
	  tests/run build $(if $(TORTURE),'torture $(TORTURE)',--suite torture)

asan:
	@packaging/configure.sh build-asan
	ninja -C build-asan
	@tests/run build-asan --no-suite torture

torture-asan: deps
	@packaging/configure.sh build-asan
	ninja -C build-asan
	@$(if $(TORTURE),,tests/run build-asan --suite torture)
	@TORTURE_FULL=1 tests/run build-asan 'torture $(or $(TORTURE),soak)'

fuzz:
	@packaging/configure.sh build-fuzz
	ninja -C build-fuzz fuzzers
	@tests/fuzz/run build-fuzz $(FUZZ_SECONDS)

format:
	@packaging/lint.sh format

lint:
	@packaging/lint.sh check

packages:
	@packaging/build_deb.sh build-packages
	@packaging/build_rpm.sh build-packages

packages-test: deps
	@tests/packaging/run_slow

image: deps
	@packaging/configure.sh build
	ninja -C build agent/lookout
	@packaging/container/build_image.sh build/agent/lookout lookout:$(VERSION)

clean:
	rm -rf build build-release build-asan build-fuzz build-lint build-packages
