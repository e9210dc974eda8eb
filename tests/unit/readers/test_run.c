#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "tests/unit/readers/fake.h"

static void run_dir(seen *s, const world *w, int threads)
{
    const char *path[] = {w->dir};
    run_world(s, path, 1, threads, NULL, false);
}

static void names_below_the_root_in_order(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    world_log(&w, "b/x.evtx", 1, 10);
    world_log(&w, "b.evtx", 1, 20);
    world_log(&w, "a\nb\x1b[31m\xff.evtx", 1, 30);
    world_log(&w, ".hidden", 1, 40);
    world_file(&w, "notes.txt", "hello", 5);
    world_file(&w, "empty", "", 0);
    seen s;
    run_dir(&s, &w, 2);
    assert_int_equal(s.code, COR_OK);
    assert_str(cor_buf_view(&s.out), ".hidden@16 40\na\nb\x1b[31m\xff.evtx@16 30\nb.evtx@16 20\nb/x.evtx@16 10\n");
    assert_int_equal(s.result.n_input, 6);
    assert_null(report_of(&s, "notes.txt")->reader);
    assert_null(report_of(&s, "empty")->reader);
    assert_string_equal(report_of(&s, "b/x.evtx")->reader, "fake");
    assert_int_equal(report_of(&s, "b/x.evtx")->tally.records, 1);
    assert_false(report_of(&s, "b/x.evtx")->hashed);
    seen_free(&s);

    char file[128];
    snprintf(file, sizeof file, "%s//b/x.evtx", w.dir);
    const char *path[] = {file};
    run_world(&s, path, 1, 1, NULL, true);
    assert_str(cor_buf_view(&s.out), "x.evtx@16 10\n"); /* given itself: its file name */
    assert_true(s.result.input[0].hashed);
    seen_free(&s);
    world_free(&w);
}

static void links_and_specials_are_named(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    world_log(&w, "real/log", 1, 10);
    char at[128], other[128];
    snprintf(at, sizeof at, "%s/link", w.dir);
    assert_int_equal(symlink("real", at), 0);
    snprintf(other, sizeof other, "%s/real/loop", w.dir);
    assert_int_equal(symlink("..", other), 0);
    snprintf(other, sizeof other, "%s/fifo", w.dir);
    assert_int_equal(mkfifo(other, 0600), 0);
    seen s;
    run_dir(&s, &w, 1);
    assert_int_equal(s.code, COR_OK);
    assert_str(cor_buf_view(&s.out), "real/log@16 10\n");
    assert_int_equal(s.result.n_input, 4);
    assert_int_equal(s.result.n_note, 3);
    assert_non_null(strstr(s.result.note[0].text.p, "pipe"));
    assert_non_null(strstr(s.result.note[1].text.p, "symbolic link"));
    seen_free(&s);
    const char *path[] = {at}; /* given: followed */
    run_world(&s, path, 1, 1, NULL, false);
    assert_str(cor_buf_view(&s.out), "log@16 10\n");
    seen_free(&s);
    world_free(&w);
}

static void what_cannot_be_opened_is_said(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    world_log(&w, "log", 1, 10);
    seen s;
    char gone[128];
    snprintf(gone, sizeof gone, "%s/gone", w.dir);
    const char *path[] = {w.dir, gone};
    run_world(&s, path, 2, 1, NULL, false);
    assert_int_equal(s.code, COR_EUSAGE);
    assert_non_null(strstr(s.err.msg, "gone"));
    assert_int_equal(s.out.n, 0);
    seen_free(&s);
    if (geteuid() != 0) {
        char deep[128];
        snprintf(deep, sizeof deep, "%s/log", w.dir);
        assert_int_equal(chmod(deep, 0), 0);
        run_dir(&s, &w, 1);
        assert_int_equal(s.code, COR_OK);
        assert_int_equal(report_of(&s, "log")->err->code, COR_EIO);
        seen_free(&s);
    }
    world_free(&w);
}

static void equal_names_are_ordered_by_content(void **state)
{
    (void)state;
    world a, b;
    world_new(&a);
    world_new(&b);
    world_log(&a, "Security.evtx", 1, 11);
    world_log(&b, "Security.evtx", 1, 22);
    world_log(&b, "System.evtx", 1, 33);
    const char *ab[] = {a.dir, b.dir}, *ba[] = {b.dir, a.dir};
    seen s, t;
    run_world(&s, ab, 2, 2, NULL, false);
    run_world(&t, ba, 2, 2, NULL, false);
    assert_int_equal(s.out.n, t.out.n);
    assert_memory_equal(s.out.p, t.out.p, s.out.n);
    assert_int_equal(s.result.n_input, 3);
    assert_true(s.result.input[0].hashed && s.result.input[1].hashed && !s.result.input[2].hashed);
    assert_true(memcmp(s.result.input[0].sha256, s.result.input[1].sha256, COR_SHA256_SIZE) < 0);
    seen_free(&s);
    seen_free(&t);
    world_free(&a);
    world_free(&b);
}

/* The same bytes whatever the number of threads: big inputs of many parts among small ones, damage and failures. */
static void threads_never_show(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    for (unsigned i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "d%u/f%u", i % 7, i);
        world_log(&w, name, i % 50 == 0 ? 200000 : 3, i * 1000);
    }
    cor_buf bad = {0};
    cor_buf_z(&bad, "FAKE............");
    for (unsigned i = 0; i < 150000; i++)
        cor_buf_z(&bad, i % 100 == 7                ? "DAMAGED........."
                        : i == 140000 || i == 70000 ? "FAIL............"
                                                    : "NOTE............");
    world_file(&w, "bad", bad.p, bad.n);
    cor_buf_free(&bad);
    seen one;
    run_dir(&one, &w, 1);
    assert_int_equal(one.code, COR_OK);
    assert_int_equal(one.result.n_input, 201);
    assert_int_equal(one.result.n_damage, COR_DAMAGE_MAX);
    assert_int_equal(report_of(&one, "bad")->err->off, 70001 * 16);
    assert_true(report_of(&one, "bad")->tally.damaged > COR_DAMAGE_MAX);
    assert_int_equal(one.result.n_note, 1);
    static const int threads[] = {2, 3, 7};
    for (size_t k = 0; k < COR_LEN(threads); k++) {
        seen s;
        run_dir(&s, &w, threads[k]);
        assert_int_equal(s.code, COR_OK);
        assert_int_equal(s.out.n, one.out.n);
        assert_memory_equal(s.out.p, one.out.p, one.out.n);
        assert_int_equal(s.result.n_damage, one.result.n_damage);
        for (size_t i = 0; i < s.result.n_damage; i++)
            assert_int_equal(s.result.damage[i].d.off, one.result.damage[i].d.off);
        assert_int_equal(report_of(&s, "bad")->err->off, 70001 * 16);
        for (size_t i = 0; i < s.result.n_input; i++)
            assert_int_equal(s.result.input[i].tally.records, one.result.input[i].tally.records);
        seen_free(&s);
    }
    seen_free(&one);
    world_free(&w);
}

static void events_outside_the_times_are_only_counted(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    world_log(&w, "log", 5, 100);
    const char *path[] = {w.dir};
    cor_run_options o = {.read = {.from = 101 * COR_SECOND, .to = 103 * COR_SECOND}};
    seen s;
    run_world(&s, path, 1, 1, &o, false);
    assert_str(cor_buf_view(&s.out), "log@32 101\nlog@48 102\nlog@64 103\n");
    assert_int_equal(s.result.input[0].tally.records, 5);
    seen_free(&s);
    world_free(&w);
}

typedef struct stopper {
    atomic_bool stop;
    unsigned shown;
    uint64_t inputs;
} stopper;

static void stop_when_shown(void *ctx, const cor_run_progress *p)
{
    stopper *k = ctx;
    k->shown++;
    k->inputs = p->inputs_done;
    assert_true(p->bytes_done <= p->bytes_total);
    if (p->inputs_done > 0)
        atomic_store(&k->stop, true);
}

static void stop_keeps_what_is_done(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    for (unsigned i = 0; i < 30; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%02u", i);
        world_log(&w, name, 60000, i * 1000);
    }
    seen all, cut;
    run_dir(&all, &w, 2);
    for (int threads = 1; threads < 4; threads++) {
        stopper k = {.stop = false};
        cor_run_options o = {.read = {.from = COR_NOTIME, .to = COR_NOTIME}, .stop = &k.stop};
        o.progress = stop_when_shown;
        o.progress_ctx = &k;
        const char *path[] = {w.dir};
        run_world(&cut, path, 1, threads, &o, true);
        assert_true(k.shown > 0);
        assert_true(cut.code == COR_ESTOP || (cut.code == COR_OK && cut.out.n == all.out.n));
        assert_true(cut.out.n <= all.out.n);
        assert_memory_equal(cut.out.p, all.out.p, cut.out.n); /* whole parts, none left out in between */
        seen_free(&cut);
    }
    atomic_bool now = true;
    cor_run_options o = {.read = {.from = COR_NOTIME, .to = COR_NOTIME}, .stop = &now};
    const char *path[] = {w.dir};
    run_world(&cut, path, 1, 2, &o, false);
    assert_int_equal(cut.code, COR_ESTOP);
    assert_int_equal(cut.out.n, 0);
    seen_free(&cut);
    seen_free(&all);
    world_free(&w);
}

static void deep_and_long_paths(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    int at = open(w.dir, O_RDONLY | O_DIRECTORY);
    char leaf[201];
    memset(leaf, 'x', 200);
    leaf[200] = '\0';
    for (int i = 0; i < 30; i++) { /* 6,000 bytes: more than the system takes in one path */
        assert_int_equal(mkdirat(at, leaf, 0700), 0);
        int next = openat(at, leaf, O_RDONLY | O_DIRECTORY);
        assert_true(next >= 0);
        close(at);
        at = next;
    }
    int f = openat(at, "log", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(f, "FAKE............t000000000000009", 32), 32);
    close(f);
    close(at);
    seen s;
    run_dir(&s, &w, 1);
    assert_int_equal(s.code, COR_OK);
    assert_int_equal(s.result.n_walk_err, 0);
    assert_int_equal(s.result.input[0].name.n, 30 * 201 + 3);
    assert_int_equal(s.result.input[0].tally.records, 1);
    seen_free(&s);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", w.dir);
    assert_int_equal(system(command), 0);
}

/* ---- cor_ordered by itself ---- */

typedef struct refuser {
    unsigned calls;
} refuser;

static cor_code refuse_second(void *ctx, cor_str bytes, cor_err *e)
{
    (void)bytes;
    refuser *r = ctx;
    return ++r->calls < 2 ? COR_OK : cor_fail(e, COR_EIO, "test", COR_NOPOS, "disk full");
}

static void ordered_error_is_sticky(void **state)
{
    (void)state;
    refuser r = {0};
    cor_ordered *o = cor_ordered_new(refuse_second, &r);
    cor_err e = {0};
    assert_int_equal(cor_ordered_put(o, 0, COR_S("a"), &e), COR_OK);
    assert_int_equal(cor_ordered_put(o, 3, COR_S("d"), &e), COR_OK);
    assert_int_equal(cor_ordered_put(o, 0, COR_S("b"), &e), COR_EIO);
    assert_string_equal(e.msg, "disk full");
    e = (cor_err){0};
    assert_int_equal(cor_ordered_put(o, 1, COR_S("c"), &e), COR_EIO);
    assert_int_equal(cor_ordered_done(o, 0, &e), COR_EIO);
    assert_string_equal(e.msg, "disk full");
    assert_int_equal(r.calls, 2);
    cor_ordered_free(o);
}

typedef struct racer {
    cor_ordered *o;
    uint64_t first, step;
} racer;

#define RACE_PARTS 3000u

static cor_code append(void *ctx, cor_str bytes, cor_err *e)
{
    (void)e;
    cor_buf_str(ctx, bytes);
    return COR_OK;
}

static void *race(void *arg)
{
    racer *r = arg;
    char line[64];
    static const char big[100000];
    for (uint64_t s = r->first; s < RACE_PARTS; s += r->step) {
        int n = snprintf(line, sizeof line, "%u\n", (unsigned)s);
        cor_ordered_put(r->o, s, (cor_str){line, (size_t)n}, NULL);
        if (s % 3 == 0)
            cor_ordered_put(r->o, s, (cor_str){big, s % 100 == 0 ? sizeof big : 1000}, NULL);
        cor_ordered_put(r->o, s, (cor_str){line, (size_t)n}, NULL);
        cor_ordered_done(r->o, s, NULL);
    }
    return NULL;
}

static void ordered_race(void **state)
{
    (void)state;
    cor_buf want = {0}, got = {0};
    for (int threads = 1; threads <= 5; threads += 4) {
        cor_buf_clear(&got);
        cor_ordered *o = cor_ordered_new(append, &got);
        pthread_t t[5];
        racer r[5];
        for (int i = 0; i < threads; i++) {
            r[i] = (racer){o, (uint64_t)i, (uint64_t)threads};
            assert_int_equal(pthread_create(&t[i], NULL, race, &r[i]), 0);
        }
        for (int i = 0; i < threads; i++)
            pthread_join(t[i], NULL);
        cor_ordered_free(o);
        if (threads == 1)
            cor_buf_put(&want, got.p, got.n);
        assert_int_equal(got.n, want.n);
        assert_memory_equal(got.p, want.p, want.n);
    }
    cor_buf_free(&want);
    cor_buf_free(&got);
}

/* Each allocation of a run fails once: an error comes back or the input says so; nothing hangs, nothing leaks. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    world w;
    world_new(&w);
    world_log(&w, "a/log", 3, 10);
    world_log(&w, "b/log", 3, 10);
    world_file(&w, "c", "FAKE............DAMAGED.........NOTE............FAIL............", 64);
    char a[128];
    snprintf(a, sizeof a, "%s/a", w.dir);
    const char *path[] = {w.dir, a};
    seen whole;
    run_world(&whole, path, 2, 2, NULL, true);
    for (long k = 0;; k++) {
        seen s;
        cor_oom_at(k);
        run_world(&s, path, 2, 2, NULL, true);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        bool said = s.code == COR_ENOMEM;
        for (size_t i = 0; i < s.result.n_input; i++)
            said = said || (s.result.input[i].err != NULL && s.result.input[i].err->code == COR_ENOMEM);
        bool same = s.code == COR_OK && s.out.n == whole.out.n && s.result.n_damage == whole.result.n_damage;
        if (fired && !said && !same) /* a second worker that could not be hired is missed by nobody */
            fail_msg("allocation %ld failed in silence: code %d, %zu of %zu bytes, %zu inputs", k, s.code, s.out.n,
                     whole.out.n, s.result.n_input);
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
        cmocka_unit_test(names_below_the_root_in_order),
        cmocka_unit_test(links_and_specials_are_named),
        cmocka_unit_test(what_cannot_be_opened_is_said),
        cmocka_unit_test(equal_names_are_ordered_by_content),
        cmocka_unit_test(threads_never_show),
        cmocka_unit_test(events_outside_the_times_are_only_counted),
        cmocka_unit_test(stop_keeps_what_is_done),
        cmocka_unit_test(deep_and_long_paths),
        cmocka_unit_test(ordered_error_is_sticky),
        cmocka_unit_test(ordered_race),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
