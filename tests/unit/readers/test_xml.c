#include "tests/unit/test.h"

#include <stdlib.h>

#include "base/utf.h"
#include "readers/xml/xml.h"
#include "tests/unit/readers/gather.h"

#define EVENT(id, data) "<Event xmlns='u'><System><Provider Name='P'/><EventID>" id "</EventID><Channel>C</Channel></System><EventData>" data "</EventData></Event>"

static gathered read_bytes(const void *p, size_t n)
{
    gathered g = {.n = 0};
    gather_bytes(&g, &cor_reader_xml, p, n);
    assert_int_equal(g.code, COR_OK);
    return g;
}

/* Text before, between and behind; what of it is told as damage. */
static void surroundings(void **state)
{
    (void)state;
    static const struct { const char *before, *between, *after; unsigned damaged; } rows[] = {
        {"", "", "", 0},
        {"\xef\xbb\xbf<?xml version=\"1.0\"?>\r\n<Events>\r\n", "\r\n", "</Events>\r\n", 0},
        /* the Event in the comment has no end */
        {"<Events xmlns='x'><!-- <Event> is not one -->", "<!-- - -->\n", "</Events>", 2},
        {"noise ", "\n", "", 1},
        {"", " 12:00 host app: ", "\n", 1},
        {"Record 1\n<?xml version=\"1.0\" encoding=\"utf-8\"?>\n", "\r\nRecord 2\r\n<?xml version=\"1.0\"?>\n", "\n",
         0},
        {"", "\nRecord two\n", "\nRecord 3", 2},
        {"<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>", "", "", 1},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        char t[2048];
        size_t n = (size_t)snprintf(t, sizeof t, "%s%s%s%s%s", rows[i].before, EVENT("1", "<Data Name='A'>a</Data>"),
                                    rows[i].between, EVENT("2", "<Data/>"), rows[i].after);
        gathered g = read_bytes(t, n);
        assert_int_equal(g.n, 2);
        assert_int_equal(g.ev[0].event_id, 1);
        assert_int_equal(g.ev[1].event_id, 2);
        assert_int_equal(g.tally.damaged, rows[i].damaged);
        assert_int_equal(memcmp(t + g.ev[1].offset, "<Event ", 7), 0);
        gather_free(&g);
    }
}

static void values_and_printing(void **state)
{
    (void)state;
    const char *t = "<Event xmlns='u'>\n <System>\n  <EventID Qualifiers='0'>800</EventID><Security/></System>\n <EventData>\n  <Data Name='A'>1 &lt; 2\r\n&#13;\n"
                    "\xc3\xa4</Data><Data></Data><Data>x</Data><Binary>00FF</Binary></EventData></Event>";
    gathered g = read_bytes(t, strlen(t));
    assert_int_equal(g.n, 1);
    assert_string_equal(g.ev[0].fields.p, "A=1 < 2\r\n\r\n\xc3\xa4\nData=\nData=x\nBinary=00FF\n");
    assert_string_equal(g.ev[0].jsonl.p, "{\"Event\":{\"#attributes\":{\"xmlns\":\"u\"},\"System\":{\"EventID\":{\"#attributes\":{\"Qualifiers\":0},\"#text\":800},"
                                         "\"Security\":null},\"EventData\":{\"A\":\"1 < 2\\r\\n\\r\\n\xc3\xa4\",\"Data\":{\"#text\":[\"\",\"x\"]},\"Binary\":\"00FF\"}}}");
    assert_string_equal(g.ev[0].xml.p, "<Event xmlns=\"u\"><System><EventID Qualifiers=\"0\">800</EventID><Security/></System><EventData><Data Name=\"A\">1 &lt; 2&#13;&#10;"
                                       "&#13;&#10;\xc3\xa4</Data><Data></Data><Data>x</Data><Binary>00FF</Binary></EventData></Event>");
    gather_free(&g);
}

/* A broken Event costs itself; the next one is read. */
static void broken_events(void **state)
{
    (void)state;
    static const struct { const char *bad; unsigned damaged; } rows[] = {
        {"<Event><System><EventID>9</EventID></System>", 1},                          /* no end */
        {"<Event><System></EventID></Event>", 1},
        {"<Event><System/><EventData><Data>&nbsp;</Data></EventData></Event>", 1},    /* an entity nobody declared */
        {"<Event", 1},
        {"<Event><a b='1' b='2'/></Event>", 1},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        char t[2048];
        size_t n = (size_t)snprintf(t, sizeof t, "%s\n%s\n%s", EVENT("1", ""), rows[i].bad, EVENT("2", ""));
        gathered g = read_bytes(t, n);
        if (g.n != 2 || g.tally.damaged != rows[i].damaged)
            fail_msg("%s: %zu events, %d damaged", rows[i].bad, g.n, (int)g.tally.damaged);
        assert_int_equal(g.ev[1].event_id, 2);
        assert_int_equal(strtoul((char *)g.damage.p, NULL, 10), strlen(EVENT("1", "")) + 1);
        gather_free(&g);
    }
}

static void forbidden_characters_do_not_cost_the_event(void **state)
{
    (void)state;
    static const char t[] = EVENT("1", "<Data Name='A'>x\x01y&#x2;z\xff</Data>");
    gathered g = read_bytes(t, sizeof t - 1);
    assert_int_equal(g.n, 1);
    assert_int_equal(g.tally.damaged, 0);
    assert_string_equal(g.ev[0].fields.p, "A=x\xef\xbf\xbdy\xef\xbf\xbdz\xef\xbf\xbd\n");
    assert_non_null(memmem(g.notes.p, g.notes.n, "1 events hold characters", 24));
    gather_free(&g);
}

/* wevtutil piped by PowerShell: UTF-16. Offsets are those of the file. */
static void utf16(void **state)
{
    (void)state;
    cor_buf b = {0};
    cor_buf_put(&b, "\xff\xfe", 2);
    cor_utf8_to_utf16(COR_S(EVENT("1", "<Data Name='A'>\xf0\x9f\x98\x80</Data>") "\r\n"), &b);
    size_t second = b.n;
    cor_utf8_to_utf16(COR_S(EVENT("2", "") "\r\n"), &b);
    for (int big = 0; big < 2; big++) {
        gathered g = {.n = 0};
        gather_bytes(&g, NULL, b.p, b.n);
        assert_int_equal(g.n, 2);
        assert_string_equal(g.ev[0].fields.p, "A=\xf0\x9f\x98\x80\n");
        assert_int_equal(g.ev[0].offset, 2);
        assert_int_equal(g.ev[1].offset, second);
        gather_free(&g);
        for (size_t i = 0; i + 1 < b.n; i += 2) {
            uint8_t c = b.p[i];
            b.p[i] = b.p[i + 1];
            b.p[i + 1] = c;
        }
    }
    cor_buf_free(&b);
}

/* However it is cut, every event is read once, in order. */
static void parts(void **state)
{
    (void)state;
    cor_buf b = {0};
    for (int i = 1; i <= 50; i++)
        cor_buf_fmt(&b, "<Event><System><EventRecordID>%d</EventRecordID></System><EventData><Data>%*s</Data></EventData></Event>\n", i, i * 7 % 90, "x");
    for (uint64_t want = 40; want < 9000; want = want * 3 / 2) {
        gathered g = {.want = want};
        gather_bytes(&g, &cor_reader_xml, b.p, b.n);
        assert_int_equal(g.n, 50);
        assert_int_equal(g.tally.damaged, 0);
        for (size_t i = 0; i < 50; i++)
            assert_int_equal(g.ev[i].record_id, i + 1);
        gather_free(&g);
    }
    cor_buf_free(&b);
}

/* An event longer than what is read at a time, and one longer than the limit. */
static void long_events(void **state)
{
    (void)state;
    cor_buf b = {0};
    static const size_t lengths[] = {300000, 5000000};
    for (size_t k = 0; k < COR_LEN(lengths); k++) {
        cor_buf_z(&b, "<Event><System><EventRecordID>1</EventRecordID></System><EventData><Data>");
        for (size_t i = 0; i < lengths[k]; i++)
            cor_buf_c(&b, i % 97 == 0 ? '\n' : 'x');
        cor_buf_z(&b, "</Data></EventData></Event>\n");
    }
    cor_buf_z(&b, EVENT("3", ""));
    gathered g = read_bytes(b.p, b.n);
    assert_int_equal(g.n, 2);
    assert_int_equal(g.ev[1].event_id, 3);
    assert_int_equal(g.ev[0].fields.n, 300000 + 6);
    assert_int_equal(g.tally.damaged, 1);
    gather_free(&g);
    cor_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surroundings), cmocka_unit_test(values_and_printing), cmocka_unit_test(broken_events),
        cmocka_unit_test(forbidden_characters_do_not_cost_the_event), cmocka_unit_test(utf16), cmocka_unit_test(parts),
        cmocka_unit_test(long_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
