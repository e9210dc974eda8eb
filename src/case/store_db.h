/* SQLite, for the files store*.c, gather.c and conclude.c. Inner header of src/case: the only ones that see a database.
 *
 * Values reach a statement only by binding. Times are NULL for COR_NOTIME; numbers of 64 bits without sign are kept as
 * the signed number of the same bits. */
#ifndef COR_CASE_STORE_DB_H
#define COR_CASE_STORE_DB_H

#include <sqlite3.h>

#include "case/store.h"

#define COR_CASE_APPLICATION 0x436f7264 /* "Cord" */
#define COR_CASE_CACHE_KIB 8192         /* pages held in memory */
#define COR_CASE_RULES_MAX 1000000       /* more rules than that no case has; a damaged one may say so */
#define COR_CASE_WAIT_MS 5000           /* for somebody who writes a note */
#define COR_CASE_HEED_STEPS 10000       /* of SQLite's machine between two looks for Ctrl-C: below a millisecond */

struct cor_case {
    sqlite3 *db;
    char *dir;       /* for messages */
    const atomic_bool *stop; /* NULL: nobody stops it */
    int lock;        /* the folder, locked; -1: not locked */
    cor_case_mode mode;
    bool private;    /* no file of its own */
    bool beside;     /* SQLite's temporary files lie in dir */
    unsigned depth;  /* of transactions within each other; only the outer one reaches the database */
};

extern const char *const cor_case_schema[]; /* statements that make the tables; ends with NULL */

/* What SQLite complains of, as our error. */
cor_code cor_db_fail(const cor_case *c, int code, cor_err *e);
cor_code cor_db_exec(cor_case *c, const char *sql, cor_err *e);
/* NULL: *e says why. Finish with sqlite3_finalize, which takes NULL. */
sqlite3_stmt *cor_db_prepare(cor_case *c, const char *sql, cor_err *e);
/* All of `n` statements or none; false: *e says why. */
bool cor_db_prepare_all(cor_case *c, sqlite3_stmt **st, const char *const *sql, size_t n, cor_err *e);
void cor_db_finalize_all(sqlite3_stmt **st, size_t n);
/* *row: there is one. Afterwards (no row, or an error) st is reset. */
cor_code cor_db_step(cor_case *c, sqlite3_stmt *st, bool *row, cor_err *e);
/* To the end, rows passed over. */
cor_code cor_db_run(cor_case *c, sqlite3_stmt *st, cor_err *e);

/* Binding: parameters count from 1. Bytes must stay until the statement is reset; memory that runs out shows at the
 * step. */
void cor_db_text(sqlite3_stmt *st, int i, cor_str s);     /* .p NULL: NULL */
void cor_db_blob(sqlite3_stmt *st, int i, const void *p, size_t n);
void cor_db_time(sqlite3_stmt *st, int i, cor_time t);
static inline void cor_db_i64(sqlite3_stmt *st, int i, int64_t v)
{
    sqlite3_bind_int64(st, i, v);
}
static inline void cor_db_u64(sqlite3_stmt *st, int i, uint64_t v)
{
    sqlite3_bind_int64(st, i, (int64_t)v);
}

/* Columns count from 0; slices are valid until the next step. NULL text is "". */
cor_str cor_db_col(sqlite3_stmt *st, int i);
cor_time cor_db_col_time(sqlite3_stmt *st, int i);
static inline uint64_t cor_db_col_u64(sqlite3_stmt *st, int i)
{
    return (uint64_t)sqlite3_column_int64(st, i);
}
static inline uint32_t cor_db_col_u32(sqlite3_stmt *st, int i)
{
    return (uint32_t)sqlite3_column_int64(st, i);
}

/* A transaction for writing; end with commit or rollback. Within another one it ends with that; rolled back, that one
 * cannot be committed any more. */
cor_code cor_db_begin(cor_case *c, cor_err *e);
cor_code cor_db_commit(cor_case *c, cor_err *e);
void cor_db_rollback(cor_case *c);

#endif
