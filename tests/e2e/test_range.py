"""The range: its logs are real ones, the same for the same seed, and the demo tells its story."""

import filecmp
import json
import os
import re
import shutil
import subprocess

import e2e


def make(folder, name, *args):
    to = os.path.join(folder, name)
    r = e2e.cordon("range", *args, "-o", to)
    e2e.expect("exit", r.returncode, 0)
    return to


def logs(folder):
    return sorted(os.path.join(b, f) for b, _, fs in os.walk(folder) for f in fs)


def test_same_seed_same_bytes(folder):
    a, b = make(folder, "a", "--scenario", "Demo", "--seed", "7"), make(
        folder, "b", "--scenario", "demo", "--seed", "7"
    )
    c = make(folder, "c", "--scenario", "demo", "--seed", "8")
    e2e.expect("logs", len(logs(a)), 12)
    for one, two in zip(logs(a), logs(b)):
        e2e.expect(one, filecmp.cmp(one, two, shallow=False), True)
    e2e.expect("another seed", any(not filecmp.cmp(x, y, shallow=False) for x, y in zip(logs(a), logs(c))), True)


def story(folder, name, profile):
    """The truth without what names the scenario and the profile."""
    to = make(folder, f"{name}-{profile}", "-s", name, "--seed", "9", "--profile", profile)
    with open(os.path.join(to, "truth.json"), encoding="utf-8") as f:
        truth = json.load(f)
    return {k: v for k, v in truth.items() if k not in ("scenario", "profile")}


def test_scenarios_depend_on_seed_and_profile_alone(folder):
    for name in ("d1", "d1-iso", "d1-live", "d2", "d2-b", "d2-c"):
        a, b = make(folder, name, "-s", name.upper(), "--seed", "7", "--profile", "A2"), make(
            folder, name + "b", "-s", name, "--seed", "7", "--profile", "a2"
        )
        e2e.expect("files", len(logs(a)) > 60, True)
        for one, two in zip(logs(a), logs(b)):
            e2e.expect(one, filecmp.cmp(one, two, shallow=False), True)
    for name in ("d1", "d2-b"):
        truth = [story(folder, name, profile) for profile in ("a0", "a1", "a2")]
        e2e.expect(f"{name}: one story in three profiles", truth[0] == truth[1] == truth[2], True)


def test_names_of_d2(folder):
    """d2 is d2-a; the endings differ in the controller."""
    plain, a, b, c = (story(folder, name, "a2") for name in ("d2", "d2-a", "d2-b", "d2-c"))
    e2e.expect("d2 is d2-a", plain == a, True)
    verdict = [{h["host"]: h["verdict"] for h in t["hosts"]} for t in (a, b, c)]
    e2e.expect("controller", [v.pop("DC01") for v in verdict], ["exposed", "infected", "suspicious"])
    e2e.expect("all others", verdict[0] == verdict[1] == verdict[2], True)


def test_independent_readers_accept_it(folder):
    tools = [t for t in ("evtx_dump", "evtxexport") if shutil.which(t)]
    if not tools:
        raise e2e.Skip("neither evtx_dump nor evtxexport is there")
    demo, load = make(folder, "demo", "--scenario", "demo"), make(folder, "load", "--load", "--size", "2M")
    d1 = make(folder, "d1", "-s", "d1", "--profile", "a2", "--density", "200")
    for path in logs(demo) + logs(load) + [p for p in logs(d1) if "WS05" in p or "DC01" in p]:
        ours = e2e.cordon("decode", path).stdout.split("\n")[:-1]
        if "evtx_dump" in tools:
            theirs = subprocess.run(
                ["evtx_dump", "-t", "1", "-o", "jsonl", path], capture_output=True, text=True, check=True
            ).stdout.split("\n")[:-1]
            e2e.expect(path, ours, theirs)
        if "evtxexport" in tools:
            r = subprocess.run(["evtxexport", path], capture_output=True, text=True, check=True)
            e2e.expect(path, r.stdout.count("\nEvent number"), len(ours))


def spelled(value):
    """A record as the texts that it holds."""
    if isinstance(value, dict):
        return {k: spelled(v) for k, v in value.items()}
    if isinstance(value, list):
        return [spelled(v) for v in value]
    return {None: "", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)


def test_forwarded_events_are_the_hosts_events(folder):
    """One log of a collector holds every record of all hosts, each value as text, and other readers read it."""
    args = ["-s", "acts", "--profile", "a2", "--density", "200"]
    hosts, collector = make(folder, "hosts", *args), make(folder, "collector", *args, "--shape", "forwarded")
    e2e.expect("logs", [os.path.basename(p) for p in logs(collector)], ["ForwardedEvents.evtx", "truth.json"])

    def records(evidence):
        lines = e2e.cordon("decode", "-q", os.path.join(evidence, "evidence")).stdout.split("\n")[:-1]
        out = [spelled(json.loads(line)) for line in lines]
        for r in out:  # the collector's has nine digits of a second
            created = r["Event"]["System"]["TimeCreated"]["#attributes"]
            created["SystemTime"] = created["SystemTime"].rstrip("Z")[:27]
        return sorted(json.dumps(r) for r in out), sorted(lines)

    (theirs, _), (ours, lines) = records(hosts), records(collector)
    e2e.expect("records", len(ours), len(theirs))
    for a, b in zip(ours, theirs):
        e2e.expect("record", a, b)
    if shutil.which("evtx_dump"):
        path = [p for p in logs(collector) if p.endswith(".evtx")][0]
        r = subprocess.run(["evtx_dump", "-t", "1", "-o", "jsonl", path], capture_output=True, text=True, check=True)
        e2e.expect("evtx_dump", sorted(r.stdout.split("\n")[:-1]), lines)


def test_every_shape_gives_the_same_findings(folder):
    found = {}
    for shape in ("evtx", "winlogbeat", "nxlog", "xml", "forwarded"):
        to = make(folder, shape, "-s", "d1", "--profile", "a2", "--density", "300", "--shape", shape)
        out = e2e.cordon("detect", "-q", "-t", "jsonl", os.path.join(to, "evidence")).stdout.split("\n")[:-1]
        found[shape] = sorted(
            str((f["computer"], f["rule_id"], f.get("record_id"), f["time"][:19])) for f in map(json.loads, out)
        )
        shutil.rmtree(to)
    e2e.expect("there are findings", len(found["evtx"]) > 100, True)
    for shape, findings in found.items():
        e2e.expect(shape, findings, found["evtx"])


def test_demo_tells_its_story(folder):
    """Every step of the chain is found on WS03, nothing on the two others."""
    demo = make(folder, "demo", "--scenario", "demo", "--seed", "3")
    out = os.path.join(folder, "f.jsonl")
    e2e.expect("exit", e2e.cordon("detect", demo, "-t", "jsonl", "-o", out, "-q").returncode, 0)
    with open(out, encoding="utf-8") as f:
        found = [json.loads(line) for line in f]
    e2e.expect("hosts", {f["computer"] for f in found}, {"WS03.corp.example"})
    titles = {f["rule_title"] for f in found}
    for part in (
        "Mounted Image",
        "Under a Library Loader",
        "Random Folder",
        "Hexadecimal Names",
        "Run Value",
        "SYSTEM Task",
        "Exclusion",
        "Burst of Discovery",
        "Web Cache",
        "LSASS",
        "Ports of Qakbot",
    ):
        e2e.expect(part, any(part in t for t in titles), True)


def test_help_and_manual_name_every_scenario(_):
    names = e2e.scenarios()
    e2e.expect("there are some", len(names) > 5, True)
    with open(os.path.join(e2e.ROOT, "docs", "range.md"), encoding="utf-8") as f:
        manual = f.read()
    for text in (e2e.cordon("range", "--help").stdout, manual):
        words = set(re.findall(r"[a-z0-9-]+", text))
        e2e.expect("named", [n for n in names if n not in words], [])


def test_what_is_asked_must_make_sense(folder):
    for args in (
        ["-o", folder],
        ["--load", "-o", folder],
        ["--scenario", "demo"],
        ["--load", "--size", "5X", "-o", folder],
        ["--load", "--scenario", "demo", "--size", "1M", "-o", folder],
        ["-s", "nothing", "-o", folder],
        ["-s", "d1", "--profile", "a3", "-o", folder],
        ["-s", "d1", "--density", "9", "-o", folder],
        ["-s", "d1", "--shape", "paper", "-o", folder],
    ):
        e2e.expect(str(args), e2e.cordon("range", *args).returncode, 2)
    r = e2e.cordon("range", "--scenario", "demo", "-o", "/dev/null/x")
    e2e.expect("impossible folder", r.returncode, 2)
    e2e.has("message", r.stderr, "/dev/null/x")


if __name__ == "__main__":
    import sys

    e2e.main(sys.modules[__name__])
