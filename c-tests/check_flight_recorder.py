#!/usr/bin/env python3
"""Crashes examples-c/07_flight_recorder at random times, by SIGSEGV and SIGABRT, mostly in the middle of an append, a roll
or a publication; and by a fault of the program itself. Each time the program must end by that signal, and must leave a
whole file. In this each record is what was appended, and each tick has all its drones.

Usage: check_flight_recorder.py PROGRAM [CRASHES]
"""

import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # nothing is left in the tree

from recording_file import NotWhole, cdr, handles, messages_of

DRONES = 3
# A state as CDR: time, drone, battery, position, speed.
STATE = cdr("QIf3dd")


def fail(text):
    sys.exit(f"check_flight_recorder.py: {text}")


def check(path):
    messages = messages_of(path.read_bytes())
    states = [(sequence, log_time, STATE.unpack(data)) for sequence, log_time, data in messages["/drones"]]
    for (sequence, _, _), (after, _, _) in zip(states, states[1:]):
        if after != sequence + 1:
            fail(f"record {after} follows {sequence}")
    for sequence, log_time, (when, drone, *_) in states:
        if drone != sequence % DRONES or log_time != when:
            fail(f"record {sequence} is of drone {drone} at {when}, and says {log_time}")
    # The oldest tick may have been evicted in part; the newest is whole.
    if states:
        if (states[-1][0] + 1) % DRONES != 0:
            fail(f"the newest publication is not whole: it ends with record {states[-1][0]}")
        for tick in zip(*[iter(states[-(len(states) // DRONES) * DRONES :])] * DRONES):
            if len({when for _, _, (when, *_) in tick}) != 1:
                fail(f"a tick of several times: {tick}")
    for sequence, _, text in messages["/events"]:
        if text != b'{"tick":%d,"event":"waypoint %d"}' % (sequence * 100, sequence):
            fail(f"event {sequence} is {text}")
    return len(states)


def run(program, path, *arguments):
    return subprocess.Popen([program, str(path), *arguments], stderr=subprocess.PIPE)


def ends_by(process, number):
    _, said = process.communicate(timeout=60)
    if process.returncode != -number:
        fail(f"it ended with {process.returncode}, and not by signal {number}: {said.decode()}")


def main():
    program, crashes = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 40
    randomly = random.Random(7)
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "flight.mcap"
        process = run(program, path, "--crash")
        ends_by(process, signal.SIGSEGV)
        if check(path) != (750 + 1) * DRONES:
            fail("the flight of 751 ticks is not all there")
        records = []
        for i in range(crashes):
            process = run(program, path, "--for-ever")
            while process.poll() is None and not handles(process, signal.SIGABRT):
                time.sleep(0.001)
            time.sleep(randomly.uniform(0, 0.02))
            number = signal.SIGSEGV if i % 2 == 0 else signal.SIGABRT
            process.send_signal(number)
            ends_by(process, number)
            records.append(check(path))
        if max(records) == 0:
            fail("nothing was ever recorded")
        # Shows that a fault would be found.
        data = bytearray(path.read_bytes())
        for spoiled in (data[:-1], data[: len(data) // 2], data[:9] + data[10:]):
            path.write_bytes(spoiled)
            try:
                check(path)
            except (SystemExit, NotWhole, struct.error, KeyError, UnicodeDecodeError, IndexError):
                continue
            fail("a spoiled file was taken for a whole one")
    print(f"{crashes} crashes at random times, with {min(records)} to {max(records)} records in the file")


main()
