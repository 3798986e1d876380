# Linux on 64-bit ARM.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(gnu aarch64-linux-gnu)
set(emulator qemu-aarch64)
include("${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake")
