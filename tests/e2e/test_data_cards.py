"""The cards of the range against real events: what a made event says must be what a real one of its kind says.

Compared are provider and System values, the names of the fields and their order, and the kind of each value (number,
hex number, GUID, SID, time, message number, text). A kind of event of which the test data has no real one is written
after documentation, and stands by name in UNPROVED: what rests on it has never been seen on real logs."""

import json
import os
import re

import e2e

UNPROVED = {
    ("Security", 4740),
    ("Security", 4767),
    ("Security", 4769),
    ("System", 6008),
    ("System", 7000),
    ("Microsoft-Windows-Sysmon/Operational", 15),
    ("Microsoft-Windows-Sysmon/Operational", 25),
    ("Microsoft-Windows-Sysmon/Operational", 26),
    ("Microsoft-Windows-TaskScheduler/Operational", 100),
    ("Microsoft-Windows-TaskScheduler/Operational", 102),
    ("Microsoft-Windows-TaskScheduler/Operational", 106),
    ("Microsoft-Windows-TaskScheduler/Operational", 129),
    ("Microsoft-Windows-TaskScheduler/Operational", 141),
    ("Microsoft-Windows-TaskScheduler/Operational", 200),
    ("Microsoft-Windows-TaskScheduler/Operational", 201),
    ("Microsoft-Windows-VHDMP-Operational", 1),
    ("Microsoft-Windows-VHDMP-Operational", 12),
}

# Kinds that have real events, but none with this value of System: failures to open a share, files on removable storage.
UNPROVED_SYSTEM = {
    ("Security", 5140, "0x8010000000000000"),
    ("Security", 5145, "0x8010000000000000"),
    ("Security", 4663, 12812),
}

KINDS = [
    ("guid", r"\{[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}"),
    ("sid", r"S-1-\d+(-\d+)+"),
    ("hex", r"0x[0-9a-fA-F]+"),
    ("message", r"(%%\d+\s*)+"),
    ("time", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"),
]


def kind(value):
    """Of a value as decode writes it. Text that is empty or a dash says nothing of its kind."""
    if isinstance(value, bool) or isinstance(value, int):
        return "boolean" if isinstance(value, bool) else "number"
    if value is None or value in ("", "-"):
        return None
    if not isinstance(value, str):
        return type(value).__name__
    return next((name for name, shape in KINDS if re.fullmatch(shape, value)), "text")


class Kind:
    """All events of one channel and number."""

    def __init__(self):
        self.system, self.fields, self.kinds = set(), set(), {}

    def add(self, event):
        s = event["System"]
        number = s["EventID"]
        qualifiers = number["#attributes"].get("Qualifiers") if isinstance(number, dict) else None
        provider = s["Provider"]["#attributes"]
        guid = str(provider.get("Guid") or "").strip("{}").lower()
        self.system.add(
            (
                provider.get("Name"),
                guid,
                qualifiers,
                s.get("Version") or 0,
                s.get("Level"),
                s.get("Task"),
                s.get("Opcode") or 0,
            )
            + (s.get("Keywords"),)
        )
        data = event.get("EventData") or event.get("UserData") or {}
        if "UserData" in event and data:
            element = next(iter(data))
            data = {element + "/" + k: v for k, v in (data[element] or {}).items() if k != "#attributes"}
        unnamed = data.get("Data") if isinstance(data, dict) else None
        names = tuple(k for k in data if k != "#attributes")
        if isinstance(unnamed, dict) and isinstance(unnamed.get("#text"), list):
            names += (len(unnamed["#text"]),)
        self.fields.add(names)
        for name in data:
            self.kinds.setdefault(name, set()).add(kind(data[name]))


def read(*folders):
    """Of the EVTX files alone: what went through an exporter has its types."""
    kinds = {}
    paths = sorted(
        os.path.join(b, f) for folder in folders for b, _, fs in os.walk(folder) for f in fs if f.endswith(".evtx")
    )
    for line in e2e.cordon("decode", "-q", *paths).stdout.split("\n"):
        if not line:
            continue
        event = json.loads(line)["Event"]
        system = event.get("System") or {}
        number = system.get("EventID")
        number = number["#text"] if isinstance(number, dict) else number
        if isinstance(system.get("Provider"), dict) and "#attributes" in system["Provider"]:
            provider = system["Provider"]["#attributes"].get("Name")
            kinds.setdefault((system.get("Channel"), number, provider), Kind()).add(event)
    return kinds


def differences(key, made, real):
    """Sentences on what a made kind of event says that no real one does."""
    out = [
        f"System {s}, real ones {sorted(map(str, real.system))}"
        for s in made.system - real.system
        if not any((*key[:2], value) in UNPROVED_SYSTEM for value in s)
    ]
    out += [f"fields {names}, real ones {real.fields}" for names in made.fields - real.fields]
    for name, kinds in made.kinds.items():
        known = real.kinds.get(name, set()) - {None}
        if known and not kinds - {None} <= known:
            out.append(f"{name} is {sorted(kinds - {None})}, in real ones {sorted(known)}")
    return out


def made_by_range(folder):
    for name in ("acts", "d1-iso"):
        r = e2e.cordon("range", "-s", name, "--profile", "a2", "--density", "400", "-o", os.path.join(folder, name))
        e2e.expect("exit", r.returncode, 0)
    return read(os.path.join(folder, "acts"), os.path.join(folder, "d1-iso"))


def test_cards_are_like_real_events(folder):
    made, real = made_by_range(folder), read(e2e.data("evtx"), e2e.data("hosts"))
    wrong = []
    for key in sorted(made, key=str):
        if key in real:
            wrong += [f"{key}: {d}" for d in differences(key, made[key], real[key])]
    if wrong:
        raise AssertionError("\n" + "\n".join(wrong))


def test_cards_without_a_real_event_are_listed(folder):
    made, real = made_by_range(folder), read(e2e.data("evtx"), e2e.data("hosts"))
    e2e.expect("unproved", {key[:2] for key in made if key not in real}, UNPROVED)


if __name__ == "__main__":
    import sys

    e2e.main(sys.modules[__name__])
