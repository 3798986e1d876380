"""game_loop writes what its logs hold into a file when it gets SIGUSR2, and goes on. Each record of the file is what was
published, and the newest ticks are whole.

Usage: check_game_loop.py GAME_LOOP
"""

import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # nothing is left in the tree

from recording_file import cdr, handles, messages_of

ENTITIES = 10000
# due_ns, tick, entity, x, y, heat, check
TRANSFORM = cdr("QIIfffI")
# tick, began_ns, published_ns, skipped
TICK_TIME = cdr("QQQQ")


def fold(total, data):
    """As in game_loop/world.h."""
    for (word,) in struct.iter_unpack("=I", data):
        total = (total ^ word) * 0x9E3779B1 & 0xFFFFFFFF
        total ^= total >> 15
    return total


def check_transforms(messages):
    first = messages[0][0]
    for index, (sequence, log_time, data) in enumerate(messages):
        due_ns, tick, entity, *_, check = TRANSFORM.unpack(data)
        assert sequence == first + index, (sequence, first, index)
        assert (sequence, log_time) == (tick * ENTITIES + entity, due_ns), (sequence, tick, entity, log_time, due_ns)
        assert check == fold(0x7A11, data[4:-4]), f"transform {sequence} is not what was published"
    assert entity == ENTITIES - 1, f"the newest tick ends with entity {entity}"
    assert len(messages) >= 2 * ENTITIES, f"{len(messages)} transforms are no two ticks"


def check_times(messages):
    for sequence, log_time, data in messages:
        tick, began_ns, published_ns, _ = TICK_TIME.unpack(data)
        assert (sequence, log_time) == (tick, began_ns), (sequence, tick, log_time, began_ns)
        assert began_ns < published_ns, (began_ns, published_ns)


def record(process, path):
    """Asks until there are two ticks."""
    while not handles(process, signal.SIGUSR2):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    for _ in range(600):
        process.send_signal(signal.SIGUSR2)
        line = process.stderr.readline()
        assert line == f"game_loop: recorded into {path}\n", line + process.stderr.read()
        topics = messages_of(path.read_bytes())
        assert set(topics) == {"/transforms", "/times"}, set(topics)
        if len(topics["/transforms"]) >= 2 * ENTITIES:
            return topics
        time.sleep(0.1)
    raise AssertionError("there are no two ticks after a minute")


def main():
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "game_loop.mcap"
        process = subprocess.Popen(
            [sys.argv[1], "--headless", "--seconds", "3", "--record", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        topics = record(process, path)
        report, said = process.communicate()
        print(said + report)
        assert process.returncode == 0, process.returncode
        refused = subprocess.run([sys.argv[1], "--headless", "--record", directory], capture_output=True, text=True)
        assert refused.returncode == 1, refused.returncode
        assert refused.stderr.startswith(f"game_loop: cannot record into {directory}: "), refused.stderr
    check_transforms(topics["/transforms"])
    check_times(topics["/times"])
    print(f"recorded {len(topics['/transforms'])} transforms and the times of {len(topics['/times'])} ticks")


main()
