#!/usr/bin/python3
"""Compares de-identified objects with their originals by pydicom: deidentified.py ORIGINAL RESULT [ORIGINAL RESULT]...

One line a pair: "ok RESULT", or what is wrong with it. Every element of the result is read; pixels must be the same bytes.
"""
import sys

import pydicom

PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)


def pixels(dataset):
    # A value of odd length, which PS3.5 does not allow, is padded with a zero.
    return [(tag, value + b"\0" * (isinstance(value, bytes) and len(value) % 2)) for tag in PIXELS if tag in dataset for value in [dataset[tag].value]]


def compare(original, result):
    before = pydicom.dcmread(original, force=True)
    after = pydicom.dcmread(result)
    for element in after.iterall():
        element.value
    if pixels(before) != pixels(after):
        return "pixels differ"
    if after.file_meta.MediaStorageSOPInstanceUID != after.get("SOPInstanceUID", after.file_meta.MediaStorageSOPInstanceUID):
        return "file header names another instance"
    if after.PatientIdentityRemoved != "YES" or not after.DeidentificationMethodCodeSequence:
        return "does not say that it is de-identified"
    return None


for original, result in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        fault = compare(original, result)
    except Exception as exception:  # whatever a reader stumbles over is the finding
        fault = f"{type(exception).__name__}: {exception}"
    print(f"ok {result}" if fault is None else f"{fault}: {original}")
