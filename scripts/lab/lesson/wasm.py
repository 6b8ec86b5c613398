#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""wasm.py - which line of the C each call in a WebAssembly file stands on.

asyncify rewrites every function, and what debug information then says of lines is wrong for some
calls. But it keeps the calls and their order, and so does the linker. So: the assembly that clang
writes for each file says which line its n-th call is on, and the n-th call of the same function in
the finished file has another place but the same line. Whoever is called has to agree, for each.
"""
import os
import re

CODE, IMPORT, CUSTOM = 10, 2, 0
NO_OPERANDS, ONE, TWO = 0, 1, 2


class Mismatch(Exception):
    """The calls of the finished file are not those of the assembly."""


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def number(self):
        """LEB128; the sign of signed ones does not matter here."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text(self):
        n = self.number()
        self.at += n
        return self.data[self.at - n:self.at].decode()


def sections(data):
    """(id, where it begins, where its contents begin, where it ends)"""
    r = Reader(data, 8)
    while r.at < len(data):
        begin, kind = r.at, r.byte()
        size = r.number()
        yield kind, begin, r.at, r.at + size
        r.at += size


def without_custom(data):
    return data[:8] + b"".join(data[begin:end] for kind, begin, _, end in sections(data) if kind != CUSTOM)


def imports(data, at):
    """The names of the imported functions, in order."""
    r = Reader(data, at)
    for _ in range(r.number()):
        module, name, kind = r.text(), r.text(), r.byte()
        if kind == 0:
            r.number()
            yield f"{module}.{name}"
        elif kind == 3:
            r.at += 2
        else:  # a table has a type before its limits
            r.at += kind == 1
            for _ in range(1 + (r.byte() & 1)):
                r.number()


def function_names(data):
    names = {}
    for kind, _, at, end in sections(data):
        r = Reader(data, at)
        if kind != CUSTOM or r.text() != "name":
            continue
        while r.at < end:
            sub, size = r.byte(), r.number()
            stop = r.at + size
            if sub == 1:
                for _ in range(r.number()):
                    index = r.number()
                    names[index] = r.text()
            r.at = stop
    return names


def skip_operands(r, op):
    if op == 0xfc:
        sub = r.number()
        for _ in range({8: 2, 9: 1, 10: 2, 11: 1, 12: 2, 13: 1, 14: 2, 15: 1, 16: 1, 17: 1}.get(sub, 0)):
            r.number()
    elif op in (0x43, 0x44):
        r.at += 4 if op == 0x43 else 8
    elif op in (0x0e, 0x1c):
        for _ in range(r.number() + (op == 0x0e)):
            r.number()
    elif 0x28 <= op <= 0x3e:
        r.number(), r.number()
    elif 0x02 <= op <= 0x04 or op in (0x0c, 0x0d, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2) or 0x20 <= op <= 0x26:
        r.number()
    elif op in (0x05, 0x0b, 0x0f, 0x00, 0x01, 0x1a, 0x1b) or 0x45 <= op <= 0xc4:
        pass
    else:
        raise Mismatch(f"instruction {op:#x} is not known here")


def calls(data, at, end):
    """(offset, index of the function or None) of each call in the body from @at to @end."""
    r = Reader(data, at)
    for _ in range(r.number()):  # variables
        r.number(), r.byte()
    while r.at < end:
        begin, op = r.at, r.byte()
        if op == 0x10:
            yield begin, r.number()
        elif op == 0x11:
            r.number(), r.number()
            yield begin, None
        else:
            skip_operands(r, op)


NAMELESS = "?"  # some versions of binaryen give no names to asyncify's own functions


class Module:
    """A finished file with names: functions, in order, as (index, name, [(offset, callee)])."""

    def __init__(self, data):
        found = {kind: (at, end) for kind, _, at, end in sections(data)}
        imported = list(imports(data, found[IMPORT][0])) if IMPORT in found else []
        names = {**function_names(data), **dict(enumerate(imported))}
        self.functions = []
        r = Reader(data, found[CODE][0])
        for index in range(len(imported), len(imported) + r.number()):
            size = r.number()
            body, r.at = r.at, r.at + size
            self.functions.append((index, names.get(index, NAMELESS), [
                (offset, names.get(callee, NAMELESS) if callee is not None else None) for offset, callee in calls(data, body, r.at)]))


LABEL = re.compile(r"^([A-Za-z_][\w.$]*):")
TYPE = re.compile(r"^\t\.type\t([\w.$]+),@function")
FILE = re.compile(r'^\t\.file\t(\d+) "([^"]*)"(?: "([^"]*)")?')
LOC = re.compile(r"^\t\.loc\t(\d+) (\d+)")
CALL = re.compile(r"^\tcall(_indirect)?\t([\w.$]+)?")


def assembly(text, top):
    """[(function, [(callee or None, file, line)])] of clang's assembly; files as seen from @top."""
    files, functions, known, place = {}, [], set(), (None, 0)
    for line in text.splitlines():
        if match := TYPE.match(line):
            known.add(match[1])
        elif match := FILE.match(line):
            files[match[1]] = os.path.relpath(os.path.join(match[2], match[3] or ""), top)
        elif (match := LABEL.match(line)) and match[1] in known:
            functions.append((match[1], []))
        elif match := LOC.match(line):
            place = (match[1], int(match[2])) if match[2] != "0" else place
        elif match := CALL.match(line):
            functions[-1][1].append((None if match[1] else match[2], files[place[0]] if place[0] else "", place[1]))
    return functions


NEW_NAMES = {"main": "__main_argc_argv"}


def plain(name):
    """As the C has it: without what tells the second of a name apart, without a module, or asyncify's own mark."""
    name = re.sub(r"[._]\d+$", "", name or "").split(".")[-1].removeprefix("asyncify_")
    return NEW_NAMES.get(name, name)


def same(found, there):
    return len(found) == len(there) and all(
        (callee is None) == (expected is None) and (callee == NAMELESS or plain(callee) == plain(expected))
        for (_, callee), (expected, _, _) in zip(found, there))


def line_table(module, objects):
    """{offset of a call: (file, line, function)}. @objects: assembly() of each file, in the order of the link.

    A name that several have: either all but one are static, or the last object's replaces a weak one.
    """
    known, last = {}, {plain(name) for name, _ in objects[-1]}
    for functions in objects:
        for name, there in functions:
            known.setdefault(plain(name), []).append(there)
    table = {}
    for index, name, found in module.functions:
        fitting = [there for there in known.get(plain(name), ()) if same(found, there)]
        if not found or name in (NAMELESS, "__wasm_call_ctors"):
            continue
        if not fitting:
            raise Mismatch(f"function {index}, {name}, calls {[callee for _, callee in found]}, in its source "
                           f"{[[callee for callee, _, _ in there] for there in known.get(plain(name), ())]}")
        if plain(name) not in last and any(there != fitting[0] for there in fitting):
            raise Mismatch(f"function {index} may be any of {len(fitting)} that are called {name}")
        for (offset, _), (_, file, line) in zip(found, fitting[-1]):
            table[offset] = (file, line, plain(name))
    return table
