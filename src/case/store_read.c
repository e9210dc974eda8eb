/* Reading a case: hosts, inputs, facts, its span. Findings are in store_finding.c. */
#include "case/store_db.h"

#include "base/alloc.h"

#define ROOM "case"

/* ---- inputs ---- */

cor_code cor_case_inputs(cor_case *c, cor_code (*each)(void *ctx, const cor_case_input *i, cor_err *e), void *ctx,
                         cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    sqlite3_stmt *st = cor_db_prepare(c,
                                      "SELECT p.path, i.sha256, i.size, i.reader, i.records, i.damaged, i.lost,"
                                      " i.error FROM input_path p JOIN input i ON i.id = p.input ORDER BY p.path,"
                                      " i.key", e);
    cor_code rc = st == NULL ? e->code : COR_OK;
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        cor_str sha256 = cor_db_col(st, 1);
        cor_case_input i = {.path = cor_db_col(st, 0), .hashed = sha256.n == sizeof i.sha256,
                            .size = cor_db_col_u64(st, 2),
                            .reader = cor_db_col(st, 3), .records = cor_db_col_u64(st, 4),
                                .damaged = cor_db_col_u64(st, 5),
                            .lost = cor_db_col_u64(st, 6), .error = cor_db_col(st, 7)};
        if (i.hashed)
            memcpy(i.sha256, sha256.p, sizeof i.sha256);
        rc = each(ctx, &i, e);
    }
    sqlite3_finalize(st);
    return rc;
}

cor_code cor_case_span(cor_case *c, cor_time *first, cor_time *last, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    *first = *last = COR_NOTIME;
    sqlite3_stmt *st = cor_db_prepare(c, "SELECT min(first), max(last) FROM log", e);
    bool row;
    if (st == NULL)
        return e->code;
    cor_code rc = cor_db_step(c, st, &row, e);
    if (rc == COR_OK && row) {
        *first = cor_db_col_time(st, 0);
        *last = cor_db_col_time(st, 1);
    }
    sqlite3_finalize(st);
    return rc;
}

/* ---- facts ---- */

#define FACT \
    "SELECT f.kind, f.key, f.first, f.last, l.computer, l.channel, h.name, f.event_id, f.record_id, f.offset," \
    " l.input, f.account, f.domain, f.sid, f.address, f.peer, f.logon_id, f.object, f.detail, f.access, f.status," \
    " f.logon_type, f.port, f.elevated, "
#define FACT_FROM " FROM fact f JOIN log l ON l.id = f.log LEFT JOIN host h ON h.id = l.host" \
                  " WHERE f.kind IN (SELECT value FROM json_each(?1))" /* all kinds asked for, as a JSON array */
#define PATH_OF "(SELECT min(path) FROM input_path p WHERE p.input = l.input)"

static bool fact_of(sqlite3_stmt *st, cor_fact *f)
{
    cor_str kind = cor_db_col(st, 0), key = cor_db_col(st, 1);
    *f = (cor_fact){.first = cor_db_col_time(st, 2), .last = cor_db_col_time(st, 3), .computer = cor_db_col(st, 4),
                    .channel = cor_db_col(st, 5), .host = cor_db_col(st, 6), .event_id = cor_db_col_u32(st, 7),
                    .record_id = cor_db_col_u64(st, 8), .offset = cor_db_col_u64(st, 9),
                    .input = cor_db_col_u32(st, 10),
                    .account = cor_db_col(st, 11), .domain = cor_db_col(st, 12), .sid = cor_db_col(st, 13),
                    .address = cor_db_col(st, 14), .peer = cor_db_col(st, 15), .logon_id = cor_db_col(st, 16),
                    .object = cor_db_col(st, 17), .detail = cor_db_col(st, 18), .access = cor_db_col(st, 19),
                    .status = cor_db_col(st, 20), .logon_type = cor_db_col_u32(st, 21), .port = cor_db_col_u32(st, 22),
                    .elevated = sqlite3_column_int(st, 23) != 0, .path = cor_db_col(st, 24)};
    memcpy(f->key, key.p, key.n < sizeof f->key ? key.n : sizeof f->key);
    while (f->kind < COR_FACT_N && !cor_str_is(kind, cor_fact_name[f->kind]))
        f->kind++;
    return f->kind < COR_FACT_N;
}

static cor_code each_fact(cor_case *c, const char *sql, uint32_t kinds, cor_str host,
                          cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e), void *ctx, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    sqlite3_stmt *st = cor_db_prepare(c, sql, e);
    if (st == NULL)
        return e->code;
    cor_buf list = {0};
    cor_buf_c(&list, '[');
    for (unsigned k = 0; k < COR_FACT_N; k++)
        if (kinds & 1u << k)
            cor_buf_fmt(&list, "%s\"%s\"", list.n > 1 ? "," : "", cor_fact_name[k]);
    cor_buf_c(&list, ']');
    cor_db_text(st, 1, cor_buf_view(&list));
    if (host.p != NULL)
        cor_db_text(st, 2, host);
    cor_code rc = cor_buf_ok(&list) ? COR_OK : cor_nomem(e, ROOM);
    for (bool row = true; rc == COR_OK;) {
        cor_fact f;
        rc = cor_db_step(c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        if (fact_of(st, &f))
            rc = each(ctx, &f, e);
    }
    sqlite3_finalize(st);
    cor_buf_free(&list);
    return rc;
}

cor_code cor_case_facts(cor_case *c, uint32_t kinds, cor_str host,
                        cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e), void *ctx, cor_err *e)
{
    return each_fact(c, FACT PATH_OF FACT_FROM " AND (?2 IS NULL OR h.name = ?2)"
                        " ORDER BY f.first, l.computer, l.channel, f.record_id < 0, f.record_id, f.key",
                     kinds, host, each, ctx, e);
}

/* The primary key's own order: nothing to sort. */
cor_code cor_case_facts_by_key(cor_case *c, uint32_t kinds,
                               cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e), void *ctx, cor_err *e)
{
    return each_fact(c, FACT "''" FACT_FROM " ORDER BY f.kind, f.key", kinds, (cor_str){NULL, 0}, each, ctx, e);
}

cor_code cor_case_paths(cor_case *c, cor_code (*each)(void *ctx, uint32_t input, cor_str path, cor_err *e), void *ctx,
                        cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    sqlite3_stmt *st = cor_db_prepare(c, "SELECT input, min(path) FROM input_path GROUP BY input ORDER BY input", e);
    cor_code rc = st == NULL ? e->code : COR_OK;
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        rc = each(ctx, cor_db_col_u32(st, 0), cor_db_col(st, 1), e);
    }
    sqlite3_finalize(st);
    return rc;
}

/* ---- hosts ---- */

typedef struct told_rule {
    uint64_t level;
    uint32_t tactics;
} told_rule;

typedef struct telling {
    cor_case *c;
    sqlite3_stmt *host, *name, *log, *count; /* all in order of hosts */
    bool log_row, count_row;
    told_rule *rule; /* by number in the case */
    size_t n_rule, cap_rule;
    cor_host_log *logs;
    size_t n_log, cap_log;
    cor_str *names;
    size_t n_name, cap_name;
    cor_arena mem;
} telling;

/* Level and tactics of all rules: some thousands. */
static cor_code read_rules(telling *t, cor_err *e)
{
    sqlite3_stmt *st = cor_db_prepare(t->c,
                                      "SELECT r.id, r.level, j.value FROM rule r LEFT JOIN json_each(r.tags) j ORDER"
                                      " BY r.id", e);
    cor_code rc = st == NULL ? e->code : COR_OK;
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(t->c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        size_t id = (size_t)sqlite3_column_int64(st, 0), had = t->n_rule;
        if (id > COR_CASE_RULES_MAX) {
            rc = cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS, "the case is damaged (rule number %zu)", id);
            break;
        }
        told_rule *all = cor_grow(t->rule, &t->cap_rule, id + 1, sizeof *all);
        if (all == NULL) {
            rc = cor_nomem(e, ROOM);
            break;
        }
        t->rule = all;
        if (id >= had) {
            memset(all + had, 0, (id + 1 - had) * sizeof *all);
            t->n_rule = id + 1;
        }
        cor_str tag = cor_db_col(st, 2);
        const cor_rule one = {.tag = &tag, .n_tag = 1};
        all[id].level = cor_db_col_u64(st, 1);
        all[id].tactics |= cor_rule_tactics(&one);
    }
    sqlite3_finalize(st);
    return rc;
}

static cor_code read_names(telling *t, int64_t host, cor_err *e)
{
    cor_code rc = COR_OK;
    cor_db_i64(t->name, 1, host);
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(t->c, t->name, &row, e);
        if (rc != COR_OK || !row)
            break;
        cor_str *all = cor_grow(t->names, &t->cap_name, t->n_name + 1, sizeof *all);
        if (all != NULL)
            t->names = all;
        cor_str s = cor_arena_str(&t->mem, cor_db_col(t->name, 0));
        if (all == NULL || s.p == NULL)
            rc = cor_nomem(e, ROOM);
        else
            all[t->n_name++] = s;
    }
    sqlite3_reset(t->name);
    return rc;
}

/* The record ids of one log of one host, stretch by stretch in order of their first. */
typedef struct stretch {
    uint64_t end;      /* last id so far; 0: none */
    uint64_t gaps;
    cor_time gap_last;
} stretch;

/* A stretch of n records with ids lo..hi. What is missing inside may lie in a stretch that overlaps it, so that
 * overlapping ones count no gap inside. Missing between parts of a file: nobody knows when, so at its end. */
static void gap(stretch *s, sqlite3_stmt *st)
{
    uint64_t n = cor_db_col_u64(st, 2), lo = cor_db_col_u64(st, 3), hi = cor_db_col_u64(st, 4),
        jumps = cor_db_col_u64(st, 8);
    cor_time first = cor_db_col_time(st, 5), last = cor_db_col_time(st, 6), inside = cor_db_col_time(st, 9);
    if (s->end != 0 && lo > s->end && lo - s->end > 1) {
        s->gaps += lo - s->end - 1;
        s->gap_last = first > s->gap_last ? first : s->gap_last;
    }
    if (lo > s->end && hi >= lo && hi - lo >= n) {
        uint64_t missing = hi - lo - n + 1;
        cor_time at = missing > jumps ? last : inside;
        s->gaps += missing;
        s->gap_last = at > s->gap_last ? at : s->gap_last;
    }
    s->end = hi > s->end ? hi : s->end;
}

static cor_code add_log(telling *t, stretch *s, bool *cut, cor_err *e)
{
    sqlite3_stmt *st = t->log;
    cor_str channel = cor_db_col(st, 1);
    bool again = t->n_log != 0 && cor_str_eq(t->logs[t->n_log - 1].channel, channel);
    if (!again && t->n_log == COR_HOST_LOGS_MAX) {
        *cut = true;
        return COR_OK;
    }
    if (!again) {
        cor_host_log *all = cor_grow(t->logs, &t->cap_log, t->n_log + 1, sizeof *all);
        if (all != NULL)
            t->logs = all;
        cor_str name = cor_arena_str(&t->mem, channel);
        if (all == NULL || name.p == NULL)
            return cor_nomem(e, ROOM);
        all[t->n_log++] = (cor_host_log){.channel = name, .first = COR_NOTIME, .last = COR_NOTIME,
                                         .gap_last = COR_NOTIME};
        *s = (stretch){.gap_last = COR_NOTIME};
    }
    cor_host_log *l = &t->logs[t->n_log - 1];
    uint64_t n = cor_db_col_u64(st, 2);
    cor_time first = cor_db_col_time(st, 5), last = cor_db_col_time(st, 6);
    l->records += n;
    if (first != COR_NOTIME && (l->first == COR_NOTIME || first < l->first))
        l->first = first;
    l->last = last > l->last ? last : l->last;
    if (sqlite3_column_int(st, 7) == 0 && sqlite3_column_type(st, 3) != SQLITE_NULL)
        gap(s, st);
    l->gaps = s->gaps;
    l->gap_last = s->gap_last;
    return COR_OK;
}

static cor_code read_logs(telling *t, int64_t host, bool *cut, cor_err *e)
{
    cor_code rc = COR_OK;
    stretch s = {0};
    while (rc == COR_OK && t->log_row && sqlite3_column_int64(t->log, 0) <= host) {
        if (sqlite3_column_int64(t->log, 0) == host)
            rc = add_log(t, &s, cut, e);
        if (rc == COR_OK)
            rc = cor_db_step(t->c, t->log, &t->log_row, e);
    }
    return rc;
}

static cor_code read_counts(telling *t, int64_t host, cor_host *h, cor_err *e)
{
    cor_code rc = COR_OK;
    while (rc == COR_OK && t->count_row && sqlite3_column_int64(t->count, 0) <= host) {
        uint64_t rule = cor_db_col_u64(t->count, 1), n = cor_db_col_u64(t->count, 2);
        if (sqlite3_column_int64(t->count, 0) == host && rule < t->n_rule) {
            const told_rule *r = &t->rule[rule];
            if (r->level < COR_LEN(h->level))
                h->level[r->level] += n;
            for (unsigned k = 0; k < COR_TACTIC_N; k++)
                h->tactic[k] += r->tactics >> k & 1 ? n : 0;
        }
        rc = cor_db_step(t->c, t->count, &t->count_row, e);
    }
    return rc;
}

static cor_code tell(telling *t, cor_code (*each)(void *ctx, const cor_host *h, cor_err *e), void *ctx, cor_err *e)
{
    int64_t id = sqlite3_column_int64(t->host, 0);
    cor_host h = {.name = cor_db_col(t->host, 1), .records = cor_db_col_u64(t->host, 2),
                  .first = cor_db_col_time(t->host, 3),
                  .last = cor_db_col_time(t->host, 4), .cut = sqlite3_column_int(t->host, 5) != 0};
    cor_arena_reset(&t->mem);
    t->n_log = t->n_name = 0;
    cor_code rc = read_names(t, id, e);
    if (rc == COR_OK)
        rc = read_logs(t, id, &h.cut, e);
    if (rc == COR_OK)
        rc = read_counts(t, id, &h, e);
    h.spelled = t->names;
    h.n_spelled = (uint32_t)t->n_name;
    h.log = t->logs;
    h.n_log = (uint32_t)t->n_log;
    return rc == COR_OK ? each(ctx, &h, e) : rc;
}

cor_code cor_case_hosts(cor_case *c, cor_code (*each)(void *ctx, const cor_host *h, cor_err *e), void *ctx, cor_err *e)
{
    static const char *const sql[] = {
        "SELECT id, name, records, first, last, cut FROM host ORDER BY id", /* numbered in order of names */
        "SELECT name FROM host_name WHERE host = ?1 ORDER BY name",
        "SELECT l.host, l.channel, l.records, l.record_min, l.record_max, l.first, l.last, l.shared, l.jumps,"
        " l.gap_last FROM log l JOIN input i ON i.id = l.input WHERE l.host IS NOT NULL ORDER BY l.host, l.channel,"
        " l.record_min < 0, l.record_min, l.record_max, i.key, l.computer",
        "SELECT host, rule, count(*) FROM (SELECT host, rule FROM finding WHERE host IS NOT NULL UNION ALL SELECT"
        " host, rule FROM (SELECT DISTINCT l.host, f.rule, f.id FROM finding f JOIN finding_event v ON v.finding ="
        " f.id JOIN log l ON l.id = v.log WHERE f.host IS NULL AND l.host IS NOT NULL)) GROUP BY host, rule ORDER BY"
        " host, rule"};
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    telling t = {.c = c};
    sqlite3_stmt *st[4];
    cor_code rc = cor_db_prepare_all(c, st, sql, 4, e) ? COR_OK : e->code;
    t.host = st[0];
    t.name = st[1];
    t.log = st[2];
    t.count = st[3];
    if (rc == COR_OK)
        rc = read_rules(&t, e);
    if (rc == COR_OK)
        rc = cor_db_step(c, t.log, &t.log_row, e);
    if (rc == COR_OK)
        rc = cor_db_step(c, t.count, &t.count_row, e);
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(c, t.host, &row, e);
        if (rc != COR_OK || !row)
            break;
        rc = tell(&t, each, ctx, e);
    }
    cor_db_finalize_all(st, 4);
    cor_free(t.rule);
    cor_free(t.logs);
    cor_free(t.names);
    cor_arena_free(&t.mem);
    return rc;
}
