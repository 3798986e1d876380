"""What the scripts that look at recordings share: a reader that knows the format of MCAP alone, and whether a program has its
handlers yet."""

import pathlib
import signal
import struct
import sys
import time

BYTE_ORDER = "<" if sys.byteorder == "little" else ">"


class NotWhole(Exception):
    """A file that is no whole recording."""


def messages_of(data):
    """The messages of a file by their channel's topic, each as sequence, log time and data; the file must be whole."""
    magic = b"\x89MCAP0\r\n"
    if data[:8] != magic or data[-8:] != magic:
        raise NotWhole("the file has no begin, or no end")
    at, topics, messages, kinds = 8, {}, {}, []
    while at < len(data) - 8:
        kind, size = struct.unpack_from("<BQ", data, at)
        at += 9
        body = data[at : at + size]
        at += size
        kinds.append(kind)
        if kind == 0x04:
            channel, _, length = struct.unpack_from("<HHI", body)
            topics[channel] = body[8 : 8 + length].decode()
            messages[topics[channel]] = []
        elif kind == 0x05:
            channel, sequence, log_time, _ = struct.unpack_from("<HIQQ", body)
            messages[topics[channel]].append((sequence, log_time, body[22:]))
    if at != len(data) - 8 or kinds[0] != 0x01 or kinds[-2:] != [0x0F, 0x02]:
        raise NotWhole("the file is not made of whole records")
    return messages


def cdr(members):
    """A record as a message has it, by the letters of `struct`."""
    return struct.Struct(f"{BYTE_ORDER}4x{members}")


def handles(process, number):
    """Whether the program has a handler for the signal: bits of what it catches, as Linux says."""
    try:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        time.sleep(0.2)
        return True
    caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
    return bool(caught & 1 << (signal.Signals(number) - 1))
