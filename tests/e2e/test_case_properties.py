"""What must not show in a case: how many threads read, in how many runs, in which order, what was killed or stopped between."""
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import CORDON, cordon, expect, main  # noqa: E402


def evidence(folder):
    """An incident of twelve hosts, small."""
    r = cordon("range", "--scenario", "d1", "--profile", "a2", "--density", "100", "-o", os.path.join(folder, "range"))
    expect("range", r.returncode, 0)
    return os.path.join(folder, "range", "evidence")


def investigate(paths, case, *more):
    r = cordon("investigate", *paths, "-o", case, "-q", *more)
    expect("exit: " + r.stderr, r.returncode, 0)
    return case


def answer(case):
    """Hosts and findings, byte for byte; inputs and options say how they were given."""
    with open(os.path.join(case, "summary.json"), encoding="utf-8") as f:
        s = json.load(f)
    with open(os.path.join(case, "findings.jsonl"), "rb") as f:
        return json.dumps([s["now"], s["window"], s["hosts"]]).encode(), f.read()


def parted(logs, folder, n, rng):
    """The logs dealt out to n folders, under the names that they had."""
    names = sorted(os.path.join(d, f) for d, _, files in os.walk(logs) for f in files)
    rng.shuffle(names)
    parts = [os.path.join(folder, f"part{n}-{i}") for i in range(n)]
    for i, name in enumerate(names):
        to = os.path.join(parts[i % n], os.path.relpath(name, logs))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        os.link(name, to)
    rng.shuffle(parts)
    return parts


def test_threads(folder):
    logs = evidence(folder)
    whole = answer(investigate([logs], os.path.join(folder, "whole"), "--threads", "1"))
    for n in ("2", "7"):
        expect(f"{n} threads", answer(investigate([logs], os.path.join(folder, n), "--threads", n)) == whole, True)


def test_parts_in_any_order(folder):
    logs = evidence(folder)
    whole = answer(investigate([logs], os.path.join(folder, "whole")))
    for seed in range(4):
        rng = random.Random(seed)
        below = os.path.join(folder, f"seed{seed}")
        case = os.path.join(folder, f"case{seed}")
        parts = parted(logs, below, 2 + seed % 2, rng)
        for p in parts:
            investigate([p], case, "--threads", rng.choice("123"))
        expect(f"seed {seed}: parts one by one", answer(case) == whole, True)
        investigate([rng.choice(parts)], case)
        expect(f"seed {seed}: a part again", answer(case) == whole, True)
        expect(f"seed {seed}: all parts at once", answer(investigate(parts[::-1], case + "all")) == whole, True)


def test_runs_that_did_not_end(folder):
    """Signals at random moments, one upon the other on the same case; then a run that ends."""
    logs = evidence(folder)
    start = time.monotonic()
    whole = answer(investigate([logs], os.path.join(folder, "whole")))
    took = time.monotonic() - start
    case, rng = os.path.join(folder, "case"), random.Random(5)
    for _ in range(12):
        p = subprocess.Popen([CORDON, "investigate", logs, "-o", case], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * took)
        p.send_signal(rng.choice((signal.SIGINT, signal.SIGTERM, signal.SIGKILL)))
        p.wait()
        if os.path.exists(os.path.join(case, "case.sqlite")):
            r = cordon("show", case)
            expect("opens: " + r.stderr, r.returncode, 0)
    expect("in the end", answer(investigate([logs], case)) == whole, True)


def test_nothing_stays_of_a_stopped_run(folder):
    """Without -o the case has no name, so that nobody need remove it."""
    logs = evidence(folder)
    tmp = os.path.join(folder, "tmp")
    os.mkdir(tmp)
    for sig in (signal.SIGTERM, signal.SIGKILL):
        for wait in (0.05, 0.1, 0.2):
            p = subprocess.Popen([CORDON, "investigate", logs, "--tmp", tmp], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            p.send_signal(sig)
            p.wait()
            expect("left behind", [n for n in os.listdir(tmp) if n.startswith("cordon-case")], [])


if __name__ == "__main__":
    main(sys.modules[__name__])
