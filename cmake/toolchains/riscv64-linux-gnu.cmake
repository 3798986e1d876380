# Linux on 64-bit RISC-V.
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(gnu riscv64-linux-gnu)
set(emulator qemu-riscv64)
include("${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake")
