"""Reads the header with its comments, and writes for C what they promise of every function: boundary_functions.h, which
boundary.h includes. Nothing there knows a function by its name, so none is forgotten.

The comments must be complete. For every function they say what each parameter is (@param) and what it returns (@return,
with each status that it may return). After labels they say what differs from the defaults, which the header's
introduction states once: Threads, Blocking, Progress, Allocates, Lifetime, Since, Safety. A missing part is a fault, and
so is a part that repeats a default. The message says what to write where.

With --prove it shows that it can fail: it spoils the comments and declarations of each function in turn, and must find
every fault.
"""

import argparse
import functools
import re
import sys

sys.dont_write_bytecode = True  # the source directory stays as it is
import check_names  # noqa: E402

# What a valid call passes, in C, where `w` is the world of boundary.h: for a parameter of this type and name. For a
# struct that is passed by value, where the struct is.
ARGUMENTS = {
    ("int32_t", "status"): "ALOG_OK",
    ("bool", "bytes"): "w->bytes",
    ("size_t", "size"): "RECORD",
    ("size_t", "count"): "RECORDS",
    ("size_t", "want"): "w->bytes ? RECORD : 1",
    ("size_t", "used"): "w->bytes ? RECORD : 1",
    ("size_t", "index"): "0",
    ("size_t", "first"): "0",
    ("size_t", "max"): "1",
    ("uint64_t", "sequence"): "w->range.begin",
    ("uint64_t", "next_sequence"): "w->next",
    ("uint64_t", "timeout_ns"): "0",
    ("uint64_t", "interrupts"): "0",
    ("alog_range", "range"): "&w->range",
    ("alog_start", "start"): "ALOG_START_OLDEST",
    ("const void *", "record"): "w->numbers",
    ("const void *", "records"): "w->numbers",
    ("const void *", "data"): "w->numbers",
    ("const alog_slice *", "records"): "w->slices",
    ("const uint32_t *", "sizes"): "w->sizes",
    ("const alog_options *", "options"): "&w->options",
    ("const alog_channel *", "channel"): "&w->channel",
    ("const alog_sink *", "sink"): "&w->sink",
    ("alog_recorder *", "recorder"): "&w->recorder",
    ("int", "fd"): "w->fd",
}
# Structs of the caller's that a call reads and changes.
IN_PLACE = ("alog_recorder",)
# The types of handle that boundary.h makes.
HANDLES = ("alog_log", "alog_writer", "alog_snapshot", "alog_cursor", "alog_segment")
NUMBERS = ("bool", "int", "size_t", "int32_t", "uint32_t", "uint64_t")
THREADS = ("any", "owner")
BY_CONST = "any for const calls, owner for others"
LABELS = ("Threads", "Blocking", "Progress", "Allocates", "Lifetime", "Since", "Safety")
# The value of a label where it is left out. That of Threads depends on the type.
DEFAULTS = {"Blocking": "never.", "Progress": "wait-free.", "Allocates": "never.", "Since": "0.1.0."}
# What the introduction says of all functions at once.
CONVENTIONS = (
    "The library cannot panic: the linker checks this. No function returns ALOG_ERR_INTERNAL.",
    "- Threads: the type of the first parameter tells. If it is no handle: any.",
    *(f"- {label}: {text}" for label, text in DEFAULTS.items()),
    "- Lifetime: a handle that you receive lives until you give it to its destroy or release function.",
    "- Safety: each pointer is NULL, or points to what its type and comment tell: a live handle,",
    "- A pointer is required, unless its comment tells when it may be NULL.",
    "- A function that returns a status also returns ALOG_ERR_NULL if a required pointer is NULL, ALOG_ERR_HANDLE if a "
    "handle is wrong, and ALOG_ERR_ARGUMENT if a pointer is misaligned.",
    "- A function without a status does nothing with NULL, a wrong handle or a misaligned pointer, and returns 0, false "
    "or NULL if it returns something.",
)
# How Safety says that a handle ends: whatever is returned (one function of each type does so), or with ALOG_OK.
ENDS = "ends here"
ENDS_IF_OK = "is not used again after ALOG_OK"

DECLARATION = re.compile(r"^(?:ALOG_NODISCARD\s+)?ALOG_API\b([^;#{}]*);", re.MULTILINE)


def plain(text):
    return " ".join(text.split())


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)


class Comment:
    """What a comment says: of each parameter, of the result, and behind each label."""

    def __init__(self, text):
        lines = [re.sub(r"^\s*\* ?", "", line) for line in text.splitlines()]
        self.parameters = []
        self.result = None
        self.results = 0
        rest, into = [], None
        for line in lines:
            if parameter := re.match(r"@param\s+(\w+)\s+(.*)", line):
                into = [parameter.group(2)]
                self.parameters.append((parameter.group(1), into))
            elif result := re.match(r"@return\b(.*)", line):
                into = self.result = [result.group(1)]
                self.results += 1
            elif into is not None and line.startswith(" "):
                into.append(line)
            else:
                into = None
                rest.append(line)
        self.parameters = [(name, plain(" ".join(words))) for name, words in self.parameters]
        self.result = plain(" ".join(self.result)) if self.result is not None else None
        parts = re.split(rf"\b({'|'.join(LABELS)}): ", plain(" ".join(rest)))
        self.labels = list(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))

    def label(self, name):
        return next((text for label, text in self.labels if label == name), None)


class Parameter:
    def __init__(self, text, types):
        found = re.fullmatch(r"(.*?)\b(\w+)", plain(text))
        self.name = found.group(2)
        self.type = plain(re.sub(r"\bstruct\b", "", found.group(1)).replace("*", " * ")).replace("* *", "**")
        self.pointee = plain(self.type.removesuffix("*")) if "*" in self.type else None
        base = plain((self.pointee or "").replace("const", "").replace("*", ""))
        self.handle = base if self.pointee and base in types.opaque and "**" not in self.type else None
        self.handed_out = base if self.pointee and base in types.opaque and "**" in self.type else None
        self.is_pointer = self.pointee is not None
        self.in_place = self.is_pointer and base in IN_PLACE
        constant = "const" in self.type or self.in_place
        self.is_out = self.is_pointer and not self.handle and not constant
        self.is_in = self.is_pointer and not self.handle and constant
        self.by_value = self.type in types.structs
        # Text, of as many bytes as `size` says; and whether it is written even if the call is refused.
        self.is_text = self.is_out and base == "char"
        self.always_written = False
        self.aligned = self.is_pointer and not self.handle and base not in ("void", "char")
        self.text = ""
        # Whether NULL may stand here: never, always, or if another parameter is 0 or all of it is.
        self.null, self.null_kind, self.null_other = "REFUSED", "ANY_KIND", None

    def read_null(self):
        found = re.search(r"(?:(Fixed|Bytes): )?[Mm]ay be NULL(?: if (?:all (\w+) are|(\w+) is) 0)?", self.text)
        if found:
            self.null_kind = f"{found.group(1) or 'any'}_KIND".upper()
            self.null_other = found.group(2) or found.group(3)
            self.null = "IF_ALL_ZERO" if found.group(2) else "IF_ZERO" if found.group(3) else "ALLOWED"


class Function:
    def __init__(self, declaration, comment, types):
        self.faults = []
        found = re.fullmatch(r"(.*?)\b(\w+)\s*\((.*)\)", plain(declaration))
        self.name = found.group(2)
        self.returns = plain(re.sub(r"\bstruct\b", "", found.group(1)).replace("*", " * "))
        listed = [] if found.group(3) == "void" else found.group(3).split(",")
        self.parameters = [Parameter(text, types) for text in listed]
        self.types = types
        self.statuses = []
        self.kind = "ANY_KIND"
        self.ends = None
        self.ends_whatever = False
        self.refusal = None
        self.comment = comment
        if comment is None:
            self.fault("has no comment: say what it does, @param, @return")
            return
        self.check_types()
        self.check_labels()
        self.check_parameters()
        self.check_kind()
        self.check_result()

    def fault(self, text):
        self.faults.append(f"{self.name} {text}")

    @property
    def handles(self):
        return [each for each in self.parameters if each.handle]

    @property
    def waits(self):
        return self.comment is not None and (self.comment.label("Blocking") or "").startswith("yes")

    @property
    def pointers(self):
        return [each for each in self.parameters if each.is_pointer]

    def check_types(self):
        returned = plain(self.returns.replace("const", "").replace("*", ""))
        self.returned_handle = returned if returned in self.types.opaque else None
        known = ("void", "alog_status", "const char *", *NUMBERS)
        self.returned_struct = returned if returned in self.types.structs else None
        if self.returns not in known and not self.returned_handle and not self.returned_struct:
            self.fault(f"returns {self.returns}, which boundary.py does not know: teach it what a refusal looks like")
        for each in self.parameters:
            if each.handle or each.handed_out:
                if (each.handle or each.handed_out) not in HANDLES:
                    self.fault(f"has {each.name} of type {each.type}: make one in boundary.h, and add it to HANDLES")
            elif each.is_out:
                if each.pointee not in (*self.types.structs, *NUMBERS, "char"):
                    self.fault(f"has {each.name} of type {each.type}, which boundary.py does not know: teach it")
            elif (each.type, each.name) not in ARGUMENTS:
                self.fault(f"has {each.name} of type {each.type}: say in ARGUMENTS what a valid call passes")

    @property
    def default_threads(self):
        """What the type of the first parameter says."""
        first = self.parameters[0] if self.parameters else None
        said = self.types.threads.get(first.handle, "any") if first and first.handle else "any"
        if said == BY_CONST:
            return "any" if first.pointee.startswith("const ") else "owner"
        return said

    def check_labels(self):
        said = [label for label, text in self.comment.labels if text]
        if self.hands_out() and "Lifetime" not in said:
            self.fault("lacks its Lifetime line: write `Lifetime: ...`")
        for label in sorted(set(said)):
            if said.count(label) > 1:
                self.fault(f"says {label} twice")
        for label, default in {**DEFAULTS, "Threads": f"{self.default_threads}."}.items():
            if self.comment.label(label) == default:
                self.fault(f"has `{label}: {default}`, which is the default: leave it out")
        for label, pattern, expected in (
            ("Threads", rf"({'|'.join(THREADS)})\.", f"write one of {', '.join(THREADS)}"),
            ("Blocking", r"(never|yes)\b.*", "begin with never or yes"),
            ("Progress", r"lock-free\b.*", "begin with lock-free"),
            ("Since", r"\d+\.\d+\.\d+\.", "write the version that brought it"),
        ):
            if (text := self.comment.label(label)) and not re.fullmatch(pattern, text):
                self.fault(f"has `{label}: {text}`: {expected}")
        if self.returns == "alog_status" and self.allocates != ("ALOG_ERR_NO_MEMORY" in (self.comment.result or "")):
            self.fault("must have ALOG_ERR_NO_MEMORY in @return and `Allocates: ...`, or neither")
        safety = self.comment.label("Safety") or ""
        for each in self.handles:
            if re.search(rf"\b{each.name} ({ENDS}|{ENDS_IF_OK})\b", safety):
                self.ends = each
                self.ends_whatever = ENDS in safety
        if re.search(rf"\b({ENDS}|{ENDS_IF_OK})\b", safety) and not self.ends:
            self.fault("has a Safety line by which something ends that is no handle of its parameters")

    @property
    def allocates(self):
        return not (self.comment.label("Allocates") or "never").startswith("never")

    def hands_out(self):
        """Whether the caller gets a pointer that is no handle, by itself or in a struct: for how long is it good?"""
        if "*" in self.returns:
            return not self.returned_handle
        outs = [each for each in self.parameters if each.is_out] if self.returns != "void" else []
        return any(each.pointee in self.types.structs_with_pointers for each in outs)

    def check_parameters(self):
        said = dict(self.comment.parameters)
        for each in self.parameters:
            each.text = said.get(each.name, "")
            if not each.text:
                self.fault(f"lacks @param {each.name}: say what it is")
            each.read_null()
            each.always_written = "whatever is returned" in each.text
            if each.always_written and not each.is_text:
                self.fault(f"says of {each.name}, which is no text, that it is written whatever is returned")
            if each.is_text and "size" not in [other.name for other in self.parameters]:
                self.fault(f"writes text to {each.name}, and has no parameter size that bounds it")
            if each.handle and ("ends if ALOG_OK is returned" in each.text) != (
                self.ends is each and not self.ends_whatever
            ):
                self.fault(f"must say of {each.name}: `ends if ALOG_OK is returned`; and under Safety `{ENDS_IF_OK}`")
            if each.null_other and each.null_other not in [other.name for other in self.parameters]:
                self.fault(f"has an @param {each.name} that hangs on {each.null_other}, which is no parameter")
        names = [each.name for each in self.parameters]
        for name, _ in self.comment.parameters:
            if name not in names:
                self.fault(f"has an @param {name}, but no such parameter")
        if len(said) < len(self.comment.parameters):
            self.fault("has two @param of one name")

    def check_kind(self):
        said = " ".join(each.text for each in self.parameters)
        kinds = {kind for kind, log in (("fixed", "a fixed log"), ("bytes", "a byte log")) if f"of {log}" in said}
        if any((each.type, each.name) == ("bool", "bytes") for each in self.parameters):
            if "alog_log_create_bytes" not in said:
                self.fault("has a parameter bytes: say in @param that it chooses alog_log_create_bytes")
        elif any(each.pointee == "const alog_options" for each in self.parameters):
            kinds = {"bytes"} if "record_size 0" in said else {"fixed"} if "record_size in bytes" in said else set()
            if not kinds:
                self.fault("takes options, but @param says neither `record_size in bytes` nor `record_size 0`")
        elif bool(kinds) != ("ALOG_ERR_KIND" in (self.comment.result or "")):
            self.fault("must have ALOG_ERR_KIND in @return and `of a fixed log` (or a byte log) in @param, or neither")
        if len(kinds) > 1:
            self.fault("is said to be for both kinds of log")
        elif kinds:
            self.kind = f"{kinds.pop().upper()}_KIND"

    def check_result(self):
        result = self.comment.result
        if (result is not None) != (self.returns != "void") or self.comment.results > 1:
            self.fault("must have one @return if it returns something, and none if it does not")
            return
        if self.returns == "alog_status":
            self.check_statuses(result)
        elif self.returns == "void":
            self.refusal = "IS_IGNORED"
        elif self.handles:
            own = self.handles[0]
            returned = "NULL and a wrong handle are returned as they are" in own.text
            self.refusal = "IS_RETURNED" if returned else "IS_NOTHING"
            if returned != (self.returned_handle == own.handle):
                words = "NULL and a wrong handle are returned as they are"
                self.fault(f"must say in @param {own.name}, if it returns that, and only then: `{words}`")
        elif self.pointers:
            self.fault("takes pointers, but no handle, and returns no status: teach boundary.py how it refuses")

    def check_statuses(self, result):
        self.refusal = "IS_STATUS"
        self.statuses = re.findall(r"(?:^|; )(ALOG_[A-Z_]+)", result)
        for name in re.findall(r"\bALOG_(?:OK|UNCHANGED|END|TIMEOUT|INTERRUPTED|ERR_\w+)", result):
            if name not in self.statuses:
                self.fault(f"mentions {name} in the middle of @return: begin a clause with it, `; {name}`")
        for name in self.statuses:
            if name not in self.types.statuses:
                self.fault(f"lists {name}, which is no status")
        if self.statuses[:1] != ["ALOG_OK"]:
            self.fault("must begin its @return with ALOG_OK")
        if len(set(self.statuses)) < len(self.statuses):
            self.fault("lists a status twice")
        # What the introduction says of all functions, each with the words that a comment adds to it, or None.
        implied = {}
        if any(each.null != "ALLOWED" for each in self.pointers):
            implied["ALOG_ERR_NULL"] = None
        if self.handles:
            implied["ALOG_ERR_HANDLE"] = None
        if any(each.aligned for each in self.parameters):
            implied["ALOG_ERR_ARGUMENT"] = None
        for each in self.parameters:
            if each.in_place and each.text != "The memory.":
                implied["ALOG_ERR_HANDLE"] = "the recorder is not initialised"
            if "struct_size must be set" in each.text:
                implied["ALOG_ERR_ARGUMENT"] = "bad struct_size"
        for name, words in implied.items():
            said = re.search(rf"(?:^|; ){name}\b(: [^;]*)?", result)
            if words and not (said and words in (said.group(1) or "")):
                self.fault(f"lacks in its @return: `{name}: {words}`")
            if said and not said.group(1):
                self.fault(f"lists {name}, as the introduction does for all functions: say what else it is for, or nothing")
        self.statuses += [name for name in implied if name not in self.statuses]


class Types:
    """The types and statuses of a header, without its comments and functions; and what the comments of handles say of
    threads."""

    def __init__(self, code, threads):
        self.threads = dict(threads)
        self.opaque = set(re.findall(r"typedef struct (\w+) \1;", code))
        bodies = dict(re.findall(r"typedef struct (\w+) \{(.*?)\} \1;", code, flags=re.DOTALL))
        self.structs = set(bodies)
        self.structs_with_pointers = {name for name, body in bodies.items() if "*" in body}
        self.statuses = re.findall(r"^\s*(ALOG_\w+) = -?\d+,", code, flags=re.MULTILINE)


# Proving reads the header over and over, and most of it is the same each time.
types_of = functools.cache(Types)
read_comment = functools.cache(Comment)
read_function = functools.cache(Function)
# Read in another way, so that no function is missed.
functions_declared = functools.cache(lambda code: check_names.Header(code).functions)


class Header:
    def __init__(self, text):
        self.code = without_comments(text)
        handles = re.findall(r"/\*\*((?:(?!\*/).)*)\*/\s*typedef struct (\w+) \2;", text, flags=re.DOTALL)
        threads = tuple((name, self.threads_of(plain(re.sub(r"\n \*", "\n", words)))) for words, name in handles)
        self.types = types_of(DECLARATION.sub("", self.code), threads)
        self.introduced = plain(re.sub(r"^ \* ?", "", text[: text.index("*/")], flags=re.MULTILINE))
        self.functions = []
        for found in DECLARATION.finditer(text):
            before = text[: found.start()].rstrip()
            comment = read_comment(before[before.rindex("/**") + 3 : -2]) if before.endswith("*/") else None
            self.functions.append(read_function(found.group(1), comment, self.types))

    @staticmethod
    def threads_of(comment):
        found = re.search(rf"\bThreads: ({'|'.join((*THREADS, BY_CONST))})\.", comment)
        return found.group(1) if found else None

    def faults(self):
        faults = [fault for function in self.functions for fault in function.faults]
        names = [function.name for function in self.functions]
        others = functions_declared(self.code)
        faults += check_names.difference("what boundary.py reads", set(names), "what check_names.py reads", others)
        if not names:
            faults.append("the header declares no function")
        said = re.search(r"- Only ([\w, ]+) block\.", self.introduced)
        said = set(re.findall(r"\balog_\w+", said.group(1))) if said else set()
        waiting = {each.name for each in self.functions if each.waits}
        faults += check_names.difference("what waits by the introduction", said, "what waits by Blocking", waiting)
        if not self.types.statuses:
            faults.append("the header has no statuses")
        faults += [f"the header's introduction lacks: {said}" for said in CONVENTIONS if said not in self.introduced]
        for handle in sorted(self.types.opaque):
            if not self.types.threads.get(handle):
                faults.append(f"{handle} lacks its Threads line: one of {', '.join(THREADS)}, or `{BY_CONST}`")
            enders = [each.name for each in self.enders(handle)]
            if len(enders) != 1:
                faults.append(f"{handle} `{ENDS}`, by the Safety lines, in {len(enders)} functions: it must be one")
        return faults

    def enders(self, handle):
        return [each for each in self.functions if each.ends_whatever and each.ends.handle == handle]


# What is written


def constant(name):
    return name.upper().removeprefix("ALOG_")


# Stands where a function has none, so that every member is named.
NO_PARAMETER = (
    "        {.name = NULL, .role = ROLE_VALUE, .handle = HANDLES, .null = NULL_ALLOWED, .null_kind = ANY_KIND, "
    ".null_other = 0, .size = 0, .align = 1, .struct_size = false, .initialised = false, .text_size = NO_TEXT, "
    ".always_written = false},"
)


def parameter_in_c(function, each):
    names = [other.name for other in function.parameters]
    role = "HANDLE" if each.handle else "OUT" if each.is_out else "IN" if each.is_in else "VALUE"
    fields = {
        "name": f'"{each.name}"',
        "role": f"ROLE_{role}",
        "handle": constant(each.handle or each.handed_out) if each.handle or each.handed_out else "HANDLES",
        "null": f"NULL_{each.null}",
        "null_kind": each.null_kind,
        "null_other": str(names.index(each.null_other)) if each.null_other else "0",
        "size": f"sizeof({each.pointee})" if each.aligned else "0",
        "align": f"_Alignof({each.pointee})" if each.aligned else "1",
        "struct_size": "true" if role != "HANDLE" and is_sized(function, each) else "false",
        "initialised": "true" if each.in_place and each.text != "The memory." else "false",
        "text_size": str(names.index("size")) if each.is_text else "NO_TEXT",
        "always_written": "true" if each.always_written else "false",
    }
    return ", ".join(f".{name} = {value}" for name, value in fields.items())


def is_sized(function, each):
    """Whether the struct begins with its size, of which a bad one is refused."""
    if each.is_in:
        return each.pointee in ("const alog_options", "const alog_channel")
    return "struct_size must be set" in each.text


def function_in_c(function):
    name = function.name
    arguments = []
    for index, each in enumerate(function.parameters):
        if each.by_value:
            arguments.append(f"*(const {each.type} *)a[{index}].pointer")
            continue
        member = "pointer" if each.is_pointer else "number"
        arguments.append(f"({each.type})a[{index}].{member}")
    call = f"{name}({', '.join(arguments)})"
    returns, result = "NOTHING", f"{call};"
    if function.returns == "alog_status":
        returns, result = "STATUS", f"r->status = {call};"
    elif function.returns == "bool" or function.returns in NUMBERS:
        returns, result = "NUMBER", f"r->number = {call};"
    elif "*" in function.returns:
        returns = "HANDLE" if function.returned_handle else "STRUCT" if function.returned_struct else "STRING"
        result = f"r->pointer = {call};"
    lines = [f"static void call_{name}(const argument *a, answer *r) {{", "  (void)a, (void)r;", f"  {result}", "}"]
    lines += [f"static void prepare_{name}(world *w, argument *a) {{", "  (void)w, (void)a;"]
    for index, each in enumerate(function.parameters):
        if each.handle:
            lines.append(f"  a[{index}].pointer = w->handles[{constant(each.handle)}];")
        elif each.is_out:
            sized = "true" if is_sized(function, each) else "false"
            lines.append(f"  a[{index}].pointer = out_of(w, {index}, {sized}, sizeof({each.pointee}));")
        elif each.is_pointer or each.by_value:
            lines.append(f"  a[{index}].pointer = {ARGUMENTS[each.type, each.name]};")
        else:
            lines.append(f"  a[{index}].number = {ARGUMENTS[each.type, each.name]};")
    lines.append("}")
    allocates = function.comment.label("Allocates") or ""
    fields = {
        "name": f'"{name}"',
        "call": f"call_{name}",
        "prepare": f"prepare_{name}",
        "count": len(function.parameters),
        "returns": f"RETURNS_{returns}",
        "returned": constant(function.returned_handle) if function.returned_handle else "HANDLES",
        "refusal": function.refusal if function.refusal and function.pointers else "IS_NONE",
        "statuses": " | ".join(f"BIT({status})" for status in function.statuses) or "0",
        "kind": function.kind,
        "kind_is_checked": "true" if "ALOG_ERR_KIND" in function.statuses else "false",
        "self": next((i for i, each in enumerate(function.parameters) if each.handle), -1),
        "ends": function.parameters.index(function.ends) if function.ends else -1,
        "takes_pointers": "true" if function.pointers else "false",
        "allocates": "true" if function.allocates else "false",
        "frees": "true" if re.search(r"never; .*frees", allocates) else "false",
    }
    table = "\n".join(f"        {{{parameter_in_c(function, each)}}}," for each in function.parameters)
    described = "\n".join(f"     .{key} = {value}," for key, value in fields.items())
    described += f"\n     .parameters = {{\n{table or NO_PARAMETER}\n     }},"
    return "\n".join(lines), "    {" + described[5:] + "},"


def in_c(header):
    functions = [function_in_c(function) for function in header.functions]
    lines = ["/* Written by boundary.py from include/atomic_log.h. */"]
    lines += [code for code, _ in functions]
    lines += ["static void end_handle(handle_type type, void *handle) {", "  switch (type) {"]
    for handle in HANDLES:
        ender = header.enders(handle)[0]
        lines.append(f"    case {constant(handle)}: {ender.name}(({handle} *)handle); break;")
    lines += ["    case HANDLES: CHECK(false); break;", "  }", "}"]
    lines += ["static const function functions[] = {", *(table for _, table in functions), "};"]
    lines.append("enum { FUNCTIONS = sizeof functions / sizeof functions[0] };")
    return "\n".join(lines) + "\n"


# That it can fail


def spoiled(text):
    """The header with one fault at a time: what was done, the header then, and what the message must contain."""

    def every(pattern, replacement, what, part="comment"):
        """Replaces the first match in the comment, or in the declaration, of each function that has one."""
        for found in DECLARATION.finditer(text):
            begin = text.rindex("/**", 0, found.start()) if part == "comment" else found.start()
            end = found.start() if part == "comment" else found.end()
            piece = text[begin:end]
            changed = re.sub(pattern, replacement, piece, count=1, flags=re.DOTALL)
            if changed != piece:
                name = re.search(r"(\w+)\s*\(", found.group(1)).group(1)
                yield f"{name}: {what}", text[:begin] + changed + text[end:], name

    status = r"(;|@return)[\s*]*\b{}\b[^;.]*"
    yield from every(r".*", "", "no comment")
    yield from every(r"@param\s+\w+\s", "A parameter ", "a parameter without @param")
    yield from every(r"(@param\s+)\w+", r"\1other", "@param of what is no parameter")
    yield from every(r"@return", "Returns", "no @return")
    end = r"\n \*/"

    def added(line):
        return rf"\n * {line}\n */"

    yield from every(end, added("@return Nothing."), "two @return, or one of nothing")
    for label in LABELS:
        yield from every(rf"\b{label}: ", f"{label}: x. {label}: ", f"{label} twice, or what it cannot be")
    for label, default in DEFAULTS.items():
        yield from every(end, added(f"{label}: {default}"), f"{label} that is the default, or twice")
    header = Header(text)
    for function in header.functions:
        own = (each for each in every(end, added(f"Threads: {function.default_threads}."), "the default of Threads"))
        yield from (each for each in own if each[2] == function.name)
        if function.hands_out():
            yield from (each for each in every(r"\bLifetime:", "Lifetime", "no Lifetime") if each[2] == function.name)
    yield from every(end, added("Threads: some."), "Threads that there are not")
    yield from every(end, added("Since: always."), "Since that is no version")
    yield from every(end, added("Blocking: yes."), "waiting, of which the introduction says nothing")
    yield from every(r"Blocking: yes", "Blocking: never", "no waiting, of which the introduction says something")
    yield from every(end, added("Blocking: perhaps."), "Blocking that is neither")
    yield from every(end, added("Progress: slow."), "Progress that there is not")
    yield from every(end, added("Safety: nothing ends here."), "an end of what is no handle")
    yield from every(r"\bAllocates: (?!never)", "Allocates ", "no Allocates")
    for name in ("ALOG_ERR_KIND", "ALOG_ERR_NO_MEMORY"):
        yield from every(status.format(name), r"\1", f"{name} is not listed")
    more = r"\g<0>; ALOG_ERR_NULL"
    yield from every(r"@return ALOG_OK[^;.]*", more, "what the introduction says of all, or a status twice")
    yield from every(r"bad struct_size", "bad", "a bad struct_size that is not refused")
    yield from every(r"the recorder is not initialised", "it is odd", "a recorder that may be anything")
    yield from every(r"@return ALOG_OK", "@return ALOG_FINE", "a status that there is not")
    yield from every(r"@return ALOG_OK", "@return Nothing", "no ALOG_OK")
    yield from every(r"(; ALOG_[A-Z_]+)", r"\1\1", "a status twice")
    yield from every(r"; (ALOG_ERR_[A-Z_]+)", r" or \1", "a status that does not begin a clause")
    yield from every(r"NULL and a wrong handle are returned", "They are", "a handle that comes back unsaid")
    yield from every(r"of a (fixed|byte) log", "of a log", "no kind for ALOG_ERR_KIND")
    yield from every(r"record_size (in bytes|0)", "record_size", "no kind in options")
    yield from every(r"alog_log_create_bytes; else", "such logs; else", "no kind that a parameter chooses")
    yield from every(r"ends if ALOG_OK is returned", "ends", "@param that does not say when a handle ends")
    yield from every(rf"{ENDS_IF_OK}", "stays", "Safety that does not say when a handle ends")
    yield from every(r"(@param\s+\w+\s+)The ", r"\1Receives, whatever is returned, the ", "a text that is none")
    yield from every(r"NULL if (all )?\w+ (is|are) 0", r"NULL if \1others \2 0", "NULL if nobody knows what")
    yield from every(r"\(", "(double ratio, ", "a parameter of another type", "declaration")
    yield from every(r"\bsize_t \w+(?=[,)])", "size_t other", "a parameter of another name", "declaration")
    yield from every(r"^(ALOG_NODISCARD\s+)?ALOG_API\s+(\w+) ", "ALOG_API double ", "another result", "declaration")
    handles = "|".join(HANDLES)
    yield from every(rf"\b({handles}) \*(\w)", r"struct alog_other *\2", "another type of handle", "declaration")
    for what, changed, _ in every(r"\bends here", "stays", "no function that ends a handle"):
        yield what, changed, "`ends here`"
    # Without one of the two ways of reading the header.
    yield from every(r"^(ALOG_NODISCARD\s+)?ALOG_API", "", "a declaration without ALOG_API", "declaration")
    yield "no function at all", DECLARATION.sub("", text), "no function"
    yield "no statuses", re.sub(r"^(\s*ALOG_\w+) = -?\d+,", r"\1,", text, flags=re.M), "no statuses"
    yield "nothing about waits", re.sub(r"- Only (\w+),", r"- None of \1,", text, count=1), "what waits"
    introduction, rest = text.split("*/", 1)
    for said in CONVENTIONS:
        begin = re.escape(" ".join(said.split()[:6])).replace(r"\ ", r"[\s*]+")
        yield f"nothing of: {said}", re.sub(begin, "Nothing.", introduction, count=1) + "*/" + rest, "introduction"
    for handle in HANDLES:
        pattern = rf"Threads: [\w, -]+\.((?:(?!\*/).)*\*/\s*typedef struct {handle} )"
        yield f"{handle} without Threads", re.sub(pattern, r"\1", text, count=1, flags=re.S), f"{handle} lacks"
    known = "typedef struct alog_log alog_log;"
    yield "a handle that none ends", text.replace(known, f"{known} typedef struct alog_odd alog_odd;"), "alog_odd"


def prove(text):
    """What was not found, and how many faults were planted."""
    missed, planted = [], 0
    for what, changed, expected in spoiled(text):
        planted += 1
        assert changed != text, what
        try:
            faults = Header(changed).faults()
        except (AttributeError, KeyError, ValueError) as error:
            faults = [f"{error!r}"]
        if not any(expected in fault for fault in faults):
            missed.append(f"not found: {what}: {faults}")
    return missed, planted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--header", required=True)
    parser.add_argument("--write", help="where boundary_functions.h goes")
    parser.add_argument("--prove", action="store_true")
    options = parser.parse_args()
    with open(options.header, encoding="utf-8") as file:
        text = file.read()
    if options.prove:
        faults, planted = prove(text)
        done = f"every one of {planted} faults is found"
    else:
        header = Header(text)
        faults = header.faults()
        done = f"{len(header.functions)} functions, each with a whole comment"
        if options.write and not faults:
            with open(options.write, "w", encoding="utf-8") as file:
                file.write(in_c(header))
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(done)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
