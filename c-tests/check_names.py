"""Holds up the naming of the header and of the shared library.

The functions that the header declares, the dynamic symbols that the library exports and the checked-in list are one and
the same set, each beginning with alog_; every macro, type, tag and enumerator of the header begins with alog_ or ALOG_;
and the library's SONAME is the one that programs are to record.

With --prove it shows that it can fail: it spoils each of its inputs in turn and must find every fault.
"""

import argparse
import re
import subprocess
import sys

PREFIX = re.compile(r"alog_[a-z0-9_]+|ALOG_[A-Z0-9_]+")
FUNCTION = re.compile(r"alog_[a-z0-9_]+")
# Words of the language, which stand where a name might.
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


def exported(nm, library):
    output = subprocess.run([nm, "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in output.splitlines() if line.strip()}


def soname(readelf, library):
    output = subprocess.run([readelf, "-d", library], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\(SONAME\).*\[(.*)\]", output)
    return found.group(1) if found else None


def listed(text):
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def difference(left_name, left, right_name, right):
    faults = [f"{name} is in {left_name}, but not in {right_name}" for name in sorted(left - right)]
    return faults + [f"{name} is in {right_name}, but not in {left_name}" for name in sorted(right - left)]


def faults_of(header_text, list_text, symbols, found_soname, expected_soname):
    """Everything that is wrong, as sentences."""
    header = Header(header_text)
    names = listed(list_text)
    faults = []
    if not header.functions or not names or not symbols:
        faults.append("the header, the list or the library names no function at all")
    faults += difference("the header", header.functions, "the list", set(names))
    faults += difference("the header", header.functions, "the library", symbols)
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
    if names != sorted(set(names)):
        faults.append("the list is not sorted, or names a function twice")
    if found_soname != expected_soname:
        faults.append(f"the SONAME is {found_soname}, not {expected_soname}")
    return faults


def prove(header, names, symbols, found_soname, expected_soname):
    """Spoils one input at a time and returns what was not found."""

    def after(text, addition):
        """`addition` at the header's end, before the guard's #endif."""
        end = text.rindex("#endif")
        return text[:end] + addition + "\n" + text[end:]

    a_function = sorted(symbols)[0]
    spoiled = {
        "a function that only the header has": (
            after(header, "int alog_extra_one(void);"),
            names,
            symbols,
            found_soname,
        ),
        "a function that the header lacks": (
            re.sub(rf"\b{a_function}\b", "alog_other_name", header),
            names,
            symbols,
            found_soname,
        ),
        "a function that only the list has": (header, names + "\nalog_zzz\n", symbols, found_soname),
        "a function that the list lacks": (
            header,
            re.sub(rf"^{a_function}$", "", names, flags=re.M),
            symbols,
            found_soname,
        ),
        "a symbol that only the library has": (header, names, symbols | {"alog_extra_one"}, found_soname),
        "a symbol that the library lacks": (header, names, symbols - {a_function}, found_soname),
        "a symbol without the prefix": (header, names, symbols | {"rust_eh_personality"}, found_soname),
        "no symbols at all": (header, names, set(), found_soname),
        "a function without the prefix": (after(header, "void other_function(int x);"), names, symbols, found_soname),
        "a macro without the prefix": (after(header, "#define OTHER_MACRO 1"), names, symbols, found_soname),
        "a type without the prefix": (
            after(header, "typedef struct alog_odd { int x; } odd;"),
            names,
            symbols,
            found_soname,
        ),
        "a callback type without the prefix": (
            after(header, "typedef void (*callback)(int);"),
            names,
            symbols,
            found_soname,
        ),
        "a tag without the prefix": (after(header, "struct odd { int x; };"), names, symbols, found_soname),
        "an enumerator without the prefix": (
            after(header, "enum alog_odd { ALOG_FINE, ODD = 3 };"),
            names,
            symbols,
            found_soname,
        ),
        "another SONAME": (header, names, symbols, "libatomic_log.so"),
        "no SONAME": (header, names, symbols, None),
    }
    sound = set(faults_of(header, names, symbols, found_soname, expected_soname))
    return [
        f"not found: {what}" for what, inputs in spoiled.items() if not set(faults_of(*inputs, expected_soname)) - sound
    ]


def main():
    parser = argparse.ArgumentParser()
    for name in ("header", "library", "list", "soname", "nm", "readelf"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--prove", action="store_true")
    options = parser.parse_args()
    with open(options.header, encoding="utf-8") as file:
        header = file.read()
    with open(options.list, encoding="utf-8") as file:
        names = file.read()
    inputs = (
        header,
        names,
        exported(options.nm, options.library),
        soname(options.readelf, options.library),
        options.soname,
    )
    faults = (prove if options.prove else faults_of)(*inputs)
    for fault in faults:
        print(fault)
    if not faults:
        print("every fault is found" if options.prove else f"{len(listed(names))} functions, all as they should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
