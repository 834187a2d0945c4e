"""Reads what a syslog receiver wrote down, one RFC 5424 message a line, with nothing of the product's own: prints the event, its type and its outcome of each
DICOM audit message (PS3.15 A.5), and ends with 1 when a message is not what the standard says."""
import re
import sys
import xml.etree.ElementTree as ElementTree

HEADER = re.compile(r"<85>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z [!-~]{1,255} mdm-host \d+ DICOM\+RFC3881 - (?P<text>.*)")
CODED = {"EventID", "EventTypeCode", "RoleIDCode", "ParticipantObjectIDTypeCode"}
# Event: action codes, roles that must be there, roles of objects that must be there.
RULES = {
    "110100": ("E", {"110150"}, set()),
    "110101": ("R", set(), {"13"}),
    "110102": ("E", {"110153", "110152"}, {"1", "3"}),
    "110104": ("CRU", {"110153", "110152"}, {"1", "3"}),
    "110105": ("D", set(), {"1", "3"}),
    "110106": ("R", {"110152", "110153", "110154"}, {"1"}),
    "110112": ("E", {"110153", "110152"}, {"24"}),
    "110113": ("E", set(), set()),
    "110114": ("E", set(), set()),
}


def faults(message):
    event = message.find("EventIdentification")
    code = event.find("EventID").get("csd-code")
    actions, roles, objects = RULES[code]
    if [child.tag for child in message][:2] != ["EventIdentification", "ActiveParticipant"]:
        yield "elements out of order"
    if event.get("EventActionCode") not in actions:
        yield "wrong action code"
    if event.get("EventOutcomeIndicator") not in ("0", "4", "8", "12"):
        yield "wrong outcome"
    if not roles <= {role.get("csd-code") for role in message.iter("RoleIDCode")}:
        yield "a participant is missing"
    if not objects <= {part.get("ParticipantObjectTypeCodeRole") for part in message.iter("ParticipantObjectIdentification")}:
        yield "an object is missing"
    if sum(who.get("UserIsRequestor") == "true" for who in message.iter("ActiveParticipant")) > 1:
        yield "two requestors"
    for element in message.iter():
        if element.tag in CODED and not (element.get("csd-code") and element.get("codeSystemName") and element.get("originalText")):
            yield f"{element.tag} is not a code"
    if len(message.findall("AuditSourceIdentification")) != 1:
        yield "not one source"


def main():
    wrong = 0
    for line in open(sys.argv[1], encoding="utf-8"):
        match = HEADER.fullmatch(line.rstrip("\n"))
        if not match:
            print("no audit message:", line[:120])
            wrong += 1
            continue
        message = ElementTree.fromstring(match["text"].lstrip("\ufeff"))
        event = message.find("EventIdentification")
        kind = event.find("EventTypeCode")
        print(event.find("EventID").get("csd-code"), kind.get("csd-code") if kind is not None else "-", event.get("EventOutcomeIndicator"))
        for fault in faults(message):
            print("  fault:", fault)
            wrong += 1
    return 1 if wrong else 0


sys.exit(main())
