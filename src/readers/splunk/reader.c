#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "events/tree_splunk.h"
#include "events/tree_xml.h"
#include "readers/splunk/splunk.h"
#include "readers/window.h"

#define ARENA_BLOCK ((size_t)64 << 10)
#define START_MAX 64 /* bytes that tell whether a record begins: the date line and LogName= */
#define IDS 24       /* event ids named in the note about labels */

typedef struct state {
    cor_arena mem;      /* one record */
    cor_layouts *layouts;
    cor_window win;
    cor_xml *xml;
} state;

typedef struct run {
    state *st;
    const cor_sink *sink;
    cor_tally *tally;
    uint64_t text, repaired;
    bool zoneless;
    uint32_t id[IDS];   /* events whose labels stayed labels */
    size_t n_id;
    bool more_ids;
    cor_err *e;
} run;

static void damage(run *r, uint64_t off, uint64_t len, uint64_t records, const char *what)
{
    cor_damage d = {.off = off, .len = len, .records = records};
    size_t n = strlen(what);
    memcpy(d.what, what, n < sizeof d.what ? n : sizeof d.what - 1);
    r->tally->damaged++;
    if (r->sink->damage != NULL)
        r->sink->damage(r->sink->ctx, &d);
}

static bool element_begins(cor_str t)
{
    return t.n > 7 && memcmp(t.p, "<Event", 6) == 0 && (t.p[6] == ' ' || t.p[6] == '>');
}

/* Place of the first line at or behind `from` that begins a record; t.n when there is none. */
static size_t find_start(cor_str t, size_t from)
{
    while (from < t.n) {
        cor_str rest = {t.p + from, t.n - from};
        if (element_begins(rest) || cor_splunk_begins(rest))
            return from;
        const char *nl = memchr(rest.p, '\n', rest.n);
        if (nl == NULL)
            break;
        from = (size_t)(nl - t.p) + 1;
    }
    return t.n;
}

static void remember(run *r, uint32_t id)
{
    for (size_t i = 0; i < r->n_id; i++)
        if (r->id[i] == id)
            return;
    if (r->n_id < IDS)
        r->id[r->n_id++] = id;
    else
        r->more_ids = true;
}

static cor_code deliver(run *r, const cor_elem *root, uint64_t off, bool labels)
{
    cor_event ev = {.offset = off};
    cor_code code = cor_tree_system(root, &r->st->mem, &ev, r->e);
    if (code != COR_OK)
        return code;
    if (labels)
        remember(r, ev.head.event_id);
    r->tally->records++;
    if (r->sink->seen != NULL) {
        cor_seen s = {&ev.head, ev.sys[COR_SYS_COMPUTER], ev.time, ev.record_id, ev.flags};
        r->sink->seen(r->sink->ctx, &s);
    }
    if (r->sink->want != NULL && !r->sink->want(r->sink->ctx, &ev.head))
        return COR_OK;
    if (r->sink->fields)
        code = cor_tree_fields(root, &r->st->mem, r->st->layouts, &ev, r->e);
    if (code == COR_ELIMIT) {
        damage(r, off, 0, 1, r->e->msg);
        r->tally->records--;
        return COR_OK;
    }
    return code != COR_OK ? code : r->sink->event(r->sink->ctx, &ev, r->e);
}

/* The record t, which lies at off. */
static cor_code record(run *r, cor_str t, uint64_t off)
{
    cor_err why = {0};
    cor_splunk_seen seen = {0};
    cor_code code;
    cor_build b = {.mem = &r->st->mem, .e = &why};
    cor_arena_reset(&r->st->mem);
    if (element_begins(t)) {
        bool repaired;
        code = cor_tree_xml_whole(r->st->xml, t, off, &r->st->mem, &b.root, &repaired, &why);
        r->repaired += code == COR_OK && repaired;
    } else {
        code = cor_tree_splunk(&b, t, &seen);
        r->text++;
        r->zoneless |= seen.zoneless;
    }
    if (code == COR_OK)
        return deliver(r, b.root, off, seen.labels);
    if (code == COR_ENOMEM)
        return cor_nomem(r->e, "splunk");
    damage(r, off, t.n, 1, why.msg);
    return COR_OK;
}

/* Reads on until the record at the front of the window is whole, and has it read. */
static cor_code one(run *r)
{
    cor_window *w = &r->st->win;
    for (;;) {
        cor_str t = cor_window_text(w);
        size_t end = find_start(t, 1);
        uint64_t off = cor_window_offset(w, 0);
        cor_err why = {0};
        cor_code code = COR_OK;
        /* a record that begins in the last bytes is not seen yet */
        if (end < t.n || w->eof) {
            code = record(r, (cor_str){t.p, end}, off);
            cor_window_skip(w, end);
            return code;
        }
        code = cor_window_more(w, COR_SPLUNK_RECORD_MAX, &why);
        if (code == COR_ELIMIT) {
            damage(r, off, cor_window_offset(w, t.n) - off, 1, "a record longer than 1 MiB");
            cor_window_skip(w, t.n);
            return COR_OK;
        }
        if (code != COR_OK) {
            *r->e = why;
            return code;
        }
    }
}

/* To the first record; what lies before is told. */
static cor_code next(run *r, bool *found)
{
    cor_window *w = &r->st->win;
    uint64_t from = cor_window_offset(w, 0);
    bool blank = true;
    for (;;) {
        cor_str t = cor_window_text(w);
        size_t at = find_start(t, 0);
        *found = at < t.n;
        size_t pass = *found || w->eof ? at : t.n - (t.n < START_MAX ? t.n : START_MAX);
        for (size_t i = 0; i < pass && blank; i++)
            blank = memchr(" \t\r\n\0", t.p[i], 5) != NULL;
        cor_window_skip(w, pass);
        if (*found || w->eof)
            break;
        cor_code code = cor_window_more(w, START_MAX, r->e);
        if (code != COR_OK)
            return code;
    }
    if (!blank)
        damage(r, from, cor_window_offset(w, 0) - from, 0, "text that belongs to no record");
    return COR_OK;
}

static void notes(const run *r)
{
    char t[320];
    if (r->sink->note == NULL || r->text == 0)
        return;
    r->sink->note(r->sink->ctx, "shape: Splunk's text; fields are taken from the rendered Message");
    if (r->n_id > 0) {
        int n = snprintf(t, sizeof t, "values of these events keep the Message's labels as names where no field is certain:");
        for (size_t i = 0; i < r->n_id; i++)
            n += snprintf(t + n, sizeof t - (size_t)n, " %" PRIu32, r->id[i]);
        snprintf(t + n, sizeof t - (size_t)n, "%s", r->more_ids ? " ..." : "");
        r->sink->note(r->sink->ctx, t);
    }
    if (r->zoneless)
        r->sink->note(r->sink->ctx, "clock: dates have no zone; read as UTC");
}

static cor_code read_part(void *state_, const cor_input *in, const cor_part *part, const cor_sink *sink, cor_tally *tally, cor_err *e)
{
    state *st = state_;
    run r = {.st = st, .sink = sink, .tally = tally, .e = e};
    cor_code code = cor_window_open(&st->win, in, part->off, part->off + part->len, e);
    bool found = code == COR_OK;
    while (code == COR_OK && found) {
        code = next(&r, &found);
        if (code == COR_OK && found)
            code = one(&r);
    }
    notes(&r);
    return code;
}

static int sniff(const uint8_t *head, size_t n)
{
    char text[COR_HEAD_TEXT_MAX];
    cor_str t = {text, cor_head_text(head, n, text)};
    size_t at = find_start(t, 0);
    while (at < t.n && element_begins((cor_str){t.p + at, t.n - at})) /* leave pure XML to its reader */
        at = find_start(t, at + 1);
    return at == t.n ? 0 : 2;
}

static void close_state(void *state_)
{
    state *st = state_;
    if (st == NULL)
        return;
    cor_arena_free(&st->mem);
    cor_layouts_free(st->layouts);
    cor_window_free(&st->win);
    cor_xml_free(st->xml);
    cor_free(st);
}

static void *open_state(const cor_read_options *o)
{
    (void)o;
    state *st = cor_zalloc(sizeof *st);
    if (st == NULL)
        return NULL;
    cor_arena_init(&st->mem, ARENA_BLOCK);
    st->layouts = cor_layouts_new();
    st->xml = cor_xml_new();
    if (st->layouts == NULL || st->xml == NULL) {
        close_state(st);
        return NULL;
    }
    return st;
}

const cor_reader cor_reader_splunk = {
    .name = "splunk-text",
    .what = "events as Splunk's text",
    .sniff = sniff,
    .open = open_state,
    .close = close_state,
    .read = read_part,
};
