#!/usr/bin/python3
"""Types of the attributes with a combined code in items of sequences, by the module tables of PS3.3-2008 as GDCM ships them.

    ps33_nested_types.py TABLE-E.1-1.tsv PART3.xml

Writes 'GGGGEEEE SEQUENCE TYPE' lines: the strictest type that a module or macro of a composite IOD gives the attribute in items of that
sequence, 1C as 1 and 2C as 2.
"""
import collections
import csv
import re
import sys
import xml.etree.ElementTree as ElementTree

# Tables of normalized IODs, of query keys and of directory records: nothing that is stored has them.
NOT_STORED = re.compile(r"Keys|Performed Procedure|Scheduled Procedure|Requested Procedure|Imaging Service Request|Visit|Patient Identification|Results|Relationship Module Attributes C\.[34]")


def level(text):
    return len(re.match(r"[> ]*", text)[0].replace(" ", ""))


def walk(node, macros, base, found, depth=0):
    stack = []
    for entry in node:
        if entry.tag == "entry":
            del stack[level(entry.get("name")):]
            tag = (entry.get("group") + entry.get("element")).upper()
            path = base + stack
            kind = (entry.get("type") or "")[:1]
            if path and kind in "123" and kind:
                found[tag, path[-1]].add(kind)
            stack.append(tag)
        elif entry.tag == "include" and depth < 6:
            table = re.search(r"Table\s+([\w.\-]+\w)", entry.get("ref"))
            if table and table[1] in macros:
                walk(macros[table[1]], macros, base + stack[:level(entry.get("ref"))], found, depth + 1)


def main():
    with open(sys.argv[1], encoding="utf-8") as rows:
        combined = {row["tag"].strip("()").replace(",", "") for row in csv.DictReader(rows, delimiter="\t") if "/" in row["basicProfile"]}
    root = ElementTree.parse(sys.argv[2]).getroot()
    macros = {macro.get("table"): macro for macro in root.findall("macro")}
    found = collections.defaultdict(set)
    for module in root.findall("module"):
        if not NOT_STORED.search(module.get("name") + " " + module.get("table")):
            walk(module, macros, [], found)
    for (tag, sequence), kinds in sorted(found.items()):
        if tag in combined:
            print(tag, sequence, min(kinds))


main()
