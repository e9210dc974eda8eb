/* Any allocation may fail in the readers of text: they say so, and leak nothing (the sanitizer builds see to that). */
#include "tests/unit/test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "readers/json/json.h"
#include "readers/splunk/splunk.h"
#include "readers/xml/xml.h"

static cor_code print(void *ctx, const cor_event *ev, cor_err *e)
{
    cor_buf *out = ctx;
    cor_code code = ev->render(ev, COR_FMT_JSONL, out, e);
    return code != COR_OK ? code : ev->render(ev, COR_FMT_XML, out, e);
}

static void try_all(const cor_reader *r, const char *text, size_t n, uint64_t records)
{
    int fd = memfd_create("text", MFD_CLOEXEC);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    for (long k = 0;; k++) {
        cor_read_options o = {.from = COR_NOTIME, .to = COR_NOTIME};
        cor_input in = {.fd = fd, .size = n, .name = COR_S("text")};
        cor_buf out = {0};
        cor_sink sink = {.ctx = &out, .event = print, .fields = true};
        cor_part p = {0, n};
        cor_tally t = {0};
        cor_err e = {0};
        assert_int_equal(cor_input_read(&in, 0, in.head, sizeof in.head, &in.head_n, &e), COR_OK);
        cor_oom_at(k);
        void *st = r->open(&o);
        cor_code code = st == NULL ? COR_ENOMEM : r->read(st, &in, &p, &sink, &t, &e);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        r->close(st);
        cor_buf_free(&out);
        if (code != (fired ? COR_ENOMEM : COR_OK))
            fail_msg("%s, allocation %ld: code %d, %s", r->name, k, code, e.msg);
        if (!fired) {
            assert_int_equal(t.records, records);
            break;
        }
    }
    close(fd);
}

static void json(void **state)
{
    (void)state;
    static const char text[] =
        "{\"Event\":{\"System\":{\"EventID\":1},\"EventData\":{\"A\":\"\\n\",\"Data\":{\"#text\":[1,2]}}}}\n"
        "{\"EventID\":1,\"Channel\":\"C\",\"TimeCreated\":\"2021-06-11 09:07:15\"}\n"
        "{\"EventID\":1,\"Channel\":\"C\",\"SourceName\":\"Microsoft-Windows-Sysmon\",\"TimeCreated\":\"2021-06-11 09:07:15\",\"UtcTime\":\"2021-06-11 11:07:15\"}\n"
        "{\"winlog\":{\"event_id\":1,\"keywords\":\"5\",\"event_data\":{\"param2\":\"x\"},\"user_data\":{\"A\":1}}}\n"
        "{\"_raw\":\"<Event><System><EventID>1</EventID></System><EventData><Data>\\u0001</Data></EventData></Event>\"}\n";
    try_all(&cor_reader_json, text, sizeof text - 1, 5);
}

/* More names in one object than are counted in a list. */
static void many_names(void **state)
{
    (void)state;
    cor_buf b = {0};
    cor_buf_z(&b, "{\"Event\":{\"System\":{\"EventID\":1},\"UserData\":{");
    for (int i = 0; i < 200; i++)
        cor_buf_fmt(&b, "%s\"name%d\":%d", i == 0 ? "" : ",", i, i);
    cor_buf_z(&b, "}}}");
    try_all(&cor_reader_json, (const char *)b.p, b.n, 1);
    cor_buf_free(&b);
}

static void xml(void **state)
{
    (void)state;
    static const char text[] = "<Event xmlns='u'><System><EventID>1</EventID></System><EventData><Data Name='A'>a&amp;\nb</Data></EventData></Event>"
                               "<Event><System><EventID>2</EventID></System><EventData><Data>\x01</Data></EventData></Event>";
    try_all(&cor_reader_xml, text, sizeof text - 1, 2);
}

static void splunk(void **state)
{
    (void)state;
    static const char text[] = "02/17/2022 02:15:47 AM\nLogName=Security\nSourceName=S\nEventCode=4688\nKeywords=Audit Success\nMessage=A.\n\nSubject:\n"
                               "\tLogon ID:\t0xAB\n\tX:\ty\n<Event><System><EventID>1</EventID></System></Event>\n";
    try_all(&cor_reader_splunk, text, sizeof text - 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(json), cmocka_unit_test(many_names), cmocka_unit_test(xml),
                                       cmocka_unit_test(splunk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
