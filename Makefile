# The front door: GNU make over meson and ninja. `make help` lists the targets.
PREFIX ?= /usr/local
DESTDIR ?=
# Jobs for compiling and testing; empty: as many as there are processors.
JOBS ?=
NINJA = ninja $(if $(JOBS),-j$(JOBS))
SEED ?= 1

RELEASE = build/release
# In a variable, for a comma would end the argument of $(call).
ASAN_UBSAN := address,undefined

# The output of a build step is shown when it fails.
quietly = $(2) >build/$(1).log 2>&1 || { cat build/$(1).log; exit 1; }
compile = echo "Building build/$(1)" && $(call quietly,$(1),$(NINJA) -C build/$(1))

.PHONY: all help demo test test-all bench san fuzz install clean dist check-deps release-ninja
.DEFAULT_GOAL := all

## all: build the release; the program is build/cordon
all: check-deps release-ninja

check-deps:
	@tools/install-deps --check build || { \
	    echo "Install them with: tools/install-deps build   (or let \`make demo\` do it)" >&2; exit 1; }

release-ninja: $(RELEASE)/build.ninja
	@$(call compile,release)
	@ln -sfn release/cordon build/cordon

$(RELEASE)/build.ninja:
	@$(call quietly,release,meson setup $(RELEASE) --buildtype=release --prefix=$(abspath $(PREFIX)))

build/san/build.ninja:
	@$(call quietly,san,meson setup build/san --buildtype=debugoptimized -Db_sanitize=$(ASAN_UBSAN) -Dtests=enabled)

build/tsan/build.ninja:
	@$(call quietly,tsan,meson setup build/tsan --buildtype=debugoptimized -Db_sanitize=thread -Dtests=enabled)

build/fuzz/build.ninja:
	@$(call quietly,fuzz,CC=clang meson setup build/fuzz --buildtype=debugoptimized -Db_sanitize=$(ASAN_UBSAN) -Dfuzz=true)

$(RELEASE)/build.ninja build/san/build.ninja build/tsan/build.ninja build/fuzz/build.ninja: | build

build:
	@mkdir -p $@

## help: list the targets
help:
	@sed -n 's/^## \([a-z-]*\): /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS="$$(printf '\t')" read -r t what; do \
	    printf 'make %-10s %s\n' "$$t" "$$what"; done
	@echo
	@echo "Variables: PREFIX ($(PREFIX)), DESTDIR, JOBS, FUZZ_SECONDS ($(FUZZ_SECONDS)), SEED ($(SEED))"

## demo: install what is missing, build, and run the main job on bundled evidence
demo:
	@tools/install-deps build
	@$(MAKE) --no-print-directory release-ninja
	@tools/demo build/cordon build/demo $(SEED)

# The release as it ships, all of it again under AddressSanitizer and UBSan, the threaded tests under ThreadSanitizer.
## test: install what is missing, build, and run all tests but the long ones
test: SUITES = quick,slow
test: test-run

## test-all: the same with the long tests
test-all: SUITES = quick,slow,long
test-all: test-run

.PHONY: test-run
test-run:
	@tools/install-deps test
	@$(MAKE) --no-print-directory release-tests san-tests tsan-tests
	@tools/run-tests $(if $(JOBS),-j $(JOBS)) release=$(RELEASE):$(SUITES) san=build/san:$(SUITES) tsan=build/tsan:threads

.PHONY: release-tests san-tests tsan-tests
# A release folder made before cmocka was there has no tests: look again.
release-tests: $(RELEASE)/build.ninja
	@meson configure $(RELEASE) -Dtests=enabled >/dev/null
	@$(MAKE) --no-print-directory release-ninja
san-tests: build/san/build.ninja
	@$(call compile,san)
tsan-tests: build/tsan/build.ninja
	@$(call compile,tsan)

## san: run the tests under AddressSanitizer and UBSan alone
san:
	@tools/install-deps test
	@$(MAKE) --no-print-directory san-tests
	@tools/run-tests $(if $(JOBS),-j $(JOBS)) san=build/san:quick,slow

## bench: measure reading and matching, and print the table
bench:
	@tools/install-deps bench
	@$(MAKE) --no-print-directory release-ninja
	@bench/run build/cordon

FUZZ_SECONDS ?= 60
## fuzz: fuzz each target for FUZZ_SECONDS with clang's libFuzzer
fuzz:
	@tools/install-deps fuzz
	@$(MAKE) --no-print-directory build/fuzz/build.ninja
	@$(call compile,fuzz)
	@tools/run-fuzz build/fuzz $(FUZZ_SECONDS)

## install: install program, man pages, completion and rules below PREFIX (DESTDIR is honoured)
install: all
	@meson configure $(RELEASE) --prefix=$(abspath $(PREFIX)) >/dev/null
	@$(call compile,release)
	@DESTDIR="$(DESTDIR)" meson install -C $(RELEASE) --no-rebuild --quiet
	@echo "Installed below $(DESTDIR)$(abspath $(PREFIX))"

## dist: make a source archive of the last commit in build/
dist: | build
	@v=$$(sed -n "s/^  version: '\(.*\)',$$/\1/p" meson.build) && \
	    git archive --format=tar.gz --prefix=cordon-$$v/ -o build/cordon-$$v.tar.gz HEAD && echo build/cordon-$$v.tar.gz

## clean: remove build/
clean:
	@rm -rf build
