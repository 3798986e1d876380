# What `cpack` makes of an installation: with -G DEB a package for programs and one for developers, as Debian has them;
# with -G TGZ or ZIP one archive to unpack anywhere. scripts/package.sh makes them, from builds with the paths of each
# kind.

include_guard(GLOBAL)

set(CPACK_PACKAGE_NAME atomic-log)
set(CPACK_PACKAGE_VENDOR "The atomic-log authors")
# A maker of packages for others sets this to a name of their own. This address cannot exist (RFC 2606).
set(CPACK_PACKAGE_CONTACT "The atomic-log authors <atomic-log@contact.invalid>" CACHE STRING
  "The maintainer of the package, as `Name <address>`")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Rolling log inside one process: one writer, any number of readers")
set(CPACK_PACKAGE_DESCRIPTION
  "One writer publishes records. Any number of reader threads look at a recent,
stable view of them, without a copy. The writer never waits for a reader.")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE-MIT")
set(CPACK_STRIP_FILES ON)
set(CPACK_SYSTEM_NAME "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
atomic_log_rust_target(target)
if(target MATCHES "musl")
  string(APPEND CPACK_SYSTEM_NAME "-musl")
endif()
set(CPACK_GENERATOR TGZ)
set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)

# Debian: libatomic-log0, whose name has the SONAME's number, so that two majors can be installed side by side, and
# libatomic-log-dev. Each has Debian's copyright file and changelog, which no other installation has.
set(runtime libatomic-log${PROJECT_VERSION_MAJOR})
set(development libatomic-log-dev)
set(debian "${PROJECT_BINARY_DIR}/atomic-log/debian")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH, if that is set
file(WRITE "${debian}/changelog"
  "atomic-log (${PROJECT_VERSION}) unstable; urgency=medium\n\n  * What changed is in CHANGELOG.md, in ${development}.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
find_program(ALOG_GZIP gzip)
mark_as_advanced(ALOG_GZIP)
if(ALOG_GZIP)
  execute_process(COMMAND "${ALOG_GZIP}" -9nc "${debian}/changelog" OUTPUT_FILE "${debian}/changelog.gz"
    COMMAND_ERROR_IS_FATAL ANY)
endif()
foreach(component runtime development)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/debian-copyright"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${${component}}" RENAME copyright
    COMPONENT ${component}_copyright EXCLUDE_FROM_ALL)
  install(FILES "${debian}/changelog.gz" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${${component}}"
    COMPONENT ${component}_copyright EXCLUDE_FROM_ALL)
  string(TOUPPER ${component} upper)
  string(TOUPPER ${component}_copyright upper_copyright)
  set(CPACK_COMPONENT_ATOMIC_LOG_${upper}_GROUP ${component})
  set(CPACK_COMPONENT_${upper_copyright}_GROUP ${component})
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${${component}})
endforeach()
set(CPACK_COMPONENTS_ALL
  atomic_log_runtime runtime_copyright atomic_log_development development_copyright)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# The summary comes before it by itself.
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}\n\nThis package has the shared library.")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
  "${CPACK_PACKAGE_DESCRIPTION}\n\nThis package has the headers, the static library, and what CMake and\npkg-config need.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
if(CMAKE_CROSSCOMPILING)
  # dpkg-shlibdeps knows this machine's packages alone. libc has had all functions that the library needs since 2.17
  # (2013).
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS OFF)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "libc6 (>= 2.17)")
  string(REGEX REPLACE "^aarch64$" "arm64" CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${CMAKE_SYSTEM_PROCESSOR}")
  string(REGEX REPLACE "^armv7.*$" "armhf" CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${CPACK_DEBIAN_PACKAGE_ARCHITECTURE}")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${runtime} (= ${PROJECT_VERSION}), libc6-dev")

# Packages of programs demand the release that has the functions that they use, as `symbols` says. Tools that do not
# read `symbols` use `shlibs`, which names this release.
set(dependency "${runtime} (>= ${PROJECT_VERSION})")
set(soname "libatomic_log.so.${PROJECT_VERSION_MAJOR}")
file(WRITE "${debian}/shlibs" "libatomic_log ${PROJECT_VERSION_MAJOR} ${dependency}\n")
set(node "ATOMIC_LOG_${PROJECT_VERSION_MAJOR}")
set(symbols "${soname} ${runtime} #MINVER#\n")
# The first version that the header names is the default. A function's comment names another one if it came later.
set(default)
file(STRINGS "${PROJECT_SOURCE_DIR}/include/atomic_log.h" lines REGEX "Since: [0-9]|^[A-Za-z].*[ *]alog_[a-z0-9_]+\\(")
foreach(line IN LISTS lines)
  if(line MATCHES "Since: ([0-9.]*[0-9])")
    set(since "${CMAKE_MATCH_1}")
    if(NOT default)
      set(default "${since}")
    endif()
  elseif(line MATCHES "[ *](alog_[a-z0-9_]+)\\(")
    string(APPEND symbols " ${CMAKE_MATCH_1}@${node} ${since}\n")
    set(since "${default}")
  endif()
endforeach()
file(WRITE "${debian}/symbols" "${symbols}")
# A trigger updates the loader's cache, as Debian wants it. CPack writes scripts that call ldconfig, unless it finds
# scripts at these places. It does not mind that there are none.
file(WRITE "${debian}/triggers" "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  "${debian}/shlibs;${debian}/symbols;${debian}/triggers;${debian}/none/postinst;${debian}/none/postrm")

include(CPack)
cpack_add_component_group(runtime)
cpack_add_component_group(development)
