"""Evidence made to break its reader: it is damage, said and counted, and what lies beside it is read all the same."""
import json
import os
import sys

import forge
from e2e import cordon, event, expect, has, main, write_events, write_rule
from forge import BINXML, FRAGMENT, attribute, element, hole, instance, text

ALL = """
title: Anything
id: 5f0c2d5e-40c1-4d6c-9f0e-0d7f4bb0c001
status: test
level: low
logsource: {product: windows}
detection: {words: [whoami], condition: words}
"""


def write_log(folder, *chunks):
    path = os.path.join(folder, "forged.evtx")
    with open(path, "wb") as f:
        f.write(forge.log(*chunks))
    return path


def honest(chunk, event_name, data_name):
    """A record that is as it should be: one value in one element."""
    chunk.record(FRAGMENT + instance(chunk.definition(element(event_name, element(data_name, hole(0)))), text("whoami honest")))


def decoded(folder, chunk, damaged, records=1):
    """Decodes the chunk in both formats: so many of its last records can be read, so many places are damage, and as a record is lost, the
    evidence was not read to its end."""
    path = write_log(folder, chunk)
    for fmt in ("jsonl", "xml"):
        r = cordon("decode", "--format", fmt, path)
        expect("exit code", r.returncode, 4)
        expect("records", (len(r.stdout.splitlines()), r.stdout.count("honest")), (records, records))
        has("damage", r.stderr, f"{damaged} damaged places in 1 file:")
    found = cordon("detect", "-r", write_rule(folder, "rules", ALL), "-t", "jsonl", path)
    expect("exit code", found.returncode, 4)
    expect("findings", len(found.stdout.splitlines()), records)


def start():
    c = forge.Chunk()
    return c, c.name("Event"), c.name("UserData"), c.name("x")


def test_a_nested_value_that_is_no_binary_xml_loses_its_record_only(folder):
    c, ev, data, x = start()
    d = c.definition(element(ev, element(data, element(x, hole(0, 0)))))
    c.record(FRAGMENT + instance(d, (BINXML, b"\xff\1\0\x10")))
    honest(c, ev, x)
    path = write_log(folder, c)
    for fmt in ("jsonl", "xml"):
        r = cordon("decode", "--format", fmt, path)
        expect("exit code", r.returncode, 4)
        expect("records", r.stdout.count("honest"), 1)
        has("damage", r.stderr, "6 damaged places")


def test_names_that_everything_refers_to_do_not_multiply(folder):
    c, ev, data, x = start()
    long = c.name("N" * 12000)
    d = c.definition(element(ev, b"".join(element(long) for _ in range(2000))))
    c.record(FRAGMENT + instance(d))
    honest(c, ev, x)
    decoded(folder, c, 7)


def test_attributes_do_not_multiply_the_name_of_their_element(folder):
    c, ev, data, x = start()
    long = c.name("N" * 12000)
    d = c.definition(element(ev, element(data, element(long, None, b"".join(attribute(x, hole(i)) for i in range(2500))))))
    c.record(FRAGMENT + instance(d, text("a")))
    honest(c, ev, x)
    path = write_log(folder, c)
    r = cordon("detect", "-r", write_rule(folder, "rules", ALL), "-t", "jsonl", path)
    expect("findings", (r.returncode, len(r.stdout.splitlines())), (4, 1))
    has("damage", r.stderr, "7 damaged places")


def test_instances_with_far_more_holes_than_values(folder):
    c, ev, data, x = start()
    d = c.definition(element(ev, hole(65534)))
    c.record(FRAGMENT + element(ev, b"".join(instance(d) for _ in range(2000)), dependency=False))
    honest(c, ev, x)
    decoded(folder, c, 6)


def test_one_value_used_a_thousand_times(folder):
    c, ev, data, x = start()
    d = c.definition(element(ev, element(data, b"".join(element(x, hole(0)) for _ in range(1000)))))
    c.record(FRAGMENT + instance(d, text("a" * 10000)))
    honest(c, ev, x)
    decoded(folder, c, 6)


def test_values_within_values_each_used_many_times(folder):
    c, ev, data, x = start()
    d = c.definition(element(ev, hole(0, BINXML)))
    inner = c.definition(element(data, hole(0, BINXML) * 30))
    value = FRAGMENT + instance(inner, text(""))
    for _ in range(7):
        value = FRAGMENT + instance(inner, (BINXML, value))
    c.record(FRAGMENT + instance(d, (BINXML, value)))
    honest(c, ev, x)
    decoded(folder, c, 7)


def test_a_tab_in_an_attribute_stays_one(folder):
    c, ev, data, x = start()
    d = c.definition(element(ev, element(data, None, attribute(x, hole(0)))))
    c.record(FRAGMENT + instance(d, text("a\tb")))
    r = cordon("decode", "--format", "xml", write_log(folder, c))
    has("XML", r.stdout, 'x="a&#9;b"')


def test_a_long_name_with_many_attributes_in_json(folder):
    forged = event(1)
    forged["Event"]["UserData"] = {"k" * 100000: {"#attributes": {f"a{i}": 1 for i in range(1000)}}}
    path = write_events(folder, "a.jsonl", [forged, event(2)])
    r = cordon("detect", "-r", write_rule(folder, "rules", ALL), "-t", "jsonl", path)
    expect("findings", [json.loads(line)["record_id"] for line in r.stdout.splitlines()], [2])
    has("damage", r.stderr, "field names longer than an event can need")


def test_sections_that_never_end_take_no_quadratic_time(folder):
    path = os.path.join(folder, "a.xml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("<Events>" + "<Event><![CDATA[ " * 100000)
        f.write("<Event><System><EventID>1</EventID></System></Event>\n" * 3)
    r = cordon("decode", path, timeout=60)  # before: 100,000 tries of 2 MB each
    expect("exit code", r.returncode, 4)
    has("damage", r.stderr, "damaged places in 1 file:")


def test_a_closed_standard_output_is_said(folder):
    path = write_events(folder, "a.jsonl", [event(1)])
    r = cordon("decode", path, preexec_fn=lambda: os.close(1), stdout=None)
    expect("exit code", r.returncode, 2)
    has("message", r.stderr, "cannot write to standard output")


if __name__ == "__main__":
    main(sys.modules[__name__])
