"""Reads atomic_log_nats.h, comments included, as c-tests/boundary.py reads atomic_log.h. The comments must be whole, and
must not repeat a default, which the introduction tells once. test_boundary.c holds up what they promise.

With --prove it shows that it can fail: it spoils the comments and declarations of each function in turn, and must find
every fault.
"""

import functools
import os
import re
import sys

sys.dont_write_bytecode = True  # the source directory stays as it is
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "c-tests"))
import boundary  # noqa: E402

HEADER = os.path.join(ROOT, "mirror", "include", "atomic_log_nats.h")
# What the handles of atomic_log.h are, which that header tells.
OTHERS = ("alog_log", "alog_writer", "alog_snapshot", "alog_cursor", "alog_segment")

boundary.HANDLES = ("alog_log", "alog_nats_publisher", "alog_nats_mirror")
# What a valid call passes is up to test_boundary.c.
boundary.ARGUMENTS = dict.fromkeys(
    [
        ("size_t", "size"),
        ("uint64_t", "timeout_ns"),
        ("const alog_options *", "log_options"),
        ("const alog_nats_options *", "options"),
    ]
)
boundary.DEFAULTS = {"Blocking": "never.", "Progress": "not promised.", "Allocates": "yes.", "Since": "0.1.0."}
boundary.CONVENTIONS = (
    "- The text of alog_nats_options_problem is always written. Other outputs are written only on success.",
    "- A bug of the library ends no process: a call returns ALOG_ERR_INTERNAL,",
    "- Threads: the type of the first parameter tells. If it is no handle: any.",
    "- Progress: not promised.",
    "- Allocates: yes, from the system.",
    "- Blocking: never.",
    "- Since: 0.1.0.",
    "- Lifetime: a handle that you receive lives until you give it to its close or release function.",
    "- Safety: each pointer is NULL, or points to what its type and comment tell: a live handle,",
    "- A pointer is required, unless its comment tells when it may be NULL.",
    "- A function that returns a status also returns ALOG_ERR_NULL if a required pointer is NULL, ALOG_ERR_HANDLE if a "
    "handle is wrong, and ALOG_ERR_ARGUMENT if a pointer is misaligned.",
    "- A function without a status does nothing with NULL, a wrong handle or a misaligned pointer, and returns NULL if "
    "it returns something.",
)

# Faults of atomic_log.h that are none here: Function below lifts their rules, and no pointer of the close is required.
LIFTED = (
    "ALOG_ERR_NO_MEMORY is not listed",
    "no kind in options",
    "alog_nats_publisher_close: what the introduction says of all",
)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


CORE = boundary.DECLARATION.sub("", boundary.without_comments(read(os.path.join(ROOT, "include", "atomic_log.h"))))


@functools.cache
def types_of(code, threads):
    """The types of this header, and those of the one that it includes."""
    return boundary.Types(CORE + code, (*threads, *((name, "any") for name in OTHERS)))


class Function(boundary.Function):
    # Nearly all allocate, and ALOG_ERR_NO_MEMORY is the log's alone.
    @property
    def allocates(self):
        return "ALOG_ERR_NO_MEMORY" in (self.comment.result or "")

    # A mirror's log may be of either kind.
    def check_kind(self):
        pass


class Header(boundary.Header):
    def faults(self):
        """Without what is up to the other header: which of its functions ends its handles."""
        return [fault for fault in super().faults() if fault.split()[0] not in OTHERS]


def spoiled(text, of_the_core=boundary.spoiled):
    """Without what this header has nothing of."""
    for what, changed, expected in of_the_core(text):
        if changed != text and not any(lifted in what for lifted in LIFTED):
            yield what, changed, expected


boundary.types_of = types_of
boundary.read_function = functools.cache(Function)
boundary.Header = Header
boundary.spoiled = spoiled


def main():
    text = read(HEADER)
    faults, planted = boundary.prove(text) if sys.argv[1:] == ["--prove"] else (Header(text).faults(), None)
    if planted is not None and planted < 200:
        faults.append(f"only {planted} faults were planted")
    for fault in faults:
        print(fault, file=sys.stderr)
    if planted is not None and not faults:
        print(f"every one of {planted} faults is found")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
