"""sysmon describes its logs on stderr when it gets SIGUSR1. When it gets SIGUSR2, it writes what they hold into a file.
It goes on after both. Each record of the file is what was published.

Usage: check_sysmon.py SYSMON
"""

import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left in the tree

from recording_file import cdr, messages_of

LOG = re.compile(
    r"^(readings|events|alarms): atomic-log [\d.]+, log at 0x[0-9a-f]+\n"
    r"records   of .*\ncapacity  .*\nnewest    records \[(\d+), (\d+)\), .*\nwriter    claimed\n"
    r"memory    .*\nfailures  0 .*, 0 .*\nreaders   .*\n(?:  \d+ views? of segments .*\n)+",
    re.MULTILINE,
)
WORD = (1 << 64) - 1
# sequence, period, due_ns, made_ns, part, parts, subject, core, values, checksum
READING = cdr("QQQQIIII3dQ")


def fold(total, data):
    """As in sysmon/records.h."""
    for (word,) in struct.iter_unpack("=Q", data + bytes(-len(data) % 8)):
        total = (total ^ word) * 0x9E3779B97F4A7C15 & WORD
        total ^= total >> 29
    return total


def check_readings(messages):
    expected = messages[0][0]
    for sequence, log_time, data in messages:
        own, period, _, made_ns, part, parts, *_, checksum = READING.unpack(data)
        assert (sequence, own, log_time) == (expected, expected, made_ns), (sequence, own, expected, log_time, made_ns)
        assert (own // parts, own % parts) == (period, part), (own, period, part)
        assert checksum == fold(0x5359534D4F4E, data[4:-8]), f"reading {own} is not what was published"
        expected += 1
    assert part == parts - 1, f"the newest period ends with its part {part} of {parts}"


def check_events(messages):
    for number, log_time, data in messages:
        sequence, made_ns, checksum = struct.unpack_from("=QQQ", data)
        assert (number, log_time) == (sequence, made_ns), (number, sequence, log_time, made_ns)
        assert checksum == fold(fold(0, data[:16]), data[24:]), f"event {number} is not what was published"


def until_a_second_is_over(process):
    while not re.match(r" *\d+\.\d+ s  cpu", line := process.stdout.readline()):
        assert line, "sysmon went silent"


def run(sysmon, path):
    """Has it record twice, and returns what it said."""
    process = subprocess.Popen(
        [sysmon, "--plain", "--seconds", "4", "--record", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until_a_second_is_over(process)
    process.send_signal(signal.SIGUSR2)
    line = process.stderr.readline()
    assert line == f"sysmon: recorded into {path}\n", line
    first = path.read_bytes()
    process.send_signal(signal.SIGUSR1)
    # Until the log has been described: what is written would be in between.
    until_a_second_is_over(process)
    process.send_signal(signal.SIGUSR2)
    rest, said = process.communicate()
    print(said + rest)
    assert process.returncode == 0, process.returncode
    assert said.endswith(f"sysmon: recorded into {path}\n"), said
    return said, [first, path.read_bytes()]


def refuses_a_path_at_the_start(sysmon, directory):
    refused = subprocess.run(
        [sysmon, "--plain", "--seconds", "0.1", "--record", directory], capture_output=True, text=True
    )
    assert refused.returncode == 1, refused.returncode
    assert refused.stderr.startswith(f"sysmon: cannot record into {directory}: "), refused.stderr
    assert refused.stdout == "", "it ran all the same"


def main():
    with tempfile.TemporaryDirectory() as directory:
        refuses_a_path_at_the_start(sys.argv[1], directory)
        said, files = run(sys.argv[1], pathlib.Path(directory) / "sysmon.mcap")
    names = [found.group(1) for found in LOG.finditer(said)]
    assert names == ["readings", "events", "alarms"], names
    counts = []
    for data in files:
        topics = messages_of(data)
        assert set(topics) == {"/readings", "/events", "/alarms"}, set(topics)
        check_readings(topics["/readings"])
        check_events(topics["/events"])
        check_events(topics["/alarms"])
        counts.append(len(topics["/readings"]))
    print(f"recorded {counts[0]} and {counts[1]} readings, each as published")


main()
