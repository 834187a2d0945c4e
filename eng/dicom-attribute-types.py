#!/usr/bin/env python3
"""Asks dciodvfy (Debian's dicom3tools) for the types of the attributes that have a combined code in PS3.15 table E.1-1.

    eng/dicom-attribute-types.py ATTRIBUTES.txt ELEMENTS.txt UIDS.txt > iod-types.txt

PS3.3 says for every IOD which attributes it demands: type 1 with a value, type 2 perhaps without, type 3 not at all. dciodvfy holds
those tables as code and complains of what is missing or empty. So each storage class is asked with objects that have every
attribute of PS3.6, so that optional modules count as present: once with the attributes of interest empty, once without them, and
once without each of them alone.
Conditional types count as their unconditional ones; those whose conditions such objects do
not meet are written down below. The inputs are the files that eng/dicom-ps315.py and eng/dicom-dictionary.py make.

Output: a line 'known UID ...' of the classes that dciodvfy knows, then 'TTTTTTTT TYPE UID ...' for types 1 and 2. An attribute that
a known class does not name here is of type 3 in it or does not belong to it. UIDs are written without '1.2.840.10008.5.1.4.'.
"""
import os
import re
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = "1.2.840.10008.5.1.4."
LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
# Types 1C and 2C of PS3.3 whose conditions no such object meets; by tag: (type, table of PS3.3, classes).
CONDITIONAL = {
    0x0008002A: [(1, "C.8-82, C.8-102, C.8.22.7-1: original images", "1.1.2.1 1.1.4.1 1.1.4.2 1.1.4.3 1.1.130")],
    0x00081140: [(1, "C.8-26: biplane; C.8-77: stereo pairs", "1.1.12.1 1.1.12.2 1.1.77.1.1 1.1.77.1.2 1.1.77.1.4")],
    0x00082112: [(2, "C.8.17.2-1: derived images", "1.1.77.1.5.1 1.1.77.1.5.2")],
    0x300E0008: [(2, "C.8-52: approved or rejected", "1.1.481.1 1.1.481.3 1.1.481.5 1.1.481.8")],
}
# Something valid for the VR; what is not here is left out.
VALUES = {"AE": b"AE", "AS": b"030Y", "CS": b"A ", "DA": b"20000101", "DS": b"1 ", "DT": b"20000101", "IS": b"1 ", "LO": b"A ",
          "LT": b"A ", "PN": b"A ", "SH": b"A ", "ST": b"A ", "TM": b"00", "UC": b"A ", "UI": b"1.2\0", "US": b"\1\0", "SS": b"\1\0",
          "UL": b"\1\0\0\0", "SL": b"\1\0\0\0", "FL": bytes(4), "FD": bytes(8), "UT": b"A ", "SQ": b""}


def element(tag, vr, value):
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (struct.pack("<HI", 0, len(value)) if vr in LONG else struct.pack("<H", len(value))) + value


def part10(uid, elements):
    padded = uid.encode() + b"\0" * (len(uid) % 2)
    meta = b"".join([element(0x00020001, "OB", b"\0\1"), element(0x00020002, "UI", padded), element(0x00020003, "UI", b"1.2.3\0"),
                     element(0x00020010, "UI", b"1.2.840.10008.1.2.1\0"), element(0x00020012, "UI", b"1.2\0")])
    body = dict(elements)
    body[0x00080016] = element(0x00080016, "UI", padded)
    body[0x00080018] = element(0x00080018, "UI", b"1.2.3\0")
    return (bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta
            + b"".join(body[tag] for tag in sorted(body)))


def complaints(folder, uid, elements):
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(part10(uid, elements))
        file.flush()
        return subprocess.run(["dciodvfy", file.name], capture_output=True, check=False).stderr.decode("latin-1")


def types_of(folder, uid, wanted, others, keywords):
    by_keyword = {keywords[tag]: tag for tag in wanted}
    empty = {tag: element(tag, vr, b"") for tag, vr in wanted.items()}
    found = {}

    def note(text, pattern):
        for kind, keyword in re.findall(pattern, text):
            tag = by_keyword.get(keyword)
            if tag:
                found[tag] = min(found.get(tag, 3), int(kind[0]))

    missing = r"Error - Missing attribute Type ([12]C?) \w+ Element=<(\w+)>"
    text = complaints(folder, uid, {**others, **empty})
    if "Module=<" not in text:
        return None  # No module is checked: it does not know the class.
    note(text, r"Error - Empty attribute \(no value\) Type (1C?) \w+ Element=<(\w+)>")
    note(text, r"Error - Bad attribute Value Multiplicity Type (1C?) \w+ Element=<(\w+)>")
    note(complaints(folder, uid, others), missing)
    for tag in wanted:
        note(complaints(folder, uid, {other: value for other, value in empty.items() if other != tag}), missing)
    return found


def main():
    table, dictionary, registry = sys.argv[1:]
    vrs, keywords = {}, {}
    for line in open(dictionary, encoding="utf-8"):
        fields = line.split()
        if "x" not in fields[0] and len(fields) == 4:
            vrs[int(fields[0], 16)], keywords[int(fields[0], 16)] = fields[1], fields[3]
    combined = [line.split()[0] for line in open(table, encoding="utf-8") if "/" in line.split()[1]]
    wanted = {int(tag, 16): vrs[int(tag, 16)] for tag in combined}
    others = {tag: element(tag, vr, VALUES[vr]) for tag, vr in vrs.items()
              if tag >> 16 >= 8 and tag not in wanted and vr in VALUES and not tag >> 16 & 1}
    classes = [fields[0] for fields in map(str.split, open(registry, encoding="utf-8"))
               if fields[1] == "S" and "Storage" in fields[2] and fields[0].startswith(ROOT)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda uid: types_of(folder, uid, wanted, others, keywords), classes))
    known = [(uid[len(ROOT):], found) for uid, found in zip(classes, answers) if found is not None]
    for tag, rows in CONDITIONAL.items():
        for kind, _, uids in rows:
            for uid, found in known:
                if uid in uids.split():
                    found[tag] = min(found.get(tag, 3), kind)
    print("known " + " ".join(uid for uid, _ in known))
    for tag in sorted(wanted):
        for kind in (1, 2):
            uids = [uid for uid, found in known if found.get(tag) == kind]
            if uids:
                print(f"{tag:08X} {kind} {' '.join(uids)}")


if __name__ == "__main__":
    main()
