#!/usr/bin/python3
"""PS3.15 Annex E, read a second time: what each row of its tables asks for, under each profile, for the tests to compare with.

    ps315_expectations.py FOLDER        FOLDER holds table_E.1-1*.tsv, table_E.3.4-1*.tsv and table_E.3.10-1*.tsv

Reads the tables themselves, never the product's data. Writes tab-separated lines:

    attribute  PROFILE  SOP-CLASS  DEPTH  GGGGEEEE  EXPECTED
    private    PROFILE  GGGGEEEE  CREATOR  VR  EXPECTED
    content    PROFILE  CODE  SCHEME  VALUE-TYPE  EXPECTED

EXPECTED is X, Z, D, U, K, or C with the way to clean. PROFILE names the options that are on, joined by '+'; 'basic' is none.

Combined codes: the type of an attribute in the data set itself is asked of dciodvfy (dicom3tools), which holds the module tables of
PS3.3; types that it makes depend on conditions are written down here. In a sequence that no IOD puts the attribute in there is no
type, and the answer must be valid in any case: Z where X/Z leaves the choice, the dummy or the mapped references elsewhere.
"""
import csv
import glob
import io
import re
import subprocess
import sys
import tempfile
import warnings

from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

warnings.filterwarnings("ignore")
OPTIONS = ["private", "uids", "device", "institution", "patient", "full", "modified", "descriptors", "content", "graphics"]
CLEANED = {"device": "device", "patient": "patient", "modified": "dates", "descriptors": "descriptor", "content": "content", "graphics": "graphics",
           "private": "private"}
PROFILES = ["basic"] + OPTIONS + ["device+modified", "device+full", "patient+descriptors", "uids+device", "full+descriptors",
                                  "+".join(OPTIONS[:5] + OPTIONS[6:]), "+".join(OPTIONS[:6] + OPTIONS[7:])]
STORAGE = "1.2.840.10008.5.1.4.1.1."
CLASSES = [STORAGE + suffix for suffix in ("2", "4.1", "128", "88.33", "481.5", "9.1.1", "104.1")]
NOBODY = "1.2.3.4.5"
CONDITIONAL = {("0008002A", STORAGE + "4.1"): 1, ("300E0008", STORAGE + "481.5"): 2}


def read(folder, name):
    (path,) = glob.glob(f"{folder}/{name}")
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return lines[0], lines[1:]


def choose(on, columns, cells):
    """Cleaning goes before keeping, earlier columns before later ones; None leaves it to the Basic Profile."""
    codes = [(column, cell) for column, cell in zip(columns, cells) if column in on and cell]
    for column, cell in codes:
        if cell == "C":
            return "C " + CLEANED[column]
    return "K" if codes else None


def decide(code, kind):
    """Table E.1-1a; kind is 1, 2, 3, or None where there is no type."""
    choices = code.split("/")
    if len(choices) == 1:
        return code
    if kind == 3:
        return "X" if "X" in choices else "Z"
    if kind == 2 and "Z" in choices:
        return "Z"
    if code == "X/Z":
        return "D" if kind == 1 else "Z"
    return "U" if "U*" in choices else "D"


def vfy(uid, content):
    dataset = Dataset()
    dataset.update(content)
    dataset.SOPClassUID, dataset.SOPInstanceUID = uid, "1.2.3"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = uid, "1.2.3"
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.is_little_endian, dataset.is_implicit_VR = True, False
    with tempfile.NamedTemporaryFile() as file:
        buffer = io.BytesIO()
        dataset.save_as(buffer, write_like_original=False)
        file.write(buffer.getvalue())
        file.flush()
        return subprocess.run(["dciodvfy", file.name], capture_output=True, check=False).stderr.decode("latin-1")


def types(uid, tags):
    """Type of each tag in the data set of that class, by what dciodvfy misses and what it must not find empty."""
    sample = {"CS": "A", "LO": "A", "SH": "A", "PN": "A", "DA": "20000101", "TM": "00", "DT": "20000101", "IS": "1", "DS": "1", "US": 1,
              "UI": "1.2", "FD": 0.0, "FL": 0.0, "UL": 1, "SQ": Sequence([]), "AE": "A", "ST": "A", "LT": "A"}
    rest, empty = Dataset(), Dataset()
    keywords = {DicomDictionary[tag][4]: tag for tag in tags}
    for tag, (vr, _, _, retired, _) in DicomDictionary.items():
        if tag in tags:
            empty.add_new(tag, vr, Sequence([]) if vr == "SQ" else "")
        elif tag >> 16 >= 8 and not retired and vr in sample:
            rest.add_new(tag, vr, sample[vr])
    found = dict.fromkeys(tags, 3)
    full = Dataset()
    full.update(rest)
    full.update(empty)
    asked = [vfy(uid, full), vfy(uid, rest)]
    for tag in tags:
        without = Dataset()
        without.update(empty)
        del without[tag]
        asked.append("\n".join(line for line in vfy(uid, without).splitlines() if f"<{DicomDictionary[tag][4]}>" in line and "Missing" in line))
    for kind, keyword in re.findall(r"(?:Empty attribute \(no value\)|Missing attribute|Bad attribute Value Multiplicity) Type (\d)C? \w+ Element=<(\w+)>", "\n".join(asked)):
        if keyword in keywords:
            found[keywords[keyword]] = min(found[keywords[keyword]], int(kind))
    return found


def tags_of(pattern):
    tag = pattern.strip("()").replace(",", "").upper()
    if tag.startswith("50XX"):
        return [f"50{group:02X}{element}" for group in range(0, 0x20, 2) for element in ("0005", "0022", "3000")]
    if tag.startswith("60XX"):
        return [f"60{group:02X}{tag[4:]}" for group in range(0, 0x20, 2)]
    return [tag]


def attributes(folder, classes=CLASSES, profiles=PROFILES):
    _, rows = read(folder, "table_E.1-1_*.tsv")
    combined = {int(tags_of(row[1])[0], 16) for row in rows if "/" in row[4]}
    asked = [tag for tag in combined if tag in DicomDictionary]
    known = {uid: types(uid, asked) for uid in classes}
    for row in rows:
        if row[1].startswith("(gggg"):
            continue
        for tag in tags_of(row[1]):
            for profile in profiles:
                chosen = choose(profile.split("+"), OPTIONS, row[5:15])
                for depth in (0, 3):
                    for uid in [NOBODY] + (classes if "/" in row[4] and depth == 0 else classes[:1]):
                        # A tag that is younger than this pydicom is in no module that this dciodvfy knows.
                        kind = None if depth or uid == NOBODY else known[uid].get(int(tag, 16), 3)
                        kind = min(kind, CONDITIONAL.get((tag, uid), 3)) if kind else None
                        yield "attribute", profile, uid, str(depth), tag, chosen or decide(row[4], kind)


def private(folder):
    _, rows = read(folder, "table_E.3.10-1*.tsv")
    for element, creator, vr, _, _ in rows:
        group, number = re.fullmatch(r"\((\w{4}),xx(\w\w)\)", element).groups()
        vr = vr[:2] if vr else "UN"
        for block in ("10", "4F", "FF"):
            tag = (group + block + number).upper()
            yield "private", "basic", tag, creator, vr, "X"
            yield "private", "private", tag, creator, vr, "U" if vr == "UI" else "K"
            yield "private", "private+uids", tag, creator, vr, "K"
            yield "private", "private", tag, creator + " 2", vr, "X"


def content(folder, profiles=PROFILES):
    heading, rows = read(folder, "table_E.3.4-1*.tsv")
    columns = ["uids", "device", "institution", "patient", "full", "modified", "descriptors"]
    for row in rows:
        _, code, scheme, kind = row[:4]
        for profile in profiles:
            # The dummy of a reference is a reference to the mapped object; no template is read, so X/D stays valid.
            basic = row[6]
            if "D" in basic:
                basic = "U" if kind in ("UIDREF", "IMAGE", "COMPOSITE", "WAVEFORM") else "D"
            yield "content", profile, code, scheme, kind, choose(profile.split("+"), columns, row[7:14]) or basic
    assert heading[6] == "Basic Prof." and heading[7] == "Rtn. UIDs Opt." and heading[13] == "Clean Desc. Opt."


def main():
    for part in (attributes, private, content):
        for line in part(sys.argv[1]):
            print("\t".join(line))


if __name__ == "__main__":
    main()
