# An overlay port of the tree that contains it: vcpkg install atomic-log --overlay-ports=packaging/vcpkg
# Rust must be on the PATH, or in rustup's usual place (docs/INSTALL.md).

get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

# Programs of every configuration use the same library.
set(VCPKG_BUILD_TYPE release)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DATOMIC_LOG_BUILD_TESTS=OFF -DATOMIC_LOG_BUILD_EXAMPLES=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME AtomicLog CONFIG_PATH lib/cmake/AtomicLog)
vcpkg_fixup_pkgconfig()

# The installation has both libraries. A triplet uses one.
if(VCPKG_LIBRARY_LINKAGE STREQUAL "static")
  file(GLOB others "${CURRENT_PACKAGES_DIR}/lib/*.so*")
else()
  file(GLOB others "${CURRENT_PACKAGES_DIR}/lib/*.a")
endif()
file(REMOVE ${others})
# gdb looks for this link only below /usr.
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/doc" "${CURRENT_PACKAGES_DIR}/share/gdb")

vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE-MIT" "${SOURCE_PATH}/LICENSE-APACHE")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
