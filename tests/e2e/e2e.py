"""What the end-to-end tests share: run the program, report cases, find test data.

A case is a function named test_*; it gets a fresh folder. It prints `ok - name`, `not ok - name`, or, when raising Skip, `skip - name: why`."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

CORDON = os.environ.get("CORDON", "build/cordon")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Skip(Exception):
    pass


def data(*below):
    """A path in the test data, which is not part of the repository."""
    base = os.environ.get("CORDON_DATA", os.path.join(ROOT, "..", "shared", "data"))
    path = os.path.join(base, *below)
    if not os.path.exists(path):
        raise Skip("no test data: " + os.path.join(*below))
    return path


def cordon(*args, env=None, stdin=None, **kw):
    """Runs the program; the result has returncode, stdout and stderr (text, surrogateescape)."""
    e = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR",)}
    e.update(env or {})
    kw.setdefault("timeout", 100)
    kw.setdefault("stdout", subprocess.PIPE)
    kw.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([CORDON, *args], env=e, input=stdin, text=True, encoding="utf-8", errors="surrogateescape", **kw)


def scenarios():
    """Names of all scenarios of the range, as it says when asked for one that is not there."""
    said = cordon("range", "-s", "no such scenario", "-o", "/dev/null/x").stderr
    return said.partition("there are ")[2].strip().split(", ")


def terminal():
    """A pseudo-terminal: the test's end and the program's."""
    try:
        return os.openpty()
    except OSError as e:
        raise Skip(f"no pseudo-terminal here: {e}") from e


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def has(what, text, part):
    if part not in text:
        raise AssertionError(f"{what}: {part!r} is not in {text!r}")


def event(record, time="2026-03-03T08:12:40.1234567Z", channel="Security", event_id=4688, computer="WS01.corp.example",
          provider="Microsoft-Windows-Security-Auditing", data=None):
    """A record in the nested JSON shape."""
    return {"Event": {"#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"}, "System": {
        "Provider": {"#attributes": {"Name": provider}}, "EventID": event_id, "Version": 0, "Level": 0, "Task": 0, "Opcode": 0,
        "Keywords": "0x8020000000000000", "TimeCreated": {"#attributes": {"SystemTime": time}}, "EventRecordID": record,
        "Channel": channel, "Computer": computer}, "EventData": data or {"NewProcessName": "C:\\Windows\\System32\\whoami.exe"}}}


def write_events(folder, name, events):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(e) + "\n" for e in events)
    return path


def write_rule(folder, name, text, file="rule.yml"):
    """Writes a rule into a folder of rules and returns that folder."""
    rules = os.path.join(folder, name)
    os.makedirs(rules, exist_ok=True)
    with open(os.path.join(rules, file), "w", encoding="utf-8") as f:
        f.write(text.lstrip("\n"))
    return rules


def main(module):
    bad = 0
    ran = 0
    for name, case in list(vars(module).items()):
        if not name.startswith("test_") or not callable(case) or (len(sys.argv) > 1 and name not in sys.argv[1:]):
            continue
        folder = tempfile.mkdtemp(prefix="cordon-e2e-")
        try:
            case(folder)
            ran += 1
            print(f"ok - {name}", flush=True)
        except Skip as s:
            print(f"skip - {name}: {s}", flush=True)
        except Exception:
            bad += 1
            traceback.print_exc(file=sys.stdout)
            print(f"not ok - {name}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if bad else 0 if ran else 77)
