#!/usr/bin/python3
"""Objects with every attribute of PS3.15 table E.1-1, and whether a de-identified one holds what the table asks for.

    ps315_objects.py generate TABLES DICTIONARY SOP-CLASS FILE
    ps315_objects.py check TABLES DICTIONARY SOP-CLASS PROFILE ORIGINAL DEIDENTIFIED

Every attribute stands in the data set itself and three sequences deep, with a value of its own that is found nowhere else. DICTIONARY
is a table of PS3.6 (tag, vr, ... as tab-separated text). 'check' writes a line for each attribute that does not have what
ps315_expectations.py expects, then 'checked N'.
"""
import csv
import datetime
import struct
import sys

from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

import ps315_expectations as expectations

THREE_DEEP = [0x00400260, 0x00082218, 0x00540220]
# Not in a data set (PS3.5 7.1), or dropped whatever the table says: groups 0000, 0002 and 0004 belong to commands, headers and directories.
ELSEWHERE = {0x0000, 0x0002, 0x0004}
DOCUMENT, ENCAPSULATED_PDF = 0x00420011, "1.2.840.10008.5.1.4.1.1.104.1"
TEXT = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
# Their dummies group objects (docs/deidentification.md): Z allows a dummy.
PSEUDONYMS = {0x00100010, 0x00100020, 0x00200010, 0x00080050}
# A reference to a mapped UID is a dummy too.
REFERENCES = {0x00081140, 0x00082112}


def word(key):
    """A word of letters that no other attribute has, by tag and place."""
    return "W" + "".join(chr(ord("A") + int(digit, 16)) for digit in f"{key:09X}")


def vrs(tables, dictionary, uid):
    with open(dictionary, encoding="utf-8") as file:
        known = {row["tag"].upper(): row["vr"] for row in csv.DictReader(file, delimiter="\t")}
    _, rows = expectations.read(tables, "table_E.1-1_*.tsv")
    for row in rows:
        if row[1].startswith("(gggg"):
            continue
        for text in expectations.tags_of(row[1]):
            tag = int(text, 16)
            # A document is replaced in the classes that exist to hold one, and refused elsewhere.
            if tag >> 16 in ELSEWHERE or tag == DOCUMENT and uid != ENCAPSULATED_PDF:
                continue
            repeating = {"5000": {"0005": "US", "0022": "LO", "3000": "OW"}, "6000": {"3000": "OW", "4000": "LT"}}.get(f"{tag >> 16 & 0xFFE1:04X}")
            # The dictionary is older than the table: what it lacks is named after what it is.
            guess = "SQ" if row[0].endswith("Sequence") else "DT" if row[0].endswith("DateTime") else "LO"
            vr = (repeating or {}).get(text[4:]) or known.get(text, guess)
            yield tag, {"OB or OW": "OW", "US or SS": "US"}.get(vr, vr)


def value(key, vr, number):
    day = datetime.date(1910, 1, 1) + datetime.timedelta(days=41 * number)
    clock = f"{number % 24:02d}{7 + number % 50:02d}{11 + number % 47:02d}.{100000 + number}"
    return {
        "DA": lambda: f"{day:%Y%m%d}", "DT": lambda: f"{day:%Y%m%d}{clock}", "TM": lambda: clock, "UI": lambda: f"1.2.826.0.1.3680043.{key}.{number}",
        "AS": lambda: f"{number % 900 + 21:03d}M", "DS": lambda: f"{1000 + number}.25", "IS": lambda: str(700000 + number), "US": lambda: 7 + number,
        "UL": lambda: 70000 + number, "FL": lambda: 1.5 + number, "FD": lambda: 1.5 + number, "SS": lambda: 7 + number, "SL": lambda: 70000 + number,
        "OB": lambda: word(key).encode() * 4, "OW": lambda: (word(key) + "X").encode() * 4, "UN": lambda: word(key).encode() * 4,
        "AE": lambda: word(key), "CS": lambda: word(key), "PN": lambda: f"{word(key)}^HEAD", "UR": lambda: f"http://{word(key).lower()}.example/",
        "SH": lambda: f"HEAD {word(key)}",
    }.get(vr, lambda: f"HEAD {word(key)} 3mm")()


def fill(dataset, attributes, offset):
    for number, (tag, vr) in enumerate(attributes):
        key = tag | offset << 32
        if vr == "SQ":
            item = Dataset()
            item.add_new(0x00080104, "LO", f"HEAD {word(key)}")
            if tag in REFERENCES | {0x00081110, 0x00081111, 0x00081120}:
                item.add_new(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2")
                item.add_new(0x00081155, "UI", f"1.2.826.0.1.3680044.{tag}.{offset}")
            dataset[tag] = DataElement(tag, "SQ", Sequence([item]))
        else:
            dataset[tag] = DataElement(tag, vr, value(key, vr, number + offset * 700), already_converted=vr in ("UN",))
    for group in range(0x6000, 0x6020, 2):
        dataset[group << 16 | 0x40] = DataElement(group << 16 | 0x40, "CS", "R")


def generate(tables, dictionary, uid, path):
    attributes = list(vrs(tables, dictionary, uid))
    dataset, deep = Dataset(), Dataset()
    fill(dataset, attributes, 0)
    fill(deep, attributes, 1)
    del deep[0x00080018]
    for tag in reversed(THREE_DEEP):
        around = Dataset()
        around[tag] = DataElement(tag, "SQ", Sequence([deep]))
        deep = around
    dataset.update(deep)
    dataset.SOPClassUID = uid
    dataset[0x00420012] = DataElement(0x00420012, "LO", "application/pdf")
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = uid, dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.is_little_endian, dataset.is_implicit_VR = True, False
    dataset.save_as(path, write_like_original=False)


def raw(element):
    return repr(element.value)


def fault(tag, expected, before, after, moved):
    """Why this attribute is not what was expected; None when it is. Notes in moved by how many days a date has moved."""
    if expected == "X":
        return "is still there" if after is not None else None
    if after is None:
        return "is not there"
    if before.VR == "SQ":
        return sequence_fault(tag, expected, before, after)
    was, now = raw(before), raw(after)
    empty = after.value in (None, "", b"") or (hasattr(after.value, "__len__") and len(after.value) == 0)
    if expected == "K":
        return None if was == now else f"was {was}, is {now}"
    if expected == "C graphics" and before.VR in ("US", "OW"):
        # Coordinates, and overlays that mark a region: (60xx,0040) is R in these objects.
        return None if was == now else f"was {was}, is {now}"
    if expected == "C dates" and before.VR == "TM":
        # Dates move by whole days: the time of day stays (docs/deidentification.md).
        return None if was == now else f"was {was}, is {now}"
    if was == now:
        return "is unchanged"
    if word(before.key).lower() in now.lower():
        return f"still names {now}"
    if expected == "Z":
        return None if empty or tag in PSEUDONYMS else f"is not empty: {now}"
    if expected in ("D", "U", "C device"):
        return "is empty" if empty else None
    if expected == "C dates" and before.VR in ("DA", "DT"):
        moved.add((datetime.datetime.strptime(str(after.value)[:8], "%Y%m%d") - datetime.datetime.strptime(str(before.value)[:8], "%Y%m%d")).days)
        return None if str(before.value)[8:] == str(after.value)[8:] else f"was {was}, is {now}"
    if expected in ("C descriptor", "C patient") and before.VR in ("LO", "LT", "ST", "UT", "UC", "SH"):
        return None if "HEAD" in now else f"has lost its harmless words: {now}"
    return None


def sequence_fault(tag, expected, before, after):
    items = list(after.value or [])
    if expected == "Z" and not items:
        return None
    if not items:
        return "has no items"
    text = "\n".join(str(item) for item in items)
    if expected == "Z" and tag not in REFERENCES:
        return "has items"
    original = before.value[0]
    if expected == "K":
        return None if str(original.get(0x00080104)) in text and str(original.get(0x00081155, "")) in text else "is not kept"
    if 0x00081155 in original and original[0x00081155].value in text:
        return "still refers to the original"
    if expected == "D" and str(original[0x00080104].value) in text:
        return f"still says {text}"
    return None


def check(tables, dictionary, uid, profile, original, deidentified):
    before, after = dcmread(original), dcmread(deidentified)
    wanted = {}
    for line in expectations.attributes(tables, [uid], [profile]):
        if line[2] == uid:
            wanted[int(line[3]), int(line[4], 16)] = line[5]
    checked, moved = 0, set()
    for depth, offset in ((0, 0), (3, 1)):
        source, result = before, after
        for tag in THREE_DEEP[:depth]:
            source, result = source[tag].value[0], result[tag].value[0]
        for tag, vr in vrs(tables, dictionary, uid):
            if depth and tag == 0x00080018:
                continue
            expected = wanted[depth, tag]
            checked += 1
            found = fault(tag, expected, Original(source[tag], tag | offset << 32), result.get(tag), moved)
            if found:
                print(f"{depth} {tag:08X} {vr} {expected}: {found}")
    if len(moved) > 1 or 0 in moved:
        print(f"dates have moved by {sorted(moved)} days")
    print(f"checked {checked}")


class Original:
    """An element as it was, and the key of its word."""

    def __init__(self, element, key):
        self.VR, self.value, self.key = element.VR, element.value, key


if __name__ == "__main__":
    {"generate": generate, "check": check}[sys.argv[1]](*sys.argv[2:])
