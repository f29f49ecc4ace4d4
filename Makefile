# Short names for what meson, ninja and tools/ do.  "make help" lists them.

BUILD = build
# What is installed looks for its modules where they are installed.
RELEASE = $(BUILD)-release
ASAN = $(BUILD)-asan
UBSAN = $(BUILD)-ubsan
ANALYZE = $(BUILD)-analyze
COVER = $(BUILD)-cover
# Per cent of lines that the tests must reach.
FLOOR = 75
PYTEST = /usr/bin/python3 -m pytest -q -n 4 -p no:cacheprovider
# A delivery ends with its process, and frees nothing before.
SANITIZED = ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1

.PHONY: all help check plays asan ubsan analyze cover format check-format \
	man rfc bench bench-daned install deb dist clean

all: ## compile everything into build/
	@tools/build $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 16

check: all ## unit tests, corpus, plays, and the checks of the sources
	@tools/check
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs
	@$(PYTEST) tests --ignore tests/interop --ignore tests/whole \
		--ignore tests/dane

plays: all ## only the plays
	@$(PYTEST) tests/test_plays.py

asan: ## unit tests and plays with AddressSanitizer
	@tools/build $(ASAN) -Db_sanitize=address
	@meson test -C $(ASAN) --no-rebuild --print-errorlogs
	@$(SANITIZED) QREMOTE_BUILD=$(ASAN) $(PYTEST) tests/test_plays.py

ubsan: ## the same with UndefinedBehaviorSanitizer
	@tools/build $(UBSAN) -Db_sanitize=undefined
	@meson test -C $(UBSAN) --no-rebuild --print-errorlogs
	@$(SANITIZED) QREMOTE_BUILD=$(UBSAN) $(PYTEST) tests/test_plays.py

analyze: all ## gcc -fanalyzer, clang-tidy, cppcheck
	@tools/setup analyze
	@tools/analyze $(BUILD) $(ANALYZE)

cover: ## line coverage; fails below the floor
	@tools/setup analyze
	@tools/build $(COVER) -Db_coverage=true
	@meson test -C $(COVER) --no-rebuild --print-errorlogs
	@# Tests of limits may fail: what measures opens and writes files, too.
	@QREMOTE_BUILD=$(COVER) $(PYTEST) tests --ignore tests/interop || :
	@gcovr --root . --filter src/ --exclude '.*_(test|fuzz)\.c' \
		--exclude 'src/base/(check|fuzz)\.h' \
		--fail-under-line $(FLOOR) $(COVER)

format: ## lets clang-format have its way
	clang-format-14 -i $$(find src tests -name '*.[ch]')

check-format: ## only looks
	@tools/check-format

man: ## manual pages: mandoc, and every setting has its entry
	@tools/check-manual

rfc: ## which function does what which section of which RFC asks for
	@tools/rfc

bench: all ## what a delivery costs, beside what it may
	@QREMOTE_BUILD=$(BUILD) tests/bench/bench

bench-daned: all ## an hour of questions for qmail-daned; takes three minutes
	@QREMOTE_BUILD=$(BUILD) tests/bench/daned

install: ## into /usr/local, or the prefix that build-release was given
	@test -f $(RELEASE)/build.ninja || \
	    meson setup $(RELEASE) --buildtype=release >/dev/null
	@ninja -C $(RELEASE) >/dev/null
	@meson install -C $(RELEASE) --no-rebuild

deb: ## a Debian package, in build-deb/
	@tools/setup build test
	@tools/deb $(BUILD)-deb

dist: all ## a tar of what is committed
	@meson dist -C $(BUILD) --no-tests

clean: ## removes every build folder
	rm -rf $(BUILD) $(RELEASE) $(ASAN) $(UBSAN) $(ANALYZE) $(COVER) \
		$(BUILD)-deb
