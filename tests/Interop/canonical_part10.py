#!/usr/bin/python3
"""Canonical Part 10, a second time: docs/conformance.md, section "Canonical Part 10", written down in Python.

    canonical_part10.py FILE                     the canonical bytes of FILE on standard output
    canonical_part10.py --digest FILE...         per file: SHA-256 of the canonical bytes, or "refused REASON"
    canonical_part10.py --instances FILE...      per file: SHA-256 of the canonical bytes and the SOP Instance UID in their header, or "refused REASON"
    canonical_part10.py --generate FOLDER        objects of every transfer syntax and VR, as input for both implementations
    canonical_part10.py --check FILE...          canonical form, read back by pydicom, holds the values that pydicom finds in FILE

pydicom gives the data dictionary and the reading in --check; parsing and writing are this file's own.
"""
import hashlib
import io
import os
import struct
import sys
import zlib

from pydicom import dcmread
from pydicom.datadict import dictionary_VR

IMPLICIT, EXPLICIT, DEFLATED, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
OTHER_DEFLATED = {"1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"}
IMPLEMENTATION = "2.25.96487669750105191897146003936682062432"
LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
SHORT = {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"}
SPACED = {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"}
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
PIXELS, PADDING = (0x7FE0, 0x0010), (0xFFFC, 0xFFFC)
MAX_NESTING = 64


class Refused(Exception):
    pass


def implicit_vr(tag):
    if tag[1] == 0:
        return "UL"
    if tag[0] & 1:
        return "LO" if 0x10 <= tag[1] <= 0xFF else "UN"
    try:
        return {"US or SS": "US", "OB or OW": "OW", "US or SS or OW": "US", "US or OW": "OW"}.get(v := dictionary_VR(tag), v)
    except KeyError:
        return "UN"


class Canonical:
    def __init__(self, data, syntax):
        self.data, self.at, self.out, self.uids, self.past = data, 0, bytearray(), {}, False
        self.copy(len(data), True, 0, "implicit" if syntax == IMPLICIT else "big" if syntax == BIG else "explicit", top=True)

    def order(self, form):
        return ">" if form == "big" else "<"

    def take(self, count, end):
        if self.at + count > end:
            raise Refused("cut short")
        self.at += count
        return self.data[self.at - count:self.at]

    def header(self, end, form):
        order = self.order(form)
        tag = struct.unpack(order + "HH", self.take(4, end))
        if tag[0] == 0xFFFE or form == "implicit":
            return tag, None if tag[0] == 0xFFFE else implicit_vr(tag), struct.unpack(order + "I", self.take(4, end))[0]
        vr = self.take(2, end).decode("latin-1")
        if vr in SHORT:
            return tag, vr, struct.unpack(order + "H", self.take(2, end))[0]
        if vr not in LONG:
            raise Refused("unknown VR")
        return tag, vr, struct.unpack(order + "xxI", self.take(6, end))[0]

    def write(self, tag, vr, length, form):
        order = self.order(form)
        if vr is None or form == "implicit":
            self.out += struct.pack(order + "HHI", *tag, length)
        elif vr in LONG:
            self.out += struct.pack(order + "HH2sxxI", *tag, vr.encode(), length)
        elif length > 0xFFFF:
            raise Refused("cannot be padded")
        else:
            self.out += struct.pack(order + "HH2sH", *tag, vr.encode(), length)

    def value(self, tag, vr, length, end, form):
        value = self.take(length, end)
        padded = value + ((b" " if vr in SPACED else b"\0") if length & 1 else b"")
        self.write(tag, vr, len(padded), form)
        self.out += padded
        return value

    def copy(self, end, defined, depth, form, top=False):
        """The elements of the data set or of one item."""
        while not (defined and self.at == end):
            tag, vr, length = self.header(end, form)
            if tag[0] == 0xFFFE:
                if not top and tag == ITEM_END and length == 0 and (not defined or self.at == end):
                    return
                raise Refused("delimiter out of place")
            if tag[0] in (0, 2):
                raise Refused("command or header element")
            self.past = self.past or (top and tag > (8, 0x18))
            if vr == "SQ" or (length == UNDEFINED and vr == "UN" and tag != PIXELS):
                self.write(tag, vr, UNDEFINED, form)
                inner = "implicit" if vr == "UN" else form
                self.sequence(end, length, depth, inner)
                self.write(SEQUENCE_END, None, 0, inner)
            elif length == UNDEFINED:
                if vr not in ("OB", "OW") and tag != PIXELS:
                    raise Refused("undefined length")
                self.write(tag, "OB" if tag == PIXELS else vr, UNDEFINED, form)
                self.fragments(end, form)
                self.write(SEQUENCE_END, None, 0, form)
            elif tag[1] == 0 or (top and tag == PADDING):
                self.take(length, end)
            else:
                value = self.value(tag, vr, length, end, form)
                if top and tag in ((8, 0x16), (8, 0x18)) and not self.past:
                    self.uids.setdefault(tag, value.decode("ascii", "replace").strip(" \0"))

    def sequence(self, outer, length, depth, form):
        if depth >= MAX_NESTING:
            raise Refused("nested too deep")
        defined = length != UNDEFINED
        end = self.at + length if defined else outer
        if end > outer:
            raise Refused("sequence too long")
        while not (defined and self.at == end):
            tag, _, item = self.header(end, form) if self.at + 8 <= end else ((0, 0), None, 0)
            if tag == SEQUENCE_END and item == 0 and (not defined or self.at == end):
                return
            if tag != ITEM:
                raise Refused("no item")
            self.write(ITEM, None, UNDEFINED, form)
            if item != UNDEFINED and self.at + item > end:
                raise Refused("item too long")
            self.copy(end if item == UNDEFINED else self.at + item, item != UNDEFINED, depth + 1, form)
            self.write(ITEM_END, None, 0, form)

    def fragments(self, end, form):
        while True:
            tag, _, length = self.header(end, form)
            if tag == SEQUENCE_END and length == 0:
                return
            if tag != ITEM or length == UNDEFINED:
                raise Refused("no fragment")
            self.value(ITEM, None, length, end, form)


def open_file(content):
    """Announced UIDs, transfer syntax, data set."""
    at = 132 if content[128:132] == b"DICM" else 0 if content[:2] == b"\2\0" else None
    meta = {}
    while at is not None and content[at:at + 2] == b"\2\0":
        vr = content[at + 4:at + 6].decode("latin-1")
        if vr not in LONG | SHORT:
            raise Refused("header")
        size = struct.unpack_from("<I", content, at + 8)[0] if vr in LONG else struct.unpack_from("<H", content, at + 6)[0]
        begin = at + (12 if vr in LONG else 8)
        if begin + size > len(content):
            raise Refused("header cut short")
        meta[struct.unpack_from("<H", content, at + 2)[0]] = content[begin:begin + size].decode("latin-1").strip(" \0")
        at = begin + size
    data = content[at or 0:]
    syntax = meta.get(0x10)
    if not syntax:
        if len(data) < 8:
            raise Refused("not DICOM")
        explicit = data[4:6].decode("latin-1") in LONG | SHORT
        big = data[0] == 0 and data[1] != 0
        if not 4 <= struct.unpack_from(">H" if big else "<H", data)[0] <= 0x28 or (big and not explicit):
            raise Refused("not DICOM")
        if not explicit and 0xFFFF < struct.unpack_from("<I", data, 4)[0] < UNDEFINED:
            raise Refused("not DICOM")
        syntax = BIG if big else EXPLICIT if explicit else IMPLICIT
    if syntax == DEFLATED or syntax in OTHER_DEFLATED:
        inflater = zlib.decompressobj(-15)
        data = inflater.decompress(data) + inflater.flush()
        syntax = EXPLICIT
    return meta.get(2, ""), meta.get(3, ""), syntax, data


def header(sop_class, instance, syntax):
    def uid(element, text):
        text = text.encode("ascii")
        text += b"\0" * (len(text) & 1)
        return struct.pack("<HH2sH", 2, element, b"UI", len(text)) + text

    meta = struct.pack("<HH2sxxI", 2, 1, b"OB", 2) + b"\0\1"
    meta += uid(2, sop_class) + uid(3, instance) + uid(0x10, syntax) + uid(0x12, IMPLEMENTATION)
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta


def canonical(content):
    sop_class, instance, syntax, data = open_file(content)
    body = Canonical(data, syntax)
    return header(body.uids.get((8, 0x16), sop_class), body.uids.get((8, 0x18), instance), syntax) + bytes(body.out)


def instance_of(form):
    at = 158
    at += 8 + struct.unpack_from("<H", form, at + 6)[0]
    return form[at + 8:at + 8 + struct.unpack_from("<H", form, at + 6)[0]].decode("ascii").strip(" \0")


def read(path):
    with open(path, "rb") as file:
        return file.read()


# ---- objects of every transfer syntax and VR -------------------------------------------------------------------

VALUES = [
    ((0x0008, 0x0000), "UL", b"\1\2\3\4"), ((0x0008, 0x0005), "CS", b"ISO_IR 100"), ((0x0008, 0x0016), "UI", b"1.2.840.10008.5.1.4.1.1.7"),
    ((0x0008, 0x0018), "UI", b"2.25.1234567\0"), ((0x0008, 0x0020), "DA", b"20200101"), ((0x0008, 0x0030), "TM", b"101112.5"),
    ((0x0008, 0x002A), "DT", b"20200101101112.55"), ((0x0008, 0x0050), "SH", b"odd"), ((0x0008, 0x0054), "AE", b"PACS1"),
    ((0x0008, 0x0119), "UC", b"unlimited"), ((0x0008, 0x0120), "UR", b"http://example.org/"), ((0x0009, 0x0010), "LO", b"A CREATOR"),
    ((0x0009, 0x1001), "UN", b"private"), ((0x0009, 0x1002), "SQ", [[((0x0009, 0x0010), "LO", b"A CREATOR"), ((0x0009, 0x1003), "OB", b"\1\2\3")]]),
    ((0x0010, 0x0010), "PN", b"Phantom^Vr"), ((0x0010, 0x1010), "AS", b"042Y"), ((0x0010, 0x21B0), "LT", b"long\r\ntext \\ here"),
    ((0x0018, 0x0050), "DS", b"1.25\\2"), ((0x0018, 0x9073), "FD", b"\0" * 7 + b"\x40"), ((0x0020, 0x0013), "IS", b"7"),
    ((0x0020, 0x9165), "AT", b"\x20\0\x13\0"), ((0x0028, 0x0010), "US", b"\2\0"), ((0x0028, 0x9110), "SQ", []),
    ((0x0040, 0x0275), "SQ", [[((0x0040, 0x0007), "LO", b"one"), ((0x0040, 0x0008), "SQ", [[((0x0008, 0x0100), "SH", b"C")], []])], []]),
    ((0x0040, 0xA160), "UT", b"unlimited text"), ((0x0018, 0x6020), "SL", b"\xff\xff\xff\xff"), ((0x0018, 0x9219), "SS", b"\xfe\xff"),
    ((0x0070, 0x0022), "FL", b"\0\0\x80\x3f"), ((0x0066, 0x0016), "OF", b"\0" * 8), ((0x0066, 0x0040), "OL", b"\0" * 8),
    ((0x0066, 0x0022), "OD", b"\0" * 16), ((0x0072, 0x0081), "OV", b"\1" * 8), ((0x0072, 0x0082), "SV", b"\2" * 8), ((0x0072, 0x0083), "UV", b"\3" * 8),
    ((0x0062, 0x000C), "US", b""), ((0x4010, 0x1044), "ST", b"short text"),
]


def encode(elements, form, defined):
    order = ">" if form == "big" else "<"
    out = b""
    for tag, vr, value in elements:
        length = None
        if isinstance(value, list):
            body = b""
            for item in value:
                inner = encode(item, form, defined)
                body += struct.pack(order + "HHI", *ITEM, len(inner) if defined else UNDEFINED) + inner
                body += b"" if defined else struct.pack(order + "HHI", *ITEM_END, 0)
            if not defined:
                length, body = UNDEFINED, body + struct.pack(order + "HHI", *SEQUENCE_END, 0)
            value = body
        length = len(value) if length is None else length
        if form == "implicit":
            out += struct.pack("<HHI", *tag, length) + value
        elif vr in LONG:
            out += struct.pack(order + "HH2sxxI", *tag, vr.encode(), length) + value
        else:
            out += struct.pack(order + "HH2sH", *tag, vr.encode(), length) + value
    return out


def generate(folder):
    os.makedirs(folder, exist_ok=True)
    pixels = struct.pack("<HH2sxxI", *PIXELS, b"OB", UNDEFINED) + struct.pack("<HHI", *ITEM, 4) + b"\0\0\0\0"
    for fragment in (b"\xff\xd8" + b"x" * 99, b"y" * 200, b""):
        pixels += struct.pack("<HHI", *ITEM, len(fragment)) + fragment
    pixels += struct.pack("<HHI", *SEQUENCE_END, 0)
    unknown = struct.pack("<HH2sxxI", 0x0011, 0x1001, b"UN", UNDEFINED) + encode([((0x0040, 0x0007), "LO", b"odd")], "implicit", False).join(
        (struct.pack("<HHI", *ITEM, UNDEFINED), struct.pack("<HHI", *ITEM_END, 0))) + struct.pack("<HHI", *SEQUENCE_END, 0)
    trailer = ((0xFFFC, 0xFFFC), "OB", b"\0" * 64)
    syntaxes = [IMPLICIT, EXPLICIT, DEFLATED, BIG, "1.2.840.10008.1.2.5"] + ["1.2.840.10008.1.2.4.%d" % n for n in (
        50, 51, 57, 70, 80, 81, 90, 91, 92, 93, 100, 101, 102, 103, 104, 105, 106, 107, 108, 110, 111, 112, 201, 202, 203)]
    for syntax in syntaxes:
        form = "implicit" if syntax == IMPLICIT else "big" if syntax == BIG else "explicit"
        for defined in (False, True):
            data = encode(VALUES[:13], form, defined) + (unknown if form == "explicit" else b"") + encode(VALUES[13:], form, defined)
            if syntax in (IMPLICIT, EXPLICIT, DEFLATED, BIG):
                data += encode([(PIXELS, "OW", b"\1\2" * 50000)], form, defined)
            else:
                data += pixels
            data += encode([trailer], form, defined)
            if syntax == DEFLATED:
                packer = zlib.compressobj(wbits=-15)
                data = packer.compress(data) + packer.flush()
            meta = struct.pack("<HH2sH", 2, 0x10, b"UI", len(syntax) + (len(syntax) & 1)) + syntax.encode() + b"\0" * (len(syntax) & 1)
            with open(os.path.join(folder, f"{syntax}-{'defined' if defined else 'undefined'}.dcm"), "wb") as out:
                out.write(bytes(128) + b"DICM" + meta + data)


def check(path):
    """Values as pydicom reads them, before and after."""
    before, after = dcmread(path, force=True), dcmread(io.BytesIO(canonical(read(path))))
    for data_set in (before, after):
        for tag in [t for t in data_set.keys() if t.element == 0 or t == 0xFFFCFFFC]:
            del data_set[tag]
    for element in after:
        if element.VR != "SQ" and element.VR != "UN" and element.value != before[element.tag].value:
            left, right = (v.rstrip(b"\0") if isinstance(v, bytes) else v for v in (element.value, before[element.tag].value))
            if left != right and str(left) != str(right):
                return f"differs at {element.tag}"
    return "equal" if list(after.keys()) == list(before.keys()) else "other elements"


def main():
    option = sys.argv[1]
    if option == "--generate":
        return generate(sys.argv[2])
    if option in ("--digest", "--instances"):
        for path in sys.argv[2:]:
            try:
                form = canonical(read(path))
                print(hashlib.sha256(form).hexdigest(), *([instance_of(form)] if option == "--instances" else []), path)
            except (Refused, struct.error, zlib.error) as reason:
                print("refused", path, reason)
        return None
    if option == "--check":
        for path in sys.argv[2:]:
            print(check(path), path)
        return None
    sys.stdout.buffer.write(canonical(read(option)))
    return None


if __name__ == "__main__":
    main()
