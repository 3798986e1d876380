# The files that `cmake --install` installs: both libraries, every header in include/, a package for find_package, a
# file for pkg-config, licences and documents. The installed tree can be moved: both finders work out where it lies.
#
# Two components: `atomic_log_runtime` has what a program needs that was linked with the shared library.
# `atomic_log_development` has all else.

include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

function(atomic_log_install)
  if(NOT ATOMIC_LOG_SANITIZER STREQUAL "")
    install(CODE "message(FATAL_ERROR \"a build with a sanitizer is for tests, and not installed\")")
    return()
  endif()

  atomic_log_install_libraries()
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/*.h" "${PROJECT_SOURCE_DIR}/include/*.hpp")
  install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT atomic_log_development)
  atomic_log_install_finders()
  atomic_log_install_debugger("${ATOMIC_LOG_SHARED_FILE}")

  # A project that embeds this one installs its own documents in its own place.
  set(docdir "${CMAKE_INSTALL_DOCDIR}")
  if(NOT PROJECT_IS_TOP_LEVEL)
    set(docdir "${CMAKE_INSTALL_DATAROOTDIR}/doc/atomic_log")
  endif()
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE-MIT" "${PROJECT_SOURCE_DIR}/LICENSE-APACHE"
    "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
    DESTINATION "${docdir}" COMPONENT atomic_log_development)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION "${docdir}" COMPONENT atomic_log_development
    PATTERN doxygen EXCLUDE)
  if(ATOMIC_LOG_HTML)
    install(DIRECTORY "${ATOMIC_LOG_HTML}/" DESTINATION "${docdir}/html" COMPONENT atomic_log_development)
  endif()

  if(PROJECT_IS_TOP_LEVEL)
    add_custom_target(uninstall
      COMMAND "${CMAKE_COMMAND}" "-DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt"
        -P "${PROJECT_SOURCE_DIR}/cmake/AtomicLogUninstall.cmake"
      COMMENT "Removing what install_manifest.txt lists" VERBATIM)
  endif()
endfunction()

# The static library, and the shared one under its full version, with two links: the name that programs load, and the
# name that they are linked by. Sets ATOMIC_LOG_SHARED_FILE for the finders.
function(atomic_log_install_libraries)
  get_target_property(soname AtomicLog::shared IMPORTED_SONAME_RELEASE)
  set(link "${CMAKE_SHARED_LIBRARY_PREFIX}atomic_log${CMAKE_SHARED_LIBRARY_SUFFIX}")
  if(UNIX AND NOT APPLE)
    set(file "${link}.${PROJECT_VERSION}")
    set(links "${PROJECT_BINARY_DIR}/atomic-log/links")
    file(MAKE_DIRECTORY "${links}")
    file(CREATE_LINK "${file}" "${links}/${soname}" SYMBOLIC)
    file(CREATE_LINK "${soname}" "${links}/${link}" SYMBOLIC)
    install(FILES "${links}/${soname}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT atomic_log_runtime)
    install(FILES "${links}/${link}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT atomic_log_development)
  else()
    set(file "${soname}")
  endif()
  set(shared_place "${CMAKE_INSTALL_LIBDIR}")
  if(WIN32)
    set(shared_place "${CMAKE_INSTALL_BINDIR}")
    atomic_log_install_import_libraries()
  endif()
  install(FILES $<TARGET_FILE:AtomicLog::shared> DESTINATION "${shared_place}" RENAME "${file}"
    COMPONENT atomic_log_runtime)
  install(FILES $<TARGET_FILE:AtomicLog::static> DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT atomic_log_development)
  set(ATOMIC_LOG_SHARED_FILE "${file}" PARENT_SCOPE)

  # `cmake --install --strip` strips what CMake linked, but CMake did not link these.
  atomic_log_strip("${shared_place}/${file}" atomic_log_runtime --strip-unneeded)
  atomic_log_strip("${CMAKE_INSTALL_LIBDIR}/${CMAKE_STATIC_LIBRARY_PREFIX}atomic_log${CMAKE_STATIC_LIBRARY_SUFFIX}"
    atomic_log_development --strip-debug)
endfunction()

# The import libraries, by which programs are linked with the DLL: libatomic_log.dll.a for GNU's linker, and
# atomic_log.lib for Microsoft's. llvm-dlltool makes the latter from the list of the DLL's exports.
function(atomic_log_install_import_libraries)
  get_target_property(import_library AtomicLog::shared IMPORTED_IMPLIB_RELEASE)
  install(FILES "${import_library}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT atomic_log_development)
  find_program(ALOG_DLLTOOL NAMES llvm-dlltool llvm-dlltool-22 llvm-dlltool-19 llvm-dlltool-16)
  mark_as_advanced(ALOG_DLLTOOL)
  get_filename_component(place "${import_library}" DIRECTORY)
  if(NOT MINGW OR NOT ALOG_DLLTOOL OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    return()
  endif()
  install(CODE
    "execute_process(COMMAND \"${ALOG_DLLTOOL}\" -m i386:x86-64 -d \"${place}/atomic_log.def\" -D atomic_log.dll
      -l \"${place}/atomic_log.lib\" COMMAND_ERROR_IS_FATAL ANY)"
    COMPONENT atomic_log_development)
  install(FILES "${place}/atomic_log.lib" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT atomic_log_development)
endfunction()

function(atomic_log_strip file component flag)
  if(NOT CMAKE_STRIP)
    return()
  endif()
  set(path "\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${file}")
  if(IS_ABSOLUTE "${file}")
    set(path "\$ENV{DESTDIR}${file}")
  endif()
  install(CODE
    "if(CMAKE_INSTALL_DO_STRIP)
      execute_process(COMMAND \"${CMAKE_STRIP}\" ${flag} \"${path}\" COMMAND_ERROR_IS_FATAL ANY)
    endif()"
    COMPONENT ${component})
endfunction()

# The commands for gdb, and a link to them. When gdb loads a library, it looks for a file by the library's whole path.
# So the link is right only where the tree is installed as configured. gdb looks below its own prefix, /usr.
function(atomic_log_install_debugger library)
  set(place "${CMAKE_INSTALL_DATADIR}/atomic_log")
  install(FILES "${PROJECT_SOURCE_DIR}/gdb/atomic_log_gdb.py" DESTINATION "${place}" COMPONENT atomic_log_development)
  if(UNIX AND NOT APPLE)
    set(auto_load "gdb/auto-load${CMAKE_INSTALL_FULL_LIBDIR}")
    set(link "${PROJECT_BINARY_DIR}/atomic-log/links/${library}-gdb.py")
    file(RELATIVE_PATH up "/share/${auto_load}" "/share/atomic_log/atomic_log_gdb.py")
    file(CREATE_LINK "${up}" "${link}" SYMBOLIC)
    install(FILES "${link}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${auto_load}" COMPONENT atomic_log_development)
  endif()
endfunction()

# AtomicLogConfig.cmake, its version file, and atomic_log.pc.
function(atomic_log_install_finders)
  set(made "${PROJECT_BINARY_DIR}/atomic-log/finders")
  set(static_file "${CMAKE_STATIC_LIBRARY_PREFIX}atomic_log${CMAKE_STATIC_LIBRARY_SUFFIX}")
  get_target_property(soname AtomicLog::shared IMPORTED_SONAME_RELEASE)

  set(cmake_place "${CMAKE_INSTALL_LIBDIR}/cmake/AtomicLog")
  set(libdir "${CMAKE_INSTALL_LIBDIR}")
  set(shareddir "${CMAKE_INSTALL_LIBDIR}")
  if(WIN32)
    set(shareddir "${CMAKE_INSTALL_BINDIR}")
    get_target_property(import_library AtomicLog::shared IMPORTED_IMPLIB_RELEASE)
    get_filename_component(import_library "${import_library}" NAME)
  endif()
  set(includedir "${CMAKE_INSTALL_INCLUDEDIR}")
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/AtomicLogConfig.cmake.in" "${made}/AtomicLogConfig.cmake"
    INSTALL_DESTINATION "${cmake_place}" PATH_VARS libdir shareddir includedir NO_CHECK_REQUIRED_COMPONENTS_MACRO
    NO_SET_AND_CHECK_MACRO)
  # As docs/ABI.md promises: a later 0.x satisfies a request for an earlier one, and never the other way round.
  write_basic_package_version_file("${made}/AtomicLogConfigVersion.cmake"
    VERSION "${PROJECT_VERSION}" COMPATIBILITY SameMajorVersion)
  install(FILES "${made}/AtomicLogConfig.cmake" "${made}/AtomicLogConfigVersion.cmake"
    DESTINATION "${cmake_place}" COMPONENT atomic_log_development)

  set(pc_place "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
  if(IS_ABSOLUTE "${pc_place}")
    set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  else()
    file(RELATIVE_PATH up "/prefix/${pc_place}" "/prefix")
    set(pc_prefix "\${pcfiledir}/${up}")
  endif()
  set(pc_libdir "\${exec_prefix}/${CMAKE_INSTALL_LIBDIR}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    set(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
  endif()
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
  endif()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/atomic_log.pc.in" "${made}/atomic_log.pc" @ONLY)
  install(FILES "${made}/atomic_log.pc" DESTINATION "${pc_place}" COMPONENT atomic_log_development)
endfunction()
