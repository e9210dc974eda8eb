"""Events in the shapes people have them in: the same events, and the same findings, as from the binary log."""
import glob
import io
import json
import os
import re
import sys
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import cordon, data, expect, has, main  # noqa: E402

SYSTEM_TEXT = ("EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer")


def decoded(*paths):
    r = cordon("decode", *paths)
    expect("exit", r.returncode, 0)
    return [json.loads(line)["Event"] for line in r.stdout.splitlines()], r.stderr


def text(v):
    """A value as text, whatever type it has in JSON; a GUID without its form."""
    if isinstance(v, dict):
        v = v.get("#text")
    v = "" if v is None else str(v).lower() if isinstance(v, bool) else str(v)
    return v.strip("{}").lower() if re.fullmatch(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?", v) else v


def head(e):
    s = e["System"]
    a = {k: s.get(k, {}).get("#attributes", {}) for k in ("Provider", "TimeCreated", "Execution", "Security") if isinstance(s.get(k), dict)}
    return {"id": text(s["EventID"]), "record": text(s["EventRecordID"]), "channel": s["Channel"], "computer": s["Computer"],
            "provider": a["Provider"]["Name"], "user": a.get("Security", {}).get("UserID", ""), "level": text(s["Level"])}


def leaves(v, name, out):
    if isinstance(v, dict):
        for k, w in v.items():
            if k == "#text":
                leaves(w, name, out)
            elif k != "#attributes":
                leaves(w, k, out)
    elif isinstance(v, list):
        for w in v:
            leaves(w, name, out)
    elif text(v) != "":
        out.append((name, text(v)))
    return out


def fields(e):
    return sorted(leaves(e.get("EventData"), "EventData", []) + leaves(e.get("UserData"), "UserData", []))


def seconds(e):
    m = re.match(r"(.*T\d\d:\d\d:\d\d)\.(\d+)Z", e["System"]["TimeCreated"]["#attributes"]["SystemTime"])
    return m.group(1), int(m.group(2)[:3])


def test_seven_shapes_give_the_same_events(folder):
    """What a shape cannot carry is named here, and nothing else may differ."""
    shapes = data("json", "shapes")
    wanted, _ = decoded(os.path.join(shapes, "evtx_dump.jsonl"))
    expect("events", len(wanted), 15)
    notes = {"evtx_dump.jsonl": "evtx_dump (Event.System", "evtx_dump-separate.jsonl": "separate attributes", "events.xml": "event XML",
             "velociraptor-parse_evtx.json": "Velociraptor", "winlogbeat-ecs.jsonl": "Winlogbeat", "get-winevent.json": "Get-WinEvent"}
    for name, note in notes.items():
        got, err = decoded(os.path.join(shapes, name))
        has("the shape is named", err, note)
        expect(name + ": events", len(got), 15)
        for i, (g, w) in enumerate(zip(got, wanted)):
            what = f"{name}, event {i}"
            expect(what, head(g), head(w))
            expect(what + ": time", seconds(g), seconds(w))
            f, all_of = fields(g), fields(w)
            if name == "get-winevent.json":  # no names; the data of UserData is not there
                f, all_of = sorted(v for _, v in f), sorted(v for _, v in all_of) if "EventData" in w and w["EventData"] else []
            if name == "velociraptor-parse_evtx.json" and i in (3, 4):  # its parser cuts these at the first entity
                expect(what + ": fields", set(f) <= set(all_of) | {("FWLink", "https://go.microsoft.com/fwlink/?linkid=37020")}, True)
            elif name == "events.xml":  # the line ends within values were lost when it was made
                strip = [(n, re.sub(r"[\r\n\t]", "", v)) for n, v in all_of]
                expect(what + ": fields", [(n, re.sub(r"[\r\n\t]", "", v)) for n, v in f], strip)
            else:
                expect(what + ": fields", f, all_of)


def objects(path):
    """The JSON objects of a file by Python's own reader."""
    with open(path, encoding="utf-8-sig") as f:
        text_, at, out = f.read(), 0, []
    while at < len(text_):
        if text_[at].isspace():
            at += 1
            continue
        o, at = json.JSONDecoder().raw_decode(text_, at)
        out += o if isinstance(o, list) else [o]
    return out


def test_regression_twins(folder):
    """Pretty printed, one to seven objects a file: every one is read, with the log's fields (the twins lost some blanks)."""
    logs = data("evtx", "sigma-regression")
    twins = sorted(glob.glob(os.path.join(logs, "*.json")))
    for p in twins:
        os.symlink(p, os.path.join(folder, os.path.basename(p)))
    os.mkdir(os.path.join(folder, "evtx"))
    for p in twins:
        os.symlink(p[:-4] + "evtx", os.path.join(folder, "evtx", os.path.basename(p)[:-4] + "evtx"))
    differ = total = 0
    links = [os.path.join(folder, os.path.basename(p)) for p in twins]
    got, _ = decoded(*links)
    expect("objects", len(got), sum(len(objects(p)) for p in twins))
    wanted, _ = decoded(*(os.path.join(folder, "evtx", os.path.basename(p)[:-4] + "evtx") for p in twins))
    expect("records", len(got), len(wanted))
    for g, w in zip(got, wanted):
        total += 1
        expect("head", {**head(g)}, {**head(w)})
        if [(n, v.rstrip()) for n, v in fields(g)] != [(n, v.rstrip()) for n, v in fields(w)]:
            differ += 1
    expect("records that differ in more than blanks at the end", differ <= 1, True)
    expect("records", total, 238)


def test_nothing_of_the_archives_is_lost(folder):
    """As many records as Python counts, and each archive's clock brought to Sysmon's UTC."""
    with open(data("json", "otrf", "index.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f][1:]
    for row in rows:
        with zipfile.ZipFile(data("json", "otrf", row[0])) as z:
            name = [n for n in z.namelist() if n.endswith(".json")][0]
            path = os.path.join(folder, os.path.basename(name))
            with open(path, "wb") as out:
                out.write(z.read(name))
        source = [json.loads(line) for line in io.open(path, encoding="utf-8-sig") if line.strip()]
        got, err = decoded(path)
        expect(row[0], len(got), len(source))
        expect(row[0] + ": damage", "damaged" in err, False)
        off = 0
        for g, s in zip(got, source):
            expect(row[0] + ": id", text(g["System"]["EventID"]), str(s["EventID"]))
            utc = s.get("UtcTime") if "Sysmon" in s["SourceName"] else None
            stamp = g["System"]["TimeCreated"]["#attributes"]["SystemTime"]
            if utc and utc[:15] != stamp[:15].replace("T", " "):  # to the ten minutes
                off += 1
        expect(row[0] + ": Sysmon events far from their UTC", off <= len(got) // 100, True)
        has(row[0], err, "clock:")


def test_splunk_exports(folder):
    with open(data("json", "splunk", "index.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f][1:]
    for row in rows:
        path = data("json", "splunk", row[0])
        with open(path, encoding="utf-8", newline="") as f:
            t = f.read()
        records = len(re.findall(r"(?m)^\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [AP]M\r?\nLogName=", t))
        elements = len(re.findall(r"(?m)^<Event ", t))
        expect(row[0] + ": counted as the index does", int(row[4]) in (records, elements), True)
        got, err = decoded(path)
        expect(row[0], len(got), records + elements)
        expect(row[0] + ": damage", "damaged" in err, False)
    got, _ = decoded(data("json", "splunk", "security-4688-office.txt"))
    has("command line", got[0]["EventData"]["CommandLine"], "\"C:\\Windows\\system32\\cmd.exe\" /c \"del")
    expect("parent", got[0]["EventData"]["ParentProcessName"], "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\winword.exe")


def plain(v):
    return {k: w.get("#text") if isinstance(w, dict) else w for k, w in (v or {}).items()}


def as_separate(e):
    def walk(o):
        out = {}
        for k, v in o.items():
            if isinstance(v, dict) and "#attributes" in v:
                out[k + "_attributes"] = v["#attributes"]
                rest = {a: b for a, b in v.items() if a != "#attributes"}
                if rest:
                    out[k] = rest["#text"] if set(rest) == {"#text"} else walk(rest)
            else:
                out[k] = walk(v) if isinstance(v, dict) and k != "Data" else v
        return out
    return walk({"Event": e})


def as_beats(e):
    s = e["System"]
    a = {k: (s.get(k) or {}).get("#attributes", {}) if isinstance(s.get(k) or {}, dict) else {} for k in ("Provider", "TimeCreated", "Execution", "Security")}
    w = {"channel": s["Channel"], "computer_name": s["Computer"], "event_id": text(s["EventID"]), "provider_name": a["Provider"].get("Name"),
         "provider_guid": a["Provider"].get("Guid"), "record_id": int(text(s["EventRecordID"])), "process": {"pid": a["Execution"].get("ProcessID")}}
    if e.get("EventData"):
        w["event_data"] = {k: text(v) for k, v in e["EventData"].items() if k != "Data" and text(v) != ""}
    for name, v in (e.get("UserData") or {}).items():
        w["user_data"] = {"xml_name": name, **{k: text(x) for k, x in v.items() if k != "#attributes"}}
    return {"@timestamp": a["TimeCreated"]["SystemTime"], "event": {"code": w["event_id"]}, "winlog": w}


def as_flat(e):
    s = e["System"]
    a = s["TimeCreated"]["#attributes"]["SystemTime"]
    out = {"EventTime": a, "EventReceivedTime": a, "Hostname": s["Computer"], "EventID": int(text(s["EventID"])), "Channel": s["Channel"],
           "SourceName": s["Provider"]["#attributes"]["Name"], "RecordNumber": int(text(s["EventRecordID"])), "SourceModuleType": "im_msvistalog"}
    for part in ("EventData", "UserData"):
        for k, v in leaves(e.get(part), part, []):
            out[k] = v
    return out


def as_dumpevtx(e):
    s = {}
    for k, v in e["System"].items():
        if isinstance(v, dict):
            v = {**v.get("#attributes", {}), **({"Value": v["#text"]} if "#text" in v else {})}
        s[k] = {"Value": v} if k == "EventID" and not isinstance(v, dict) else v
    user = {k: {a: b for a, b in v.items() if a != "#attributes"} for k, v in (e.get("UserData") or {}).items()}
    return {"System": s, **({"EventData": plain(e["EventData"])} if e.get("EventData") else {}), **({"UserData": user} if user else {}), "Message": ""}


def findings(*args):
    r = cordon("detect", *args, "--format", "jsonl")
    expect("exit", r.returncode, 0)
    return sorted((f["rule_id"], f["computer"], f["record_id"]) for f in map(json.loads, r.stdout.splitlines()) if "record_id" in f)


def test_every_shape_with_names_gives_the_findings_of_the_log(folder):
    """The regression logs, rendered in each shape: all rules hit the same records."""
    logs, rules = data("evtx", "sigma-regression"), data("sigma-rules")
    evtx = os.path.join(folder, "evtx")
    os.mkdir(evtx)
    for p in glob.glob(os.path.join(logs, "*.evtx")):
        os.symlink(p, os.path.join(evtx, os.path.basename(p)))
    paths = sorted(glob.glob(os.path.join(evtx, "*.evtx")))
    wanted = findings(*paths, "-r", rules)
    expect("findings", len(wanted) > 300, True)
    events, _ = decoded(*paths)
    shapes = {"nested.jsonl": lambda e: {"Event": e}, "separate.jsonl": as_separate, "beats.jsonl": as_beats, "flat.jsonl": as_flat, "dumpevtx.jsonl": as_dumpevtx}
    for name, shape in shapes.items():
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(json.dumps(shape(e)) + "\n" for e in events)
        expect(name, findings(path, "-r", rules), wanted)
    xml = os.path.join(folder, "events.xml")
    with open(xml, "w", encoding="utf-8") as f:
        f.write(cordon("decode", "--format", "xml", *paths).stdout)
    expect("xml", findings(xml, "-r", rules), wanted)


if __name__ == "__main__":
    main(sys.modules[__name__])
