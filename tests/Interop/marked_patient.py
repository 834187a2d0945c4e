"""Writes objects of one marked patient: the mark stands in every value representation, nested, private, unknown, in free text, in documents.

usage: marked_patient.py FOLDER
Prints the marks, one a line: a word and its bytes in hexadecimal, in each encoding in which it may stand on a disk.
"""
import sys
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

ROOT = "1.2.826.0.1.3680043.9.7741."
LATIN, GREEK, KANJI = "Quarxmeyer", "Ζωγραφόπουλος", "真珠貝太郎"
ID, PHONE, STREET, DOCTOR, HOSPITAL, BORN = "MRK-7741-QX", "+49 7741 554433", "Markierweg 77", "Vexlopp", "Klinikum Quastenflosse", "19370423"
FREE = f"Dear colleague {DOCTOR}, {LATIN} ({ID}) of {STREET}, call {PHONE}, seen at {HOSPITAL}."


def base(number, sop_class, modality):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = ROOT + f"1.{number}.1"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = "QUARXMEYER"
    ds = FileDataset(None, {}, file_meta=meta, preamble=(LATIN.encode() + b" " + ID.encode()).ljust(128, b"\0"))
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = ROOT + "1", ROOT + f"1.{number}"
    ds.Modality = modality
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20190817"
    ds.StudyTime, ds.StudyID, ds.AccessionNumber = "081530", "S" + ID, "A" + ID
    ds.SeriesNumber, ds.InstanceNumber = number, 1
    ds.PatientID, ds.PatientBirthDate, ds.PatientSex = ID, BORN, "F"
    ds.ReferringPhysicianName = DOCTOR + "^Xerxes"
    ds.InstitutionName, ds.InstitutionAddress = HOSPITAL, STREET
    ds.PatientTelephoneNumbers, ds.PatientAddress = PHONE, STREET
    ds.OtherPatientIDs = ID
    ds.StudyDescription, ds.SeriesDescription = f"{LATIN} head", f"T1 {LATIN}"
    ds.PatientComments = ds.AdditionalPatientHistory = FREE
    ds.DeviceSerialNumber = "SN" + ID
    # Nested three deep, where no table lists the outer sequences' items one by one.
    inner = Dataset()
    inner.PatientName, inner.PatientID, inner.PersonTelephoneNumbers = f"{LATIN}^Inner", ID, PHONE
    middle = Dataset()
    middle.ReferencedPatientSequence = Sequence([inner])
    middle.RequestedProcedureDescription = FREE[:64]
    outer = Dataset()
    outer.RequestAttributesSequence = Sequence([middle])
    ds.RequestAttributesSequence = Sequence([middle])
    ds.OriginalAttributesSequence = Sequence([outer])
    block = ds.private_block(0x0029, "MARK WORKS", create=True)
    block.add_new(0x01, "LO", f"{LATIN}^Private {ID}")
    block.add_new(0x02, "UN", FREE.encode())
    block.add_new(0x03, "SQ", Sequence([inner]))
    block.add_new(0x04, "OB", FREE.encode() + b"\0" * (len(FREE.encode()) % 2))
    ds.add_new(0x00181030, "LO", f"Protocol {LATIN}")
    # Every representation that can carry text.
    for at, (vr, value) in enumerate([("AE", LATIN), ("CS", LATIN.upper()), ("LT", FREE), ("ST", FREE), ("UT", FREE), ("UC", FREE), ("UR", f"http://{LATIN}"), ("SH", ID), ("PN", f"{LATIN}^P"),
                                      ("DA", BORN), ("DT", BORN + "0815"), ("IS", "7741"), ("DS", "7741.5"), ("OW", FREE.encode() + b"\0" * (len(FREE.encode()) % 2))], start=0x10):
        block.add_new(at, vr, value)
    return ds


def hard(ds):
    """Marks where no table of attributes looks for them: such an object has to be refused, or cleaned."""
    ds.StationAETitle, ds.RetrieveAETitle = "QUARXMEYER", "QUARXMEYER"
    ds.PatientAge, ds.PatientWeight = "082Y", "71.5"
    ds.TextString, ds.LongCodeValue = FREE, LATIN
    ds.URNCodeValue = f"http://{LATIN}.example/{ID}"
    ds.AcquisitionDateTime, ds.AcquisitionTime = BORN + "081530.5", "081530"
    ds.ConsultingPhysicianName = f"{DOCTOR}^Consulting"
    ds.MedicalRecordLocator, ds.ImageComments = ID, FREE


def image(ds):
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows = ds.Columns = 64
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, 0
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.PixelData = bytes(range(256)) * 32


def save(folder, name, ds):
    ds.save_as(folder / name, write_like_original=False)


def main():
    folder = Path(sys.argv[1])
    ct, mr = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
    for number, (charset, name) in enumerate([
        ("ISO_IR 100", f"{LATIN}^Marga"),
        ("ISO_IR 126", f"{GREEK}^Μαρία"),
        (["", "ISO 2022 IR 87"], f"{LATIN}^Taro={KANJI}^太郎"),
        ("ISO_IR 192", f"{LATIN}^Marga={KANJI}={GREEK}"),
    ], start=1):
        ds = base(number, ct if number % 2 else mr, "CT" if number % 2 else "MR")
        ds.SpecificCharacterSet = charset
        ds.PatientName = name
        if number == 4:
            hard(ds)
        image(ds)
        save(folder, f"{LATIN}-{number}.dcm", ds)
    report = base(10, "1.2.840.10008.5.1.4.1.1.88.11", "SR")
    report.SpecificCharacterSet, report.PatientName = "ISO_IR 192", f"{LATIN}^Marga"
    text = Dataset()
    text.RelationshipType, text.ValueType, text.TextValue = "CONTAINS", "TEXT", FREE
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "121071", "DCM", "Finding"
    text.ConceptNameCodeSequence = Sequence([code])
    report.ValueType, report.ContinuityOfContent = "CONTAINER", "SEPARATE"
    report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
    report.ConceptNameCodeSequence, report.ContentSequence = Sequence([code]), Sequence([text])
    save(folder, f"{LATIN}-report.dcm", report)
    document = base(11, "1.2.840.10008.5.1.4.1.1.104.1", "DOC")
    document.SpecificCharacterSet, document.PatientName = "ISO_IR 192", f"{LATIN}^Marga"
    document.DocumentTitle, document.MIMETypeOfEncapsulatedDocument = f"Letter on {LATIN}", "application/pdf"
    document.EncapsulatedDocument = b"%PDF-1.4\n" + FREE.encode() + b"\n%%EOF\n" + b"\0" * ((len(FREE.encode()) + 17) % 2)
    save(folder, f"{LATIN}-letter.dcm", document)

    marks = {"name": LATIN, "name in capitals": LATIN.upper(), "greek": GREEK, "kanji": KANJI, "id": ID, "phone": "554433", "street": STREET, "doctor": DOCTOR, "hospital": "Quastenflosse", "birth": BORN}
    for word, mark in marks.items():
        for encoding in ("utf-8", "iso8859-7", "iso2022_jp", "euc_jp", "shift_jis", "utf-16-le"):
            try:
                print(word.replace(" ", "-"), mark.encode(encoding).hex())
            except UnicodeEncodeError:
                pass


main()
