#!/usr/bin/python3
"""Objects for the parts of PS3.15 Annex E that table E.1-1 leaves to other tables, and whether de-identified ones hold what was asked for.

    ps315_parts.py content-generate TABLES FILE
    ps315_parts.py content-check TABLES PROFILE ORIGINAL DEIDENTIFIED
    ps315_parts.py private-generate TABLES FILE
    ps315_parts.py private-check TABLES PROFILE ORIGINAL DEIDENTIFIED
    ps315_parts.py pixels-generate KIND FILE
    ps315_parts.py pixels-check X,Y,WIDTH,HEIGHT ORIGINAL DEIDENTIFIED

'content' has an item for each concept of table E.3.4-1, with an item below it; 'private' has every element of table E.3.10-1, one that
is not in it for each creator, and all of that again in items of a sequence. 'pixels' are images that say that they show text, of KIND rgb (three frames of three samples, an odd length),
planes, ct (16 bits) or float (32 bits of Float Pixel Data). 'check' writes a line for each fault, then
'checked N'.
"""
import datetime
import re
import sys

import numpy
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

import ps315_expectations as expectations
from ps315_objects import value, word

STORAGE = "1.2.840.10008.5.1.4.1.1."


def save(dataset, uid, path):
    dataset.SOPClassUID, dataset.SOPInstanceUID = uid, "1.2.826.0.1.3680043.1"
    dataset.PatientName, dataset.PatientID = "Marked^Patient", "MARKED-1"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = uid, dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    dataset.is_little_endian, dataset.is_implicit_VR = True, False
    dataset.save_as(path, write_like_original=False)


def code(value_, scheme, meaning="Concept"):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value_, scheme, meaning
    return Sequence([item])


def content_item(kind, concept, scheme, number):
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", kind
    item.ConceptNameCodeSequence = code(concept, scheme)
    if kind == "TEXT":
        item.TextValue = f"HEAD {word(number)} 3mm"
    elif kind == "PNAME":
        item.PersonName = f"{word(number)}^HEAD"
    elif kind in ("DATE", "TIME", "DATETIME"):
        setattr(item, {"DATE": "Date", "TIME": "Time", "DATETIME": "DateTime"}[kind], value(number, {"DATE": "DA", "TIME": "TM", "DATETIME": "DT"}[kind], number))
    elif kind == "UIDREF":
        item.UID = f"1.2.826.0.1.3680045.{number}"
    elif kind in ("IMAGE", "COMPOSITE", "WAVEFORM"):
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = STORAGE + "2", f"1.2.826.0.1.3680045.{number}"
        item.ReferencedSOPSequence = Sequence([reference])
    elif kind == "CODE":
        item.ConceptCodeSequence = code(f"C{number}", "99X", word(number))
    elif kind == "NUM":
        measured = Dataset()
        measured.NumericValue, measured.MeasurementUnitsCodeSequence = f"{number + 1000}.5", code("a", "UCUM")
        item.MeasuredValueSequence = Sequence([measured])
    return item


def said(item):
    """What an item says: its value as one text."""
    for keyword in ("TextValue", "PersonName", "Date", "Time", "DateTime", "UID"):
        if keyword in item:
            return str(item[keyword].value)
    for keyword in ("ReferencedSOPSequence", "ConceptCodeSequence", "MeasuredValueSequence"):
        if keyword in item:
            return str(item[keyword].value[0])
    return ""


def content_generate(tables, path):
    _, rows = expectations.read(tables, "table_E.3.4-1*.tsv")
    dataset = Dataset()
    items = []
    for number, (_, concept, scheme, kind, *_) in enumerate(rows):
        item = content_item(kind, concept, scheme, number)
        item.ContentSequence = Sequence([content_item("NUM", "1", "99BELOW", number + 5000)])
        items.append(item)
    dataset.ContentSequence = Sequence(items)
    dataset.ValueType = "CONTAINER"
    dataset.ConceptNameCodeSequence = code("1", "99ROOT")
    save(dataset, STORAGE + "88.33", path)


def content_check(tables, profile, original, deidentified):
    wanted = {line[2:5]: line[5] for line in expectations.content(tables, [profile])}
    key = lambda item: (item.ConceptNameCodeSequence[0].CodeValue, item.ConceptNameCodeSequence[0].CodingSchemeDesignator, item.ValueType)
    before = {key(item): item for item in dcmread(original).ContentSequence}
    after = {key(item): item for item in dcmread(deidentified).ContentSequence}
    moved = set()
    for concept, item in before.items():
        expected, was, result = wanted[concept], said(item), after.get(concept)
        if (expected == "X") != (result is None):
            print(concept, expected, "is there" if result else "is not there")
        if result is None:
            continue
        now = said(result)
        if len(result.get("ContentSequence", [])) != 1 or said(result.ContentSequence[0]) != said(item.ContentSequence[0]):
            print(concept, expected, "has not kept what is below it")
        if expected == "K" and was != now:
            print(concept, expected, "was", was, "is", now)
        elif expected in ("D", "U") and (not now or was == now or re.search(r"\bW[A-P]{9}\b", now)):
            print(concept, expected, "was", was, "is", now)
        elif expected == "C descriptor" and now not in ("HEAD 3mm", "HEAD 3mm "):
            print(concept, expected, "was", was, "is", now)
        elif expected == "C dates":
            if concept[2] == "TIME":
                if was != now:
                    print(concept, expected, "was", was, "is", now)
            else:
                moved.add((datetime.datetime.strptime(now[:8], "%Y%m%d") - datetime.datetime.strptime(was[:8], "%Y%m%d")).days)
    if len(moved) > 1 or 0 in moved:
        print("moved by", moved)
    print("checked", len(before))


def private_rows(tables):
    _, rows = expectations.read(tables, "table_E.3.10-1*.tsv")
    for element, creator, vr, *_ in rows:
        group, number = re.fullmatch(r"\((\w{4}),xx(\w\w)\)", element).groups()
        vr = {"OW/OB": "OB"}.get(vr, vr if re.fullmatch("[A-Z]{2}", vr) and vr != "VR" else "UN")
        yield int(group, 16), creator, int(number, 16), vr


def fill_private(dataset, rows, offset):
    blocks, used = {}, {}
    for number, (group, creator, element, vr) in enumerate(rows):
        if (group, creator) not in blocks:
            block = used[group] = used.get(group, 0x0F + offset) + 1
            blocks[group, creator] = block
            dataset[group << 16 | block] = DataElement(group << 16 | block, "LO", creator)
            free = next(n for n in range(0xFF, 0, -1) if not any(row[:3] == (group, creator, n) for row in rows))
            tag = group << 16 | block << 8 | free
            dataset[tag] = DataElement(tag, "LO", f"Stranger {word(tag)}")
        tag = group << 16 | blocks[group, creator] << 8 | element
        if vr == "SQ":
            item = Dataset()
            item.PatientName = f"{word(tag)}^Within"
            item.NumberOfFrames = 5
            dataset[tag] = DataElement(tag, "SQ", Sequence([item]))
        else:
            one = 0x00080000 + number if vr == "AT" else value(tag | offset << 32, vr, number)
            dataset[tag] = DataElement(tag, vr, one, already_converted=vr == "UN")
    return blocks


def private_generate(tables, path):
    rows = list(private_rows(tables))
    dataset, deep = Dataset(), Dataset()
    fill_private(deep, rows, 0x30)
    fill_private(dataset, rows, 0)
    dataset[0x00082218] = DataElement(0x00082218, "SQ", Sequence([deep]))
    save(dataset, STORAGE + "2", path)


def private_check(tables, profile, original, deidentified):
    on = profile.split("+")
    rows = list(private_rows(tables))
    before, after = dcmread(original), dcmread(deidentified)
    checked = 0
    for source, result in ((before, after), (before[0x00082218].value[0], after[0x00082218].value[0])):
        offset = 0 if source is before else 0x30
        blocks = fill_private(Dataset(), rows, offset)
        expected = {group << 16 | block for (group, _), block in blocks.items()}
        for group, creator, element, vr in rows:
            tag = group << 16 | blocks[group, creator] << 8 | element
            expected.add(tag)
            checked += 1
            if "private" not in on:
                continue
            if tag not in result:
                print(f"{tag:08X} {vr} {creator}: is not there")
            elif vr == "SQ":
                item = result[tag].value[0]
                if item.get("NumberOfFrames") != 5 or "Within" in str(item.get("PatientName", "")):
                    print(f"{tag:08X} {vr} {creator}: holds {item}")
            elif (source[tag].value == result[tag].value) == (vr == "UI" and "uids" not in on):
                print(f"{tag:08X} {vr} {creator}: was {source[tag].value}, is {result[tag].value}")
        for element in result:
            if element.tag.is_private and (int(element.tag) not in expected or "private" not in on):
                print(f"{int(element.tag):08X}: is still there")
    print("checked", checked)


def pixels_generate(kind, path):
    dataset = Dataset()
    dataset.Modality, dataset.Manufacturer, dataset.BurnedInAnnotation = "US", "Acme Medical", "YES"
    frames, samples, bits, dataset.Rows, dataset.Columns = {"rgb": (3, 3, 8, 41, 67), "planes": (2, 3, 8, 40, 67), "ct": (1, 1, 16, 40, 67), "float": (2, 1, 32, 40, 67)}[kind]
    dataset.SamplesPerPixel, dataset.BitsAllocated = samples, bits
    dataset.PhotometricInterpretation = "RGB" if samples == 3 else "MONOCHROME2"
    if samples == 3:
        dataset.PlanarConfiguration = 1 if kind == "planes" else 0
    if kind != "float":
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = bits, bits - 1, 0
    dataset.NumberOfFrames = frames
    content = bytes(1 + at * 37 % 125 for at in range(frames * samples * bits // 8 * dataset.Rows * dataset.Columns))
    content += b"\0" * (len(content) % 2)
    if kind == "float":
        dataset[0x7FE00008] = DataElement(0x7FE00008, "OF", content)
    else:
        dataset[0x7FE00010] = DataElement(0x7FE00010, "OW" if bits > 8 else "OB", content)
    save(dataset, STORAGE + ("30" if kind == "float" else "3.1"), path)


def pixels_check(rectangle, original, deidentified):
    before, after = dcmread(original), dcmread(deidentified)
    x, y, width, height = map(int, rectangle.split(","))
    samples, size, planar = before.SamplesPerPixel, before.BitsAllocated // 8, before.get("PlanarConfiguration", 0)
    tag = 0x7FE00008 if 0x7FE00008 in before else 0x7FE00010
    shape = (before.NumberOfFrames, *([samples] if planar else []), before.Rows, before.Columns, size if planar else samples * size)
    count = numpy.prod(shape)
    expected = numpy.frombuffer(before[tag].value, dtype=numpy.uint8).copy()
    expected[:count].reshape(shape)[..., y:y + height, x:x + width, :] = 0
    if not numpy.array_equal(expected, numpy.frombuffer(after[tag].value, dtype=numpy.uint8)):
        print("other pixels than expected")
    if after.BurnedInAnnotation != "NO":
        print("Burned In Annotation is", after.BurnedInAnnotation)
    if "113101" not in [item.CodeValue for item in after.DeidentificationMethodCodeSequence]:
        print("does not say that pixels were cleaned")
    print("checked", count)


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
