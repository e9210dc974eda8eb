"""The event-log reader against an independent one, on the logs that are nasty on purpose (evtx/tricky of the test data)."""
import csv
import io
import json
import os
import xml.etree.ElementTree as ET
import zipfile

import e2e

# Lines that differ from evtx_dump 0.15.1, and why.
DIFFERS = {
    "lone-surrogate.evtx": 1,       # an unpaired surrogate is kept (\uD940); evtx_dump writes U+FFFD
    "bad-chunk-magic.evtx": 3,      # three records whose end is overwritten: told as damage; evtx_dump prints them half empty
    "damaged-sid-record.evtx": 1,   # one record, likewise
    "damaged-template.evtx": 1,     # one record, likewise
}


def expected(folder):
    with open(os.path.join(folder, "expected.tsv"), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def lines(path, fmt):
    r = e2e.cordon("decode", path, "--format", fmt)
    if r.returncode not in (0, 4):
        raise AssertionError(f"{path}: exit {r.returncode}: {r.stderr}")
    return r.stdout.split("\n")[:-1]


def test_tricky_counts(_):
    """Every file gives as many records as can be read in order, or can be salvaged."""
    folder = e2e.data("evtx", "tricky")
    rows = expected(folder)
    e2e.expect("files", len(rows), 40)
    for row in rows:
        low, _, high = row["records_expected"].partition("..")
        n = len(lines(os.path.join(folder, row["file"]), "jsonl"))
        if not int(low) <= n <= int(high or low):
            raise AssertionError(f"{row['file']}: {n} records, expected {row['records_expected']}")


def test_tricky_jsonl_equals_evtx_dump(_):
    folder = e2e.data("evtx", "tricky")
    compared = 0
    with zipfile.ZipFile(os.path.join(folder, "expected", "evtx_dump-0.15.1-jsonl.zip")) as z:
        for row in expected(folder):
            name = row["file"]
            theirs = z.read(name[:-5] + ".jsonl").decode("utf-8").split("\n")
            theirs = [t for t in theirs if t]
            ours = set(lines(os.path.join(folder, name), "jsonl"))
            missing = [t for t in theirs if t not in ours]
            compared += len(theirs)
            e2e.expect(name + ": lines that differ", len(missing), DIFFERS.get(name, 0))
    e2e.expect("enough compared", compared > 2500, True)


def flat(element):
    """An element as nested tuples, without the white space between elements."""
    text = (element.text or "")
    if len(element):
        text = text.strip()
    return (element.tag, tuple(element.attrib.items()), text, tuple(flat(c) for c in element))


def test_tricky_xml_equals_evtx_dump(_):
    folder = e2e.data("evtx", "tricky")
    compared = 0
    with zipfile.ZipFile(os.path.join(folder, "expected", "evtx_dump-0.15.1-xml.zip")) as z:
        for row in expected(folder):
            name = row["file"]
            if name in DIFFERS:
                continue
            text = z.read(name[:-5] + ".xml").decode("utf-8")
            theirs = [t for t in text.split('<?xml version="1.0" encoding="utf-8"?>\n')[1:]]
            theirs = [t[: t.rindex("</Event>") + 8] for t in theirs]
            ours = lines(os.path.join(folder, name), "xml")
            if name == "truncated.evtx":  # ours reads the whole records of the cut chunk too
                ours = ours[: len(theirs)]
            e2e.expect(name + ": elements", len(ours), len(theirs))
            for t, o in zip(theirs, ours):
                # evtx_dump leaves line ends raw, which XML reads as one newline; ours are character references
                a, b = flat(ET.parse(io.StringIO(t.replace("\r", "&#13;"), newline="")).getroot()), flat(ET.fromstring(o))
                e2e.expect(name, b, a)
                compared += 1
    e2e.expect("enough compared", compared > 2000, True)


def test_recovered_only_when_asked(_):
    folder = e2e.data("evtx", "tricky")
    path = os.path.join(folder, "one-record-dirty.evtx")
    e2e.expect("live", len(lines(path, "jsonl")), 1)
    r = e2e.cordon("decode", path, "--recover")
    e2e.expect("with slack", len(r.stdout.split("\n")) - 1, 78)
    for line in r.stdout.split("\n")[:-1]:
        json.loads(line)


if __name__ == "__main__":
    import sys
    e2e.main(sys.modules[__name__])
