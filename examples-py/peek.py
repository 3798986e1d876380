"""Looks at a log that C code in the same process writes: any language with a foreign function interface can.

No package is needed, and no compiled module: ctypes calls the library as it is, and what it returns is read where the
writer put it, without a copy. Five functions are enough to look; a status that is not wanted becomes an exception.

From the top of the repository, `make peek` builds the library and the host, and runs:

    python3 examples-py/peek.py target/lib/libatomic_log.so.0 target/programs/host.so

In a program of your own there is no host to load: whatever started Python passes the log's address.
"""

import ctypes
import sys
import time
from contextlib import contextmanager

LOOKS = 5  # a fifth of a second apart


# As in include/atomic_log.h.


class Delta(ctypes.Structure):
    _fields_ = [("first_sequence", ctypes.c_uint64), ("appended", ctypes.c_uint64), ("lost", ctypes.c_uint64)]


class Chunk(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("stride", ctypes.c_size_t),
        ("spans", ctypes.c_void_p),
        ("first_sequence", ctypes.c_uint64),
        ("segment_sequence", ctypes.c_uint64),
    ]


# As in examples-py/host.c.


class Reading(ctypes.Structure):
    _fields_ = [("sequence", ctypes.c_uint64), ("celsius", ctypes.c_double)]


class Library:
    """The functions that a reader needs."""

    def __init__(self, path):
        c = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
        pointer, to = ctypes.c_void_p, ctypes.POINTER
        self.message = c.alog_status_message
        self.message.restype, self.message.argtypes = ctypes.c_char_p, [ctypes.c_int32]
        self.describe = c.alog_log_describe
        self.describe.restype = ctypes.c_size_t
        self.describe.argtypes = [pointer, ctypes.c_char_p, ctypes.c_size_t]
        self.destroy = c.alog_snapshot_destroy
        self.destroy.restype, self.destroy.argtypes = None, [pointer]
        self.count = c.alog_snapshot_chunk_count
        self.count.restype, self.count.argtypes = ctypes.c_size_t, [pointer]
        self.create = self.returns_status(c.alog_snapshot_create, pointer, to(pointer))
        self.refresh = self.returns_status(c.alog_snapshot_refresh, pointer, to(Delta))
        self.chunk = self.returns_status(c.alog_snapshot_chunk, pointer, ctypes.c_size_t, to(Chunk))

    def returns_status(self, function, *arguments):
        def check(status, called, _):
            if status < 0:  # zero and above is success
                raise OSError(f"{called.__name__}: {self.message(status).decode()}")
            return status

        function.restype, function.argtypes, function.errcheck = ctypes.c_int32, arguments, check
        return function


class Snapshot:
    """A stable view. The chunks that it gives out are good until it is refreshed or closed."""

    def __init__(self, library, log):
        self.library = library
        self.handle = ctypes.c_void_p()
        library.create(log, ctypes.byref(self.handle))

    def close(self):
        self.library.destroy(self.handle)
        self.handle = ctypes.c_void_p()

    def refresh(self):
        delta = Delta()
        self.library.refresh(self.handle, ctypes.byref(delta))
        return delta

    def chunks(self, record):
        """The records in view, oldest first, as arrays that lie where the writer put them."""
        chunk = Chunk()
        for index in range(self.library.count(self.handle)):
            self.library.chunk(self.handle, index, ctypes.byref(chunk))
            check(chunk.stride == ctypes.sizeof(record), "the record is not what the log holds")
            yield chunk.first_sequence, (record * chunk.count).from_address(chunk.data)


@contextmanager
def snapshot(library, log):
    view = Snapshot(library, log)
    try:
        yield view
    finally:
        view.close()


def description(library, log):
    text = ctypes.create_string_buffer(library.describe(log, None, 0) + 1000)
    library.describe(log, text, len(text))
    return text.value.decode()


def check(right, what):
    if not right:
        sys.exit(f"peek: {what}")


class Books:
    """How much of everything published was seen, and how much was reported as lost."""

    def __init__(self):
        self.seen = self.lost = 0

    def look(self, view):
        """Refreshes, reads everything in view in place, and returns the temperatures."""
        delta = view.refresh()
        self.seen += delta.appended
        self.lost += delta.lost
        celsius, expected = [], None
        for first, readings in view.chunks(Reading):
            check(expected in (None, first), "chunks do not abut")
            expected = first + len(readings)
            check([reading.sequence for reading in readings] == list(range(first, expected)), "a reading is not its own")
            celsius += [reading.celsius for reading in readings]
        check(expected in (None, self.seen + self.lost), "the view does not end where the delta says")
        return delta, celsius


def main(library_path, host_path):
    library = Library(library_path)
    host = ctypes.CDLL(host_path)
    host.host_open.restype = ctypes.c_void_p
    host.host_start.restype = ctypes.c_bool
    host.host_stop.restype = ctypes.c_int64
    log = host.host_open()
    check(log is not None, "the host has no log")

    books = Books()
    with snapshot(library, log) as view:
        check(host.host_start(), "the host has no thread")
        print("   in view     new    lost    coldest   warmest    newest")
        for _ in range(LOOKS):
            time.sleep(0.2)
            delta, celsius = books.look(view)
            if celsius:
                print(
                    f"{len(celsius):10} {delta.appended:7} {delta.lost:7}  {min(celsius):7.2f} C {max(celsius):7.2f} C"
                    f" {celsius[-1]:7.2f} C"
                )
        print(f"\n{description(library, log)}")
        published = host.host_stop()
        books.look(view)
    host.host_close()
    print(f"{books.seen} seen and {books.lost} told to be lost, of {published} published")
    check(books.seen + books.lost == published, "a reading is unaccounted for")


if __name__ == "__main__":
    check(len(sys.argv) == 3, "usage: peek.py LIBRARY HOST, as `make peek` calls it")
    main(*sys.argv[1:])
