/* Opening and closing a case; its settings, what analysts say, the verdicts. */
#include "case/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define ROOM "case"

/* ---- memory: SQLite's too goes through base/alloc.h ---- */

typedef struct sized {
    _Alignas(16) size_t n;
} sized;

static void *mem_get(int n)
{
    sized *m = cor_alloc(sizeof *m + (size_t)n);
    if (m == NULL)
        return NULL;
    m->n = (size_t)n;
    return m + 1;
}

static void mem_free(void *p)
{
    cor_free((sized *)p - 1);
}

static void *mem_resize(void *p, int n)
{
    sized *m = cor_realloc((sized *)p - 1, sizeof *m + (size_t)n);
    if (m == NULL)
        return NULL;
    m->n = (size_t)n;
    return m + 1;
}

static int mem_size(void *p)
{
    return p == NULL ? 0 : (int)((sized *)p - 1)->n;
}

static int mem_round(int n)
{
    return (n + 15) & ~15;
}

static int mem_init(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void mem_end(void *ctx)
{
    (void)ctx;
}

static void configure(void)
{
    static const sqlite3_mem_methods methods = {mem_get, mem_free, mem_resize, mem_size, mem_round, mem_init, mem_end,
                                                NULL};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* ---- Ctrl-C ---- */

static int stopped(void *ctx)
{
    const cor_case *c = ctx;
    return c->stop != NULL && atomic_load_explicit(c->stop, memory_order_relaxed);
}

void cor_case_heed(cor_case *c, const atomic_bool *stop)
{
    c->stop = stop;
    sqlite3_progress_handler(c->db, stop == NULL ? 0 : COR_CASE_HEED_STEPS, stopped, c);
}

/* ---- opening ---- */

static cor_code pragma(cor_case *c, const char *sql, int64_t *out, cor_err *e)
{
    sqlite3_stmt *st = cor_db_prepare(c, sql, e);
    bool row;
    if (st == NULL)
        return e->code;
    cor_code rc = cor_db_step(c, st, &row, e);
    if (rc == COR_OK)
        *out = row ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    return rc;
}

/* Are the tables those of our schema, and nothing beside them? Whoever changed one made another file of it, and an
 * index or a view of somebody else's may lie. */
static cor_code check_tables(cor_case *c, cor_err *e)
{
    sqlite3_stmt *st = cor_db_prepare(c,
                                      "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                                      " ORDER BY rowid", e);
    if (st == NULL)
        return e->code;
    cor_code rc = COR_OK;
    bool row = true, same = true;
    size_t i = 0;
    while (rc == COR_OK && row && same) {
        rc = cor_db_step(c, st, &row, e);
        if (rc == COR_OK && row) {
            same = cor_case_schema[i] != NULL && cor_str_is(cor_db_col(st, 0), cor_case_schema[i]);
            i++;
        }
    }
    sqlite3_finalize(st);
    if (rc == COR_OK && (!same || cor_case_schema[i] != NULL))
        return cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS,
                        "%s/" COR_CASE_FILE " is damaged (its tables are not those of a case)", c->dir);
    return rc;
}

static cor_code make(cor_case *c, cor_err *e)
{
    char sql[96];
    cor_code rc = cor_db_begin(c, e);
    for (size_t i = 0; rc == COR_OK && cor_case_schema[i] != NULL; i++)
        rc = cor_db_exec(c, cor_case_schema[i], e);
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", COR_CASE_APPLICATION,
                     COR_CASE_SCHEMA);
    if (rc == COR_OK)
        rc = cor_db_exec(c, sql, e);
    if (rc == COR_OK)
        return cor_db_commit(c, e);
    cor_db_rollback(c);
    return rc;
}

/* What a file is before anything in it is believed. */
static cor_code check(cor_case *c, cor_err *e)
{
    int64_t app = 0, version = 0, tables = 0;
    cor_code rc = pragma(c, "PRAGMA application_id", &app, e);
    if (rc == COR_OK)
        rc = pragma(c, "PRAGMA user_version", &version, e);
    if (rc == COR_OK)
        rc = pragma(c, "SELECT count(*) FROM sqlite_schema", &tables, e);
    if (rc != COR_OK)
        return rc;
    /* just made, or left behind by a program that was killed while making it */
    if (app == 0 && version == 0 && tables == 0)
        return c->mode == COR_CASE_ADD ? make(c, e)
                                       : cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS,
                                                  "%s holds no case: " COR_CASE_FILE " is empty", c->dir);
    if (app != COR_CASE_APPLICATION)
        return cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS,
                        "%s/" COR_CASE_FILE " is a database of another program, not a case", c->dir);
    if (version > COR_CASE_SCHEMA)
        return cor_fail(e, COR_ENOTSUP, ROOM, COR_NOPOS,
                        "the case in %s was made by a newer Cordon (schema %lld, this one knows %d)", c->dir,
                        (long long)version, COR_CASE_SCHEMA);
    if (version != COR_CASE_SCHEMA)
        return cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS, "%s/" COR_CASE_FILE " is damaged (schema %lld)", c->dir,
                        (long long)version);
    return check_tables(c, e);
}

/* The folder, made when it is to be written, and locked against a second one who writes. A folder can be locked
 * without a file that would stay behind; where that is not possible, the database's own lock is left. */
static cor_code take_folder(cor_case *c, cor_err *e)
{
    if (c->mode == COR_CASE_ADD && mkdir(c->dir, 0777) != 0 && errno != EEXIST)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "the folder %s for the case cannot be made: %s", c->dir,
                        strerror(errno));
    int fd = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS,
                        "%s does not exist; a case is the folder that cordon investigate -o writes", c->dir);
    if (fd < 0 && errno == ENOTDIR)
        return cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS, "%s is a file; a case is a folder", c->dir);
    if (fd < 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s cannot be opened: %s", c->dir, strerror(errno));
    c->lock = fd;
    if (c->mode == COR_CASE_ADD && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS,
                        "another cordon is writing the case in %s; try again when it has ended", c->dir);
    return COR_OK;
}

static cor_code open_file(cor_case *c, const char *file, int flags, cor_err *e)
{
    int code = sqlite3_open_v2(file, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | flags, NULL);
    return code == SQLITE_OK ? COR_OK : c->db == NULL ? cor_nomem(e, ROOM) : cor_db_fail(c, code, e);
}

static cor_code open_db(cor_case *c, cor_err *e)
{
    cor_buf path = {0};
    cor_buf_fmt(&path, "%s/" COR_CASE_FILE, c->dir);
    cor_buf_c(&path, '\0');
    if (!cor_buf_ok(&path)) {
        cor_buf_free(&path);
        return cor_nomem(e, ROOM);
    }
    const char *file = (const char *)path.p;
    struct stat st;
    cor_code rc = COR_OK;
    if (c->mode == COR_CASE_READ && stat(file, &st) != 0)
        rc = cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS, "%s holds no case (no " COR_CASE_FILE " in it)", c->dir);
    if (rc == COR_OK)
        rc = open_file(c, file, SQLITE_OPEN_NOFOLLOW | (c->mode == COR_CASE_ADD ? SQLITE_OPEN_CREATE : 0), e);
    cor_buf_free(&path);
    return rc;
}

/* SQLite has one folder for the temporary files of all its databases; it frees the name itself. */
static bool spill_to(const char *dir)
{
    sqlite3_free(sqlite3_temp_directory);
    sqlite3_temp_directory = dir == NULL ? NULL : sqlite3_mprintf("%s", dir);
    return dir == NULL || sqlite3_temp_directory != NULL;
}

/* Without another word what SQLite sorts beyond its cache goes beside the case, where there is room, into files without
 * a name. From a case that can only be read it goes where SQLite likes. */
static cor_code spill_beside(cor_case *c, cor_err *e)
{
    if (sqlite3_temp_directory != NULL || access(c->dir, W_OK) != 0)
        return COR_OK;
    c->beside = true;
    return spill_to(c->dir) ? COR_OK : cor_nomem(e, ROOM);
}

static cor_code settle_db(cor_case *c, cor_err *e)
{
    char sql[64];
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_busy_timeout(c->db, COR_CASE_WAIT_MS);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA cache_size = -%d", COR_CASE_CACHE_KIB);
    cor_code rc = cor_db_exec(c, sql, e);
    if (rc == COR_OK)
        rc = cor_db_exec(c, "PRAGMA cell_size_check = ON; PRAGMA temp_store = FILE", e);
    if (rc == COR_OK)
        rc = spill_beside(c, e);
    return rc;
}

static void configure_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure);
}

cor_code cor_case_spill_to(const char *dir, cor_err *e)
{
    configure_once();
    return spill_to(dir) ? COR_OK : cor_nomem(e, ROOM);
}

static cor_case *new_case(const char *dir, cor_case_mode mode)
{
    configure_once();
    size_t n = strlen(dir) + 1;
    cor_case *c = cor_zalloc(sizeof *c);
    if (c == NULL)
        return NULL;
    c->mode = mode;
    c->lock = -1;
    c->dir = cor_alloc(n);
    if (c->dir == NULL) {
        cor_free(c);
        return NULL;
    }
    memcpy(c->dir, dir, n);
    return c;
}

cor_code cor_case_open(const char *dir, cor_case_mode mode, cor_case **out, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    *out = NULL;
    cor_case *c = new_case(dir, mode);
    if (c == NULL)
        return cor_nomem(e, ROOM);
    cor_code rc = take_folder(c, e);
    if (rc == COR_OK)
        rc = open_db(c, e);
    if (rc == COR_OK)
        rc = settle_db(c, e);
    if (rc == COR_OK)
        rc = check(c, e);
    if (rc == COR_OK)
        *out = c;
    else
        cor_case_close(c);
    return rc;
}

cor_code cor_case_private(cor_case **out, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    *out = NULL;
    const char *dir = sqlite3_temp_directory != NULL ? sqlite3_temp_directory : getenv("TMPDIR");
    cor_case *c = new_case(dir == NULL || *dir == '\0' ? "/tmp" : dir, COR_CASE_ADD);
    if (c == NULL)
        return cor_nomem(e, ROOM);
    c->private = true;
    cor_code rc = open_file(c, "", SQLITE_OPEN_CREATE, e); /* without a name: a file that nobody else sees */
    if (rc == COR_OK)
        rc = settle_db(c, e);
    if (rc == COR_OK)
        rc = make(c, e);
    if (rc == COR_OK)
        *out = c;
    else
        cor_case_close(c);
    return rc;
}

void cor_case_close(cor_case *c)
{
    if (c == NULL)
        return;
    sqlite3_close(c->db);
    if (c->beside)
        spill_to(NULL);
    if (c->lock >= 0)
        close(c->lock);
    cor_free(c->dir);
    cor_free(c);
}

/* ---- changes that belong together ---- */

cor_code cor_case_begin(cor_case *c, cor_err *e)
{
    return cor_db_begin(c, e);
}

cor_code cor_case_commit(cor_case *c, cor_err *e)
{
    return cor_db_commit(c, e);
}

void cor_case_rollback(cor_case *c)
{
    cor_db_rollback(c);
}

/* ---- settings ---- */

cor_code cor_case_set(cor_case *c, const char *name, cor_str value, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    sqlite3_stmt *st = cor_db_prepare(c, value.p == NULL ? "DELETE FROM setting WHERE name = ?1"
                                                         : "INSERT OR REPLACE INTO setting (name, value) VALUES (?1,"
                                                           " ?2)", e);
    if (st == NULL)
        return e->code;
    cor_db_text(st, 1, cor_str_of(name));
    if (value.p != NULL)
        cor_db_text(st, 2, value);
    cor_code rc = cor_db_run(c, st, e);
    sqlite3_finalize(st);
    return rc;
}

cor_code cor_case_get(cor_case *c, const char *name, cor_arena *mem, cor_str *value, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    *value = (cor_str){NULL, 0};
    sqlite3_stmt *st = cor_db_prepare(c, "SELECT value FROM setting WHERE name = ?1", e);
    if (st == NULL)
        return e->code;
    cor_db_text(st, 1, cor_str_of(name));
    bool row;
    cor_code rc = cor_db_step(c, st, &row, e);
    if (rc == COR_OK && row) {
        *value = cor_arena_str(mem, cor_db_col(st, 0));
        rc = value->p == NULL ? cor_nomem(e, ROOM) : COR_OK;
    }
    sqlite3_finalize(st);
    return rc;
}

/* ---- what analysts say ---- */

cor_code cor_case_say(cor_case *c, const cor_said *s, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    sqlite3_stmt *st = cor_db_prepare(c,
                                      "INSERT INTO said (host, verdict, text, who, time) VALUES (?1, ?2, ?3, ?4, ?5)",
                                          e);
    if (st == NULL)
        return e->code;
    cor_db_text(st, 1, s->host);
    cor_db_text(st, 2, s->verdict.p == NULL ? COR_S("") : s->verdict);
    cor_db_text(st, 3, s->text);
    cor_db_text(st, 4, s->by);
    cor_db_i64(st, 5, s->when);
    cor_code rc = cor_db_run(c, st, e);
    sqlite3_finalize(st);
    return rc;
}

cor_code cor_case_said(cor_case *c, cor_code (*each)(void *ctx, const cor_said *s, cor_err *e), void *ctx, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    sqlite3_stmt *st = cor_db_prepare(c, "SELECT host, verdict, text, who, time FROM said ORDER BY id", e);
    if (st == NULL)
        return e->code;
    bool row = true;
    cor_code rc = COR_OK;
    while (rc == COR_OK && row) {
        rc = cor_db_step(c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        const cor_said s = {cor_db_col(st, 0), cor_db_col(st, 1), cor_db_col(st, 2), cor_db_col(st, 3),
                            sqlite3_column_int64(st, 4)};
        rc = each(ctx, &s, e);
    }
    sqlite3_finalize(st);
    return rc;
}

/* ---- verdicts ---- */

static cor_code put_verdict(cor_case *c, sqlite3_stmt *st, const cor_case_verdict *v, cor_err *e)
{
    cor_db_text(st, 1, v->host);
    cor_db_text(st, 2, v->verdict);
    cor_db_text(st, 3, v->flags.p == NULL ? COR_S("") : v->flags);
    cor_db_text(st, 4, v->families.p == NULL ? COR_S("") : v->families);
    cor_db_text(st, 5, v->json.p == NULL ? COR_S("") : v->json);
    cor_db_time(st, 6, v->first);
    cor_db_time(st, 7, v->last);
    return cor_db_run(c, st, e);
}

cor_code cor_case_put_verdicts(cor_case *c, size_t n,
                               cor_code (*one)(void *ctx, size_t i, cor_case_verdict *v, cor_err *e), void *ctx,
                               cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    sqlite3_stmt *st = NULL;
    cor_code rc = cor_db_begin(c, e);
    if (rc == COR_OK)
        rc = cor_db_exec(c, "DELETE FROM verdict", e);
    if (rc == COR_OK) {
        st = cor_db_prepare(c, "INSERT INTO verdict (host, verdict, flags, families, json, first, last) VALUES (?1,"
                               " ?2, ?3, ?4, ?5, ?6, ?7)", e);
        rc = st == NULL ? e->code : COR_OK;
    }
    for (size_t i = 0; rc == COR_OK && i < n; i++) {
        cor_case_verdict v;
        rc = one(ctx, i, &v, e);
        if (rc == COR_OK)
            rc = put_verdict(c, st, &v, e);
    }
    sqlite3_finalize(st);
    if (rc == COR_OK)
        return cor_db_commit(c, e);
    cor_db_rollback(c);
    return rc;
}
