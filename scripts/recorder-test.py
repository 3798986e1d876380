#!/usr/bin/env python3
"""Reads the files of c-tests/recording/record.c with the libraries that Python users have: mcap, mcap-ros2-support and
rosbags. Every message of every type is decoded and compared with what was appended.

Usage: recorder-test.py DIRECTORY
"""

import json
import pathlib
import sys

from mcap.reader import make_reader
from mcap.stream_reader import StreamReader
from mcap_ros2.decoder import DecoderFactory
from mcap_ros2.reader import read_ros2_messages
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
            elif channel.topic == "/pairs":
                check("its time", message.log_time, mix(sequence) & 0xFFFFFFFF)
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        for decoded in reader.iter_decoded_messages(topics=["/samples", "/more"], log_time_order=False):
            expected = sample(decoded.message.sequence)
            check("a sample", members(decoded.decoded_message), expected)
            check("its time", decoded.message.log_time, expected["time"])
    check(f"{path.name}: topics", sorted(found), sorted(counts))
    for topic, least in counts.items():
        if found[topic] < least:
            sys.exit(f"{path.name}: {found[topic]} messages under {topic}, and at least {least} are expected")
    print(f"  {path.name}: {sum(found.values())} messages by mcap and mcap-ros2-support")


def by_index(path, counts):
    """Reads the file by its summary, in the order of time. Only readers that use indexes do this."""
    with path.open("rb") as file:
        reader = make_reader(file)
        summary = reader.get_summary()
        found, times = {}, []
        for _, channel, message in reader.iter_messages(log_time_order=True):
            found.setdefault(channel.topic, []).append(message.log_time)
            times.append(message.log_time)
        check(f"{path.name}: order of times", times, sorted(times))
        backwards = [message.log_time for _, _, message in reader.iter_messages(log_time_order=True, reverse=True)]
        check(f"{path.name}: order of times, backwards", backwards, times[::-1])
        check(f"{path.name}: topics by index", sorted(found), sorted(counts))
        for each in summary.chunk_indexes:
            check("a chunk's topics", len(each.message_index_offsets), 1)
            topic = summary.channels[next(iter(each.message_index_offsets))].topic
            check(f"{topic}: its times", (each.message_start_time, each.message_end_time), (min(found[topic]), max(found[topic])))
        if times:
            middle = (times[0] + times[-1]) // 2
            late = [message.log_time for _, _, message in reader.iter_messages(starting_at=middle)]
            check(f"{path.name}: the later half", late, [time for time in times if time >= middle])
    told = summary.statistics
    per_topic = {summary.channels[channel].topic: count for channel, count in told.channel_message_counts.items() if count}
    check(f"{path.name}: counts", per_topic, {topic: len(of) for topic, of in found.items()})
    check(f"{path.name}: all", told.message_count, len(times))
    check(f"{path.name}: chunks", (told.chunk_count, len(summary.chunk_indexes)), (len(counts), len(counts)))
    span = (told.message_start_time, told.message_end_time)
    check(f"{path.name}: times", span, (times[0], times[-1]) if times else (0, 0))
    print(f"  {path.name}: {len(times)} messages by mcap in the order of time")


def in_order_by_ros2(path, topics):
    """The messages that mcap-ros2-support decodes, in the order of time."""
    last, found = 0, set()
    for read in read_ros2_messages(path, log_time_order=True):
        check("a sample", members(read.ros_msg), sample(read.sequence_count))
        time = read.ros_msg.time
        if time < last:
            sys.exit(f"{path.name}: {time} comes after {last}")
        last = time
        found.add(read.channel.topic)
    check(f"{path.name}: topics", found, topics)


def by_rosbags(path, least, topics=("/samples",)):
    with AnyReader([path]) as reader:
        count, last, found = 0, 0, set()
        for connection, time, raw in reader.messages():
            message = reader.deserialize(raw, connection.msgtype)
            sequence = (time - 1000) // 10
            check("a sample", members(message), sample(sequence))
            if time < last:
                sys.exit(f"{path.name}: {time} comes after {last}")
            last = time
            found.add(connection.topic)
            count += 1
        check(f"{path.name}: messages", reader.message_count, count)
    check(f"{path.name}: topics", found, set(topics) if least else set())
    if count < least:
        sys.exit(f"{path.name}: {count} messages, and at least {least} are expected")
    print(f"  {path.name}: {count} messages by rosbags")


def doctor(path, channels, chunks):
    """That the file has these records in this order, and nothing behind."""
    with path.open("rb") as file:
        kinds = [type(record).__name__ for record in StreamReader(file, emit_chunks=True, validate_crcs=True).records]
        check(f"{path.name}: what lies behind", file.read(), b"")
    declared = ["Schema"] * channels + ["Channel"] * channels
    data = ["Header", *declared, *["Chunk", "MessageIndex"] * chunks, "DataEnd"]
    check(f"{path.name}: records", kinds, [*data, *declared, "Statistics", *["ChunkIndex"] * chunks, "Footer"])


def main():
    directory = pathlib.Path(sys.argv[1])
    # The number of channels of a file, and the least number of messages under the topics that have any.
    for name, channels, counts in [
        ("samples", 1, {"/samples": 1000}),
        ("several", 3, {"/samples": 1000, "/texts": 500}),
        ("overlapping", 2, {"/samples": 1000, "/more": 1000}),
        ("unordered", 1, {"/pairs": 1000}),
        ("empty", 1, {}),
        ("rolling", 1, {"/samples": 20000}),
    ]:
        path = directory / f"{name}.mcap"
        doctor(path, channels, len(counts))
        by_mcap(path, counts)
        by_index(path, counts)
    overlapping = directory / "overlapping.mcap"
    in_order_by_ros2(overlapping, {"/samples", "/more"})
    by_rosbags(overlapping, 2000, ("/samples", "/more"))
    by_rosbags(directory / "samples.mcap", 1000)
    by_rosbags(directory / "rolling.mcap", 20000)
    by_rosbags(directory / "empty.mcap", 0)


main()
