/* Into the case: what the reading stride has collected, from its sorters into tables, in the order of their keys. One
 * transaction: a case is as it was, or holds all of it.
 *
 * Places are told apart by content: of several places of one thing the first by (content, offset) is kept, so that
 * neither names nor the order of reading show. */
#include "case/store_db.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/intern.h"
#include "base/utf.h"
#include "case/finding_row.h"
#include "case/store_rule.h"
#include "case/stride.h"

#define ROOM "case"
#define KEY_SIZE COR_SHA256_SIZE
#define LOGS_KNOWN 16384 /* logs whose numbers are kept at hand: some 3 MB */

enum {
    ST_INPUT, ST_PATH, ST_DAMAGE, ST_LOG, ST_LOG_FIND, ST_LOG_SID, ST_FINDING, ST_FINDING_PLACE, ST_PLACE, ST_ROW,
    ST_ROW_PLACE, ST_FACT,
    ST_FACT_FIND, ST_FACT_LAST, ST_FACT_PLACE, ST_N
};

#define LEAST(a) "min(ifnull(" a ", excluded." a "), ifnull(excluded." a ", " a "))"
#define MOST(a) "max(ifnull(" a ", excluded." a "), ifnull(excluded." a ", " a "))"
/* (content, offset) of a place that is there. */
#define THERE(table) "(SELECT i.key FROM log l JOIN input i ON i.id = l.input WHERE l.id = " table ".log)"
#define NEVER "9223372036854775807"

static const char *const sql[ST_N] = {
    [ST_INPUT] = "INSERT INTO input (key, sha256, size, reader, records, recovered, damaged, lost, error) VALUES (?1,"
                 " ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (key) DO UPDATE SET reader = max(reader,"
                 " excluded.reader), records = max(records, excluded.records), recovered = max(recovered,"
                 " excluded.recovered), damaged = max(damaged, excluded.damaged), lost = max(lost, excluded.lost),"
                 " error = min(error, excluded.error) RETURNING id",
    [ST_PATH] = "INSERT OR IGNORE INTO input_path (path, input) VALUES (?1, ?2)",
    [ST_DAMAGE] = "INSERT OR IGNORE INTO damage (input, offset, what, length, records) VALUES (?1, ?2, ?3, ?4, ?5)",
    [ST_LOG] = "INSERT INTO log (input, channel, computer, collected, records, record_min, record_max, first, last,"
               " jumps, gap_last, shared) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0) ON CONFLICT"
               " (input, channel, computer) DO UPDATE SET collected = max(collected, excluded.collected), records ="
               " max(records, excluded.records),"
               " record_min = " LEAST("record_min") ", record_max = " MOST("record_max") ","
               " first = " LEAST("first") ", last = " MOST("last") ", jumps = max(jumps, excluded.jumps), gap_last = "
               MOST("gap_last"),
    [ST_LOG_FIND] = "SELECT id FROM log WHERE input = ?1 AND channel = ?2 AND computer = ?3",
    [ST_LOG_SID] = "INSERT OR IGNORE INTO log_sid (log, sid) VALUES (?1, ?2)",
    [ST_FINDING] = "INSERT INTO finding (id, rule, time, last, log, offset, computer, channel, provider, event_id,"
                   " record_id, fields, matched, cut, n_events) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                   " ?11, ?12, ?13, 1) ON CONFLICT (id) DO UPDATE SET rule = excluded.rule, matched ="
                   " excluded.matched WHERE rule <> excluded.rule",
    [ST_FINDING_PLACE] = "UPDATE finding SET log = ?2, offset = ?3 WHERE id = ?1 AND"
                         " (?4, ?3) < (" THERE("finding") ", offset)",
    [ST_PLACE] = "INSERT OR IGNORE INTO place (finding, log, offset) VALUES (?1, ?2, ?3)",
    [ST_ROW] = "INSERT OR IGNORE INTO correlation_row (rule, key, log, offset, data) VALUES (?1, ?2, ?3, ?4, ?5)",
    [ST_ROW_PLACE] = "UPDATE correlation_row SET log = ?3, offset = ?4 WHERE rule = ?1 AND key = ?2 AND (?5, ?4) < ("
                     THERE("correlation_row") ", offset)",
    [ST_FACT] = "INSERT OR IGNORE INTO fact (kind, key, first, last, log, event_id, record_id, offset, account,"
                " domain, sid, address, peer, logon_id, object, detail, access, status, logon_type, port, elevated)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
                " ?21)",
    [ST_FACT_FIND] = "SELECT first, last, log, offset FROM fact WHERE kind = ?1 AND key = ?2",
    [ST_FACT_LAST] = "UPDATE fact SET last = max(ifnull(last, ?3), ?3) WHERE kind = ?1 AND key = ?2",
    [ST_FACT_PLACE] = "UPDATE fact SET first = ?3, event_id = ?4, record_id = ?5, log = ?6, offset = ?7 WHERE kind ="
                      " ?1 AND key = ?2 AND"
                      " (ifnull(?3, " NEVER "), ?8, ?7) < (ifnull(first, " NEVER "), " THERE("fact") ", offset)",
};

typedef struct gather {
    cor_case *c;
    const cor_detect_options *o;
    cor_detect_result *out;
    cor_stride read;
    bool stopped;
    sqlite3_stmt *st[ST_N];
    size_t n_input;
    uint8_t (*key)[KEY_SIZE];   /* what each input holds */
    int64_t *input;             /* its number in the case; 0: not kept */
    uint32_t *rank;             /* by key; COR_NONE: not kept */
    cor_case_rules rules;
    cor_intern known;           /* logs whose numbers are at hand ... */
    int64_t *known_id;          /* ... and these */
    size_t cap_known;
    cor_digest *digest;
    cor_arena mem;
    cor_buf name, fields, matched;
} gather;

/* ---- inputs ---- */

/* After a stop only what was read whole is kept: the rest is read again another time. */
static bool whole(const gather *g, const cor_input_report *r)
{
    return !(g->stopped && ((r->err != NULL && r->err->code == COR_ESTOP) || (r->reader != NULL && !r->hashed)));
}

static uint64_t lost(const gather *g, uint32_t input)
{
    uint64_t n = 0;
    size_t lo = 0, hi = g->out->run.n_damage; /* damage is in order of inputs */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (g->out->run.damage[mid].input < input)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < g->out->run.n_damage && g->out->run.damage[lo].input == input; lo++)
        n += g->out->run.damage[lo].d.records;
    return n;
}

static cor_code put_input(gather *g, uint32_t no, cor_err *e)
{
    const cor_input_report *r = &g->out->run.input[no];
    if (r->hashed) {
        memcpy(g->key[no], r->sha256, KEY_SIZE);
    } else { /* nobody knows what it holds: its name stands for it */
        cor_digest_add(g->digest, "not hashed:", 11);
        cor_digest_add(g->digest, r->name.p, r->name.n);
        cor_digest_end(g->digest, g->key[no]);
    }
    if (!whole(g, r))
        return COR_OK;
    sqlite3_stmt *st = g->st[ST_INPUT];
    cor_db_blob(st, 1, g->key[no], KEY_SIZE);
    if (r->hashed)
        cor_db_blob(st, 2, r->sha256, KEY_SIZE);
    else
        sqlite3_bind_null(st, 2);
    cor_db_u64(st, 3, r->size);
    cor_db_text(st, 4, cor_str_of(r->reader == NULL ? "" : r->reader));
    cor_db_u64(st, 5, r->tally.records);
    cor_db_u64(st, 6, r->tally.recovered);
    cor_db_u64(st, 7, r->tally.damaged);
    cor_db_u64(st, 8, lost(g, no));
    cor_db_text(st, 9, cor_str_of(r->err == NULL ? "" : r->err->msg));
    bool row;
    cor_code rc = cor_db_step(g->c, st, &row, e);
    if (rc == COR_OK && row) {
        g->input[no] = sqlite3_column_int64(st, 0);
        rc = cor_db_run(g->c, st, e);
    }
    if (rc != COR_OK)
        return rc;
    cor_db_text(g->st[ST_PATH], 1, r->name);
    cor_db_i64(g->st[ST_PATH], 2, g->input[no]);
    return cor_db_run(g->c, g->st[ST_PATH], e);
}

static cor_code put_damage(gather *g, cor_err *e)
{
    cor_code rc = COR_OK;
    for (size_t i = 0; rc == COR_OK && i < g->out->run.n_damage; i++) {
        const struct cor_run_damage *d = &g->out->run.damage[i];
        sqlite3_stmt *st = g->st[ST_DAMAGE];
        if (g->input[d->input] == 0)
            continue;
        cor_db_i64(st, 1, g->input[d->input]);
        cor_db_u64(st, 2, d->d.off);
        cor_db_text(st, 3, cor_str_of(d->d.what));
        cor_db_u64(st, 4, d->d.len);
        cor_db_u64(st, 5, d->d.records);
        rc = cor_db_run(g->c, st, e);
    }
    return rc;
}

static int by_key(const void *a, const void *b, void *ctx)
{
    const gather *g = ctx;
    return memcmp(g->key[*(const uint32_t *)a], g->key[*(const uint32_t *)b], KEY_SIZE);
}

static cor_code put_inputs(gather *g, cor_err *e)
{
    size_t n = g->out->run.n_input;
    g->n_input = n;
    g->key = cor_zalloc(n * KEY_SIZE);
    g->input = cor_zalloc(n * sizeof *g->input);
    g->rank = cor_alloc(n * sizeof *g->rank);
    uint32_t *order = cor_alloc(n * sizeof *order);
    cor_code rc = g->key == NULL || g->input == NULL || g->rank == NULL || order == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (uint32_t i = 0; rc == COR_OK && i < n; i++) {
        order[i] = i;
        rc = put_input(g, i, e);
    }
    if (rc == COR_OK) {
        qsort_r(order, n, sizeof *order, by_key, g);
        for (uint32_t i = 0, rank = 0; i < n; i++) {
            rank += i > 0 && memcmp(g->key[order[i]], g->key[order[i - 1]], KEY_SIZE) != 0;
            g->rank[order[i]] = g->input[order[i]] == 0 ? COR_NONE : rank;
        }
        rc = put_damage(g, e);
    }
    cor_free(order);
    return rc;
}

/* ---- logs ---- */

static cor_code know(gather *g, int64_t id, cor_err *e)
{
    if (g->known.n >= LOGS_KNOWN)
        cor_intern_free(&g->known);
    size_t had = g->known.n;
    uint32_t no = cor_intern_add(&g->known, cor_buf_view(&g->name));
    int64_t *ids = cor_grow(g->known_id, &g->cap_known, had + 1, sizeof *ids);
    if (ids != NULL)
        g->known_id = ids;
    if (no == COR_NONE || ids == NULL)
        return cor_nomem(e, ROOM);
    g->known_id[no] = id;
    return COR_OK;
}

static cor_code name_log(gather *g, int64_t input, cor_str channel, cor_str computer, cor_err *e)
{
    cor_buf_clear(&g->name);
    cor_key_i64(&g->name, input);
    cor_key_str(&g->name, channel);
    cor_key_str(&g->name, computer);
    return cor_buf_ok(&g->name) ? COR_OK : cor_nomem(e, ROOM);
}

static cor_code put_log(gather *g, const cor_log_row *r, cor_err *e)
{
    sqlite3_stmt *st = g->st[ST_LOG];
    cor_db_i64(st, 1, g->input[r->input]);
    cor_db_text(st, 2, r->channel);
    cor_db_text(st, 3, r->computer);
    cor_db_i64(st, 4, r->through);
    cor_db_u64(st, 5, r->records);
    sqlite3_bind_null(st, 6);
    sqlite3_bind_null(st, 7);
    if (r->id_min <= r->id_max) {
        cor_db_u64(st, 6, r->id_min);
        cor_db_u64(st, 7, r->id_max);
    }
    cor_db_time(st, 8, r->first);
    cor_db_time(st, 9, r->last);
    cor_db_u64(st, 10, r->jumps);
    cor_db_time(st, 11, r->gap_last);
    return cor_db_run(g->c, st, e);
}

/* The number of the log that an event lies in. Names longer than logs are counted by have one of their own. */
static cor_code find_log(gather *g, uint32_t input_no, cor_str channel, cor_str computer, int64_t *id, cor_err *e)
{
    int64_t input = g->input[input_no];
    cor_code rc = name_log(g, input, channel, computer, e);
    uint32_t no = rc == COR_OK ? cor_intern_find(&g->known, cor_buf_view(&g->name)) : COR_NONE;
    if (rc != COR_OK || no != COR_NONE) {
        *id = rc == COR_OK ? g->known_id[no] : 0;
        return rc;
    }
    sqlite3_stmt *st = g->st[ST_LOG_FIND];
    bool row;
    cor_db_i64(st, 1, input);
    cor_db_text(st, 2, channel);
    cor_db_text(st, 3, computer);
    rc = cor_db_step(g->c, st, &row, e);
    if (rc == COR_OK && row) {
        *id = sqlite3_column_int64(st, 0);
        sqlite3_reset(st);
        return know(g, *id, e);
    }
    if (rc == COR_OK) {
        const cor_log_row none = {.input = input_no, .channel = channel, .computer = computer, .id_min = 1,
                                  .first = COR_NOTIME,
                                  .last = COR_NOTIME, .gap_last = COR_NOTIME};
        rc = put_log(g, &none, e);
    }
    return rc == COR_OK ? find_log(g, input_no, channel, computer, id, e) : rc;
}

static cor_code put_sid(gather *g, const cor_log_row *r, cor_err *e)
{
    int64_t log;
    char sid[64];
    cor_code rc = find_log(g, r->input, r->channel, r->computer, &log, e);
    if (rc != COR_OK)
        return rc;
    int n = snprintf(sid, sizeof sid, "S-1-5-21-%u-%u-%u", r->sid->part[0], r->sid->part[1], r->sid->part[2]);
    cor_db_i64(g->st[ST_LOG_SID], 1, log);
    cor_db_text(g->st[ST_LOG_SID], 2, (cor_str){sid, (size_t)n});
    return cor_db_run(g->c, g->st[ST_LOG_SID], e);
}

static cor_code met_log(void *ctx, const cor_log_row *r, cor_err *e)
{
    gather *g = ctx;
    if (r->input >= g->n_input || g->input[r->input] == 0)
        return COR_OK;
    return r->sid != NULL ? put_sid(g, r, e) : put_log(g, r, e);
}

/* ---- findings ---- */

static void json_pair(cor_buf *b, bool first, cor_str name, cor_str text)
{
    if (!first)
        cor_buf_c(b, ',');
    cor_json_quote(b, name);
    cor_buf_c(b, ':');
    cor_json_quote(b, text);
}

static cor_code put_finding(gather *g, const cor_finding *f, int64_t log, cor_err *e)
{
    sqlite3_stmt *st = g->st[ST_FINDING];
    int64_t rule;
    cor_code rc = cor_case_rule(&g->rules, f->rule, &rule, e);
    if (rc != COR_OK)
        return rc;
    cor_buf_clear(&g->fields);
    cor_buf_clear(&g->matched);
    cor_buf_c(&g->fields, '{');
    for (uint32_t i = 0; i < f->n_field; i++)
        json_pair(&g->fields, i == 0, f->field[i].name, f->field[i].text);
    cor_buf_c(&g->fields, '}');
    cor_buf_c(&g->matched, '{');
    for (uint32_t i = 0; i < f->n_matched; i++)
        json_pair(&g->matched, i == 0, f->matched[i].field, f->matched[i].value);
    cor_buf_c(&g->matched, '}');
    if (!cor_buf_ok(&g->fields) || !cor_buf_ok(&g->matched))
        return cor_nomem(e, ROOM);
    cor_db_text(st, 1, cor_str_of(f->id));
    cor_db_i64(st, 2, rule);
    cor_db_time(st, 3, f->time);
    cor_db_i64(st, 4, log);
    cor_db_u64(st, 5, f->offset);
    cor_db_text(st, 6, f->computer);
    cor_db_text(st, 7, f->channel);
    cor_db_text(st, 8, f->provider);
    cor_db_i64(st, 9, f->event_id);
    cor_db_u64(st, 10, f->record_id);
    cor_db_text(st, 11, cor_buf_view(&g->fields));
    cor_db_text(st, 12, cor_buf_view(&g->matched));
    cor_db_i64(st, 13, f->cut);
    return cor_db_run(g->c, st, e);
}

/* One row of the sort: one place of a finding. */
static cor_code met_finding(gather *g, cor_str data, cor_err *e)
{
    cor_str order, body;
    cor_finding f;
    const uint32_t *event_input;
    cor_code rc = cor_finding_split(data, &order, &body, e);
    cor_arena_reset(&g->mem);
    if (rc == COR_OK)
        rc = cor_finding_read(body, g->o->rules, &g->mem, &f, &event_input, e);
    if (rc != COR_OK || f.input_no >= g->n_input || g->input[f.input_no] == 0)
        return rc;
    int64_t log;
    rc = find_log(g, f.input_no, f.channel, f.computer, &log, e);
    if (rc == COR_OK)
        rc = put_finding(g, &f, log, e);
    if (rc == COR_OK) {
        sqlite3_stmt *st = g->st[ST_FINDING_PLACE];
        cor_db_text(st, 1, cor_str_of(f.id));
        cor_db_i64(st, 2, log);
        cor_db_u64(st, 3, f.offset);
        cor_db_blob(st, 4, g->key[f.input_no], KEY_SIZE);
        rc = cor_db_run(g->c, st, e);
    }
    if (rc != COR_OK)
        return rc;
    cor_db_text(g->st[ST_PLACE], 1, cor_str_of(f.id));
    cor_db_i64(g->st[ST_PLACE], 2, log);
    cor_db_u64(g->st[ST_PLACE], 3, f.offset);
    return cor_db_run(g->c, g->st[ST_PLACE], e);
}

static cor_code put_findings(gather *g, cor_err *e)
{
    cor_sort_iter *it = cor_sort_merge(g->read.by_id, g->read.n, e);
    cor_code rc = it == NULL ? e->code : COR_OK;
    while (rc == COR_OK) {
        cor_str key, data;
        rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            break;
        rc = met_finding(g, data, e);
    }
    cor_sort_iter_free(it);
    return rc;
}

/* ---- rows of correlations ---- */

static cor_code put_row(void *ctx, const cor_corr_kept *r, cor_err *e)
{
    gather *g = ctx;
    int64_t rule, log;
    if (r->input >= g->n_input || g->input[r->input] == 0)
        return COR_OK;
    cor_code rc = cor_case_rule(&g->rules, g->o->rules->rule[r->corr], &rule, e);
    if (rc == COR_OK)
        rc = find_log(g, r->input, r->channel, r->computer, &log, e);
    if (rc != COR_OK)
        return rc;
    sqlite3_stmt *st = g->st[ST_ROW];
    cor_db_i64(st, 1, rule);
    cor_db_blob(st, 2, r->key.p, r->key.n);
    cor_db_i64(st, 3, log);
    cor_db_u64(st, 4, r->offset);
    cor_db_blob(st, 5, r->data.p, r->data.n);
    rc = cor_db_run(g->c, st, e);
    if (rc != COR_OK || sqlite3_changes(g->c->db) != 0)
        return rc;
    st = g->st[ST_ROW_PLACE];
    cor_db_i64(st, 1, rule);
    cor_db_blob(st, 2, r->key.p, r->key.n);
    cor_db_i64(st, 3, log);
    cor_db_u64(st, 4, r->offset);
    cor_db_blob(st, 5, g->key[r->input], KEY_SIZE);
    return cor_db_run(g->c, st, e);
}

/* ---- facts ---- */

static void bind_fact(sqlite3_stmt *st, const cor_fact *f)
{
    cor_db_text(st, 1, cor_str_of(cor_fact_name[f->kind]));
    cor_db_blob(st, 2, f->key, sizeof f->key);
}

/* The fact is there already, from this evidence or from other. */
static cor_code join_fact(gather *g, const cor_fact *f, int64_t log, cor_err *e)
{
    sqlite3_stmt *st = g->st[ST_FACT_FIND];
    bool row;
    bind_fact(st, f);
    cor_code rc = cor_db_step(g->c, st, &row, e);
    if (rc != COR_OK || !row)
        return rc;
    bool same = cor_db_col_time(st, 0) == f->first && sqlite3_column_int64(st, 2) == log &&
        cor_db_col_u64(st, 3) == f->offset;
    bool longer = f->last > cor_db_col_time(st, 1); /* COR_NOTIME is below all times */
    sqlite3_reset(st);
    if (longer) {
        st = g->st[ST_FACT_LAST];
        bind_fact(st, f);
        cor_db_i64(st, 3, f->last);
        rc = cor_db_run(g->c, st, e);
    }
    if (rc != COR_OK || same)
        return rc;
    st = g->st[ST_FACT_PLACE];
    bind_fact(st, f);
    cor_db_time(st, 3, f->first);
    cor_db_i64(st, 4, f->event_id);
    cor_db_u64(st, 5, f->record_id);
    cor_db_i64(st, 6, log);
    cor_db_u64(st, 7, f->offset);
    cor_db_blob(st, 8, g->key[f->input], KEY_SIZE);
    return cor_db_run(g->c, st, e);
}

static cor_code put_fact(void *ctx, const cor_fact *f, cor_err *e)
{
    gather *g = ctx;
    int64_t log;
    cor_code rc = find_log(g, f->input, f->channel, f->computer, &log, e);
    if (rc != COR_OK)
        return rc;
    sqlite3_stmt *st = g->st[ST_FACT];
    bind_fact(st, f);
    cor_db_time(st, 3, f->first);
    cor_db_time(st, 4, f->last);
    cor_db_i64(st, 5, log);
    cor_db_i64(st, 6, f->event_id);
    cor_db_u64(st, 7, f->record_id);
    cor_db_u64(st, 8, f->offset);
    const cor_str s[] = {f->account, f->domain, f->sid, f->address, f->peer, f->logon_id, f->object, f->detail,
                         f->access, f->status};
    for (int i = 0; i < (int)COR_LEN(s); i++)
        cor_db_text(st, 9 + i, s[i]);
    cor_db_i64(st, 19, f->logon_type);
    cor_db_i64(st, 20, f->port);
    cor_db_i64(st, 21, f->elevated);
    rc = cor_db_run(g->c, st, e);
    if (rc == COR_OK && sqlite3_changes(g->c->db) == 0)
        rc = join_fact(g, f, log, e);
    return rc;
}

/* ---- the whole ---- */

static cor_code put_all(gather *g, cor_err *e)
{
    const cor_stride *s = &g->read;
    cor_code rc = put_inputs(g, e);
    if (rc == COR_OK && s->n != 0) {
        cor_case_rules_open(&g->rules, g->c, s->corr[0], g->digest, g->o->rules);
        if (g->o->run.read.from == COR_NOTIME && g->o->run.read.to == COR_NOTIME) /* else it is not read whole */
            rc = cor_case_forget_stale(&g->rules, g->input, g->n_input, e);
        if (rc == COR_OK)
            rc = cor_hosts_each_log(s->hosts, s->n, met_log, g, e);
        if (rc == COR_OK)
            rc = put_findings(g, e);
        if (rc == COR_OK)
            rc = cor_correlator_each(s->corr, s->n, put_row, g, e);
        if (rc == COR_OK)
            rc = cor_facts_each(s->fact, s->n, g->rank, g->n_input, put_fact, g, e);
    }
    return rc;
}

static cor_code store(gather *g, cor_err *e)
{
    cor_code rc = cor_db_begin(g->c, e);
    if (rc != COR_OK)
        return rc;
    g->digest = cor_digest_new();
    if (g->digest == NULL)
        rc = cor_nomem(e, ROOM);
    else if (!cor_db_prepare_all(g->c, g->st, sql, ST_N, e))
        rc = e->code;
    else
        rc = put_all(g, e);
    cor_db_finalize_all(g->st, ST_N);
    if (rc == COR_OK)
        return cor_db_commit(g->c, e);
    cor_db_rollback(g->c);
    return rc;
}

static void count_unused(gather *g)
{
    cor_corr_stats s = {0};
    for (size_t i = 0; i < g->read.n; i++)
        cor_correlator_stats(g->read.corr[i], &s);
    g->out->n_corr_rows = s.rows;
    g->out->n_corr_notime = s.notime;
    g->out->n_corr_nogroup = s.nogroup;
    g->out->n_corr_novalue = s.novalue;
}

cor_code cor_case_gather(cor_case *c, const cor_detect_options *o, cor_detect_result *out, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e; /* sorts and statements say their code through it */
    *out = (cor_detect_result){.n_rules = o->rules->n_rule};
    cor_detect_options with = *o;
    with.hash_inputs = true; /* content is what tells inputs apart */
    gather g = {.c = c, .o = o, .out = out, .read = {.o = &with, .out = out, .count = COR_COUNT_LOGS, .facts = true}};
    cor_code rc = cor_stride_read(&g.read, e);
    g.stopped = rc == COR_ESTOP;
    if (rc == COR_OK || g.stopped) {
        cor_err late = {0};
        count_unused(&g);
        cor_code end = store(&g, &late);
        if (end != COR_OK) {
            rc = end;
            *e = late;
        }
    }
    cor_stride_close(&g.read);
    cor_free(g.key);
    cor_free(g.input);
    cor_free(g.rank);
    cor_case_rules_close(&g.rules);
    cor_intern_free(&g.known);
    cor_free(g.known_id);
    cor_digest_free(g.digest);
    cor_arena_free(&g.mem);
    cor_buf_free(&g.name);
    cor_buf_free(&g.fields);
    cor_buf_free(&g.matched);
    return rc;
}
