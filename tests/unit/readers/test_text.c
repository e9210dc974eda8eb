/* What the readers of text formats share. */
#include "tests/unit/test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "readers/json/json.h"
#include "readers/splunk/splunk.h"
#include "readers/xml/xml.h"

static cor_code none(void *ctx, const cor_event *ev, cor_err *e)
{
    (void)ev;
    (void)e;
    ++*(unsigned *)ctx;
    return COR_OK;
}

/* A part in which nothing begins is read to its own end, not to the end of the input: this one is a terabyte, so that a
 * reader which looks further does not come back. */
static void a_part_stays_within_itself(void **state)
{
    (void)state;
    static const struct { const cor_reader *reader; const char *head; } rows[] = {
        {&cor_reader_json, "{\"results\":[{\"EventID\":1,\"Channel\":\"C\"},"},
        {&cor_reader_xml, "<Events><Event><System><EventID>1</EventID></System></Event>"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        cor_input in = {.fd = memfd_create("text", 0), .size = UINT64_C(1) << 40};
        in.head_n = strlen(rows[i].head);
        memcpy(in.head, rows[i].head, in.head_n);
        assert_true(in.fd >= 0);
        assert_int_equal(ftruncate(in.fd, (off_t)in.size), 0);
        assert_int_equal(pwrite(in.fd, in.head, in.head_n, 0), (ssize_t)in.head_n);
        cor_read_options o = {.from = COR_NOTIME, .to = COR_NOTIME};
        void *st = rows[i].reader->open(&o);
        cor_part part = {UINT64_C(1) << 39, 1 << 20};
        cor_tally tally = {0};
        cor_err e = {0};
        unsigned n = 0;
        cor_sink sink = {.ctx = &n, .event = none, .fields = true};
        assert_int_equal(rows[i].reader->read(st, &in, &part, &sink, &tally, &e), COR_OK);
        assert_int_equal(n, 0);
        assert_int_equal(tally.damaged, 0);
        rows[i].reader->close(st);
        close(in.fd);
    }
}

/* The file is cut by somebody after it was opened: what is there is read, and that it is not all is an error. */
static void a_file_that_becomes_shorter(void **state)
{
    (void)state;
    static const struct { const cor_reader *reader; const char *text; } rows[] = {
        {&cor_reader_json, "{\"EventID\":1,\"Channel\":\"C\"}\n"},
        {&cor_reader_xml, "<Event><System><EventID>1</EventID></System></Event>"},
        {&cor_reader_splunk, "02/17/2022 02:15:47 AM\nLogName=Security\nSourceName=S\nEventCode=4688\n"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        cor_input in = {.fd = memfd_create("text", 0), .head_n = strlen(rows[i].text)};
        memcpy(in.head, rows[i].text, in.head_n);
        assert_true(in.fd >= 0);
        assert_int_equal(pwrite(in.fd, in.head, in.head_n, 0), (ssize_t)in.head_n);
        in.size = in.head_n + 100;
        cor_read_options o = {.from = COR_NOTIME, .to = COR_NOTIME};
        void *st = rows[i].reader->open(&o);
        cor_part part = {0, in.size};
        cor_tally tally = {0};
        cor_err e = {0};
        unsigned n = 0;
        cor_sink sink = {.ctx = &n, .event = none, .fields = true};
        assert_int_equal(rows[i].reader->read(st, &in, &part, &sink, &tally, &e), COR_ETRUNC);
        assert_non_null(strstr(e.msg, "became shorter"));
        assert_int_equal(n, 1);
        rows[i].reader->close(st);
        close(in.fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_part_stays_within_itself), cmocka_unit_test(a_file_that_becomes_shorter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
