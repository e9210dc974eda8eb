"""The logs of the test data, rendered in every shape that people have events in: the same events as far as the shape
carries them, and the same findings of all public rules."""

import collections
import json
import os
import re
import sys
import xml.etree.ElementTree as ET
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import e2e  # noqa: E402
import shape_event  # noqa: E402
import shapes  # noqa: E402

# What cannot be the same, and why: shape: {rule: (findings less, findings more, why)}. Everything else must be.
EMPTY = {
    "f239b326-2f41-4d6b-9dfa-c846a60ef505": (
        2,
        0,
        "the rule wants StartModule empty; Winlogbeat leaves empty values out",
    )
}
CHANNEL = {
    "a62b37e0-45d3-48d9-a517-90c1a1b0186b": (
        89,
        0,
        "104 names the cleared log in UserData as Channel, where this shape has System's only",
    ),
    "100ef69e-3327-481c-8e5c-6d80d9507556": (
        0,
        89,
        "the same rule's other half: System's Channel is one of the important logs",
    ),
}
NO_USERDATA = {
    **CHANNEL,
    "d4f1a2b3-7c8e-4d5f-b6a9-1e0c2d3f4e5b": (
        1,
        0,
        "5858 of WMI-Activity has its fields in UserData, which NXLog does not parse",
    ),
}
DIFFERS = {
    **{name: EMPTY for name in shapes.SHAPES if name.startswith(("Winlogbeat", "Elastic"))},
    **{name: NO_USERDATA for name in shapes.SHAPES if name.startswith(("NXLog", "OTRF"))},
    "flat": CHANNEL,
    "flat in an array": CHANNEL,
}
NO_RECORD_ID = {"OTRF TimeCreated"}


def logs():
    """The regression logs without their twins, and the attack logs: name, path."""
    out = []
    for base in ("sigma-regression", "attack"):
        top = e2e.data("evtx", base)
        for folder, _, files in os.walk(top):
            out += [os.path.join(folder, f) for f in files if f.endswith(".evtx")]
    return sorted(out)


def decode(*paths):
    texts = []
    for fmt in ("xml", "jsonl"):
        r = e2e.cordon("decode", *paths, "--format", fmt, "-q")
        e2e.expect("exit of decode", r.returncode, 0)
        texts.append(r.stdout.split("\n")[:-1])
    return [shapes.Event(x, j) for x, j in zip(*texts)]


def decode_any(path):
    """Also of damaged files; records that XML has no characters for are left out."""
    r = e2e.cordon("decode", path, "--format", "xml", "-q")
    out = []
    for x in r.stdout.split("\n")[:-1]:
        try:
            out.append(shapes.Event(x))
        except ET.ParseError:
            continue
    return out


_events = {}


def events():
    """Every record of the logs, by log."""
    if not _events:
        for path in logs():
            _events[path] = decode(path)
    return _events


def render(folder, shape):
    to = os.path.join(folder, "rendered")
    os.mkdir(to)
    for i, (path, records) in enumerate(events().items()):
        with open(os.path.join(to, f"{i:03d}-{os.path.basename(path)[:-5]}{shape.ending}"), "wb") as f:
            f.write(shape.write(records))
    return to


def clear(folder):
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)


def detect(folder, paths, with_ids=True):
    """Findings as (rule, computer, channel, record id), of correlations the events' record ids; and what was said."""
    out = os.path.join(folder, "findings.jsonl")
    r = e2e.cordon("detect", *paths, "-r", e2e.data("sigma-rules"), "-t", "jsonl", "-o", out, "-C")
    e2e.expect("exit of detect", r.returncode, 0)
    found = collections.Counter()
    with open(out, encoding="utf-8", errors="surrogateescape") as f:
        for hit in map(json.loads, f):
            ids = tuple(e["record_id"] for e in hit["events"]) if "events" in hit else hit["record_id"]
            found[hit["rule_id"], hit.get("computer"), hit.get("channel"), ids if with_ids else 0] += 1
    return found, r.stderr


def by_rule(found):
    n = collections.Counter()
    for key, times in found.items():
        n[key[0]] += times
    return n


def normal(key, value, event):
    if not value:
        return ""
    if key in ("ProviderGuid", "ActivityID", "RelatedActivityID"):
        return value.strip("{}").lower()
    return event.ticks() if key == "TimeCreatedSystemTime" else value


def loose(fields):
    """GUIDs without braces and in small letters: old evtx_dump wrote them so."""
    return [(n, v.strip("{}").lower() if len(v) in (36, 38) and v.count("-") == 4 else v) for n, v in fields]


def same_system(what, shape, wanted, got):
    for key in shapes.ALL:
        a, b = normal(key, wanted[key], wanted), normal(key, got[key], got)
        if key == "TimeCreatedSystemTime":
            if shape.digits is not None and abs(a - b) >= 10 ** (7 - shape.digits):
                raise AssertionError(f"{what}: {got[key]} instead of {wanted[key]}")
        elif (
            a != b and (key in shape.system or b not in ("", "0")) and key != "Keywords"
        ):  # exporters write 0 for what is absent
            raise AssertionError(f"{what}: {key} is {b!r}, wanted {a!r}")


def test_same_events(folder):
    """decode gives back what the shape carries, and nothing else."""
    total = 0
    everything = [e for records in events().values() for e in records]
    e2e.expect("records", len(everything), 1972)
    for name, shape in shapes.SHAPES.items():
        to = render(folder, shape)
        got = decode(to)
        e2e.expect(name + ": records", len(got), len(everything))
        for wanted, e in zip(everything, got):
            what = f"{name}, {wanted['ProviderName']} {wanted['EventID']} #{wanted['EventRecordID']}"
            same_system(what, shape, wanted, e)
            e2e.expect(what, loose(e.fields()), loose(shape.fields(wanted)))
            total += 1
        clear(to)
    print(f"  {total} events in {len(shapes.SHAPES)} shapes")


def test_same_findings(folder):
    wanted = {True: detect(folder, logs())[0], False: detect(folder, logs(), False)[0]}
    print(f"  {sum(wanted[True].values())} findings in the logs themselves")
    for name, shape in shapes.SHAPES.items():
        to = render(folder, shape)
        found, said = detect(folder, [to], name not in NO_RECORD_ID)
        clear(to)
        all_of = wanted[name not in NO_RECORD_ID]
        less, more = by_rule(all_of - found), by_rule(found - all_of)
        differs = {rule: (less[rule], more[rule]) for rule in {*less, *more}}
        e2e.expect(
            f"{name}: rules that differ", differs, {rule: (a, b) for rule, (a, b, _) in DIFFERS.get(name, {}).items()}
        )
        e2e.has(name, said, "shape: " + shape.note if shape.note != shapes.SEPARATE else shape.note)
        e2e.expect(name + ": lines about shapes", said.count("shape: "), 1)
        e2e.expect(name + ": damage", "damaged" in said, False)
        print(
            f"  {name}: {sum((found & all_of).values())} the same, {sum(less.values())} less, {sum(more.values())} more"
        )


def test_dumpevtx_itself(folder):
    """What Velociraptor's parser really wrote of the nasty logs. It cuts values at entities, drops some parts, prints
    pointers as the characters of their bytes: its own doing."""
    same = total = system = 0
    with zipfile.ZipFile(e2e.data("evtx", "tricky", "expected", "dumpevtx-f4fa97e-json.zip")) as z:
        for name in z.namelist():
            z.extract(name, folder)
            got = {}
            for e in decode_any(os.path.join(folder, name)):
                got.setdefault((e["EventRecordID"], e["Computer"]), e)
            for wanted in decode_any(e2e.data("evtx", "tricky", name[:-5] + ".evtx")):
                e = got.get((wanted["EventRecordID"], wanted["Computer"]))
                if e is None:
                    continue
                total += 1
                system += all(
                    normal(k, wanted[k], wanted) == normal(k, e[k], e)
                    for k in shapes.ALL
                    if k != "TimeCreatedSystemTime"
                )
                same += loose(wanted.fields()) == loose(e.fields())
    e2e.expect("events, with the same System, with the same fields", (total, system, same), (2710, 2709, 2368))


def archives(folder):
    """The flat exports: row of the index, path of what is inside, its objects."""
    with open(e2e.data("json", "otrf", "index.tsv"), encoding="utf-8") as f:
        head, *rows = [line.rstrip("\n").split("\t") for line in f]
    for row in (dict(zip(head, r)) for r in rows):
        with zipfile.ZipFile(e2e.data("json", "otrf", row["file"])) as z:
            path = z.extract(row["inner_file"], folder)
        with open(path, encoding="utf-8-sig") as f:
            yield row, path, [json.loads(line) for line in f if line.strip()]


def test_clocks_of_archives(folder):
    """Every event's time, not only that of Sysmon's, is what the index says of the archive's clock; a clock of twelve
    hours may have passed noon."""
    hours = collections.Counter()
    for row, path, objects in archives(folder):
        column = row["time_fields_minus_sysmon_utc"].split(";")[-1]
        behind = int(re.search(r"[-+]\d+", column).group())
        r = e2e.cordon("decode", path, "--format", "xml")
        e2e.has(row["file"], r.stderr, f"moved by {-behind:+d} h")
        got = [shapes.Event(x) for x in r.stdout.split("\n")[:-1]]
        e2e.expect(row["file"] + ": events", len(got), int(row["events"]))
        for e, o in zip(got, objects):
            recorded = shape_event.ticks_of(o["EventTime" if column.startswith("EventTime") else "TimeCreated"])
            off = (e.ticks() - recorded) / 36_000_000_000 + behind
            hours[off] += 1
            if off not in (0, 12, -12):
                raise AssertionError(f"{row['file']}, {o}: {e['TimeCreatedSystemTime']}, {off} hours off")
    print(f"  hours off: {dict(hours)}")


def test_every_computer_of_the_exports_is_named(folder):
    """investigate over all of json: each computer is there, and what is said of shapes and clocks can be read."""
    wanted = set()
    for row, _, _ in archives(folder):
        wanted |= {h.partition("=")[0].lower() for h in row["hosts"].split(";")}
    for name in os.listdir(e2e.data("json", "shapes")) + [
        os.path.join("..", "splunk", n) for n in os.listdir(e2e.data("json", "splunk"))
    ]:
        if not name.endswith(".tsv"):
            wanted |= {e["Computer"].lower() for e in decode(e2e.data("json", "shapes", name))}
    r = e2e.cordon("investigate", e2e.data("json"), "-r", e2e.data("sigma-rules"), "--format", "jsonl")
    e2e.expect("exit", r.returncode, 0)
    missing = sorted(c for c in wanted if c not in r.stdout.lower())
    e2e.expect(f"computers of {len(wanted)} that are not named", missing, [])
    said = [line for line in r.stderr.split("\n") if "shape: " in line or "clock: " in line]
    e2e.expect("lines about shapes and clocks", len(said) <= 20, True)
    e2e.expect("none is left out", "more notes" in r.stderr, False)


if __name__ == "__main__":
    e2e.main(sys.modules[__name__])
