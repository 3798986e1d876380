# Linux on IBM Z, which is big-endian.
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(gnu s390x-linux-gnu)
set(emulator qemu-s390x)
include("${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake")
