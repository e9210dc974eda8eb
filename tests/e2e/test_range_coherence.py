"""Do the events of a scenario agree with each other over channels and hosts, and its truth with its schema?"""

import collections
import datetime
import json
import os
import shutil
import zlib

import e2e

PROFILES = ("a0", "a1", "a2")
DAY = ("2026-03-02T23:00", "2026-03-03T23:00")  # of the scenarios, in UTC
DENSITY = 2000
SYSTEM_LOGON = "0x3e7"


class Event:
    def __init__(self, line):
        e = json.loads(line)["Event"]
        s = e["System"]
        self.channel, self.computer, self.record = s["Channel"], s["Computer"], s["EventRecordID"]
        self.id = s["EventID"]["#text"] if isinstance(s["EventID"], dict) else s["EventID"]
        self.time = s["TimeCreated"]["#attributes"]["SystemTime"]
        self.data = e.get("EventData") or {}
        self.host = self.computer.partition(".")[0]

    def __getitem__(self, name):
        return self.data.get(name)

    def seconds(self):
        when = datetime.datetime.fromisoformat(self.time[:19] + "+00:00").timestamp()
        return when + float("0" + self.time[19:].rstrip("Z"))


class Played:
    """A scenario's events by number, its truth, and the names of its infected hosts."""

    def __init__(self, folder, name, profile, seed="3"):
        to = os.path.join(folder, f"{name}-{profile}")
        r = e2e.cordon("range", "-s", name, "--seed", seed, "--profile", profile, "-o", to)
        e2e.expect("exit", r.returncode, 0)
        self.what, self.profile = f"{name} {profile}", profile
        with open(os.path.join(to, "truth.json"), encoding="utf-8") as f:
            self.truth = json.load(f)
        self.logs = collections.defaultdict(list)
        self.by_id = collections.defaultdict(list)
        for line in e2e.cordon("decode", "-q", os.path.join(to, "evidence")).stdout.split("\n"):
            if line:
                e = Event(line)
                self.logs[e.computer, e.channel].append(e)
                self.by_id[e.channel, e.id].append(e)
        self.verdict = {h["host"]: h["verdict"] for h in self.truth["hosts"]}

    def security(self, number):
        return self.by_id["Security", number]

    def sysmon(self, number):
        return self.by_id["Microsoft-Windows-Sysmon/Operational", number]


def every(folder, check):
    names = [n for n in e2e.scenarios() if n != "demo"]
    e2e.expect("there are scenarios", len(names) > 3, True)
    for name in names:
        for profile in PROFILES:
            check(Played(folder, name, profile))
            shutil.rmtree(os.path.join(folder, f"{name}-{profile}"))


def check_logs(p):
    """Numbers run on and times never go back; logs reach back far enough, and nobody writes more than the density."""
    today = collections.Counter()
    for log, events in p.logs.items():
        for a, b in zip(events, events[1:]):
            e2e.expect(f"{p.what} {log} numbers", b.record, a.record + 1)
            e2e.expect(f"{p.what} {log} times {a.record}", a.time <= b.time, True)
        today[log[0]] += sum(DAY[0] <= e.time < DAY[1] for e in events)
        if log[1] in ("Security", "System", "Microsoft-Windows-Windows Defender/Operational"):
            e2e.expect(f"{p.what} {log} begins", events[0].time < "2026-03-01T08:12", True)
    for host, n in today.items():
        e2e.expect(f"{p.what} {host}: {n} events", n <= DENSITY, True)
    e2e.expect(f"{p.what} hosts", {h["names"][1] for h in p.truth["hosts"]}, set(today))


def check_signs_of_life(p):
    for h in p.truth["hosts"]:
        log = p.logs[h["names"][1], "Microsoft-Windows-Windows Defender/Operational"]
        alive = [e.seconds() for e in log if e.id == 1150]
        e2e.expect(f"{p.what} {h['host']} antivirus", max(b - a for a, b in zip(alive, alive[1:])) < 3700, True)
        e2e.expect(f"{p.what} {h['host']} updates", sum(e.id == 2000 for e in log), 3)
        if p.profile == "a0":
            continue
        audit = p.logs[h["names"][1], "Security"]
        e2e.expect(f"{p.what} {h['host']} programs", any(e.id == 4688 and e["CommandLine"] for e in audit), True)
        e2e.expect(f"{p.what} {h['host']} tasks", any(e.id == 4698 and e.time >= DAY[0] for e in audit), True)


def check_logons(p):
    """Sessions end, administrators' rights are told, and who keeps an account vouched for whoever came with it over the
    network: the controller, or the machine itself (of which workstations say nothing by default)."""
    ended = {(e.host, e["TargetLogonId"]): e for e in p.security(4634)}
    rights = {(e.host, e["SubjectLogonId"]) for e in p.security(4672)}
    tickets = {e["LogonGuid"] for e in p.security(4769)}
    validated = {(e.host, e["TargetUserName"], e["Workstation"]) for e in p.security(4776) if e["Status"] == "0x0"}
    for e in p.security(4624):
        key = (e.host, e["TargetLogonId"])
        what = f"{p.what} {key} type {e['LogonType']}"
        if e["TargetLogonId"] != SYSTEM_LOGON:
            e2e.expect(what + " ends", key in ended and ended[key].time >= e.time, True)
        if e["ElevatedToken"] == "%%1842":
            e2e.expect(what + " rights", key in rights, True)
        if e["LogonProcessName"] == "Kerberos":
            e2e.expect(what + " ticket", e["LogonGuid"] in tickets, True)
        if e["LogonProcessName"] == "NtLmSsp ":
            own = e["TargetDomainName"] == e.host
            keeper = (e.host if own else "DC01", e["TargetUserName"], e["WorkstationName"])
            silent = own and p.profile == "a0" and e.host.startswith("WS")
            e2e.expect(what + " validation", keeper in validated, not silent)
    sessions = {(e.host, e["TargetLogonId"]): e for e in p.security(4624)}
    for e in p.security(5140) + p.security(5145):
        s = sessions[e.host, e["SubjectLogonId"]]
        e2e.expect(f"{p.what} share {e.record}", (s["IpAddress"], s["IpPort"]), (e["IpAddress"], e["IpPort"]))
        e2e.expect(
            f"{p.what} share {e.record} within", s.time <= e.time <= ended[e.host, e["SubjectLogonId"]].time, True
        )


def check_services(p):
    made = p.by_id["System", 7045]
    if p.profile != "a0":
        told = {(e.host, e["ServiceName"], e["ServiceFileName"]) for e in p.security(4697)}
        for e in made:
            e2e.expect(f"{p.what} 4697 of {e['ServiceName']}", (e.host, e["ServiceName"], e["ImagePath"]) in told, True)
    failed = {(e.host, e["param1"]) for e in p.by_id["System", 7000]}
    e2e.expect(f"{p.what} 7000 and 7009", {(e.host, e["param2"]) for e in p.by_id["System", 7009]}, failed)


LOCKED_AFTER = 5  # wrong passwords


def check_lockouts(p):
    """Who is locked out by an infected host had five wrong passwords from there since the last time; D2 locks four."""
    locked = [e for e in p.security(4740) if p.verdict.get(e["TargetDomainName"]) == "infected"]
    if p.what.startswith("d2"):
        e2e.expect(f"{p.what} locked", len({e["TargetUserName"] for e in locked}), 4)
        e2e.expect(f"{p.what} lock-outs", len(locked), 4)
    if p.profile == "a0":
        return  # what the controller refuses is off by default
    since = {}
    for e in sorted(locked, key=lambda e: e.time):
        who, source = e["TargetUserName"], e["TargetDomainName"]
        wrong = [
            f
            for f in p.security(4776)
            if (f["TargetUserName"], f["Workstation"], f["Status"]) == (who, source, "0xc000006a")
            and since.get(who, "") < f.time <= e.time
        ]
        e2e.expect(f"{p.what} {who} locked at {e.time}", len(wrong), LOCKED_AFTER)
        since[who] = e.time


def check_processes(p):
    """One start in two logs has one number; a parent was there before its child."""
    audited = {(e.host, int(e["NewProcessId"], 16), e["CommandLine"]) for e in p.security(4688)}
    seen = {}
    for e in sorted(p.sysmon(1), key=lambda e: e.time):
        e2e.expect(f"{p.what} {e['CommandLine']}", (e.host, e["ProcessId"], e["CommandLine"] or "") in audited, True)
        parent = seen.get(e["ParentProcessGuid"])
        if parent:
            e2e.expect(f"{p.what} parent of {e['CommandLine']}", (e["ParentProcessId"], e["ParentImage"]), parent)
        e2e.expect(f"{p.what} new process", e["ProcessGuid"] in seen, False)
        seen[e["ProcessGuid"]] = (e["ProcessId"], e["Image"])
    e2e.expect(f"{p.what} process starts", len(p.sysmon(1)), len(p.security(4688)))


def check_quiet(p):
    """Noise makes no network logon from an infected host to one that is attacked or clean."""
    address = {e["SourceIp"]: e.host for e in p.sysmon(3) if e["Initiated"] is True}
    for e in p.security(4624):
        source = address.get(e["IpAddress"])
        if e["LogonType"] in (3, 10) and source and p.verdict[source] == "infected" and source != e.host:
            e2e.expect(f"{p.what} {source} to {e.host}", p.verdict[e.host] not in ("attacked", "clean"), True)


def check_registry_names(p):
    """Names of Qakbot's registry values are those of the host they stand on."""
    serial = {h["names"][1]: h["volume_serial"] for h in p.truth["hosts"]}
    user = {}
    for e in p.security(4624):
        user[e["TargetUserSid"]] = e["TargetUserName"]
    checked = 0
    for e in p.sysmon(13):
        key, _, name = e["TargetObject"].rpartition("\\")
        if e["Details"] != "Binary Data" or "\\SOFTWARE\\Microsoft\\" not in key:
            continue
        who = "SYSTEM" if ".DEFAULT" in key else user[key.split("\\")[1]]
        h = zlib.crc32(f"{e.host}{serial[e.computer]}{who}".upper().encode("utf-16-le"))
        names = {format(zlib.crc32(i.to_bytes(4, "little"), h), "x") for i in range(255)}
        e2e.expect(f"{p.what} {e['TargetObject']}", name in names, True)
        checked += 1
    if p.what.startswith("d1"):
        e2e.expect(f"{p.what} names", checked >= 4 * 9, True)


WORDS = "duck mfidl targets ptr khmer purge pdeft violet thunk".split()  # the part of the list that is public


def check_emotet_names(p):
    """Every host with Emotet has its service under the two words of its own volume's serial number."""
    made = {(e.host, e["ServiceName"], (e["ImagePath"] or "").strip('"').lower()) for e in p.by_id["System", 7045]}
    for h in p.truth["hosts"]:
        serial, n = int(h["volume_serial"]), len(WORDS)
        name = WORDS[serial % n] + WORDS[(0xFFFFFFFF - serial // n) % n]
        there = (h["host"], name, f"c:\\windows\\syswow64\\{name}.exe") in made
        e2e.expect(f"{p.what} {h['host']} {name}", there, "Emotet" in h["families"])


def check_truth(p):
    names = set(p.verdict)
    for edge in p.truth["spread"]:
        e2e.expect(f"{p.what} {edge}", {edge["from"], edge["to"]} <= names, True)
    for zero in p.truth["patient_zero"]:
        e2e.expect(f"{p.what} {zero}", p.verdict[zero["host"]], "infected")


def test_every_scenario(folder):
    everywhere = (
        check_logs,
        check_signs_of_life,
        check_logons,
        check_lockouts,
        check_services,
        check_emotet_names,
        check_truth,
    )
    with_sysmon = (check_processes, check_quiet, check_registry_names)
    every(folder, lambda p: [check(p) for check in everywhere + (with_sysmon if p.profile == "a2" else ())])


def test_truth_has_its_schema(folder):
    try:
        import jsonschema
    except ImportError as e:
        raise e2e.Skip("no python3-jsonschema") from e
    with open(os.path.join(e2e.ROOT, "docs", "truth.schema.json"), encoding="utf-8") as f:
        validator = jsonschema.Draft202012Validator(json.load(f))
    for name in e2e.scenarios()[1:]:
        r = e2e.cordon("range", "-s", name, "--density", "100", "-o", folder)
        e2e.expect("exit", r.returncode, 0)
        with open(os.path.join(folder, "truth.json"), encoding="utf-8") as f:
            e2e.expect(name, [m.message for m in validator.iter_errors(json.load(f))], [])


if __name__ == "__main__":
    import sys

    e2e.main(sys.modules[__name__])
