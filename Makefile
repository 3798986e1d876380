# One short target per thing a person does. `make help` lists them.

CARGO ?= cargo
BUILD ?= build
JOBS  ?= $(shell nproc 2>/dev/null || echo 2)
SECONDS ?= 10
MINUTES ?= 30

CTEST = ctest --output-on-failure -j $(JOBS)
NEED  = @scripts/need.sh

# What CMake builds shares what cargo builds with what make builds.
SHARED = -DATOMIC_LOG_CARGO_TARGET_DIR="$(CURDIR)/target/c"

.DEFAULT_GOAL := help
.PHONY: help demo docs html portability peek test deep check rust c-test tsan asan checked valgrind abi abi-update loom loom-mutants fuzz instructions bench bench-report header lib lint doc clean matrix

help: ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */|/' | awk -F'|' '{printf "  make %-18s %s\n", $$1, $$2}'

demo: lib ## watch this machine through three logs for SECONDS=10; a reader that stalls loses records and says so
	mkdir -p target/programs
	$(CC) -std=c11 -O2 -Iinclude examples-c/sysmon.c -Ltarget/lib -latomic_log -Wl,-rpath,$(CURDIR)/target/lib \
	  -lpthread -lm -o target/programs/sysmon
	target/programs/sysmon --seconds $(SECONDS) --stall-alarm 4000

HTML = target/docs/c

portability: ## compile the headers for Windows and aarch64, and the C headers for 32-bit x86
	scripts/portability.sh

.PHONY: windows
windows: ## build the library, the C and C++ tests, the examples and the Rust tests with MinGW, and run them in Wine
	$(NEED) cmake ninja python3 x86_64-w64-mingw32-gcc-posix x86_64-w64-mingw32-g++-posix wine
	scripts/windows.sh $(BUILD)/windows $(JOBS)

docs: html doc ## write the references of both headers (Doxygen) and of the crate as HTML; an undocumented part of the C header is an error
	@echo "$(HTML)/index.html and target/doc/atomic_log/index.html"

# First over the C header alone, where every word must be explained; see the file.
html:
	$(NEED) doxygen
	mkdir -p $(HTML)
	(cat docs/doxygen/Doxyfile; echo "EXCLUDE = include/atomic_log.hpp"; echo "HTML_OUTPUT = c-alone") | doxygen -
	rm -rf $(HTML) $(HTML)-alone
	(cat docs/doxygen/Doxyfile; echo "WARN_IF_UNDOCUMENTED = NO") | doxygen -

peek: lib ## read from Python, without any package, a log that a C thread writes in the same process
	$(NEED) python3
	mkdir -p target/programs
	$(CC) -std=c11 -O2 -shared -fPIC -Iinclude examples-py/host.c -Ltarget/lib -latomic_log -lpthread -lm -o target/programs/host.so
	python3 examples-py/peek.py target/lib/libatomic_log.so.0 target/programs/host.so

.PHONY: game game-test

game: lib ## show a simulation at 240 Hz and a renderer at 60 Hz in a window; Space stalls the renderer, Escape ends
	$(game_loop)
	target/programs/game_loop

game-test: lib ## run the game on the screen of an Xvfb, and check what it shows; leaves target/game/screen.png
	$(NEED) Xvfb python3
	$(game_loop)
	scripts/game-test.sh target/programs/game_loop target/game

define game_loop
	$(NEED) sdl2-config
	mkdir -p target/programs
	$(CC) -std=c11 -O2 -Iinclude examples-c/game_loop.c -Ltarget/lib -latomic_log -Wl,-rpath,$(CURDIR)/target/lib \
	  -lpthread -lm -DGAME_LOOP_WINDOW $$(sdl2-config --cflags --libs) -o target/programs/game_loop
endef

test: ## everything that must pass, in about 22 minutes; prints what each part took
	@MAKE="$(MAKE)" scripts/parts.sh check c-test game-test aarch64 tsan asan checked abi prove embed-test instructions installed \
	  docs peek loom loom-mutants shuttle-mutants "shuttle ITERATIONS=2000" "demo SECONDS=3" "mirror-test SHORT=1"
	@echo "All tests passed."

deep: test ## run make test and more: longer random programs, fuzzing, other compilers, coverage, Go, Zig, packages, fresh machines; hours, as root
	PROPTEST_CASES=1500 $(CARGO) test --release --quiet --test model
	@MAKE="$(MAKE)" scripts/parts.sh valgrind shuttle inline-mutants "fuzz SECONDS=60" matrix coverage recipe-test recorder-test mirror-test gdb-test portability \
	  platforms ffi-test go zig package-cross-test "fresh-test FRESH=demo"
	@echo "All deep tests passed."

check: lint rust doc ## check form, lints, documentation, Rust tests and the header's drift, in about a minute

lint:
	$(NEED) cargo cargo:fmt cargo:clippy clang-format
	find . \( -name build -o -name target -o -name '.?*' -o -name atomic_log.h -o -name atomic_log_nats.h \) -prune -o \
	  -type f \( -name '*.[ch]' -o -name '*.[ch]pp' \) -print | xargs build/tools/bin/clang-format --dry-run -Werror
	$(CARGO) fmt --check
	$(CARGO) clippy --quiet --workspace --all-targets -- -D warnings
	$(CARGO) clippy --quiet -p atomic-log-bench --features harness --all-targets -- -D warnings
	$(CARGO) clippy --quiet --no-default-features -- -D warnings
	$(CARGO) clippy --quiet --no-default-features --features alloc -- -D warnings
	$(CARGO) clippy --quiet --features checked -- -D warnings
	$(CARGO) fmt --manifest-path capi/Cargo.toml --check
	$(CARGO) clippy --quiet --manifest-path capi/Cargo.toml --target-dir target/c -- -D warnings
	$(CARGO) clippy --quiet --manifest-path capi/Cargo.toml --target-dir target/c --features prove -- -D warnings

rust:
	$(NEED) cargo cc python3
	$(CARGO) test --quiet

doc:
	$(NEED) cargo
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --quiet --no-deps --target-dir target

c-test: ## run the C and C++ tests and the examples against the release build
	$(call c_tests,release,)

tsan: ## run the C and C++ tests and the examples under ThreadSanitizer, Rust instrumented, without suppressions
	$(call c_tests,thread,-DATOMIC_LOG_SANITIZER=thread,cargo:sanitizers)

asan: ## run the C and C++ tests and the examples under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer
	$(call c_tests,address,-DATOMIC_LOG_SANITIZER=address,cargo:sanitizers)

# c_tests(name of the build, options, what else it needs)
define c_tests
	$(NEED) cargo cc c++ cmake ninja python3
	$(if $(3),$(NEED) $(3))
	cmake -S . -B $(BUILD)/$(1) -G Ninja -DCMAKE_BUILD_TYPE=Release $(SHARED) $(2) >/dev/null
	cmake --build $(BUILD)/$(1)
	$(CTEST) --test-dir $(BUILD)/$(1)
endef

.PHONY: recorder-test
recorder-test: lib ## write recordings, and read them with the crate mcap and with Python's mcap, mcap-ros2-support and rosbags
	scripts/recorder-test.sh

.PHONY: plot
plot: lib ## draw docs/images/recording.png from a recording of sysmon; the machine should be idle otherwise
	$(NEED) cc python3 python3:venv
	mkdir -p target/programs
	$(CC) -std=c11 -O2 -Iinclude examples-c/sysmon.c -Ltarget/lib -latomic_log -Wl,-rpath,$(CURDIR)/target/lib \
	  -lpthread -lm -o target/programs/sysmon
	python=$$(scripts/recordings-python.sh matplotlib) && \
	  "$$python" scripts/plot-recording.py target/programs/sysmon target/recording.mcap docs/images/recording.png

.PHONY: mirror-test mirror-bench mirror-demo mirror-header mirror-install mirror-uninstall
mirror-test: lib ## test mirror/, logs on other machines, with nats-servers of its own; SHORT=1 leaves out what waits
	$(NEED) cargo cc c++ cmake pkg-config python3 nats-server
	SHORT=$(SHORT) scripts/mirror-test.sh

mirror-bench: ## measure records per second and latency through a nats-server, beside a raw client; draws mirror/target/bench/mirror.svg
	$(NEED) cargo nats-server
	$(CARGO) bench --quiet --manifest-path mirror/Cargo.toml --bench mirror

mirror-demo: lib ## send this machine's state from one process to another through a nats-server, for SECONDS=10
	$(NEED) cargo cc python3 nats-server
	scripts/mirror-demo.sh $(SECONDS)

mirror-header: ## write mirror/include/atomic_log_nats.h from mirror/src/ffi
	$(NEED) cargo
	ATOMIC_LOG_WRITE_HEADER=1 $(CARGO) test --quiet --manifest-path mirror/Cargo.toml --test header

mirror-install: lib ## put the libraries and the header of mirror/ where `make install` put the core: the same PREFIX and DESTDIR
	$(NEED) cargo cc cmake
	scripts/mirror-lib.sh target/lib mirror/target/lib
	rm -f $(BUILD)/mirror-install/CMakeCache.txt # which would remember the options of the last time
	cmake -S mirror -B $(BUILD)/mirror-install -DCMAKE_INSTALL_PREFIX="$(PREFIX)" $(INSTALL_OPTIONS) >/dev/null
	DESTDIR="$(DESTDIR)" cmake --install $(BUILD)/mirror-install

mirror-uninstall: ## remove what the last `make mirror-install` put in, below the same DESTDIR
	DESTDIR="$(DESTDIR)" cmake -DMANIFEST=$(BUILD)/mirror-install/install_manifest.txt -P cmake/AtomicLogUninstall.cmake

.PHONY: platforms aarch64 armv7 riscv64 s390x musl links

platforms: aarch64 armv7 riscv64 s390x musl windows links ## run the C and C++ tests and the examples on other machines, by emulators: aarch64, armv7, riscv64, s390x, musl, windows, links; each is a target, too

aarch64 armv7 riscv64 s390x musl:
	scripts/platform.sh $@ $(BUILD) $(JOBS)

links: ## link a program with the library for Darwin, aarch64 Windows, 32-bit x86 and FreeBSD, without running it
	scripts/links.sh

checked: ## run the C and C++ tests and the examples against a build that reports misuse
	$(call c_tests,checked,-DATOMIC_LOG_CHECKED=ON)

valgrind: ## run every C test, stress program and example under memcheck
	$(NEED) cargo cc c++ cmake ninja python3 valgrind
	cmake -S . -B $(BUILD)/release -G Ninja -DCMAKE_BUILD_TYPE=Release $(SHARED) >/dev/null
	cmake --build $(BUILD)/release
	scripts/valgrind.sh $(BUILD)/release $(JOBS)

matrix: ## run all C tests with gcc and two clangs: plain, unoptimised, checked and with each sanitizer; prints a table
	scripts/matrix.sh $(BUILD) $(JOBS)

abi: ## compare the header and the library with the committed ABI, abi/atomic_log-0.abi
	$(NEED) cargo cc python3 abidw abidiff
	scripts/abi.py
	scripts/abi.py --prove

abi-update: ## write the committed ABI from the header; refuses changes that would break programs
	$(NEED) cargo cc python3 abidw abidiff
	scripts/abi.py --update

loom: ## search the models of the protocol
	$(NEED) cargo
	RUSTFLAGS="--cfg loom" $(CARGO) test --release --manifest-path models/Cargo.toml --target-dir target/loom --lib loom_tests

inline-mutants: c-test ## break one line of atomic_log_inline.h at a time, and expect a test to fail
	scripts/inline-mutants.sh

loom-mutants: ## weaken one ordering or step at a time, and expect a model to fail
	$(NEED) cargo
	scripts/loom-mutants.sh

.PHONY: shuttle shuttle-mutants

shuttle: ## run random programs of a writer and several readers, ITERATIONS=16000 a test, under random schedules
	$(NEED) cargo
	RUSTFLAGS="--cfg shuttle" $(CARGO) test --release --manifest-path models/Cargo.toml --target-dir target/shuttle --test shuttle $(TEST)

shuttle-mutants: ## break one step of the protocol at a time, and expect the random programs to fail
	$(NEED) cargo
	scripts/shuttle-mutants.sh

.PHONY: mutants coverage
mutants: ## change one expression of src, or of FILE=src/..., at a time, and expect a test to fail
	scripts/mutants.sh $(FILE)

coverage: ## show which lines of src the Rust tests and the C programs run, and compare their share with the floor
	scripts/coverage.sh

fuzz: SECONDS = 60
fuzz: ## let a fuzzer write programs for SECONDS=60, over the C functions, and over log and reference model
	$(NEED) cargo c++
	scripts/fuzz.sh $(SECONDS)

instructions: ## count the instructions of each path, and compare with bench/instructions.txt; compares C++ with C too
	$(NEED) cargo cc c++ valgrind
	scripts/instructions.sh
	scripts/cpp-overhead.sh

.PHONY: soak
soak: ## kill, stop and lose readers for MINUTES=30: memory stays within its bounds; draws target/soak/soak.svg
	$(NEED) cargo cc c++ cmake ninja python3
	cmake -S . -B $(BUILD)/release -G Ninja -DCMAKE_BUILD_TYPE=Release $(SHARED) >/dev/null
	cmake --build $(BUILD)/release --target soak
	mkdir -p target/soak
	@status=0; $(BUILD)/release/c-tests/soak --minutes $(MINUTES) --table target/soak/soak.tsv || status=$$?; \
	  $(CARGO) run --release --quiet -p atomic-log-bench --features harness --bin soak_picture -- \
	    target/soak/soak.tsv target/soak/soak.svg && echo "target/soak/soak.svg" && exit $$status

bench: ## measure everything beside its limit and its peers, in twelve minutes; prints the table and writes the report
	$(NEED) cargo cc
	$(CARGO) bench --quiet -p atomic-log-bench --features harness --bench table
	$(CARGO) bench --quiet -p atomic-log-bench --features harness --bench concurrent
	$(CARGO) bench --quiet -p atomic-log-bench --features harness --bench growth
	$(CARGO) bench --quiet -p atomic-log-peers --features harness
	scripts/bench-c.sh
	scripts/bench-zig.sh
	$(MAKE) bench-report

bench-report: ## print the table of the last measurements, and write target/bench/report.html with plots
	$(NEED) cargo
	$(CARGO) run --release --quiet -p atomic-log-bench --features harness --bin report
	$(CARGO) run --release --quiet -p atomic-log-bench --bin table

.PHONY: go go-bench

go: lib ## test the Go module, bindings/go, with and without the race detector
	scripts/go.sh test

go-bench: lib ## measure what a record costs from Go, in batches of 1 to 1024
	scripts/go.sh bench

.PHONY: ffi-test
ffi-test: lib ## read the C header with SWIG and Python's cffi; their modules for Python and Lua append and read
	scripts/ffi-test.sh target/lib/libatomic_log.so.0

.PHONY: zig
zig: lib ## test the Zig package, bindings/zig
	scripts/zig.sh

header: ## write include/atomic_log.h from src/ffi
	$(NEED) cargo
	ATOMIC_LOG_WRITE_HEADER=1 $(CARGO) test --quiet --test header

lib: ## make the release build in target/lib: libatomic_log.so, whose symbols have versions, and libatomic_log.a; DEBUG_INFO=1 keeps debug information
	$(NEED) cargo cc
	scripts/c-library.sh target/lib --release

.PHONY: gdb-test

gdb-test: ## look at logs from gdb, in a process and in core files, with symbols and without
	$(NEED) cargo cc python3 gdb
	scripts/gdb-test.sh

.PHONY: install uninstall package install-test installed recipe-test embed-test prove package-test

PREFIX  ?= /usr/local
DESTDIR ?=
WITHOUT_TESTS = -DCMAKE_BUILD_TYPE=Release $(SHARED) -DATOMIC_LOG_BUILD_TESTS=OFF -DATOMIC_LOG_BUILD_EXAMPLES=OFF

install: ## put the libraries, the headers and the files that find them into PREFIX=/usr/local, below DESTDIR if it is set
	$(NEED) cargo cc cmake
	rm -f $(BUILD)/install/CMakeCache.txt # which would remember the options of the last time
	cmake -S . -B $(BUILD)/install $(WITHOUT_TESTS) -DCMAKE_INSTALL_PREFIX="$(PREFIX)" \
	  -DATOMIC_LOG_HTML="$$([ ! $(HTML)/index.html -nt include/atomic_log.h ] || echo '$(CURDIR)/$(HTML)')" $(INSTALL_OPTIONS) >/dev/null
	cmake --build $(BUILD)/install
	DESTDIR="$(DESTDIR)" cmake --install $(BUILD)/install

uninstall: ## remove what the last `make install` put in, below the same DESTDIR
	DESTDIR="$(DESTDIR)" cmake --build $(BUILD)/install --target uninstall

PACKAGES ?= deb tgz arm64 armhf musl windows
package: html ## make .deb for this machine, arm64 and armhf, .tar.gz for this machine and for musl, .zip for Windows, in build/packages
	$(NEED) cargo cc cmake
	scripts/package.sh $(BUILD) $(HTML) $(PACKAGES)

install-test: installed recipe-test ## run make installed and make recipe-test

installed: ## build one program against an installed tree in every way it can be linked, without Rust where none is needed
	$(NEED) cargo cc c++ cmake gdb ninja pkg-config valgrind dpkg-shlibdeps
	scripts/install-test.sh

recipe-test: ## try the recipes of docs/INSTALL.md as they stand there, aarch64, Meson, Conan and vcpkg among them
	$(NEED) cargo cc c++ cmake ninja pkg-config git python3 meson conan clang aarch64-linux-gnu-g++ qemu-aarch64
	scripts/recipe-test.sh

embed-test: ## check what the C library imports, defines and weighs, and that it links into programs and plugins beside other Rust
	$(NEED) cargo cc
	scripts/embed-test.sh

prove: ## show that the C library cannot panic, with three compilers, and that a planted panic does not link
	$(NEED) cargo cc
	scripts/prove.sh

.PHONY: package-cross-test
package-cross-test: package ## check the packages with lintian, and run programs against those for other machines, by qemu and Wine
	scripts/package-cross-test.sh $(BUILD)/packages

package-test: ## try the packages in a Debian that has no Rust, made by debootstrap: as root, with a network
	$(NEED) debootstrap
	$(MAKE) package
	scripts/package-test.sh $(BUILD)/packages

.PHONY: fresh-test
FRESH ?= demo test
fresh-test: ## run the README's commands in a bare Debian 12 and 13, FRESH="demo test": as root, with a network; hours for all
	scripts/fresh-test.sh $(FRESH)

clean: ## remove what was built
	rm -rf target $(BUILD)
