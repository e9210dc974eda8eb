"""Files, archives, rules and outputs made to break the program: each is said with its name, the others are read, nothing is written where
nobody asked, and nothing of them reaches a terminal as it is."""
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile

from e2e import CORDON, Skip, cordon, event, expect, has, main, write_events, write_rule

ALL = """
title: Anything
id: 5f0c2d5e-40c1-4d6c-9f0e-0d7f4bb0c001
status: test
level: low
logsource: {product: windows}
detection: {words: [whoami], condition: words}
"""
NAMES = [b"new\nline", b"\x1b[31mred\x1b]0;title\x07", b"bad\xff\xfe", b"x" * 255, b"tab\t", b"bidi\xe2\x80\xae", b"c1\xc2\x9b31m", b" ", b"-rf",
         b"quote\""]
LINE = json.dumps(event(1)).encode() + b"\n"


def harmless(what, text):
    """No control character but the line's end, C1 and marks of direction included."""
    for ch in text:
        if (ord(ch) < 0x20 and ch != "\n") or 0x7f <= ord(ch) < 0xa0 or 0x202a <= ord(ch) <= 0x202e or 0xdc80 <= ord(ch) <= 0xdcff:
            raise AssertionError(f"{what}: {ch!r} in {text!r}")


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def test_names_that_a_terminal_would_obey(folder):
    logs = os.path.join(folder, "logs")
    os.mkdir(logs)
    for name in NAMES:
        put(os.path.join(os.fsencode(logs), name), LINE)
        put(os.path.join(os.fsencode(logs), b"cut" + name[:200]), LINE + b'{"Event":{"System":{"EventID":')
    rules = write_rule(folder, "rules", ALL)
    for args in (["-t", "table"], ["-t", "csv"]):
        r = cordon("detect", "-r", rules, *args, logs)
        expect("exit code", r.returncode, 4)
        harmless("output", r.stdout)
        harmless("messages", r.stderr)
    r = cordon("detect", "-r", rules, "-t", "jsonl", logs)
    expect("findings", len([json.loads(line) for line in r.stdout.splitlines()]), 2 * len(NAMES))
    r = cordon("investigate", "-v", "-r", rules, logs)
    harmless("hosts", r.stdout)
    harmless("messages", r.stderr)


def test_control_characters_of_values_are_escaped(folder):
    path = write_events(folder, "a.jsonl", [event(1, data={"A": "a\u009b31m\u0085\x1b[2J\u00a0"})])
    for fmt, wanted in (("jsonl", "a\\u009B31m\\u0085\\u001B[2J\u00a0"), ("xml", "a&#155;31m&#133;_[2J\u00a0")):
        r = cordon("decode", "-t", fmt, path)
        has(fmt, r.stdout, wanted)
        harmless(fmt, r.stdout)


def test_what_is_no_file_is_named_and_not_opened(folder):
    logs = os.path.join(folder, "logs")
    os.mkdir(logs)
    os.mkfifo(os.path.join(logs, "fifo"))
    os.symlink("loop2", os.path.join(logs, "loop1"))
    os.symlink("loop1", os.path.join(logs, "loop2"))
    os.symlink(".", os.path.join(logs, "self"))
    here = os.open(logs, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 40, dir_fd=here)
        inner = os.open("d" * 40, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    with os.fdopen(os.open("deep.jsonl", os.O_CREAT | os.O_WRONLY, dir_fd=here), "wb") as f:
        f.write(LINE)
    os.close(here)
    put(os.path.join(logs, "a.jsonl"), LINE)
    r = cordon("decode", logs, timeout=60)
    expect("exit code and records", (r.returncode, len(r.stdout.splitlines())), (0, 2))
    has("a pipe", r.stderr, "fifo: not a regular file")
    has("links", r.stderr, "loop1 and 2 more: a symbolic link")
    expect("a pipe that is given", cordon("decode", os.path.join(logs, "fifo"), timeout=20).returncode, 0)
    expect("a circle of links that is given", cordon("decode", os.path.join(logs, "loop1")).returncode, 2)
    a = os.path.join(logs, "a.jsonl")
    expect("given twice", len(cordon("decode", a, a).stdout.splitlines()), 2)
    subprocess.run(["rm", "-rf", logs], check=True)


def test_what_may_not_be_read_is_named(folder):
    logs = os.path.join(folder, "logs")
    os.makedirs(os.path.join(logs, "locked"))
    put(os.path.join(logs, "a.jsonl"), LINE)
    put(os.path.join(logs, "secret.jsonl"), LINE)
    os.chmod(os.path.join(logs, "secret.jsonl"), 0)
    os.chmod(os.path.join(logs, "locked"), 0)
    os.chmod(folder, 0o755)
    drop = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        r = cordon("decode", logs, **drop)
    except PermissionError as e:
        raise Skip(f"the program cannot be run by another user: {e}") from e
    finally:
        os.chmod(os.path.join(logs, "locked"), 0o755)
    expect("exit code and records", (r.returncode, len(r.stdout.splitlines())), (4, 1))
    has("file", r.stderr, "secret.jsonl: cannot be opened: Permission denied")
    has("folder", r.stderr, "locked: Permission denied")


def members(path):
    """A tar with members that want to be somewhere or something else."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as t:
        def add(name, kind=tarfile.REGTYPE, link=""):
            i = tarfile.TarInfo(name)
            i.type, i.linkname, i.size = kind, link, len(LINE) if kind == tarfile.REGTYPE else 0
            t.addfile(i, io.BytesIO(LINE) if kind == tarfile.REGTYPE else None)
        names = [os.path.dirname(path) + "/abs.jsonl", "../up.jsonl", "a/../../b.jsonl", "new\nline.jsonl", "\x1b[31m.jsonl", "bad\udcff.jsonl",
                 "c1\x9b.jsonl", "x" * 300, "d", "same.jsonl", "same.jsonl", "sym/inside.jsonl"]
        for name in names:
            add(name)
        add("sym", tarfile.SYMTYPE, "/etc/passwd")
        add("hard", tarfile.LNKTYPE, "/etc/passwd")
        for name, kind in (("chr", tarfile.CHRTYPE), ("blk", tarfile.BLKTYPE), ("fifo", tarfile.FIFOTYPE), ("d/e", tarfile.DIRTYPE)):
            add(name, kind)
    return len(names)


def test_members_stay_where_they_are(folder):
    os.mkdir(os.path.join(folder, "tmp"))
    n = members(os.path.join(folder, "a.tar"))
    before = sorted(os.listdir(folder))
    for args in (["decode"], ["detect", "-t", "table", "-r", write_rule(folder, "tmp", ALL)]):
        r = cordon(*args, "-v", "--tmp", os.path.join(folder, "tmp"), os.path.join(folder, "a.tar"))
        expect("exit code", r.returncode, 0)
        harmless("messages", r.stderr)
        if args[0] == "decode":
            expect("records", len(r.stdout.splitlines()), n)
        else:
            harmless("findings", r.stdout)
    expect("files", sorted(os.listdir(folder)), before)
    expect("outside", os.path.exists(os.path.join(os.path.dirname(folder), "up.jsonl")), False)
    expect("left over", os.listdir(os.path.join(folder, "tmp")), ["rule.yml"])


def test_broken_archives_do_not_cost_the_others(folder):
    text = b"".join(json.dumps(event(i)).encode() + b"\n" for i in range(2000))
    whole = gzip.compress(text)
    put(os.path.join(folder, "cut.jsonl.gz"), whole[:len(whole) // 2])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(4):
            z.writestr(f"m{i}.jsonl", text)
    b = bytearray(packed.getvalue())
    put(os.path.join(folder, "cut.zip"), b[:len(b) // 2])
    b[len(b) // 3] ^= 0xff
    put(os.path.join(folder, "flipped.zip"), b)
    nest = text
    for _ in range(40):
        nest = gzip.compress(nest)
    put(os.path.join(folder, "nest.gz"), nest)
    put(os.path.join(folder, "zeros.jsonl.gz"), gzip.compress(LINE + bytes(64 << 20)))
    put(os.path.join(folder, "z.jsonl"), LINE)
    r = cordon("decode", folder)
    expect("exit code", r.returncode, 4)
    for name in ("cut.jsonl.gz!cut.jsonl: not unpacked to its end", "cut.zip: not read to its end", "flipped.zip!m1.jsonl: not unpacked to its end",
                 "nest.gz: not read to its end"):
        has("messages", r.stderr, name)
    expect("the last file", r.stdout.splitlines()[-1][:20], LINE.decode().replace(" ", "")[:20])
    if len(r.stdout.splitlines()) < 8000:
        raise AssertionError(f"{len(r.stdout.splitlines())} records")


def test_rules_that_explode(folder):
    base = "title: T\nstatus: test\nlevel: low\nlogsource: {product: windows}\n"
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))
    texts = {
        "laughs": base + laughs + "detection: {s: *j, condition: s}\n",
        "deep": base + "detection:\n  s: " + "[" * 5000 + "]" * 5000 + "\n  condition: s\n",
        "itself": base + "detection: &d {s: *d, condition: s}\n",
        "aliases": base + "x: &x foo\ndetection:\n  s:\n    F:\n" + "      - *x\n" * 100000 + "  condition: s\n",
        "long": base + "detection:\n  s: {F: 1}\n  condition: " + " or ".join(["s"] * 10000) + "\n",
        "escape": base + "detection: {s: {\"F|\\e[31mfoo\": 1}, condition: \"s and \\e[2Jx\"}\n",
        "parens": base + "detection:\n  s: {EventID: 1}\n  condition: " + "(" * 65 + "s" + ")" * 65 + "\n",
    }
    rules = os.path.join(folder, "rules")
    for name, text in texts.items():
        write_rule(folder, "rules", text, name + ".yml")
    put(os.path.join(rules, "binary.yml"), bytes(range(256)) * 20)
    write_rule(folder, "rules", base.replace("title: T", "title: \"\\e[31mT\"") + "detection:\n  s:\n    CommandLine|re: '^(a+)+$'\n  t: {EventID: 4688}\n"
               "  condition: not s and t\n", "regex.yml")
    path = write_events(folder, "a.jsonl", [event(i, data={"CommandLine": "a" * 30000 + "!"}) for i in range(50)])
    r = cordon("rules", "check", rules, timeout=60)
    expect("exit code", r.returncode, 3)
    for name in list(texts) + ["binary"]:
        has("refused", r.stdout, name + ".yml:")
    harmless("remarks", r.stdout)
    r = cordon("detect", "-r", rules, "-t", "table", path, timeout=60)
    has("count", r.stderr, f"1 rules loaded ({len(texts) + 1} refused)")
    has("limit", r.stderr, "50 regular expressions were given up")
    harmless("output", r.stdout + r.stderr)
    expect("exit code", r.returncode, 0)
    has("findings", r.stderr, "50 findings in 50 records")


def test_long_values_of_placeholders_take_no_quadratic_time(folder):
    rules = write_rule(folder, "rules", ALL.replace("detection: {words: [whoami], condition: words}",
                       "detection:\n  s:\n    NewProcessName|expand|contains: '%a%%b%%a%'\n  condition: s"))
    lists = os.path.join(folder, "lists.yml")
    put(lists, b'a: ["' + b"x" * 2000000 + b'"]\nb: ["' + b"y" * 2000000 + b'"]\n')
    r = cordon("detect", "-r", rules, "--placeholders", lists, write_events(folder, "a.jsonl", [event(1)]), timeout=60)
    expect("exit code", r.returncode, 0)  # before: hours


def test_a_damaged_pack_is_refused(folder):
    pack = os.path.join(folder, "rules.pack")
    expect("pack", cordon("rules", "pack", write_rule(folder, "rules", ALL), "-o", pack).returncode, 0)
    with open(pack, "rb") as f:
        whole = f.read()
    path = write_events(folder, "a.jsonl", [event(1)])
    put(pack, whole + whole)
    has("two in one file", cordon("detect", "-r", pack, path).stderr, "the pack is damaged")
    for n in range(0, len(whole), 7):
        put(pack, whole[:n])
        code = cordon("detect", "-r", pack, path).returncode
        expect(f"cut at {n}", code in (2, 3), True)
        if 12 <= n < 16:
            continue  # the number of files is for people
        put(pack, whole[:n] + bytes([whole[n] ^ 0x41]) + whole[n + 1:])
        code = cordon("detect", "-r", pack, path).returncode
        expect(f"changed at {n}", code in (2, 3, 5), True)


def test_a_full_disk_is_said(folder):
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full")
    path = write_events(folder, "a.jsonl", [event(i) for i in range(20)])
    rules = write_rule(folder, "rules", ALL)
    for args in (["decode", path], ["detect", "-r", rules, path], ["detect", "-r", rules, "-t", "csv", path], ["investigate", "-r", rules, path],
                 ["rules", "list", rules], ["help", "detect"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            r = cordon(*args, stdout=full)
        expect(f"{args[0]}: exit code", r.returncode, 2)
        has(args[0], r.stderr, "cannot write to standard output: No space left on device")
    r = cordon("decode", path, "-o", "/dev/full")
    expect("exit code", r.returncode, 2)
    has("message", r.stderr, "cannot write to /dev/full: No space left on device")
    r = cordon("decode", path, "--log", "/dev/full")
    expect("exit code", r.returncode, 2)
    has("message", r.stderr, "cannot write the log: No space left on device")
    r = cordon("decode", path, "-o", os.path.join(folder, "no", "x"))
    expect("exit code", r.returncode, 2)


def test_a_reader_that_goes_away_ends_it(folder):
    path = write_events(folder, "a.jsonl", [event(i) for i in range(5000)])
    for args in (["decode", path], ["detect", "-r", write_rule(folder, "rules", ALL), "-t", "jsonl", path]):
        with subprocess.Popen([CORDON, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            p.stdout.readline()
            p.stdout.close()
            said = p.stderr.read().decode()
            expect(f"{args[0]}: exit code", p.wait(60), 0)
            if "cannot write" in said:
                raise AssertionError(said)


def stopped(args, sig, ready):
    """Runs the program, sends it a signal once `ready` says so, and returns (exit code, standard error)."""
    with subprocess.Popen([CORDON, *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as p:
        while p.poll() is None and not ready():
            time.sleep(0.01)
        p.send_signal(sig)
        said = p.stderr.read().decode(errors="replace")
        return p.wait(60), said


def test_signals_end_every_command_between_lines(folder):
    logs, tmp = os.path.join(folder, "logs"), os.path.join(folder, "tmp")
    os.mkdir(logs)
    os.mkdir(tmp)
    text = b"".join(json.dumps(event(i)).encode() + b"\n" for i in range(2000)) * 10
    for i in range(3):
        put(os.path.join(logs, f"{i}.jsonl"), text)
    # The output is a pipe that nobody reads on: the program stands still in the middle until the signal is sent.
    for sig in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen([CORDON, "decode", "--tmp", tmp, logs], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            got = p.stdout.read(100000)
            p.send_signal(sig)
            got += p.stdout.read()
            expect("decode: exit code", p.wait(60), 130)
            has("decode", p.stderr.read().decode(), "stopping; what is written is kept")
        for line in got.splitlines():
            json.loads(line)
        expect("decode: whole lines", got[-1:], b"\n")
    case = os.path.join(folder, "case")
    code, said = stopped(["investigate", "--tmp", tmp, logs, "-o", case], signal.SIGINT,
                         lambda: os.path.exists(os.path.join(case, "case.sqlite")))
    expect("investigate: exit code", code, 130)
    has("investigate", said, "Stopped: not everything was read")
    load = os.path.join(folder, "load")
    first = os.path.join(load, "evidence", "LOAD01", "load-security-000.evtx")
    code, said = stopped(["range", "--load", "--size", "4G", "-o", load], signal.SIGINT, lambda: os.path.exists(first) and os.stat(first).st_size > 0)
    expect("range: exit code", code, 130)
    has("range", said, "stopped;")
    r = cordon("decode", load, "-o", "/dev/null")
    expect("what range wrote is whole", r.returncode, 0)
    expect("left over", os.listdir(tmp), [])


if __name__ == "__main__":
    main(sys.modules[__name__])
