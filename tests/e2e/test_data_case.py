"""Real attack logs into a case: whatever part is read first, the case is the same in the end."""
import os
import random
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import cordon, data, expect, main  # noqa: E402

PLACE = "(SELECT min(p.path) FROM log l JOIN input_path p ON p.input = l.input WHERE l.id = {0}.log), {0}.offset"
TABLES = {
    "inputs": "SELECT path, i.key, size, reader, records, damaged, lost, error FROM input_path p JOIN input i ON i.id = p.input",
    "damage": "SELECT i.key, offset, what, length, d.records FROM damage d JOIN input i ON i.id = d.input",
    "logs": "SELECT i.key, channel, computer, collected, l.records, record_min, record_max, first, last, jumps, gap_last, shared, "
            "(SELECT name FROM host h WHERE h.id = l.host) FROM log l JOIN input i ON i.id = l.input",
    "rules": "SELECT name, version, title, level FROM rule",
    "findings": "SELECT f.id, r.name, time, last, computer, channel, event_id, record_id, fields, matched, correlation, n_events, value, "
                "(SELECT name FROM host h WHERE h.id = f.host), " + PLACE.format("f") + " FROM finding f JOIN rule r ON r.id = f.rule",
    "places": "SELECT finding, " + PLACE.format("place") + " FROM place",
    "events": "SELECT finding, no, time, event_id, record_id, " + PLACE.format("v") + " FROM finding_event v",
    "rows": "SELECT r.name, c.key, data, " + PLACE.format("c") + " FROM correlation_row c JOIN rule r ON r.id = c.rule",
    "facts": "SELECT kind, key, first, last, event_id, record_id, account, address, peer, object, detail, " + PLACE.format("f") + " FROM fact f",
    "hosts": "SELECT name, records, first, last, cut FROM host",
    "names": "SELECT h.name, n.name FROM host_name n JOIN host h ON h.id = n.host",
}


def dump(case):
    db = sqlite3.connect("file:" + os.path.join(case, "case.sqlite") + "?mode=ro", uri=True)
    return {name: sorted(map(repr, db.execute(sql))) for name, sql in TABLES.items()}


def read(case, logs, threads):
    r = cordon("investigate", logs, "-r", data("sigma-rules", "rules"), "-o", case, "-q", "--threads", str(threads))
    expect("investigate: " + r.stderr[-500:], r.returncode in (0, 4), True)


def test_any_split_of_attack_logs(folder):
    source, names = data("evtx", "attack"), []
    for base, _, files in sorted(os.walk(source)):
        names += [os.path.relpath(os.path.join(base, f), source) for f in sorted(files)]
    expect("there are logs", len(names) > 100, True)
    read(os.path.join(folder, "whole"), source, 2)
    want = dump(os.path.join(folder, "whole"))
    expect("there are findings and facts", len(want["findings"]) > 500 and len(want["facts"]) > 300, True)
    pick = random.Random(5)
    half = set(pick.sample(names, len(names) // 2))
    for k, part in enumerate((half, set(names) - half)):
        for name in part:
            to = os.path.join(folder, f"part{k}", name)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copyfile(os.path.join(source, name), to)
    for order in ((0, 1), (1, 0)):
        case = os.path.join(folder, "case%d%d" % order)
        for k in order:
            read(case, os.path.join(folder, f"part{k}"), 1)
        got = dump(case)
        for table, rows in want.items():
            expect(f"{table}: only in the split", sorted(set(got[table]) - set(rows))[:3], [])
            expect(f"{table}: only in the whole", sorted(set(rows) - set(got[table]))[:3], [])
            expect(f"{table}: rows", len(got[table]), len(rows))


if __name__ == "__main__":
    main(sys.modules[__name__])
