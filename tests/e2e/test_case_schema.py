"""The tables of a case: docs/case-schema.md names them all, its questions run, and facts are the same in every shape of logs."""
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import ROOT, cordon, expect, main  # noqa: E402

FACTS = """SELECT f.kind, f.first, f.last, l.channel, l.computer, f.event_id, f.record_id, f.account, f.domain, f.sid, f.address, f.peer,
f.logon_id, f.object, f.detail, f.access, f.status, f.logon_type, f.port, f.elevated FROM fact f JOIN log l ON l.id = f.log"""


def document():
    with open(os.path.join(ROOT, "docs", "case-schema.md"), encoding="utf-8") as f:
        return f.read()


def case(folder, shape="evtx"):
    logs, where = os.path.join(folder, "range-" + shape), os.path.join(folder, "case-" + shape)
    r = cordon("range", "--scenario", "d1", "--profile", "a2", "--density", "100", "--seed", "3", "--shape", shape, "-o", logs)
    expect("range: " + r.stderr, r.returncode, 0)
    r = cordon("investigate", os.path.join(logs, "evidence"), "-o", where, "-q")
    expect("investigate: " + r.stderr, r.returncode, 0)
    return sqlite3.connect("file:" + os.path.join(where, "case.sqlite") + "?mode=ro", uri=True)


def test_document_names_all(folder):
    db = case(folder)
    said = {}
    for part in re.split(r"^### ", document(), flags=re.M)[1:]:
        name, _, text = part.partition("\n")
        table = text[text.index("| column |"):].split("\n\n")[0]
        said[name] = [c for row in table.splitlines()[2:] for c in re.split(r", *", row.split("|")[1].strip()) if c]
    real = {name: [c[1] for c in db.execute(f"PRAGMA table_info({name})")]
            for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")}
    expect("tables", sorted(said), sorted(real))
    for name, columns in real.items():
        expect("columns of " + name, sorted(said[name]), sorted(columns))
    kinds = set(re.findall(r"^\| `(\w+)` \|", document(), flags=re.M))
    met = {k for (k,) in db.execute("SELECT DISTINCT kind FROM fact")}
    expect("kinds that are not named", met - kinds, set())
    expect("there are facts of many kinds", len(met) >= 10, True)
    expect("version", db.execute("PRAGMA user_version").fetchone()[0], int(re.search(r"= schema, (\d+) today", document()).group(1)))


def test_questions_run(folder):
    db = case(folder)
    blocks = re.findall(r"^```sql\n(.*?)^```", document(), flags=re.M | re.S)
    expect("there are questions", len(blocks) >= 5, True)
    for block in blocks:
        for question in block.split(";"):
            if question.strip():
                rows = db.execute(question).fetchall()
                quiet = "missing" in question or "1102" in question  # nothing is missing and nobody cleared a log there
                expect("rows for " + question, bool(rows), not quiet)


def test_facts_are_the_same_in_every_shape(folder):
    def facts(shape):
        out = []
        for row in case(folder, shape).execute(FACTS):
            row = list(row)
            for i in (1, 2):  # some shapes know time to the millisecond only
                row[i] = None if row[i] is None else row[i] // 10000
            out.append(tuple(row))
        return sorted(out, key=repr)
    want = facts("evtx")
    expect("there are facts", len(want) > 300, True)
    for shape in ("winlogbeat", "nxlog", "xml", "forwarded"):
        got = facts(shape)
        expect(f"only in {shape}", [x for x in got if x not in set(want)][:3], [])
        expect(f"not in {shape}", [x for x in want if x not in set(got)][:3], [])


if __name__ == "__main__":
    main(sys.modules[__name__])
