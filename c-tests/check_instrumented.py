"""Holds up that the library itself is instrumented, not only the C programs around it.

Disassembles the static library and looks, inside the crate's own functions, for calls to the sanitizer's runtime: some
in each of the functions named, and, over all functions of the crate, some of every kind asked for.
"""

import argparse
import collections
import re
import subprocess
import sys

SYMBOL = re.compile(r"^[0-9a-f]+ <(.+)>:$")
CALL = re.compile(r"\b(__[at]san_\w+)")
# The crate's C functions, and its Rust functions under either of rustc's ways to mangle names.
OF_THE_CRATE = re.compile(r"alog_\w+|_ZN10atomic_log.*|_ZN\d+_.*10atomic_log.*|_R.*10atomic_log.*")


def calls_by_function(objdump, library):
    """For each function of the crate, how often it calls each function of the runtime."""
    command = [objdump, "--disassemble", "--reloc", "--no-show-raw-insn", library]
    calls = {}
    current = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            symbol = SYMBOL.match(line)
            if symbol:
                of_the_crate = OF_THE_CRATE.fullmatch(symbol.group(1))
                current = calls.setdefault(symbol.group(1), collections.Counter()) if of_the_crate else None
            elif current is not None:
                current.update(CALL.findall(line))
    if process.returncode != 0:
        sys.exit(f"{objdump} ended with {process.returncode}")
    return calls


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--functions", nargs="+", required=True, help="each must call the runtime itself")
    parser.add_argument(
        "--calls", nargs="+", required=True, help="how the names of calls begin that the crate must make"
    )
    options = parser.parse_args()

    calls = calls_by_function(options.objdump, options.library)
    total = sum(calls.values(), collections.Counter())
    faults = [f"{name} is not in the library" for name in options.functions if name not in calls]
    faults += [f"{name} is not instrumented" for name in options.functions if name in calls and not calls[name]]
    for prefix in options.calls:
        count = sum(number for name, number in total.items() if name.startswith(prefix))
        print(f"{prefix}*: {count} calls in {len(calls)} functions of the crate")
        if count == 0:
            faults.append(f"no function of the crate calls {prefix}*")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
