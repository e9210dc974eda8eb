"""cordon investigate from outside: the answer on the terminal, worst first, with what is missing."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import cordon, data, event, expect, has, main, write_events, write_rule  # noqa: E402

RULE = """
title: Odd program
id: 44444444-4444-4444-4444-444444444444
status: test
level: critical
tags:
    - attack.execution
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\\odd.exe'
    condition: selection
"""


def fleet(folder):
    logs = os.path.join(folder, "logs")
    os.mkdir(logs)
    write_events(logs, "a.jsonl", [event(1, computer="CLEAN.x"), event(2, computer="clean.X", channel="System", event_id=7036)])
    write_events(logs, "b.jsonl", [event(1, computer="BAD\x1b[1m.x", data={"NewProcessName": "C:\\odd.exe"}, time="2026-03-03T09:00:00Z")])
    return logs


def test_one_rule_of_a_user_convicts_nobody(folder):
    r = cordon("investigate", fleet(folder), "-r", write_rule(folder, "r", RULE))
    expect("exit", r.returncode, 0)
    has("stdout", r.stdout, "No host is infected or suspicious by these logs: all 2 hosts cannot be judged.\n")
    has("what is missing", r.stdout, "programs that were started, on 2 of 2 hosts")
    has("counts", r.stdout, "0 infected, 0 suspicious, 0 exposed, 0 attacked, 2 unknown, 0 clean\n")
    has("stderr", r.stderr, "1 finding in 3 records of 2 hosts")
    rows = [line for line in r.stdout.splitlines() if line.startswith("unknown ")]
    expect("hosts", len(rows), 2)
    has("what next", rows[0], "Next: ")
    if "\x1b" in r.stdout + r.stderr:
        raise AssertionError(r.stdout)


def test_jsonl(folder):
    rules = write_rule(folder, "r", RULE)
    lines = cordon("investigate", fleet(folder), "-r", rules, "--format", "jsonl").stdout.splitlines()
    hosts = {h["host"]: h for h in map(json.loads, lines)}
    expect("hosts", sorted(hosts), ["BAD\x1b[1M", "CLEAN"])
    clean = hosts["CLEAN"]
    expect("clean", (clean["verdict"], clean["names"], clean["logs"]["records"]), ("unknown", ["CLEAN.x", "clean.X"], 2))
    has("missing", [m["row"] for m in clean["missing_sources"]], "programs")
    rule = [r for r in hosts["BAD\x1b[1M"]["reasons"] if r["kind"] == "rule"]
    expect("the rule is told and does not count", [(r["counts"], r["evidence"][0]["path"]) for r in rule], [(False, "b.jsonl")])


def test_two_rules_of_a_user_make_suspicious(folder):
    rules = write_rule(folder, "r", RULE)
    write_rule(folder, "r", RULE.replace("execution", "persistence").replace("44444444-", "55555555-").replace("Odd program", "Odder"), file="2.yml")
    hosts = {h["host"]: h for h in map(json.loads, cordon("investigate", fleet(folder), "-r", rules, "--format", "jsonl").stdout.splitlines())}
    expect("verdicts", (hosts["BAD\x1b[1M"]["verdict"], hosts["CLEAN"]["verdict"]), ("suspicious", "unknown"))
    expect("reasons", {r["kind"] for r in hosts["BAD\x1b[1M"]["reasons"]}, {"rule"})


def test_same_bytes_for_any_threads(folder):
    rules = write_rule(folder, "r", RULE)
    logs = fleet(folder)
    outputs = {cordon("investigate", logs, "-r", rules, "--threads", n).stdout for n in ("1", "2", "7")}
    expect("outputs", len(outputs), 1)
    has("output", outputs.pop(), "unknown ")


def test_context_names_hosts_without_logs(folder):
    logs = fleet(folder)
    context = os.path.join(folder, "network.yml")
    with open(context, "w", encoding="utf-8") as f:
        f.write("hosts: [CLEAN, SILENT]\n")
    r = cordon("investigate", logs, "--context", context)
    has("stdout", r.stdout, "unknown     SILENT: no log of its own")
    with open(context, "w", encoding="utf-8") as f:
        f.write("hosts: [CLEAN]\nadmin_host: [X]\n")
    r = cordon("investigate", logs, "--context", context)
    expect("exit", r.returncode, 2)
    has("a mistyped key has a place", r.stderr, "network.yml:2:")


def test_no_evidence_says_so(folder):
    with open(os.path.join(folder, "x"), "w", encoding="utf-8") as f:
        f.write("nothing")
    r = cordon("investigate", folder)
    expect("exit", r.returncode, 0)
    has("stderr", r.stderr, "no file was recognised as an event log")
    has("stdout", r.stdout, "There is no host to judge: no record was read.")
    expect("wrong path", cordon("investigate", os.path.join(folder, "none")).returncode, 2)


def test_real_hosts(_):
    """The attacked machine comes first, and the clean one is not called clean: its logs could not show it."""
    r = cordon("investigate", data("hosts"), "--format", "jsonl")
    hosts = [json.loads(line) for line in r.stdout.splitlines()]
    first = hosts[0]
    has("first host", first["reasons"][0]["evidence"][0]["path"], "aptsim/")
    clean = [h for h in hosts if "DESKTOP-GNCCVRK" in h["host"]]
    expect("the clean host is neither infected nor suspicious", [h["verdict"] in ("infected", "suspicious") for h in clean], [False])
    has("and lacks", [m["row"] for m in clean[0]["missing_sources"]], "programs")


if __name__ == "__main__":
    main(sys.modules[__name__])
