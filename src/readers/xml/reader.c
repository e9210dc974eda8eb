#include <inttypes.h>
#include <stdio.h>

#include "readers/text.h"
#include "readers/xml/xml.h"

#define OPEN "<Event"

/* Bytes of failed tries, each of which may look through 4 MiB and help on by a few: so many for each byte of the part
 * that was passed, and so many at once. Beyond, what is in the window is given up as a whole. */
#define TRIED_EACH 32u
#define TRIED_ONCE ((uint64_t)64 << 20)

typedef struct run {
    cor_text_run t;
    uint64_t start, tried; /* where the part begins, bytes of failed tries */
    uint64_t end;        /* Events that begin here or later belong to the next part */
    bool silent;         /* what comes before the first Event is the end of an earlier part */
    uint64_t repaired;
} run;

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

/* How much of the front of s may stand between Events without being lost: white space, a declaration, comments, the
 * tags of a root, evtx_dump's lines. */
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
        bool tag = (rest.n >= 2 && memcmp(rest.p, "<?", 2) == 0) ||
            (rest.n >= 7 && memcmp(rest.p, "<Events", 7) == 0) ||
                   (rest.n >= 8 && memcmp(rest.p, "</Events", 8) == 0);
        const char *end = comment ? memmem(rest.p, rest.n, "-->", 3) : tag ? memchr(rest.p, '>', rest.n) : NULL;
        if (end == NULL)
            break;
        i = (size_t)(end - s.p) + (comment ? 3 : 1);
    }
    return i;
}

#define UNSURE 4096 /* bytes looked at again with what comes behind them: a comment or a tag may lie across blocks */

/* Moves the window to the next Event or the end of the input; *lost counts from the first block that was not
 * harmless. */
static cor_code to_open(run *r, bool *found, uint64_t *lost_at, uint64_t *lost)
{
    cor_window *w = &r->t.st->win;
    for (;;) {
        cor_str t = cor_window_text(w);
        size_t at = find_open(t, 0);
        *found = at < t.n;
        /* a tag may lie across the blocks */
        size_t keep = *found || w->eof ? 0 : t.n < sizeof OPEN ? t.n : sizeof OPEN;
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
        /* The end of an earlier part's text is only looked at as far as this part goes, else each part would read all
         * that follows. */
        if (*found || w->eof || (r->silent && cor_window_offset(w, 0) >= r->end))
            return COR_OK;
        cor_code code = cor_window_more(w, UNSURE + sizeof OPEN, r->t.e);
        if (code != COR_OK)
            return code;
    }
}

static cor_code next_event(run *r, bool *found)
{
    uint64_t lost_at = 0, lost = 0;
    cor_code code = to_open(r, found, &lost_at, &lost);
    if (code == COR_OK && lost > 0 && !r->silent)
        cor_text_damage(&r->t, lost_at, lost, COR_LOSES_UNKNOWN, "text that belongs to no Event element");
    return code;
}

/* The Event could not be read as it stands: a second try without forbidden characters, else damage up to the next
 * Event. */
static cor_code broken(run *r, const cor_err *why)
{
    static const char close[] = "</Event>";
    cor_window *w = &r->t.st->win;
    cor_str t = cor_window_text(w);
    uint64_t start = cor_window_offset(w, 0), off = start;
    size_t next = find_open(t, 1);
    const char *p = memmem(t.p, next, close, sizeof close - 1);
    if (why->code == COR_EFORMAT && p != NULL) {
        cor_str whole = {t.p, (size_t)(p - t.p) + sizeof close - 1};
        cor_elem *root;
        cor_err again;
        bool repaired;
        cor_arena_reset(&r->t.st->mem);
        cor_code code = cor_tree_xml_whole(r->t.st->xml, whole, start, &r->t.st->mem, &root, &repaired, &again);
        if (code == COR_ENOMEM)
            return cor_nomem(r->t.e, "xml");
        if (code == COR_OK) {
            r->repaired += repaired;
            code = cor_text_deliver(&r->t, root, &(cor_event){.offset = start}, whole.n);
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
    cor_text_damage(&r->t, start, cor_window_offset(w, 0) - start, COR_LOSES_RECORD, why->msg);
    return code;
}

/* The Event at the front of the window, reading on while it is cut. */
static cor_code one(run *r)
{
    cor_window *w = &r->t.st->win;
    for (;;) {
        cor_str t = cor_window_text(w);
        uint64_t off = cor_window_offset(w, 0);
        cor_elem *root = NULL;
        cor_err why = {0};
        size_t used = 0;
        cor_arena_reset(&r->t.st->mem);
        cor_code code = cor_tree_xml(r->t.st->xml, t, off, &r->t.st->mem, &root, &used, &why);
        if (code == COR_OK) {
            code = cor_text_deliver(&r->t, root, &(cor_event){.offset = off}, used);
            cor_window_skip(w, used);
            return code;
        }
        if (code == COR_ENOMEM)
            return cor_nomem(r->t.e, "xml");
        if (code == COR_ETRUNC && !w->eof) {
            code = cor_window_more(w, COR_XML_EVENT_MAX, &why);
            if (code == COR_OK)
                continue;
            if (code != COR_ELIMIT) {
                *r->t.e = why;
                return code;
            }
        }
        return broken(r, &why);
    }
}

static cor_code read_part(void *state_, const cor_input *in, const cor_part *part, const cor_sink *sink,
                          cor_tally *tally, cor_err *e)
{
    cor_text *st = state_;
    run r = {.t = {st, sink, tally, e}, .start = part->off, .end = part->off + part->len};
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
    return code == COR_OK ? cor_window_whole(&st->win, e) : code;
}

static bool part_of(const cor_input *in, uint64_t want, uint64_t k, cor_part *out)
{
    uint64_t off;
    /* UTF-16 is read in one go: its text has no places to step into */
    if (want == 0 || cor_window_wide(in->head, in->head_n))
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

const cor_reader cor_reader_xml = {
    .name = "xml",
    .what = "events as XML",
    .sniff = sniff,
    .part = part_of,
    .open = cor_text_open_xml,
    .close = cor_text_close,
    .read = read_part,
};
