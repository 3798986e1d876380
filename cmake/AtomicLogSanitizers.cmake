# Builds in which both sides of the C boundary are instrumented. Both must be: with an uninstrumented library, a record
# that C reads in place looks like a race with a write that the sanitizer never saw.
#
# rustc compiles the library and the C compiler compiles the programs, so only one of the two runtimes can be used. It
# is rustc's, an archive in its sysroot. It has every function that rustc's code calls (gcc's libtsan lacks
# __tsan_memcpy), and also the handlers that -fsanitize=undefined calls.
#
# The sanitizers of rustc are unstable, hence RUSTC_BOOTSTRAP=1, in the environment of cargo and of nothing else. All of
# the library is instrumented. Rust's core is not rebuilt: the library calls next to nothing of it that is not inlined.
# -Cunsafe-allow-abi-mismatch=sanitizer accepts this.

include_guard(GLOBAL)

# For the chosen sanitizer, sets: ATOMIC_LOG_RUST_SANITIZER_ENV (environment for cargo), ATOMIC_LOG_C_SANITIZER_FLAGS,
# ATOMIC_LOG_SANITIZER_RUNTIME (the archive), ATOMIC_LOG_TEST_ENVIRONMENT (environment for tests). Stops at a name that
# it does not know.
function(atomic_log_check_sanitizer)
  if(ATOMIC_LOG_SANITIZER STREQUAL "")
    return()
  elseif(ATOMIC_LOG_SANITIZER STREQUAL "thread")
    set(runtime tsan)
    set(c_flags -fsanitize=thread)
    set(test_environment TSAN_OPTIONS=exitcode=66)
  elseif(ATOMIC_LOG_SANITIZER STREQUAL "address")
    set(runtime asan)
    # Without vptr, for C++: its functions are in a part of the runtime that rustc does not bring.
    set(c_flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
    set(test_environment ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
      LSAN_OPTIONS=exitcode=23 UBSAN_OPTIONS=print_stacktrace=1)
  else()
    message(FATAL_ERROR "ATOMIC_LOG_SANITIZER is \"${ATOMIC_LOG_SANITIZER}\"; it can be empty, thread or address")
  endif()

  if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR NOT CMAKE_C_COMPILER_ID MATCHES "^(GNU|Clang)$")
    message(FATAL_ERROR "ATOMIC_LOG_SANITIZER needs Linux and gcc or clang")
  endif()

  atomic_log_find_rust()
  set(archive "${ATOMIC_LOG_RUST_SYSROOT}/lib/rustlib/${ATOMIC_LOG_RUST_HOST}/lib/librustc-stable_rt.${runtime}.a")
  if(NOT EXISTS "${archive}")
    # Debian's Rust brings no runtime. clang's, from the same LLVM, is the same as rustc's would be.
    atomic_log_ask(llvm "LLVM version: ([0-9]+)" "${ATOMIC_LOG_RUSTC}" -vV)
    set(clang "/usr/lib/llvm-${llvm}/lib/clang/${llvm}/lib/linux/libclang_rt.${runtime}-${CMAKE_SYSTEM_PROCESSOR}.a")
    if(NOT EXISTS "${clang}")
      message(FATAL_ERROR "ATOMIC_LOG_SANITIZER=${ATOMIC_LOG_SANITIZER} needs the sanitizer's runtime. Rust has none in ${archive}, "
        "and clang none in ${clang}: on Debian, install libclang-rt-${llvm}-dev")
    endif()
    set(archive "${clang}")
    # The runtime looks for clang's symbolizer, which may be missing. binutils' tool names functions as well.
    list(TRANSFORM test_environment APPEND ":external_symbolizer_path=${CMAKE_ADDR2LINE}" REGEX "^[TA]SAN_OPTIONS=")
  endif()
  # An older Rust knows neither this flag nor the check that it silences.
  set(flags "-Zsanitizer=${ATOMIC_LOG_SANITIZER} -Cforce-frame-pointers=yes")
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env RUSTC_BOOTSTRAP=1
      "${ATOMIC_LOG_RUSTC}" -Cunsafe-allow-abi-mismatch=sanitizer --print sysroot
    RESULT_VARIABLE unknown OUTPUT_QUIET ERROR_QUIET)
  if(unknown EQUAL 0)
    string(APPEND flags " -Cunsafe-allow-abi-mismatch=sanitizer")
  endif()

  # Names and lines in the reports. CARGO_ENCODED_RUSTFLAGS would win over RUSTFLAGS.
  set(environment
    --unset=CARGO_ENCODED_RUSTFLAGS
    RUSTC_BOOTSTRAP=1
    "RUSTFLAGS=${flags}"
    CARGO_PROFILE_RELEASE_DEBUG=2
    CARGO_PROFILE_RELEASE_STRIP=none)

  set(ATOMIC_LOG_RUST_SANITIZER_ENV "${environment}" PARENT_SCOPE)
  set(ATOMIC_LOG_C_SANITIZER_FLAGS ${c_flags} -g -fno-omit-frame-pointer PARENT_SCOPE)
  set(ATOMIC_LOG_SANITIZER_RUNTIME "${archive}" PARENT_SCOPE)
  # The options of the runtime are set here, so that no setting of the user's switches a report off.
  set(ATOMIC_LOG_TEST_ENVIRONMENT "${test_environment}" PARENT_SCOPE)
endfunction()

# Everything that links `target` is compiled with the sanitizer and linked with its runtime. The runtime is linked
# whole, because the interceptors that no object names would be missing otherwise, and with its symbols exported, so
# that reports can name functions.
function(atomic_log_instrument_users target)
  target_compile_options(${target} INTERFACE ${ATOMIC_LOG_C_SANITIZER_FLAGS})
  target_link_options(${target} INTERFACE
    -rdynamic
    "LINKER:--whole-archive,${ATOMIC_LOG_SANITIZER_RUNTIME},--no-whole-archive")
  target_link_libraries(${target} INTERFACE stdc++ pthread rt dl m)
endfunction()
