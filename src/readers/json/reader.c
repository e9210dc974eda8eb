/* Reads JSON objects one after another: a line each, laid out over many lines, or inside one array. */
#include "readers/json/clock.h"
#include "readers/json/json.h"
#include "readers/json/shape.h"
#include "readers/text.h"

/* One part being read. */
typedef struct run {
    cor_text_run t;
    const cor_shape *shape;   /* of the last event */
    bool first_part;          /* notes are told once per input */
    bool noted;
    bool wrapped;             /* the events lie in an array within one object; what else that holds is passed over */
    cor_clock clock;
    uint64_t end;             /* objects that begin here or later, on a line of their own, belong to the next part */
    size_t indent;            /* blanks before the object on its line; SIZE_MAX: it does not begin its line */
    uint64_t strange;         /* objects that are no event */
    uint64_t strange_at, strange_end; /* of those before the first event */
} run;

#define STRANGE "a JSON object in no known event shape"

/* An object that is no event. A JSON file without any event is no damaged log, so those before the first event wait for
 * it. */
static void strange(run *r, uint64_t off, uint64_t end)
{
    r->strange++;
    if (r->shape != NULL)
        cor_text_damage(&r->t, off, end - off, COR_LOSES_NOTHING, STRANGE);
    else if (r->strange == 1)
        r->strange_at = off;
    r->strange_end = end;
}

static void tell_shape(run *r, const cor_shape *shape)
{
    if (r->shape == shape)
        return;
    if (r->shape == NULL && r->strange > 0)
        cor_text_damage(&r->t, r->strange_at, r->strange_end - r->strange_at, COR_LOSES_NOTHING, STRANGE);
    r->shape = shape;
    if (r->noted || !r->first_part || r->t.sink->note == NULL)
        return;
    r->noted = true;
    char t[160] = "shape: ";
    size_t n = strlen(shape->name);
    memcpy(t + 7, shape->name, n < sizeof t - 8 ? n : sizeof t - 8);
    r->t.sink->note(r->t.sink->ctx, t);
}

/* One object. Codes other than COR_OK end the part. */
static cor_code object(run *r, const cor_jnode *o, uint64_t off, uint64_t end)
{
    const cor_jnode *inner = o;
    const cor_shape *shape = cor_shape_of(&inner);
    if (shape == NULL) {
        strange(r, off, end);
        return COR_OK;
    }
    tell_shape(r, shape);
    cor_err why = {0};
    cor_jown own = {&r->clock, &r->t.st->xml};
    cor_build b = {.mem = &r->t.st->mem, .e = &why, .own = &own};
    cor_code code = shape->build(&b, inner);
    if (code == COR_ENOMEM)
        return cor_nomem(r->t.e, "json");
    if (code != COR_OK) { /* event XML that is none */
        cor_text_damage(&r->t, off, end - off, COR_LOSES_RECORD, why.msg);
        return COR_OK;
    }
    cor_event ev = {.offset = off, .flags = b.flags};
    return cor_text_deliver(&r->t, b.root, &ev, end - off);
}

#define RECORD_LINE_MAX 32 /* bytes that tell whether a line is evtx_dump's "Record 17" */

/* Moves to the next byte that can begin an object: brackets and commas of an array around them, and the lines that
 * evtx_dump writes between them, are stepped over. False at the end. */
static cor_code next_object(run *r, bool *found, cor_damage *junk)
{
    cor_window *w = &r->t.st->win;
    *found = false;
    junk->len = 0;
    for (;;) {
        cor_str t = cor_window_text(w);
        size_t i = 0;
        bool cut = false;
        for (; i < t.n && t.p[i] != '{'; i++) {
            cor_str rest = {t.p + i, t.n - i};
            size_t line = *rest.p == 'R' && r->indent == 0 ? cor_record_line(rest) : 0;
            cut = *rest.p == 'R' && r->indent == 0 && line == 0 && rest.n < RECORD_LINE_MAX && !w->eof;
            if (cut)
                break;
            if (line > 0) {
                i += line - 1;
                continue;
            }
            if (t.p[i] == '\n')
                r->indent = 0;
            else if (t.p[i] != ' ' && t.p[i] != '\t')
                r->indent = SIZE_MAX;
            else if (r->indent != SIZE_MAX)
                r->indent++;
            if (memchr(" \t\r\n,[]", t.p[i], 8) != NULL || memchr("\xef\xbb\xbf\x1e", t.p[i], 4) != NULL ||
                t.p[i] == '\0')
                continue; /* also byte order marks of joined files, and the separators of RFC 7464 */
            if (r->wrapped)
                continue;
            if (junk->len == 0)
                junk->off = cor_window_offset(w, i);
            junk->len++;
        }
        *found = i < t.n && !cut;
        cor_window_skip(w, i);
        if (*found || w->eof)
            return COR_OK;
        cor_code code = cor_window_more(w, RECORD_LINE_MAX, r->t.e);
        if (code != COR_OK)
            return code;
    }
}

/* To the next line whose first character opens an object, as far in as r->indent says: what is laid out over many lines
 * has deeper ones inside. The window stands inside a line. *found is false at the end, and when none begins before
 * `limit`. */
static cor_code next_line(run *r, uint64_t limit, bool *found)
{
    cor_window *w = &r->t.st->win;
    size_t indent = SIZE_MAX; /* of the line looked at; SIZE_MAX: behind its first character */
    for (;;) {
        cor_str t = cor_window_text(w);
        size_t i = 0;
        *found = false;
        for (; i < t.n && !*found; i++) {
            char c = t.p[i];
            if (c == '\n')
                indent = 0;
            else if ((c == ' ' || c == '\t') && indent != SIZE_MAX)
                indent++;
            else if (c == '{' && indent != SIZE_MAX && (indent == r->indent || r->indent == SIZE_MAX))
                *found = true;
            else
                indent = SIZE_MAX;
        }
        cor_window_skip(w, *found ? i - 1 : i);
        if (*found || w->eof || cor_window_offset(w, 0) >= limit) {
            r->indent = indent;
            return COR_OK;
        }
        cor_code code = cor_window_more(w, 0, r->t.e);
        if (code != COR_OK)
            return code;
    }
}

static cor_code broken(run *r, uint64_t at, const cor_err *why)
{
    bool found;
    cor_window_skip(&r->t.st->win, 1);
    cor_code code = next_line(r, UINT64_MAX, &found);
    cor_text_damage(&r->t, at, cor_window_offset(&r->t.st->win, 0) - at, COR_LOSES_RECORD, why->msg);
    return code;
}

#define WRAPPER_MAX ((size_t)64 << 10) /* bytes before the first event of a search result */

/* Place of the first "[ {" of an object, 0 when there is none in front. */
static size_t first_inner(cor_str t)
{
    bool in_string = false, bracket = false;
    for (size_t i = 1; i < t.n && i < WRAPPER_MAX; i++) {
        char c = t.p[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '{' && bracket) {
            return i;
        } else if (memchr(" \t\r\n", c, 4) == NULL) {
            bracket = c == '[';
            in_string = c == '"';
        }
    }
    return 0;
}

/* {"hits": {"hits": [{event}, ...: search results wrap all events in one object, which may be far larger than memory.
 * When the first thing in the first array is an event and the object itself is none, the window moves to it. */
static cor_code unwrap(run *r)
{
    cor_window *w = &r->t.st->win;
    while (!w->eof && w->n - w->at < WRAPPER_MAX * 2) {
        cor_code code = cor_window_more(w, WRAPPER_MAX * 2, r->t.e);
        if (code != COR_OK)
            return code;
    }
    cor_str t = cor_window_text(w);
    size_t inner = first_inner(t), at = inner, whole = 0;
    cor_jnode *o = NULL;
    cor_err ignored;
    cor_arena_reset(&r->t.st->mem);
    if (inner == 0 || cor_json_parse(t, &at, 0, &r->t.st->mem, &o, &ignored) != COR_OK)
        return COR_OK;
    const cor_jnode *event = o;
    if (cor_shape_of(&event) == NULL)
        return COR_OK;
    if (cor_json_parse(t, &whole, 0, &r->t.st->mem, &o, &ignored) == COR_OK &&
        (event = o, cor_shape_of(&event)) != NULL)
        return COR_OK;
    r->wrapped = true;
    cor_window_skip(w, inner);
    return COR_OK;
}

/* Parses the object at the front of the window, reading on while it is cut. *o is NULL when it cannot be parsed, for
 * the reason in *why. Codes other than COR_OK end the part. */
static cor_code parse(run *r, cor_jnode **o, size_t *used, cor_err *why)
{
    cor_window *w = &r->t.st->win;
    for (;;) {
        *o = NULL;
        *used = 0;
        cor_arena_reset(&r->t.st->mem);
        cor_code code = cor_json_parse(cor_window_text(w), used, cor_window_offset(w, 0), &r->t.st->mem, o, why);
        if (code == COR_OK)
            return code;
        *o = NULL;
        if (code == COR_ENOMEM)
            return cor_nomem(r->t.e, "json");
        if (code != COR_ETRUNC || w->eof)
            return COR_OK;
        code = cor_window_more(w, COR_JSON_VALUE_MAX, why);
        if (code == COR_ELIMIT)
            return COR_OK;
        if (code != COR_OK) {
            *r->t.e = *why;
            return code;
        }
    }
}

static cor_code one(run *r)
{
    cor_window *w = &r->t.st->win;
    uint64_t off = cor_window_offset(w, 0);
    cor_err why = {0};
    cor_jnode *o;
    size_t used;
    cor_code code = parse(r, &o, &used, &why);
    if (code != COR_OK)
        return code;
    if (o == NULL)
        return broken(r, off, &why);
    code = object(r, o, off, cor_window_offset(w, used));
    cor_window_skip(w, used);
    r->indent = SIZE_MAX;
    return code;
}

/* Whether the head, as text, may be of a flat shape: the others have one of these words near the front. */
static bool looks_flat(cor_str head)
{
    static const char *const words[] = {"\"System\"", "\"winlog\"", "\"winlog.", "\"Properties\"", "\"log_name\""};
    for (size_t i = 0; i < COR_LEN(words); i++)
        if (memmem(head.p, head.n, words[i], strlen(words[i])) != NULL)
            return false;
    return true;
}

/* Events before the first one of Sysmon need its clock too: so far an input is looked through for it. */
#define LOOK_AHEAD ((uint64_t)256 << 20)

/* Whether an event of Sysmon may be there at all. */
static cor_code any_sysmon(run *r, const cor_input *in, bool *there)
{
    static const char word[] = "\"UtcTime\"";
    cor_window *w = &r->t.st->win;
    cor_code code = cor_window_open(w, in, 0, LOOK_AHEAD, r->t.e);
    *there = false;
    while (code == COR_OK && !w->eof && !*there) {
        code = cor_window_more(w, sizeof word, r->t.e);
        cor_str t = cor_window_text(w);
        *there = code == COR_OK && memmem(t.p, t.n, word, sizeof word - 1) != NULL;
        cor_window_skip(w, t.n < sizeof word ? 0 : t.n - sizeof word);
    }
    return code;
}

/* Reads until events tell the clock, and two agree. */
static cor_code look_ahead(run *r, const cor_input *in)
{
    bool there, found = true;
    cor_clock seen = {0};
    cor_jown own = {&seen, &r->t.st->xml};
    cor_code code = any_sysmon(r, in, &there);
    if (code != COR_OK || !there)
        return code;
    code = cor_window_open(&r->t.st->win, in, 0, LOOK_AHEAD, r->t.e);
    while (code == COR_OK && !seen.sure) {
        cor_damage junk;
        cor_err ignored;
        cor_jnode *o = NULL;
        size_t used;
        code = next_object(r, &found, &junk);
        if (code != COR_OK || !found)
            break;
        code = parse(r, &o, &used, &ignored);
        const cor_jnode *inner = o;
        const cor_shape *shape = o == NULL ? NULL : cor_shape_of(&inner);
        cor_build b = {.mem = &r->t.st->mem, .e = r->t.e, .own = &own};
        if (shape != NULL && shape->build == cor_shape_flat)
            code = cor_shape_flat(&b, inner);
        cor_window_skip(&r->t.st->win, o == NULL ? 1 : used);
    }
    seen.shifted = seen.varied = seen.zoneless = seen.by_receipt = false; /* only what is read is told of */
    r->clock = seen;
    r->indent = 0;
    return code;
}

static void closing_notes(run *r)
{
    char t[240];
    if (r->t.sink->note == NULL || !r->first_part)
        return;
    if (r->shape == NULL && r->strange > 0)
        r->t.sink->note(r->t.sink->ctx, "JSON, but no event in it");
    if (cor_clock_note(&r->clock, t, sizeof t))
        r->t.sink->note(r->t.sink->ctx, t);
}

static cor_code read_part(void *state_, const cor_input *in, const cor_part *part, const cor_sink *sink,
                          cor_tally *tally, cor_err *e)
{
    cor_text *st = state_;
    run r = {.t = {st, sink, tally, e}, .first_part = part->off == 0, .end = part->off + part->len};
    char head[COR_HEAD_TEXT_MAX];
    cor_str h = {head, cor_head_text(in->head, in->head_n, head)};
    cor_code code = part->off == 0 && looks_flat(h) ? look_ahead(&r, in) : COR_OK;
    if (code == COR_OK)
        code = cor_window_open(&st->win, in, part->off == 0 ? 0 : part->off - 1, in->size, e);
    bool found = true;
    /* what comes before belongs to the part before, what begins behind to the next */
    if (code == COR_OK && part->off > 0)
        code = next_line(&r, r.end, &found);
    for (bool first = part->off == 0; code == COR_OK && found; first = false) {
        cor_damage junk = {.len = 0};
        code = next_object(&r, &found, &junk);
        if (code == COR_OK && junk.len > 0) {
            cor_text_damage(&r.t, junk.off, junk.len, COR_LOSES_UNKNOWN, "bytes between JSON objects that belong to none");
        }
        if (code != COR_OK || !found || (r.indent == 0 && cor_window_offset(&st->win, 0) >= r.end))
            break;
        if (first)
            code = unwrap(&r);
        if (code == COR_OK)
            code = one(&r);
    }
    closing_notes(&r);
    return code == COR_OK ? cor_window_whole(&st->win, e) : code;
}

/* Only what has an object a line is cut, at its lines; and no shape whose clock is learned while reading. */
static bool part_of(const cor_input *in, uint64_t want, uint64_t k, cor_part *out)
{
    char head[COR_HEAD_TEXT_MAX];
    cor_str h = {head, cor_head_text(in->head, in->head_n, head)};
    bool lines = h.n > 2 && h.p[0] == '{' && h.p[1] != '\n' && h.p[1] != '\r' && !cor_window_wide(in->head, in->head_n);
    bool timed = memmem(h.p, h.n, "\"EventTime\"", 11) != NULL && memmem(h.p, h.n, "\"@timestamp\"", 12) != NULL;
    uint64_t off;
    if (want == 0 || !lines || (looks_flat(h) && !timed))
        want = in->size > 0 ? in->size : 1;
    if (__builtin_mul_overflow(k, want, &off) || (off >= in->size && k > 0))
        return false;
    *out = (cor_part){off, want < in->size - off ? want : in->size - off};
    return true;
}

/* Words that stand in events of every shape. */
static bool event_words(const char *p, size_t n)
{
    static const char *const words[] = {"\"EventID\"", "\"System\"", "\"winlog\"", "\"event_id\"", "\"EventCode\"",
                                        "\"_raw\"",
                                        "\"EventRecordID\"", "\"ProviderName\"", "\"event_data\"", "\"Channel\"",
                                        "\"SystemTime\""};
    for (size_t i = 0; i < COR_LEN(words); i++)
        if (memmem(p, n, words[i], strlen(words[i])) != NULL)
            return true;
    return false;
}

static int sniff(const uint8_t *head, size_t n)
{
    char text[COR_HEAD_TEXT_MAX];
    size_t len = cor_head_text(head, n, text), i = cor_record_line((cor_str){text, len});
    while (i < len && memchr(" \t\r\n[", text[i], 5) != NULL)
        i++;
    if (i == len || text[i++] != '{')
        return 0;
    while (i < len && memchr(" \t\r\n", text[i], 4) != NULL)
        i++;
    if (i < len && text[i] != '"')
        return 0;
    return event_words(text, len) ? 2 : 1;
}

const cor_reader cor_reader_json = {
    .name = "json",
    .what = "events as JSON",
    .sniff = sniff,
    .part = part_of,
    .open = cor_text_open,
    .close = cor_text_close,
    .read = read_part,
};

cor_code cor_json_event(const void *line, size_t n, cor_arena *mem, cor_layouts *layouts, cor_event *out, cor_err *e)
{
    size_t at = 0;
    cor_jnode *o = NULL;
    cor_code code = cor_json_parse((cor_str){line, n}, &at, 0, mem, &o, e);
    if (code != COR_OK)
        return code;
    const cor_jnode *inner = o;
    const cor_shape *shape = o == NULL ? NULL : cor_shape_of(&inner);
    if (shape == NULL)
        return cor_fail(e, COR_EFORMAT, "json", 0, "a JSON value in no known event shape");
    cor_xml *xml = NULL;
    cor_jown own = {NULL, &xml};
    cor_build b = {.mem = mem, .e = e, .own = &own};
    code = shape->build(&b, inner);
    cor_xml_free(xml);
    if (code != COR_OK)
        return code;
    *out = (cor_event){.flags = b.flags};
    code = cor_tree_system(b.root, mem, out, e);
    return code != COR_OK ? code : cor_tree_fields(b.root, mem, layouts, out, e);
}
