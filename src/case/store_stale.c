/* A rule that has changed since is another one. What its old version found in evidence that is read again now is
 * forgotten first, so that reading everything again gives the same as a new case. */
#include "case/store_rule.h"

#include "base/alloc.h"
#include "base/intern.h"
#include "case/finding_row.h"

#define ROOM "case"

/* The rules of this run by name. Where several have one name nobody can say which of them an old one was. */
typedef struct named_rules {
    cor_intern name;
    const cor_rule **rule; /* by number of the name; NULL: several */
} named_rules;

static cor_code by_name(named_rules *n, const cor_ruleset *s, cor_err *e)
{
    n->rule = cor_alloc(s->n_rule * sizeof *n->rule);
    if (n->rule == NULL)
        return cor_nomem(e, ROOM);
    for (uint32_t i = 0; i < s->n_rule; i++) {
        size_t had = n->name.n;
        uint32_t no = cor_intern_add(&n->name, cor_rule_name(s->rule[i]));
        if (no == COR_NONE)
            return cor_nomem(e, ROOM);
        n->rule[no] = no == had ? s->rule[i] : NULL;
    }
    return COR_OK;
}

static cor_code put_id(cor_case *c, sqlite3_stmt *st, int64_t id, cor_err *e)
{
    cor_db_i64(st, 1, id);
    return cor_db_run(c, st, e);
}

/* Old versions of rules of this run into temp.stale. */
static cor_code find_stale(cor_case_rules *r, const named_rules *n, bool *any, cor_err *e)
{
    static const char *const sql[] = {"SELECT id, name, version FROM rule",
                                      "INSERT INTO temp.stale (rule) VALUES (?1)"};
    sqlite3_stmt *st[2];
    cor_code rc = cor_db_prepare_all(r->c, st, sql, 2, e) ? COR_OK : e->code;
    for (bool row = true; rc == COR_OK;) {
        uint8_t version[COR_VERSION_SIZE];
        rc = cor_db_step(r->c, st[0], &row, e);
        if (rc != COR_OK || !row)
            break;
        uint32_t no = cor_intern_find(&n->name, cor_db_col(st[0], 1));
        if (no == COR_NONE || n->rule[no] == NULL)
            continue;
        rc = cor_rule_version(r->corr, n->rule[no], r->digest, version, e);
        if (rc != COR_OK || cor_str_eq(cor_db_col(st[0], 2), (cor_str){(const char *)version, sizeof version}))
            continue;
        *any = true;
        rc = put_id(r->c, st[1], sqlite3_column_int64(st[0], 0), e);
    }
    cor_db_finalize_all(st, 2);
    return rc;
}

static cor_code put_inputs(cor_case *c, const int64_t *input, size_t n, cor_err *e)
{
    sqlite3_stmt *st = cor_db_prepare(c, "INSERT OR IGNORE INTO temp.again (input) VALUES (?1)", e);
    cor_code rc = st == NULL ? e->code : COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++)
        if (input[i] != 0)
            rc = put_id(c, st, input[i], e);
    sqlite3_finalize(st);
    return rc;
}

#define STALE "rule IN (SELECT rule FROM temp.stale)"
#define AGAIN "log IN (SELECT id FROM log WHERE input IN (SELECT input FROM temp.again))"

/* Findings keep the places in evidence that is not read now; without a place they are gone. */
static const char forget[] =
    "DELETE FROM place WHERE " AGAIN " AND finding IN (SELECT id FROM finding WHERE " STALE ");"
    "DELETE FROM finding WHERE correlation IS NULL AND " STALE " AND id NOT IN (SELECT finding FROM place);"
    "UPDATE finding SET (log, offset) = (SELECT p.log, p.offset FROM place p JOIN log l ON l.id = p.log"
    " JOIN input i ON i.id = l.input WHERE p.finding = finding.id ORDER BY i.key, p.offset LIMIT 1)"
    " WHERE correlation IS NULL AND " STALE ";"
    "DELETE FROM correlation_row WHERE " STALE " AND " AGAIN ";"
    "DELETE FROM finding_event WHERE finding IN (SELECT id FROM finding f WHERE correlation IS NOT NULL AND " STALE
    " AND NOT EXISTS (SELECT 1 FROM correlation_row c WHERE c.rule = f.rule));"
    "DELETE FROM finding WHERE correlation IS NOT NULL AND " STALE
    " AND NOT EXISTS (SELECT 1 FROM correlation_row c WHERE c.rule = finding.rule)";

cor_code cor_case_forget_stale(cor_case_rules *r, const int64_t *input, size_t n, cor_err *e)
{
    named_rules names = {0};
    bool any = false;
    cor_code rc = by_name(&names, r->set, e);
    if (rc == COR_OK)
        rc = cor_db_exec(r->c, "CREATE TEMP TABLE IF NOT EXISTS stale (rule INTEGER PRIMARY KEY);"
                               "CREATE TEMP TABLE IF NOT EXISTS again (input INTEGER PRIMARY KEY);"
                               "DELETE FROM temp.stale; DELETE FROM temp.again", e);
    if (rc == COR_OK)
        rc = find_stale(r, &names, &any, e);
    if (rc == COR_OK && any)
        rc = put_inputs(r->c, input, n, e);
    if (rc == COR_OK && any)
        rc = cor_db_exec(r->c, forget, e);
    cor_intern_free(&names.name);
    cor_free(names.rule);
    return rc;
}
