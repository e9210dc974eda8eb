"""cordon rules from outside: check, list, test, pack, explain."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import ROOT, Skip, cordon, data, event, expect, has, main, write_events, write_rule  # noqa: E402

GOOD = """
title: Whoami runs
id: 11111111-1111-4111-8111-111111111111
status: test
level: high
author: A. Nobody
tags: [attack.discovery]
logsource: {product: windows, category: process_creation}
detection:
    selection:
        Image|endswith: '\\whoami.exe'
    condition: selection
"""
BROKEN = """
title: Broken \x1b[31m
id: 33333333-3333-4333-8333-333333333333
logsource: {product: windows, category: process_creation}
detection:
    selection:
        Image|endswiht: x
    condition: selection
""".replace("\x1b", "\\e")
MANY = """
title: Whoami runs often
id: 22222222-2222-4222-8222-222222222222
status: test
level: medium
correlation: {type: event_count, rules: whoami, group-by: Computer, timespan: 5m, condition: {gte: 2}}
---
title: Whoami
name: whoami
id: 44444444-4444-4444-8444-444444444444
status: test
level: low
logsource: {product: windows, category: process_creation}
detection: {selection: {Image|endswith: '\\whoami.exe'}, condition: selection}
"""


def test_check(folder):
    rules = write_rule(folder, "rules", GOOD, "a.yml")
    r = cordon("rules", "check", rules)
    expect("exit", r.returncode, 0)
    expect("remarks", r.stdout, "")
    has("count", r.stderr, "1 rules loaded (0 refused)")
    write_rule(folder, "rules", BROKEN, "b.yml")
    r = cordon("rules", "check", rules)
    expect("exit", r.returncode, 3)
    has("place and reason", r.stdout, f"{rules}/b.yml:6:15: error: `endswiht` is not a Sigma modifier [unknown-modifier]\n    did you mean `endswith`?\n")
    has("count", r.stderr, "1 rules loaded (1 refused)")
    lines = [json.loads(line) for line in cordon("rules", "check", "-t", "jsonl", rules).stdout.splitlines()]
    worst = [d for d in lines if d["severity"] == "error"]
    expect("jsonl", [(d["line"], d["column"], d["code"], d["rule_id"][:8]) for d in worst], [(6, 15, "unknown-modifier", "33333333")])


def test_own_rules(folder):
    """The rules that Cordon carries are silent and green, from the folder and from inside the program."""
    rules = os.path.join(ROOT, "rules")
    for args in (["rules", "check"], ["rules", "check", rules]):
        r = cordon(*args)
        expect("exit", r.returncode, 0)
        expect("remarks", r.stdout, "")
    r = cordon("rules", "test", rules)
    expect("exit", (r.returncode, r.stderr), (0, r.stderr))
    has("tested", r.stderr, " 0 failures; 0 rule files have no events")


def test_list(folder):
    rules = write_rule(folder, "rules", GOOD)
    has("text", cordon("rules", "list", rules).stdout, "high  11111111-1111-4111-8111-111111111111  Whoami runs  (")
    rule = json.loads(cordon("rules", "list", "-t", "jsonl", rules).stdout)
    expect("jsonl", (rule["title"], rule["level"], rule["author"], rule["tags"], rule["line"]), ("Whoami runs", "high", "A. Nobody", ["attack.discovery"], 1))
    r = cordon("rules", "list", write_rule(folder, "none", "title: x\n"))
    expect("no usable rule", r.returncode, 3)


def whoami(record, image="C:\\Windows\\System32\\whoami.exe"):
    return event(record, channel="Microsoft-Windows-Sysmon/Operational", event_id=1, data={"Image": image})


def test_test(folder):
    rules = write_rule(folder, "rules", GOOD, "a.yml")
    write_rule(folder, "rules", MANY, "m.yml")
    write_events(rules, "a.match.jsonl", [whoami(1), whoami(2)])
    write_events(rules, "a.nomatch.jsonl", [whoami(3, "x.exe")])
    write_events(rules, "m.match.jsonl", [whoami(1), whoami(2, "x.exe"), whoami(3)])
    write_events(rules, "m.nomatch.jsonl", [whoami(1)])
    r = cordon("rules", "test", rules)
    expect("good", (r.returncode, r.stderr.splitlines()[-1]), (0, "2 rule files tested over 7 events, 0 failures; 0 rule files have no events beside them"))
    with open(os.path.join(rules, "a.match.jsonl"), "a", encoding="utf-8") as f:
        f.write("\n" + json.dumps(whoami(4, "y.exe")) + "\n")
    write_events(rules, "m.nomatch.jsonl", [whoami(1), whoami(2)])
    r = cordon("rules", "test", rules)
    expect("exit", r.returncode, 3)
    has("line", r.stderr, f"{rules}/a.match.jsonl:4: the rule does not match this event")
    has("correlation", r.stderr, f"{rules}/m.nomatch.jsonl: the correlation has a finding over these events")


def test_pack(folder):
    """A pack is as good as its folder."""
    rules = write_rule(folder, "rules", GOOD, "a.yml")
    write_rule(os.path.join(folder, "rules"), "sub", MANY, "m.yml")
    pack = os.path.join(folder, "rules.pack")
    expect("pack", cordon("rules", "pack", rules, "-o", pack).returncode, 0)
    expect("no overwriting", cordon("rules", "pack", rules, "-o", pack).returncode, 2)
    with open(pack, "rb") as f:
        expect("nothing readable", b"whoami" in f.read(), False)
    logs = write_events(folder, "e.jsonl", [whoami(1), whoami(2)])
    one, two = (cordon("detect", logs, "-r", r, "-t", "jsonl").stdout for r in (rules, pack))
    expect("findings", two, one)
    expect("how many", len(one.splitlines()), 3)
    expect("an empty folder", cordon("rules", "pack", os.path.join(folder, "rules", "none"), "-o", pack, "-C").returncode, 2)


def test_explain(folder):
    rules = write_rule(folder, "rules", GOOD, "a.yml")
    logs = write_events(folder, "e.jsonl", [whoami(7), whoami(8, "C:\\x.exe")])
    r = cordon("rules", "explain", os.path.join(rules, "a.yml"), "--event", logs + ":7")
    expect("exit", r.returncode, 0)
    has("held", r.stdout, '+ selection: Image ends with "\\whoami.exe"')
    r = cordon("rules", "explain", "11111111-1111-4111-8111-111111111111", "-r", rules, "--event", logs + ":8")
    has("did not hold", r.stdout, '- selection: Image ends with "\\whoami.exe"   value "C:\\x.exe"')
    expect("no such record", cordon("rules", "explain", "Whoami runs", "-r", rules, "--event", logs + ":99").returncode, 2)
    expect("no such rule", cordon("rules", "explain", "Nothing", "-r", rules, "--event", logs + ":7").returncode, 3)
    expect("no event", cordon("rules", "explain", "Whoami runs", "-r", rules).returncode, 2)


def test_explain_spellings(folder):
    """A value that `windash` unfolds is one line, with the spelling that held; what the field holds instead is said once."""
    rule = GOOD.replace("Image|endswith: '\\whoami.exe'",
                        "CommandLine|windash|contains:\n            - ' -a -b'\n            - '* -c?x'\n            - ' d'")
    expect("rule made", "windash" in rule, True)
    rules = write_rule(folder, "rules", rule, "a.yml")
    lines = {}
    for n, command in ((1, "x /a \u2013b"), (2, "nothing")):
        e = event(n, data={"NewProcessName": "C:\\x.exe", "CommandLine": command})
        r = cordon("rules", "explain", os.path.join(rules, "a.yml"), "--event", write_events(folder, f"{n}.jsonl", [e]) + f":{n}")
        lines[n] = r.stdout.splitlines()[-3:]
    expect("held", lines[1], ['  + CommandLine contains " /a \u2013b" (in 25 spellings of the dash)   value "x /a \u2013b"',
                              '  - CommandLine is like "* -c?x*" (in 5 spellings of the dash)   value "x /a \u2013b"', '  - CommandLine contains " d"'])
    expect("did not hold", lines[2], ['  - CommandLine contains " -a -b" (in 25 spellings of the dash)   value "nothing"',
                                      '  - CommandLine is like "* -c?x*" (in 5 spellings of the dash)', '  - CommandLine contains " d"'])


def test_explain_standard_input(folder):
    if not os.path.exists("/proc/self/fd"):
        raise Skip("/proc is not mounted here")
    r = cordon("rules", "explain", "Whoami runs", "-r", write_rule(folder, "rules", GOOD, "a.yml"), "--event", "-", stdin=json.dumps(whoami(9)))
    has("standard input", r.stdout, "+ selection")


def test_public_rules(folder):
    """Of the public rules none is refused in error, and of unsupported/ exactly those that say so themselves."""
    r = cordon("rules", "check", *(data("sigma-rules", d) for d in ("rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder")))
    has("public", r.stderr, "2881 rules loaded (0 refused)")
    has("correlation", cordon("rules", "check", data("sigma-rules", "correlation")).stderr, "6 rules loaded (0 refused)")
    r = cordon("rules", "check", data("sigma-rules", "unsupported"), "-t", "jsonl")
    has("unsupported", r.stderr, "3 rules loaded (50 refused)")
    errors = [d for d in map(json.loads, r.stdout.splitlines()) if d["severity"] == "error"]
    expect("their reason", {d["code"] for d in errors}, {"status-unsupported"})
    expect("with the construct", sum("aggregation" in d["what"] or "timeframe" in d["what"] or "action" in d["what"] for d in errors), 28)
    r = cordon("rules", "check", data("sigma-rules", "spec-examples"), "-t", "jsonl")
    errors = {d["code"] for d in map(json.loads, r.stdout.splitlines()) if d["severity"] == "error"}
    expect("examples that name rules that are not there, or no percentile", errors, {"unknown-rule", "no-percentile"})


main(sys.modules[__name__])
