# What `cpack` makes of an installation: with -G DEB a package for programs and one for developers, as Debian has them,
# with -G TGZ one archive to unpack anywhere. `make package` makes all three, from builds with the paths that each has.

include_guard(GLOBAL)

set(CPACK_PACKAGE_NAME atomic-log)
set(CPACK_PACKAGE_VENDOR "The atomic-log authors")
set(CPACK_PACKAGE_CONTACT "The atomic-log authors" CACHE STRING "Who made a package, as `Name <address>`")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Rolling log inside one process: one writer, any number of readers")
set(CPACK_PACKAGE_DESCRIPTION
  "One writer publishes records, any number of reader threads look at a recent, stable view of them, without a copy. \
The writer never waits for a reader.")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE-MIT")
set(CPACK_STRIP_FILES ON)
set(CPACK_SYSTEM_NAME "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_GENERATOR TGZ)
set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)

# Debian: libatomic-log0, whose name has the SONAME's number, so that two majors can be installed side by side, and
# libatomic-log-dev. Each has Debian's copyright file, which no other installation has.
set(runtime libatomic-log${PROJECT_VERSION_MAJOR})
set(development libatomic-log-dev)
set(debian "${PROJECT_BINARY_DIR}/atomic-log/debian")
foreach(component runtime development)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/debian-copyright"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${${component}}" RENAME copyright
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
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${runtime} (= ${PROJECT_VERSION}), libc6-dev")

# Packages of programs demand the release that they were linked with, or a later one; and the loader's cache is made
# anew, by a trigger as Debian wants it. CPack adds a postinst and a postrm that call ldconfig too, which does no harm.
file(WRITE "${debian}/shlibs" "libatomic_log ${PROJECT_VERSION_MAJOR} ${runtime} (>= ${PROJECT_VERSION})\n")
file(WRITE "${debian}/triggers" "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${debian}/shlibs;${debian}/triggers")

include(CPack)
cpack_add_component_group(runtime)
cpack_add_component_group(development)
