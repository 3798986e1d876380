"""Holds up, inside gdb, that a log is read right wherever its writer was stopped. For scripts/gdb-test.sh, which has gdb read
gdb/atomic_log_gdb.py before this. A fault ends gdb with an error."""

# In a segment's published: the writer has left it.
SEALED = 1 << 63


def check(condition, what):
    if not condition:
        raise gdb.GdbError(f"check.py: {what}")


def letters(sequence):
    """The record with a sequence in a byte log, as logs.c has it."""
    return bytes([ord("a") + sequence % 26]) * (sequence % 7)


def check_log(log, ends, retained):
    """That a view ends at one of these sequences, is long enough, and has what was appended. Returns it."""
    view = log.view()
    check(view.end in ends, f"a view ends at {view.end}, which is none of {ends}")
    check(view.begin == 0 or view.end - view.begin >= retained, f"a view shows [{view.begin}, {view.end}), which is too little")
    sequence = view.begin
    for found, address, data in view.records(view.begin):
        expected = letters(sequence) if log.kind == BYTES else sequence.to_bytes(8, "little")
        check(found == sequence, f"record {found} comes where {sequence} should")
        check(data == expected, f"record {sequence} is {data}, and not {expected}")
        check(log.memory.read(address, len(data)) == data, f"record {sequence} is not at {address:#x}")
        sequence += 1
    check(sequence == view.end, f"the records end at {sequence}, and the view at {view.end}")
    return view


def number(expression):
    return int(gdb.parse_and_eval(expression))


def check_steps():
    """Looks between any two instructions of appends, of rolls and of groups."""
    gdb.execute("break append_both")
    gdb.execute("ignore 1 16")
    gdb.execute("run steps", to_string=True)
    memory = Memory()
    logs = [log_of(memory, name) for name in ("stepped", "stepped_bytes")]
    ends = [0, 0]
    steps, seen = 0, set()
    gdb.execute("delete")
    appended = int(gdb.parse_and_eval("&appended"))
    stepping = int(gdb.parse_and_eval("&stepping"))
    while memory.number(stepping, 4) == 1:
        before = memory.number(appended, 8)
        check(16 <= before <= 25, f"appended is {before}")
        allowed = (20, 25) if before == 20 else (before, before + 1)
        for index, log in enumerate(logs):
            view = check_log(log, allowed, 6 if index == 0 else 3)
            check(view.end >= ends[index], f"a view ends at {view.end}, and one before it did at {ends[index]}")
            ends[index] = view.end
            group = log.group()
            if log.get("published", view.head) & SEALED:
                seen.add(f"a roll of log {index}")
            if group is not None:
                seen.add(f"{group} grouped of log {index}")
        gdb.execute("stepi", to_string=True)
        steps += 1
    check(ends == [25, 25], f"the logs end at {ends}")
    expected = {f"a roll of log {index}" for index in (0, 1)} | {f"{n} grouped of log {i}" for n in range(6) for i in (0, 1)}
    check(seen >= expected, f"these were not come by: {expected - seen}")
    print(f"{steps} steps, and at each the logs were whole")


def check_busy():
    """Looks at logs whose writers were stopped anywhere."""
    memory = Memory()
    ends = []
    for index, retained in enumerate((64, 32, 12)):
        before = number(f"busy_appended[{index}]")
        more = 5 if index == 2 else 1
        view = check_log(log_of(memory, f"busy_logs[{index}]"), (before, before + more), retained)
        ends.append(view.end)
    check(all(end > 0 for end in ends), f"of a log nothing was appended: {ends}")
    print(f"the logs end at {ends}, and are whole")
