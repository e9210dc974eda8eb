#include "tests/unit/test.h"

#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/sort.h"

#define TINY 4096 /* the least budget: a few dozen rows a run */

/* A generator of our own, so that a failure repeats. */
static uint64_t seed;
static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

typedef struct pair {
    uint32_t kn, dn;
    char k[16], d[24];
} pair;

static int pair_cmp(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    int c = cor_str_cmp((cor_str){x->k, x->kn}, (cor_str){y->k, y->kn});
    return c != 0 ? c : cor_str_cmp((cor_str){x->d, x->dn}, (cor_str){y->d, y->dn});
}

static pair random_pair(void)
{
    pair p = {.kn = rnd(sizeof p.k + 1), .dn = rnd(sizeof p.d + 1)};
    for (uint32_t i = 0; i < p.kn; i++) /* few letters: equal keys, common prefixes and zeros are frequent */
        p.k[i] = (char)(rnd(4) == 0 ? rnd(256) : rnd(3));
    for (uint32_t i = 0; i < p.dn; i++)
        p.d[i] = (char)rnd(3);
    return p;
}

static void same_as_qsort(void **state)
{
    (void)state;
    static const struct { size_t rows, sorters, budget; } rows[] = {
        {0, 1, TINY}, {1, 1, TINY}, {50, 1, 1 << 20}, {500, 3, 1 << 20}, {3000, 1, TINY}, {20000, 1, TINY},
        {6000, 7, TINY}, {20000, 2, 65536},
    };
    for (size_t r = 0; r < COR_LEN(rows); r++) {
        seed = r;
        cor_err e;
        cor_sort *s[8];
        for (size_t i = 0; i < rows[r].sorters; i++)
            assert_non_null(s[i] = cor_sort_new(rows[r].budget, NULL));
        pair *want = calloc(rows[r].rows + 1, sizeof *want);
        for (size_t i = 0; i < rows[r].rows; i++) {
            want[i] = random_pair();
            cor_sort *to = s[rnd((uint32_t)rows[r].sorters)];
            assert_int_equal(cor_sort_add(to, (cor_str){want[i].k, want[i].kn}, (cor_str){want[i].d, want[i].dn}, &e),
                             COR_OK);
        }
        qsort(want, rows[r].rows, sizeof *want, pair_cmp);
        for (int again = 0; again < 2; again++) { /* reading twice must give the same */
            cor_sort_iter *it = cor_sort_merge(s, rows[r].sorters, &e);
            assert_non_null(it);
            cor_str k, d;
            for (size_t i = 0; i < rows[r].rows; i++) {
                assert_int_equal(cor_sort_next(it, &k, &d, &e), COR_OK);
                assert_non_null(k.p);
                assert_true(cor_str_eq(k, (cor_str){want[i].k, want[i].kn}));
                assert_true(cor_str_eq(d, (cor_str){want[i].d, want[i].dn}));
            }
            for (int past = 0; past < 2; past++) {
                assert_int_equal(cor_sort_next(it, &k, &d, &e), COR_OK);
                assert_null(k.p);
            }
            cor_sort_iter_free(it);
        }
        uint64_t total = 0;
        for (size_t i = 0; i < rows[r].sorters; i++) {
            total += cor_sort_rows(s[i]);
            cor_sort_free(s[i]);
        }
        assert_int_equal(total, rows[r].rows);
        free(want);
    }
}

/* Rows larger than the budget, and than any read buffer, go through all the same. */
static void rows_larger_than_the_budget(void **state)
{
    (void)state;
    cor_err e;
    cor_sort *s = cor_sort_new(TINY, NULL);
    char *big = malloc(400000);
    memset(big, 'x', 400000);
    for (char c = 'e'; c >= 'a'; c--)
        assert_int_equal(cor_sort_add(s, (cor_str){&c, 1}, (cor_str){big, (size_t)(c - 'a') * 100000}, &e), COR_OK);
    cor_sort_iter *it = cor_sort_merge(&s, 1, &e);
    cor_str k, d;
    for (char c = 'a'; c <= 'e'; c++) {
        assert_int_equal(cor_sort_next(it, &k, &d, &e), COR_OK);
        assert_int_equal(k.p[0], c);
        assert_int_equal(d.n, (c - 'a') * 100000);
        assert_memory_equal(d.p, big, d.n);
    }
    cor_sort_iter_free(it);
    assert_int_equal(cor_sort_add(s, COR_S("late"), COR_S(""), &e), COR_EUSAGE);
    cor_sort_free(s);
    free(big);
}

static void too_long_a_row_is_refused(void **state)
{
    (void)state;
    cor_err e;
    cor_sort *s = cor_sort_new(TINY, NULL);
    assert_int_equal(cor_sort_add(s, (cor_str){"", COR_SORT_ROW_MAX}, (cor_str){"", 1}, &e), COR_ELIMIT);
    cor_sort_free(s);
}

static cor_code work(size_t rows, cor_err *e)
{
    seed = 7;
    cor_sort *s[2] = {cor_sort_new(TINY, NULL), cor_sort_new(TINY, NULL)};
    cor_code rc = s[0] != NULL && s[1] != NULL ? COR_OK : COR_ENOMEM;
    for (size_t i = 0; rc == COR_OK && i < rows; i++) {
        pair p = random_pair();
        rc = cor_sort_add(s[i % 8 == 0], (cor_str){p.k, p.kn}, (cor_str){p.d, p.dn}, e);
    }
    cor_sort_iter *it = rc == COR_OK ? cor_sort_merge(s, 2, e) : NULL;
    if (rc == COR_OK && it == NULL)
        rc = e->code;
    cor_str k = COR_S(""), d;
    size_t n = 0;
    for (; rc == COR_OK && (rc = cor_sort_next(it, &k, &d, e)) == COR_OK && k.p != NULL; n++)
        ;
    if (rc == COR_OK)
        assert_int_equal(n, rows);
    cor_sort_iter_free(it);
    cor_sort_free(s[0]);
    cor_sort_free(s[1]);
    return rc;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        cor_err e;
        cor_oom_at(k);
        cor_code rc = work(300, &e);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        assert_int_equal(rc, fired ? COR_ENOMEM : COR_OK);
        if (!fired) {
            assert_true(k > 20); /* it did spill and pass */
            break;
        }
    }
}

/* A limit on file sizes stands for a full disk: both end in a failing write whose message must name the folder. */
static void failing_writes_name_the_folder(void **state)
{
    (void)state;
    struct rlimit old, small = {8192, 0};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    cor_err e = {0};
    setenv("TMPDIR", "/tmp", 1);
    cor_code rc = work(3000, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(rc, COR_EIO);
    assert_non_null(strstr(e.msg, "/tmp: "));
    cor_sort *s = cor_sort_new(TINY, "/nonexistent-folder");
    char d[3000] = {0};
    assert_int_equal(cor_sort_add(s, COR_S("a"), (cor_str){d, sizeof d}, &e), COR_OK);
    assert_int_equal(cor_sort_add(s, COR_S("b"), (cor_str){d, sizeof d}, &e), COR_EIO);
    assert_non_null(strstr(e.msg, "/nonexistent-folder"));
    cor_sort_free(s);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    char dir[] = "/tmp/cordon-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    if (mount("none", dir, "tmpfs", 0, "size=64k") != 0) { /* needs root */
        rmdir(dir);
        print_message("a_full_disk_is_said: skipped, a tmpfs cannot be mounted here\n");
        skip();
    }
    setenv("TMPDIR", dir, 1);
    cor_err e = {0};
    cor_code rc = work(20000, &e);
    unsetenv("TMPDIR");
    umount(dir);
    rmdir(dir);
    assert_int_equal(rc, COR_EIO);
    assert_non_null(strstr(e.msg, dir));
    assert_non_null(strstr(e.msg, "No space left"));
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    char dir[] = "/tmp/cordon-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    setenv("TMPDIR", dir, 1);
    cor_err e;
    assert_int_equal(work(3000, &e), COR_OK);
    unsetenv("TMPDIR");
    assert_int_equal(rmdir(dir), 0); /* only an empty folder can be removed */
}

static void keys_keep_order(void **state)
{
    (void)state;
    static const int64_t number[] = {INT64_MIN, INT64_MIN + 1, -256, -1, 0, 1, 255, 256, INT64_MAX};
    static const cor_str text[] = {{"", 0}, {"\0", 1}, {"\0\0", 2}, {"\0a", 2}, {"\1", 1}, {"\1\1", 2}, {"\2", 1},
                                   {"a", 1}, {"a\0", 2}, {"a\0b", 3}, {"aa", 2}, {"\xff", 1}};
    cor_buf a = {0}, b = {0}, t = {0};
    for (size_t i = 0; i < COR_LEN(number); i++)
        for (size_t j = 0; j < COR_LEN(number); j++) {
            cor_buf_clear(&a);
            cor_buf_clear(&b);
            cor_key_i64(&a, number[i]);
            cor_key_i64(&b, number[j]);
            assert_int_equal(cor_str_cmp(cor_buf_view(&a), cor_buf_view(&b)) < 0, number[i] < number[j]);
            cor_str k = cor_buf_view(&a);
            int64_t v;
            assert_true(cor_key_take_i64(&k, &v) && v == number[i] && k.n == 0);
        }
    for (size_t i = 0; i < COR_LEN(text); i++)
        for (size_t j = 0; j < COR_LEN(text); j++) {
            cor_buf_clear(&a);
            cor_buf_clear(&b);
            cor_key_str(&a, text[i]);
            cor_key_str(&b, text[j]);
            cor_key_u64(&a, 0); /* what follows must not disturb the order */
            cor_key_u64(&b, UINT64_MAX);
            assert_int_equal(cor_str_cmp(cor_buf_view(&a), cor_buf_view(&b)) < 0, i <= j);
            cor_str k = cor_buf_view(&a);
            cor_buf_clear(&t);
            assert_true(cor_key_take_str(&k, &t) && cor_str_eq(cor_buf_view(&t), text[i]) && k.n == 8);
        }
    static const cor_str broken[] = {{"", 0}, {"abc", 3}, {"a\1", 2}, {"a\1\3\0", 4}};
    for (size_t i = 0; i < COR_LEN(broken); i++) {
        cor_str k = broken[i];
        assert_false(cor_key_take_str(&k, &t));
    }
    cor_buf_free(&a);
    cor_buf_free(&b);
    cor_buf_free(&t);
}

/* Reading ends at the next row, and merging runs into fewer ends too: with 300 runs that comes before any reading. */
static void a_stop_is_heeded(void **state)
{
    (void)state;
    for (uint32_t rows = 10; rows <= 30000; rows *= 3000) {
        cor_sort *s = cor_sort_new(TINY, NULL);
        atomic_bool stop = false;
        cor_err e = {0};
        cor_str key, data;
        for (uint32_t i = 0; i < rows; i++) {
            char k[16];
            snprintf(k, sizeof k, "%08x", rnd(UINT32_MAX));
            assert_int_equal(cor_sort_add(s, cor_str_of(k), COR_S("x"), &e), COR_OK);
        }
        cor_sort_heed(s, &stop);
        if (rows == 10) {
            cor_sort_iter *it = cor_sort_merge(&s, 1, &e);
            assert_non_null(it);
            assert_int_equal(cor_sort_next(it, &key, &data, &e), COR_OK);
            stop = true;
            assert_int_equal(cor_sort_next(it, &key, &data, &e), COR_ESTOP);
            cor_sort_iter_free(it);
        } else {
            stop = true;
            assert_null(cor_sort_merge(&s, 1, &e));
            assert_int_equal(e.code, COR_ESTOP);
            cor_sort_heed(s, NULL);
            cor_sort_iter *it = cor_sort_merge(&s, 1, &e); /* nothing is lost by it */
            uint32_t n = 0;
            assert_non_null(it);
            while (cor_sort_next(it, &key, &data, &e) == COR_OK && key.p != NULL)
                n++;
            assert_int_equal(n, rows);
            cor_sort_iter_free(it);
        }
        cor_sort_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_qsort),
        cmocka_unit_test(rows_larger_than_the_budget),
        cmocka_unit_test(too_long_a_row_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(failing_writes_name_the_folder),
        cmocka_unit_test(a_full_disk_is_said),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(a_stop_is_heeded),
        cmocka_unit_test(keys_keep_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
