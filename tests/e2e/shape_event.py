"""A record as `cordon decode` tells it, taken apart for tests that write it in other shapes."""

import datetime
import json
import xml.etree.ElementTree as ET

NS = "{http://schemas.microsoft.com/win/2004/08/events/event}"
LEVELS = {"0": "Information", "1": "Critical", "2": "Error", "3": "Warning", "4": "Information", "5": "Verbose"}
OPCODES = {
    "0": "Info",
    "1": "Start",
    "2": "Stop",
    "3": "DCStart",
    "4": "DCStop",
    "5": "Extension",
    "6": "Reply",
    "7": "Resume",
    "8": "Suspend",
    "9": "Send",
    "240": "Receive",
}
SYSTEM = [
    ("Provider", "Name"),
    ("Provider", "Guid"),
    ("Provider", "EventSourceName"),
    ("EventID", "Qualifiers"),
    ("EventID", None),
    ("Version", None),
    ("Level", None),
    ("Task", None),
    ("Opcode", None),
    ("Keywords", None),
    ("TimeCreated", "SystemTime"),
    ("EventRecordID", None),
    ("Correlation", "ActivityID"),
    ("Correlation", "RelatedActivityID"),
    ("Execution", "ProcessID"),
    ("Execution", "ThreadID"),
    ("Channel", None),
    ("Computer", None),
    ("Security", "UserID"),
]


def local(tag):
    return tag.rpartition("}")[2]


def ticks_of(text):
    """A time, whether it says Z or not, as 100 ns since 1970."""
    whole = datetime.datetime.fromisoformat(text[:19] + "+00:00")
    return int(whole.timestamp()) * 10_000_000 + int((text[20:].rstrip("Z") + "0000000")[:7])


class Event:
    """A record: its line of JSON, its element, and both taken apart."""

    def __init__(self, xml, line=None):
        self.root = ET.fromstring(xml)
        self.line = line
        system = self.root.find(NS + "System")
        self.sys = {}
        for el, attr in SYSTEM:
            node = system.find(NS + el)
            value = None if node is None else node.get(attr) if attr else node.text
            if value:
                self.sys[attr if el in ("Correlation", "Execution", "Security") else el + (attr or "")] = value
        self.data = None  # (name, value) of each child of EventData
        self.user = None  # name of the element in UserData
        self.user_data = []  # (name, value) of its children; of nested ones the text directly inside
        self.nested = False  # UserData, or other parts, with elements in elements
        for part in self.root:
            if local(part.tag) == "EventData":
                self.data = [
                    (d.get("Name") or ("" if local(d.tag) == "Data" else local(d.tag)), d.text or "") for d in part
                ]
            elif local(part.tag) == "UserData" and len(part):
                self.user = local(part[0].tag)
                self.user_data = [(d.get("Name") or local(d.tag), d.text or "") for d in part[0]]
                self.nested = any(len(d) for d in part[0]) or len(part) > 1

    def __getitem__(self, key):
        return self.sys.get(key, "")

    def json(self):
        return json.loads(self.line)

    def ticks(self):
        """Time as 100 ns since 1970."""
        return ticks_of(self["TimeCreatedSystemTime"])

    def fields(self):
        """Every value below EventData and UserData, in order."""
        out = list(self.data or [])

        def leaves(el):
            if len(el) == 0:
                out.append((local(el.tag), el.text or ""))
            for c in el:
                leaves(c)

        for part in self.root:
            if local(part.tag) == "UserData":
                for c in part:
                    leaves(c)
        return out


def iso(ticks, digits, zone="Z", sep="T"):
    when = datetime.datetime.fromtimestamp(ticks // 10_000_000, datetime.timezone.utc)
    fraction = f"{ticks % 10_000_000:07d}"[:digits]
    return when.strftime(f"%Y-%m-%d{sep}%H:%M:%S") + ("." + fraction if digits else "") + zone


def dump(value, **kw):
    return json.dumps(value, ensure_ascii=False, **kw)
