"""Holds up, inside gdb, that a log is read right wherever its writer was stopped. For scripts/gdb-test.sh, which has gdb read
gdb/atomic_log_gdb.py before this. A fault ends gdb with an error."""

import random
import tempfile

# In a segment's `published`: the writer has left the segment.
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


def check_spoiled(times):
    """Writes over a word of a log, `times` times: the commands show what is left, or say in words what is wrong."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    memory = Memory()
    logs = [log_of(memory, name) for name in ("ticks", "application->lines")]
    places = []
    for log in logs:
        view = log.view()
        oldest = view.segment(0)[0]
        parts = [(log.address, 640), (log.address + 640, 1152), (view.window, 256), (view.table, 128), (view.head, 256), (oldest, 256)]
        parts += [(oldest + log.spans_offset, 64)] if log.kind == BYTES else []
        places += [(log.address, begin, size) for begin, size in parts]
    told = 0
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(times):
            log, begin, size = chance.choice(places)
            at = begin + chance.randrange(0, size, 4)
            before = memory.read(at, 8)
            flipped = int.from_bytes(before, "little") ^ 1 << chance.randrange(64)
            spoils = [bytes(8), b"\xff" * 8, chance.randbytes(8), chance.randbytes(4) + before[4:], flipped.to_bytes(8, "little")]
            spoil = chance.choice([*spoils, log.to_bytes(8, "little")])
            memory.inferior.write_memory(at, spoil)
            for command in "describe", "tail", "save":
                try:
                    gdb.execute(f"alog {command} {log:#x} {f'{directory}/saved' if command == 'save' else ''}", to_string=True)
                except gdb.error as error:
                    where = f"{spoil.hex()} at {at - begin} of {begin:#x}, `alog {command} {log:#x}`, seed {seed}"
                    check("Python" not in str(error), f"{where}: {error}")
                    told += 1
            memory.inferior.write_memory(at, before)
    check(told > times // 20, f"only {told} times something was said to be wrong")
    print(f"a word was spoiled {times} times; {told} commands said what is wrong, and none failed")
