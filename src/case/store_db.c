#include "case/store_db.h"

#include <errno.h>

#include "base/alloc.h"

#define ROOM "case"

cor_code cor_db_fail(const cor_case *c, int code, cor_err *e)
{
    const char *why = sqlite3_errmsg(c->db);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return cor_nomem(e, ROOM);
    case SQLITE_INTERRUPT:
        return cor_fail(e, COR_ESTOP, ROOM, COR_NOPOS, "stopped");
    case SQLITE_FULL:
        if (c->private)
            return cor_fail(e, COR_EIO, ROOM, COR_NOPOS,
                            "no room left in %s for the case; --tmp DIR takes another folder", c->dir);
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "no room left for the case in %s; it is as it was before", c->dir);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS,
                        "the case in %s is being changed by another program; try again when that has ended",
                        c->dir);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "the case in %s cannot be written: %s", c->dir, why);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* our statements are right, so the tables are not */
    case SQLITE_MISMATCH:
        return cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS, "%s/" COR_CASE_FILE " is damaged (%s)", c->dir, why);
    default: {
        int no = sqlite3_system_errno(c->db);
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "the case in %s cannot be read or written: %s", c->dir,
                        no != 0 ? strerror(no) : why);
    }
    }
}

cor_code cor_db_exec(cor_case *c, const char *sql, cor_err *e)
{
    int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? COR_OK : cor_db_fail(c, rc, e);
}

sqlite3_stmt *cor_db_prepare(cor_case *c, const char *sql, cor_err *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);
    if (rc != SQLITE_OK)
        cor_db_fail(c, rc, e);
    return st;
}

bool cor_db_prepare_all(cor_case *c, sqlite3_stmt **st, const char *const *sql, size_t n, cor_err *e)
{
    for (size_t i = 0; i < n; i++)
        st[i] = NULL;
    for (size_t i = 0; i < n; i++) {
        st[i] = cor_db_prepare(c, sql[i], e);
        if (st[i] == NULL)
            return false;
    }
    return true;
}

void cor_db_finalize_all(sqlite3_stmt **st, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sqlite3_finalize(st[i]);
}

cor_code cor_db_step(cor_case *c, sqlite3_stmt *st, bool *row, cor_err *e)
{
    int rc = sqlite3_step(st);
    *row = rc == SQLITE_ROW;
    if (*row)
        return COR_OK;
    cor_code code = rc == SQLITE_DONE ? COR_OK : cor_db_fail(c, rc, e);
    sqlite3_reset(st);
    return code;
}

cor_code cor_db_run(cor_case *c, sqlite3_stmt *st, cor_err *e)
{
    bool row = true;
    cor_code rc = COR_OK;
    while (rc == COR_OK && row)
        rc = cor_db_step(c, st, &row, e);
    return rc;
}

void cor_db_text(sqlite3_stmt *st, int i, cor_str s)
{
    if (s.p == NULL)
        sqlite3_bind_null(st, i);
    else
        sqlite3_bind_text64(st, i, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
}

void cor_db_blob(sqlite3_stmt *st, int i, const void *p, size_t n)
{
    sqlite3_bind_blob64(st, i, p, n, SQLITE_STATIC);
}

void cor_db_time(sqlite3_stmt *st, int i, cor_time t)
{
    if (t == COR_NOTIME)
        sqlite3_bind_null(st, i);
    else
        sqlite3_bind_int64(st, i, t);
}

cor_str cor_db_col(sqlite3_stmt *st, int i)
{
    const char *p = sqlite3_column_blob(st, i); /* of text too: the bytes as they are */
    return p == NULL ? COR_S("") : (cor_str){p, (size_t)sqlite3_column_bytes(st, i)};
}

cor_time cor_db_col_time(sqlite3_stmt *st, int i)
{
    return sqlite3_column_type(st, i) == SQLITE_NULL ? COR_NOTIME : sqlite3_column_int64(st, i);
}

cor_code cor_db_begin(cor_case *c, cor_err *e)
{
    cor_code rc = c->depth == 0 ? cor_db_exec(c, "BEGIN IMMEDIATE", e) : COR_OK;
    c->depth += rc == COR_OK;
    return rc;
}

cor_code cor_db_commit(cor_case *c, cor_err *e)
{
    cor_code rc = c->depth == 1 ? cor_db_exec(c, "COMMIT", e) : COR_OK;
    if (rc != COR_OK)
        cor_db_rollback(c);
    else
        c->depth--;
    return rc;
}

void cor_db_rollback(cor_case *c)
{
    c->depth -= c->depth > 0;
    if (sqlite3_get_autocommit(c->db) == 0)
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}
