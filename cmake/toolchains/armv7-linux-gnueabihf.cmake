# Linux on 32-bit ARM, with floating point in hardware.
set(CMAKE_SYSTEM_PROCESSOR armv7)
set(gnu arm-linux-gnueabihf)
set(emulator qemu-arm)
include("${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake")
