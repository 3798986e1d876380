# A misspelt option must be noticed: otherwise -DATOMIC_LOG_SANITISER=thread would build a harness in which nothing is
# instrumented and every test is green.

include_guard(GLOBAL)

set(ATOMIC_LOG_KNOWN_OPTIONS
  ATOMIC_LOG_BUILD_TESTS
  ATOMIC_LOG_BUILD_EXAMPLES
  ATOMIC_LOG_INSTALL
  ATOMIC_LOG_SANITIZER
  ATOMIC_LOG_CHECKED
  ATOMIC_LOG_PROVE
  ATOMIC_LOG_PROFILE
  ATOMIC_LOG_DEBUG_INFO
  ATOMIC_LOG_HTML
  ATOMIC_LOG_CARGO_TARGET_DIR
  ATOMIC_LOG_STRESS_SECONDS
  ATOMIC_LOG_CARGO
  ATOMIC_LOG_RUSTC
  ATOMIC_LOG_RUST_TARGET)

function(atomic_log_check_options)
  get_cmake_property(names CACHE_VARIABLES)
  list(FILTER names INCLUDE REGEX "^ATOMIC_LOG_")
  list(REMOVE_ITEM names ${ATOMIC_LOG_KNOWN_OPTIONS})
  if(names)
    list(JOIN ATOMIC_LOG_KNOWN_OPTIONS ", " known)
    message(FATAL_ERROR "atomic-log has no option ${names}; its options are ${known}")
  endif()
endfunction()
