"""cordon investigate from outside: hosts worst first, with their logs and what is missing."""
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


def test_worst_first(folder):
    rules = write_rule(folder, "r", RULE)
    r = cordon("investigate", fleet(folder), "-r", rules)
    expect("exit", r.returncode, 0)
    has("stdout", r.stdout, "not a judgement")
    text = r.stdout.splitlines()
    rows = [i for i, line in enumerate(text) if line[:3].strip().isdigit()]
    expect("hosts", len(rows), 2)
    has("first", text[rows[0]], "1 critical; 2026-03-03 09:00:00Z to")
    expect("its tactics", text[rows[0] + 1], "     tactics: execution 1")
    has("second", text[rows[1]], "no findings")
    has("logs", text[rows[1] + 1], "     logs: Sec, Sys; missing: Sysmon, PwSh,")
    has("evidence", r.stdout, "Odd program  2026-03-03 09:00:00.000Z  Sec 4688 #1")
    has("stderr", r.stderr, "1 findings in 3 records of 2 hosts")
    if "\x1b" in r.stdout + r.stderr:
        raise AssertionError(r.stdout)


def test_jsonl(folder):
    rules = write_rule(folder, "r", RULE)
    hosts = [json.loads(line) for line in cordon("investigate", fleet(folder), "-r", rules, "--format", "jsonl").stdout.splitlines()]
    expect("ranks", [h["rank"] for h in hosts], [1, 2])
    expect("clean", (hosts[1]["host"], hosts[1]["names"], hosts[1]["records"]), ("CLEAN", ["CLEAN.x", "clean.X"], 2))
    expect("strongest", (hosts[0]["strongest"][0]["rule_id"], hosts[0]["strongest"][0]["evidence"]["path"]),
           ("44444444-4444-4444-4444-444444444444", "b.jsonl"))
    has("missing", hosts[1]["missing"], "Microsoft-Windows-Sysmon/Operational")


def test_same_bytes_for_any_threads(folder):
    rules = write_rule(folder, "r", RULE)
    logs = fleet(folder)
    outputs = {cordon("investigate", logs, "-r", rules, "--threads", n).stdout for n in ("1", "2", "7")}
    expect("outputs", len(outputs), 1)
    has("output", outputs.pop(), "1 critical")


def test_one_name_two_machines(folder):
    """A machine made new under another's name: the machine SIDs of local accounts tell them apart, whatever the rules ask for."""
    rules = write_rule(folder, "r", RULE)
    logs = os.path.join(folder, "logs")
    for sub, sid, image in (("new", "1-2-3", "C:\\odd.exe"), ("old", "1-2-4", "C:\\fine.exe")):
        os.makedirs(os.path.join(logs, sub))
        account = {"TargetUserName": "local", "TargetDomainName": "WS02", "TargetSid": f"S-1-5-21-{sid}-1001"}
        write_events(os.path.join(logs, sub), "Security.jsonl",
                     [event(1, computer="WS02.x", event_id=4798, data=account), event(2, computer="WS02.x", data={"NewProcessName": image})])
        write_events(os.path.join(logs, sub), "System.jsonl", [event(1, computer="WS02.x", channel="System", event_id=7036)])
    hosts = [json.loads(line) for line in cordon("investigate", logs, "-r", rules, "--format", "jsonl").stdout.splitlines()]
    expect("hosts", [(h["host"], h["records"], h["findings"].get("critical", 0)) for h in hosts],
           [("WS02.X (S-1-5-21-1-2-3)", 3, 1), ("WS02.X (S-1-5-21-1-2-4)", 3, 0)])
    other = [json.loads(line) for line in cordon("investigate", os.path.join(logs, "old"), "-r", rules, "--format", "jsonl").stdout.splitlines()]
    expect("alone", [h["host"] for h in other], ["WS02"])


def test_no_evidence_says_so(folder):
    with open(os.path.join(folder, "x"), "w", encoding="utf-8") as f:
        f.write("nothing")
    r = cordon("investigate", folder)
    expect("exit", r.returncode, 0)
    has("stderr", r.stderr, "no file was recognised as an event log")
    expect("wrong path", cordon("investigate", os.path.join(folder, "none")).returncode, 2)


def test_real_hosts(_):
    """The attacked machine comes first, and the clean one is not called clean."""
    r = cordon("investigate", data("hosts"), "--format", "jsonl")
    hosts = [json.loads(line) for line in r.stdout.splitlines()]
    first = hosts[0]
    has("first host", first["strongest"][0]["evidence"]["path"], "aptsim/")
    clean = [h for h in hosts if "DESKTOP-GNCCVRK" in h["host"]]
    expect("the clean host is listed", len(clean), 1)
    has("and lacks", clean[0]["missing"], "Microsoft-Windows-Sysmon/Operational")


if __name__ == "__main__":
    main(sys.modules[__name__])
