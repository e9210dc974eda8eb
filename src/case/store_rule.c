#include "case/store_rule.h"

#include "base/alloc.h"
#include "base/utf.h"
#include "case/finding_row.h"

#define ROOM "case"

void cor_case_rules_open(cor_case_rules *r, cor_case *c, const cor_correlator *corr, cor_digest *digest,
                         const cor_ruleset *set)
{
    *r = (cor_case_rules){.c = c, .corr = corr, .set = set, .digest = digest};
}

void cor_case_rules_close(cor_case_rules *r)
{
    sqlite3_finalize(r->put);
    sqlite3_finalize(r->find);
    cor_free(r->id);
}

static bool prepared(cor_case_rules *r, sqlite3_stmt **st, const char *sql, cor_err *e)
{
    if (r->id == NULL) {
        r->id = cor_zalloc(r->set->n_rule * sizeof *r->id);
        if (r->id == NULL) {
            cor_nomem(e, ROOM);
            return false;
        }
    }
    if (*st == NULL)
        *st = cor_db_prepare(r->c, sql, e);
    return *st != NULL;
}

static cor_str or_empty(cor_str s)
{
    return s.p == NULL ? COR_S("") : s;
}

static cor_code put(cor_case_rules *r, const cor_rule *rule, const uint8_t *version, int64_t *id, cor_err *e)
{
    sqlite3_stmt *st = r->put;
    cor_buf tags = {0};
    cor_buf_c(&tags, '[');
    for (uint32_t i = 0; i < rule->n_tag; i++) {
        cor_buf_z(&tags, i == 0 ? "" : ",");
        cor_json_quote(&tags, rule->tag[i]);
    }
    cor_buf_c(&tags, ']');
    cor_code rc = cor_buf_ok(&tags) ? COR_OK : cor_nomem(e, ROOM);
    cor_db_text(st, 1, cor_rule_name(rule));
    cor_db_blob(st, 2, version, COR_VERSION_SIZE);
    cor_db_text(st, 3, rule->kind == COR_RULE_CORRELATION ? COR_S("correlation") : COR_S("detection"));
    const cor_str s[] = {rule->id, rule->title, rule->author};
    for (int i = 0; i < 3; i++)
        cor_db_text(st, 4 + i, or_empty(s[i]));
    cor_db_i64(st, 7, rule->level);
    cor_db_i64(st, 8, rule->builtin);
    const cor_str sign[] = {rule->sign, rule->stage, rule->grade, rule->family, rule->group};
    for (int i = 0; i < 5; i++)
        cor_db_text(st, 9 + i, or_empty(sign[i]));
    cor_db_text(st, 14, cor_buf_view(&tags));
    bool row;
    if (rc == COR_OK)
        rc = cor_db_step(r->c, st, &row, e);
    if (rc == COR_OK && row) {
        *id = sqlite3_column_int64(st, 0);
        rc = cor_db_run(r->c, st, e);
    }
    cor_buf_free(&tags);
    return rc;
}

cor_code cor_case_rule(cor_case_rules *r, const cor_rule *rule, int64_t *id, cor_err *e)
{
    static const char sql[] =
        "INSERT INTO rule (name, version, kind, rule_id, title, author, level, builtin, sign, stage, grade, family,"
        " sign_group, tags) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (name,"
        " version) DO UPDATE SET kind = ?3, rule_id = ?4, title = ?5, author = ?6, level = ?7, builtin = ?8, sign ="
        " ?9, stage = ?10, grade = ?11, family = ?12, sign_group = ?13, tags = ?14 RETURNING id";
    uint8_t version[COR_VERSION_SIZE];
    if (!prepared(r, &r->put, sql, e))
        return e->code;
    if (r->id[rule->no] == 0) {
        cor_code rc = cor_rule_version(r->corr, rule, r->digest, version, e);
        if (rc == COR_OK)
            rc = put(r, rule, version, &r->id[rule->no], e);
        if (rc != COR_OK)
            return rc;
    }
    *id = r->id[rule->no];
    return COR_OK;
}

cor_code cor_case_rule_find(cor_case_rules *r, const cor_rule *rule, int64_t *id, cor_err *e)
{
    uint8_t version[COR_VERSION_SIZE];
    bool row;
    *id = 0;
    if (!prepared(r, &r->find, "SELECT id FROM rule WHERE name = ?1 AND version = ?2", e))
        return e->code;
    cor_code rc = cor_rule_version(r->corr, rule, r->digest, version, e);
    if (rc != COR_OK)
        return rc;
    cor_db_text(r->find, 1, cor_rule_name(rule));
    cor_db_blob(r->find, 2, version, sizeof version);
    rc = cor_db_step(r->c, r->find, &row, e);
    if (rc == COR_OK && row) {
        *id = sqlite3_column_int64(r->find, 0);
        sqlite3_reset(r->find);
    }
    return rc;
}
