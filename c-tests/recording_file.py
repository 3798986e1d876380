"""What the scripts that read recordings share: a reader that knows only the format of MCAP, and a check whether a program
has installed its signal handlers."""

import pathlib
import re
import signal
import struct
import sys
import time

BYTE_ORDER = "<" if sys.byteorder == "little" else ">"


class NotWhole(Exception):
    """A file that is no whole recording."""


def demand(holds, words):
    if not holds:
        raise NotWhole(words)


def records_of(data, at, end):
    """The records between two places: where each begins and ends, its kind and its body."""
    while at < end:
        kind, size = struct.unpack_from("<BQ", data, at)
        begin, at = at, at + 9 + size
        demand(at <= end, "a record goes on behind the end of the file or of its chunk")
        yield begin, at, kind, data[begin + 9 : at]


def messages_of(data):
    """The messages of a file by their channel's topic, each as sequence, log time and data. The file must be whole, and have
    the form that src/recorder/mcap.rs describes. Each number of its indexes and of its summary must be right."""
    magic = b"\x89MCAP0\r\n"
    demand(data[:8] == magic and data[-8:] == magic, "the file has no begin, or no end")
    records = list(records_of(data, 8, len(data) - 8))
    kinds = bytes(kind for _, _, kind, _ in records)
    form = re.fullmatch(rb"\x01([\x03\x04]*)((?:\x06\x07)*)\x0f([\x03\x04]*)\x0b(\x08*)\x02", kinds)
    demand(form, f"the kinds of records are in no order that a recording has: {kinds.hex(' ')}")
    first, chunks, summary = form.end(1), form.end(2), form.end(2) + 1
    topics = {}
    for _, _, kind, body in records[1:first]:
        if kind == 0x04:
            channel, _, length = struct.unpack_from("<HHI", body)
            topics[channel] = body[8 : 8 + length].decode()
    messages = {channel: [] for channel in topics}
    indexes, earliest, latest = [], [], []
    for (begin, end, _, body), (_, index_end, _, index) in zip(records[first:chunks:2], records[first + 1 : chunks : 2]):
        entries, channels = b"", set()
        for at, _, kind, message in records_of(body, 40, len(body)):
            demand(kind == 0x05, f"a chunk has a record of kind {kind}")
            channel, sequence, log_time, _ = struct.unpack_from("<HIQQ", message)
            messages[channel].append((sequence, log_time, message[22:]))
            channels.add(channel)
            entries += struct.pack("<QQ", log_time, at - 40)
        demand(len(channels) == 1, "a chunk has no messages, or those of several channels")
        times = [log_time for _, log_time, _ in messages[channel]]
        earliest.append(min(times))
        latest.append(max(times))
        span, size = (earliest[-1], latest[-1]), len(body) - 40
        demand(body[:40] == struct.pack("<QQQIIQ", *span, size, 0, 0, size), "the head of a chunk is wrong")
        demand(index == struct.pack("<HI", channel, len(entries)) + entries, "the index of messages is wrong")
        place = (begin, end - begin, 10, channel, end, index_end - end, 0, size, size)
        indexes.append(struct.pack("<QQQQIHQQIQQ", *span, *place))
    declared = data[records[1][0] : records[first][0]]
    summary_at, statistics_at = records[summary][0], records[form.end(3)][0]
    counts = b"".join(struct.pack("<HQ", channel, len(of)) for channel, of in messages.items())
    schemas = form.group(1).count(b"\x03")
    whole = (sum(map(len, messages.values())), schemas, len(topics), 0, 0, len(indexes))
    span = (min(earliest, default=0), max(latest, default=0))
    statistics = struct.pack("<QHIIIIQQI", *whole, *span, len(counts)) + counts
    bodies = [body for _, _, _, body in records]
    demand(bodies[chunks] == bytes(4), "the end of the data has a checksum")
    demand(data[summary_at:statistics_at] == declared, "schemas and channels of the summary are others")
    demand(bodies[form.end(3)] == statistics, "the statistics are wrong")
    demand(bodies[form.start(4) : form.end(4)] == indexes, "the index of chunks is wrong")
    demand(bodies[-1] == struct.pack("<QQI", summary_at, 0, 0), "the footer is wrong")
    return {topics[channel]: of for channel, of in messages.items()}


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
