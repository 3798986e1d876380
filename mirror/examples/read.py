#!/usr/bin/env python3
"""Prints a mirrored log: read.py URL STREAM. It needs docs/WIRE.md and the package nats-py, and no library of ours.

Prints a line for each record: its sequence, and its bytes in hexadecimal. It ends when the log does, and then prints on
stderr what was lost, repeated and garbage.
"""
import asyncio
import struct
import sys

import nats

BEGINS, ENDS, FIXED, FINISHED = 1, 2, 4, 8


def parse(payload):
    """What is in a message of the format. Raises ValueError if it is none."""
    if len(payload) < 64 or payload[:4] != b"alog":
        raise ValueError("no message of a log")
    fields = struct.unpack_from("<BBH16sQIIQQI", payload, 4)
    version, prefix, flags, origin, first, count, size, lost, _, newest = fields
    if version != 1:
        raise ValueError(f"version {version} of the format, which this program does not know")
    wrong = prefix < 64 or prefix > len(payload) or flags & ~15 or not any(origin) or bool(flags & FIXED) != (size > 0)
    wrong = wrong or (count == 0) != bool(flags & FINISHED) or (newest and not flags & ENDS)
    if wrong or lost > first or first + count >> 64:
        raise ValueError("the prefix contradicts itself")
    records, at = [], prefix
    while len(records) < count and at < len(payload):
        begin = at if size else at + 4
        at = begin + (size or int.from_bytes(payload[at:begin], "little"))
        records.append(payload[begin:at])
    if len(records) < count or at != len(payload):
        raise ValueError("the records do not fill the message")
    return flags, origin, first, lost, records


class Reader:
    """The state and the steps of the page's section "How to read"."""

    def __init__(self, show):
        self.show, self.origin, self.next, self.open, self.finished = show, None, 0, [], False
        self.ended = False
        self.lost = self.repeated = self.garbage = 0

    def take(self, payload):
        try:
            flags, origin, first, lost, records = parse(payload)
        except ValueError as error:
            print(f"skipped a message: {error}", file=sys.stderr)
            self.garbage += 1
            return
        if origin != self.origin:
            self.forget()
            self.origin, self.next, self.finished, self.ended = origin, first - lost, False, False
        known = min(max(self.next - first, 0), len(records))
        self.repeated += known
        if records and known == len(records):
            return
        if first > self.next:
            self.forget()
            self.lost += first - self.next
            self.ended = False
        if records and not flags & BEGINS and not self.open and not self.ended:
            self.lost += len(records) - known
        else:
            self.ended = bool(flags & ENDS)
            self.open += enumerate(records[known:], first + known)
        self.next = max(self.next, first + len(records))
        if flags & ENDS:
            self.show(self.open)
            self.open = []
        if flags & FINISHED:
            self.forget()
            self.finished = True

    def forget(self):
        self.lost += len(self.open)
        self.open = []


async def main(url, stream):
    reader = Reader(lambda records: [print(sequence, record.hex()) for sequence, record in records])
    client = await nats.connect(url)
    subject = (await client.jetstream().stream_info(stream)).config.subjects[0]
    messages = await client.jetstream().subscribe(subject, stream=stream, ordered_consumer=True)
    async for message in messages.messages:
        reader.take(message.data)
        if reader.finished:
            break
    print(f"{reader.lost} lost, {reader.repeated} repeated, {reader.garbage} garbage", file=sys.stderr)
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
