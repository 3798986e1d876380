"""Conan 2: `conan create packaging/conan` builds a package of this tree. Rust must be on the PATH (docs/INSTALL.md)."""

import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rm

required_conan_version = ">=2.0"


class AtomicLogConan(ConanFile):
    name = "atomic-log"
    description = "Rolling log inside one process: one writer, any number of readers"
    license = "MIT OR Apache-2.0"
    topics = ("lock-free", "log", "spmc", "snapshot")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    def set_version(self):
        # Cargo.toml has the version.
        manifest = load(self, os.path.join(self.recipe_folder, "..", "..", "Cargo.toml"))
        self.version = re.search(r'^version = "(.*)"$', manifest, re.MULTILINE).group(1)

    def export_sources(self):
        tree = os.path.join(self.recipe_folder, "..", "..")
        for pattern in ("CMakeLists.txt", "Cargo.*", "CHANGELOG.md", "LICENSE-*", "README.md", "abi/*", "capi/*",
                        "cmake/*", "docs/*", "gdb/*", "include/*", "scripts/*", "src/*"):
            copy(self, pattern, tree, self.export_sources_folder)

    def configure(self):
        # The library contains no C++.
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["ATOMIC_LOG_BUILD_TESTS"] = False
        toolchain.cache_variables["ATOMIC_LOG_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["CMAKE_INSTALL_LIBDIR"] = "lib"
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE-*", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # The installation has both libraries. The package has one.
        rm(self, "*.a" if self.options.shared else "*.so*", os.path.join(self.package_folder, "lib"))

    def package_info(self):
        # find_package finds the same targets as elsewhere: AtomicLog::atomic_log, and AtomicLog::shared or ::static.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "AtomicLog")]
        self.cpp_info.set_property("pkg_config_name", "atomic_log")
        self.cpp_info.libs = ["atomic_log"]
