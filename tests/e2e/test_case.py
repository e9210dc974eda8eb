"""A case from outside: what lies in it, what stays the same, what hostile evidence and a full disk cannot do to it."""
import base64
import fcntl
import gzip
import hashlib
import json
import os
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from html.parser import HTMLParser

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import CORDON, ROOT, Skip, cordon, event, expect, has, main, terminal, write_events, write_rule  # noqa: E402

PRODUCTS = ("findings.jsonl", "report.html", "summary.json")
RULE = """
title: Odd program <script>alert(2)</script>
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


def evidence(folder):
    """An incident on one host among others: made by the program, so that it is real EVTX."""
    expect("range", cordon("range", "--scenario", "demo", "--seed", "7", "-o", os.path.join(folder, "range")).returncode, 0)
    return os.path.join(folder, "range", "evidence")


def case_of(folder, logs, *more, name="case"):
    where = os.path.join(folder, name)
    r = cordon("investigate", logs, "-o", where, *more)
    expect("exit of investigate: " + r.stderr, r.returncode, 0)
    return where, r


def products(case):
    out = {}
    for name in PRODUCTS:
        with open(os.path.join(case, name), "rb") as f:
            out[name] = f.read()
    return out


def summary(case):
    with open(os.path.join(case, "summary.json"), encoding="utf-8") as f:
        return json.load(f)


def host_of(case, name):
    return next(h for h in summary(case)["hosts"] if h["host"] == name)


def no_parts(case):
    """Nothing half-written stays behind."""
    expect("left over", [n for n in os.listdir(case) if n.endswith(".part")], [])


class Page(HTMLParser):
    """What a browser would make of report.html: its tags, its text, and the links within it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.links, self.open, self.scripts = [], set(), [], [], []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        for key, value in attrs:
            if key == "id":
                if value in self.ids:
                    raise AssertionError("id twice: " + value)
                self.ids.add(value)
            if key == "href":
                self.links.append(value)
            if key.startswith("on") or key in ("style", "src", "srcset", "action"):
                raise AssertionError(f"<{tag} {key}={value!r}>")
        if tag not in ("meta", "link", "br", "input", "hr", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        expect("end of " + tag, self.open.pop(), tag)

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            self.scripts.append((self.open[-1], data))
        else:
            self.text += data


def page_of(case):
    with open(os.path.join(case, "report.html"), encoding="utf-8", errors="strict") as f:
        return Page(f.read())


def test_what_lies_in_it(folder):
    case, r = case_of(folder, evidence(folder))
    expect("files", sorted(os.listdir(case)), ["case.sqlite", *PRODUCTS])
    has("stderr", r.stderr, f"Report: {case}/report.html\n")
    has("stdout", r.stdout, "infected    WS03")
    s = summary(case)
    expect("worst first", s["hosts"][0]["host"], "WS03")
    expect("of the window", s["window"]["to"], s["now"])
    with open(os.path.join(case, "findings.jsonl"), encoding="utf-8") as f:
        findings = [json.loads(line) for line in f]
    ids = {f["id"] for f in findings}
    expect("findings are there once", len(ids), len(findings))
    for host in s["hosts"]:
        for stage, of in host["stages"].items():
            expect(f"findings of {stage}", sorted(set(of) - ids), [])
        for reason in host["reasons"]:
            expect("findings of a reason", sorted(set(reason["findings"]) - ids), [])
    signs = [f for f in findings if f["sign"]]
    expect("signs have stages", [f["id"] for f in signs if not f["stage"]], [])
    if not signs:
        raise AssertionError("no finding has a sign")
    db = sqlite3.connect(f"file:{case}/case.sqlite?mode=ro", uri=True)
    expect("whole", db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
    db.close()


def test_findings_are_those_of_detect(folder):
    logs = evidence(folder)
    case, _ = case_of(folder, logs)
    detect = [json.loads(line) for line in cordon("detect", logs, "--dedupe", "-t", "jsonl").stdout.splitlines()]
    with open(os.path.join(case, "findings.jsonl"), encoding="utf-8") as f:
        kept = [json.loads(line) for line in f]
    for f in kept:
        for key in ("host", "sign", "stage", "copies"):
            f.pop(key, None)
        for place in [f] + f.get("events", []):
            place.get("evidence", {}).pop("sha256", None)
    def order(f):
        return f["time"], f["computer"], f["channel"], f.get("record_id", 0), f["id"]
    detect.sort(key=order)
    expect("ids, in order", [f["id"] for f in kept], [f["id"] for f in detect])
    for one, other in zip(kept, detect):
        expect("finding", one, other)


def test_evidence_is_where_it_is_said(folder):
    """Each record that a reason names lies in the file that it names, under its number (law 5)."""
    expect("range", cordon("range", "--scenario", "d1", "--profile", "a1", "--seed", "3", "-o", folder).returncode, 0)
    logs = os.path.join(folder, "evidence")
    case, _ = case_of(folder, logs)
    there = {}
    for name in {x["path"] for x in summary(case)["inputs"]}:
        for line in cordon("decode", os.path.join(logs, name)).stdout.splitlines():
            s = json.loads(line)["Event"]["System"]
            number = s["EventID"]
            there[name, s["EventRecordID"]] = (s["Channel"], number if isinstance(number, int) else number["#text"], s["Computer"])
    n = 0
    for host in summary(case)["hosts"]:
        for reason in host["reasons"]:
            for e in reason["evidence"]:
                expect(f"{reason['text']}: {e}", there.get((e["path"], e["record_id"])), (e["channel"], e["event_id"], e["computer"]))
                n += 1
    if n < 100:
        raise AssertionError(f"only {n} records are named")


def test_again_changes_nothing(folder):
    logs = evidence(folder)
    case, first = case_of(folder, logs)
    before = products(case)
    _, second = case_of(folder, logs, "--threads", "3")
    expect("files", products(case), before)
    expect("answer", second.stdout, first.stdout)
    third = cordon("investigate", "-o", case)
    expect("judged again", (third.returncode, third.stdout), (0, first.stdout))
    expect("files", products(case), before)
    expect("shown", cordon("show", case).stdout, first.stdout)
    expect("without a case", cordon("investigate", logs).stdout, first.stdout)


def test_parts_make_the_whole(folder):
    logs = evidence(folder)
    whole, _ = case_of(folder, logs)
    names = sorted(os.path.join(d, f) for d, _, files in os.walk(logs) for f in files)
    halves = [os.path.join(folder, "half1"), os.path.join(folder, "half2")]
    for i, name in enumerate(names):
        to = os.path.join(halves[i % 2], os.path.relpath(name, logs))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        os.link(name, to)
    part, _ = case_of(folder, halves[1], name="parts")
    case_of(folder, halves[0], name="parts")
    expect("files", products(part), products(whole))


def test_nothing_stays_without_a_case(folder):
    logs = evidence(folder)
    tmp = os.path.join(folder, "tmp")
    os.mkdir(tmp)
    r = cordon("investigate", logs, "--tmp", tmp)
    expect("exit", r.returncode, 0)
    expect("below --tmp", os.listdir(tmp), [])
    if "Report:" in r.stderr:
        raise AssertionError(r.stderr)


def test_summary_is_as_documented(folder):
    try:
        import jsonschema
    except ImportError as e:
        raise Skip("python3-jsonschema is not installed") from e
    with open(os.path.join(ROOT, "docs", "summary.schema.json"), encoding="utf-8") as f:
        check = jsonschema.Draft202012Validator(json.load(f))
    case, _ = case_of(folder, evidence(folder), "--dwell", "3d", "--to", "2030-01-01")
    cordon("note", case, "WS03", "seen")
    cordon("override", case, "WS01", "clean", "--why", "rebuilt")
    s = summary(case)
    check.validate(s)
    expect("dwell", s["provenance"]["dwell_seconds"], 3 * 86400)
    broken = dict(s, hosts=[dict(s["hosts"][0], verdict="guilty")])
    expect("the schema can fail", check.is_valid(broken), False)


def test_report_is_one_closed_page(folder):
    case, _ = case_of(folder, evidence(folder))
    page = page_of(case)
    expect("all closed", page.open, [])
    for link in page.links:
        if not link.startswith("#") or link[1:] not in page.ids:
            raise AssertionError("link to nowhere: " + link)
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    has("policy", policy, "default-src 'none'")
    for kind, text in page.scripts:
        digest = hashlib.sha256(text.encode()).digest()
        has(kind, policy, f"{kind}-src 'sha256-{base64.b64encode(digest).decode()}'")
    expect("one script, one style", sorted(k for k, _ in page.scripts), ["script", "style"])
    has("plain words", page.text, "What to do next")
    has("evidence", page.text, "at byte ")


def test_hostile_evidence(folder):
    logs = os.path.join(folder, "logs")
    os.mkdir(logs)
    evil = "<script>alert(1)</script>\x1b[31m\"'><img src=x onerror=alert(1)>'; DROP TABLE finding; --\u202e"
    events = [event(i, computer=evil if i % 2 else "WS01", data={"NewProcessName": "C:\\odd.exe", evil: evil, "User": "'--"})
              for i in range(1, 9)]
    write_events(logs, "a.jsonl", events)
    rules = write_rule(folder, "r", RULE)
    case, r = case_of(folder, logs, "-r", rules)
    shown = cordon("show", case).stdout + cordon("show", case, "..").stdout + cordon("show", case, evil).stdout
    for text in (r.stdout, r.stderr, shown):
        if "\x1b" in text or "\u202e" in text:
            raise AssertionError(repr(text))
    has("finding", cordon("show", case, evil, "--findings").stdout, "Odd program")
    note = cordon("note", case, evil, evil)
    expect("note: " + note.stderr, note.returncode, 0)
    page = page_of(case)
    expect("all closed", page.open, [])
    expect("scripts", [t for t, _ in page.tags if t in ("script", "img")], ["script"])
    has("shown as text", page.text, "<script>alert(1)</script>")
    summary(case)
    db = sqlite3.connect(f"file:{case}/case.sqlite?mode=ro", uri=True)
    expect("tables are whole", db.execute("SELECT count(*) FROM finding").fetchone()[0] > 0, True)
    db.close()


def test_what_an_analyst_says_stays(folder):
    logs = evidence(folder)
    case, _ = case_of(folder, logs)
    r = cordon("note", case, "ws03", "user opened an invoice")
    expect("note: " + r.stderr, r.returncode, 0)
    has("note", r.stderr, "Noted of WS03, which is infected.")
    r = cordon("override", case, "WS03", "clean", "--why", "pentest <b>of the morning</b>")
    expect("override: " + r.stderr, r.returncode, 0)
    has("override", r.stderr, "WS03 is clean by your word; Cordon's own word is infected.")
    for step in ("said", "judged again", "read again"):
        h = host_of(case, "WS03")
        expect(step, (h["verdict"], h["judged"], h["override"]["why"]), ("clean", "infected", "pentest <b>of the morning</b>"))
        expect(step, [n["text"] for n in h["notes"]], ["user opened an invoice"])
        has(step, page_of(case).text, "pentest <b>of the morning</b>")
        has(step, cordon("show", case, "WS03").stdout, "user opened an invoice")
        cordon("investigate", *([logs] if step == "judged again" else []), "-o", case)
    r = cordon("override", case, "WS03", "none", "--why", "was none")
    expect("taken back", r.returncode, 0)
    has("taken back", r.stderr, "WS03 is infected, as Cordon says; nothing overrides it.")
    h = host_of(case, "WS03")
    expect("back", (h["verdict"], h["override"]), ("infected", None))


def test_time_without_findings(folder):
    case, _ = case_of(folder, evidence(folder))
    r = cordon("show", case, "2031-01-01..")
    expect("exit", (r.returncode, r.stdout), (0, ""))
    has("told", r.stderr, "No rule found anything in that time.")


def test_what_cannot_be_said(folder):
    case, _ = case_of(folder, evidence(folder))
    before = products(case)
    for args, says in (
        (("note", case, "WS0", "x"), "did you mean"),
        (("note", case, "WS03", ""), "the note is empty"),
        (("override", case, "WS03", "guilty", "--why", "x"), "guilty is no verdict"),
        (("override", case, "WS03", "clean"), "say why"),
        (("note", folder, "WS03", "x"), "holds no case"),
        (("show", folder), "holds no case"),
        (("show", case, "abcdef0123"), "neither a host nor a finding"),
        (("show", case, "yesterday..today"), "wanted are times"),
        (("show", case, "2026-03-04..2026-03-03"), "ends before it begins"),
        (("show", case, "2026-03-03"), "a range is wanted: 2026-03-03..2026-03-03"),
        (("investigate", "-o", folder), "holds no case"),
        (("investigate", "-o", case, "--from", "2026-01-01"), "--from needs PATH"),
        (("investigate",), "PATH... is missing"),
        (("investigate", "-o", case, "--dwell", "soon"), "--dwell wants a time"),
    ):
        r = cordon(*args)
        expect(f"exit of {args}", r.returncode, 2)
        has(f"{args}", r.stderr, says)
    expect("files", products(case), before)


def test_show_finds_things(folder):
    case, _ = case_of(folder, evidence(folder))
    h = host_of(case, "WS03")
    finding = next(r["findings"][0] for r in h["reasons"] if r["findings"])
    has("by the beginning of its id", cordon("show", case, finding[:10]).stdout, finding)
    host = cordon("show", case, "ws03").stdout
    has("reasons", host, h["reasons"][0]["text"])
    day = h["first_evidence"][:10]
    lines = cordon("show", case, f"{day}..{day}", "--format", "jsonl").stdout.splitlines()
    expect("findings of the day", {json.loads(x)["time"][:10] for x in lines}, {day})
    expect("another day", cordon("show", case, "..2001-01-01").stdout, "")
    hosts = [json.loads(x) for x in cordon("show", case, "--format", "jsonl").stdout.splitlines()]
    expect("hosts", hosts, summary(case)["hosts"])


def test_damage_is_told(folder):
    logs = evidence(folder)
    packed = gzip.compress(b"".join(json.dumps(event(i)).encode() + b"\n" for i in range(3000)))
    with open(os.path.join(logs, "cut.jsonl.gz"), "wb") as f:
        f.write(packed[:len(packed) // 2])
    case = os.path.join(folder, "case")
    r = cordon("investigate", logs, "-o", case)
    expect("exit", r.returncode, 4)
    bad = [i["path"] for i in summary(case)["inputs"] if i["error"] or i["damage"]]
    expect("inputs", bad and bad[0].startswith("cut.jsonl.gz"), True)
    has("report", page_of(case).text, "Damaged or not read to the end")


def test_settings_stay(folder):
    logs = evidence(folder)
    context = os.path.join(folder, "network.yml")
    with open(context, "w", encoding="utf-8") as f:
        f.write("hosts: [WS03, SILENT]\n")
    case, _ = case_of(folder, logs, "--to", "2026-03-04", "--dwell", "2d", "--context", context)
    given = summary(case)
    expect("now", given["now"], "2026-03-04T23:59:59.9999999Z")
    expect("a host of the context", host_of(case, "SILENT")["logs"]["own"], False)
    os.unlink(context)
    expect("judged again", cordon("investigate", "-o", case).returncode, 0)
    expect("all stays", summary(case), given)
    cordon("investigate", "-o", case, "--to", "2026-03-05T00:00:00Z")
    expect("another now", summary(case)["now"], "2026-03-05T00:00:00.0000000Z")
    case_of(folder, logs)
    again = summary(case)
    expect("the newest record", (again["now"] < given["now"], again["provenance"]["now_given"]), (True, False))
    expect("dwell and context", (again["provenance"]["dwell_seconds"], again["provenance"]["context"]), (2 * 86400, True))


def test_fail_on(folder):
    logs = evidence(folder)
    expect("infected", cordon("investigate", logs, "--fail-on", "infected", "-q").returncode, 1)
    quiet = os.path.join(folder, "quiet")
    os.mkdir(quiet)
    write_events(quiet, "a.jsonl", [event(1)])
    expect("not infected", cordon("investigate", quiet, "--fail-on", "infected", "-q").returncode, 0)
    expect("unknown", cordon("investigate", quiet, "--fail-on", "unknown", "-q").returncode, 1)
    nothing = os.path.join(folder, "nothing")
    os.mkdir(nothing)
    for word, code in (("unknown", 1), ("attacked", 0)):
        expect("no host, " + word, cordon("investigate", nothing, "--fail-on", word, "-q").returncode, code)


def test_evidence_is_not_written_into(folder):
    logs = evidence(folder)
    before = sorted(os.listdir(logs))
    for where in (logs, os.path.join(logs, "case"), os.path.join(logs, "..", "evidence", "deep", "case")):
        r = cordon("investigate", logs, "-o", where)
        expect("exit", r.returncode, 2)
        has("stderr", r.stderr, "never changed")
    expect("evidence", sorted(os.listdir(logs)), before)


def test_wrong_folders(folder):
    logs = evidence(folder)
    other = os.path.join(folder, "other")
    os.mkdir(other)
    with open(os.path.join(other, "letter.txt"), "w", encoding="utf-8") as f:
        f.write("dear")
    r = cordon("investigate", logs, "-o", other)
    expect("exit", r.returncode, 2)
    has("stderr", r.stderr, "is no case, and it is not empty")
    expect("untouched", os.listdir(other), ["letter.txt"])
    r = cordon("investigate", logs, "-o", os.path.join(other, "letter.txt"))
    expect("a file", r.returncode, 2)
    fake = os.path.join(folder, "fake")
    os.mkdir(fake)
    with open(os.path.join(fake, "case.sqlite"), "wb") as f:
        f.write(b"SQLite format 3\0" + b"\xff" * 4000)
    r = cordon("investigate", logs, "-o", fake)
    expect("a damaged case", r.returncode, 2)
    has("stderr", r.stderr, "case")


def test_a_mistyped_path_leaves_no_case(folder):
    case = os.path.join(folder, "case")
    expect("exit", cordon("investigate", os.path.join(folder, "none"), "-o", case).returncode, 2)
    expect("no case", os.path.exists(case), False)
    logs = evidence(folder)
    case_of(folder, logs)
    before = products(case)
    expect("exit", cordon("investigate", os.path.join(folder, "none"), "-o", case).returncode, 2)
    expect("an old case stays", products(case), before)


def test_second_writer(folder):
    case, _ = case_of(folder, evidence(folder))
    before = products(case)
    fd = os.open(case, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        r = cordon("note", case, "WS03", "x")
        expect("exit", r.returncode, 2)
        has("stderr", r.stderr, "another cordon is writing")
        expect("reading is no matter", cordon("show", case).returncode, 0)
    finally:
        os.close(fd)
    expect("files", products(case), before)


def as_nobody(*args):
    return subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", CORDON, *args],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def test_read_only_folder(folder):
    if os.geteuid() != 0:
        raise Skip("needs root, to become somebody who may not write")
    case, first = case_of(folder, evidence(folder))
    before = products(case)
    os.chmod(folder, 0o755)
    r = as_nobody("show", case)
    if "setpriv" in r.stderr or r.returncode == 127:
        raise Skip("setpriv does not work here")
    expect("shown: " + r.stderr, (r.returncode, r.stdout), (0, first.stdout))
    r = as_nobody("note", case, "WS03", "x")
    expect("exit", r.returncode, 2)
    expect("files", products(case), before)


def test_full_disk(folder):
    """On a file system too small for the case: said clearly, and what was there before stays whole."""
    disk = os.path.join(folder, "disk")
    os.mkdir(disk)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", disk], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Skip("needs a small file system, and may not mount one")
    try:
        logs = evidence(folder)
        case, _ = case_of(folder, logs, name="disk/case")
        before = products(case)
        with open(os.path.join(disk, "ballast"), "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 4096) == 4096:
                    pass
            except OSError:
                pass
        r = cordon("investigate", logs, "-o", case, "--dwell", "2d")
        expect("exit", r.returncode, 2)
        has("stderr", r.stderr, "no room left")
        expect("files", products(case), before)
        no_parts(case)
        os.unlink(os.path.join(disk, "ballast"))
        expect("opens", cordon("show", case).returncode, 0)
        expect("goes on", cordon("investigate", logs, "-o", case).returncode, 0)
        expect("files", products(case), before)
    finally:
        subprocess.run(["umount", disk], check=False)


def test_stopped(folder):
    """Ctrl-C at whatever moment: the case opens, and going on gives what one run gives."""
    logs = evidence(folder)
    whole, _ = case_of(folder, logs, name="whole")
    for i, wait in enumerate((0.0, 0.01, 0.03, 0.06, 0.1)):
        case = os.path.join(folder, f"case{i}")
        p = subprocess.Popen([CORDON, "investigate", logs, "-o", case], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(wait)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=60)
        if p.returncode not in (0, 130, -signal.SIGINT):
            raise AssertionError(f"exit {p.returncode}")
        if os.path.exists(os.path.join(case, "case.sqlite")) and p.returncode != -signal.SIGINT:
            shown = cordon("show", case)
            expect("shows", shown.returncode, 0)
            if "reading it was stopped: " + logs not in shown.stdout:  # then nothing may be missing
                expect("is whole", shown.stdout, cordon("show", whole).stdout)
        expect("goes on", cordon("investigate", logs, "-o", case).returncode, 0)
        no_parts(case)
        expect("files", products(case), products(whole))


def test_stopped_is_told(folder):
    """A case whose reading was stopped says so, whoever opens it, until that reading is done; another does not do."""
    logs = evidence(folder)
    case, _ = case_of(folder, logs)
    with sqlite3.connect(os.path.join(case, "case.sqlite")) as db:
        db.execute("INSERT OR REPLACE INTO setting (name, value) VALUES ('stopped', ?)", (f"{logs}\n{logs}2\n",))
    db.close()
    cordon("note", case, "WS03", "x")
    says = f"Not all of the evidence was read, for reading it was stopped: {logs}, {logs}2. "
    has("show", cordon("show", case).stdout, says)
    has("report", page_of(case).text, says)
    expect("summary", summary(case)["provenance"]["stopped"], [logs, logs + "2"])
    expect("again", cordon("investigate", logs, "-o", case).returncode, 0)
    expect("one is done", summary(case)["provenance"]["stopped"], [logs + "2"])
    has("the other", cordon("show", case).stdout, f"reading it was stopped: {logs}2. ")


def test_killed(folder):
    """kill -9 while it writes: the next run mends it."""
    logs = evidence(folder)
    whole, _ = case_of(folder, logs, name="whole")
    for i, wait in enumerate((0.02, 0.05, 0.09)):
        case = os.path.join(folder, f"case{i}")
        p = subprocess.Popen([CORDON, "investigate", logs, "-o", case], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        p.kill()
        p.wait()
        r = cordon("investigate", logs, "-o", case)
        expect("goes on: " + r.stderr, r.returncode, 0)
        no_parts(case)
        expect("files", products(case), products(whole))


def on_terminal(columns, *args):
    master, slave = terminal()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    p = subprocess.Popen([CORDON, *args], stdout=slave, stderr=subprocess.DEVNULL, env=env)
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 65536):
            text += chunk
    except OSError:  # the other end is closed
        pass
    os.close(master)
    expect("exit", p.wait(60), 0)
    return text.decode().replace("\r", "")


def test_text_is_folded_and_coloured_on_terminals_only(folder):
    logs = evidence(folder)
    case, r = case_of(folder, logs)
    if "\x1b" in r.stdout or not any(len(line) > 100 for line in r.stdout.splitlines()):
        raise AssertionError(r.stdout)
    for args in (("investigate", logs), ("show", case), ("show", case, "WS03")):
        text = on_terminal(80, *args)
        has("coloured", text, "\x1b[1;38;2;255;85;85minfected")
        plain = on_terminal(80, *args, "-K")
        expect("colours apart, the same", re.sub("\x1b\\[[0-9;]*m", "", text), plain)
        if max(map(len, plain.splitlines())) > 80:
            raise AssertionError(plain)
    expect("words", "".join(on_terminal(60, "show", case, "-K").split()), "".join(r.stdout.split()))


def test_options_stand_in_the_summary(folder):
    logs = evidence(folder)
    rules = write_rule(folder, "r", RULE)
    write_rule(folder, "r", "title: x\nlogsource: 3\n", file="bad.yml")
    case, _ = case_of(folder, logs, "-r", rules, "--from", "2020-01-01")
    s = summary(case)
    expect("options", s["provenance"]["options"], ["--from 2020-01-01", "--rules " + rules])
    expect("refused", (s["rules"]["refused_total"], os.path.basename(s["rules"]["refused"][0]["file"])), (1, "bad.yml"))
    if not s["rules"]["loaded"] > 10:
        raise AssertionError(s["rules"])
    expect("sha256 of inputs", sorted({bool(re.fullmatch("[0-9a-f]{64}", i["sha256"] or "")) for i in s["inputs"]}), [True])
    first = s["inputs"][0]
    with open(os.path.join(logs, first["path"]), "rb") as f:
        expect("its hash", hashlib.sha256(f.read()).hexdigest(), first["sha256"])


if __name__ == "__main__":
    main(sys.modules[__name__])
