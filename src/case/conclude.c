/* What follows from all that is in a case: whose records they are, and what correlations find over them. Made anew each
 * time, in one transaction. */
#include "case/store_db.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "case/finding_row.h"
#include "case/store_rule.h"
#include "case/stride.h"
#include "events/host.h"

#define ROOM "case"

typedef struct conclude {
    cor_case *c;
    const cor_detect_options *o;
    cor_detect_result *out;
    cor_idents *idents;
    cor_correlator *corr;
    cor_case_rules rules;
    cor_digest *digest;
    sqlite3_stmt *finding, *event, *host;
    cor_buf group;
} conclude;

/* ---- hosts ---- */

/* Of several names of one content the first one speaks for its folder. */
#define LOGS \
    "SELECT l.id, (SELECT min(path) FROM input_path p WHERE p.input = l.input), l.channel, l.computer, l.collected," \
    " l.records, l.record_min, l.record_max, l.first, l.last FROM log l"

static bool see_sid(conclude *k, cor_ident_row *r, cor_str text)
{
    char z[64];
    cor_ident_sid sid;
    snprintf(z, sizeof z, "%.*s", COR_STR_FMT(text));
    return sscanf(z, "S-1-5-21-%" SCNu32 "-%" SCNu32 "-%" SCNu32, &sid.part[0], &sid.part[1], &sid.part[2]) != 3 ||
           cor_ident_row_sid(k->idents, r, &sid);
}

static cor_code see_sids(conclude *k, sqlite3_stmt *st, int64_t log, cor_ident_row *r, cor_err *e)
{
    cor_code rc = COR_OK;
    cor_db_i64(st, 1, log);
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(k->c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        if (!see_sid(k, r, cor_db_col(st, 0)))
            rc = cor_nomem(e, ROOM);
    }
    sqlite3_reset(st);
    return rc;
}

static cor_code see_logs(conclude *k, cor_err *e)
{
    static const char *const sql[] = {LOGS, "SELECT sid FROM log_sid WHERE log = ?1"};
    sqlite3_stmt *all[2];
    cor_code rc = cor_db_prepare_all(k->c, all, sql, 2, e) ? COR_OK : e->code;
    sqlite3_stmt *st = all[0];
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(k->c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        cor_ident_row *r = cor_idents_row(k->idents, cor_db_col(st, 1), cor_db_col(st, 2), cor_db_col(st, 3),
                                          sqlite3_column_int(st, 4) != 0);
        if (r == NULL) {
            rc = cor_nomem(e, ROOM);
            break;
        }
        const cor_time first = cor_db_col_time(st, 8), last = cor_db_col_time(st, 9);
        r->records += cor_db_col_u64(st, 5);
        if (sqlite3_column_type(st, 6) != SQLITE_NULL) {
            uint64_t lo = cor_db_col_u64(st, 6), hi = cor_db_col_u64(st, 7);
            r->id_min = lo < r->id_min ? lo : r->id_min;
            r->id_max = hi > r->id_max ? hi : r->id_max;
        }
        if (first != COR_NOTIME && (r->first == COR_NOTIME || first < r->first))
            r->first = first;
        r->last = last > r->last ? last : r->last;
        rc = see_sids(k, all[1], sqlite3_column_int64(st, 0), r, e);
    }
    cor_db_finalize_all(all, 2);
    return rc == COR_OK ? cor_idents_settle(k->idents, e) : rc;
}

static cor_code put_host(conclude *k, sqlite3_stmt *host, sqlite3_stmt *name, size_t no, cor_err *e)
{
    const cor_ident *id = cor_idents_get(k->idents, no);
    cor_db_i64(host, 1, (int64_t)no + 1);
    cor_db_text(host, 2, id->name);
    cor_db_u64(host, 3, id->records);
    cor_db_time(host, 4, id->first);
    cor_db_time(host, 5, id->last);
    cor_db_i64(host, 6, id->name.n == 0 && cor_idents_cut(k->idents));
    cor_code rc = cor_db_run(k->c, host, e);
    for (uint32_t i = 0; rc == COR_OK && i < id->n_spelled; i++) {
        cor_db_i64(name, 1, (int64_t)no + 1);
        cor_db_text(name, 2, id->spelled[i]);
        rc = cor_db_run(k->c, name, e);
    }
    k->out->n_hosts += id->name.n != 0;
    return rc;
}

static cor_code put_hosts(conclude *k, cor_err *e)
{
    static const char *const sql[] = {"INSERT INTO host (id, name, records, first, last, cut) VALUES (?1, ?2, ?3, ?4,"
                                      " ?5, ?6)",
                                      "INSERT INTO host_name (host, name) VALUES (?1, ?2)"};
    sqlite3_stmt *st[2];
    cor_code rc = cor_db_exec(k->c, "DELETE FROM host_name; DELETE FROM host", e);
    if (rc != COR_OK)
        return rc;
    if (!cor_db_prepare_all(k->c, st, sql, 2, e))
        rc = e->code;
    k->out->n_hosts = 0;
    k->out->hosts_by_name = cor_idents_by_name(k->idents);
    for (size_t i = 0; rc == COR_OK && i < cor_idents_n(k->idents); i++)
        rc = put_host(k, st[0], st[1], i, e);
    cor_db_finalize_all(st, 2);
    return rc;
}

static cor_code assign_logs(conclude *k, cor_err *e)
{
    static const char *const sql[] = {LOGS, "UPDATE log SET host = ?2, shared = ?3 WHERE id = ?1 AND"
                                      " (host IS NOT ?2 OR shared <> ?3)"};
    sqlite3_stmt *st[2];
    cor_code rc = cor_db_prepare_all(k->c, st, sql, 2, e) ? COR_OK : e->code;
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(k->c, st[0], &row, e);
        if (rc != COR_OK || !row)
            break;
        cor_str path = cor_db_col(st[0], 1), channel = cor_db_col(st[0], 2);
        uint32_t host = cor_idents_find(k->idents, path, channel, cor_db_col(st[0], 3));
        cor_db_i64(st[1], 1, sqlite3_column_int64(st[0], 0));
        if (host == COR_NONE)
            sqlite3_bind_null(st[1], 2);
        else
            cor_db_i64(st[1], 2, (int64_t)host + 1);
        cor_db_i64(st[1], 3, cor_idents_shared(k->idents, path, channel));
        rc = cor_db_run(k->c, st[1], e);
    }
    cor_db_finalize_all(st, 2);
    if (rc == COR_OK)
        rc = cor_db_exec(k->c, "UPDATE finding SET host = (SELECT host FROM log WHERE log.id = finding.log)"
                               " WHERE correlation IS NULL AND host IS NOT"
                               " (SELECT host FROM log WHERE log.id = finding.log)", e);
    return rc;
}

/* ---- correlations ---- */

/* What was found before by this very version of the rule is found again. */
static cor_code forget(conclude *k, int64_t rule, cor_err *e)
{
    static const char *const sql[] = {"DELETE FROM finding_event WHERE finding IN (SELECT id FROM finding WHERE rule"
                                      " = ?1)",
                                      "DELETE FROM finding WHERE rule = ?1"};
    sqlite3_stmt *st[2];
    cor_code rc = cor_db_prepare_all(k->c, st, sql, 2, e) ? COR_OK : e->code;
    for (size_t i = 0; rc == COR_OK && i < 2; i++) {
        cor_db_i64(st[i], 1, rule);
        rc = cor_db_run(k->c, st[i], e);
    }
    cor_db_finalize_all(st, 2);
    return rc;
}

static cor_code load_rows(conclude *k, sqlite3_stmt *st, const cor_rule *r, int64_t rule, cor_err *e)
{
    cor_code rc = COR_OK;
    cor_db_i64(st, 1, rule);
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(k->c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        /* the log takes the place of the input: from there it leads to all */
        const cor_corr_kept x = {.corr = r->no, .key = cor_db_col(st, 0), .input = cor_db_col_u32(st, 1),
                                 .offset = cor_db_col_u64(st, 2),
                                 .data = cor_db_col(st, 3)};
        rc = cor_correlator_put(k->corr, &x, e);
    }
    sqlite3_reset(st);
    return rc;
}

static cor_code load(conclude *k, cor_err *e)
{
    sqlite3_stmt *st = cor_db_prepare(k->c,
                                      "SELECT key, log, offset, data FROM correlation_row WHERE rule = ?1 ORDER BY"
                                      " key", e);
    cor_code rc = st == NULL ? e->code : COR_OK;
    for (uint32_t i = 0; rc == COR_OK && i < k->o->rules->n_rule; i++) {
        const cor_rule *r = k->o->rules->rule[i];
        int64_t rule;
        if (r->kind != COR_RULE_CORRELATION)
            continue;
        rc = cor_case_rule_find(&k->rules, r, &rule, e);
        if (rc != COR_OK || rule == 0)
            continue;
        rc = forget(k, rule, e);
        if (rc == COR_OK)
            rc = load_rows(k, st, r, rule, e);
    }
    sqlite3_finalize(st);
    return rc;
}

static cor_str common(cor_str a, cor_str b)
{
    return cor_str_eq(a, b) ? a : COR_S("");
}

static cor_code put_finding(conclude *k, const cor_corr_finding *f, const cor_rule *r, const char *id, cor_err *e)
{
    int64_t rule;
    cor_code rc = cor_case_rule(&k->rules, r, &rule, e);
    if (rc != COR_OK)
        return rc;
    cor_evref all = f->event[0];
    for (uint32_t i = 1; i < f->n_event; i++) {
        all.computer = common(all.computer, f->event[i].computer);
        all.channel = common(all.channel, f->event[i].channel);
        all.provider = common(all.provider, f->event[i].provider);
        all.event_id = all.event_id == f->event[i].event_id ? all.event_id : 0;
    }
    cor_buf_clear(&k->group);
    cor_buf_c(&k->group, '{');
    for (uint32_t i = 0; i < r->corr->n_group_by; i++) {
        cor_buf_z(&k->group, i == 0 ? "" : ",");
        cor_json_quote(&k->group, r->corr->group_by[i]);
        cor_buf_c(&k->group, ':');
        if (f->group[i].p == NULL)
            cor_buf_z(&k->group, "null");
        else
            cor_json_quote(&k->group, f->group[i]);
    }
    cor_buf_c(&k->group, '}');
    if (!cor_buf_ok(&k->group))
        return cor_nomem(e, ROOM);
    sqlite3_stmt *st = k->finding;
    cor_db_text(st, 1, cor_str_of(id));
    cor_db_i64(st, 2, rule);
    cor_db_time(st, 3, f->first);
    cor_db_time(st, 4, f->last);
    cor_db_i64(st, 5, f->event[0].input);
    cor_db_u64(st, 6, f->event[0].offset);
    cor_db_text(st, 7, all.computer);
    cor_db_text(st, 8, all.channel);
    cor_db_text(st, 9, all.provider);
    cor_db_i64(st, 10, all.event_id);
    cor_db_text(st, 11, cor_buf_view(&k->group));
    cor_db_u64(st, 12, f->n_total);
    sqlite3_bind_double(st, 13, f->value);
    return cor_db_run(k->c, st, e);
}

static cor_code put_event(conclude *k, const cor_corr_finding *f, uint32_t i, const char *id, cor_err *e)
{
    const cor_evref *v = &f->event[i];
    sqlite3_stmt *st = k->event;
    int64_t rule;
    cor_code rc = cor_case_rule(&k->rules, k->o->rules->rule[f->event_rule[i]], &rule, e);
    if (rc != COR_OK)
        return rc;
    cor_db_text(st, 1, cor_str_of(id));
    cor_db_i64(st, 2, i);
    cor_db_i64(st, 3, rule);
    cor_db_time(st, 4, v->time);
    cor_db_i64(st, 5, v->input);
    cor_db_u64(st, 6, v->offset);
    cor_db_text(st, 7, v->provider);
    cor_db_i64(st, 8, v->event_id);
    cor_db_u64(st, 9, v->record_id);
    return cor_db_run(k->c, st, e);
}

static cor_code on_corr(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    conclude *k = ctx;
    const cor_rule *r = k->o->rules->rule[f->rule];
    uint8_t raw[COR_ID_SIZE];
    char id[2 * COR_ID_SIZE + 1];
    if (!cor_stride_reported(k->o, r))
        return COR_OK;
    cor_corr_id(f, r, k->digest, raw);
    cor_hex(raw, sizeof raw, id);
    cor_code rc = put_finding(k, f, r, id, e);
    for (uint32_t i = 0; rc == COR_OK && i < f->n_event; i++)
        rc = put_event(k, f, i, id, e);
    if (rc != COR_OK)
        return rc;
    cor_db_text(k->host, 1, cor_str_of(id));
    return cor_db_run(k->c, k->host, e);
}

static cor_code correlate(conclude *k, cor_err *e)
{
    static const char *const sql[] = {
        "INSERT OR REPLACE INTO finding (id, rule, time, last, log, offset, computer, channel, provider, event_id,"
        " record_id, fields, matched, cut, correlation, n_events, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " ?10, 0, '{}', '{}', 0, ?11, ?12, ?13)",
        "INSERT OR REPLACE INTO finding_event (finding, no, rule, time, log, offset, provider, event_id, record_id)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        "UPDATE finding SET host = (SELECT CASE WHEN count(DISTINCT ifnull(l.host, 0)) = 1 THEN min(l.host) END FROM"
        " finding_event v JOIN log l ON l.id = v.log WHERE v.finding = ?1) WHERE id = ?1"};
    sqlite3_stmt *st[3];
    cor_code rc = cor_db_prepare_all(k->c, st, sql, 3, e) ? COR_OK : e->code;
    k->finding = st[0];
    k->event = st[1];
    k->host = st[2];
    if (rc == COR_OK)
        rc = cor_stride_correlate(&k->corr, 1, k->o->run.stop, on_corr, k, k->out, e);
    cor_db_finalize_all(st, 3);
    return rc;
}

/* ---- the whole ---- */

static cor_code count(conclude *k, cor_err *e)
{
    sqlite3_stmt *st = cor_db_prepare(k->c,
                                      "SELECT r.level, count(*) FROM finding f JOIN rule r ON r.id = f.rule GROUP BY"
                                      " r.level", e);
    cor_code rc = st == NULL ? e->code : COR_OK;
    cor_detect_result *out = k->out;
    out->n_findings = out->n_distinct = 0;
    memset(out->n_level, 0, sizeof out->n_level);
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(k->c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        uint64_t level = cor_db_col_u64(st, 0), n = cor_db_col_u64(st, 1);
        if (level < COR_LEN(out->n_level))
            out->n_level[level] = n;
        out->n_findings += n;
        out->n_distinct += n;
    }
    sqlite3_finalize(st);
    return rc;
}

static cor_code conclude_all(conclude *k, cor_err *e)
{
    cor_code rc = see_logs(k, e);
    if (rc == COR_OK)
        rc = put_hosts(k, e);
    if (rc == COR_OK)
        rc = assign_logs(k, e);
    if (rc == COR_OK)
        rc = load(k, e);
    if (rc == COR_OK)
        rc = correlate(k, e);
    if (rc == COR_OK)
        rc = count(k, e);
    return rc;
}

cor_code cor_case_conclude(cor_case *c, const cor_detect_options *o, cor_detect_result *out, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    size_t memory = o->memory == 0 ? COR_DETECT_MEMORY : o->memory;
    conclude k = {.c = c, .o = o, .out = out};
    cor_code rc = cor_db_begin(c, e);
    if (rc != COR_OK)
        return rc;
    k.idents = cor_idents_new();
    k.digest = cor_digest_new();
    k.corr = cor_correlator_new(o->rules, memory, o->run.tmp);
    if (k.idents == NULL || k.digest == NULL || k.corr == NULL) {
        rc = cor_nomem(e, ROOM);
    } else {
        cor_case_rules_open(&k.rules, c, k.corr, k.digest, o->rules);
        rc = conclude_all(&k, e);
    }
    cor_case_rules_close(&k.rules);
    cor_idents_free(k.idents);
    cor_correlator_free(k.corr);
    cor_digest_free(k.digest);
    cor_buf_free(&k.group);
    if (rc == COR_OK)
        return cor_db_commit(c, e);
    cor_db_rollback(c);
    return rc;
}
