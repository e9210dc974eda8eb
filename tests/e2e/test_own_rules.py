"""Cordon's own rules: sound, green over the events beside them, and right on real logs."""
import glob
import json
import os
import re
import sys

import e2e

RULES = os.path.join(e2e.ROOT, "rules")
LEVEL = {"conclusive": {"critical"}, "strong": {"high"}, "weak": {"medium", "low", "informational"}}
STAGES = {"arrival", "installation", "persistence", "injection", "evasion", "discovery", "theft", "c2", "lateral", "other"}


def rule_files():
    return sorted(f for f in glob.glob(os.path.join(RULES, "*", "*.yml")) if os.path.basename(os.path.dirname(f)) != "mapping")


def head(path):
    """The first document, which carries the meaning: a correlation stands before the rule it counts."""
    with open(path, encoding="utf-8") as f:
        return f.read().split("\n---\n")[0]


def value(text, key):
    m = re.search(rf"^\s*{key}: (.+)$", text, re.M)
    return m.group(1).strip() if m else None


def findings(*path):
    r = e2e.cordon("detect", e2e.data(*path), "-r", RULES, "-t", "jsonl", "-q")
    e2e.expect("exit of detect", r.returncode, 4 if "tricky" in path else 0)  # those are damaged on purpose
    return [json.loads(line) for line in r.stdout.splitlines()]


def ids_of(*names):
    return {value(head(os.path.join(RULES, n + ".yml")), "id") for n in names}


def signs():
    return {value(head(p), "id"): value(head(p), "sign") for p in rule_files()}


def test_check_has_nothing_to_say(_):
    r = e2e.cordon("rules", "check", RULES)
    e2e.expect("exit", r.returncode, 0)
    e2e.has("count", r.stdout + r.stderr, "0 errors, 0 warnings, 0 notes")


def test_events_beside_the_rules(_):
    r = e2e.cordon("rules", "test", RULES)
    e2e.expect("exit", r.returncode, 0)
    e2e.has("count", r.stdout + r.stderr, "0 failures; 0 rule files have no events beside them")


def test_meaning_of_each_rule(_):
    """The key cordon is whole, its stage is the folder's, the level follows the grade; ids are unique."""
    seen = {}
    for path in rule_files():
        name = os.path.relpath(path, RULES)
        text = head(path)
        stage = name.split(os.sep)[0]
        e2e.expect(name + ": stage", value(text, "stage"), stage)
        if stage not in STAGES:
            raise AssertionError(name + ": no such stage")
        if not re.fullmatch(r"[A-Z0-9]+[a-z]?[0-9]*[a-z]?", value(text, "sign") or ""):
            raise AssertionError(name + ": no sign")
        grade = value(text, "grade")
        if value(text, "level") not in LEVEL.get(grade, ()):
            raise AssertionError(f"{name}: level {value(text, 'level')} does not fit grade {grade}")
        if stage == "other" and value(text, "group") is None:
            raise AssertionError(name + ": signs of stage other name their group")
        with open(path, encoding="utf-8") as f:
            for uuid in re.findall(r"^id: (.+)$", f.read(), re.M):
                if uuid in seen:
                    raise AssertionError(f"{name} and {seen[uuid]} have one id")
                seen[uuid] = name


def test_real_emotet_logs_speak(_):
    """Three logs of one real Emotet start: each alone gives its sign."""
    folder = ("evtx", "attack", "evtx-attack-samples", "Other", "emotet")
    downloads = ids_of("arrival/joined_script_downloads_powershell_800")
    for name, wanted in (("exec_emotet_ps_800_new-item", downloads),
                         ("exec_emotet_ps_800_invoke-item", downloads | ids_of("arrival/joined_script_starts_download")),
                         ("exec_emotet_sysmon_1", ids_of("arrival/script_host_starts_misnamed_program",
                                                         "arrival/script_host_starts_program_in_user_folder"))):
        e2e.expect(name, {f["rule_id"] for f in findings(*folder, name + ".evtx")}, wanted)


def test_manual_says_what_was_seen_on_real_logs(_):
    """docs/verdicts.md has "yes" for exactly those signs that logs of real machines show."""
    seen = set()
    for path in (("evtx", "attack"), ("evtx", "sigma-regression"), ("evtx", "tricky"), ("hosts", "aptsim"), ("json", "splunk"), ("json", "otrf")):
        seen |= {signs()[f["rule_id"]] for f in findings(*path)}
    with open(os.path.join(e2e.ROOT, "docs", "verdicts.md"), encoding="utf-8") as f:
        rows = [line.split(" | ") for line in f.read().split("\n## Signs\n")[1].splitlines() if re.match(r"\| [A-Z0-9]+[a-d]? \| ", line)]
    e2e.expect("signs", {r[0][2:] for r in rows if r[6] == "yes"}, seen)


def test_clean_host_is_silent(_):
    e2e.expect("findings", [f["rule_title"] for f in findings("hosts", "clean-win10")], [])


def test_intruder_shows_without_sysmon(_):
    """The simulated intruder leaves five groups of strong signs in logs that are on by default."""
    found = {f["rule_id"] for f in findings("hosts", "aptsim") if f["channel"] != "Microsoft-Windows-Sysmon/Operational"}
    wanted = ids_of("other/guest_account_enabled", "other/guest_account_made_administrator", "other/wmi_consumer_runs_code",
                    "other/defender_threat_set_to_allow", "other/netcat_shell_in_powershell", "other/defender_names_hosts_file_hijack")
    e2e.expect("missing", wanted - found, set())


if __name__ == "__main__":
    e2e.main(sys.modules[__name__])
