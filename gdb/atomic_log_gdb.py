"""Logs of atomic-log in gdb: in a process that is stopped, and in a core file.

    (gdb) source atomic_log_gdb.py
    (gdb) help alog

The commands only read memory. They call no function of the program, and they need no symbols of the library: each log
holds the offsets of its parts (src/raw/debug.rs). docs/DEBUGGING.md shows them at work.
"""

import array
import bisect
import os
import re
import struct

import gdb

LOG_TAG = b"alog_log"
LOG_ALIGN = 128
# Handles that hold a log, and therefore lead to it.
HANDLE_TAGS = {b"alog_wri": "writer", b"alog_sna": "snapshot", b"alog_cur": "cursor", b"alog_seg": "segment pin"}
# No handle is larger. Its log's address is the first one in it.
HANDLE_SIZE = 1024

LAYOUT_VERSION = 1
# The names of the offsets in a log's layout, in their order, and the size of the number that lies there: in bytes, 0
# for one that is as large as a pointer, None where there is no number.
OFFSETS = [
    ("kind", 1), ("window_segments", 4), ("capacity", 4), ("record_size", 0), ("record_align", 0), ("stride", 0),
    ("data_offset", 0), ("spans_offset", 0), ("max_segments", 4), ("retained_capacity", 8), ("segment_capacity", 8),
    ("first_sequence", 8),
    ("current", 0), ("claim", 4), ("all_windows", 0), ("group_open", 4), ("group_places", None), ("group_place_size", None),
    ("place_word", 8), ("place_before", 8),
    ("handles", 8), ("logs", 8), ("segment_pins", 8), ("bytes_allocated", 8), ("allocation_failures", 8),
    ("segments_live", 8), ("segments_pooled", 8), ("segments_held", 8), ("limit_hits", 8),
    ("window_pins", 8), ("window_all", 0), ("window_head", 0), ("window_begin", 8), ("window_table", 0), ("window_mask", 0),
    ("window_tail", 8), ("window_len", 4),
    ("table_slots", None),
    ("published", 8), ("segment_first", 8), ("segment_sequence", 8), ("final_count", 4), ("segment_skipped", 8),
]  # fmt: skip

VALUES, FIXED, BYTES = range(3)  # the kinds of logs
FREE, CLAIMED, FINISHED = range(3)  # the claim
# In a segment's `published`: the number of records that it shows.
COUNT = (1 << 32) - 1
SPAN = 8  # bytes: where a record lies, and how large it is, in 32 bits each
U64 = (1 << 64) - 1

# How much memory is read at a time, and how much of a program's variables and of a stack is searched.
PIECE = 1 << 20
MOST_READ = 256 << 20
MOST_VARIABLES = 256 << 20
MOST_STACK = 256 << 10
MOST_FRAMES = 256
# Bytes of a record that are shown as numbers, and characters that are shown as text.
MOST_BYTES, MOST_TEXT = 64, 1024


class Trouble(Exception):
    """A fault, in words for the user."""


class Memory:
    """The memory of the selected process or core file."""

    def __init__(self):
        self.little = "big endian" not in gdb.execute("show endian", to_string=True)
        self.word = gdb.lookup_type("char").pointer().sizeof
        self.order = "<" if self.little else ">"
        self.inferior = gdb.selected_inferior()

    def read(self, address, size):
        # gdb ends with an internal error if it has no memory for that much.
        if size > MOST_READ:
            raise Trouble(f"{size} bytes at {address:#x} are more than this script reads at once, which is {MOST_READ}")
        try:
            return bytes(self.inferior.read_memory(address, size))
        except (gdb.error, OverflowError, ValueError) as error:
            raise Trouble(f"the {size} bytes at {address:#x} cannot be read") from error

    def number(self, address, size):
        return int.from_bytes(self.read(address, size or self.word), "little" if self.little else "big")

    def tag(self, address):
        """The eight bytes that tell the type of a handle; none if there is nothing to read."""
        if address == 0 or address % 8 != 0:
            return b""
        try:
            tag = self.read(address, 8)
        except Trouble:
            return b""
        return tag if self.little else tag[::-1]

    def words(self, data):
        """The words in a piece of memory that begins at a multiple of a word's size."""
        words = array.array("Q" if self.word == 8 else "I")
        words.frombytes(data[: len(data) - len(data) % self.word])
        if self.little != (struct.pack("=H", 1)[0] == 1):
            words.byteswap()
        return words


def plural(count, noun):
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class Log:
    """A log, by its address. Each question reads the memory anew."""

    def __init__(self, memory, address):
        self.memory = memory
        self.address = address
        version, count = (memory.number(address + at, 2) for at in (8, 10))
        if version != LAYOUT_VERSION or count < len(OFFSETS):
            raise Trouble(
                f"the log at {address:#x} has layout {version}, and this script knows {LAYOUT_VERSION}: "
                "take the script that was installed with the library that made the log"
            )
        offsets = struct.unpack(f"{memory.order}{len(OFFSETS)}H", memory.read(address + 12, 2 * len(OFFSETS)))
        self.offsets = {name: offset for (name, _), offset in zip(OFFSETS, offsets)}
        self.sizes = dict(OFFSETS)
        self.kind = self.get("kind")
        if self.kind not in (VALUES, FIXED, BYTES):
            raise self.damaged(f"its kind is {self.kind}")
        self.capacity = self.get("capacity")
        self.record_size = self.get("record_size")
        self.stride = self.get("stride")
        self.data_offset = self.get("data_offset")
        self.spans_offset = self.get("spans_offset")

    def get(self, name, base=None):
        """The number of this name: of the log, or of the part of it that begins at `base`."""
        base = self.address if base is None else base
        return self.memory.number(base + self.offsets[name], self.sizes[name])

    def damaged(self, what):
        return Trouble(f"the log at {self.address:#x} is damaged: {what}")

    def view(self):
        return View(self)

    def group(self):
        """The number of records in the open group; None if no group is open."""
        place = self.get("group_open")
        if place == 0:
            return None
        base = self.address + self.offsets["group_places"] + (place - 1) * self.offsets["group_place_size"]
        records = (self.get("place_before", base) + (self.get("place_word", base) & COUNT)) & U64
        return 0 if records > U64 >> 1 else records

    def segment_size(self):
        """Bytes of a segment; None for values, to which a slot may be added."""
        if self.kind == BYTES:
            return self.spans_offset + self.capacity * SPAN
        return self.data_offset + self.capacity * self.stride if self.kind == FIXED else None

    def windows(self):
        """The windows with readers: for each its address, and the number of its pins."""
        window = self.get("all_windows")
        seen = set()
        while window != 0:
            if window in seen:
                raise self.damaged("its list of windows goes in a circle")
            seen.add(window)
            pins = self.get("window_pins", window)
            if pins > 0:
                yield window, pins
            window = self.get("window_all", window)

    def what(self):
        if self.kind == BYTES:
            return "records of any size"
        return f"{'values' if self.kind == VALUES else 'records'} of {plural(self.record_size, 'byte')}"


class View:
    """The view that a snapshot would show if it was taken now, wherever the writer was stopped."""

    def __init__(self, log):
        self.log = log
        self.window = log.get("current")
        if self.window == 0:
            raise Trouble(f"the log at {log.address:#x} is still being made, and shows nothing yet")
        get = log.get
        self.table, self.mask = get("window_table", self.window), get("window_mask", self.window)
        self.tail, self.len = get("window_tail", self.window), get("window_len", self.window)
        self.head = get("window_head", self.window)
        self.head_first = get("segment_first", self.head)
        # Also if the writer has sealed it, on the way to another window: that window does not exist before it is the
        # current one.
        self.head_count = get("published", self.head) & COUNT
        self.begin, self.end = get("window_begin", self.window), self.head_first + self.head_count
        self.newest = self.tail + self.len - 1
        if not 1 <= self.len <= log.get("window_segments") or self.len > self.mask + 1:
            raise log.damaged(f"its window has {self.len} segments")
        if get("segment_sequence", self.head) != self.newest or self.head_count > log.capacity:
            raise log.damaged("its newest segment is not what its window says")
        if not self.begin <= self.head_first <= self.end <= U64:
            raise log.damaged(f"its records are [{self.begin}, {self.end}), and the newest segment's begin at {self.head_first}")

    def segment(self, index):
        """A segment in view: its address, the sequence of its first record, and its number of records."""
        log = self.log
        if index == self.len - 1:
            return self.head, self.head_first, self.head_count
        slot = self.table + log.offsets["table_slots"] + ((self.tail + index) & self.mask) * log.memory.word
        segment = log.memory.number(slot, 0)
        first, count = log.get("segment_first", segment), log.get("final_count", segment)
        if log.get("segment_sequence", segment) != self.tail + index or count > log.capacity or not self.begin <= first <= self.end - count:
            raise log.damaged(f"segment {self.tail + index} is not where its table says")
        return segment, first, count

    def records(self, begin):
        """The records in view from this sequence on: for each its sequence, its address and its bytes."""
        index = self.len - 1
        while index > 0 and self.segment(index)[1] > begin:
            index -= 1
        for each in range(index, self.len):
            segment, first, count = self.segment(each)
            skipped = min(max(begin - first, 0), count)
            yield from self.records_of(segment, first, skipped, count)

    def records_of(self, segment, first, index, count):
        log, memory = self.log, self.log.memory
        base = segment + log.data_offset
        if log.kind != BYTES:
            size, stride = log.record_size, log.stride
            while index < count:
                piece = min(count - index, max(PIECE // max(stride, 1), 1))
                address = base + index * stride
                data = memory.read(address, (piece - 1) * stride + size) if size else b""
                for at in range(0, piece * stride, stride) if stride else [0] * piece:
                    yield first + index, address + at, data[at : at + size]
                    index += 1
            return
        room = log.spans_offset - log.data_offset
        while index < count:
            piece = min(count - index, 4096)
            spans = memory.read(segment + log.spans_offset + index * SPAN, piece * SPAN)
            for offset, size in struct.iter_unpack(f"{memory.order}II", spans):
                if offset + size > room:
                    raise log.damaged(f"record {first + index} is not in its segment")
                yield first + index, base + offset, memory.read(base + offset, size) if size else b""
                index += 1


# The log that is meant, and the logs that exist


class Finder:
    """Finds the logs that words lead to. Each word is looked up once."""

    def __init__(self, memory):
        self.memory = memory
        self.known = {}

    def log(self, word):
        """The address of the log that a word points to, itself or through a handle; None if there is none."""
        if word in self.known:
            return self.known[word]
        tag = self.memory.tag(word)
        log = word if tag == LOG_TAG else None
        if tag in HANDLE_TAGS:
            log = next((inner for inner in self.words(word, HANDLE_SIZE) if self.memory.tag(inner) == LOG_TAG), None)
        self.known[word] = log
        return log

    def words(self, address, size):
        """The words from an address on, as far as memory can be read."""
        while size > 0:
            # To the page's end: the next page may not be mapped.
            piece = min(size, 4096 - address % 4096)
            try:
                data = self.memory.read(address, piece)
            except Trouble:
                return
            yield from self.memory.words(data)
            address += piece
            size -= piece

    def logs(self, words):
        return [log for log in map(self.log, words) if log is not None]

    def in_value(self, value):
        """The logs that a value leads to: a pointer, a struct with pointers, a pointer to such a struct."""
        type = value.type.strip_typedefs()
        if type.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            return self.in_value(value.referenced_value())
        if type.code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_INT):
            word = int(value) & U64
            log = self.log(word)
            if log is not None:
                return [log]
            target = type.target().strip_typedefs() if type.code == gdb.TYPE_CODE_PTR else None
            if target is None or target.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_PTR):
                return []
            return self.logs(self.words(word, min(target.sizeof, PIECE))) if word % self.memory.word == 0 else []
        if type.sizeof > PIECE or type.sizeof < self.memory.word:
            return []
        if value.address is not None:
            address = int(value.address) & U64
            return self.logs(self.words(address, type.sizeof)) if address % self.memory.word == 0 else []
        fields = type.fields() if type.code == gdb.TYPE_CODE_STRUCT else []
        return [log for field in fields for log in self.in_value(value[field])]


def log_of(memory, text):
    """The log that an expression means."""
    if not text:
        raise Trouble("say which log: a variable, an expression or an address. `alog logs` lists the logs")
    try:
        value = gdb.parse_and_eval(text)
        value.fetch_lazy()
        logs = list(dict.fromkeys(Finder(memory).in_value(value)))
        is_address = value.type.strip_typedefs().code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_INT)
        address = int(value) & U64 if is_address else None
    except gdb.error as error:
        raise Trouble(f"{text}: {error}") from error
    if len(logs) == 1:
        return Log(memory, logs[0])
    if logs:
        raise Trouble(f"{text} leads to {len(logs)} logs: say which one, {', '.join(map(hex, logs))}")
    if address == 0:
        raise Trouble(f"{text} is NULL, and no log")
    if address is None:
        raise Trouble(f"{text} is no log, and nothing in it points to one. `alog logs` lists the logs")
    try:
        memory.read(address, 8)
    except Trouble as trouble:
        raise Trouble(f"{text} is no log: {trouble}. `alog logs` lists the logs") from trouble
    raise Trouble(
        f"{text} is no log: at {address:#x} there is none, or none any more. `alog logs` lists the logs"
    )


class Places:
    """The logs that variables, registers and stacks lead to, and from where."""

    def __init__(self, memory):
        self.memory = memory
        self.finder = Finder(memory)
        self.found = {}
        self.notes = []
        self.looked_up = set()

    def add(self, logs, place):
        for log in logs:
            places = self.found.setdefault(log, [])
            if place not in places:
                places.append(place)

    def add_unless_known(self, logs, place):
        self.add([log for log in logs if log not in self.found], place)

    def look(self):
        self.globals()
        thread, frame = gdb.selected_thread(), None
        if thread is not None:
            try:
                frame = gdb.selected_frame()
            except gdb.error:
                pass
        try:
            threads = sorted(self.memory.inferior.threads(), key=lambda each: each.num)
            for each in threads:
                each.switch()
                self.locals_of(each, len(threads) > 1)
            for each in threads:
                each.switch()
                self.stack_of(each)
        finally:
            if thread is not None and thread.is_valid():
                thread.switch()
            if frame is not None and frame.is_valid():
                frame.select()

    def value(self, symbol, frame, place):
        try:
            self.add(self.finder.in_value(symbol.value(frame) if frame else symbol.value()), place)
        except (gdb.error, RuntimeError, Trouble):
            pass  # optimised out, or garbage

    def globals(self):
        """All of the memory in which variables lie, with or without names."""
        listing = gdb.execute("info files", to_string=True)
        found = re.findall(r"^\s*(0x[0-9a-f]+) - (0x[0-9a-f]+) is (\.\S+)(?: in (.+))?$", listing, re.M)
        sections = [(int(begin, 16), int(end, 16), name, file or "the program") for begin, end, name, file in found]
        ends = sorted((end, begin) for begin, end, _, _ in sections)
        left = MOST_VARIABLES
        for begin, end, section, file in sections:
            if section not in (".data", ".bss"):
                continue
            begin += -begin % self.memory.word
            if end - begin > left:
                self.notes.append(f"{section} of {file} is too large: only a part was looked through")
                end = begin + left
            left -= end - begin
            at = begin
            for word in self.finder.words(begin, end - begin):
                if word != 0:
                    self.global_word(at, word, ends, f"{at:#x} in {section} of {file}")
                at += self.memory.word

    def global_word(self, at, word, ends, place):
        log = self.finder.log(word)
        if log is not None:
            self.add([log], symbol_at(at) or place)
            return
        # Does it point to something that the program has allocated? Then debug information may tell what that is.
        index = bisect.bisect_right(ends, (word, U64))
        if (index < len(ends) and ends[index][1] <= word) or not self.memory.tag(word):
            return
        name = symbol_at(at)
        if name and name not in self.looked_up:
            self.looked_up.add(name)
            for symbol in [gdb.lookup_global_symbol(name), *static_symbols(name)]:
                if symbol is not None and symbol.is_variable and not symbol.needs_frame:
                    self.value(symbol, None, name)

    def all_memory(self):
        """The logs in all writable memory, by their tag: also logs that nothing leads to."""
        if gdb.selected_inferior().pid == 0:
            raise Trouble("there is no process and no core file to look through")
        listing = gdb.execute("info files", to_string=True)
        regions = re.findall(r"^\s*(0x[0-9a-f]+) - (0x[0-9a-f]+) is load", listing, re.M)
        if not regions:
            listing = gdb.execute("info proc mappings", to_string=True)
            regions = re.findall(r"^\s*(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+\S+\s+\S+\s+rw", listing, re.M)
        tag = LOG_TAG if self.memory.little else LOG_TAG[::-1]
        for begin, end in regions:
            at, end = int(begin, 16), int(end, 16)
            while at < end:
                try:
                    found = self.memory.inferior.search_memory(at, end - at, tag)
                except (gdb.error, ValueError):
                    break
                if found is None:
                    break
                if found % LOG_ALIGN == 0 and found not in self.found and is_log(self.memory, found):
                    self.add([found], "found in memory")
                at = found + 1

    def locals_of(self, thread, several):
        frame, level = newest_frame(), 0
        while frame is not None and level < MOST_FRAMES:
            where = f" in frame {level}, {frame.name() or '??'}" + (f", of thread {thread.num}" if several else "")
            try:
                block = frame.block()
            except RuntimeError:
                block = None  # no debug information
            while block is not None and not (block.is_global or block.is_static):
                for symbol in block:
                    if symbol.is_variable or symbol.is_argument:
                        self.value(symbol, frame, symbol.name + where)
                block = block.superblock if block.function is None else None
            try:
                frame, level = frame.older(), level + 1
            except gdb.error:
                return

    def stack_of(self, thread):
        """Registers and stack, for what has no name. Some of their content is left from calls that have returned."""
        frame = newest_frame()
        if frame is None:
            return
        for register in frame.architecture().registers("general"):
            try:
                logs = self.finder.in_value(frame.read_register(register.name))
            except (gdb.error, ValueError, Trouble):
                continue
            self.add_unless_known(logs, f"register {register.name} of thread {thread.num}")
        try:
            top = int(frame.read_register("sp")) & U64
        except (gdb.error, ValueError):
            return
        top -= top % self.memory.word
        self.add_unless_known(self.finder.logs(self.finder.words(top, MOST_STACK)), f"the stack of thread {thread.num}")


def is_log(memory, address):
    try:
        Log(memory, address)
    except Trouble:
        return False
    return True


def static_symbols(name):
    lookup = getattr(gdb, "lookup_static_symbols", None)
    return lookup(name) if lookup else [gdb.lookup_static_symbol(name)]


def newest_frame():
    try:
        return gdb.newest_frame()
    except gdb.error:
        return None


def symbol_at(address):
    """The name of the variable at an address, or around it; None if there is no symbol."""
    match = re.match(r"(.+?)(?: \+ \d+)? in section ", gdb.execute(f"info symbol {address:#x}", to_string=True))
    return match.group(1) if match else None


# The types of records


class Field:
    """Some bytes of a record: a number or an array of numbers, and its type in ROS 2."""

    def __init__(self, path, kind, size, offset, count):
        self.path, self.kind, self.size, self.offset, self.count = path, kind, size, offset, count
        self.end = offset + size * count
        self.name = None


KINDS = {gdb.TYPE_CODE_FLT: "float", gdb.TYPE_CODE_BOOL: "bool", gdb.TYPE_CODE_PTR: "uint", gdb.TYPE_CODE_CHAR: "uint"}


def scalar(type):
    """ROS 2's name for a number of this type; None if it has none."""
    name, code, bits = type.unqualified().name, type.code, 8 * type.sizeof
    if name == "char" and bits == 8:
        return "char"
    if code in (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_ENUM):
        kind = "int" if int(gdb.Value(-1).cast(type)) < 0 else "uint"
    else:
        kind = KINDS.get(code)
    if kind == "bool":
        return kind if bits == 8 else None
    return f"{kind}{bits}" if kind and bits in ((32, 64) if kind == "float" else (8, 16, 32, 64)) else None


def members(type, path, offset):
    """The numbers that a type consists of, as fields. Structs and arrays are taken apart."""
    type = type.strip_typedefs()
    if type.sizeof == 0:
        return
    if type.code == gdb.TYPE_CODE_STRUCT:
        for member in type.fields():
            if not hasattr(member, "bitpos"):
                continue  # static, so not in a record
            if member.bitsize > 0:
                raise Trouble(f"member {member.name} is a bit field, which no message has: save without `as`")
            inner = [*path, member.name] if member.name and not member.is_base_class else path
            yield from members(member.type, inner, offset + member.bitpos // 8)
        return
    count, element = 1, type
    while element.code == gdb.TYPE_CODE_ARRAY:
        low, high = element.range()
        count *= high - low + 1
        element = element.target().strip_typedefs()
    if element.code == gdb.TYPE_CODE_STRUCT and element.sizeof > 0:
        for index in range(count):
            yield from members(element, [*path, str(index)], offset + index * element.sizeof)
        return
    kind = scalar(element)
    if kind is None:  # a union, a number of 128 bits: its bytes
        yield Field(path, "uint8", 1, offset, type.sizeof)
    else:
        yield Field(path, kind, element.sizeof, offset, count)


def message_name(path, taken):
    """A member's name in the form that readers of ROS 2 messages accept."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", "_".join(path)).lower()
    name = re.sub(r"[^a-z0-9]+", "_", name).strip("_")
    if not name[:1].isalpha():
        name = f"m_{name}".rstrip("_")
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}_{number}"
    taken.add(unique)
    return unique


def fields_of(type):
    """The fields of a type. As they lie in memory, they are CDR."""
    fields, end = [], 0
    for field in members(type, [], 0):
        field.path = field.path or ["value"]
        where = ".".join(field.path)
        if field.offset < end:
            raise Trouble(f"member {where} lies over the one before it, which no message has: save without `as`")
        if field.offset % field.size != 0:
            raise Trouble(
                f"member {where} lies at offset {field.offset}, which is no multiple of its {field.size} bytes, "
                "so that no message has it there: save without `as`"
            )
        # CDR has each value at the next multiple of its size. Other bytes in between are a field of their own.
        if field.offset != end + -end % field.size:
            fields.append(Field(["padding"], "uint8", 1, end, field.offset - end))
        fields.append(field)
        end = field.end
    if not fields:
        raise Trouble("the type has no members that a message could have: save without `as`")
    taken = set()
    for field in fields:
        field.name = message_name(field.path, taken)
    return fields


def type_of(text):
    ways = (
        lambda: gdb.lookup_type(text),
        lambda: gdb.lookup_type(f"struct {text}"),
        lambda: gdb.parse_and_eval(f"({text} *) 0").type.target(),
    )
    errors = []
    for way in ways:
        try:
            return way()
        except gdb.error as error:
            errors.append(error)
    raise Trouble(f"{text} is no type that the debug information of the program has ({errors[0]})")


def record_type(log, text):
    """The type as which the records of a log are shown; None if none was given."""
    if text is None:
        return None
    type = type_of(text)
    if log.kind != BYTES and type.sizeof > log.record_size:
        raise Trouble(f"{text} has {type.sizeof} bytes, and a record of this log has {log.record_size}: take another type")
    return type


def shown(data):
    """A record without a type: as text if it is text, otherwise as numbers."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and all(each.isprintable() or each in "\t\n\r" for each in text):
        more = f"... ({len(data)} bytes)" if len(text) > MOST_TEXT else ""
        escaped = text[:MOST_TEXT].replace("\\", "\\\\").replace('"', '\\"')
        for character, escape in ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"):
            escaped = escaped.replace(character, escape)
        return f'"{escaped}"{more}'
    more = f" ... ({len(data)} bytes)" if len(data) > MOST_BYTES else ""
    return (data[:MOST_BYTES].hex(" ", -8) or "(empty)") + more


# The file


class Mcap:
    """A file of one channel, as src/recorder/mcap.rs writes it. The messages are kept until the end, because their sizes
    and times come before them."""

    MAGIC = b"\x89MCAP0\r\n"
    LIBRARY = b"atomic-log gdb"

    def __init__(self, file):
        self.file = file
        self.chunk = bytearray()
        self.index = bytearray()
        self.times = []

    def record(self, kind, *parts):
        self.file.write(struct.pack("<BQ", kind, sum(map(len, parts))))
        for part in parts:
            self.file.write(part)

    @staticmethod
    def text(text):
        text = text if isinstance(text, bytes) else text.encode()
        return struct.pack("<I", len(text)) + text

    def begin(self, profile, topic, encoding, schema):
        self.file.write(self.MAGIC)
        self.record(0x01, self.text(profile) + self.text(self.LIBRARY))
        self.schema = None
        if schema:
            name, definition = schema
            self.schema = struct.pack("<H", 1) + self.text(name) + self.text("ros2msg") + self.text(definition)
        head = struct.pack("<HH", 1, 1 if schema else 0)
        self.channel = head + self.text(topic) + self.text(encoding) + struct.pack("<I", 0)
        self.declare()

    def declare(self):
        if self.schema:
            self.record(0x03, self.schema)
        self.record(0x04, self.channel)

    def message(self, sequence, time, data):
        self.index += struct.pack("<QQ", time, len(self.chunk))
        self.times.append(time)
        self.chunk += struct.pack("<BQHIQQ", 0x05, 22 + len(data), 1, sequence & COUNT, time, time) + data

    def end(self):
        count, size = len(self.times), len(self.chunk)
        span = min(self.times, default=0), max(self.times, default=0)
        begin = self.file.tell()
        if count:
            self.record(0x06, struct.pack("<QQQIIQ", *span, size, 0, 0, size), self.chunk)
            index_begin = self.file.tell()
            self.record(0x07, struct.pack("<HI", 1, len(self.index)), self.index)
            index_end = self.file.tell()
        self.record(0x0F, bytes(4))
        summary = self.file.tell()
        self.declare()
        counts = (1 if self.schema else 0, 1, 0, 0, 1 if count else 0)
        self.record(0x0B, struct.pack("<QHIIIIQQIHQ", count, *counts, *span, 10, 1, count))
        if count:
            places = (begin, index_begin - begin, 10, 1, index_begin, index_end - index_begin)
            self.record(0x08, struct.pack("<QQQQIHQQIQQ", *span, *places, 0, size, size))
        self.record(0x02, struct.pack("<QQI", summary, 0, 0))
        self.file.write(self.MAGIC)


def save(log, name, file, type_text, time_text):
    """Writes the records in view; returns their number."""
    type = record_type(log, type_text)
    if type is not None and log.kind == BYTES:
        raise Trouble("records of this log have sizes of their own, and no members: save without `as`")
    if time_text is not None and type is None:
        raise Trouble("`time` names a member of a type: say `as TYPE time MEMBER`")
    view = log.view()
    topic = "/" + (re.sub(r"\W+", "_", name).strip("_") or "log")
    mcap = Mcap(file)
    count = 0
    if type is None:
        mcap.begin("", topic, "application/octet-stream", None)
        for sequence, _, data in view.records(view.begin):
            mcap.message(sequence, sequence, data)
            count += 1
    else:
        fields = fields_of(type)
        lines = [f"{each.kind}{f'[{each.count}]' if each.count > 1 else ''} {each.name}\n" for each in fields]
        title = (type.unqualified().tag or type.unqualified().name or "").split("<")[0].split("::")[-1]
        words = re.findall(r"[A-Za-z0-9]+", title)
        title = "".join(word[0].upper() + word[1:] for word in words)
        title = title if title[:1].isalpha() else f"Record{title}"
        mcap.begin("ros2", topic, "cdr", (f"atomic_log/msg/{title}", "".join(lines)))
        time_at = None
        if time_text is not None:
            times = {".".join(each.path): each.offset for each in fields if each.kind in ("int64", "uint64") and each.count == 1}
            if time_text not in times:
                names = ", ".join(times) or "none"
                raise Trouble(f"{time_text} is no integer of 64 bits in {type_text}; these are: {names}")
            time_at = times[time_text]
        prefix = bytes([0, 1 if log.memory.little else 0, 0, 0])
        unpack = struct.Struct(f"{log.memory.order}Q").unpack_from
        gapless = all(each.offset == before.end for before, each in zip(fields, fields[1:]))
        for sequence, _, data in view.records(view.begin):
            time = sequence if time_at is None else unpack(data, time_at)[0]
            # The bytes between members may have any value, and are written as zeros.
            body = data[: fields[-1].end] if gapless else without_gaps(data, fields)
            mcap.message(sequence, time, prefix + body)
            count += 1
    mcap.end()
    return count


def without_gaps(data, fields):
    body = bytearray(fields[-1].end)
    for each in fields:
        body[each.offset : each.end] = data[each.offset : each.end]
    return bytes(body)


def description(log):
    """The text that alog_log_describe writes, except the version, which is not in the log."""
    get, view = log.get, log.view()
    align, bytes_of = get("record_align"), f"{log.record_size} bytes, {log.stride} apart, aligned to"
    yield f"log at {log.address:#x}"
    kinds = {VALUES: f"values    of {bytes_of}", FIXED: f"records   of {bytes_of}", BYTES: "records   of any size, aligned to"}
    yield f"{kinds[log.kind]} {align}"
    retained, segment = get("retained_capacity"), get("segment_capacity")
    unit = ("values", "records", "bytes")[log.kind]
    most = f" with {log.capacity} records at most" if log.kind == BYTES else ""
    yield (
        f"capacity  {retained} {unit}, in segments of {segment}{most}; "
        f"a view has at most {get('window_segments')} segments"
    )
    yield (
        f"newest    records [{view.begin}, {view.end}), in segments up to {view.newest}; "
        f"{view.end - get('first_sequence') - get('segment_skipped', view.head)} published, {view.newest} rolls"
    )
    claim = get("claim")
    yield "writer    " + {FREE: "none", CLAIMED: "claimed", FINISHED: "none, since the log is finished"}.get(claim, "?")
    records = log.group()
    if records is not None:
        yield f"group     open, with {plural(records, 'record')} to be published"
    size = log.segment_size()
    max_segments = get("max_segments")
    yield (
        f"memory    {get('bytes_allocated')} bytes; at the writer's last roll or trim "
        f"{plural(get('segments_live'), 'segment')}{'' if size is None else f' of {size} bytes'}, "
        f"{get('segments_pooled')} pooled, {get('segments_held')} held by readers alone; "
        + ("no bound" if max_segments == COUNT else f"at most {max_segments}")
    )
    yield f"failures  {get('limit_hits')} at the bound on segments, {get('allocation_failures')} of the allocator"
    pins = get("segment_pins")
    views = max(get("handles") - get("logs") - pins - (1 if claim == CLAIMED else 0), 0)
    yield f"readers   {plural(views, 'view')}, {plural(pins, 'pin')} on segments"
    for window, count in log.windows():
        if views == 0:
            break
        through = count - (1 if window == view.window else 0)
        views = max(views - through, 0)
        tail, begin = get("window_tail", window), get("window_begin", window)
        head = get("segment_sequence", get("window_head", window))
        # A window that the writer has opened but not yet shown has no readers.
        if through > 0 and head <= view.newest:
            yield (
                f"  {plural(through, 'view')} of segments {tail} to {head}, records from {begin} on, "
                f"{plural(view.newest - head, 'segment')} behind"
            )


# The commands


class Command(gdb.Command):
    """A command that calls nothing in the program, and prints faults in words."""

    def __init__(self):
        super().__init__(self.NAME, gdb.COMMAND_DATA, getattr(self, "COMPLETE", gdb.COMPLETE_EXPRESSION))

    def invoke(self, text, from_tty):
        allowed = gdb.parameter("may-call-functions")
        gdb.execute("set may-call-functions off", to_string=True)
        try:
            self.run(Memory(), text.strip())
        except Trouble as trouble:
            raise gdb.GdbError(str(trouble)) from trouble
        finally:
            gdb.execute(f"set may-call-functions {'on' if allowed else 'off'}", to_string=True)


def take(pattern, text):
    """The text before a pattern, and what the pattern finds at the end of the text."""
    match = re.search(pattern, text)
    return (text[: match.start()].rstrip(), match.group(1)) if match else (text, None)


class Logs(Command):
    """List the logs that the program's variables lead to.

alog logs [all]

Each line has the address of a log, the kind of its records, the sequences of those that it shows, and where a pointer to
it was found. A variable leads to a log if it is a pointer to it, to its writer or to one of its readers, or a struct that
has such a pointer. Variables without debug information are found, too: by their symbol, or by their address. So are
pointers on the stack of each thread. Some of those are left from calls that have returned.

With `all`, the command also searches all memory that the program can write. This takes some seconds for each gigabyte."""

    NAME = "alog logs"
    COMPLETE = gdb.COMPLETE_NONE

    def run(self, memory, text):
        if text not in ("", "all"):
            raise Trouble(f"`alog logs` takes nothing behind it but `all`, and there is {text}")
        places = Places(memory)
        places.look()
        if text:
            places.all_memory()
        if not places.found:
            print("No variable, register or stack leads to a log. `alog logs all` searches all memory.")
        for address, names in places.found.items():
            try:
                log = Log(memory, address)
                view = log.view()
                what = f"{log.what()}, [{view.begin}, {view.end})"
            except Trouble as trouble:
                what = str(trouble)
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            print(f"{address:#x}  {what}  {'; '.join(names[:3])}{more}")
        for note in places.notes:
            print(note)


class Describe(Command):
    """Print what a log is, what it shows, what memory it has, and which views hold it.

alog describe LOG

LOG is a variable, an expression or an address: of a log, of its writer or of one of its readers. The lines are those that
alog_log_describe writes."""

    NAME = "alog describe"

    def run(self, memory, text):
        for line in description(log_of(memory, text)):
            print(line)


class Tail(Command):
    """Print the newest records of a log, each after its sequence.

alog tail LOG [N] [as TYPE]

LOG is a variable, an expression or an address: of a log, of its writer or of one of its readers. N is the number of
records, 10 by default. TYPE is the type of a record, such as `struct tick`. Without it a record is printed as text if it is
text, otherwise as hexadecimal numbers. Only published records are printed: not a record that is being written, and not
those of an open group."""

    NAME = "alog tail"

    def run(self, memory, text):
        text, type_text = take(r"(?:^|\s)as\s+(\S.*)$", text)
        text, count = take(r"\s(\d+)$", text)
        log = log_of(memory, text)
        type = record_type(log, type_text)
        view = log.view()
        begin = max(view.begin, view.end - (10 if count is None else int(count)))
        if view.begin == view.end:
            print("The log shows no records.")
        for sequence, address, data in view.records(begin):
            # A byte record may be too short for the type.
            if type is None or type.sizeof > len(data):
                print(f"{sequence}: {shown(data)}")
            else:
                print(f"{sequence}: {gdb.Value(address).cast(type.pointer()).dereference().format_string()}")


class Save(Command):
    """Write all records that a log shows to a file of MCAP, for Foxglove, PlotJuggler and others.

alog save LOG FILE [as TYPE [time MEMBER]]

LOG is a variable, an expression or an address: of a log, of its writer or of one of its readers. FILE is replaced. A
name with spaces needs quotes. With TYPE, such as `struct tick`, each record is a message with a field for each member, and
readers of ROS 2 messages can open the file. Without it each message is the bytes of a record. MEMBER is the member that
has a record's time, 64 bits of nanoseconds. Without it the time of a record is its sequence."""

    NAME = "alog save"
    COMPLETE = gdb.COMPLETE_FILENAME

    def run(self, memory, text):
        text, type_text = take(r"\sas\s+(\S.*)$", text)
        time_text = None
        if type_text is not None:
            type_text, time_text = take(r"\stime\s+(\S+)$", type_text)
        expression, quoted = take(r"\s(\"[^\"]+\"|'[^']+'|\S+)$", text)
        if quoted is None:
            raise Trouble("say which log, and to which file: `alog save LOG FILE [as TYPE [time MEMBER]]`")
        name = os.path.expanduser(quoted.strip("\"'"))
        log = log_of(memory, expression)
        part = f"{name}.part"
        try:
            try:
                with open(part, "wb") as file:
                    count = save(log, expression, file, type_text, time_text)
                os.replace(part, name)
            finally:
                if os.path.exists(part):
                    os.remove(part)
        except OSError as error:
            raise Trouble(f"{error.filename or name}: {error.strerror}") from error
        print(f"{name}: {plural(count, 'record')} of the log at {log.address:#x}")


class Alog(gdb.Command):
    """Look at logs of atomic-log, in a process that is stopped or in a core file.

The commands only read memory: they call nothing in the program, and change nothing in it."""

    def __init__(self):
        super().__init__("alog", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)

    def invoke(self, text, from_tty):
        gdb.execute("help alog")


Alog()
for command in Logs, Describe, Tail, Save:
    command()
