/* A case in bad company: files that are none, damage, no room, no memory, a second writer, Ctrl-C. */
#include "tests/unit/case/case_kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "case/store_db.h"

static void small_world(world *w, cor_buf *a, char in[128])
{
    world_new(w);
    for (int i = 0; i < 3; i++)
        line(a, i, "DC1.corp", "Security", 4625, (unsigned)i + 1, "bob");
    line(a, 4, "DC1.corp", "Security", 4624, 4, "amy");
    world_file(w, "in/a.jsonl", a->p, a->n);
    snprintf(in, 128, "%s/in", w->dir);
}

static void path_of(const world *w, const char *name, char out[160])
{
    snprintf(out, 160, "%s/%s", w->dir, name);
}

/* Everything but the database itself is gone when a case is closed. */
static void alone(const char *dir)
{
    char name[200];
    static const char *const beside[] = {"-journal", "-wal", "-shm"};
    for (size_t i = 0; i < COR_LEN(beside); i++) {
        snprintf(name, sizeof name, "%s/" COR_CASE_FILE "%s", dir, beside[i]);
        assert_int_equal(access(name, F_OK), -1);
    }
}

/* ---- what is no case ---- */

static void says(const char *dir, cor_case_mode mode, cor_code code, const char *what)
{
    cor_case *c;
    cor_err e = {0};
    cor_code rc = cor_case_open(dir, mode, &c, &e);
    assert_null(c);
    if (rc != code || strstr(e.msg, what) == NULL)
        fail_msg("got %d \"%s\", want %d \"%s\"", (int)rc, e.msg, (int)code, what);
}

static void pragma(const char *dir, const char *sql)
{
    char file[200];
    sqlite3 *db;
    snprintf(file, sizeof file, "%s/" COR_CASE_FILE, dir);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void what_is_no_case(void **state)
{
    (void)state;
    world w;
    char dir[160], text[300];
    world_new(&w);
    path_of(&w, "none", dir);
    says(dir, COR_CASE_READ, COR_EUSAGE, "does not exist");
    world_file(&w, "file", "x", 1);
    path_of(&w, "file", dir);
    says(dir, COR_CASE_READ, COR_EUSAGE, "is a file; a case is a folder");
    says(dir, COR_CASE_ADD, COR_EUSAGE, "is a file; a case is a folder");
    world_file(&w, "logs/a.evtx", "x", 1);
    path_of(&w, "logs", dir);
    says(dir, COR_CASE_READ, COR_EUSAGE, "holds no case (no case.sqlite in it)");
    path_of(&w, "no/way", dir);
    says(dir, COR_CASE_ADD, COR_EIO, "cannot be made: No such file");
    memset(text, 'x', sizeof text);
    world_file(&w, "text/case.sqlite", text, sizeof text);
    path_of(&w, "text", dir);
    says(dir, COR_CASE_READ, COR_EFORMAT, "case.sqlite is damaged (file is not a database)");
    world_file(&w, "empty/case.sqlite", "", 0);
    path_of(&w, "empty", dir);
    says(dir, COR_CASE_READ, COR_EFORMAT, "is empty");
    path_of(&w, "other", dir);
    assert_int_equal(mkdir(dir, 0777), 0);
    pragma(dir, "CREATE TABLE t (a); PRAGMA application_id = 7");
    says(dir, COR_CASE_ADD, COR_EFORMAT, "a database of another program");
    cor_case_close(open_case(&w, "case", COR_CASE_ADD));
    path_of(&w, "case", dir);
    alone(dir);
    static const char *const more[][2] = { /* whatever somebody else laid beside the tables may lie */
        {"CREATE INDEX i ON finding (time)", "DROP INDEX i"},
        {"CREATE VIEW v AS SELECT * FROM finding", "DROP VIEW v"},
        {"CREATE TRIGGER t AFTER INSERT ON finding BEGIN DELETE FROM finding; END", "DROP TRIGGER t"},
        {"CREATE TABLE t (a)", "DROP TABLE t"}};
    for (size_t i = 0; i < COR_LEN(more); i++) {
        pragma(dir, more[i][0]);
        says(dir, COR_CASE_READ, COR_EFORMAT, "its tables are not those of a case");
        pragma(dir, more[i][1]);
    }
    cor_case_close(open_case(&w, "case", COR_CASE_READ));
    pragma(dir, "PRAGMA user_version = 99");
    says(dir, COR_CASE_READ, COR_ENOTSUP, "made by a newer Cordon (schema 99, this one knows 1)");
    pragma(dir, "PRAGMA user_version = 1; DROP TABLE said");
    says(dir, COR_CASE_READ, COR_EFORMAT, "its tables are not those of a case");
    world_free(&w);
}

/* The names of an input are asked for once for each log: to look through all of them each time takes minutes where there
 * are 100,000 files. */
static void names_of_an_input_are_found(void **state)
{
    (void)state;
    world w;
    cor_err e = {0};
    bool row;
    world_new(&w);
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    sqlite3_stmt *st = cor_db_prepare(c, "EXPLAIN QUERY PLAN SELECT min(path) FROM input_path p WHERE p.input = ?1", &e);
    assert_non_null(st);
    assert_int_equal(cor_db_step(c, st, &row, &e), COR_OK);
    assert_true(row);
    assert_non_null(strstr((const char *)sqlite3_column_text(st, 3), "SEARCH"));
    sqlite3_finalize(st);
    cor_case_close(c);
    world_free(&w);
}

/* ---- a second writer ---- */

static void one_writer_at_a_time(void **state)
{
    (void)state;
    world w;
    char dir[160];
    cor_err e = {0};
    cor_case *one, *two;
    world_new(&w);
    path_of(&w, "case", dir);
    one = open_case(&w, "case", COR_CASE_ADD);
    says(dir, COR_CASE_ADD, COR_EIO, "another cordon is writing the case");
    two = open_case(&w, "case", COR_CASE_READ); /* reading is no matter */
    cor_case_close(two);
    cor_case_close(one);
    one = open_case(&w, "case", COR_CASE_ADD);
    assert_int_equal(cor_db_begin(one, &e), COR_OK);
    two = open_case(&w, "case", COR_CASE_READ);
    sqlite3_busy_timeout(two->db, 0);
    assert_int_equal(cor_case_say(two, &(cor_said){COR_S("H"), COR_S(""), COR_S("t"), COR_S("me"), 1}, &e), COR_EIO);
    assert_non_null(strstr(e.msg, "is being changed by another program"));
    cor_case_close(two);
    cor_case_close(one);
    alone(dir);
    world_free(&w);
}

/* ---- no room ---- */

static void no_room_leaves_it_as_it_was(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, before = {0}, after = {0};
    cor_err e = {0};
    cor_detect_result r;
    char in[128], dir[160], sql[64];
    setup_open(&s);
    small_world(&w, &a, in);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &before, true);
    cor_buf big = {0};
    for (unsigned i = 0; i < 3000; i++)
        line(&big, (int)(i % 3600), "DC1.corp", "Security", 4624, i + 10, "eve");
    world_file(&w, "big.jsonl", big.p, big.n);
    char more[160];
    path_of(&w, "big.jsonl", more);
    const char *path2[] = {more};
    const cor_detect_options o = options(&s, path2, 1, 1, 0);
    sqlite3_stmt *st = cor_db_prepare(c, "PRAGMA page_count", &e);
    assert_non_null(st);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d", sqlite3_column_int(st, 0) + 8);
    sqlite3_finalize(st);
    assert_int_equal(cor_db_exec(c, sql, &e), COR_OK);
    assert_int_equal(cor_case_gather(c, &o, &r, &e), COR_EIO);
    cor_detect_result_free(&r);
    assert_non_null(strstr(e.msg, "no room left for the case"));
    dump(c, &after, true);
    assert_string_equal((char *)before.p, (char *)after.p);
    cor_case_close(c);
    path_of(&w, "case", dir);
    alone(dir);
    c = open_case(&w, "case", COR_CASE_ADD); /* with room again */
    read_in(c, &s, path2, 1, 1, 0);
    conclude(c, &s);
    dump(c, &after, true);
    assert_non_null(strstr((char *)after.p, "I big.jsonl "));
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&big);
    cor_buf_free(&before);
    cor_buf_free(&after);
    world_free(&w);
    kit_close(&s.k);
}

/* ---- killed ---- */

/* In the middle of a transaction that has reached the disk: the next one who opens the case puts it back. */
static void a_kill_leaves_it_as_it_was(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, before = {0}, after = {0};
    char in[128], dir[160], journal[200];
    int status;
    setup_open(&s);
    small_world(&w, &a, in);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &before, true);
    cor_case_close(c);
    path_of(&w, "case", dir);
    pid_t pid = fork();
    if (pid == 0) {
        cor_err e = {0};
        c = open_case(&w, "case", COR_CASE_ADD);
        if (cor_db_begin(c, &e) == COR_OK && /* more than the cache holds */
            cor_db_exec(c, "DELETE FROM fact; DELETE FROM place; DELETE FROM finding; WITH RECURSIVE n(i) AS (SELECT 1"
                           " UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO setting (name, value)"
                           " SELECT i, hex(randomblob(500)) FROM n", &e) == COR_OK)
            raise(SIGKILL);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    snprintf(journal, sizeof journal, "%s/" COR_CASE_FILE "-journal", dir);
    assert_int_equal(access(journal, F_OK), 0); /* the test means something */
    c = open_case(&w, "case", COR_CASE_READ);
    dump(c, &after, true);
    cor_case_close(c);
    assert_string_equal((char *)before.p, (char *)after.p);
    alone(dir);
    cor_buf_free(&a);
    cor_buf_free(&before);
    cor_buf_free(&after);
    world_free(&w);
    kit_close(&s.k);
}

/* ---- Ctrl-C ---- */

static void what_was_read_whole_stays(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, whole = {0}, text = {0};
    cor_err e = {0};
    cor_detect_result r;
    atomic_bool stop = true;
    char in[128];
    setup_open(&s);
    small_world(&w, &a, in);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "one", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &whole, true);
    cor_case_close(c);
    c = open_case(&w, "case", COR_CASE_ADD);
    cor_detect_options o = options(&s, path, 1, 1, 0);
    o.run.stop = &stop;
    assert_int_equal(cor_case_gather(c, &o, &r, &e), COR_ESTOP);
    cor_detect_result_free(&r);
    conclude(c, &s);
    dump(c, &text, true);
    assert_true(strstr((char *)text.p, "I a.jsonl") == NULL || strcmp((char *)text.p, (char *)whole.p) == 0);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &text, true);
    assert_string_equal((char *)text.p, (char *)whole.p);
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&whole);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* A flag raised before it begins: reading is over at once, and so is what runs over the tables. */
static void stop_is_heeded(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, whole = {0}, text = {0};
    cor_err e = {0};
    atomic_bool stop = false;
    char in[128];
    setup_open(&s);
    world_new(&w);
    for (int i = 0; i < 2000; i++) {
        char who[32];
        snprintf(who, sizeof who, "user%d", i);
        line(&a, i, "DC1.corp", "Security", 4624, (unsigned)i + 1, who);
    }
    world_file(&w, "in/a.jsonl", a.p, a.n);
    snprintf(in, sizeof in, "%s/in", w.dir);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &whole, true);
    cor_case_heed(c, &stop);
    dump(c, &text, true);
    assert_string_equal((char *)text.p, (char *)whole.p);
    stop = true;
    assert_int_equal(dump_into(c, &text, true, &e), COR_ESTOP);
    cor_case_heed(c, NULL);
    dump(c, &text, true);
    assert_string_equal((char *)text.p, (char *)whole.p);
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&whole);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* Gathered and never concluded, however it ended: the case is as it was. */
static void what_belongs_together_is_whole_or_not_there(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, before = {0}, text = {0};
    cor_err e = {0};
    char in[128];
    setup_open(&s);
    small_world(&w, &a, in);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    dump(c, &before, true);
    for (int way = 0; way < 2; way++) {
        assert_int_equal(cor_case_begin(c, &e), COR_OK);
        read_in(c, &s, path, 1, 1, 0);
        conclude(c, &s);
        dump(c, &text, true);
        assert_string_not_equal((char *)text.p, (char *)before.p);
        if (way == 0) {
            cor_case_rollback(c);
        } else { /* as when the program ends */
            cor_case_close(c);
            c = open_case(&w, "case", COR_CASE_ADD);
        }
        dump(c, &text, true);
        assert_string_equal((char *)text.p, (char *)before.p);
    }
    assert_int_equal(cor_case_begin(c, &e), COR_OK);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    assert_int_equal(cor_case_commit(c, &e), COR_OK);
    cor_case_close(c);
    c = open_case(&w, "case", COR_CASE_READ);
    dump(c, &text, true);
    assert_string_not_equal((char *)text.p, (char *)before.p);
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&before);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* A case without a folder says what one in a folder says, and leaves nothing. */
static void private_is_the_same(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, whole = {0}, text = {0};
    cor_err e = {0};
    char in[128], spill[160];
    setup_open(&s);
    small_world(&w, &a, in);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &whole, true);
    cor_case_close(c);
    path_of(&w, "spill", spill);
    assert_int_equal(mkdir(spill, 0777), 0);
    assert_int_equal(cor_case_spill_to(spill, &e), COR_OK);
    assert_int_equal(cor_case_private(&c, &e), COR_OK);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &text, true);
    assert_string_equal((char *)text.p, (char *)whole.p);
    assert_int_equal(rmdir(spill), 0); /* whatever is open in it has no name */
    cor_case_close(c);
    assert_int_equal(cor_case_spill_to(NULL, &e), COR_OK);
    cor_buf_free(&a);
    cor_buf_free(&whole);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* ---- damage ---- */

static uint64_t seed = 3;
static unsigned rnd(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

static cor_buf slurp(const char *file)
{
    cor_buf b = {0};
    FILE *f = fopen(file, "rb");
    assert_non_null(f);
    char block[4096];
    size_t n;
    while ((n = fread(block, 1, sizeof block, f)) != 0)
        cor_buf_put(&b, block, n);
    fclose(f);
    return b;
}

/* Whatever stands in the file: an error that says so, or an answer. */
static void damage_is_no_crash(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, text = {0};
    char in[128], file[200];
    unsigned refused = 0;
    setup_open(&s);
    small_world(&w, &a, in);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    cor_case_close(c);
    snprintf(file, sizeof file, "%s/case/" COR_CASE_FILE, w.dir);
    cor_buf whole = slurp(file);
    for (unsigned round = 0; round < 200; round++) {
        cor_err e = {0};
        cor_detect_result r = {0};
        cor_buf b = {0};
        cor_buf_str(&b, cor_buf_view(&whole));
        for (unsigned i = 0, n = 1 + rnd(4); i < n; i++) {
            uint8_t *p = &b.p[rnd((unsigned)b.n)];
            if (round % 2)
                *p = (uint8_t)rnd(256);
            else
                *p = (uint8_t)(*p ^ (1u << rnd(8)));
        }
        if (round % 10 == 0)
            b.n = rnd((unsigned)b.n);
        world_file(&w, "case/" COR_CASE_FILE, b.p, b.n);
        cor_buf_free(&b);
        char dir[160];
        path_of(&w, "case", dir);
        cor_code rc = cor_case_open(dir, COR_CASE_ADD, &c, &e);
        if (rc == COR_OK)
            rc = dump_into(c, &text, true, &e);
        if (rc == COR_OK) {
            const cor_detect_options o = options(&s, path, 1, 1, 0);
            rc = cor_case_gather(c, &o, &r, &e);
            cor_detect_result_free(&r);
            if (rc == COR_OK)
                rc = cor_case_conclude(c, &o, &r, &e);
        }
        if (rc != COR_OK && e.msg[0] == '\0')
            fail_msg("round %u: refused in silence", round);
        refused += rc != COR_OK;
        cor_case_close(c);
    }
    if (refused < 25 || refused == 200)
        fail_msg("%u of 200 refused", refused);
    cor_buf_free(&whole);
    cor_buf_free(&a);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* ---- memory ---- */

/* One try: a case is made or opened, filled, read. */
static cor_code attempt(const world *w, const char *name, const setup *s, const char *const *path, cor_buf *text,
                        bool *unfinished)
{
    char dir[160];
    cor_err e = {0};
    cor_case *c = NULL;
    cor_detect_result r = {0};
    path_of(w, name, dir);
    const cor_detect_options o = options(s, path, 1, 1, 0);
    cor_code rc = cor_case_open(dir, COR_CASE_ADD, &c, &e);
    if (rc == COR_OK) {
        rc = cor_case_gather(c, &o, &r, &e);
        *unfinished = r.n_unfinished != 0 || r.run.n_walk_err != 0;
        cor_detect_result_free(&r);
    }
    if (rc == COR_OK)
        rc = cor_case_conclude(c, &o, &r, &e);
    if (rc == COR_OK)
        rc = dump_into(c, text, true, &e);
    cor_case_close(c);
    if (rc != COR_OK)
        assert_string_not_equal(e.msg, "");
    return rc;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, want = {0}, text = {0};
    char in[128];
    bool unfinished = false;
    setup_open(&s);
    small_world(&w, &a, in);
    const char *path[] = {in};
    assert_int_equal(attempt(&w, "made", &s, path, &want, &unfinished), COR_OK);
    cor_buf_c(&want, '\0');
    for (long k = 0;; k += k < 150 ? 1 : 23) { /* the first times densely: opening and the schema are there */
        char name[32];
        snprintf(name, sizeof name, "new%ld", k);
        cor_oom_at(k);
        cor_code rc = attempt(&w, k % 5 == 0 ? name : "made", &s, path, &text, &unfinished);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        cor_buf_c(&text, '\0');
        if (rc == COR_OK && cor_buf_ok(&text) && !unfinished && strcmp((char *)text.p, (char *)want.p) != 0)
            fail_msg("allocation %ld failed in silence: %.200s", k, (char *)text.p);
        if (rc != COR_OK && rc != COR_ENOMEM)
            fail_msg("allocation %ld: code %d", k, (int)rc);
        if (!fired)
            break;
    }
    cor_buf_free(&a);
    cor_buf_free(&want);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_case),
        cmocka_unit_test(names_of_an_input_are_found),
        cmocka_unit_test(one_writer_at_a_time),
        cmocka_unit_test(no_room_leaves_it_as_it_was),
        cmocka_unit_test(a_kill_leaves_it_as_it_was),
        cmocka_unit_test(what_was_read_whole_stays),
        cmocka_unit_test(stop_is_heeded),
        cmocka_unit_test(what_belongs_together_is_whole_or_not_there),
        cmocka_unit_test(private_is_the_same),
        cmocka_unit_test(damage_is_no_crash),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
