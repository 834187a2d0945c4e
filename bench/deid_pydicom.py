#!/usr/bin/python3
"""De-identifies files as a careful script on pydicom does: bench/deid_pydicom.py FOLDER. Prints the seconds of the work alone, from memory to memory.

The rules are a page of PS3.15's table: what a CT image holds of them. Nothing is checked afterwards, pixels are not decoded.
"""
import hashlib
import hmac
import io
import os
import pathlib
import sys
import time

import pydicom

SECRET = b"0123456789abcdef0123456789abcdef"
EMPTIED = {0x00080050, 0x00080090, 0x00100030, 0x00100040, 0x00200010}
REMOVED = {
    0x00081030, 0x0008103E, 0x00080080, 0x00080081, 0x00081010, 0x00081040, 0x00081070, 0x00101010, 0x00101030, 0x00104000, 0x00181000, 0x00181030,
    0x00204000, 0x00321060, 0x00400244, 0x00400245, 0x00400253, 0x00400254, 0x00400275,
}


def mapped(uid):
    if uid.startswith("1.2.840.10008."):
        return uid
    return "2.25." + str(int.from_bytes(hmac.digest(SECRET, uid.encode(), hashlib.sha256)[:16], "big"))


def treat(dataset, element):
    if element.tag.is_private or element.tag in REMOVED:
        del dataset[element.tag]
    elif element.tag in EMPTIED:
        element.value = ""
    elif element.VR == "UI":
        element.value = [mapped(uid) for uid in element.value] if element.VM > 1 else mapped(element.value) if element.value else element.value
    elif element.VR in ("DA", "TM", "DT"):
        element.value = ""


def run(originals):
    for original in originals:
        dataset = pydicom.dcmread(io.BytesIO(original))
        dataset.walk(treat)
        dataset.PatientName = dataset.PatientID = "P" + hmac.digest(SECRET, str(dataset.PatientID).encode(), hashlib.sha256).hex()[:15]
        dataset.PatientIdentityRemoved = "YES"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(io.BytesIO())


originals = [pathlib.Path(sys.argv[1], name).read_bytes() for name in os.listdir(sys.argv[1])]
started = time.perf_counter()
run(originals)
print(time.perf_counter() - started)
