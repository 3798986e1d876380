#!/usr/bin/env python3
"""Prints the coverage of src in all lcov files together, by file, and compares it with docs/testing/uncovered.md.

Usage: coverage.py LIST LCOV...

The list has a line "Floor: N %", and a table whose rows begin with the file and the function, because lines move with
every edit. Exit status 1: fewer lines than the floor says are run, or a function with lines that nothing runs is not listed.
"""
import os
import re
import sys

# Files that are compiled for the models, or are tests themselves.
LEFT_OUT = re.compile(r"src/raw/(loom_tests/|tests\.rs)")


def runs_of_lines(lcovs):
    """{file: {line: count}}"""
    files = {}
    for line in (line for lcov in lcovs for line in open(lcov)):
        field, _, value = line.strip().partition(":")
        if field == "SF":
            lines = files.setdefault(os.path.relpath(value), {})
        elif field == "DA":
            number, count = value.split(",")[:2]
            lines[int(number)] = max(lines.get(int(number), 0), int(count))
    return {file: lines for file, lines in files.items() if file.startswith("src/") and not LEFT_OUT.match(file)}


def functions_of_lines(file):
    """The function that each line stands in, as "Type::function": the last one that began above it."""
    names = [""]
    owner = name = ""
    for line in open(file):
        block = re.match(r"(?:unsafe )?(?:impl|trait|mod|pub\S* (?:unsafe )?trait)\b(.*)\{", line)
        function = re.match(r"\s*(?:pub\S* )?(?:const )?(?:unsafe )?(?:extern \"C\" )?fn (\w+)", line)
        if block:
            subject = block[1].split(" where ")[0].split(" for ")[-1]
            while "<" in subject and (inner := re.sub(r"<[^<>]*>", "", subject)) != subject:
                subject = inner
            owner = "".join(re.findall(r"\w+", subject)[-1:]) + "::"
        elif line.startswith("}"):
            owner = ""
        if function:
            name = owner + function[1]
        names.append(name)
    return names


def ranges(numbers):
    groups = []
    for number in sorted(numbers):
        if groups and number == groups[-1][1] + 1:
            groups[-1][1] = number
        else:
            groups.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in groups)


def main(document, *lcovs):
    text = open(document).read()
    floor = float(re.search(r"^Floor: ([0-9.]+) %$", text, re.M)[1])
    rows = re.findall(r"^\| `(src/[^`]+)` \| `([^`]+)` \| ([^|]+) \|$", text, re.M)
    listed = {(file, function): why for file, function, why in rows}

    files = runs_of_lines(lcovs)
    not_run = {}
    covered = total = 0
    print(f"{'file':28} {'lines':>6} {'run':>6}")
    for file, lines in sorted(files.items()):
        missing = [number for number, count in lines.items() if count == 0]
        covered += len(lines) - len(missing)
        total += len(lines)
        print(f"{file:28} {len(lines):6} {100 * (1 - len(missing) / len(lines)):5.1f} %  {ranges(missing)}")
        if missing:
            names = functions_of_lines(file)
            for number in missing:
                not_run.setdefault((file, names[number]), []).append(number)
    if total == 0:
        sys.exit("coverage.py: no line of src is in " + " ".join(lcovs))
    percent = 100 * covered / total
    print(f"{'src':28} {total:6} {percent:5.1f} %  of which {covered} are run")

    failed = percent < floor
    if failed:
        print(f"below the floor of {floor} % ({document})")
    for function, numbers in sorted(not_run.items()):
        if function not in listed:
            failed = True
            print(f"nothing runs line {ranges(numbers)} of {function[0]}, in {function[1]}: {document} does not say why")
    for function in sorted(set(listed) - set(not_run)):
        # Lines that only a race reaches run in some runs, and not in others.
        if not listed[function].startswith("a race:"):
            print(f"{document} lists {function[1]} of {function[0]}, all of which is run now")
    sys.exit(failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
