"""Writes events in the JSON that people have, after the exporters' documentation and apart from the readers."""

from shape_event import LEVELS, NS, OPCODES, iso, local

# --- nested JSON -----------------------------------------------------------------------------------------


def separate(node):
    """Attributes beside their element, as evtx_dump --separate-json-attributes and Chainsaw write them."""
    if isinstance(node, list):
        return [separate(n) for n in node]
    if not isinstance(node, dict):
        return node
    out = {}
    for key, value in node.items():
        if isinstance(value, dict) and "#attributes" in value:
            out[key + "_attributes"] = value["#attributes"]
            rest = {k: v for k, v in value.items() if k != "#attributes"}
            if set(rest) == {"#text"}:
                out[key] = rest["#text"]
            elif rest:
                out[key] = separate(rest)
        else:
            out[key] = separate(value)
    return out


def old_evtx_dump(e):
    """evtx_dump of some years ago: GUIDs without braces and in capitals, six digits of a second."""
    o = e.json()
    system = o["Event"]["System"]
    system["TimeCreated"]["#attributes"]["SystemTime"] = iso(e.ticks(), 6)

    def bare(v):
        return (
            v[1:-1].upper()
            if isinstance(v, str) and len(v) == 38 and v[0] == "{" and v[-1] == "}" and v[9] == "-"
            else v
        )

    for el in ("Provider", "Correlation"):
        if isinstance(system.get(el), dict):
            system[el]["#attributes"] = {k: bare(v) for k, v in system[el]["#attributes"].items()}
    data = o["Event"].get("EventData")
    if isinstance(data, dict):
        for k in data:
            if "Guid" in k or "GUID" in k:
                data[k] = bare(data[k])
    return o


# Fields of hexadecimal types: dumpevtx prints their numbers.
HEX = {
    "SubjectLogonId",
    "TargetLogonId",
    "LogonId",
    "NewProcessId",
    "AccessMask",
    "GrantedAccess",
    "HandleId",
    "TargetLinkedLogonId",
    "Status",
    "SubStatus",
    "TicketOptions",
    "TicketEncryptionType",
    "OldUacValue",
    "NewUacValue",
    "CallerProcessId",
    "ServiceType",
    "ProcessId",
    "LogonID",
}


def dumpevtx(e):
    """Velociraptor's parser: attributes as members, numbers for hexadecimal types, times as seconds."""
    inline = e.json()["Event"]["System"]["EventID"]
    inline = isinstance(inline, str) or (isinstance(inline, dict) and isinstance(inline.get("#text"), str))

    def members(el):
        if len(el) == 0 and not el.attrib:
            return el.text or ""
        out = dict(el.attrib)
        for c in el:
            out[local(c.tag)] = members(c)
        return out

    o = {}
    source = e.json()["Event"]
    system = {}
    for key, value in source["System"].items():
        attributes = value.get("#attributes") if isinstance(value, dict) else None
        if key == "EventID":
            system[key] = (
                value
                if inline and not attributes
                else {**(attributes or {}), "Value": value["#text"] if attributes else value}
            )
        elif key == "TimeCreated" and not inline:
            system[key] = {"SystemTime": e.ticks() / 10_000_000}
        elif key == "Keywords" and not inline:
            system[key] = int(value, 16)
        elif key == "Provider" and not inline and "-Auditing" in e["ProviderName"] and attributes.get("Guid"):
            system[key] = {**attributes, "Guid": attributes["Guid"][1:-1].upper()}
        else:
            system[key] = {} if value is None else attributes or value
    o["System"] = system
    for key, value in source.items():
        if key in ("#attributes", "System"):
            continue
        part = e.root.find(NS + key)
        if key == "EventData" and part is not None:
            data = {}
            names = [d.get("Name") for d in part if local(d.tag) == "Data"]
            if inline or len(set(names)) != len(names) or None in names:
                texts = [d.text for d in part if local(d.tag) == "Data"]
                if all(n is None for n in names) and texts:
                    data["Data"] = texts if len(texts) > 1 else texts[0]
                elif texts:
                    data["Data"] = [
                        {"Name": d.get("Name"), **({"Value": d.text} if d.text else {})}
                        for d in part
                        if local(d.tag) == "Data"
                    ]
                data.update({local(d.tag): d.text or "" for d in part if local(d.tag) != "Data"})
            else:
                for d in part:
                    name = d.get("Name") or local(d.tag)
                    v = (value or {}).get(name)
                    if name in HEX and isinstance(v, str) and v.startswith("0x"):
                        v = int(v, 16)
                    elif isinstance(v, str) and len(v) == 38 and v[0] == "{" and name.lower().endswith("guid"):
                        v = v[1:-1].upper()
                    data[name] = d.text or "" if v is None else v
            o[key] = data
        elif part is not None:
            o[key] = members(part)
    o["Message"] = ""
    return o


def artifact(e):
    """A row of Velociraptor's artifacts for event logs: some columns, and the event's data as objects."""
    o = dumpevtx(e)
    out = {
        "EventTime": iso(e.ticks(), 7),
        "Computer": e["Computer"],
        "Channel": e["Channel"],
        "Provider": e["ProviderName"],
        "EventID": int(e["EventID"]),
        "EventRecordID": int(e["EventRecordID"]),
        "UserSID": e["UserID"] or None,
        "Username": "",
        "EventData": o.get("EventData"),
        "UserData": o.get("UserData"),
        "Message": "",
        "OSPath": "C:\\Windows\\System32\\winevt\\Logs\\x.evtx",
    }
    return out


# --- Winlogbeat ------------------------------------------------------------------------------------------


def beats_pairs(pairs):
    """Empty values are left out, the first of one name stands, and line ends are those of Unix."""
    out = {}
    for i, (name, value) in enumerate(pairs, 1):
        if value != "":
            out.setdefault(name if name not in ("", "Data") else f"param{i}", value.replace("\r\n", "\n").rstrip("\n"))
    return out


def beats_keywords(e):
    bits = int(e["Keywords"] or "0", 16)
    return [w for b, w in ((1 << 53, "Audit Success"), (1 << 52, "Audit Failure"), (1 << 55, "Classic")) if bits & b]


def without_empty(o):
    return {k: v for k, v in o.items() if v not in ("", None, [], {})}


def winlog(e, number=False):
    w = {
        "channel": e["Channel"],
        "event_id": int(e["EventID"]) if number else e["EventID"],
        "provider_name": e["ProviderName"],
        "record_id": int(e["EventRecordID"]),
        "computer_name": e["Computer"],
        "keywords": beats_keywords(e),
        "opcode": OPCODES.get(e["Opcode"]),
        "provider_guid": e["ProviderGuid"],
        "version": int(e["Version"] or 0) or None,
        "activity_id": e["ActivityID"],
        "related_activity_id": e["RelatedActivityID"],
        "event_data": beats_pairs(e.data or []),
        "user_data": beats_pairs(e.user_data),
        "process": without_empty(
            {"pid": int(e["ProcessID"] or 0) or None, "thread": without_empty({"id": int(e["ThreadID"] or 0) or None})}
        ),
        "api": "wineventlog",
        "user": {"identifier": e["UserID"]} if e["UserID"] else {},
    }
    if w["user_data"]:
        w["user_data"]["xml_name"] = e.user
    return without_empty(w)


def beats8(e):
    return {
        "@timestamp": iso(e.ticks(), 3),
        "@metadata": {"beat": "winlogbeat", "type": "_doc", "version": "8.11.0"},
        "event": {
            "code": e["EventID"],
            "kind": "event",
            "provider": e["ProviderName"],
            "created": "2026-01-01T00:00:00.000Z",
        },
        "log": {"level": LEVELS.get(e["Level"], "information").lower()},
        "host": {"name": e["Computer"], "hostname": "collector", "os": {"platform": "windows"}},
        "agent": {"name": "collector", "type": "winlogbeat", "version": "8.11.0"},
        "ecs": {"version": "8.0.0"},
        "winlog": winlog(e),
    }


def beats7(e):
    o = beats8(e)
    o["winlog"] = winlog(e, number=True)
    o["event"]["code"] = int(e["EventID"])
    return o


def beats_dotted(e):
    """The same with dotted names, as some pipelines have them."""
    out = {}

    def walk(o, path):
        for k, v in o.items():
            if isinstance(v, dict):
                walk(v, path + k + ".")
            else:
                out[path + k] = v

    walk(beats8(e), "")
    return out


def beats6(e):
    return without_empty(
        {
            "@timestamp": iso(e.ticks(), 3),
            "beat": {"name": "collector", "hostname": "collector", "version": "6.8.0"},
            "type": "wineventlog",
            "log_name": e["Channel"],
            "source_name": e["ProviderName"],
            "provider_guid": e["ProviderGuid"],
            "event_id": int(e["EventID"]),
            "version": int(e["Version"] or 0) or None,
            "record_number": e["EventRecordID"],
            "computer_name": e["Computer"],
            "level": LEVELS.get(e["Level"], ""),
            "opcode": OPCODES.get(e["Opcode"]),
            "keywords": beats_keywords(e),
            "activity_id": e["ActivityID"],
            "related_activity_id": e["RelatedActivityID"],
            "process_id": int(e["ProcessID"] or 0) or None,
            "thread_id": int(e["ThreadID"] or 0) or None,
            "user": {"identifier": e["UserID"]} if e["UserID"] else {},
            "event_data": beats_pairs(e.data or []),
            "user_data": {**beats_pairs(e.user_data), "xml_name": e.user} if e.user_data else {},
        }
    )


def hit(e):
    return {
        "_index": "winlogbeat-8.11.0",
        "_type": "_doc",
        "_id": "x" + e["EventRecordID"],
        "_score": 1,
        "_source": beats8(e),
    }


# --- flat shapes -----------------------------------------------------------------------------------------


def signed(keywords):
    n = int(keywords or "0", 16)
    return n - (1 << 64) if n >> 63 else n


SEVERITY = {"1": (5, "CRITICAL"), "2": (4, "ERROR"), "3": (3, "WARNING"), "5": (1, "DEBUG")}


def nxlog_base(e, pid, tid):
    value, word = SEVERITY.get(e["Level"], (2, "INFO"))
    audit = {1 << 53: "AUDIT_SUCCESS", 1 << 52: "AUDIT_FAILURE"}.get(int(e["Keywords"] or "0", 16) & (3 << 52))
    o = {
        "Hostname": e["Computer"],
        "Keywords": signed(e["Keywords"]),
        "EventType": audit or word,
        "SeverityValue": value,
        "Severity": word,
        "EventID": int(e["EventID"]),
        "SourceName": e["ProviderName"],
        "ProviderGuid": e["ProviderGuid"].upper() or None,
        "Version": int(e["Version"] or 0),
        "Task": int(e["Task"] or 0),
        "OpcodeValue": int(e["Opcode"] or 0),
        "RecordNumber": int(e["EventRecordID"]),
        "ActivityID": e["ActivityID"] or None,
        pid: int(e["ProcessID"] or 0),
        tid: int(e["ThreadID"] or 0),
        "Channel": e["Channel"],
    }
    if e["UserID"]:
        o.update({"Domain": "NT AUTHORITY", "AccountName": "SYSTEM", "UserID": e["UserID"], "AccountType": "User"})
    return {k: v for k, v in o.items() if v is not None}


NXLOG_OWN = {"SourceModuleName": "eventlog", "SourceModuleType": "im_msvistalog"}


def named(e):
    """Fields with names, as NXLog adds them; neither unnamed ones nor those of UserData."""
    return {n: v.replace("\r\n", "\n") for n, v in e.data or [] if n != ""}


def nxlog(e):
    """NXLog behind Logstash (four hours behind UTC), as in the OTRF sets: the collector's @timestamp is true."""
    behind = e.ticks() - 4 * 36_000_000_000
    o = {
        "EventTime": iso(behind, 0, "", " "),
        "EventReceivedTime": iso(behind + 25_000_000, 0, "", " "),
        "@timestamp": iso(e.ticks() + 26_000_000, 3),
        "@version": "1",
        "host": "wec.internal.cloudapp.net",
        "port": 64545,
        "tags": ["mordorDataset"],
    }
    o.update(nxlog_base(e, "ExecutionProcessID", "ThreadID"))
    if "EventType" in named(e):
        o["EventTypeOrignal"] = o["EventType"]
    o.update(named(e))
    return {**o, **NXLOG_OWN}


def nxlog2(e):
    """NXLog 2: local time without a zone, which only Sysmon's events tell; ProcessID is the System one."""
    behind = e.ticks() - 4 * 36_000_000_000
    return {
        "EventTime": iso(behind, 0, "", " "),
        **nxlog_base(e, "ProcessID", "ThreadID"),
        **named(e),
        "EventReceivedTime": iso(behind + 25_000_000, 0, "", " "),
        **NXLOG_OWN,
    }


def nxlog5(e):
    """NXLog 5: the zone is told; keywords as text, TaskValue."""
    o = {
        "EventTime": iso(e.ticks() + 3 * 36_000_000_000, 6, "+03:00"),
        **nxlog_base(e, "ExecutionProcessID", "ExecutionThreadID"),
    }
    o["Keywords"] = str(int(e["Keywords"] or "0", 16))
    o["TaskValue"] = o.pop("Task")
    if "ProviderGuid" in o:
        o["ProviderGuid"] = o["ProviderGuid"][1:-1]
    return {
        **o,
        **named(e),
        "EventReceivedTime": iso(e.ticks() + 3 * 36_000_000_000 + 20_000_000, 6, "+03:00"),
        **NXLOG_OWN,
    }


def time_created(e):
    """The OTRF sets with TimeCreated, five hours behind though it says Z: no record id, no process of the log."""
    when = iso(e.ticks() - 5 * 36_000_000_000, 3)
    return {
        "SourceName": e["ProviderName"],
        "ProviderGuid": e["ProviderGuid"],
        "Level": e["Level"],
        "Keywords": e["Keywords"],
        "Channel": e["Channel"],
        "Hostname": e["Computer"],
        "TimeCreated": when,
        "@timestamp": when,
        "EventID": int(e["EventID"]),
        "Message": "",
        "Task": e["Task"],
        **named(e),
    }


def flat(e):
    """All names at top level, System's as Sigma's own fields are called; what comes first of one name stands."""
    o = {
        "Provider_Name": e["ProviderName"],
        "Provider_Guid": e["ProviderGuid"],
        "EventID": int(e["EventID"]),
        "Version": e["Version"],
        "Level": e["Level"],
        "Task": e["Task"],
        "Opcode": e["Opcode"],
        "Keywords": e["Keywords"],
        "SystemTime": e["TimeCreatedSystemTime"],
        "EventRecordID": int(e["EventRecordID"]),
        "Execution_ProcessID": e["ProcessID"],
        "Execution_ThreadID": e["ThreadID"],
        "Channel": e["Channel"],
        "Computer": e["Computer"],
        "Security_UserID": e["UserID"],
    }
    o = without_empty(o)
    for name, value in e.fields():
        if name in ("", "Data"):
            o.setdefault("Data", []).append(value)
        else:
            o.setdefault(name, value)
    return o
