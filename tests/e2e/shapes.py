"""The shapes that people have events in: how each is written, and what of an event it carries."""

import copy
import xml.etree.ElementTree as ET

from shape_event import LEVELS, NS, Event, dump, iso, local
from shape_json import (
    artifact,
    beats6,
    beats7,
    beats8,
    beats_dotted,
    beats_pairs,
    dumpevtx,
    flat,
    hit,
    named,
    nxlog,
    nxlog2,
    nxlog5,
    nxlog_base,
    old_evtx_dump,
    separate,
    time_created,
)

# --- XML -------------------------------------------------------------------------------------------------


def escape(text, quote):
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace(quote, "&apos;" if quote == "'" else "&quot;") if quote else text


def xml(e, quote="'", indent=None, rendering=False):
    """As Windows writes it: single quotes, line ends as they are; with indent, an element a line."""
    root = copy.deepcopy(e.root)
    root.find(NS + "System").find(NS + "TimeCreated").set("SystemTime", iso(e.ticks(), 7, "00Z"))
    if rendering and root.find(NS + "RenderingInfo") is None:
        info = ET.SubElement(root, NS + "RenderingInfo", {"Culture": "en-US"})
        ET.SubElement(info, NS + "Message").text = "A rendered message."
        ET.SubElement(info, NS + "Level").text = LEVELS.get(e["Level"], "")
        ET.SubElement(info, NS + "Keywords").append(ET.Element(NS + "Keyword"))
    out = []

    def write(el, depth, space):
        own, sep, name = el.tag.rpartition("}")
        own = own[1:]
        pad = "" if indent is None else "\n" + indent * depth
        out.append((pad if depth else "") + "<" + name)
        if own != space:
            out.append(f" xmlns={quote}{own}{quote}")
        for k, v in el.attrib.items():
            out.append(f" {local(k)}={quote}{escape(v, quote)}{quote}")
        if len(el) == 0 and not el.text:
            out.append(
                "/>" if name in ("Correlation", "Security", "Execution", "Provider", "TimeCreated") else f"></{name}>"
            )
            return
        out.append(">" + escape(el.text or "", None))
        for c in el:
            write(c, depth + 1, own)
        if len(el):
            out.append(pad if indent is not None else "")
        out.append(f"</{name}>")

    write(root, 0, None)
    return "".join(out)


# --- whole files -----------------------------------------------------------------------------------------


def lines(one):
    return lambda events: "".join(dump(one(e)) + "\n" for e in events).encode("utf-8", "surrogatepass")


def array(one, indent=None):
    return lambda events: dump([one(e) for e in events], indent=indent).encode("utf-8", "surrogatepass")


def laid_out(one, before=""):
    """Objects over many lines, one after another."""
    return lambda events: "".join(
        before.format(i) + dump(one(e), indent=2) + "\n" for i, e in enumerate(events, 1)
    ).encode("utf-8", "surrogatepass")


def events_root(events):
    return (
        '\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<Events>'
        + "".join(xml(e, '"', "  ", True) + "\n" for e in events)
        + "</Events>"
    ).encode("utf-8")


def record_n_xml(events):
    """evtx_dump's XML as it comes without options."""
    return "".join(
        f"Record {e['EventRecordID']}\n<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{xml(e, chr(34), '  ')}\n"
        for e in events
    ).encode("utf-8")


def splunk_result(e):
    return {
        "preview": False,
        "offset": 0,
        "result": {
            "_time": iso(e.ticks(), 3, "+00:00"),
            "host": "collector",
            "source": "XmlWinEventLog:" + e["Channel"],
            "sourcetype": "XmlWinEventLog",
            "_raw": xml(e),
        },
    }


# --- what a shape carries --------------------------------------------------------------------------------

ALL = {
    "ProviderName",
    "ProviderGuid",
    "ProviderEventSourceName",
    "EventIDQualifiers",
    "EventID",
    "Version",
    "Level",
    "Task",
    "Opcode",
    "Keywords",
    "TimeCreatedSystemTime",
    "EventRecordID",
    "ActivityID",
    "RelatedActivityID",
    "ProcessID",
    "ThreadID",
    "Channel",
    "Computer",
    "UserID",
}
BEATS = ALL - {
    "ProviderEventSourceName",
    "EventIDQualifiers",
    "Task",
    "Keywords",
    "Version",
    "Opcode",
    "ProcessID",
    "ThreadID",
}
NXLOG = ALL - {
    "ProviderEventSourceName",
    "EventIDQualifiers",
    "RelatedActivityID",
    "Version",
    "Task",
    "Opcode",
    "ProcessID",
    "ThreadID",
    "Level",
}


def all_fields(e):
    return e.fields()


def beats_fields(e):
    """Of unnamed data the place is told by the number; an empty one in front of another is known to have been there."""
    pairs = beats_pairs(e.data or [])
    if not e["ProviderGuid"]:
        numbers = {int(k[5:]): v for k, v in pairs.items() if k.startswith("param") and k[5:].isdigit()}
        unnamed = [("", numbers.get(i, "")) for i in range(1, max(numbers, default=0) + 1)]
        return (
            unnamed
            + [(k, v) for k, v in pairs.items() if not (k.startswith("param") and k[5:].isdigit())]
            + list(beats_pairs(e.user_data).items())
        )
    return list(pairs.items()) + list(beats_pairs(e.user_data).items())


def nxlog_fields(e):
    """A field of a name of NXLog's stands in its place; AccountName and Domain beside a UserID are NXLog's."""
    own = named(e)
    base = nxlog_base(e, "ExecutionProcessID", "ThreadID")
    names = [n for n in base if n in own] + [n for n in own if n not in base]
    return [(n, own[n]) for n in names if not (e["UserID"] and n in ("AccountName", "Domain", "UserID"))]


def named_fields(e):
    return list(named(e).items())


SYSTEM_NAMES = {"Channel", "Version", "Level", "Task", "Opcode", "Keywords", "Computer", "EventID", "EventRecordID"}


def flat_fields(e):
    """Of two equal names the first, which is System's."""
    seen, out = set(SYSTEM_NAMES), []
    unnamed = [("", v) for n, v in e.fields() if n in ("", "Data")]
    for n, v in e.fields():
        if n in ("", "Data"):
            out += unnamed
            unnamed = []
        elif n not in seen:
            seen.add(n)
            out.append((n, v))
    return out


class Shape:
    """How events are written, and what of them is there again: keys of System, digits of a second, fields."""

    def __init__(self, ending, write, note, system=ALL, digits=7, fields=all_fields):
        self.ending, self.write, self.note, self.system, self.digits, self.fields = (
            ending,
            write,
            note,
            system,
            digits,
            fields,
        )


def beats(write):
    return Shape(".ndjson", write, "Winlogbeat or Elastic Agent", BEATS, 3, beats_fields)


NESTED, SEPARATE, XML = "evtx_dump (Event.System", "separate attributes", "event XML"
ROWS = {"ProviderName", "EventID", "EventRecordID", "Channel", "Computer", "UserID", "TimeCreatedSystemTime"}
CREATED = {
    "ProviderName",
    "ProviderGuid",
    "EventID",
    "Level",
    "Task",
    "Keywords",
    "Channel",
    "Computer",
    "TimeCreatedSystemTime",
}
FLAT = ALL - {"ProviderEventSourceName", "EventIDQualifiers", "ActivityID", "RelatedActivityID"}

SHAPES = {
    "evtx_dump jsonl": Shape(".jsonl", lines(Event.json), NESTED),
    "evtx_dump jsonl, old": Shape(".jsonl", lines(old_evtx_dump), NESTED, digits=6),
    "evtx_dump json": Shape(".json", laid_out(Event.json, "Record {}\n"), NESTED),
    "evtx_dump json without record numbers": Shape(".json", laid_out(Event.json), NESTED),
    "evtx_dump in an array": Shape(".json", array(Event.json), NESTED),
    "evtx_dump xml": Shape(".xml", record_n_xml, XML),
    "evtx_dump --separate-json-attributes": Shape(".jsonl", lines(lambda e: separate(e.json())), SEPARATE),
    "Hayabusa, Chainsaw dump": Shape(".json", array(lambda e: separate(e.json()), 2), SEPARATE),
    "dumpevtx": Shape(".json", laid_out(dumpevtx), "Velociraptor", digits=5),
    "Velociraptor parse_evtx": Shape(".json", lines(dumpevtx), "Velociraptor", digits=5),
    "Velociraptor artifact": Shape(".json", lines(artifact), "flat with EventData inside", ROWS),
    "Winlogbeat 8": beats(lines(beats8)),
    "Winlogbeat 8, dotted": beats(lines(beats_dotted)),
    "Winlogbeat 7": beats(lines(beats7)),
    "Winlogbeat 6": Shape(".json", lines(beats6), "Winlogbeat 6", BEATS, 3, beats_fields),
    "Elastic _source": beats(lines(hit)),
    "Elastic search result": beats(
        lambda events: dump({"took": 1, "hits": {"total": len(events), "hits": [hit(e) for e in events]}}).encode()
    ),
    "NXLog behind Logstash": Shape(".json", lines(nxlog), "NXLog", NXLOG, 0, nxlog_fields),
    "NXLog 2": Shape(".log", lines(nxlog2), "NXLog", NXLOG, None, nxlog_fields),
    "NXLog 5": Shape(".log", lines(nxlog5), "NXLog", NXLOG, 6, nxlog_fields),
    "OTRF TimeCreated": Shape(".json", lines(time_created), "flat (field names", CREATED, None, named_fields),
    "flat": Shape(".json", lines(flat), "flat (field names", FLAT, 7, flat_fields),
    "flat in an array": Shape(".json", array(flat, 1), "flat (field names", FLAT, 7, flat_fields),
    "wevtutil": Shape(".xml", lambda events: "\r\n".join(map(xml, events)).encode(), XML),
    "Events root over many lines": Shape(".xml", events_root, XML),
    "UTF-16": Shape(".xml", lambda events: "\r\n".join(map(xml, events)).encode("utf-16"), XML),
    "UTF-16, big end first": Shape(
        ".xml", lambda events: b"\xfe\xff" + "\r\n".join(map(xml, events)).encode("utf-16-be"), XML
    ),
    "Splunk XML": Shape(".log", lambda events: "\n".join(xml(e, rendering=True) for e in events).encode(), XML),
    "Splunk JSON results": Shape(".json", lines(splunk_result), "event text inside JSON"),
}
