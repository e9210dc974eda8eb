#include "tests/unit/test.h"

#include "readers/json/json.h"
#include "tests/unit/readers/gather.h"

#define EVENT(id, data)                                                                                                                     \
    "{\"Event\":{\"#attributes\":{\"xmlns\":\"http://schemas.microsoft.com/win/2004/08/events/event\"},\"System\":{\"Provider\":{\"#attributes\":" \
    "{\"Name\":\"P\"}},\"EventID\":{\"#attributes\":{\"Qualifiers\":16384},\"#text\":" id "},\"Level\":4,\"TimeCreated\":{\"#attributes\":"    \
    "{\"SystemTime\":\"2019-03-03T09:20:28.6214897Z\"}},\"EventRecordID\":7,\"Correlation\":null,\"Channel\":\"System\",\"Computer\":\"PC\"}," \
    data "}}"

static gathered read_text(const char *text)
{
    gathered g = {.n = 0};
    gather_bytes(&g, &cor_reader_json, text, strlen(text));
    assert_int_equal(g.code, COR_OK);
    return g;
}

/* What is read prints again as it was. */
static void evtx_dump_lines_come_back(void **state)
{
    (void)state;
    static const char *const rows[] = {
        EVENT("7045", "\"EventData\":{\"ServiceName\":\"a\\\"b\",\"N\":5,\"B\":true,\"E\":\"\"}"),
        EVENT("\"800\"", "\"EventData\":{\"Data\":{\"#text\":[\"\",\"x\\r\\n\\ty\",\"z\"]}}"),
        EVENT("1", "\"EventData\":{\"X\":[1,2],\"Y\":\"y\",\"X_1\":3}"),
        EVENT("104", "\"UserData\":{\"LogFileCleared\":{\"#attributes\":{\"xmlns\":\"u\"},\"Channel\":\"System\",\"BackupPath\":null}}"),
        EVENT("1", "\"UserData\":{\"E\":{\"P\":{\"#attributes\":{\"a\":1},\"#text\":\"t\"},\"P_1\":{\"#attributes\":{\"a\":2}},\"Q\":\"\\uD83D\"}}"),
        EVENT("1", "\"EventData\":null"),
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        gathered g = read_text(rows[i]);
        assert_int_equal(g.n, 1);
        if (strcmp(g.ev[0].jsonl.p, rows[i]) != 0)
            fail_msg("read   %s\nprinted %s", rows[i], g.ev[0].jsonl.p);
        gather_free(&g);
    }
}

static void fields_have_the_names_of_the_log(void **state)
{
    (void)state;
    static const struct { const char *data, *fields; } rows[] = {
        {"\"EventData\":{\"A b\":\"1\",\"Data\":{\"#text\":[\"\",\"x\"]},\"ProcessGuid\":\"075C05C2-EE8D-5F45-8401-000000000400\"}",
         "A b=1\nData=\nData=x\nProcessGuid={075c05c2-ee8d-5f45-8401-000000000400}\n"},
        {"\"UserData\":{\"E\":{\"#attributes\":{\"xmlns:a\":\"u\",\"k\":\"v\"},\"P\":{\"Q\":\"q\"},\"R\":null}}",
         "E.k=v\nQ=q\nR=\n"},
        {"\"RenderingInfo\":{\"#attributes\":{\"Culture\":\"en\"},\"Message\":\"m\"},\"ProcessingErrorData\":{\"ErrorCode\":15005}",
         "RenderingInfo.Message=m\nErrorCode=15005\n"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        char line[2048];
        snprintf(line, sizeof line, EVENT("5", "%s"), rows[i].data);
        gathered g = read_text(line);
        assert_int_equal(g.n, 1);
        assert_string_equal(g.ev[0].fields.p, rows[i].fields);
        gather_free(&g);
    }
}

static void system_values(void **state)
{
    (void)state;
    cor_arena mem = {0};
    cor_layouts *layouts = cor_layouts_new();
    cor_event ev;
    cor_err e = {0};
    static const char line[] = EVENT("7045", "\"EventData\":{\"A\":1}");
    assert_int_equal(cor_json_event(line, strlen(line), &mem, layouts, &ev, &e), COR_OK);
    assert_int_equal(ev.head.event_id, 7045);
    assert_int_equal(ev.record_id, 7);
    assert_str(cor_event_sys(&ev, COR_SYS_CHANNEL, &mem), "System");
    assert_str(cor_event_sys(&ev, COR_SYS_QUALIFIERS, &mem), "16384");
    assert_str(cor_event_sys(&ev, COR_SYS_PROVIDER_NAME, &mem), "P");
    assert_str(cor_event_sys(&ev, COR_SYS_TIME_CREATED, &mem), "2019-03-03T09:20:28.6214897Z");
    assert_int_equal(ev.sys[COR_SYS_ACTIVITY_ID].type, COR_V_NULL);
    int64_t n;
    assert_true(cor_val_int(cor_event_field(&ev, COR_S("A")), &n));
    assert_int_equal(n, 1);
    assert_int_equal(cor_json_event("{\"a\":1}", 7, &mem, layouts, &ev, &e), COR_EFORMAT);
    assert_int_equal(cor_json_event("{\"a\":1", 6, &mem, layouts, &ev, &e), COR_ETRUNC);
    cor_layouts_free(layouts);
    cor_arena_free(&mem);
}

/* Attributes beside their element, as evtx_dump --separate-json-attributes and Hayabusa write them, print as the usual
 * shape. */
static void separate_attributes(void **state)
{
    (void)state;
    gathered g = read_text("{\"Event_attributes\":{\"xmlns\":\"u\"},\"Event\":{\"System\":{\"Provider_attributes\":{\"Name\":\"P\"},\"EventID_attributes\":"
                           "{\"Qualifiers\":0},\"EventID\":3,\"Security\":null},\"UserData\":{\"L_attributes\":{\"xmlns\":\"v\"},\"L\":{\"A\":\"a\"}}}}");
    assert_int_equal(g.n, 1);
    assert_string_equal(g.ev[0].jsonl.p, "{\"Event\":{\"#attributes\":{\"xmlns\":\"u\"},\"System\":{\"Provider\":{\"#attributes\":{\"Name\":\"P\"}},\"EventID\":"
                                         "{\"#attributes\":{\"Qualifiers\":0},\"#text\":3},\"Security\":null},\"UserData\":{\"L\":{\"#attributes\":{\"xmlns\":"
                                         "\"v\"},\"A\":\"a\"}}}}");
    assert_string_equal(g.ev[0].xml.p, "<Event xmlns=\"u\"><System><Provider Name=\"P\"/><EventID Qualifiers=\"0\">3</EventID><Security/></System><UserData>"
                                       "<L xmlns=\"v\"><A>a</A></L></UserData></Event>");
    gather_free(&g);
}

/* A broken object costs itself; its place is told; the next one is found. */
static void damage_is_placed(void **state)
{
    (void)state;
    const char *ok = EVENT("1", "\"EventData\":{}");
    char text[4096];
    int at = snprintf(text, sizeof text, "%s\n", ok);
    snprintf(text + at, sizeof text - (size_t)at, "{\"Event\":{\"System\":{\"EventID\":}}}\n%s\n{\"a\":1}\n%s", ok, ok);
    gathered g = read_text(text);
    assert_int_equal(g.n, 3);
    assert_int_equal(g.tally.records, 3);
    assert_int_equal(g.tally.damaged, 2);
    char want[200];
    snprintf(want, sizeof want, "%d+34 '}' where a value should be\n%zu+7 a JSON object in no known event shape\n", at,
             (size_t)at + 34 + strlen(ok) + 1);
    assert_string_equal((snprintf(text, sizeof text, "%.*s", (int)g.damage.n, (char *)g.damage.p), text), want);
    gather_free(&g);
}

static void layouts_of_many_objects(void **state)
{
    (void)state;
    const char *ok = EVENT("1", "\"EventData\":{\"A\":\"{\\n\"}");
    char text[8192];
    static const struct { const char *before, *between, *after; } rows[] = {
        {"", "\n", ""}, {"\xef\xbb\xbf", "\r\n\r\n", "\n"}, {"[", ",", "]"}, {"[\n  ", ",\n  ", "\n]\n"}, {"", "", ""},
        {"\x1e", "\n\x1e", "\n"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        snprintf(text, sizeof text, "%s%s%s%s%s%s%s", rows[i].before, ok, rows[i].between, ok, rows[i].between, ok,
                 rows[i].after);
        gathered g = read_text(text);
        assert_int_equal(g.n, 3);
        assert_int_equal(g.tally.damaged, 0);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(g.ev[k].offset, strlen(rows[i].before) + k * (strlen(ok) + strlen(rows[i].between)));
        gather_free(&g);
    }
}

/* Search results: all events in an array within one object. */
static void wrapped(void **state)
{
    (void)state;
    const char *ok = EVENT("1", "\"EventData\":{\"A\":[{\"Name\":\"x\"}]}");
    char text[8192];
    static const struct { const char *before, *after; } rows[] = {
        {"{\"took\":1,\"hits\":{\"total\":{\"value\":3},\"hits\":[", "]}}"},
        {"{\"note\":\"[{\",\"Events\": [\n", "\n], \"next\": {}}\n"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        snprintf(text, sizeof text, "%s%s,\n%s,%s%s", rows[i].before, ok, ok, ok, rows[i].after);
        gathered g = read_text(text);
        assert_int_equal(g.n, 3);
        assert_int_equal(g.ev[0].offset, strlen(rows[i].before));
        gather_free(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evtx_dump_lines_come_back),
        cmocka_unit_test(fields_have_the_names_of_the_log),
        cmocka_unit_test(system_values),
        cmocka_unit_test(separate_attributes),
        cmocka_unit_test(damage_is_placed),
        cmocka_unit_test(layouts_of_many_objects),
        cmocka_unit_test(wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
