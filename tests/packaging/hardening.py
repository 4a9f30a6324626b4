# SPDX-License-Identifier: Apache-2.0
"""What a program has of the measures against exploits, read from the file itself."""

import re
import subprocess
from pathlib import Path

ENDBR64 = b"\xf3\x0f\x1e\xfa"
PACIASP = b"\x3f\x23\x03\xd5"
# Reads the canary: mov %fs:0x28, any register.
CANARY = re.compile(rb"\x64\x48\x8b.\x25\x28\x00\x00\x00|\x64\x4c\x8b.\x25\x28\x00\x00\x00", re.DOTALL)


class Elf:
    def __init__(self, path):
        self.path = str(path)
        self.machine = re.search(r"Machine: *(.+)", self.read("-h"))[1]
        self.symbols = self.read("-s", "--dyn-syms")
        self.dynamic = self.read("-d")
        self.segments = re.findall(r"(?m)^  ([A-Z_]+) +(?:0x\w+ +){5}([R ][W ][E ]) ", self.read("-l"))
        self.text_address, self.text = self._text()

    def read(self, *options):
        return subprocess.run(["readelf", "-W", *options, self.path], check=True, capture_output=True, text=True).stdout

    def _text(self):
        address, offset, size = (int(number, 16) for number in
                                 re.search(r" \.text +PROGBITS +(\w+) (\w+) (\w+)", self.read("-S")).groups())
        return address, Path(self.path).read_bytes()[offset:offset + size]

    def functions_in_tables(self):
        """The addresses of code that tables of the program hold: virtual functions, callbacks, constructors."""
        addends = [int(found, 16) for found in re.findall(r"R_X86_64_RELATIVE +(\w+)", self.read("-r"))]
        addends += self._packed_addends()
        end = self.text_address + len(self.text)
        return [address for address in addends if self.text_address <= address < end]

    def _packed_addends(self):
        """What the packed relocations (.relr.dyn, a list of places) add the base to: that stands in the places themselves."""
        listed = self.read("-r").partition("'.relr.dyn'")[2]
        places = [int(found, 16) for found in re.findall(r"(?m)^\s*(?:\d+: )?\s*([0-9a-f]{16})\b", listed)]
        content = Path(self.path).read_bytes()
        loads = [tuple(int(number, 16) for number in found) for found in
                 re.findall(r"(?m)^  LOAD +(\w+) (\w+) \w+ (\w+) ", self.read("-l"))]
        for place in places:
            offset = next(place - address + start for start, address, size in loads if address <= place < address + size)
            yield int.from_bytes(content[offset:offset + 8], "little")

    def starts_with(self, address, code):
        return self.text.startswith(code, address - self.text_address)


def start_code_has_ibt():
    """Whether the C library's start-up code, which is part of every program, is marked for IBT. Debian 12's is not; a program
    that claimed it nevertheless would be ended where it counts."""
    start = subprocess.run(["c++", "-print-file-name=Scrt1.o"], check=True, capture_output=True, text=True).stdout.strip()
    notes = subprocess.run(["readelf", "-nW", start], check=True, capture_output=True, text=True).stdout
    return "IBT" in notes


def control_flow_weaknesses(elf):
    """CET on x86-64, pointer authentication on arm64."""
    if "X86-64" in elf.machine:
        notes = elf.read("-n")
        if "SHSTK" not in notes:
            yield "not marked for a shadow stack"
        if start_code_has_ibt() and "IBT" not in notes:
            yield "not marked for IBT"
        functions = elf.functions_in_tables()
        bare = [address for address in functions if not elf.starts_with(address, ENDBR64)]
        if bare or not functions:
            yield f"{len(bare)} of {len(functions)} functions that are called through pointers have no ENDBR64"
    elif "AArch64" in elf.machine and PACIASP not in elf.text:
        yield "return addresses are not signed"


def memory_weaknesses(elf):
    if not re.search(r"\(FLAGS_1\).* PIE", elf.dynamic):
        yield "not position independent"
    if "GNU_RELRO" not in dict(elf.segments):
        yield "no RELRO"
    if not re.search(r"\(FLAGS\).* BIND_NOW|\(FLAGS_1\).* NOW|\(BIND_NOW\)", elf.dynamic):
        yield "RELRO is not full: functions are bound late"
    if dict(elf.segments).get("GNU_STACK", "RWE") != "RW ":
        yield "executable stack"
    if any("W" in flags and "E" in flags for kind, flags in elf.segments if kind == "LOAD"):
        yield "a segment is writable and executable"
    if "TEXTREL" in elf.dynamic:
        yield "relocations in code"
    if re.search(r"\((RPATH|RUNPATH)\)", elf.dynamic):
        yield "libraries are looked for in a path of its own"


def check_weaknesses(elf, fortified):
    if "__stack_chk_fail" not in elf.symbols:
        yield "no stack protector"
    # One function with a canary would bring the symbol; strong protection shows in hundreds.
    elif "X86-64" in elf.machine and len(CANARY.findall(elf.text)) < 500:
        yield "the stack protector is in few functions"
    # What libstdc++ calls when an index is out of range.
    if "__glibcxx_assert_fail" not in elf.symbols:
        yield "no checks in libstdc++"
    if fortified and not re.search(r" __(?!stack)\w+_chk\b", elf.symbols):
        yield "no FORTIFY"


def weaknesses(path, fortified=True):
    """What is missing, in words. FORTIFY is a matter of optimised builds."""
    elf = Elf(path)
    return [*memory_weaknesses(elf), *check_weaknesses(elf, fortified), *control_flow_weaknesses(elf)]
