/* The same records from binary logs and from what we print of them, as JSON and as XML: same fields, same System, same
 * times. */
#include "tests/unit/test.h"

#include <ftw.h>
#include <stdlib.h>

#include "tests/unit/readers/gather.h"

static char *path[4096];
static size_t n_path;

static int keep(const char *p, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    size_t n = strlen(p);
    if (flag == FTW_F && n > 5 && strcmp(p + n - 5, ".evtx") == 0 && n_path < COR_LEN(path))
        path[n_path++] = strdup(p);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void lines_of(const gathered *g, cor_format fmt, cor_buf *out)
{
    for (size_t i = 0; i < g->n; i++) {
        cor_buf_str(out, fmt == COR_FMT_XML ? g->ev[i].xml : g->ev[i].jsonl);
        cor_buf_c(out, '\n');
    }
}

/* Bytes of the character at s.p[i] when XML has no place for it: a control character, half of a surrogate pair, U+FFFE,
 * U+FFFF. */
static size_t forbidden(cor_str s, size_t i)
{
    uint8_t c = (uint8_t)s.p[i];
    if (c < 0x20)
        return 1;
    if (s.n - i < 3 || c < 0xe0)
        return 0;
    return (c == 0xed && (uint8_t)s.p[i + 1] >= 0xa0) || memcmp(s.p + i, "\xef\xbf\xbe", 3) == 0 ||
           memcmp(s.p + i, "\xef\xbf\xbf", 3) == 0 ? 3 : 0;
}

/* GUIDs that a log holds as text keep the case they are written in; forbidden characters come back from XML as an
 * underscore. */
static bool same_text(cor_str a, cor_str b, bool xml)
{
    if (cor_str_ieq(a, b))
        return true;
    size_t i = 0, k = 0;
    while (xml && i < a.n && k < b.n) {
        size_t n = forbidden(a, i);
        if (n > 0 && b.p[k] == '_') {
            i += n;
            k++;
        } else if ((a.p[i++] | 0x20) != (b.p[k++] | 0x20)) {
            return false;
        }
    }
    return i == a.n && k == b.n;
}

static unsigned differing;

static void compare(const char *name, const gathered *a, const gathered *b, cor_format fmt)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        bool same = a->ev[i].record_id == b->ev[i].record_id && a->ev[i].event_id == b->ev[i].event_id &&
            a->ev[i].time == b->ev[i].time &&
                    same_text(a->ev[i].filled, b->ev[i].filled, fmt == COR_FMT_XML);
        for (int k = 0; k < COR_SYS_N; k++)
            if (!same_text(a->ev[i].sys[k], b->ev[i].sys[k], fmt == COR_FMT_XML)) {
                same = false;
                if (differing < 5)
                    print_message("%s: record %zu, %s: %s, %s\n", name, i, cor_sys_name[k], a->ev[i].sys[k].p,
                                  b->ev[i].sys[k].p);
            }
        if (same)
            continue;
        if (differing++ < 5)
            {
            cor_str x = a->ev[i].filled, y = b->ev[i].filled;
            size_t k = 0;
            while (k < x.n && k < y.n && x.p[k] == y.p[k])
                k++;
            size_t from = k > 60 ? k - 60 : 0;
            print_message("%s as %s, record %zu:\n%.120s\n--- is not ---\n%.120s\n", name, fmt == COR_FMT_XML ? "XML"
                          : "JSON", i, x.p + from, y.p + from);
        }
    }
}

static void binary_logs_and_their_prints(void **state)
{
    (void)state;
    const char *data = gather_data();
    size_t records = 0;
    char dir[4096];
    if (data == NULL) {
        print_message("skip - binary_logs_and_their_prints: no test data\n");
        skip();
    }
    snprintf(dir, sizeof dir, "%s/evtx", data);
    nftw(dir, keep, 16, FTW_PHYS);
    snprintf(dir, sizeof dir, "%s/hosts", data);
    nftw(dir, keep, 16, FTW_PHYS);
    qsort(path, n_path, sizeof *path, by_name);
    for (size_t i = 0; i < n_path; i++) {
        gathered evtx = {.n = 0};
        gather_file(&evtx, NULL, path[i]);
        for (int f = 0; f < 2 && evtx.n > 0; f++) {
            cor_format fmt = f == 0 ? COR_FMT_JSONL : COR_FMT_XML;
            gathered text = {.n = 0};
            cor_buf b = {0};
            lines_of(&evtx, fmt, &b);
            gather_bytes(&text, NULL, b.p, b.n);
            assert_int_equal(text.tally.damaged, 0);
            compare(path[i], &evtx, &text, fmt);
            cor_buf_free(&b);
            gather_free(&text);
        }
        records += evtx.n;
        gather_free(&evtx);
        free(path[i]);
    }
    print_message("%zu records of %zu logs, %u differ\n", records, n_path, differing);
    assert_int_equal(differing, 0);
    assert_true(records > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(binary_logs_and_their_prints)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
