/* The event-log reader against the writer, against damage, and its fast way against its tree. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "formats/evtx/write.h"
#include "formats/print.h"
#include "readers/evtx/evtx.h"
#include "readers/evtx/lane.h"
#include "tests/fuzz/evtx_bytes.h"
#include "tests/unit/readers/gather.h"

static cor_code into_buf(void *ctx, uint64_t off, const void *p, size_t n, cor_err *e)
{
    cor_buf *b = ctx;
    if (off + n > b->n) {
        if (!cor_buf_room(b, (size_t)(off + n) - b->n))
            return cor_nomem(e, "test");
        memset(b->p + b->n, 0, (size_t)(off + n) - b->n);
        b->n = (size_t)(off + n);
    }
    memcpy(b->p + off, p, n);
    return COR_OK;
}

static const uint8_t sid_system[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
static const uint8_t guid[16] = {0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xa5, 0xba, 0x3e, 0x3b, 0x03, 0x28,
                                 0xc3, 0x0d};

static cor_evtx_out event(uint64_t id, const cor_evtx_field *f, size_t n)
{
    return (cor_evtx_out){.provider = COR_S("Microsoft-Windows-Security-Auditing"), .guid = guid, .event_id = 4688,
                          .qualifiers = -1, .version = 2,
        .task = 13312, .keywords = UINT64_C(0x8020000000000000), .time = cor_time_from_civil(2026, 3, 3, 8, 12, 40,
                1234567) + (cor_time)id,
        .record_id = id, .pid = 4, .tid = 52, .channel = COR_S("Security"), .computer = COR_S("WS01.corp.example"),
        .field = f, .n_field = n};
}

static cor_val utf8(const char *z)
{
    return cor_val_utf8(cor_str_of(z));
}

/* Every value type once, with the text it must come back as. */
static const uint8_t raw[] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0xc0, 0x3f, 0, 0, 0, 0, 0, 0,
                              0xf8, 0x3f};
#define RAW(off, len, type) {raw + (off), (len), (type)}
static const struct { const char *name; cor_val val; const char *text; } types[] = {
    {"Null", {NULL, 0, COR_V_NULL}, ""}, {"I8", RAW(0, 1, COR_V_I8), "-2"}, {"U8", RAW(0, 1, COR_V_U8), "254"},
    {"I16", RAW(0, 2, COR_V_I16), "-2"}, {"U16", RAW(0, 2, COR_V_U16), "65534"}, {"I32", RAW(0, 4, COR_V_I32), "-2"},
    {"U32", RAW(0, 4, COR_V_U32), "4294967294"}, {"I64", RAW(0, 8, COR_V_I64), "-2"},
    {"U64", RAW(0, 8, COR_V_U64), "18446744073709551614"},
    {"F32", RAW(8, 4, COR_V_F32), "1.5"}, {"F64", RAW(12, 8, COR_V_F64), "1.5"},
    {"Yes", {(const uint8_t *)"\1\0\0", 4, COR_V_BOOL}, "true"},
    {"OddBool", {(const uint8_t *)"\7\0\0", 4, COR_V_BOOL}, "7"}, {"Binary", RAW(0, 2, COR_V_BINARY), "FEFF"},
    {"Guid", {guid, 16, COR_V_GUID}, "{54849625-5478-4994-a5ba-3e3b0328c30d}"},
    {"Size4", RAW(0, 4, COR_V_SIZE), "0xfffffffe"},
    {"Size8", RAW(0, 8, COR_V_SIZE), "0xfffffffffffffffe"}, {"Sid", {sid_system, 12, COR_V_SID}, "S-1-5-18"},
    {"Hex32", RAW(0, 4, COR_V_HEX32), "0xfffffffe"}, {"Hex64", RAW(0, 8, COR_V_HEX64), "0xfffffffffffffffe"},
    {"Time", {(const uint8_t *)"\0\x80\x3e\xd5\xde\xb1\x9d\1", 8, COR_V_FILETIME}, "1970-01-01T00:00:00.0000000Z"},
    {"SysTime", {(const uint8_t *)"\xea\7\3\0\2\0\3\0\10\0\14\0\50\0\173\0", 16, COR_V_SYSTIME},
     "2026-03-03T08:12:40.1230000Z"},
    {"Ansi", {(const uint8_t *)"caf\xe9\0", 5, COR_V_ANSI}, "caf\xc3\xa9"},
    {"Text", {(const uint8_t *)"a \"<&>\" \xf0\x9f\x90\x9b", 12, COR_V_UTF8}, "a \"<&>\" \xf0\x9f\x90\x9b"},
    {"HalfPair", {(const uint8_t *)"a\0\0\xd8z\0\0\0", 8, COR_V_UTF16}, "a\xed\xa0\x80z"},
    {"Words", {(const uint8_t *)"a\0\0\0b\0\0\0", 8, COR_V_UTF16 | COR_V_ARRAY}, "a, b"},
    {"Numbers", RAW(0, 4, COR_V_U16 | COR_V_ARRAY), "65534, 65535"},
    {"Empty", {(const uint8_t *)"", 0, COR_V_UTF16}, ""},
};

static void log_of(cor_buf *b, uint64_t records, const cor_evtx_out *(*make)(uint64_t i))
{
    cor_evtx_writer *w = cor_evtx_writer_new(into_buf, b);
    cor_err e = {0};
    assert_non_null(w);
    for (uint64_t i = 1; i <= records; i++)
        if (cor_evtx_write(w, make(i), &e) != COR_OK)
            fail_msg("record %llu: %s", (unsigned long long)i, e.msg);
    assert_int_equal(cor_evtx_writer_end(w, &e), COR_OK);
    assert_int_equal(cor_evtx_writer_size(w), b->n);
    cor_evtx_writer_free(w);
}

static const cor_evtx_out *all_types(uint64_t i)
{
    static cor_evtx_field f[COR_LEN(types)];
    static cor_evtx_out ev;
    for (size_t k = 0; k < COR_LEN(types); k++)
        f[k] = (cor_evtx_field){cor_str_of(types[k].name), types[k].val};
    ev = event(i, f, COR_LEN(f));
    return &ev;
}

static const cor_evtx_out *plain(uint64_t i)
{
    static cor_evtx_field f[3];
    static cor_evtx_out ev;
    static char text[64];
    snprintf(text, sizeof text, "cmd.exe /c echo %llu", (unsigned long long)i);
    f[0] = (cor_evtx_field){COR_S("NewProcessName"), utf8("C:\\Windows\\System32\\cmd.exe")};
    f[1] = (cor_evtx_field){COR_S("CommandLine"), utf8(text)};
    f[2] = (cor_evtx_field){i % 2 == 0 ? COR_S("Even") : COR_S("Odd"), utf8("x")};
    ev = event(i, f, 3);
    return &ev;
}

static const cor_evtx_out *classic(uint64_t i)
{
    static cor_evtx_field f[2];
    static cor_evtx_out ev;
    f[0] = (cor_evtx_field){COR_S(""), {(const uint8_t *)"o\0n\0e\0\0\0\0\0t\0w\0o\0\0\0", 18, COR_V_UTF16 |
                                        COR_V_ARRAY}};
    f[1] = (cor_evtx_field){COR_S("Binary"), RAW(0, 3, COR_V_BINARY)};
    ev = event(i, f, 2);
    ev.qualifiers = 16384;
    ev.guid = NULL;
    ev.sid = sid_system;
    ev.sid_n = sizeof sid_system;
    return &ev;
}

static const cor_evtx_out *cleared(uint64_t i)
{
    static cor_evtx_field f[2];
    static cor_evtx_out ev;
    f[0] = (cor_evtx_field){COR_S("SubjectUserName"), utf8("m.keller")};
    f[1] = (cor_evtx_field){COR_S("Channel"), utf8("System")};
    ev = event(i, f, 2);
    ev.user_element = COR_S("LogFileCleared");
    ev.user_ns = COR_S("http://manifests.microsoft.com/win/2004/08/windows/eventlog");
    return &ev;
}

static void values_come_back(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, 3, all_types);
    gathered g = {.want = 1u << 20};
    gather_bytes(&g, NULL, b.p, b.n);
    assert_int_equal(g.n, 3);
    assert_int_equal(g.damage.n, 0);
    for (size_t k = 0; k < COR_LEN(types); k++) {
        const char *got = gather_field(&g, 2, types[k].name);
        assert_non_null(got);
        assert_string_equal(got, types[k].text);
    }
    assert_int_equal(g.ev[2].record_id, 3);
    assert_str(g.ev[2].sys[COR_SYS_COMPUTER], "WS01.corp.example");
    assert_str(g.ev[2].sys[COR_SYS_TIME_CREATED], "2026-03-03T08:12:40.1234570Z");
    gather_free(&g);
    cor_buf_free(&b);
}

static void data_shapes(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, 1, classic);
    gathered g = {.want = 1u << 20};
    gather_bytes(&g, NULL, b.p, b.n);
    assert_str(g.ev[0].fields, "Data=one, , two\nBinary=FEFFFF\n");
    assert_non_null(strstr(g.ev[0].jsonl.p, "\"EventID\":{\"#attributes\":{\"Qualifiers\":16384},\"#text\":4688}"));
    assert_non_null(strstr(g.ev[0].jsonl.p,
                           "\"EventData\":{\"Data\":{\"#text\":[\"one\",\"\",\"two\"]},\"Binary\":\"FEFFFF\"}"));
    assert_non_null(strstr(g.ev[0].xml.p, "<EventData><Data>one</Data><Data></Data><Data>two</Data><Binary>FEFFFF</Binary></EventData>"));
    gather_free(&g);
    b.n = 0;
    log_of(&b, 1, cleared);
    g = (gathered){.want = 1u << 20};
    gather_bytes(&g, NULL, b.p, b.n);
    assert_str(g.ev[0].fields, "SubjectUserName=m.keller\nChannel=System\n");
    assert_true((g.ev[0].flags & COR_EV_USERDATA) != 0);
    gather_free(&g);
    cor_buf_free(&b);
}

#define MANY 3000u

static void many_chunks_in_parts(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, MANY, plain);
    assert_true(b.n > 10 * COR_EVTX_CHUNK);
    for (uint64_t want = 1; want < 1u << 21; want *= 16) {
        gathered g = {.want = want};
        gather_bytes(&g, NULL, b.p, b.n);
        assert_int_equal(g.n, MANY);
        assert_int_equal(g.damage.n, 0);
        for (size_t i = 0; i < g.n; i++)
            assert_int_equal(g.ev[i].record_id, i + 1);
        gather_free(&g);
    }
    cor_buf_free(&b);
}

static const cor_evtx_out *of_all_lengths(uint64_t i)
{
    static cor_evtx_field f[1];
    static cor_evtx_out ev;
    static char text[201];
    memset(text, 'x', sizeof text);
    text[(i * 2654435761u >> 9) % 197] = '\0';
    f[0] = (cor_evtx_field){COR_S("CommandLine"), utf8(text)};
    ev = event(i, f, 1);
    return &ev;
}

/* Some readers drop a record that ends where its chunk ends. */
static void no_chunk_is_full_to_the_brim(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, 40000, of_all_lengths);
    for (size_t at = COR_EVTX_FILE_HEADER; at < b.n; at += COR_EVTX_CHUNK) {
        uint32_t end;
        memcpy(&end, b.p + at + 48, 4);
        assert_true(end < COR_EVTX_CHUNK);
    }
    cor_buf_free(&b);
}

/* What is broken, and how many of the MANY records must still come out. */
static void damage_is_located(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, MANY, plain);
    uint8_t *keep = malloc(b.n);
    memcpy(keep, b.p, b.n);
    cor_evtx_record r;
    const uint8_t *chunk1 = b.p + COR_EVTX_FILE_HEADER + COR_EVTX_CHUNK;
    assert_true(cor_evtx_record_at(chunk1, COR_EVTX_CHUNK, COR_EVTX_CHUNK_HEADER, &r));
    uint32_t second = r.off + r.size;
    static const struct { const char *what; int32_t in_chunk; uint32_t zeros; uint64_t lost; const char *says; } rows[] = {
        {"a record's signature", -1, 4, 1, "no whole record"}, {"a record's size", -2, 4, 1, "no whole record"},
        {"the chunk's signature", 0, 8, 0, "without its signature"},
        {"the chunk's checksum", 124, 4, 0, "checksum of the chunk header"},
        {"the free-space offset", 48, 4, 0, "free-space offset"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        memcpy(b.p, keep, b.n);
        uint32_t at = rows[i].in_chunk == -1 ? second : rows[i].in_chunk == -2 ? second + 4
            : (uint32_t)rows[i].in_chunk;
        memset(b.p + COR_EVTX_FILE_HEADER + COR_EVTX_CHUNK + at, 0, rows[i].zeros);
        gathered g = {.want = 1u << 20};
        gather_bytes(&g, NULL, b.p, b.n);
        cor_buf_c(&g.damage, '\0');
        if (g.n != MANY - rows[i].lost || strstr((char *)g.damage.p, rows[i].says) == NULL)
            fail_msg("%s: %zu records, damage %s", rows[i].what, g.n, (char *)g.damage.p);
        gather_free(&g);
    }
    memcpy(b.p, keep, b.n);
    size_t cut = b.n - COR_EVTX_CHUNK / 2 - COR_EVTX_CHUNK; /* inside the last chunk but one */
    gathered g = {.want = 1u << 20};
    gather_bytes(&g, NULL, b.p, cut);
    assert_true(g.n > MANY - 700 && g.n < MANY);
    for (size_t i = 0; i < g.n; i++)
        assert_int_equal(g.ev[i].record_id, i + 1);
    gather_free(&g);
    free(keep);
    cor_buf_free(&b);
}

static cor_code count(void *ctx, const cor_event *ev, cor_err *e)
{
    (void)e;
    uint32_t *n = ctx;
    n[(ev->flags & COR_EV_RECOVERED) != 0]++;
    return COR_OK;
}

static void slack_only_when_asked(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, 3, plain);
    uint8_t *c = b.p + COR_EVTX_FILE_HEADER;
    cor_evtx_record r;
    assert_true(cor_evtx_record_at(c, COR_EVTX_CHUNK, COR_EVTX_CHUNK_HEADER, &r));
    uint32_t free_space = r.off + r.size; /* as if two of three records had been cleared */
    memcpy(c + 48, &free_space, 4);
    for (uint32_t recover = 0; recover < 2; recover++) {
        cor_read_options o = {.recover = recover != 0, .from = COR_NOTIME, .to = COR_NOTIME};
        void *st = cor_reader_evtx.open(&o);
        cor_input in = {.fd = memfd_create("log", 0), .size = b.n, .head_n = COR_HEAD_SIZE};
        assert_int_equal(write(in.fd, b.p, b.n), (ssize_t)b.n);
        memcpy(in.head, b.p, COR_HEAD_SIZE);
        cor_tally t = {0};
        cor_part p = {COR_EVTX_FILE_HEADER, b.n - COR_EVTX_FILE_HEADER};
        uint32_t n[2] = {0};
        cor_sink sink = {.ctx = n, .event = count, .fields = true};
        cor_err e = {0};
        assert_int_equal(cor_reader_evtx.read(st, &in, &p, &sink, &t, &e), COR_OK);
        assert_int_equal(n[0], 1);
        assert_int_equal(n[1], 2 * recover);
        assert_int_equal(t.records, 1);
        assert_int_equal(t.recovered, 2 * recover);
        close(in.fd);
        cor_reader_evtx.close(st);
    }
    cor_buf_free(&b);
}

static size_t told_by_bytes; /* records of which cor_evtx_view_bytes told something, since it was set */

/* Every record of a log through both ways of printing. Returns how many took the fast one. */
static size_t both_ways(const uint8_t *p, size_t n, const char *name)
{
    cor_evtx_viewer v;
    assert_true(cor_evtx_viewer_init(&v));
    cor_printer pr = {0};
    cor_buf fast = {0}, slow = {0};
    size_t done_fast = 0;
    uint8_t *chunk = malloc(COR_EVTX_CHUNK + COR_EVTX_PAD);
    for (size_t at = COR_EVTX_FILE_HEADER; at < n; at += COR_EVTX_CHUNK) {
        size_t left = n - at < COR_EVTX_CHUNK ? n - at : COR_EVTX_CHUNK;
        memcpy(chunk, p + at, left);
        memset(chunk + left, 0, COR_EVTX_PAD);
        cor_evtx_chunk_info info;
        cor_evtx_chunk(v.evtx, chunk, left, at, &info);
        cor_evtx_record r;
        for (uint32_t off = COR_EVTX_CHUNK_HEADER; cor_evtx_record_at(chunk, left, off, &r); off += r.size) {
            cor_err e = {0};
            cor_event ev = {0};
            if (cor_evtx_view_record(&v, &r, &ev, &e) != COR_OK)
                continue;
            bytes_said said = bytes_of(&v, &ev);
            if (said == BYTES_WRONG)
                fail_msg("%s, record at %zu: its bytes are not what was said of them", name, at + off);
            told_by_bytes += said == BYTES_TRUE;
            for (int fmt = COR_FMT_JSONL; fmt <= COR_FMT_XML; fmt++) {
                bool done;
                cor_elem *root;
                fast.n = slow.n = 0;
                if (cor_evtx_lane(v.evtx, &pr, &v.inst, (cor_format)fmt, &fast, &done, &e) != COR_OK || !done)
                    continue;
                if (cor_evtx_view_tree(&v, &root, &e) != COR_OK ||
                    cor_tree_render(root, (cor_format)fmt, &slow, &e) != COR_OK)
                    fail_msg("%s, record at %zu: the tree says %s; fast %.*s", name, at + off, e.msg,
                             COR_STR_FMT(cor_buf_view(&fast)));
                if (!cor_str_eq(cor_buf_view(&fast), cor_buf_view(&slow)))
                    fail_msg("%s, record at %zu:\nfast %.*s\ntree %.*s", name, at + off,
                             COR_STR_FMT(cor_buf_view(&fast)), COR_STR_FMT(cor_buf_view(&slow)));
                done_fast++;
            }
        }
    }
    free(chunk);
    cor_buf_free(&fast);
    cor_buf_free(&slow);
    cor_evtx_viewer_free(&v);
    return done_fast;
}

static void fast_way_is_the_tree(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, 100, plain);
    told_by_bytes = 0;
    assert_int_equal(both_ways(b.p, b.n, "plain"), 200);
    assert_true(told_by_bytes >= 90); /* not the first of a template in its chunk */
    b.n = 0;
    log_of(&b, 10, classic);
    assert_int_equal(both_ways(b.p, b.n, "classic"), 20);
    b.n = 0;
    log_of(&b, 10, cleared);
    assert_int_equal(both_ways(b.p, b.n, "cleared"), 20);
    b.n = 0;
    log_of(&b, 10, all_types);
    told_by_bytes = 0;
    both_ways(b.p, b.n, "all types"); /* arrays and floats go by the tree */
    assert_int_equal(told_by_bytes, 0); /* text of code pages and the like */
    cor_buf_free(&b);
}

static size_t folder_both_ways(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0;
    for (struct dirent *f; d != NULL && (f = readdir(d)) != NULL;) {
        char sub[1024];
        snprintf(sub, sizeof sub, "%s/%s", path, f->d_name);
        struct stat st;
        if (f->d_name[0] == '.' || stat(sub, &st) != 0)
            continue;
        size_t len = strlen(f->d_name);
        if (S_ISDIR(st.st_mode)) {
            n += folder_both_ways(sub);
        } else if (len > 5 && strcmp(f->d_name + len - 5, ".evtx") == 0 && st.st_size > 0) {
            uint8_t *p = malloc((size_t)st.st_size);
            int fd = open(sub, O_RDONLY);
            assert_int_equal(read(fd, p, (size_t)st.st_size), st.st_size);
            close(fd);
            n += both_ways(p, (size_t)st.st_size, sub);
            free(p);
        }
    }
    if (d != NULL)
        closedir(d);
    return n;
}

static void fast_way_on_real_logs(void **state)
{
    (void)state;
    if (gather_data() == NULL)
        skip();
    char path[1024];
    snprintf(path, sizeof path, "%s/evtx", gather_data());
    size_t n = folder_both_ways(path);
    snprintf(path, sizeof path, "%s/hosts", gather_data());
    n += folder_both_ways(path);
    if (n < 40000) /* two formats of some 22,000 records */
        fail_msg("only %zu lines went the fast way", n);
}

static bool spare_odd(void *ctx, const cor_event *ev)
{
    (void)ctx;
    assert_int_equal(ev->head.event_id, 4688);
    assert_non_null(memmem(ev->raw.p, ev->raw.n, "e\0c\0h\0o\0", 8));
    return ev->record_id % 2 != 0;
}

static void spared_records_count(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, 100, plain);
    cor_read_options o = {.from = COR_NOTIME, .to = COR_NOTIME};
    void *st = cor_reader_evtx.open(&o);
    cor_input in = {.fd = memfd_create("log", 0), .size = b.n, .head_n = COR_HEAD_SIZE};
    assert_int_equal(write(in.fd, b.p, b.n), (ssize_t)b.n);
    memcpy(in.head, b.p, COR_HEAD_SIZE);
    cor_tally t = {0};
    cor_part p = {COR_EVTX_FILE_HEADER, b.n - COR_EVTX_FILE_HEADER};
    uint32_t n[2] = {0};
    cor_sink sink = {.ctx = n, .event = count, .spare = spare_odd, .fields = true};
    cor_err e = {0};
    assert_int_equal(cor_reader_evtx.read(st, &in, &p, &sink, &t, &e), COR_OK);
    assert_int_equal(t.records, 100);
    assert_in_range(n[0], 50, 60); /* half of them, and the first of a template */
    close(in.fd);
    cor_reader_evtx.close(st);
    cor_buf_free(&b);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    cor_buf b = {0};
    log_of(&b, 5, classic);
    for (long k = 0;; k++) {
        cor_read_options o = {.from = COR_NOTIME, .to = COR_NOTIME};
        cor_input in = {.fd = memfd_create("log", 0), .size = b.n, .head_n = COR_HEAD_SIZE};
        assert_int_equal(write(in.fd, b.p, b.n), (ssize_t)b.n);
        memcpy(in.head, b.p, COR_HEAD_SIZE);
        cor_part p = {COR_EVTX_FILE_HEADER, b.n - COR_EVTX_FILE_HEADER};
        uint32_t n[2] = {0};
        cor_sink sink = {.ctx = n, .event = count, .fields = true};
        cor_tally t = {0};
        cor_err e = {0};
        cor_oom_at(k);
        void *st = cor_reader_evtx.open(&o);
        cor_code rc = st == NULL ? COR_ENOMEM : cor_reader_evtx.read(st, &in, &p, &sink, &t, &e);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        cor_reader_evtx.close(st);
        close(in.fd);
        assert_int_equal(rc, fired ? COR_ENOMEM : COR_OK);
        if (!fired) {
            assert_int_equal(n[0], 5);
            break;
        }
    }
    cor_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back), cmocka_unit_test(data_shapes), cmocka_unit_test(many_chunks_in_parts),
        cmocka_unit_test(no_chunk_is_full_to_the_brim),
        cmocka_unit_test(damage_is_located), cmocka_unit_test(slack_only_when_asked),
        cmocka_unit_test(fast_way_is_the_tree), cmocka_unit_test(fast_way_on_real_logs),
        cmocka_unit_test(every_allocation_may_fail), cmocka_unit_test(spared_records_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
