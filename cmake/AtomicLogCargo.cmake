# The library as CMake targets. cargo runs at every build and decides by itself what is out of date. On Unix, for any
# target machine, scripts/c-library.sh runs it, and makes both libraries of what cargo built. On Windows cargo's own
# libraries are copied. Only a change of the libraries makes programs link again.

include_guard(GLOBAL)
include(AtomicLogRustTarget)

# Finds cargo and rustc, and asks rustc for ATOMIC_LOG_RUST_HOST and ATOMIC_LOG_RUST_SYSROOT.
macro(atomic_log_find_rust)
  # As a shell does: what is on the PATH comes first, before anything else that the machine has.
  set(atomic_log_rust_places "$ENV{HOME}/.cargo/bin")
  if(DEFINED ENV{CARGO_HOME})
    list(PREPEND atomic_log_rust_places "$ENV{CARGO_HOME}/bin")
  endif()
  # These prefixes are for the target's libraries.
  set(atomic_log_by_path NO_PACKAGE_ROOT_PATH NO_CMAKE_PATH NO_CMAKE_ENVIRONMENT_PATH NO_CMAKE_FIND_ROOT_PATH)
  find_program(ATOMIC_LOG_CARGO cargo PATHS ${atomic_log_rust_places} ${atomic_log_by_path} REQUIRED)
  find_program(ATOMIC_LOG_RUSTC rustc PATHS ${atomic_log_rust_places} ${atomic_log_by_path} REQUIRED)
  mark_as_advanced(ATOMIC_LOG_CARGO ATOMIC_LOG_RUSTC)
  atomic_log_refuse_old("${ATOMIC_LOG_RUSTC}")
  atomic_log_refuse_old("${ATOMIC_LOG_CARGO}")
  atomic_log_ask(ATOMIC_LOG_RUST_SYSROOT "(.+)" "${ATOMIC_LOG_RUSTC}" --print sysroot)
  atomic_log_ask(ATOMIC_LOG_RUST_HOST "host: ([^\n]+)" "${ATOMIC_LOG_RUSTC}" -vV)
endmacro()

# Runs the tool with the arguments and sets `variable` to the first group of `pattern` in what it printed.
function(atomic_log_ask variable pattern tool)
  # In the source directory, so that a toolchain override there is valid for these answers as for cargo's build.
  execute_process(COMMAND "${tool}" ${ARGN}
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT result EQUAL 0 OR NOT "${output}${error}" MATCHES "${pattern}")
    message(FATAL_ERROR "${tool} ${ARGN} gave no answer that fits: ${output}${error}")
  endif()
  set(${variable} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

# Cargo.toml has the oldest version that works.
function(atomic_log_refuse_old tool)
  file(STRINGS "${PROJECT_SOURCE_DIR}/Cargo.toml" least REGEX "^rust-version = \"" LIMIT_COUNT 1)
  string(REGEX REPLACE "^rust-version = \"(.*)\"$" "\\1" least "${least}")
  atomic_log_ask(version "^[a-z]+ ([0-9]+\\.[0-9]+\\.[0-9]+)" "${tool}" --version)
  if(version VERSION_LESS least)
    # The next configuration must look for both again.
    unset(ATOMIC_LOG_RUSTC CACHE)
    unset(ATOMIC_LOG_CARGO CACHE)
    message(FATAL_ERROR "atomic-log needs Rust ${least} or later, and ${tool} is ${version}. "
      "Put a later one first on the PATH, or name it: -DATOMIC_LOG_CARGO=/path/to/cargo -DATOMIC_LOG_RUSTC=/path/to/rustc")
  endif()
endfunction()

# Sets `variable` to the flags by which the C compiler learns its target machine: clang has one name for all targets.
function(atomic_log_machine_flags variable)
  string(REGEX MATCHALL " (-m|--target=|--sysroot=)[^ ]+" flags " ${CMAKE_C_FLAGS}")
  if(CMAKE_C_COMPILER_TARGET AND CMAKE_C_COMPILE_OPTIONS_TARGET)
    list(APPEND flags " ${CMAKE_C_COMPILE_OPTIONS_TARGET}${CMAKE_C_COMPILER_TARGET}")
  endif()
  if(CMAKE_SYSROOT AND CMAKE_C_COMPILE_OPTIONS_SYSROOT)
    list(APPEND flags " ${CMAKE_C_COMPILE_OPTIONS_SYSROOT}${CMAKE_SYSROOT}")
  endif()
  list(JOIN flags "" flags)
  string(STRIP "${flags}" flags)
  set(${variable} "${flags}" PARENT_SCOPE)
endfunction()

# Defines AtomicLog::static, AtomicLog::shared and AtomicLog::atomic_log. The last one is the shared library unless
# BUILD_SHARED_LIBS is off. With a sanitizer all three are the static library: programs then carry the instrumented
# library and the runtime together.
function(atomic_log_add_library)
  atomic_log_find_rust()

  set(place "${PROJECT_BINARY_DIR}/atomic-log/lib")
  set(static_name "${CMAKE_STATIC_LIBRARY_PREFIX}atomic_log${CMAKE_STATIC_LIBRARY_SUFFIX}")
  set(shared_name "${CMAKE_SHARED_LIBRARY_PREFIX}atomic_log${CMAKE_SHARED_LIBRARY_SUFFIX}")
  # The name that programs load.
  set(import_library)
  if(APPLE)
    set(soname "libatomic_log.${PROJECT_VERSION_MAJOR}.dylib")
  elseif(WIN32)
    # For any compiler that links it.
    set(soname atomic_log.dll)
    set(import_library libatomic_log.dll.a)
    if(NOT MINGW)
      set(import_library atomic_log.dll.lib)
    endif()
  else()
    set(soname "${shared_name}.${PROJECT_VERSION_MAJOR}")
  endif()

  if(NOT ATOMIC_LOG_PROFILE MATCHES "^(release|dev)$")
    message(FATAL_ERROR "ATOMIC_LOG_PROFILE is \"${ATOMIC_LOG_PROFILE}\"; it can be release or dev")
  endif()
  set(arguments)
  if(ATOMIC_LOG_PROFILE STREQUAL "release")
    set(arguments --release)
  endif()
  # Always passed to cargo, because its configuration may name another target. With a sanitizer this also keeps the
  # flags away from build scripts, which run without the runtime.
  atomic_log_rust_target(target)
  if(NOT target)
    set(target "${ATOMIC_LOG_RUST_HOST}")
  endif()
  atomic_log_machine_flags(machine)
  set(environment "CARGO=${ATOMIC_LOG_CARGO}" "RUSTC=${ATOMIC_LOG_RUSTC}" "CC=${CMAKE_C_COMPILER}" "CC_MACHINE=${machine}"
    "AR=${CMAKE_AR}" "NM=${CMAKE_NM}" "OBJCOPY=${CMAKE_OBJCOPY}" "OBJDUMP=${CMAKE_OBJDUMP}" "LDFLAGS=${CMAKE_SHARED_LINKER_FLAGS}")
  set(variant ${ATOMIC_LOG_SANITIZER})
  if(ATOMIC_LOG_CHECKED)
    list(APPEND arguments --features checked)
    list(APPEND variant checked)
  endif()
  if(ATOMIC_LOG_PROVE)
    list(APPEND arguments --features prove)
    list(APPEND variant prove)
  endif()
  set(files ${static_name} ${soname} ${import_library})
  set(debug_info ${ATOMIC_LOG_DEBUG_INFO})
  if(ATOMIC_LOG_PROFILE STREQUAL "dev")
    set(debug_info ON)
  endif()
  if(NOT ATOMIC_LOG_SANITIZER STREQUAL "")
    list(PREPEND environment ${ATOMIC_LOG_RUST_SANITIZER_ENV} ONLY=static)
    set(files ${static_name})
    set(debug_info ON)
  endif()
  list(APPEND arguments --target ${target})
  list(APPEND environment "DEBUG_INFO=$<BOOL:${debug_info}>")
  # Other users of the target directory expect the ordinary library there.
  set(target_dir "${ATOMIC_LOG_CARGO_TARGET_DIR}")
  if(variant)
    list(JOIN variant "-" variant)
    set(target_dir "${PROJECT_BINARY_DIR}/atomic-log/cargo-${variant}")
  endif()
  list(APPEND environment "CARGO_TARGET_DIR=${target_dir}")
  if(NOT PROJECT_IS_TOP_LEVEL)
    # Missing crates are not downloaded, and nothing is written into the source tree.
    list(APPEND environment ATOMIC_LOG_EMBEDDED=1)
  endif()

  if(CMAKE_HOST_UNIX)
    set(build "${PROJECT_SOURCE_DIR}/scripts/c-library.sh" "${place}" ${arguments})
  else()
    set(build "${ATOMIC_LOG_CARGO}" rustc --manifest-path "${PROJECT_SOURCE_DIR}/capi/Cargo.toml"
      --crate-type staticlib,cdylib ${arguments})
    set(made "${target_dir}/${target}/$<IF:$<STREQUAL:${ATOMIC_LOG_PROFILE},dev>,debug,release>")
    set(copies
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${place}"
      COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${made}/${static_name}" "${place}/${static_name}"
      COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${made}/${soname}" "${place}/${soname}"
      COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${made}/${import_library}" "${place}/${import_library}")
  endif()

  # What is to be installed is built even if no target links it.
  set(all)
  if(ATOMIC_LOG_INSTALL)
    set(all ALL)
  endif()

  list(TRANSFORM files PREPEND "${place}/" OUTPUT_VARIABLE byproducts)
  add_custom_target(atomic_log_cargo ${all}
    COMMAND "${CMAKE_COMMAND}" -E env ${environment} ${build}
    ${copies}
    BYPRODUCTS ${byproducts}
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    COMMENT "Building atomic-log with cargo"
    COMMAND_EXPAND_LISTS VERBATIM USES_TERMINAL)

  # The targets have the names that find_package gives them. So what another project exports about its use of them names
  # targets that its own users find.
  atomic_log_import(AtomicLog::static STATIC "${place}/${static_name}")
  if(ATOMIC_LOG_SANITIZER STREQUAL "")
    atomic_log_import(AtomicLog::shared SHARED "${place}/${soname}")
    set_target_properties(AtomicLog::shared PROPERTIES IMPORTED_SONAME_RELEASE "${soname}")
    if(import_library)
      set_target_properties(AtomicLog::shared PROPERTIES
        IMPORTED_IMPLIB_RELEASE "${place}/${import_library}"
        INTERFACE_COMPILE_DEFINITIONS ALOG_DLL)
    endif()
    if(DEFINED BUILD_SHARED_LIBS AND NOT BUILD_SHARED_LIBS)
      add_library(AtomicLog::atomic_log ALIAS AtomicLog::static)
    else()
      add_library(AtomicLog::atomic_log ALIAS AtomicLog::shared)
    endif()
  else()
    atomic_log_instrument_users(AtomicLog::static)
    # A project that names one of the two then builds with a sanitizer without a change.
    add_library(AtomicLog::shared ALIAS AtomicLog::static)
    add_library(AtomicLog::atomic_log ALIAS AtomicLog::static)
  endif()
endfunction()

# One imported library, built by atomic_log_cargo, visible to the whole project. It is the same in every configuration.
function(atomic_log_import target type file)
  add_library(${target} ${type} IMPORTED GLOBAL)
  # With a configuration, because CMAKE_MAP_IMPORTED_CONFIG_<CONFIG> asks for one.
  set_target_properties(${target} PROPERTIES IMPORTED_CONFIGURATIONS RELEASE IMPORTED_LOCATION_RELEASE "${file}")
  target_include_directories(${target} INTERFACE "${PROJECT_SOURCE_DIR}/include")
  add_dependencies(${target} atomic_log_cargo)
endfunction()
