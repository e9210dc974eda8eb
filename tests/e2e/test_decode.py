"""cordon decode from outside: one line a record, damage told, outputs that end early."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import CORDON, cordon, event, expect, has, main, write_events  # noqa: E402


def test_one_line_a_record_in_order_of_names(folder):
    write_events(folder, "b.jsonl", [event(3), event(4)])
    write_events(folder, "a.jsonl", [event(1), event(2)])
    for threads in ("1", "2", "7"):
        r = cordon("decode", folder, "--threads", threads)
        expect("exit", r.returncode, 0)
        expect("ids", [json.loads(line)["Event"]["System"]["EventRecordID"] for line in r.stdout.splitlines()], [1, 2, 3, 4])
        has("stderr", r.stderr, "4 records of 2 logs")


def test_xml_has_one_element_a_record(folder):
    write_events(folder, "a.jsonl", [event(1), event(2)])
    r = cordon("decode", folder, "--format", "xml")
    expect("exit", r.returncode, 0)
    expect("lines", len(r.stdout.splitlines()), 2)
    has("xml", r.stdout, "<EventRecordID>2</EventRecordID>")


def test_times_bound_the_records(folder):
    write_events(folder, "a.jsonl", [event(1, time="2026-03-02T23:59:59.9999999Z"), event(2, time="2026-03-03T00:00:00Z"),
                                     event(3, time="2026-03-03T23:59:59Z"), event(4, time="2026-03-04T00:00:00Z")])
    r = cordon("decode", folder, "--from", "2026-03-03", "--to", "2026-03-03")
    expect("ids", [json.loads(line)["Event"]["System"]["EventRecordID"] for line in r.stdout.splitlines()], [2, 3])
    expect("bad time", cordon("decode", folder, "--from", "yesterday").returncode, 2)


def test_wrong_path_and_wrong_values(folder):
    for args, text in (
        (["decode", os.path.join(folder, "none")], "No such file"),
        (["decode"], "PATH... is missing"),
        (["decode", folder, "--threads", "0"], "--threads wants a whole number from 1"),
        (["decode", folder, "--tmp", os.path.join(folder, "none")], "is no folder"),
        (["decode", folder, "--format", "yaml"], "--format is one of"),
    ):
        r = cordon(*args)
        expect(f"exit of {args}", r.returncode, 2)
        has(f"stderr of {args}", r.stderr, text)


def test_nothing_recognised_is_said(folder):
    with open(os.path.join(folder, "x.bin"), "wb") as f:
        f.write(bytes(range(256)) * 20)
    r = cordon("decode", folder)
    expect("exit", r.returncode, 0)
    has("stderr", r.stderr, "no file was recognised as an event log, of 1 looked at")


def test_output_file_is_kept_unless_clobbered(folder):
    log = write_events(folder, "a.jsonl", [event(1)])
    out = os.path.join(folder, "out")
    expect("first", cordon("decode", log, "-o", out).returncode, 0)
    r = cordon("decode", log, "-o", out)
    expect("second", r.returncode, 2)
    has("stderr", r.stderr, "exists; -C overwrites it")
    expect("clobber", cordon("decode", log, "-o", out, "-C").returncode, 0)
    with open(out, encoding="utf-8") as f:
        expect("lines", len(f.readlines()), 1)


def test_evidence_is_never_overwritten(folder):
    log = write_events(folder, "a.jsonl", [event(1)])
    before = open(log, "rb").read()
    r = cordon("decode", log, "-C", "-o", log)
    expect("exit", r.returncode, 2)
    expect("bytes", open(log, "rb").read(), before)


def test_full_disk_is_said_once(folder):
    log = write_events(folder, "a.jsonl", [event(i) for i in range(5000)])
    for how in ({"stdout": open("/dev/full", "w")}, {}):
        r = cordon("decode", log, *([] if how else ["-o", "/dev/full"]), **how)
        expect("exit", r.returncode, 2)
        expect("said", r.stderr.count("No space left on device"), 1)


def test_closed_pipe_ends_quietly(folder):
    log = write_events(folder, "a.jsonl", [event(i) for i in range(5000)])
    p = subprocess.Popen([CORDON, "decode", log], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdout.readline()
    p.stdout.close()
    expect("stderr", p.stderr.read(), b"")
    expect("exit", p.wait(60), 0)


def test_damage_is_located_and_names_are_harmless(folder):
    name = "a\x1b[31m\nred.jsonl"
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(json.dumps(event(1)) + "\n{\"Event\": broken\n" + json.dumps(event(2)) + "\n")
    r = cordon("decode", folder)
    expect("lines", len(r.stdout.splitlines()), 2)
    has("stderr", r.stderr, "1 damaged place in 1 file:")
    for bad in ("\x1b", "m\nred"):
        if bad in r.stderr:
            raise AssertionError(r.stderr)


def test_log_is_json_lines(folder):
    write_events(folder, "a.jsonl", [event(1)])
    log = os.path.join(folder, "log")
    cordon("decode", os.path.join(folder, "a.jsonl"), "--log", log)
    lines = [json.loads(line) for line in open(log, encoding="utf-8")]
    one = [x for x in lines if x["event"] == "input"][0]
    expect("input", (one["file"], one["reader"], one["records"]), ("a.jsonl", "json", 1))
    expect("its time", isinstance(one["microseconds"], int), True)
    memory = [x for x in lines if x["event"] == "memory"]
    expect("memory", [sorted(x) for x in memory], [["event", "peak_kib", "unpacking_peak_kib"]])
    expect("is some", memory[0]["peak_kib"] > 0, True)


def test_verbose_tells_memory(folder):
    write_events(folder, "a.jsonl", [event(1)])
    log = os.path.join(folder, "a.jsonl")
    has("stderr", cordon("decode", log, "-v").stderr, "peak memory: ")
    for command in ("detect", "investigate"):
        has(command, cordon(command, log, "-v").stderr, "peak memory: ")
        expect("without -v", "peak memory" in cordon(command, log).stderr, False)


def interrupted(folder, times):
    for i in range(40):
        write_events(folder, f"{i:02}.jsonl", [event(i * 1000 + k, data={"Pad": "x" * 800}) for k in range(1000)])
    p = subprocess.Popen([CORDON, "decode", folder, "--threads", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = p.stdout.read(1000)
    for _ in range(times):
        p.send_signal(signal.SIGINT)
        time.sleep(0.3)
    rest, err = p.communicate(timeout=60)
    return p.returncode, out + rest, err


def test_ctrl_c_keeps_what_is_written(folder):
    code, out, err = interrupted(folder, 1)
    expect("exit", code, 130)
    has("stderr", err.decode(), "stopping")
    lines = out.decode().splitlines()
    for line in lines:
        json.loads(line)
    if not 0 < len(lines) < 40000:
        raise AssertionError(f"{len(lines)} lines")


def test_second_ctrl_c_ends_at_once(folder):
    expect("exit", interrupted(folder, 2)[0], -signal.SIGINT)


if __name__ == "__main__":
    main(sys.modules[__name__])
