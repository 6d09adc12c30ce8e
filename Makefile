# What a new machine needs, the build, the tests, the installation. Everything is named in `make help`.

PREFIX ?= /usr/local
SWIFT ?= swift
# The text sets beside the checkout that some checks need; they are skipped, and say so, where there are none.
SHARED ?= $(abspath ../shared)
# The model that is installed with the binary, where there is one.
MODEL ?= Sources/CommandLine/Model
# Which random steps check-model takes.
MODEL_SEED ?= 1
# How long a fuzzer runs.
FUZZ_SECONDS ?= 300

# Debian's packages: what the build and the installation need, and what the tests need besides.
BUILD_PACKAGES = libzstd-dev zlib1g-dev libxxhash-dev libsimdjson-dev libdnnl-dev libsqlite3-dev pkg-config binutils
TEST_PACKAGES = zstd gzip bzip2 unicode-data python3

# The Swift runtime goes into the binary, so that it runs where there is no toolchain. The assertions of C libraries
# name their files from the checkout on, and not where that lies.
RELEASE = -c release --static-swift-stdlib -Xcc '-ffile-prefix-map=$(CURDIR)/='
BINARY = $(shell $(SWIFT) build $(RELEASE) --show-bin-path)/dedup

.PHONY: stage-table help build sample test lint unit-tests sanitize-address sanitize-thread fuzz-safetensors \
	fuzz-tokenizer check-reference check-shared check-model bench check-bench check-links check-examples docs install \
	uninstall check-install build-packages test-packages clean

help:
	@echo 'make sample            installs what is missing, builds, removes the duplicates of SampleCorpus'
	@echo 'make test              installs what is missing, checks format and layers, builds, runs the tests'
	@echo 'make install           installs binary, model, shell completions and manual page to PREFIX (now $(PREFIX))'
	@echo 'make uninstall         removes them'
	@echo 'make stage-table       writes docs/stages.md anew, from the declarations of the stages'
	@echo 'make check-install     installs elsewhere, and looks whether all works there'
	@echo 'make build             the release binary'
	@echo 'make sanitize-address  the tests under the address sanitizer'
	@echo 'make sanitize-thread   the tests under the thread sanitizer'
	@echo 'make fuzz-safetensors  random models for FUZZ_SECONDS (now $(FUZZ_SECONDS)); findings land in .build/fuzz'
	@echo 'make fuzz-tokenizer    random tokenizer.json for FUZZ_SECONDS'
	@echo 'make check-reference   runs over small corpora, held against a slow definition of duplicates in Python'
	@echo 'make check-shared      runs over the text sets in SHARED (now $(SHARED)), held against the reference'
	@echo 'make check-model       1,000 random steps, held against batch runs; MODEL_SEED (now $(MODEL_SEED)) chooses them'
	@echo 'make check-links       looks whether links between the documents lead somewhere'
	@echo 'make check-examples    builds the programs in Examples, runs them, and compares what they print'
	@echo 'make docs              the documentation of the library, as a site in .build/docs-site'
	@echo 'make bench             what each step of a run costs, as a table; BENCH (now $(BENCH)) names the program'
	@echo 'make check-bench       builds all that measures, and runs it once'
	@echo 'make clean             removes what was built'

sample: build
	"$(BINARY)" run SampleCorpus --out .build/sample-clean

build: build-packages
	$(SWIFT) build $(RELEASE) --product dedup

test: build-packages test-packages lint unit-tests

lint:
	$(SWIFT) format lint --strict -r Sources Tests Benchmarks Examples Package.swift
	Tests/check-layers.py
	Tests/check-links.py

# Warnings are errors here; Package.swift looks at the variable.
unit-tests: export DEDUP_STRICT = 1
unit-tests:
	$(SWIFT) build --build-tests
	Tests/check-leftovers.sh $(SWIFT) test --skip-build
	@for isa in AVX2 AVX512_CORE; do \
		echo "the encoder and its training as on a processor with $$isa"; \
		DNNL_MAX_CPU_ISA=$$isa $(SWIFT) test --skip-build --filter 'DeBERTaTests|TrainingTests' || exit 1; \
	done

stage-table: build-packages
	DEDUP_WRITE_DOCS=1 $(SWIFT) test --filter theTableOfTheStagesIsCurrent

sanitize-address: build-packages test-packages
	DEDUP_SANITIZER=address ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --sanitize=address --scratch-path .build/address

# One test after the other: under this sanitizer, tests that run at the same time exceed their time limits.
sanitize-thread: build-packages test-packages
	DEDUP_SANITIZER=thread $(SWIFT) test --no-parallel --sanitize=thread --scratch-path .build/thread

# The compiler takes one list of sanitizers only: the builder's own option would leave Swift code without one of them.
FUZZ = DEDUP_FUZZ=1 $(SWIFT) build -c release --scratch-path .build/fuzz --sanitize=fuzzer \
	-Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=address -Xcxx -fsanitize=address

fuzz-safetensors: build-packages
	$(FUZZ) --product safetensors-fuzz
	mkdir -p .build/fuzz/safetensors
	cp Tests/Fuzz/safetensors-seeds/* .build/fuzz/safetensors
	for file in Tests/DeBERTaTests/Fixtures/*/config.json Tests/DeBERTaTests/Fixtures/*/*.safetensors; do \
		cp "$$file" .build/fuzz/safetensors/$$(echo "$$file" | cksum | cut -d' ' -f1); done
	ASAN_OPTIONS=detect_leaks=0 "$$($(FUZZ) --show-bin-path)/safetensors-fuzz" -dict=Tests/Fuzz/safetensors.dict \
		-max_len=6000 -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=.build/fuzz/ .build/fuzz/safetensors

fuzz-tokenizer: build-packages
	$(FUZZ) --product tokenizer-fuzz
	mkdir -p .build/fuzz/tokenizer
	cp Tests/Fuzz/tokenizer-seeds/* .build/fuzz/tokenizer
	for file in Tests/TokenizersTests/Fixtures/*/tokenizer.json; do \
		cp "$$file" .build/fuzz/tokenizer/$$(echo "$$file" | cksum | cut -d' ' -f1); done
	ASAN_OPTIONS=detect_leaks=0 "$$($(FUZZ) --show-bin-path)/tokenizer-fuzz" -dict=Tests/Fuzz/tokenizer.dict \
		-max_len=16000 -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=.build/fuzz/ .build/fuzz/tokenizer

check-reference: build test-packages
	DEDUP="$(BINARY)" Tests/Reference/test_reference.py
	Tests/Reference/check_runs.py --dedup "$(BINARY)"

check-shared: build test-packages
	SHARED="$(SHARED)" DEDUP="$(BINARY)" Tests/check-shared.sh

check-model: build test-packages
	Tests/model_test.py --dedup "$(BINARY)" --steps 1000 --seed $(MODEL_SEED)

check-links:
	Tests/check-links.py

# A package of its own, as those that use the library: it builds the modules once more.
check-examples: build-packages
	Examples/check.sh

# The plugin is a dependency of the documentation alone; Package.swift looks at the variable.
docs: build-packages
	mkdir -p .build/docs-site
	DEDUP_DOCS=1 $(SWIFT) package --scratch-path .build/docs --allow-writing-to-directory .build/docs-site \
		generate-documentation --target Dedup --warnings-as-errors --output-path .build/docs-site

# A build of its own, which takes minutes, so that it is no part of `make test`: CCounts replaces functions of the Swift
# runtime, which therefore has to be a library, and not a part of the binary.
BENCHMARKS = -c release --scratch-path .build/bench
# The program that `make bench` runs, and its arguments.
BENCH ?= dedup-bench
ARGUMENTS ?=

bench check-bench: export DEDUP_BENCHMARKS = 1

bench: build-packages
	$(SWIFT) run $(BENCHMARKS) $(BENCH) $(ARGUMENTS)

check-bench: build-packages
	for bench in dedup-bench index-bench training-bench tokenizer-bench; do \
		$(SWIFT) build $(BENCHMARKS) --product $$bench || exit 1; \
	done
	$(SWIFT) run --skip-build $(BENCHMARKS) dedup-bench --rounds 1 --megabytes 0

# Where Debian's bash-completion, zsh, fish and man-db look for what is not their own.
SHARE = $(DESTDIR)$(PREFIX)/share
BASH_COMPLETION = $(SHARE)/bash-completion/completions/dedup
ZSH_COMPLETION = $(SHARE)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)/_dedup
FISH_COMPLETION = $(SHARE)/fish/vendor_completions.d/dedup.fish
MANUAL_PAGE = $(SHARE)/man/man1/dedup.1
MANUAL_DATE = $(shell git log -1 --format=%cs 2>/dev/null || date +%F)

# The binary writes the completion scripts. A tool of swift-argument-parser writes the manual page, in which two things
# are mended: roff would take an apostrophe at the start of a line for a macro, and empty lines are paragraphs.
install: build
	$(SWIFT) build $(RELEASE) --product generate-manual
	mkdir -p .build/install
	for shell in bash zsh fish; do "$(BINARY)" --generate-completion-script $$shell >.build/install/$$shell || exit 1; done
	"$(dir $(BINARY))generate-manual" "$(BINARY)" --date "$(MANUAL_DATE)" --output-directory .build/install
	sed -i -e "s/^'/\\\\\&'/" -e 's/^$$/.Pp/' .build/install/dedup.1
	install -D -s -m 755 "$(BINARY)" "$(DESTDIR)$(PREFIX)/bin/dedup"
	install -D -m 644 .build/install/bash "$(BASH_COMPLETION)"
	install -D -m 644 .build/install/zsh "$(ZSH_COMPLETION)"
	install -D -m 644 .build/install/fish "$(FISH_COMPLETION)"
	install -D -m 644 .build/install/dedup.1 "$(MANUAL_PAGE)"
	install -d "$(SHARE)/dedup/pipelines"
	install -m 644 Pipelines/*.yaml "$(SHARE)/dedup/pipelines"
	rm -rf "$(SHARE)/dedup/model"
	if [ -d "$(MODEL)" ]; then \
		install -d "$(SHARE)/dedup/model" && \
		install -m 644 "$(MODEL)"/* "$(SHARE)/dedup/model"; \
	fi

uninstall:
	rm -rf "$(SHARE)/dedup"
	rm -f "$(DESTDIR)$(PREFIX)/bin/dedup" \
		"$(BASH_COMPLETION)" "$(ZSH_COMPLETION)" "$(FISH_COMPLETION)" "$(MANUAL_PAGE)"

check-install: build
	MAKE="$(MAKE)" Tests/check-install.sh

clean:
	rm -rf .build

# Installs the packages that are missing, if any are.
define install_packages
@missing=$$(for p in $(1); do dpkg -s $$p 2>/dev/null | grep -q '^Status: install ok' || echo $$p; done); \
if [ -n "$$missing" ]; then \
	if [ "$$(id -u)" = 0 ]; then as=; else as=sudo; fi; \
	echo "installing" $$missing; \
	$$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
fi
endef

build-packages:
	$(call install_packages,$(BUILD_PACKAGES))

test-packages:
	$(call install_packages,$(TEST_PACKAGES))
