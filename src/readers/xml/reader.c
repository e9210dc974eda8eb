#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "events/tree_xml.h"
#include "readers/window.h"
#include "readers/xml/xml.h"

#define ARENA_BLOCK ((size_t)64 << 10)
#define OPEN "<Event"

/* Bytes of failed tries, each of which may look through 4 MiB and help on by a few: so many for each byte of the part that was
 * passed, and so many at once. Beyond, what is in the window is given up as a whole. */
#define TRIED_EACH 32u
#define TRIED_ONCE ((uint64_t)64 << 20)

typedef struct state {
    cor_arena mem;       /* one record */
    cor_layouts *layouts;
    cor_window win;
    cor_xml *xml;
} state;

typedef struct run {
    state *st;
    const cor_sink *sink;
    cor_tally *tally;
    uint64_t start, tried; /* where the part begins, bytes of failed tries */
    uint64_t end;        /* Events that begin here or later belong to the next part */
    bool silent;         /* what comes before the first Event is the end of an earlier part */
    uint64_t repaired;
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

/* Place of the first "<Event" start tag at or behind `from`, t.n when there is none. */
static size_t find_open(cor_str t, size_t from)
{
    const size_t len = sizeof OPEN - 1;
    while (from < t.n) {
        const char *p = memmem(t.p + from, t.n - from, OPEN, len);
        if (p == NULL)
            break;
        size_t at = (size_t)(p - t.p);
        if (at + len < t.n && memchr(" \t\r\n>/", t.p[at + len], 6) != NULL)
            return at;
        from = at + len;
    }
    return t.n;
}

/* How much of the front of s may stand between Events without being lost: white space, a declaration, comments, the tags of a
 * root, evtx_dump's lines. */
static size_t harmless(cor_str s)
{
    size_t i = 0;
    while (i < s.n) {
        cor_str rest = {s.p + i, s.n - i};
        if (memchr(" \t\r\n", *rest.p, 4) != NULL || *rest.p == '\0') {
            i++;
            continue;
        }
        if (i == 0 && rest.n >= 3 && memcmp(rest.p, "\xef\xbb\xbf", 3) == 0) {
            i += 3;
            continue;
        }
        size_t line = i == 0 || s.p[i - 1] == '\n' ? cor_record_line(rest) : 0;
        if (line > 0) {
            i += line;
            continue;
        }
        bool comment = rest.n >= 4 && memcmp(rest.p, "<!--", 4) == 0;
        bool tag = (rest.n >= 2 && memcmp(rest.p, "<?", 2) == 0) || (rest.n >= 7 && memcmp(rest.p, "<Events", 7) == 0) ||
                   (rest.n >= 8 && memcmp(rest.p, "</Events", 8) == 0);
        const char *end = comment ? memmem(rest.p, rest.n, "-->", 3) : tag ? memchr(rest.p, '>', rest.n) : NULL;
        if (end == NULL)
            break;
        i = (size_t)(end - s.p) + (comment ? 3 : 1);
    }
    return i;
}

#define UNSURE 4096 /* bytes looked at again with what comes behind them: a comment or a tag may lie across blocks */

/* Moves the window to the next Event or the end of the input; *lost counts from the first block that was not harmless. */
static cor_code to_open(run *r, bool *found, uint64_t *lost_at, uint64_t *lost)
{
    cor_window *w = &r->st->win;
    for (;;) {
        cor_str t = cor_window_text(w);
        size_t at = find_open(t, 0);
        *found = at < t.n;
        size_t keep = *found || w->eof ? 0 : t.n < sizeof OPEN ? t.n : sizeof OPEN; /* a tag may lie across the blocks */
        size_t pass = *found ? at : t.n - keep;
        size_t good = *lost > 0 ? 0 : harmless((cor_str){t.p, pass});
        if (good < pass && *lost == 0 && !*found && !w->eof && pass - good < UNSURE) {
            pass = good;
        } else if (good < pass) {
            if (*lost == 0)
                *lost_at = cor_window_offset(w, 0);
            *lost += cor_window_offset(w, pass) - cor_window_offset(w, 0);
        }
        cor_window_skip(w, pass);
        if (*found || w->eof)
            return COR_OK;
        cor_code code = cor_window_more(w, UNSURE + sizeof OPEN, r->e);
        if (code != COR_OK)
            return code;
    }
}

static cor_code next_event(run *r, bool *found)
{
    uint64_t lost_at = 0, lost = 0;
    cor_code code = to_open(r, found, &lost_at, &lost);
    if (code == COR_OK && lost > 0 && !r->silent)
        damage(r, lost_at, lost, 0, "text that belongs to no Event element");
    return code;
}

static cor_code deliver(run *r, const cor_elem *root, uint64_t off)
{
    cor_event ev = {.offset = off};
    cor_code code = cor_tree_system(root, &r->st->mem, &ev, r->e);
    if (code != COR_OK)
        return code;
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

/* The Event could not be read as it stands: a second try without forbidden characters, else damage up to the next Event. */
static cor_code broken(run *r, const cor_err *why)
{
    static const char close[] = "</Event>";
    cor_window *w = &r->st->win;
    cor_str t = cor_window_text(w);
    uint64_t start = cor_window_offset(w, 0), off = start;
    size_t next = find_open(t, 1);
    const char *p = memmem(t.p, next, close, sizeof close - 1);
    if (why->code == COR_EFORMAT && p != NULL) {
        cor_str whole = {t.p, (size_t)(p - t.p) + sizeof close - 1};
        cor_elem *root;
        cor_err again;
        bool repaired;
        cor_arena_reset(&r->st->mem);
        cor_code code = cor_tree_xml_whole(r->st->xml, whole, start, &r->st->mem, &root, &repaired, &again);
        if (code == COR_ENOMEM)
            return cor_nomem(r->e, "xml");
        if (code == COR_OK) {
            r->repaired += repaired;
            code = deliver(r, root, start);
            cor_window_skip(w, whole.n);
            return code;
        }
    }
    cor_code code = COR_OK;
    r->tried += why->off != COR_NOPOS && why->off > start ? why->off - start : t.n;
    if (r->tried > TRIED_ONCE + TRIED_EACH * (start - r->start)) {
        cor_window_skip(w, t.n);
    } else if (p != NULL) {
        cor_window_skip(w, (size_t)(p - t.p) + sizeof close - 1);
    } else {
        bool found;
        uint64_t len = 1; /* counted from here even if it looks harmless */
        cor_window_skip(w, 1);
        code = to_open(r, &found, &off, &len);
    }
    damage(r, start, cor_window_offset(w, 0) - start, 1, why->msg);
    return code;
}

/* The Event at the front of the window, reading on while it is cut. */
static cor_code one(run *r)
{
    cor_window *w = &r->st->win;
    for (;;) {
        cor_str t = cor_window_text(w);
        uint64_t off = cor_window_offset(w, 0);
        cor_elem *root = NULL;
        cor_err why = {0};
        size_t used = 0;
        cor_arena_reset(&r->st->mem);
        cor_code code = cor_tree_xml(r->st->xml, t, off, &r->st->mem, &root, &used, &why);
        if (code == COR_OK) {
            code = deliver(r, root, off);
            cor_window_skip(w, used);
            return code;
        }
        if (code == COR_ENOMEM)
            return cor_nomem(r->e, "xml");
        if (code == COR_ETRUNC && !w->eof) {
            code = cor_window_more(w, COR_XML_EVENT_MAX, &why);
            if (code == COR_OK)
                continue;
            if (code != COR_ELIMIT) {
                *r->e = why;
                return code;
            }
        }
        return broken(r, &why);
    }
}

static cor_code read_part(void *state_, const cor_input *in, const cor_part *part, const cor_sink *sink, cor_tally *tally, cor_err *e)
{
    state *st = state_;
    run r = {.st = st, .sink = sink, .tally = tally, .start = part->off, .end = part->off + part->len, .e = e};
    cor_code code = cor_window_open(&st->win, in, part->off, in->size, e);
    bool first = true;
    for (; code == COR_OK; first = false) {
        bool found = false;
        r.silent = first && part->off > 0;
        code = next_event(&r, &found);
        if (code != COR_OK || !found || cor_window_offset(&st->win, 0) >= r.end)
            break;
        if (first && part->off == 0 && sink->note != NULL)
            sink->note(sink->ctx, "shape: event XML");
        code = one(&r);
    }
    if (r.repaired > 0 && sink->note != NULL) {
        char t[120];
        snprintf(t, sizeof t, "%" PRIu64 " events hold characters that XML forbids, read as U+FFFD", r.repaired);
        sink->note(sink->ctx, t);
    }
    return code;
}

static bool part_of(const cor_input *in, uint64_t want, uint64_t k, cor_part *out)
{
    uint64_t off;
    if (want == 0 || cor_window_wide(in->head, in->head_n)) /* UTF-16 is read in one go: its text has no places to step into */
        want = in->size > 0 ? in->size : 1;
    if (__builtin_mul_overflow(k, want, &off) || (off >= in->size && k > 0))
        return false;
    *out = (cor_part){off, want < in->size - off ? want : in->size - off};
    return true;
}

static int sniff(const uint8_t *head, size_t n)
{
    char text[COR_HEAD_TEXT_MAX];
    cor_str t = {text, cor_head_text(head, n, text)};
    size_t i = 0;
    while (i < t.n && memchr(" \t\r\n", t.p[i], 4) != NULL)
        i++;
    bool xml = i < t.n && t.p[i] == '<';
    if (find_open(t, 0) < t.n)
        return xml ? 2 : memmem(t.p, t.n, COR_EVENT_XMLNS, sizeof COR_EVENT_XMLNS - 1) != NULL;
    return xml && memmem(t.p, t.n, "<Events", 7) != NULL ? 2 : 0;
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

const cor_reader cor_reader_xml = {
    .name = "xml",
    .what = "events as XML",
    .sniff = sniff,
    .part = part_of,
    .open = open_state,
    .close = close_state,
    .read = read_part,
};
