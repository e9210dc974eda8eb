/* Reading the findings of a case. */
#include "case/store_db.h"

#include "base/alloc.h"
#include "formats/json/json.h"

#define ROOM "case"

/* Only the places of what is asked for are sorted; the texts are fetched one by one. */
static const char select_sql[] =
    "SELECT f.rowid FROM finding f JOIN rule r ON r.id = f.rule WHERE (?1 IS NULL OR f.host = (SELECT id FROM host"
    " WHERE name = ?1) OR (f.host IS NULL AND f.correlation IS NOT NULL AND EXISTS (SELECT 1 FROM finding_event v"
    " JOIN log l ON l.id = v.log JOIN host h ON h.id = l.host WHERE v.finding = f.id AND h.name = ?1))) AND (?2 IS"
    " NULL OR (f.id >= ?2 AND f.id < ?2 || 'g')) AND (?3 IS NULL OR f.last >= ?3) AND (?4 IS NULL OR f.time <= ?4)"
    " AND (?5 = 0 OR (r.builtin = 1 AND r.sign <> '')) ORDER BY f.time, f.computer, f.channel, f.record_id < 0,"
    " f.record_id, f.id";

static const char *const sql[] = {
    select_sql,
    "SELECT f.id, r.rule_id, r.title, r.author, r.level, r.builtin, r.sign, r.stage, r.grade, r.family, r.sign_group,"
    " r.tags, f.time, f.last, h.name, f.computer, f.channel, f.provider, f.event_id, f.record_id, f.fields,"
    " f.matched, f.correlation, f.n_events, f.value FROM finding f JOIN rule r ON r.id = f.rule LEFT JOIN host h ON"
    " h.id = f.host WHERE f.rowid = ?1",
    "SELECT p.path, i.sha256, c.offset FROM place c JOIN log l ON l.id = c.log JOIN input i ON i.id = l.input JOIN"
    " input_path p ON p.input = i.id WHERE c.finding = ?1 ORDER BY p.path, c.offset, i.key",
    "SELECT v.time, v.record_id, v.offset, (SELECT min(path) FROM input_path p WHERE p.input = i.id), i.sha256,"
    " l.computer, l.channel, v.provider, h.name, v.event_id, r.name, r.rule_id, r.title, r.author, r.level FROM"
    " finding_event v JOIN log l ON l.id = v.log JOIN input i ON i.id = l.input JOIN rule r ON r.id = v.rule LEFT"
    " JOIN host h ON h.id = l.host WHERE v.finding = ?1 ORDER BY v.no",
};
enum { ST_SELECT, ST_FINDING, ST_PLACE, ST_EVENT, ST_N };

typedef struct reading {
    cor_case *c;
    sqlite3_stmt *st[ST_N];
    cor_arena mem; /* of one finding */
    bool nomem;
    cor_case_place *place;
    size_t cap_place;
    cor_finding_event *event;
    size_t cap_event;
} reading;

static cor_str keep(reading *r, cor_str s)
{
    cor_str copy = cor_arena_str(&r->mem, s);
    r->nomem = r->nomem || copy.p == NULL;
    return copy.p == NULL ? COR_S("") : copy;
}

static cor_code parse(reading *r, cor_str json, const cor_jnode **out, cor_err *e)
{
    size_t at = 0;
    cor_jnode *n = NULL;
    cor_err why;
    *out = NULL;
    cor_code rc = cor_json_parse(json, &at, 0, &r->mem, &n, &why);
    if (rc == COR_ENOMEM)
        return cor_nomem(e, ROOM);
    if (rc != COR_OK)
        return cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS, "the case in %s is damaged (a finding's text: %s)",
                        r->c->dir, why.msg);
    *out = n == NULL ? NULL : n->child;
    return COR_OK;
}

static uint32_t length(const cor_jnode *n)
{
    uint32_t k = 0;
    for (; n != NULL; n = n->next)
        k++;
    return k;
}

/* The members of an object as names and texts; null: .p NULL. */
static cor_code named(reading *r, cor_str json, const cor_named **out, uint32_t *n, cor_err *e)
{
    const cor_jnode *node;
    cor_code rc = parse(r, json, &node, e);
    if (rc != COR_OK)
        return rc;
    *n = length(node);
    cor_named *list = cor_arena_get(&r->mem, *n * sizeof *list);
    if (list == NULL)
        return cor_nomem(e, ROOM);
    for (uint32_t i = 0; i < *n; i++, node = node->next)
        list[i] = (cor_named){node->key, node->type == COR_J_NULL ? (cor_str){NULL, 0} : node->str};
    *out = list;
    return COR_OK;
}

static cor_code tags(reading *r, cor_str json, cor_case_finding *f, cor_err *e)
{
    const cor_jnode *node;
    cor_code rc = parse(r, json, &node, e);
    if (rc != COR_OK)
        return rc;
    f->n_tag = length(node);
    cor_str *list = cor_arena_get(&r->mem, f->n_tag * sizeof *list);
    if (list == NULL)
        return cor_nomem(e, ROOM);
    for (uint32_t i = 0; i < f->n_tag; i++, node = node->next)
        list[i] = node->str;
    f->tag = list;
    return COR_OK;
}

static cor_code places(reading *r, cor_case_finding *f, cor_err *e)
{
    sqlite3_stmt *st = r->st[ST_PLACE];
    cor_code rc = COR_OK;
    cor_db_text(st, 1, f->id);
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(r->c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        cor_case_place *all = cor_grow(r->place, &r->cap_place, f->n_place + (size_t)1, sizeof *all);
        if (all == NULL) {
            rc = cor_nomem(e, ROOM);
            break;
        }
        r->place = all;
        cor_case_place *p = &all[f->n_place++];
        cor_str sha256 = cor_db_col(st, 1);
        *p = (cor_case_place){.input = keep(r, cor_db_col(st, 0)), .hashed = sha256.n == sizeof p->sha256,
                              .offset = cor_db_col_u64(st, 2)};
        if (p->hashed)
            memcpy(p->sha256, sha256.p, sizeof p->sha256);
    }
    sqlite3_reset(st);
    f->place = r->place;
    return rc;
}

static cor_code event(reading *r, sqlite3_stmt *st, cor_finding_event *v, cor_err *e)
{
    cor_str sha256 = cor_db_col(st, 4);
    cor_rule *rule = cor_arena_zero(&r->mem, sizeof *rule);
    if (rule == NULL)
        return cor_nomem(e, ROOM);
    *v = (cor_finding_event){
        .time = cor_db_col_time(st, 0), .record_id = cor_db_col_u64(st, 1), .offset = cor_db_col_u64(st, 2),
        .input = keep(r, cor_db_col(st, 3)), .computer = keep(r, cor_db_col(st, 5)),
        .channel = keep(r, cor_db_col(st, 6)), .provider = keep(r, cor_db_col(st, 7)),
        .host = keep(r, cor_db_col(st, 8)), .event_id = cor_db_col_u32(st, 9), .rule = rule};
    if (sha256.n == 32)
        v->sha256 = (const uint8_t *)keep(r, sha256).p;
    rule->name = keep(r, cor_db_col(st, 10)); /* as much of the rule as the case knows */
    rule->id = keep(r, cor_db_col(st, 11));
    rule->title = keep(r, cor_db_col(st, 12));
    rule->author = keep(r, cor_db_col(st, 13));
    uint64_t level = cor_db_col_u64(st, 14);
    rule->level = level <= COR_LEVEL_CRITICAL ? (cor_level)level : COR_LEVEL_NONE;
    return COR_OK;
}

static cor_code events(reading *r, cor_case_finding *f, cor_err *e)
{
    sqlite3_stmt *st = r->st[ST_EVENT];
    cor_code rc = COR_OK;
    cor_db_text(st, 1, f->id);
    for (bool row = true; rc == COR_OK;) {
        rc = cor_db_step(r->c, st, &row, e);
        if (rc != COR_OK || !row)
            break;
        cor_finding_event *all = cor_grow(r->event, &r->cap_event, f->n_event + (size_t)1, sizeof *all);
        if (all == NULL) {
            rc = cor_nomem(e, ROOM);
            break;
        }
        r->event = all;
        rc = event(r, st, &all[f->n_event++], e);
    }
    sqlite3_reset(st);
    f->event = r->event;
    return rc;
}

static cor_code read(reading *r, sqlite3_stmt *st, cor_case_finding *f, cor_err *e)
{
    *f = (cor_case_finding){
        .id = keep(r, cor_db_col(st, 0)), .rule_id = keep(r, cor_db_col(st, 1)),
        .rule_title = keep(r, cor_db_col(st, 2)), .rule_author = keep(r, cor_db_col(st, 3)),
        .builtin = sqlite3_column_int(st, 5) != 0, .sign = keep(r, cor_db_col(st, 6)),
        .stage = keep(r, cor_db_col(st, 7)), .grade = keep(r, cor_db_col(st, 8)),
        .family = keep(r, cor_db_col(st, 9)), .group = keep(r, cor_db_col(st, 10)), .time = cor_db_col_time(st, 12),
        .last = cor_db_col_time(st, 13), .host = keep(r, cor_db_col(st, 14)),
        .computer = keep(r, cor_db_col(st, 15)), .channel = keep(r, cor_db_col(st, 16)),
        .provider = keep(r, cor_db_col(st, 17)), .event_id = cor_db_col_u32(st, 18),
        .record_id = cor_db_col_u64(st, 19), .n_total = cor_db_col_u64(st, 23),
        .value = sqlite3_column_double(st, 24)};
    uint64_t level = cor_db_col_u64(st, 4);
    f->level = level <= COR_LEVEL_CRITICAL ? (cor_level)level : COR_LEVEL_NONE;
    const cor_named *matched = NULL;
    bool correlation = sqlite3_column_type(st, 22) != SQLITE_NULL;
    cor_code rc = tags(r, keep(r, cor_db_col(st, 11)), f, e);
    if (rc == COR_OK)
        rc = named(r, keep(r, cor_db_col(st, 20)), &f->field, &f->n_field, e);
    if (rc == COR_OK)
        rc = named(r, keep(r, cor_db_col(st, 21)), &matched, &f->n_matched, e);
    if (rc == COR_OK && correlation)
        rc = named(r, keep(r, cor_db_col(st, 22)), &f->corr_group, &f->n_corr_group, e);
    sqlite3_reset(st);
    cor_matched *m = cor_arena_get(&r->mem, f->n_matched * sizeof *m);
    if (rc == COR_OK && m == NULL)
        rc = cor_nomem(e, ROOM);
    for (uint32_t i = 0; rc == COR_OK && i < f->n_matched; i++)
        m[i] = (cor_matched){matched[i].name, matched[i].text};
    f->matched = m;
    if (rc == COR_OK)
        rc = correlation ? events(r, f, e) : places(r, f, e);
    return rc == COR_OK && r->nomem ? cor_nomem(e, ROOM) : rc;
}

static cor_code one(reading *r, int64_t rowid, cor_case_finding *f, bool *there, cor_err *e)
{
    cor_arena_reset(&r->mem);
    cor_db_i64(r->st[ST_FINDING], 1, rowid);
    cor_code rc = cor_db_step(r->c, r->st[ST_FINDING], there, e);
    return rc == COR_OK && *there ? read(r, r->st[ST_FINDING], f, e) : rc;
}

cor_code cor_case_findings(cor_case *c, const cor_case_filter *filter,
                           cor_code (*each)(void *ctx, const cor_case_finding *f, cor_err *e), void *ctx, cor_err *e)
{
    static const cor_case_filter all = {.from = COR_NOTIME, .to = COR_NOTIME};
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    filter = filter == NULL ? &all : filter;
    reading r = {.c = c};
    cor_code rc = cor_db_prepare_all(c, r.st, sql, ST_N, e) ? COR_OK : e->code;
    if (rc == COR_OK) {
        cor_db_text(r.st[ST_SELECT], 1, filter->host);
        cor_db_text(r.st[ST_SELECT], 2, filter->id);
        cor_db_time(r.st[ST_SELECT], 3, filter->from);
        cor_db_time(r.st[ST_SELECT], 4, filter->to);
        cor_db_i64(r.st[ST_SELECT], 5, filter->signs);
    }
    for (bool row = true; rc == COR_OK;) {
        cor_case_finding f;
        bool there = false;
        rc = cor_db_step(c, r.st[ST_SELECT], &row, e);
        if (rc != COR_OK || !row)
            break;
        rc = one(&r, sqlite3_column_int64(r.st[ST_SELECT], 0), &f, &there, e);
        if (rc == COR_OK && there)
            rc = each(ctx, &f, e);
    }
    cor_db_finalize_all(r.st, ST_N);
    cor_arena_free(&r.mem);
    cor_free(r.place);
    cor_free(r.event);
    return rc;
}
