"""Holds up that both sides of the C boundary are instrumented, whatever the canaries can see of it.

The library: disassembles it and looks, inside each function, for calls to the sanitizer's runtime. A function without
such calls must be one of those named, which touch no memory. Over all functions there must be calls of every kind asked
for.

The C programs: looks at every object file below some directories for what it needs of the runtime. It must need
something of every kind asked for.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys

SYMBOL = re.compile(r"^[0-9a-f]+ <(.+)>:$")
NEEDED = re.compile(r"(.+?): +[Uwv] (\S+)")
CALL = re.compile(r"\b(__[at]san_\w+)")


def calls_by_function(objdump, library):
    """For each function, how often it calls each function of the runtime."""
    command = [objdump, "--disassemble", "--reloc", "--demangle", "--no-show-raw-insn", library]
    calls = {}
    current = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            symbol = SYMBOL.match(line)
            if symbol:
                current = calls.setdefault(symbol.group(1), collections.Counter())
            elif current is not None:
                current.update(CALL.findall(line))
    if process.returncode != 0:
        sys.exit(f"{objdump} ended with {process.returncode}")
    return calls


def faults_of_library(options):
    calls = calls_by_function(options.objdump, options.library)
    total = sum(calls.values(), collections.Counter())
    faults = [f"{name} is not in the library" for name in options.functions if name not in calls]
    exempt = re.compile("|".join(options.exempt))
    faults += [f"{name} is not instrumented" for name in calls if not calls[name] and not exempt.fullmatch(name)]
    for prefix in options.calls:
        count = sum(number for name, number in total.items() if name.startswith(prefix))
        print(f"{prefix}*: {count} calls in {len(calls)} functions")
        if count == 0:
            faults.append(f"no function calls {prefix}*")
    return faults


def faults_of_objects(options):
    faults = []
    for directory in options.objects_under:
        objects = sorted(pathlib.Path(directory).rglob("*.o"))
        print(f"{len(objects)} objects below {directory}")
        if not objects:
            faults.append(f"no objects below {directory}")
            continue
        command = [options.nm, "--print-file-name", "--undefined-only", *map(str, objects)]
        needed = {str(path): [] for path in objects}
        for line in subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
            path, name = NEEDED.fullmatch(line).groups()
            needed[path].append(name)
        for path, names in needed.items():
            for prefix in options.needs:
                if not any(name.startswith(prefix) for name in names):
                    faults.append(f"{path} needs nothing of {prefix}*")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objdump")
    parser.add_argument("--library")
    parser.add_argument("--functions", nargs="+", help="each must be there")
    parser.add_argument("--exempt", nargs="+", help="patterns of functions that need not call the runtime")
    parser.add_argument("--calls", nargs="+", help="how the names of calls begin that there must be")
    parser.add_argument("--nm")
    parser.add_argument("--objects-under", nargs="+", help="directories, none without an object")
    parser.add_argument("--needs", nargs="+", help="how the names begin that each object must need")
    options = parser.parse_args()
    of_library = [options.objdump, options.library, options.functions, options.exempt, options.calls]
    of_objects = [options.nm, options.objects_under, options.needs]
    if all(of_library) and not any(of_objects):
        faults = faults_of_library(options)
    elif all(of_objects) and not any(of_library):
        faults = faults_of_objects(options)
    else:
        parser.error("either all the options of the library, or all those of objects")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
