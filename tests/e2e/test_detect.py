"""cordon detect from outside: the shapes of its output, its order, what it says of rules and of nothing found."""
import csv
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import CORDON, ROOT, cordon, event, expect, has, main, terminal, write_events, write_rule  # noqa: E402

WHOAMI = """
title: Whoami runs
id: 11111111-1111-1111-1111-111111111111
author: A. Nobody
status: test
level: high
tags:
    - attack.discovery
    - attack.t1033
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\\whoami.exe'
    condition: selection
"""
MANY = """
title: Whoami runs often
id: 22222222-2222-2222-2222-222222222222
status: test
level: medium
correlation:
    type: event_count
    rules:
        - 11111111-1111-1111-1111-111111111111
    group-by:
        - User
    timespan: 5m
    condition:
        gte: 3
    generate: true
"""
BROKEN = """
title: Broken
id: 33333333-3333-3333-3333-333333333333
status: test
level: high
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswiht: x
    condition: selection
"""


def process(record, image="C:\\Windows\\System32\\whoami.exe", **kw):
    return event(record, data={"NewProcessName": image, "CommandLine": "whoami /all", "SubjectUserName": "bob"}, **kw)


def at(minute):
    return f"2026-03-03T08:{minute:02}:00.0000000Z"


def lines(r):
    return [json.loads(line) for line in r.stdout.splitlines()]


def test_keys_of_a_finding(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "Security.jsonl", [process(1, image="C:\\x.exe"), process(2, time=at(5))])
    r = cordon("detect", log, "-r", rules, "-t", "jsonl")
    expect("exit", r.returncode, 0)
    f = lines(r)
    expect("findings", len(f), 1)
    expect("keys", list(f[0]), ["id", "rule_id", "rule_title", "rule_author", "level", "tags", "time", "computer", "channel", "provider",
                                "event_id", "record_id", "evidence", "fields", "matched"])
    expect("rule", (f[0]["rule_id"], f[0]["rule_author"], f[0]["level"], f[0]["tags"]),
           ("11111111-1111-1111-1111-111111111111", "A. Nobody", "high", ["attack.discovery", "attack.t1033"]))
    expect("event", (f[0]["time"], f[0]["computer"], f[0]["channel"], f[0]["event_id"], f[0]["record_id"]),
           (at(5), "WS01.corp.example", "Security", 4688, 2))
    expect("path", f[0]["evidence"]["path"], "Security.jsonl")
    with open(log, "rb") as raw:
        raw.seek(f[0]["evidence"]["offset"])
        expect("record at offset", json.loads(raw.readline())["Event"]["System"]["EventRecordID"], 2)
    expect("field", f[0]["fields"]["CommandLine"], "whoami /all")
    expect("matched", f[0]["matched"], {"Image": "C:\\Windows\\System32\\whoami.exe"})
    has("stderr", r.stderr, "1 rules loaded (0 refused)")
    has("stderr", r.stderr, "1 finding in 2 records of 1 host")


def test_correlation_carries_its_events(folder):
    rules = write_rule(folder, "r", WHOAMI)
    write_rule(folder, "r", MANY, "many.yml")
    log = write_events(folder, "a.jsonl", [process(i, time=at(i)) for i in (3, 1, 2)])
    f = lines(cordon("detect", log, "-r", rules, "-t", "jsonl"))
    expect("findings", len(f), 4)
    corr = [x for x in f if "events" in x]
    expect("correlations", len(corr), 1)
    expect("events", [e["record_id"] for e in corr[0]["events"]], [1, 2, 3])
    expect("first evidence", corr[0]["events"][0]["evidence"]["path"], "a.jsonl")
    if any(k in corr[0] for k in ("record_id", "evidence", "fields", "matched")):
        raise AssertionError(corr[0])
    expect("time", corr[0]["time"], at(1))
    expect("group", list(corr[0]["group"]), ["User"])


def test_same_bytes_for_any_threads_and_file_order(folder):
    rules = write_rule(folder, "r", WHOAMI)
    write_rule(folder, "r", MANY, "many.yml")
    one, other = os.path.join(folder, "one"), os.path.join(folder, "other")
    os.mkdir(one)
    os.mkdir(other)
    for i in range(12):
        write_events(one, f"{i:02}.jsonl", [process(100 * i + k, time=at((7 * i + k) % 60)) for k in range(40)])
    for name in sorted(os.listdir(one), reverse=True):
        shutil.copy(os.path.join(one, name), other)
    outputs = {cordon("detect", d, "-r", rules, "-t", "jsonl", "--threads", n, *engine).stdout
               for d in (one, other) for n in ("1", "2", "7") for engine in ([], ["--engine", "plain"])}
    expect("different outputs", len(outputs), 1)
    expect("some", next(iter(outputs)) != "", True)
    times = [json.loads(line)["time"] for line in outputs.pop().splitlines()]
    expect("sorted", times, sorted(times))


def test_duplicates_keep_their_id(folder):
    rules = write_rule(folder, "r", WHOAMI)
    a = write_events(folder, "a.jsonl", [process(1)])
    shutil.copy(a, os.path.join(folder, "b.jsonl"))
    logs = [a, os.path.join(folder, "b.jsonl")]
    f = lines(cordon("detect", *logs, "-r", rules, "-t", "jsonl"))
    expect("findings", [x["evidence"]["path"] for x in f], ["a.jsonl", "b.jsonl"])
    expect("ids", f[0]["id"], f[1]["id"])
    f = lines(cordon("detect", *logs, "-r", rules, "-t", "jsonl", "--dedupe"))
    expect("deduped", [x["evidence"]["path"] for x in f], ["a.jsonl"])


def test_equal_names_are_told_apart(folder):
    rules = write_rule(folder, "r", WHOAMI)
    logs = []
    for root in ("one", "two"):
        os.mkdir(os.path.join(folder, root))
        logs.append(write_events(os.path.join(folder, root), "Security.jsonl", [process(len(root) + len(logs), computer=root)]))
    wanted = {hashlib.sha256(open(log, "rb").read()).hexdigest() for log in logs}
    for order in (logs, logs[::-1]):
        r = cordon("detect", *[os.path.dirname(log) for log in order], "-r", rules, "-t", "jsonl")
        expect("paths", [f["evidence"]["path"] for f in lines(r)], ["Security.jsonl"] * 2)
        expect("sha256", {f["evidence"]["sha256"] for f in lines(r)}, wanted)


def test_refused_rule_is_told_and_the_others_work(folder):
    rules = write_rule(folder, "r", WHOAMI)
    write_rule(folder, "r", BROKEN, "broken.yml")
    log = write_events(folder, "a.jsonl", [process(1)])
    r = cordon("detect", log, "-r", rules, "-t", "jsonl")
    expect("exit", r.returncode, 0)
    expect("findings", len(lines(r)), 1)
    has("stderr", r.stderr, "broken.yml:10:15:")
    has("stderr", r.stderr, "endswiht")
    has("stderr", r.stderr, "1 rules loaded (1 refused)")


def test_placeholders_without_a_list_are_told_and_counted(folder):
    """Also where a filter brings them; a list makes them go away."""
    rules = write_rule(folder, "r", WHOAMI.replace("'\\whoami.exe'", "'\\whoami.exe'\n        User|expand: '%admins%'"))
    write_rule(folder, "r", "title: f\nlogsource: {product: windows}\nfilter: {rules: any, s: {User|expand: '%other%'}, condition: not s}\n", "f.yml")
    log = write_events(folder, "a.jsonl", [process(1)])
    r = cordon("detect", log, "-r", rules, "-t", "jsonl")
    expect("exit", r.returncode, 0)
    has("the place", r.stderr, "rule.yml:15:22: warning: this value can never hold: no list for the placeholder %admins%")
    has("that of the filter", r.stderr, "f.yml:3:39: warning: this value can never hold: no list for the placeholder %other%")
    has("the count", r.stderr, "1 rule expands placeholders that no list was given for (--placeholders)")
    lists = os.path.join(folder, "lists.yml")
    with open(lists, "w", encoding="utf-8") as f:
        f.write("admins: [someone]\nother: nobody\n")
    r = cordon("detect", log, "-r", rules, "-t", "jsonl", "--placeholders", lists)
    expect("said with a list", "placeholder" in r.stderr, False)


def test_no_usable_rule_is_exit_3(folder):
    rules = write_rule(folder, "r", BROKEN)
    log = write_events(folder, "a.jsonl", [process(1)])
    expect("exit", cordon("detect", log, "-r", rules).returncode, 3)
    expect("missing rules", cordon("detect", log, "-r", os.path.join(folder, "none")).returncode, 2)


def test_fail_on(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "a.jsonl", [process(1)])
    for level, code in (("critical", 0), ("high", 1), ("med", 1), ("informational", 1)):
        expect(level, cordon("detect", log, "-r", rules, "--fail-on", level).returncode, code)
    expect("wrong level", cordon("detect", log, "-r", rules, "--fail-on", "severe").returncode, 2)


def test_min_level(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "a.jsonl", [process(1)])
    expect("high", len(lines(cordon("detect", log, "-r", rules, "-t", "jsonl", "-m", "high"))), 1)
    r = cordon("detect", log, "-r", rules, "-t", "jsonl", "-m", "crit")
    expect("critical", r.stdout, "")


def test_nothing_found_says_what_was_looked_at(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "a.jsonl", [process(1, image="C:\\x.exe"), event(2, channel="System", event_id=7045)])
    r = cordon("detect", log, "-r", rules)
    expect("exit", r.returncode, 0)
    expect("stdout", r.stdout, "")
    has("stderr", r.stderr, "Nothing found. Looked at: 1 file, 1 of them event logs, with 2 records, 1 of those")
    has("stderr", r.stderr, "0 findings in 2 records of 1 host")


def test_hayabusa_letters(folder):
    rules = write_rule(folder, "r", WHOAMI)
    logs = os.path.join(folder, "logs")
    os.mkdir(logs)
    log = write_events(logs, "a.jsonl", [process(1)])
    out = os.path.join(folder, "out.csv")
    for args in (["-d", logs], ["-f", log]):
        r = cordon("detect", *args, "-r", rules, "-m", "medium", "-t", "csv", "-o", out, "-C", "-q", "-U", "-K", "-v", "--columns", "hayabusa")
        expect("exit", r.returncode, 0)
        expect("stderr", r.stderr, "")
        rows = list(csv.reader(open(out, newline="", encoding="utf-8")))
        expect("head", rows[0], ["Timestamp", "RuleTitle", "Level", "Computer", "Channel", "EventID", "RecordID", "Details", "ExtraFieldInfo", "RuleID"])
        expect("row", rows[1][:7], ["2026-03-03 08:12:40.123 +00:00", "Whoami runs", "high", "WS01.corp.example", "Sec", "4688", "1"])


def test_csv_has_no_formula_and_one_line_a_finding(folder):
    rules = write_rule(folder, "r", WHOAMI)
    bad = process(1)
    bad["Event"]["EventData"]["CommandLine"] = "=cmd|' /C calc'!A0\r\nsecond line\x1b[31m"
    bad["Event"]["System"]["Computer"] = "@evil"
    log = write_events(folder, "a.jsonl", [bad])
    r = cordon("detect", log, "-r", rules, "-t", "csv")
    expect("lines", r.stdout.count("\n"), 2)
    row = list(csv.DictReader(io.StringIO(r.stdout)))[0]
    expect("computer", row["computer"], "'@evil")
    for text in row.values():
        if text[:1] in "=+-@" and text:
            raise AssertionError(row)
    if "\x1b" in r.stdout:
        raise AssertionError("escape sequence")


def test_table_is_plain_without_terminal_and_escaped(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "a.jsonl", [process(1, computer="W\x1b]0;x\x07")])
    r = cordon("detect", log, "-r", rules)
    expect("lines", len(r.stdout.splitlines()), 1)
    if "\x1b" in r.stdout + r.stderr:
        raise AssertionError(r.stdout + r.stderr)
    has("line", r.stdout, "Whoami runs")


def test_colour_on_a_terminal_only(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "a.jsonl", [process(1)])
    for env, args, coloured in (({}, [], True), ({"NO_COLOR": "1"}, [], False), ({"NO_COLOR": ""}, [], True), ({}, ["--no-color"], False)):
        master, slave = terminal()
        cordon("detect", log, "-r", rules, "-q", *args, env=env, stdout=slave)
        os.close(slave)
        text = os.read(master, 65536).decode()
        os.close(master)
        expect(f"{env} {args}", "\x1b[38;2;255;193;0m" in text, coloured)


def test_folded_on_a_terminal_only(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "a.jsonl", [process(1)])
    plain = cordon("detect", log, "-r", rules).stdout
    expect("lines of a pipe", plain.count("\n"), 1)
    master, slave = terminal()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    cordon("detect", log, "-r", rules, "-q", "-K", stdout=slave)
    os.close(slave)
    text = os.read(master, 65536).decode().replace("\r", "")
    os.close(master)
    if max(map(len, text.splitlines())) > 80:
        raise AssertionError(text)
    expect("words", text.split(), plain.split())


def test_impossible_wishes(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "a.jsonl", [process(1)])
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    for args, code, words in (
            (["-r", rules, "--from", "2026-03-04", "--to", "2026-03-03"], 2, "--from is later than --to"),
            (["-r", rules, "-o", empty], 2, "it is a folder"),
            (["-r", empty], 3, "wanted are *.yml and *.yaml files"),
            (["-r", rules, "-m", "crit"], 3, "no rule of level critical or above in")):
        r = cordon("detect", log, *args)
        expect(f"exit of {args}", r.returncode, code)
        has("stderr", r.stderr, words)
    r = cordon("detect", log, "-r", rules, "--from", "2030-01-01")
    expect("exit", r.returncode, 0)
    has("stderr", r.stderr, "Events outside --from and --to are read, but not looked at.")


def test_progress_is_one_line_and_wiped(folder):
    """On a terminal: bytes, events, findings and the file at hand, gone before the summary; names in it are harmless."""
    rules = write_rule(folder, "r", WHOAMI)
    logs = os.path.join(folder, "logs")
    os.mkdir(logs)
    for i in range(40):
        write_events(logs, f"{i:02}\x1b[31m.jsonl", [process(1000 * i + k) for k in range(1000)])
    master, slave = terminal()
    p = subprocess.Popen([CORDON, "detect", logs, "-r", rules, "-o", os.path.join(folder, "out"), "--threads", "1"], stderr=slave)
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 65536):
            text += chunk
    except OSError:  # the other end is closed
        pass
    os.close(master)
    expect("exit", p.wait(60), 0)
    has("progress", text.decode(), " findings  ")
    if b"\x1b[31m" in text:
        raise AssertionError(text)
    last = text.decode().rsplit("\r\x1b[K", 1)[1]
    has("after the last wipe", last, "40000 findings in 40000 records of 1 host")


def test_damaged_evidence_does_not_stop_it(folder):
    rules = write_rule(folder, "r", WHOAMI)
    with open(write_events(folder, "a.jsonl", [process(1)]), "a", encoding="utf-8") as f:
        f.write("{\"Event\": broken\n" + json.dumps(process(2)) + "\n")
    r = cordon("detect", os.path.join(folder, "a.jsonl"), "-r", rules, "-t", "jsonl")
    expect("findings", len(lines(r)), 2)
    has("stderr", r.stderr, "1 damaged place in 1 file:")


def test_full_disk_and_closed_pipe(folder):
    rules = write_rule(folder, "r", WHOAMI)
    log = write_events(folder, "a.jsonl", [process(i) for i in range(3000)])
    with open("/dev/full", "w") as full:
        r = cordon("detect", log, "-r", rules, "-t", "jsonl", stdout=full)
    expect("exit", r.returncode, 2)
    has("stderr", r.stderr, "No space left on device")
    p = subprocess.Popen([CORDON, "detect", log, "-r", rules, "-q"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdout.readline()
    p.stdout.close()
    expect("stderr", p.stderr.read(), b"")
    expect("exit", p.wait(60), 0)


def test_ctrl_c_hands_out_what_was_found(folder):
    rules = write_rule(folder, "r", WHOAMI)
    logs = os.path.join(folder, "logs")
    os.mkdir(logs)
    for i in range(60):
        write_events(logs, f"{i:02}.jsonl", [process(1000 * i + k, time=at(k % 60)) for k in range(1000)])
    p = subprocess.Popen([CORDON, "detect", logs, "-r", rules, "-t", "jsonl", "--threads", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.03)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=100)
    if p.returncode not in (130, 0, -signal.SIGINT):  # 0: was faster than the signal; -2: the signal came before main
        raise AssertionError((p.returncode, err))
    if p.returncode == 130:
        for line in out.decode().splitlines():
            json.loads(line)
        has("stderr", err.decode(), "rules loaded")


def test_built_in_rules_without_r(folder):
    log = write_events(folder, "a.jsonl", [process(1)])
    r = cordon("detect", log)
    expect("exit", r.returncode, 0)
    has("stderr", r.stderr, "rules loaded (0 refused)")


def test_every_output_is_documented(_):
    """docs/findings.md has a section for each output that --format offers, and src/report/README.md names it."""
    offered = re.search(r"\((table, [a-z, ]+)\)", " ".join(cordon("detect", "--help").stdout.split())).group(1).split(", ")
    with open(os.path.join(ROOT, "docs", "findings.md"), encoding="utf-8") as f:
        sections = re.findall(r"^## (.*)$", f.read(), re.M)
    with open(os.path.join(ROOT, "src", "report", "README.md"), encoding="utf-8") as f:
        rooms = f.read()
    for name in offered:
        expect("a section for " + name, any(name in s.split(", ") for s in sections), True)
        has("src/report/README.md", rooms, f"`{name}`")


if __name__ == "__main__":
    main(sys.modules[__name__])
