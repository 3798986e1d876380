#!/usr/bin/env python3
"""Reads what c-tests/recording/record.c wrote by what Python users have: mcap, mcap-ros2-support and rosbags. Every message of
every type is decoded and compared with what was appended.

Usage: recorder-test.py DIRECTORY
"""

import json
import pathlib
import sys

from mcap.reader import make_reader
from mcap.stream_reader import StreamReader
from mcap_ros2.decoder import DecoderFactory
from rosbags.highlevel import AnyReader

WORD = (1 << 64) - 1


def mix(x):
    """As in c-tests/random.h."""
    for _ in range(2):
        x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93 & WORD
    return x ^ (x >> 32)


def sample(sequence):
    """As in c-tests/sample.h."""
    return {
        "time": 1000 + 10 * sequence,
        "id": mix(sequence) & 0xFFFFFFFF,
        "kind": sequence & 0xFF,
        "position": [sequence / (i + 1) for i in range(3)],
        "name": list(b"sample\0"),
        "levels": [(sequence + 0x8000 & 0xFFFF) - 0x8000, -7],
        "speed": 0.5,
        "on": sequence % 2 == 1,
        "small": -1,
        "port": 65535,
        "debt": -1000000,
        "offset": -(1 << 63),
        "last": sequence & 0xFFFFFFFF,
    }


def plain(value):
    return list(value) if hasattr(value, "__len__") else value


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}\n  found    {found}\n  expected {expected}")


def members(message):
    return {name: plain(getattr(message, name)) for name in sample(0)}


def by_mcap(path, counts):
    """The reader of mcap, with the decoder of mcap-ros2-support."""
    next_of, found = {}, {}
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            sequence = message.sequence
            check(f"{path.name}: what follows", sequence, next_of.get(channel.topic, sequence))
            next_of[channel.topic] = sequence + 1
            found[channel.topic] = found.get(channel.topic, 0) + 1
            check("two times", message.publish_time, message.log_time)
            if channel.topic == "/texts":
                check("a text", json.loads(message.data), {"sequence": sequence})
                check("its schema", json.loads(schema.data)["type"], "object")
                check("its time", message.log_time, sequence)
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        for decoded in reader.iter_decoded_messages(topics=["/samples"], log_time_order=False):
            expected = sample(decoded.message.sequence)
            check("a sample", members(decoded.decoded_message), expected)
            check("its time", decoded.message.log_time, expected["time"])
    check(f"{path.name}: topics", sorted(found), sorted(counts))
    for topic, least in counts.items():
        if found[topic] < least:
            sys.exit(f"{path.name}: {found[topic]} messages under {topic}, and at least {least} are expected")
    print(f"  {path.name}: {sum(found.values())} messages by mcap and mcap-ros2-support")


def by_rosbags(path, least):
    with AnyReader([path]) as reader:
        count = 0
        for connection, time, raw in reader.messages():
            message = reader.deserialize(raw, connection.msgtype)
            sequence = (time - 1000) // 10
            check("a sample", members(message), sample(sequence))
            count += 1
    if count < least:
        sys.exit(f"{path.name}: {count} messages, and at least {least} are expected")
    print(f"  {path.name}: {count} messages by rosbags")


def doctor(path):
    """That each record of the file is one, in an order that the format allows, and nothing lies behind."""
    kinds = []
    with path.open("rb") as file:
        for record in StreamReader(file, emit_chunks=True).records:
            kind = type(record).__name__
            if not kinds or kinds[-1] != kind:
                kinds.append(kind)
        check(f"{path.name}: what lies behind", file.read(), b"")
    check(f"{path.name}: first", kinds[0], "Header")
    check(f"{path.name}: last", kinds[-2:], ["DataEnd", "Footer"])
    check(f"{path.name}: kinds", set(kinds) - {"Header", "Schema", "Channel", "Message", "DataEnd", "Footer"}, set())


def main():
    directory = pathlib.Path(sys.argv[1])
    for name, counts in {
        "samples": {"/samples": 1000},
        "several": {"/samples": 1000, "/texts": 500},
        "empty": {},
        "rolling": {"/samples": 20000},
    }.items():
        path = directory / f"{name}.mcap"
        doctor(path)
        by_mcap(path, counts)
    by_rosbags(directory / "samples.mcap", 1000)
    by_rosbags(directory / "rolling.mcap", 20000)
    by_rosbags(directory / "empty.mcap", 0)


main()
