#include <inttypes.h>
#include <stdio.h>

#include "events/tree_splunk.h"
#include "readers/splunk/splunk.h"
#include "readers/text.h"

#define START_MAX 64 /* bytes that tell whether a record begins: the date line and LogName= */
#define IDS 24       /* event ids named in the note about labels */

typedef struct run {
    cor_text_run t;
    uint64_t text, repaired;
    bool zoneless;
    uint32_t id[IDS];   /* events whose labels stayed labels */
    size_t n_id;
    bool more_ids;
} run;

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

/* The record t, which lies at off. */
static cor_code record(run *r, cor_str t, uint64_t off)
{
    cor_err why = {0};
    cor_splunk_seen seen = {0};
    cor_code code;
    cor_build b = {.mem = &r->t.st->mem, .e = &why};
    cor_arena_reset(&r->t.st->mem);
    if (element_begins(t)) {
        bool repaired;
        code = cor_tree_xml_whole(r->t.st->xml, t, off, &r->t.st->mem, &b.root, &repaired, &why);
        r->repaired += code == COR_OK && repaired;
    } else {
        code = cor_tree_splunk(&b, t, &seen);
        r->text++;
        r->zoneless |= seen.zoneless;
    }
    if (code == COR_OK) {
        cor_event ev = {.offset = off};
        code = cor_text_deliver(&r->t, b.root, &ev, t.n);
        if (seen.labels)
            remember(r, ev.head.event_id);
        return code;
    }
    if (code == COR_ENOMEM)
        return cor_nomem(r->t.e, "splunk");
    cor_text_damage(&r->t, off, t.n, COR_LOSES_RECORD, why.msg);
    return COR_OK;
}

/* Reads on until the record at the front of the window is whole, and has it read. */
static cor_code one(run *r)
{
    cor_window *w = &r->t.st->win;
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
            cor_text_damage(&r->t, off, cor_window_offset(w, t.n) - off, COR_LOSES_RECORD, "a record longer than 1 MiB");
            cor_window_skip(w, t.n);
            return COR_OK;
        }
        if (code != COR_OK) {
            *r->t.e = why;
            return code;
        }
    }
}

/* To the first record; what lies before is told. */
static cor_code next(run *r, bool *found)
{
    cor_window *w = &r->t.st->win;
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
        cor_code code = cor_window_more(w, START_MAX, r->t.e);
        if (code != COR_OK)
            return code;
    }
    if (!blank)
        cor_text_damage(&r->t, from, cor_window_offset(w, 0) - from, COR_LOSES_UNKNOWN, "text that belongs to no record");
    return COR_OK;
}

static void notes(const run *r)
{
    char t[320];
    if (r->t.sink->note == NULL || r->text == 0)
        return;
    r->t.sink->note(r->t.sink->ctx, "shape: Splunk's text; fields are taken from the rendered Message");
    if (r->n_id > 0) {
        int n = snprintf(t, sizeof t,
                         "values of these events keep the Message's labels as names where no field is certain:");
        for (size_t i = 0; i < r->n_id; i++)
            n += snprintf(t + n, sizeof t - (size_t)n, " %" PRIu32, r->id[i]);
        snprintf(t + n, sizeof t - (size_t)n, "%s", r->more_ids ? " ..." : "");
        r->t.sink->note(r->t.sink->ctx, t);
    }
    if (r->zoneless)
        r->t.sink->note(r->t.sink->ctx, "clock: dates have no zone; read as UTC");
}

static cor_code read_part(void *state_, const cor_input *in, const cor_part *part, const cor_sink *sink,
                          cor_tally *tally, cor_err *e)
{
    cor_text *st = state_;
    run r = {.t = {st, sink, tally, e}};
    cor_code code = cor_window_open(&st->win, in, part->off, part->off + part->len, e);
    bool found = code == COR_OK;
    while (code == COR_OK && found) {
        code = next(&r, &found);
        if (code == COR_OK && found)
            code = one(&r);
    }
    notes(&r);
    return code == COR_OK ? cor_window_whole(&st->win, e) : code;
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

const cor_reader cor_reader_splunk = {
    .name = "splunk-text",
    .what = "events as Splunk's text",
    .sniff = sniff,
    .open = cor_text_open_xml,
    .close = cor_text_close,
    .read = read_part,
};
