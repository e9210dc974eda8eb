#include "tests/unit/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "evidence/archive.h"
#include "tests/unit/readers/fake.h"

/* ---- making archives ---- */

#define ONE "FAKE............t00000000000001."
#define TWO "FAKE............t00000000000002."

typedef struct item {
    const char *name;
    const void *bytes;
    size_t n;
} item;
#define ITEM(name, text) {(name), (text), sizeof(text) - 1}

static la_ssize_t into(struct archive *a, void *ctx, const void *p, size_t n)
{
    (void)a;
    cor_buf_put(ctx, p, n);
    return (la_ssize_t)n;
}

/* format: "zip", "7zip", "gnutar", "raw"; filter: NULL, "gzip", "xz", "zstd", "bzip2"; options may be NULL. */
static cor_buf make(const char *format, const char *filter, const char *options, const item *x, size_t n)
{
    cor_buf b = {0};
    struct archive *a = archive_write_new();
    assert_int_equal(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
    if (filter != NULL)
        assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
    if (options != NULL) {
        assert_int_equal(archive_write_set_options(a, options), ARCHIVE_OK);
        archive_write_set_passphrase(a, "infected");
    }
    archive_write_set_bytes_in_last_block(a, 1);
    assert_int_equal(archive_write_open(a, &b, NULL, into, NULL), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, x[i].name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)x[i].n);
        assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
        assert_int_equal(archive_write_data(a, x[i].bytes, x[i].n), x[i].n);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return b;
}

static void put(const world *w, const char *name, cor_buf b)
{
    world_file(w, name, b.p, b.n);
    cor_buf_free(&b);
}

static void run_dir(seen *s, const world *w, int threads)
{
    const char *path[] = {w->dir};
    run_world(s, path, 1, threads, NULL, false);
    assert_int_equal(s->code, COR_OK);
}

static void assert_notes(const seen *s, const char *input, const char *part)
{
    for (size_t i = 0; i < s->result.n_note; i++)
        if (cor_str_is(s->result.input[s->result.note[i].input].name, input) &&
            strstr(s->result.note[i].text.p, part) != NULL)
            return;
    fail_msg("no note on %s about %s", input, part);
}

/* ---- reading them ---- */

static void every_kind_by_content(void **state)
{
    (void)state;
    static const struct {
        const char *file, *format, *filter, *options;
    } rows[] = {
        {"a.bin", "zip", NULL, NULL},
        {"b", "zip", NULL, "zip:compression=store"},
        {"c.evtx", "7zip", NULL, NULL},
        {"d", "7zip", NULL, "7zip:compression=ppmd"},
        {"e.txt", "gnutar", NULL, NULL},
        {"f", "gnutar", "gzip", NULL},
        {"g", "pax", "xz", NULL},
        {"h", "v7tar", "zstd", NULL},
        {"i", "ustar", "bzip2", NULL},
    };
    static const item items[] = {
        ITEM("C/Windows/System32/winevt/Logs/Security.evtx", ONE),
        ITEM("uploads/auto/C%3A/x/System.evtx", TWO),
        ITEM("readme.txt", "nothing"),
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        world w;
        world_new(&w);
        put(&w, rows[i].file, make(rows[i].format, rows[i].filter, rows[i].options, items, COR_LEN(items)));
        seen s;
        run_dir(&s, &w, 2);
        char want[300];
        snprintf(want, sizeof want,
                 "%s!C/Windows/System32/winevt/Logs/Security.evtx@16 1\n%s!uploads/auto/C%%3A/x/System.evtx@16 2\n",
                 rows[i].file, rows[i].file);
        if (s.out.n != strlen(want) || memcmp(s.out.p, want, s.out.n) != 0)
            fail_msg("row %zu: %.*s %s", i, (int)s.out.n, (const char *)s.out.p,
                     s.result.input[0].err == NULL ? "" : s.result.input[0].err->msg);
        assert_int_equal(s.result.n_input, 4);
        assert_string_equal(s.result.input[0].reader, "archive");
        assert_null(s.result.input[0].err);
        assert_null(s.result.input[2].reader); /* readme.txt, by name between the two */
        seen_free(&s);
        world_free(&w);
    }
}

static void packed_single_files(void **state)
{
    (void)state;
    static const struct {
        const char *file, *filter, *name;
    } rows[] = {
        {"Security.evtx.gz", "gzip", "Security.evtx.gz!Security.evtx"},
        {"d/log.XZ", "xz", "d/log.XZ!log"},
        {"log.zst", "zstd", "log.zst!log"},
        {"log", "bzip2", "log!data"},
        {".gz", "gzip", ".gz!data"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        world w;
        world_new(&w);
        const item one = ITEM("x", ONE);
        put(&w, rows[i].file, make("raw", rows[i].filter, NULL, &one, 1));
        seen s;
        const char *path[] = {w.dir};
        run_world(&s, path, 1, 1, NULL, true);
        char want[100];
        snprintf(want, sizeof want, "%s@16 1\n", rows[i].name);
        assert_str(cor_buf_view(&s.out), want);
        uint8_t sha[COR_SHA256_SIZE];
        cor_digest *d = cor_digest_new();
        cor_digest_add(d, one.bytes, one.n);
        cor_digest_end(d, sha);
        cor_digest_free(d);
        assert_true(s.result.input[0].hashed && s.result.input[1].hashed);
        assert_memory_equal(s.result.input[1].sha256, sha, sizeof sha);
        assert_memory_not_equal(s.result.input[0].sha256, sha, sizeof sha);
        seen_free(&s);
        world_free(&w);
    }
}

static void names_are_only_names(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    char longest[9000];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const item items[] = {
        ITEM("/etc/passwd", ONE),   ITEM("../../x", ONE), ITEM("a\nb\x1b[2J", ONE), ITEM("a!b", ONE),
        ITEM("Caf\xc3\xa9", ONE), ITEM("twice", TWO),   ITEM("twice", ONE),       {longest, ONE, sizeof ONE - 1},
    };
    put(&w, "t", make("pax", NULL, NULL, items, COR_LEN(items)));
    const item bad = ITEM("\xff\xfe", ONE);
    put(&w, "u", make("gnutar", NULL, NULL, &bad, 1));
    seen s;
    run_dir(&s, &w, 1);
    static const char *const names[] = {
        "t!/etc/passwd", "t!../../x", "t!a\nb\x1b[2J", "t!a!b", "t!Caf\xc3\xa9", "t!twice", "u!\xff\xfe",
    };
    for (size_t i = 0; i < COR_LEN(names); i++)
        if (report_of(&s, names[i]) == NULL)
            fail_msg("%s is missing", names[i]);
    assert_non_null(strstr((char *)cor_buf_view(&s.out).p, "t!twice@16 2\nt!twice@16 1\n")); /* the archive's order */
    size_t cut = 0;
    for (size_t i = 0; i < s.result.n_input; i++)
        cut += s.result.input[i].name.n > 4000 && s.result.input[i].tally.records == 1;
    assert_int_equal(cut, 1);
    seen_free(&s);
    world_free(&w);
}

static void one_archive_in_another(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    const item log = ITEM("log.evtx", ONE);
    cor_buf third = make("zip", NULL, NULL, &log, 1);
    const item deeper = {"third.zip", third.p, third.n};
    const item both[] = {deeper, log};
    cor_buf second = make("gnutar", "gzip", NULL, both, 2);
    const item outer[] = {{"host.tgz", second.p, second.n}, ITEM("direct.evtx", TWO)};
    put(&w, "all.zip", make("zip", NULL, NULL, outer, 2));
    cor_buf_free(&second);
    cor_buf_free(&third);
    seen s;
    run_dir(&s, &w, 2);
    assert_str(cor_buf_view(&s.out), "all.zip!direct.evtx@16 2\nall.zip!host.tgz!log.evtx@16 1\n");
    assert_notes(&s, "all.zip!host.tgz", "1 archives lie too deep");
    assert_null(report_of(&s, "all.zip!host.tgz!third.zip")->reader);
    assert_null(report_of(&s, "all.zip")->err);
    seen_free(&s);
    world_free(&w);
}

/* What came before the damage is read; the archive and the member that was cut say so; other evidence is not
 * touched. */
static void damaged_and_cut(void **state)
{
    (void)state;
    static const char *const formats[] = {"zip", "7zip", "gnutar"};
    cor_buf log = {0};
    cor_buf_z(&log, "FAKE............");
    for (unsigned i = 0, x = 1; i < 60000; i++, x = x * 1103515245u + 12345u)
        cor_buf_fmt(&log, "t0000%010u.", x >> 8);
    for (size_t f = 0; f < COR_LEN(formats); f++) {
        for (int cut = 0; cut < 2; cut++) {
            world w;
            world_new(&w);
            const item items[] = {ITEM("a", ONE), {"b", log.p, log.n}, ITEM("c", TWO)};
            cor_buf b = make(formats[f], NULL, NULL, items, 3);
            if (cut)
                b.n /= 2;
            else
                memset(b.p + b.n / 2, 0x55, 64);
            put(&w, "x", b);
            world_log(&w, "y", 1, 9);
            seen s;
            run_dir(&s, &w, 2);
            assert_non_null(report_of(&s, "y"));
            assert_int_equal(report_of(&s, "y")->tally.records, 1);
            size_t complaints = 0;
            for (size_t i = 0; i < s.result.n_input; i++)
                complaints += s.result.input[i].err != NULL;
            bool store = strcmp(formats[f], "gnutar") == 0 && !cut; /* a tar has no checksum of contents */
            if ((complaints == 0) != store)
                fail_msg("%s, cut %d: %zu complaints", formats[f], cut, complaints);
            if (strcmp(formats[f], "7zip") != 0) /* one solid block: lost from the damage on */
                assert_int_equal(report_of(&s, "x!a")->tally.records, 1);
            if (strcmp(formats[f], "zip") == 0 && cut) {
                assert_true(report_of(&s, "x!b")->tally.records > 1000);
                assert_non_null(report_of(&s, "x!b")->err);
                assert_non_null(report_of(&s, "x")->err);
            }
            seen_free(&s);
            world_free(&w);
        }
    }
    cor_buf_free(&log);
}

static void encrypted(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    const item items[] = {ITEM("a", ONE), ITEM("b", TWO)};
    put(&w, "old.zip", make("zip", NULL, "zip:encryption=zipcrypt", items, 2));
    put(&w, "aes.zip", make("zip", NULL, "zip:encryption=aes256", items, 2));
    world_log(&w, "y", 1, 9);
    seen s;
    run_dir(&s, &w, 1);
    assert_str(cor_buf_view(&s.out), "y@16 9\n");
    static const char *const names[] = {"old.zip", "aes.zip"};
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(report_of(&s, names[i])->err);
        assert_non_null(strstr(report_of(&s, names[i])->err->msg, "2 of 2 members are encrypted"));
    }
    seen_free(&s);
    world_free(&w);
}

/* 1.5 GiB of zeros in some kilobytes: ended at the limit, what came before is read, nothing is written for zeros. */
static void bomb(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    cor_buf b = {0};
    struct archive *a = archive_write_new();
    archive_write_set_format_raw(a);
    archive_write_add_filter_zstd(a);
    archive_write_open(a, &b, NULL, into, NULL);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_filetype(e, AE_IFREG);
    archive_write_header(a, e);
    archive_write_data(a, ONE, 32);
    char *zeros = cor_zalloc(1 << 20);
    for (int i = 0; i < 1536; i++)
        archive_write_data(a, zeros, 1 << 20);
    cor_free(zeros);
    archive_entry_free(e);
    archive_write_close(a);
    archive_write_free(a);
    assert_true(b.n < 1 << 20);
    put(&w, "bomb.zst", b);
    world_log(&w, "y", 1, 9);
    seen s;
    run_dir(&s, &w, 2);
    assert_str(cor_buf_view(&s.out), "bomb.zst!bomb@16 1\ny@16 9\n");
    assert_int_equal(report_of(&s, "bomb.zst")->err->code, COR_ELIMIT);
    assert_non_null(strstr(report_of(&s, "bomb.zst!bomb")->err->msg, "not unpacked to its end"));
    assert_in_range(report_of(&s, "bomb.zst!bomb")->size, COR_UNPACK_FLOOR - (1 << 20), COR_UNPACK_FLOOR);
    seen_free(&s);
    world_free(&w);
}

static void threads_never_show(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    for (int z = 0; z < 6; z++) {
        item items[100];
        static char names[100][24];
        for (int i = 0; i < 100; i++) {
            snprintf(names[i], sizeof names[i], "d%d/%d", i % 10, i);
            items[i] = (item){names[i], i % 3 == 0 ? "text" : ONE, i % 3 == 0 ? 4 : 32};
        }
        char name[16];
        snprintf(name, sizeof name, "z%d", z);
        put(&w, name, make(z % 2 == 0 ? "zip" : "gnutar", NULL, NULL, items, 100));
        snprintf(name, sizeof name, "z%d!plain", z);
        world_log(&w, name, 70000, 5);
    }
    seen one;
    run_dir(&one, &w, 1);
    assert_int_equal(one.result.n_input, 6 * 102);
    static const int threads[] = {2, 7};
    for (size_t k = 0; k < COR_LEN(threads); k++) {
        seen s;
        run_dir(&s, &w, threads[k]);
        assert_int_equal(s.out.n, one.out.n);
        assert_memory_equal(s.out.p, one.out.p, one.out.n);
        assert_int_equal(s.result.n_input, one.result.n_input);
        for (size_t i = 0; i < s.result.n_input; i++)
            assert_true(cor_str_eq(s.result.input[i].name, one.result.input[i].name));
        seen_free(&s);
    }
    seen_free(&one);
    world_free(&w);
}

static void nothing_is_left_in_the_temporary_folder(void **state)
{
    (void)state;
    world w, tmp;
    world_new(&w);
    world_new(&tmp);
    const item items[] = {ITEM("a", ONE), ITEM("b", TWO)};
    put(&w, "x.zip", make("zip", NULL, NULL, items, 2));
    cor_run_options o = {.tmp = tmp.dir, .read = {.from = COR_NOTIME, .to = COR_NOTIME}};
    const char *path[] = {w.dir};
    seen s;
    run_world(&s, path, 1, 1, &o, false);
    assert_int_equal(s.result.input[1].tally.records, 1);
    seen_free(&s);
    DIR *d = opendir(tmp.dir);
    int n = 0;
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    assert_int_equal(n, 2);
    o.tmp = "/nonexistent/folder";
    run_world(&s, path, 1, 1, &o, false);
    assert_int_equal(s.code, COR_OK);
    assert_int_equal(report_of(&s, "x.zip")->err->code, COR_EIO);
    assert_non_null(strstr(report_of(&s, "x.zip")->err->msg, "/nonexistent/folder"));
    seen_free(&s);
    world_free(&w);
    world_free(&tmp);
}

static void full_disk(void **state)
{
    (void)state;
    world w, tmp;
    world_new(&w);
    world_new(&tmp);
    if (geteuid() != 0 || mount("tmpfs", tmp.dir, "tmpfs", 0, "size=1m") != 0) {
        world_free(&w);
        world_free(&tmp);
        print_message("full_disk: skipped, it needs to mount a small tmpfs\n");
        skip();
    }
    cor_buf log = {0};
    cor_buf_z(&log, "FAKE............");
    for (unsigned i = 0; i < 100000; i++)
        cor_buf_fmt(&log, "t%014u.", i);
    const item items[] = {ITEM("a", ONE), {"b", log.p, log.n}, ITEM("c", TWO)};
    put(&w, "x.zip", make("zip", NULL, NULL, items, 3));
    cor_buf_free(&log);
    cor_run_options o = {.tmp = tmp.dir, .read = {.from = COR_NOTIME, .to = COR_NOTIME}};
    const char *path[] = {w.dir};
    seen s;
    run_world(&s, path, 1, 1, &o, false);
    umount(tmp.dir);
    assert_int_equal(s.code, COR_OK);
    assert_int_equal(report_of(&s, "x.zip")->err->code, COR_EIO);
    assert_non_null(strstr(report_of(&s, "x.zip")->err->msg, tmp.dir));
    assert_non_null(strstr(report_of(&s, "x.zip")->err->msg, "No space"));
    assert_int_equal(report_of(&s, "x.zip!a")->tally.records, 1);
    assert_true(report_of(&s, "x.zip!b")->tally.records > 10000);
    assert_non_null(report_of(&s, "x.zip!b")->err);
    seen_free(&s);
    world_free(&w);
    world_free(&tmp);
}

static bool stop_now(void *ctx, uint64_t at)
{
    (void)at;
    return --*(int *)ctx > 0;
}

static bool want_all(const void *ctx, const uint8_t *head, size_t n)
{
    (void)ctx;
    (void)head;
    (void)n;
    return true;
}

/* A child that is told to stop, one that cannot be had again: the helper serves the next archive all the same. */
static void the_helper_survives(void **state)
{
    (void)state;
    cor_unpacker *u;
    cor_err e;
    assert_int_equal(cor_unpacker_start(&u, want_all, NULL, &e), COR_OK);
    cor_buf big = {0};
    for (unsigned i = 0, x = 7; i < 3000000; i++, x = x * 1103515245u + 12345u)
        cor_buf_c(&big, (char)(x >> 16));
    const item items[] = {{"big", big.p, big.n}, ITEM("c", TWO)};
    world w;
    world_new(&w);
    cor_buf z = make("zip", NULL, NULL, items, 2);
    world_file(&w, "x.zip", z.p, z.n);
    char path[100];
    snprintf(path, sizeof path, "%s/x.zip", w.dir);
    FILE *f = fopen(path, "rb");
    cor_input in = {.fd = fileno(f), .size = z.n};
    for (int round = 0; round < 6; round++) {
        int calls = round % 2 == 0 ? 3 : 1 << 20;
        cor_unpack_task t = {.in = &in, .kind = COR_ARCHIVE_ZIP, .tick = stop_now, .tick_ctx = &calls};
        cor_unpack_budget left = cor_unpack_budget_for(in.size);
        cor_unpacked out;
        cor_code rc = cor_unpack(u, &t, &left, &out, &e);
        assert_int_equal(rc, round % 2 == 0 ? COR_ESTOP : COR_OK);
        if (round % 2 == 1) {
            assert_int_equal(out.n, 2);
            assert_int_equal(out.member[0].size, big.n);
        }
        cor_unpacked_free(&out);
    }
    in.size /= 2;
    in.base = 5; /* a place where no zip begins */
    int calls = 1 << 20;
    cor_unpack_task t = {.in = &in, .kind = COR_ARCHIVE_ZIP, .tick = stop_now, .tick_ctx = &calls};
    cor_unpack_budget left = {100, 1};
    cor_unpacked out;
    assert_int_not_equal(cor_unpack(u, &t, &left, &out, &e), COR_OK);
    assert_true(e.msg[0] != '\0');
    cor_unpacked_free(&out);
    in.size = z.n;
    in.base = 0;
    assert_int_equal(cor_unpack(u, &t, &left, &out, &e), COR_ELIMIT);
    cor_unpacked_free(&out);
    fclose(f);
    cor_buf_free(&z);
    cor_buf_free(&big);
    world_free(&w);
    cor_unpacker_free(u);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    const item log = ITEM("log", ONE);
    cor_buf inner = make("gnutar", NULL, NULL, &log, 1);
    const item items[] = {ITEM("a", ONE), ITEM("b", "text"), {"c.tar", inner.p, inner.n}};
    put(&w, "x.zip", make("zip", NULL, NULL, items, 3));
    cor_buf_free(&inner);
    const char *path[] = {w.dir};
    seen whole;
    run_world(&whole, path, 1, 1, NULL, true);
    for (long k = 0;; k++) {
        seen s;
        cor_oom_at(k);
        run_world(&s, path, 1, 1, NULL, true);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        bool said = s.code == COR_ENOMEM;
        for (size_t i = 0; i < s.result.n_input; i++)
            said = said || s.result.input[i].err != NULL;
        if (fired && !said && s.out.n != whole.out.n)
            fail_msg("allocation %ld failed in silence", k);
        seen_free(&s);
        if (!fired)
            break;
    }
    seen_free(&whole);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_by_content),
        cmocka_unit_test(packed_single_files),
        cmocka_unit_test(names_are_only_names),
        cmocka_unit_test(one_archive_in_another),
        cmocka_unit_test(damaged_and_cut),
        cmocka_unit_test(encrypted),
        cmocka_unit_test(bomb),
        cmocka_unit_test(threads_never_show),
        cmocka_unit_test(nothing_is_left_in_the_temporary_folder),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(the_helper_survives),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
