/* Reads JSON objects one after another: a line each, laid out over many lines, or inside one array. */
#include "base/alloc.h"
#include "readers/json/json.h"
#include "readers/json/shape.h"
#include "readers/window.h"

#define ARENA_BLOCK ((size_t)64 << 10)

typedef struct state {
    cor_arena mem;         /* one record */
    cor_layouts *layouts;
    cor_window win;
} state;

/* One part being read. */
typedef struct run {
    state *st;
    const cor_sink *sink;
    cor_tally *tally;
    const cor_shape *shape;   /* of the last event */
    bool noted;
    size_t indent;            /* blanks before the object on its line; SIZE_MAX: it does not begin its line */
    uint64_t strange;         /* objects that are no event */
    cor_damage first_strange;
    cor_err *e;
} run;

static const cor_shape *shape_of(const cor_jnode *o)
{
    for (size_t i = 0; cor_shapes[i] != NULL; i++)
        if (cor_shapes[i]->is(o))
            return cor_shapes[i];
    return NULL;
}

static void damage(run *r, const cor_damage *d)
{
    r->tally->damaged++;
    if (r->sink->damage != NULL)
        r->sink->damage(r->sink->ctx, d);
}

static void damage_text(cor_damage *d, const char *what)
{
    size_t n = strlen(what);
    if (n >= sizeof d->what)
        n = sizeof d->what - 1;
    memcpy(d->what, what, n);
    d->what[n] = '\0';
}

/* An object that is no event. A JSON file without any event is no damaged log, so the first one waits for the first event. */
static void strange(run *r, uint64_t off, uint64_t len)
{
    cor_damage d = {.off = off, .len = len, .records = 0};
    damage_text(&d, "a JSON object in no known event shape");
    if (r->strange++ == 0 && r->shape == NULL)
        r->first_strange = d;
    else
        damage(r, &d);
}

static void tell_shape(run *r, const cor_shape *shape)
{
    if (r->shape == shape)
        return;
    if (r->shape == NULL && r->strange > 0 && r->first_strange.what[0] != '\0')
        damage(r, &r->first_strange);
    r->shape = shape;
    if (r->noted || r->sink->note == NULL)
        return;
    r->noted = true;
    char t[160] = "shape: ";
    size_t n = strlen(shape->name);
    memcpy(t + 7, shape->name, n < sizeof t - 8 ? n : sizeof t - 8);
    r->sink->note(r->sink->ctx, t);
}

/* One object. Codes other than COR_OK end the part. */
static cor_code object(run *r, const cor_jnode *o, uint64_t off)
{
    const cor_shape *shape = shape_of(o);
    if (shape == NULL) {
        strange(r, off, o->str.n);
        return COR_OK;
    }
    tell_shape(r, shape);
    cor_build b = {.mem = &r->st->mem, .e = r->e};
    cor_code code = shape->build(&b, o);
    if (code != COR_OK)
        return code;
    cor_event ev = {.offset = off, .flags = b.flags};
    code = cor_tree_system(b.root, &r->st->mem, &ev, r->e);
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
        code = cor_tree_fields(b.root, &r->st->mem, r->st->layouts, &ev, r->e);
    return code != COR_OK ? code : r->sink->event(r->sink->ctx, &ev, r->e);
}

/* Moves to the next byte that can begin an object: brackets and commas of an array around them are stepped over. False at the end. */
static cor_code next_object(run *r, bool *found, cor_damage *junk)
{
    cor_window *w = &r->st->win;
    *found = false;
    junk->len = 0;
    for (;;) {
        cor_str t = cor_window_text(w);
        size_t i = 0;
        for (; i < t.n && t.p[i] != '{'; i++) {
            if (t.p[i] == '\n')
                r->indent = 0;
            else if (t.p[i] != ' ' && t.p[i] != '\t')
                r->indent = SIZE_MAX;
            else if (r->indent != SIZE_MAX)
                r->indent++;
            if (memchr(" \t\r\n,[]", t.p[i], 8) != NULL || memchr("\xef\xbb\xbf\x1e", t.p[i], 4) != NULL || t.p[i] == '\0')
                continue; /* also byte order marks of joined files, and the separators of RFC 7464 */
            if (junk->len == 0)
                junk->off = cor_window_offset(w, i);
            junk->len++;
        }
        *found = i < t.n;
        cor_window_skip(w, i);
        if (*found || w->eof)
            return COR_OK;
        cor_code code = cor_window_more(w, 0, r->e);
        if (code != COR_OK)
            return code;
    }
}

/* After an error: to the next line whose first character opens an object, as far in as the broken one was: what is laid out
 * over many lines has deeper ones inside. */
static cor_code resync(run *r, uint64_t *len)
{
    cor_window *w = &r->st->win;
    uint64_t from = cor_window_offset(w, 0);
    size_t indent = SIZE_MAX; /* of the line looked at; SIZE_MAX: behind its first character */
    cor_window_skip(w, 1);
    for (;;) {
        cor_str t = cor_window_text(w);
        size_t i = 0;
        bool found = false;
        for (; i < t.n && !found; i++) {
            char c = t.p[i];
            if (c == '\n')
                indent = 0;
            else if ((c == ' ' || c == '\t') && indent != SIZE_MAX)
                indent++;
            else if (c == '{' && indent != SIZE_MAX && (indent == r->indent || r->indent == SIZE_MAX))
                found = true;
            else
                indent = SIZE_MAX;
        }
        cor_window_skip(w, found ? i - 1 : i);
        if (found || w->eof) {
            *len = cor_window_offset(w, 0) - from;
            return COR_OK;
        }
        cor_code code = cor_window_more(w, 0, r->e);
        if (code != COR_OK)
            return code;
    }
}

static cor_code broken(run *r, uint64_t at, const cor_err *why)
{
    cor_damage d = {.off = at, .records = 1};
    damage_text(&d, why->msg);
    cor_code code = resync(r, &d.len);
    damage(r, &d);
    return code;
}

/* Parses the object at the front of the window, reading on while it is cut. */
static cor_code one(run *r)
{
    cor_window *w = &r->st->win;
    for (;;) {
        cor_arena_reset(&r->st->mem);
        cor_str t = cor_window_text(w);
        uint64_t off = cor_window_offset(w, 0);
        cor_jnode *o = NULL;
        cor_err why = {0};
        size_t at = 0;
        cor_code code = cor_json_parse(t, &at, off, &r->st->mem, &o, &why);
        if (code == COR_OK) {
            code = object(r, o, off);
            cor_window_skip(w, at);
            r->indent = SIZE_MAX;
            return code;
        }
        if (code == COR_ENOMEM)
            return cor_nomem(r->e, "json");
        if (code == COR_ETRUNC && !w->eof) {
            code = cor_window_more(w, COR_JSON_VALUE_MAX, &why);
            if (code == COR_OK)
                continue;
            if (code != COR_ELIMIT) {
                *r->e = why;
                return code;
            }
        }
        return broken(r, off, &why);
    }
}

static cor_code read_part(void *state_, const cor_input *in, const cor_part *part, const cor_sink *sink, cor_tally *tally, cor_err *e)
{
    state *st = state_;
    run r = {.st = st, .sink = sink, .tally = tally, .e = e};
    cor_code code = cor_window_open(&st->win, in, part->off, part->off + part->len, e);
    while (code == COR_OK) {
        bool found;
        cor_damage junk = {.records = 0};
        code = next_object(&r, &found, &junk);
        if (code == COR_OK && junk.len > 0) {
            damage_text(&junk, "bytes between JSON objects that belong to none");
            damage(&r, &junk);
        }
        if (code != COR_OK || !found)
            break;
        code = one(&r);
    }
    if (code == COR_OK && r.shape == NULL && r.strange > 0 && sink->note != NULL)
        sink->note(sink->ctx, "JSON, but no event in it");
    return code;
}

/* Words that stand in events of every shape. */
static bool event_words(const char *p, size_t n)
{
    static const char *const words[] = {"\"EventID\"", "\"System\"", "\"winlog\"", "\"event_id\"", "\"EventCode\"", "\"_raw\"",
                                        "\"EventRecordID\"", "\"ProviderName\"", "\"event_data\"", "\"Channel\"", "\"SystemTime\""};
    for (size_t i = 0; i < COR_LEN(words); i++)
        if (memmem(p, n, words[i], strlen(words[i])) != NULL)
            return true;
    return false;
}

static int sniff(const uint8_t *head, size_t n)
{
    char text[COR_HEAD_TEXT_MAX];
    size_t len = cor_head_text(head, n, text), i = 0;
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

static void *open_state(const cor_read_options *o)
{
    (void)o;
    state *st = cor_zalloc(sizeof *st);
    if (st == NULL)
        return NULL;
    cor_arena_init(&st->mem, ARENA_BLOCK);
    st->layouts = cor_layouts_new();
    if (st->layouts == NULL) {
        cor_free(st);
        return NULL;
    }
    return st;
}

static void close_state(void *state_)
{
    state *st = state_;
    if (st == NULL)
        return;
    cor_arena_free(&st->mem);
    cor_layouts_free(st->layouts);
    cor_window_free(&st->win);
    cor_free(st);
}

const cor_reader cor_reader_json = {
    .name = "json",
    .what = "events as JSON",
    .sniff = sniff,
    .open = open_state,
    .close = close_state,
    .read = read_part,
};

cor_code cor_json_event(const void *line, size_t n, cor_arena *mem, cor_layouts *layouts, cor_event *out, cor_err *e)
{
    size_t at = 0;
    cor_jnode *o = NULL;
    cor_code code = cor_json_parse((cor_str){line, n}, &at, 0, mem, &o, e);
    if (code != COR_OK)
        return code;
    const cor_shape *shape = o == NULL ? NULL : shape_of(o);
    if (shape == NULL)
        return cor_fail(e, COR_EFORMAT, "json", 0, "a JSON value in no known event shape");
    cor_build b = {.mem = mem, .e = e};
    code = shape->build(&b, o);
    if (code != COR_OK)
        return code;
    *out = (cor_event){.flags = b.flags};
    code = cor_tree_system(b.root, mem, out, e);
    return code != COR_OK ? code : cor_tree_fields(b.root, mem, layouts, out, e);
}
