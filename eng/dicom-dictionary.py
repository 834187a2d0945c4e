#!/usr/bin/env python3
"""Makes the dictionary files that Mdm.Dicom embeds.

    eng/dicom-dictionary.py ELEMENTS.tsv REPEATERS.tsv UIDS.tsv PRIVATE.dic OUT-FOLDER

The inputs are tables of facts of PS3.6 (tag, VR, VM, name, retired, keyword) and of published conformance statements
(private elements). Only what the product uses is kept: no names, no comments. Output, all plain text, sorted:

    elements.txt  TTTTTTTT VR VM Keyword      'x' in a tag stands for any digit; '-' after the keyword means retired
    uids.txt      UID KIND Keyword            KIND: T transfer syntax, S SOP class, M meta SOP class, W well-known, O other
    private.txt   'GGGG creator' lines, each followed by ' EE VR' lines
"""
import re
import sys

# PS3.6 leaves these to the context; the canonical choice is the one implicit VR readers make (PS3.5 A.1).
CHOICES = {"US or SS": "US", "OB or OW": "OW", "US or SS or OW": "US", "US or OW": "OW"}
KINDS = {"Transfer Syntax": "T", "SOP Class": "S", "Meta SOP Class": "M",
         "Well-known SOP Instance": "W", "Well-known frame of reference": "W"}


def rows(path):
    with open(path, encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            yield line.rstrip("\n").split("\t")


def elements(paths):
    for path in paths:
        for tag, vr, vm, _, retired, keyword in rows(path):
            vr = CHOICES.get(vr, vr)
            if len(vr) == 2 and keyword:
                yield f"{tag} {vr} {vm.replace(' or ', '/')} {keyword}{' -' if retired else ''}"


def uids(path):
    for uid, _, kind, _, retired, keyword in rows(path):
        if keyword:
            yield f"{uid} {KINDS.get(kind, 'O')} {keyword}{' -' if retired else ''}"


def private(path):
    entry = re.compile(r'\(([0-9a-f]{4})(?:-o-[0-9a-f]{4})?,"([^"]+)",([0-9a-f]{2})\)\t(\S\S)\t', re.IGNORECASE)
    known = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            match = entry.match(line)
            if match and match[4] not in ("UN", "px", "ox"):
                known.setdefault((match[1].lower(), match[2]), {})[match[3].lower()] = match[4]
    for (group, creator), found in sorted(known.items()):
        yield f"{group} {creator}"
        for element, vr in sorted(found.items()):
            yield f" {element} {vr}"


def write(path, lines):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.writelines(line + "\n" for line in lines)


def main():
    element_table, repeater_table, uid_table, private_table, folder = sys.argv[1:]
    write(f"{folder}/elements.txt", sorted(elements([element_table, repeater_table])))
    write(f"{folder}/uids.txt", uids(uid_table))
    write(f"{folder}/private.txt", private(private_table))


main()
