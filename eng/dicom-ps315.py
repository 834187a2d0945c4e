#!/usr/bin/env python3
"""Makes the rule files that Mdm.Dicom (attributes) and Mdm.Plugins.Dicom (the others) embed from the tables of DICOM PS3.15 Annex E.

    eng/dicom-ps315.py TABLE-E.1-1.tsv TABLE-E.3.4-1.tsv TABLE-E.3.10-1.tsv OUT-FOLDER

The inputs are the tables cell by cell as tab-separated text, one heading line each. Only what the product uses is kept: tags and
codes, no names, no comments. Output, all plain text, sorted:

    attributes.txt    TTTTTTTT CODE [OPTIONS]         'x' stands for any digit, 'private' for every element of an odd group
    content-items.txt VALUE|SCHEME|TYPE|CODE|[OPTIONS]
    safe-private.txt  'GGGG creator' lines, each followed by ' EE VR' lines

OPTIONS is one word of letter pairs: the option that changes the action, then the code it changes it to. The options are, in the
order of the table's columns: P safe private, U UIDs, D device, I institution, C patient characteristics, F full dates,
M modified dates, T descriptors (text), S structured content, G graphics.
"""
import csv
import re
import sys

ATTRIBUTE_OPTIONS = {"rtnSafePrivOpt": "P", "rtnUIDsOpt": "U", "rtnDevIdOpt": "D", "rtnInstIdOpt": "I", "rtnPatCharsOpt": "C",
                     "rtnLongFullDatesOpt": "F", "rtnLongModifDatesOpt": "M", "cleanDescOpt": "T", "cleanStructContOpt": "S",
                     "cleanGraphOpt": "G"}
CONTENT_OPTIONS = {"Rtn. UIDs Opt.": "U", "Rtn. Dev. Id. Opt.": "D", "Rtn. Inst. Id. Opt.": "I", "Rtn. Pat. Chars. Opt.": "C",
                   "Rtn. Long. Full Dates Opt.": "F", "Rtn. Long. Modif. Dates Opt.": "M", "Clean Desc. Opt.": "T"}


def rows(path):
    with open(path, encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def options(row, columns):
    return "".join(letter + row[column].strip() for column, letter in columns.items() if row[column].strip())


def attributes(path):
    for row in rows(path):
        tag = re.fullmatch(r"\(([0-9A-Fx]{4}),([0-9A-Fx]{4})\)", row["tag"])
        name = tag[1] + tag[2] if tag else "private" if row["tag"].startswith("(gggg,eeee)") else sys.exit(f"What is {row['tag']}?")
        yield " ".join([name, row["basicProfile"], options(row, ATTRIBUTE_OPTIONS)]).rstrip()


def content_items(path):
    for row in rows(path):
        fields = [row["Code Value"], row["Coding Scheme Designator"], row["Value Type"], row["Basic Prof."]]
        if any(not field or "|" in field for field in fields):
            sys.exit(f"Not a row of a kind known here: {row}")
        yield "|".join([*fields, options(row, CONTENT_OPTIONS)])


def safe_private(path):
    known = {}
    for row in rows(path):
        tag = re.fullmatch(r"\(([0-9A-Fa-f]{4}),xx([0-9A-Fa-f]{2})\)", row["Data Element"])
        if not tag:
            sys.exit(f"Not a private element: {row}")
        # A published row without a VR, or with a choice, is read as UN or as its first choice.
        vr = re.match(r"[A-Z]{2}", row["VR"])
        known.setdefault((tag[1].upper(), row["Private Creator"].strip()), {})[tag[2].upper()] = vr[0] if vr else "UN"
    for (group, creator), elements in sorted(known.items()):
        yield f"{group} {creator}"
        for element, vr in sorted(elements.items()):
            yield f" {element} {vr}"


def write(path, lines):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.writelines(line + "\n" for line in lines)


def main():
    attribute_table, content_table, private_table, folder = sys.argv[1:]
    write(f"{folder}/attributes.txt", sorted(attributes(attribute_table)))
    write(f"{folder}/content-items.txt", sorted(content_items(content_table)))
    write(f"{folder}/safe-private.txt", safe_private(private_table))


main()
