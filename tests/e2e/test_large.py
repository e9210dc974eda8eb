"""Logs beyond 4 GiB: whole, and with the right places. Sparse files, so that they take little of the disk."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import Skip, cordon, event, expect, has, main, write_rule  # noqa: E402

FAR = 4 << 30
RULE = """
title: Any event
id: 55555555-5555-4555-8555-555555555555
status: test
level: low
logsource: {product: windows}
detection: {selection: {EventID|gte: 1}, condition: selection}
"""
XML = ('<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="P"/><EventID>4688</EventID>'
       "<EventRecordID>{}</EventRecordID><Channel>Security</Channel><Computer>PC</Computer></System></Event>\n")


def sparse(folder, name, *pieces):
    """A file of (offset, bytes), with holes between them."""
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        for at, data in pieces:
            f.seek(at)
            f.write(data)
    if os.stat(path).st_blocks * 512 > 64 << 20:
        raise Skip("the disk keeps no holes")
    return path


def places(folder, path):
    """Record id and byte offset of each record, as detect tells them."""
    r = cordon("detect", path, "-r", write_rule(folder, "rules", RULE), "-t", "jsonl", "--threads", "2")
    expect("exit", r.returncode, 0)
    return sorted((f["record_id"], f["evidence"]["offset"]) for f in map(json.loads, r.stdout.splitlines())), r


def one_log(folder):
    """A small log of one chunk: its header and that chunk."""
    made = os.path.join(folder, "made")
    expect("made", cordon("range", "--load", "--size", "1M", "-o", made).returncode, 0)
    logs = [os.path.join(at, name) for at, _, names in os.walk(made) for name in names if name.endswith(".evtx")]
    with open(sorted(logs)[0], "rb") as f:
        return f.read(4096), f.read(65536)


def test_event_log_of_more_chunks_than_its_header_counts(folder):
    """Windows stops at 65,535 chunks, just below 4 GiB; what lies beyond is read all the same, and damage there has its place."""
    header, chunk = one_log(folder)
    small = os.path.join(folder, "small.evtx")
    with open(small, "wb") as f:
        f.write(header + chunk)
    once = [offset for _, offset in places(folder, small)[0]]
    expect("some records", len(once) > 10, True)
    far = 65536 * 65536
    path = sparse(folder, "big.evtx", (0, header + chunk), (4096 + far, chunk), (4096 + far + 65536, b"garbage" * 100), (4096 + far + 131072, chunk))
    found, r = places(folder, path)
    expect("places", sorted(offset for _, offset in found), [at + more for more in (0, far, far + 131072) for at in once])
    has("damage", r.stderr, f"byte {4096 + far + 65536}: no chunk stands here")


def test_json_lines(folder):
    one, two = (json.dumps(event(n)).encode() + b"\n" for n in (1, 2))
    found, _ = places(folder, sparse(folder, "big.jsonl", (0, one), (FAR + 100, b"\n" + two)))
    expect("places", found, [(1, 0), (2, FAR + 101)])


def test_xml(folder):
    one, two = (XML.format(n).encode() for n in (1, 2))
    found, _ = places(folder, sparse(folder, "big.xml", (0, one), (FAR + 100, b"\n" + two)))
    expect("places", found, [(1, 0), (2, FAR + 101)])


if __name__ == "__main__":
    main(sys.modules[__name__])
