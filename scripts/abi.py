#!/usr/bin/env python3
"""Compares the C ABI with the committed one, abi/atomic_log-<major>.abi, and with the library's debug information.

The header's ABI is abidw's description of a library of stubs: every function that the header declares, without a body,
with the versions of abi/atomic_log.map. It must equal the committed one, by abidiff and by the comparison here. The
latter also distinguishes what abidiff takes for the same (size_t and uint64_t, which are two types on 32-bit targets).
An addition that docs/ABI.md allows is committed with --update. A change that breaks programs is refused.

The library's ABI is abidw's description of cargo's development build, in Rust's types. Its functions must take and
return what the header says, and its structs must have the header's layout.

With --prove it shows that both comparisons can fail, and tell additions from breaks: it spoils a copy of the header in
one way after another.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

# Nothing that differs from machine to machine.
ABIDW = ["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-architecture"]
# These grow at their ends, as docs/ABI.md says.
GROWING = {"alog_options", "alog_channel", "alog_stats", "alog_view_stats"}


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


# What is described


def describe_header(include, script, work):
    """The description of a library of stubs for the header in `include`, with the versions of the script."""
    words = ["-DALOG_API=@", "-DALOG_NODISCARD="]
    text = run(os.environ.get("CC", "cc"), "-E", "-P", *words, "-I", include, "-", input="#include <atomic_log.h>\n")
    functions = [part.partition(";")[0] for part in text.split("@")[1:]]
    stubs = os.path.join(work, "stubs.c")
    with open(stubs, "w", encoding="utf-8") as file:
        file.write("#define ALOG_NODISCARD\n#include <atomic_log.h>\n")
        file.writelines(f"{function.strip()} {{ __builtin_trap(); }}\n" for function in functions)
        # No C function has the enum in its type before C23, when it is called alog_status in C, too.
        file.write('__attribute__((visibility("default"))) enum alog_status_value alog_status_values;\n')
    versions = os.path.join(work, "stubs.map")
    with open(script, encoding="utf-8") as file, open(versions, "w", encoding="utf-8") as copy:
        copy.write(re.sub(r"local:\s*\*;", "", file.read()))  # which would hide the variable
    library = os.path.join(work, "stubs.so")
    flags = ["-std=c11", "-Dalog_status_value=alog_status", "-g", "-fPIC", "-shared", "-nostdlib", f"-Wl,--version-script={versions}"]
    run(os.environ.get("CC", "cc"), *flags, "-I", include, stubs, "-o", library)
    description = os.path.join(work, "header.abi")
    run(*ABIDW, "--headers-dir", include, "--drop-private-types", "--out-file", description, library)
    return description


def describe_library(work):
    """The description of the library as cargo's development profile builds it, with all its debug information."""
    library, description = os.path.join(work, "library"), os.path.join(work, "library.abi")
    run("env", "DEBUG_INFO=1", "scripts/c-library.sh", library)
    run(*ABIDW, "--out-file", description, os.path.join(library, "libatomic_log.so"))
    return description


class Abi:
    """What a description says of the functions alog_*, and of the structs and enums of that prefix.

    With `names` each type is spelt by the names that the header gives it. Without, it is spelt as a compiler takes it:
    u64 for size_t and usize, *alog_log for a pointer to one, const or not.
    """

    def __init__(self, description, names):
        root = xml.parse(description).getroot()
        self.by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
        self.names = names
        versions = {symbol.get("name"): symbol.get("version") for symbol in root.iter("elf-symbol")}
        self.functions, self.structs, self.enums = {}, {}, {}
        for element in root.iter("function-decl"):
            name = element.get("name")
            if element.get("elf-symbol-id") and name.startswith("alog_"):
                parameters = ", ".join(self.spell(item.get("type-id")) for item in element.iter("parameter"))
                result = self.spell(element.find("return").get("type-id"))
                version = f" {versions[name]}" if names else ""
                self.functions[name] = f"{result} {name}({parameters}){version}"
        for element in root.iter("class-decl"):
            name = element.get("name")
            if name.startswith("alog_") and element.get("size-in-bits"):  # which handles have not
                members = [
                    f"{self.spell(member.find('var-decl').get('type-id'))} {member.find('var-decl').get('name')}"
                    f" at {int(member.get('layout-offset-in-bits')) // 8}"
                    for member in element.iter("data-member")
                ]
                self.structs[name] = (int(element.get("size-in-bits")) // 8, members)
        for element in root.iter("enum-decl"):
            if element.get("name").startswith("alog_"):
                values = {item.get("name"): int(item.get("value")) for item in element.iter("enumerator")}
                self.enums[element.get("name")] = values

    def spell(self, identity):
        element = self.by_id[identity]
        kind, name, inner = element.tag, element.get("name"), element.get("type-id")
        if kind == "pointer-type-def":
            return ("*" if not self.names else "pointer to ") + self.spell(inner)
        if kind == "qualified-type-def":
            return ("const " if self.names else "") + self.spell(inner)
        if kind == "array-type-def":
            return f"{element.find('subrange').get('length')} of {self.spell(inner)}"
        if kind == "function-type":
            parameters = ", ".join(self.spell(item.get("type-id")) for item in element.iter("parameter"))
            return f"{self.spell(element.find('return').get('type-id'))} function({parameters})"
        if kind == "typedef-decl":
            return name if self.names and not name.startswith("__") else self.spell(inner)
        return name if self.names else self.machine(element, name)

    @staticmethod
    def machine(element, name):
        bits = element.get("size-in-bits")
        # A pointer to a function, which is known by its name only; None is NULL.
        pointer = re.fullmatch(r'Option<unsafe extern "C" fn\((.*?)\)(?: -> (.*))?>', name)
        if pointer and bits == "64":
            parameters = [Abi.rust(parameter) for parameter in pointer.group(1).split(", ")]
            return f"*{Abi.rust(pointer.group(2) or '()')} function({', '.join(parameters)})"
        if name in ("void", "()", "c_void"):
            return "void"
        if name == "alog_status":
            return "i32"
        # "unsigned long int" and "usize"; "char" and "i8".
        if re.fullmatch(r"(?:(?:unsigned|signed|long|short|int|char) ?)+|[iu](?:\d+|size)", name):
            return ("u" if name.startswith("u") else "i") + bits
        return {"_Bool": "bool"}.get(name, name)

    @staticmethod
    def rust(name):
        """A type of Rust's as it is written, of 64-bit targets."""
        pointers = re.match(r"(?:\*(?:mut|const) )*", name).group()
        name = name[len(pointers) :].rpartition("::")[2]
        return "*" * pointers.count("*") + {"usize": "u64", "c_void": "void", "()": "void", "alog_status": "i32"}.get(name, name)


# What is compared


def breaks(old, new):
    """What a program that was compiled with `old` could stumble over in `new`."""
    found = []
    for name, declaration in old.functions.items():
        if name not in new.functions:
            found.append(f"{name} is gone")
        elif new.functions[name] != declaration:
            found.append(f"{declaration} is now {new.functions[name]}")
    for name, (size, members) in old.structs.items():
        new_size, new_members = new.structs.get(name, (0, []))
        if new_size == 0:
            found.append(f"{name} is gone")
        elif new_members[: len(members)] != members:
            changes = [f"{was} is now {now}" for was, now in zip(members, new_members) if was != now]
            found.append(f"{name} has changed: {', '.join(changes) or 'members are gone'}")
        elif new_size < size or (new_size > size and (len(new_members) == len(members) or name not in GROWING)):
            found.append(f"{name} was {size} bytes, and is {new_size}")
        elif len(new_members) > len(members) and new_size == size:
            found.append(f"{name} has new members, but not a new size, by which the library would know them")
    for name, values in old.enums.items():
        for enumerator, value in values.items():
            if new.enums.get(name, {}).get(enumerator) != value:
                found.append(f"{enumerator} was {value}, and is {new.enums.get(name, {}).get(enumerator, 'gone')}")
    return found


def additions(old, new):
    found = [declaration for name, declaration in new.functions.items() if name not in old.functions]
    found += [f"{name}, {new.structs[name][0]} bytes" for name in new.structs if name not in old.structs]
    for name in GROWING & new.structs.keys() & old.structs.keys():
        found += [f"{name}: {member}" for member in new.structs[name][1][len(old.structs[name][1]) :]]
    for name, values in new.enums.items():
        found += [f"{each} = {values[each]}" for each in values if each not in old.enums.get(name, {})]
    return found


def differences(header, library):
    """Where the library is not what the header says."""
    found = []
    for name in sorted(header.functions.keys() | library.functions.keys()):
        declared, defined = header.functions.get(name), library.functions.get(name)
        if declared != defined:
            found.append(f"the header says {declared or 'nothing'}, and the library {defined or 'nothing'}")
    for name, layout in header.structs.items():
        if library.structs.get(name) != layout:
            found.append(f"the header says {name} {layout}, and the library {library.structs.get(name)}")
    for name, values in header.enums.items():
        if library.enums.get(name) != values:
            found.append(f"the header says {name} {values}, and the library {library.enums.get(name)}")
    if not header.functions or not header.structs or not header.enums:
        found.append("the header has no functions, structs or enums, which cannot be")
    return found


def abidiff(committed, fresh):
    """What abidiff says of the change, harmless or not; empty if there is none."""
    done = subprocess.run(["abidiff", "--harmless", committed, fresh], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode & 3:
        sys.exit("abi.py: abidiff failed")
    return done.stdout if done.returncode else ""


def verdict(committed, fresh):
    """One of "same", "additions" and "breaks", and why."""
    old, new = Abi(committed, names=True), Abi(fresh, names=True)
    broken, added, report = breaks(old, new), additions(old, new), abidiff(committed, fresh)
    if broken:
        return "breaks", broken
    if added:
        return "additions", added
    if report:
        return "breaks", [report]
    return "same", []


# What is done


# What is changed in a copy of the header to prove the comparisons: what it is called, its verdict, whether the library
# then differs from the header, and what is put in the place of what.
LAST = "const struct alog_allocator *allocator;\n}"
GROWN = LAST.replace("}", "  uint64_t more;\n}")
VERSION = "ALOG_API uint32_t alog_version(void);"
WAIT = "alog_cursor_wait(alog_cursor *cursor, uint64_t timeout_ns"
SPOILS = [
    ("no change", "same", False, {}),
    ("a function less", "breaks", True, {VERSION: ""}),
    ("a function more", "additions", True, {VERSION: f"{VERSION} ALOG_API int alog_more(int one);"}),
    ("another result", "breaks", True, {VERSION: "ALOG_API uint64_t alog_version(void);"}),
    ("a parameter more", "breaks", True, {WAIT: f"{WAIT}, int more"}),
    ("a narrower parameter", "breaks", True, {"size_t first,": "uint32_t first,"}),
    ("size_t is uint64_t", "breaks", False, {"size_t first,": "uint64_t first,"}),
    ("a pointer to another struct", "breaks", True, {WAIT: WAIT.replace("alog_cursor *", "alog_writer *")}),
    ("a pointer no longer to const", "breaks", False, {"alog_snapshot_len(const ": "alog_snapshot_len("}),
    (
        "an allocator's function takes less",
        "breaks",
        True,
        {"context, size_t size, size_t align": "context, size_t size"},
    ),
    (
        "members change places",
        "breaks",
        True,
        {"uint64_t begin;": "uint64_t end;", "uint64_t end;\n}": "uint64_t begin;\n}"},
    ),
    ("a member of another type", "breaks", True, {"uint32_t record_align;": "int32_t record_align;"}),
    ("a larger member", "breaks", True, {"uint32_t record_align;": "uint64_t record_align;"}),
    ("a member less", "breaks", True, {"uint64_t oldest_view_age;": ""}),
    ("a member in between", "breaks", True, {"uint64_t rolls;": "uint64_t more;\n  uint64_t rolls;"}),
    ("a frozen struct grows", "breaks", True, {"uint64_t lost;": "uint64_t lost;\n  uint64_t more;"}),
    ("alog_options grows", "additions", True, {LAST: GROWN}),
    ("alog_channel grows", "additions", True, {"uint64_t max_age;": "uint64_t max_age;\n  uint64_t more;"}),
    (
        "alog_options grows, and changes before",
        "breaks",
        True,
        {LAST: GROWN, "uint32_t max_segments;": "float max_segments;"},
    ),
    ("a status more", "additions", True, {"ALOG_ERR_INTERNAL = -11,": "ALOG_ERR_INTERNAL = -11,\n  ALOG_MORE = 5,"}),
    ("a status of another value", "breaks", True, {"ALOG_ERR_INTERNAL = -11": "ALOG_ERR_INTERNAL = -12"}),
]


def prove(committed, script, library, work):
    with open("include/atomic_log.h", encoding="utf-8") as file:
        header = file.read()
    faults = []
    include = os.path.join(work, "include")
    os.mkdir(include)
    for what, expected, differs, changes in SPOILS:
        text = header
        for old, new in changes.items():
            if text.count(old) != 1:
                sys.exit(f"abi.py --prove: not once in the header: {old}")
            text = text.replace(old, new)
        with open(os.path.join(include, "atomic_log.h"), "w", encoding="utf-8") as file:
            file.write(text)
        fresh = describe_header(include, script, work)
        said, _ = verdict(committed, fresh)
        if said != expected:
            faults.append(f'{what}: "{said}", not "{expected}"')
        if bool(differences(Abi(fresh, names=False), library)) != differs:
            faults.append(f"{what}: the library {'does not differ' if differs else 'differs'}")
    # A function that goes to another version.
    with open(script, encoding="utf-8") as file:
        nodes = file.read()
    moved = os.path.join(work, "moved.map")
    with open(moved, "w", encoding="utf-8") as file:
        file.write(nodes.replace("alog_version;", "") + "ATOMIC_LOG_9 { global: alog_version; } ATOMIC_LOG_0;\n")
    if verdict(committed, describe_header("include", moved, work))[0] != "breaks":
        faults.append("a function of another version is not found")
    return faults


def update(committed, fresh):
    if os.path.exists(committed):
        said, reasons = verdict(committed, fresh)
        if said == "breaks":
            tell(reasons)
            sys.exit("This breaks programs, and takes a new major version (docs/ABI.md): nothing was written.")
    shutil.copyfile(fresh, committed)
    print(f"{committed} is what the header says")


def tell(reasons):
    for reason in reasons:
        print(f"  {reason}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--prove", action="store_true")
    options = parser.parse_args()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    with open("Cargo.toml", encoding="utf-8") as file:
        major = re.search(r'^version = "(\d+)', file.read(), re.M).group(1)
    committed, script = f"abi/atomic_log-{major}.abi", "abi/atomic_log.map"
    with tempfile.TemporaryDirectory() as work:
        fresh = describe_header("include", script, work)
        if options.update:
            update(committed, fresh)
            return
        if not os.path.exists(committed):
            sys.exit(f"There is no {committed}: make abi-update writes it.")
        library = Abi(describe_library(work), names=False)
        if options.prove:
            faults = prove(committed, script, library, work)
            tell(faults)
            if faults:
                sys.exit(1)
            print("every change is found, and told for what it is")
            return
        said, reasons = verdict(committed, fresh)
        header = Abi(fresh, names=False)
        differing = differences(header, library)
    tell(reasons + differing)
    if said == "additions":
        sys.exit("The header has additions: is the minor version the next one (docs/ABI.md)? Then make abi-update.")
    if said == "breaks":
        sys.exit("The header breaks programs that were compiled with an older one (docs/ABI.md): mend it.")
    if differing:
        sys.exit("The library is not what the header says: mend it.")
    print(f"{len(header.functions)} functions, {len(header.structs)} structs: as committed, and as in the library")


if __name__ == "__main__":
    main()
