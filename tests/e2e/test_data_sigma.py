"""Detection with all public rules against the expected results of the test data."""
import collections
import csv
import json
import os
import shutil

import e2e

# Hits beyond the reference evaluator's, all by equivalents it does not map: the antivirus category from Defender's events, the
# integrity level of a 4688 from its label, and a data field that bears the name of a System one.
BEYOND = {
    "238527ad-3c2c-4e4f-a1f6-92fd63adb864", "c9a88268-0047-4824-ba6e-4d81ce0b907c", "fa0c05b6-8ad3-468d-8231-c1cbccb64fba",
    "fdf135a2-9241-4f96-a114-bb404948f736", "78cc2dd2-7d20-4d32-93ff-057084c38b93", "4c6ca276-d4d0-4a8c-9e4c-d69832f8671f",
    "a62b37e0-45d3-48d9-a517-90c1a1b0186b", "224f140f-3553-4cd1-af78-13d81bf9f7cc",
}


def rows(*path):
    with open(e2e.data(*path), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def detect(folder, path, *more):
    out = os.path.join(folder, "findings.jsonl")
    r = e2e.cordon("detect", path, "-r", e2e.data("sigma-rules"), "-t", "jsonl", "-o", out, "-C", "-q", *more)
    if r.returncode not in (0, 4):
        raise AssertionError(f"exit {r.returncode}: {r.stderr}")
    hits = collections.defaultdict(list)
    with open(out, encoding="utf-8") as f:
        for line in f:
            hit = json.loads(line)
            if "evidence" in hit:
                hits[(hit["evidence"]["path"], hit["rule_id"])].append(hit["record_id"])
    return hits


def only_evtx(folder, *source):
    """The logs of a folder without their JSON twins, which would be counted again."""
    to = os.path.join(folder, "logs")
    os.mkdir(to)
    base = e2e.data(*source)
    for name in os.listdir(base):
        if name.endswith(".evtx"):
            shutil.copy(os.path.join(base, name), to)
    return to


def test_regression(folder):
    """All 202 cases fire on exactly the named records, and every cross hit is the reference's."""
    hits = detect(folder, only_evtx(folder, "evtx", "sigma-regression"))
    cases = rows("evtx", "sigma-regression", "expected.tsv")
    e2e.expect("cases", len(cases), 202)
    for c in cases:
        wanted = sorted(int(n) for n in c["matched_record_ids"].replace(";", ",").split(",") if n.strip())
        e2e.expect(c["title"], sorted(hits.get((c["evtx"], c["rule_id"]), [])), wanted)
    wanted = {(r["file"], r["rule_id"]): int(r["events"]) for r in rows("evtx", "sigma-regression", "sigma-hits.tsv")}
    e2e.expect("pairs", {k: len(v) for k, v in hits.items()}, wanted)


def compare(name, wanted, got):
    for k, n in wanted.items():
        e2e.expect(f"{name} {k}", got.get(k), n)
    e2e.expect(f"{name}: beyond the reference", sorted(k for k in got if k not in wanted and k[1] not in BEYOND), [])


def test_attack_logs(folder):
    hits = detect(folder, e2e.data("evtx", "attack"))
    wanted = {(r["file"], r["rule_id"]): int(r["events"]) for r in rows("evtx", "attack", "sigma-hits.tsv")}
    e2e.expect("pairs in the manifest", len(wanted), 377)
    compare("attack", wanted, {k: len(v) for k, v in hits.items()})


def test_hosts(folder):
    for host in ("aptsim", "clean-win10"):
        hits = detect(folder, e2e.data("hosts", host, "evtx"))
        got = collections.Counter()
        for (_, rule), records in hits.items():
            got[("", rule)] += len(records)
        compare(host, {("", r["rule_id"]): int(r["events"]) for r in rows("hosts", host, "sigma-hits.tsv")}, dict(got))


def test_engines_agree(folder):
    """The naive engine gives the same bytes, with any number of threads."""
    for source in (("evtx", "attack"), ("hosts",)):
        seen = set()
        for more in (("--threads", "1"), ("--threads", "2"), ("--threads", "7"), ("--engine", "plain")):
            detect(folder, e2e.data(*source), *more)
            with open(os.path.join(folder, "findings.jsonl"), "rb") as f:
                seen.add(f.read())
        e2e.expect(f"different outputs over {source}", len(seen), 1)


if __name__ == "__main__":
    import sys
    e2e.main(sys.modules[__name__])
