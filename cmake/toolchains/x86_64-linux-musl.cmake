# Linux on x86-64 with musl, fully static: Alpine's libc, in programs that run on any Linux. Debian has the compiler in
# musl-tools; it has no C++ library for musl.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER musl-gcc)
set(CMAKE_CXX_COMPILER CMAKE_CXX_COMPILER-NOTFOUND)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
# The kernel's headers, searched after musl's own.
set(CMAKE_C_FLAGS_INIT "-idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu")
set(BUILD_SHARED_LIBS OFF CACHE BOOL "Programs carry the library")
set(CMAKE_FIND_ROOT_PATH /usr/lib/musl /usr/include/x86_64-linux-musl)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
