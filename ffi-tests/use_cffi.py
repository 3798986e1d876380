"""Appends and reads through Python's cffi, which is given the header, and calls the library without a compiler.

cffi reads declarations in C, but neither #include nor attributes: what it is given are the lines of the header that
include nothing, after a preprocessor for which ALOG_API and ALOG_NODISCARD are empty.

Usage: python3 ffi-tests/use_cffi.py include/atomic_log.h target/lib/libatomic_log.so.0
"""

import os
import subprocess
import sys

import cffi


def declarations(header):
    with open(header, encoding="utf-8") as file:
        text = "".join(line for line in file if not line.startswith("#include"))
    command = [os.environ.get("CC", "cc"), "-E", "-P", "-DALOG_API=", "-DALOG_NODISCARD=", "-"]
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True, text=True).stdout


def main(header, library):
    ffi = cffi.FFI()
    ffi.cdef(declarations(header))
    al = ffi.dlopen(library)

    options = ffi.new("alog_options *")
    al.alog_options_init(options)
    options.record_size, options.retained_capacity, options.segment_capacity = 8, 8, 4

    log_out, writer_out, snapshot_out = ffi.new("alog_log **"), ffi.new("alog_writer **"), ffi.new("alog_snapshot **")
    assert al.alog_log_create_fixed(options, log_out) == al.ALOG_OK
    assert al.alog_writer_claim(log_out[0], writer_out) == al.ALOG_OK
    assert al.alog_writer_claim(log_out[0], writer_out) == al.ALOG_ERR_CLAIMED  # a negative one
    for number in range(6):
        assert al.alog_writer_append(writer_out[0], ffi.new("double *", number / 4), 8) == al.ALOG_OK

    assert al.alog_snapshot_create(log_out[0], snapshot_out) == al.ALOG_OK
    chunk = ffi.new("alog_chunk *")
    seen = []
    index = 0
    while al.alog_snapshot_chunk(snapshot_out[0], index, chunk) == al.ALOG_OK:
        seen += ffi.unpack(ffi.cast("const double *", chunk.data), chunk.count)
        index += 1
    assert seen == [number / 4 for number in range(6)], seen

    al.alog_snapshot_destroy(snapshot_out[0])
    al.alog_writer_release(writer_out[0])
    al.alog_log_release(log_out[0])
    print(f"{len(seen)} records, {index} chunks")


if __name__ == "__main__":
    main(*sys.argv[1:])
