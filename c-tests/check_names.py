"""Holds up the naming of the header and of the shared library.

The functions that the header declares, those that the version script lists, and the dynamic symbols that the library
exports are the same set, and each name begins with alog_. The library gives each function the version that the script
gives it. Every macro, type, tag and enumerator of the header begins with alog_ or ALOG_. The library's SONAME is the one
that programs must record, and a program that was linked with it has recorded that and a version.

With --prove it shows that it can fail: it spoils its inputs in one way after the other and must find every fault.
"""

import argparse
import os
import re
import subprocess
import sys

PREFIX = re.compile(r"alog_[a-z0-9_]+|ALOG_[A-Z0-9_]+")
FUNCTION = re.compile(r"alog_[a-z0-9_]+")
# Words of the language, which stand where a name could stand.
KEYWORDS = {"typedef", "struct", "enum", "union", "extern", "const", "void", "int32_t", "uint32_t"}


class Header:
    """The names that a header defines or declares."""

    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
        text = re.sub(r"//[^\n]*", " ", text)
        text = text.replace("\\\n", " ")
        self.macros = set(re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", text, flags=re.MULTILINE))
        text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.MULTILINE)
        text = re.sub(r'extern\s*"C"\s*\{', " ", text)
        self.tags = set(re.findall(r"\b(?:struct|enum|union)\s+(\w+)", text))
        self.enumerators = set()
        self.types = set()
        self.functions = set()
        for declaration, body in self.declarations(text):
            self.read(declaration, body)

    @staticmethod
    def declarations(text):
        """The declarations at file scope, each as its text without, and the text of, its outermost braces."""
        outside, inside, depth = [], [], 0
        for character in text:
            if character == "{":
                depth += 1
                if depth > 1:
                    inside.append(character)
            elif character == "}":
                if depth > 1:
                    inside.append(character)
                depth = max(0, depth - 1)  # the end of extern "C" closes nothing that was counted
            elif depth > 0:
                inside.append(character)
            elif character == ";":
                yield "".join(outside).strip(), "".join(inside)
                outside, inside = [], []
            else:
                outside.append(character)

    def read(self, declaration, body):
        words = re.findall(r"\w+", declaration)
        if re.match(r"(typedef\s+)?enum\b", declaration) and body:
            self.enumerators |= {re.match(r"\s*(\w+)", item).group(1) for item in body.split(",") if item.strip()}
        if words[:1] == ["typedef"]:
            pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)", declaration)
            self.types.add(pointer.group(1) if pointer else words[-1])
        elif "(" in declaration:
            name = re.search(r"(\w+)\s*\(", declaration)
            self.functions.add(name.group(1))


class Map:
    """The nodes of a version script: each one's functions as they are listed, what it inherits, what it hides."""

    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
        self.nodes, self.parents, self.hidden = {}, {}, []
        for name, body, parent in re.findall(r"(\S+)\s*\{(.*?)\}\s*([^;\s]*)\s*;", text, flags=re.DOTALL):
            listed, _, hidden = body.partition("local:")
            self.nodes[name] = re.findall(r"([^\s;]+)\s*;", listed.replace("global:", " "))
            self.parents[name] = parent
            self.hidden += re.findall(r"([^\s;]+)\s*;", hidden)
        # Each function, as the library must export it.
        self.exports = {f"{function}@@{node}" for node, listed in self.nodes.items() for function in listed}

    def faults(self, major):
        """A node for the first release, one for each minor release that added functions, each inheriting the last."""
        first = f"ATOMIC_LOG_{major}"
        later = [re.fullmatch(rf"{first}\.(\d+)", name) for name in list(self.nodes)[1:]]
        minors = [int(match.group(1)) for match in later if match]
        faults = []
        if list(self.nodes)[:1] != [first] or len(minors) < len(later) or minors != sorted(set(minors)):
            faults.append(f"the script's nodes are not {first}, {first}.<minor>, ...: {' '.join(self.nodes)}")
        if list(self.parents.values()) != ["", *list(self.nodes)[:-1]]:
            faults.append("a node of the script does not inherit the one before it")
        if self.hidden != ["*"]:
            faults.append("the script does not say once what is hidden, which is *")
        for name, listed in self.nodes.items():
            if listed != sorted(set(listed)):
                faults.append(f"{name} of the script is not sorted, or names a function twice")
        names = [function for listed in self.nodes.values() for function in listed]
        faults += [f"{name} has two versions in the script" for name in sorted(set(names)) if names.count(name) > 1]
        return faults


class Library:
    """What a shared library exports, as name@@version; the versions that it defines; its SONAME."""

    def __init__(self, nm, readelf, path):
        found = re.search(r"\(SONAME\).*\[(.*)\]", run(readelf, "-d", path))
        self.soname = found.group(1) if found else None
        defined = re.search(r"^Version definition section(.*?)^$", run(readelf, "-VW", path) + "\n", re.M | re.S)
        names = re.findall(r"Name: (\S+)", defined.group(1)) if defined else []
        self.versions = [name for name in names if name != self.soname]
        symbols = run(nm, "-D", "--defined-only", path).splitlines()
        # GNU ld gives each version a symbol of its own. LLVM's nm adds the version to that as to any symbol.
        of_versions = {*self.versions, *(f"{name}@@{name}" for name in self.versions)}
        self.exports = {line.split()[-1] for line in symbols if line.strip()} - of_versions


def needed(readelf, program):
    """The versions that a program demands, as "file version"."""
    found, file = set(), None
    for name, value in re.findall(r"(File|Name): (\S+)", run(readelf, "-VW", program)):
        if name == "File":
            file = value
        elif file:
            found.add(f"{file} {value}")
    return found


def run(*command):
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def difference(left_name, left, right_name, right):
    faults = [f"{name} is in {left_name}, but not in {right_name}" for name in sorted(left - right)]
    return faults + [f"{name} is in {right_name}, but not in {left_name}" for name in sorted(right - left)]


def faults_of(header_text, map_text, exports, versions, found_soname, needs, expected_soname):
    """Everything that is wrong, as sentences."""
    header = Header(header_text)
    script = Map(map_text)
    listed = {name.split("@")[0] for name in script.exports}
    symbols = {name.split("@")[0] for name in exports}
    faults = []
    if not header.functions or not listed or not symbols:
        faults.append("the header, the script or the library names no function at all")
    faults += difference("the header", header.functions, "the script", listed)
    faults += difference("the script", script.exports, "the library", exports)
    faults += difference("the script", set(script.nodes), "the library's versions", set(versions))
    faults += [f"{name} is not alog_*" for name in sorted(header.functions | symbols) if not FUNCTION.fullmatch(name)]
    for what in ("macros", "types", "tags", "enumerators"):
        found = getattr(header, what) - KEYWORDS
        if not found:
            faults.append(f"the header has no {what}, which cannot be")
        faults += [
            f"{name}, one of the {what}, is neither alog_* nor ALOG_*"
            for name in sorted(found)
            if not PREFIX.fullmatch(name)
        ]
    faults += script.faults(expected_soname.rpartition(".")[2])
    if found_soname != expected_soname:
        faults.append(f"the SONAME is {found_soname}, not {expected_soname}")
    if not any(need.startswith(f"{expected_soname} ATOMIC_LOG_") for need in needs):
        faults.append(f"a program that was linked with {expected_soname} demands no version of it")
    return faults


def prove(*sound):
    """Spoils the inputs in one way at a time, and returns what was not found."""
    header, script, exports, versions, soname, needs, expected_soname = sound
    parts = ("header", "script", "exports", "versions", "soname", "needs")

    def after(addition):
        """`addition` at the header's end, before the guard's #endif."""
        end = header.rindex("#endif")
        return header[:end] + addition + "\n" + header[end:]

    export = sorted(exports)[0]
    function, version = export.split("@@")
    rest = exports - {export}
    spoiled = {
        "a function that only the header has": {"header": after("int alog_extra_one(void);")},
        "a function that the header lacks": {"header": re.sub(rf"\b{function}\b", "alog_other_name", header)},
        "a function without the prefix": {"header": after("void other_function(int x);")},
        "a function without the prefix, wherever one looks": {
            "header": after("void other_function(int x);"),
            "script": script.replace("local:", "other_function;\n  local:", 1),
            "exports": exports | {f"other_function@@{version}"},
        },
        "a macro without the prefix": {"header": after("#define OTHER_MACRO 1")},
        "a type without the prefix": {"header": after("typedef struct alog_odd { int x; } odd;")},
        "a callback type without the prefix": {"header": after("typedef void (*callback)(int);")},
        "a tag without the prefix": {"header": after("struct odd { int x; };")},
        "an enumerator without the prefix": {"header": after("enum alog_odd { ALOG_FINE, ODD = 3 };")},
        "a function that only the script has": {"script": script.replace("local:", "alog_zzz;\n  local:", 1)},
        "a function that the script lacks": {"script": re.sub(rf"\b{function};", "", script)},
        "a function that the script names twice": {
            "script": re.sub(rf"\b{function};", f"{function}; {function};", script)
        },
        "functions that are not in order": {
            "script": script.replace(f"{function};", "", 1).replace("local:", f"{function};\n  local:", 1)
        },
        "a function in two nodes": {
            "script": script + f"{version}.7 {{ {function}; }} {version};",
            "exports": exports | {f"{function}@@{version}.7"},
            "versions": [*versions, f"{version}.7"],
        },
        "a node of another name": {
            "script": script.replace(f"{version} {{", "ATOMIC_LOG_9 {", 1),
            "exports": {name.replace(version, "ATOMIC_LOG_9") for name in exports},
            "versions": ["ATOMIC_LOG_9", *versions[1:]],
        },
        "a node that inherits none": {
            "script": script + f"{version}.7 {{ }};",
            "versions": [*versions, f"{version}.7"],
        },
        "nodes that are not in order": {
            "script": script + f"{version}.7 {{ }} {version}; {version}.6 {{ }} {version}.7;",
            "versions": [*versions, f"{version}.7", f"{version}.6"],
        },
        "a script that hides nothing": {"script": script.replace("*;", "", 1)},
        "a symbol that only the library has": {"exports": exports | {f"alog_extra_one@@{version}"}},
        "a symbol that the library lacks": {"exports": rest},
        "a symbol without the prefix": {"exports": exports | {"rust_eh_personality"}},
        "a symbol without a version": {"exports": rest | {function}},
        "a symbol of another version": {"exports": rest | {f"{function}@@ATOMIC_LOG_9"}},
        "a symbol whose version is not the default": {"exports": rest | {f"{function}@{version}"}},
        "no symbols at all": {"exports": set()},
        "a version that the script lacks": {"versions": [*versions, "ATOMIC_LOG_9"]},
        "no versions at all": {"versions": []},
        "another SONAME": {"soname": "libatomic_log.so"},
        "no SONAME": {"soname": None},
        "a program that demands no version": {"needs": {need for need in needs if "atomic_log" not in need}},
    }
    faults = set(faults_of(*sound))
    missed = []
    for what, spoilt in spoiled.items():
        inputs = [spoilt.get(part, old) for part, old in zip(parts, sound)]
        if not set(faults_of(*inputs, expected_soname)) - faults:
            missed.append(f"not found: {what}")
    return missed


def main():
    parser = argparse.ArgumentParser()
    for name in ("header", "map", "library", "program", "soname", "nm", "readelf"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--prove", action="store_true")
    options = parser.parse_args()
    with open(options.header, encoding="utf-8") as file:
        header = file.read()
    with open(options.map, encoding="utf-8") as file:
        script = file.read()
    library = Library(options.nm, options.readelf, options.library)
    needs = needed(options.readelf, options.program)
    inputs = (header, script, library.exports, library.versions, library.soname, needs, options.soname)
    faults = (prove if options.prove else faults_of)(*inputs)
    for fault in faults:
        print(fault)
    if not faults:
        count = len(library.exports)
        print("every fault is found" if options.prove else f"{count} functions, all as they should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
