/* Half the time of loading all rules went into libyaml, which is made for every text there can be. Rules use little of
 * YAML, and that little has one reading. Whatever is not surely such (a tab, an anchor, a flow list, a scalar that goes
 * on in the next line, a column that fits no open block ...) makes this give up, so that there is no second dialect:
 * tests and a fuzzer hold the trees of both against each other. */
#include "sigma/yaml_usual.h"

#include "base/utf.h"

#define TEXT_MAX ((size_t)256 << 10) /* so that no tree can reach the limits of yaml.c; larger texts go to libyaml */
#define DEPTH_MAX 32
#define KEY_MAX 200u /* YAML wants 1,024 */

/* The line in work: the next one that is neither blank nor a comment. */
typedef struct reader {
    const char *at, *end;   /* what was not read yet begins with a line */
    const char *line;       /* where the line begins */
    const char *p, *stop;   /* its content, to the line's end */
    uint32_t no;            /* of the line, 1-based */
    uint32_t next_no;
    int32_t indent;         /* columns before the content; behind the last line: -1 */
    cor_arena *mem;
    bool nomem;
} reader;

_Static_assert(DEPTH_MAX < COR_YAML_DEPTH_MAX && TEXT_MAX < COR_YAML_NODES_MAX, "the limits of yaml.c are out of reach");

/* ---- what may stand in the text at all ---- */

/* Beyond ASCII: what libyaml lets through and does not take for the end of a line or a mark. */
static bool letter(uint32_t u)
{
    return u >= 0xa0 && u != 0x2028 && u != 0x2029 && u != 0xfeff && u != 0xfffe && u != 0xffff;
}

static bool all_letters(cor_str text)
{
    if (!cor_utf8_valid(text))
        return false;
    for (size_t i = 0; i < text.n;)
        if ((uint8_t)text.p[i] < 0x80)
            i++;
        else if (!letter(cor_utf8_next(text, &i)))
            return false;
    return true;
}

/* Printable characters and line feeds only. */
static bool usual_bytes(cor_str text)
{
    uint8_t high = 0, odd = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = (uint8_t)text.p[i];
        high |= c;
        odd |= (uint8_t)((c < 0x20) & (c != '\n')) | (c == 0x7f);
    }
    return odd == 0 && ((high & 0x80) == 0 || all_letters(text));
}

/* ---- lines ---- */

static const char *line_end(const reader *r, const char *p)
{
    const char *e = memchr(p, '\n', (size_t)(r->end - p));
    return e == NULL ? r->end : e;
}

static void next_line(reader *r)
{
    while (r->at != r->end) {
        const char *p = r->at, *stop = line_end(r, p);
        r->line = p;
        r->no = r->next_no++;
        r->at = stop == r->end ? stop : stop + 1;
        while (p != stop && *p == ' ')
            p++;
        if (p == stop || *p == '#')
            continue;
        r->p = p;
        r->stop = stop;
        r->indent = (int32_t)(p - r->line);
        return;
    }
    r->indent = -1;
}

static uint32_t column(const reader *r, const char *p)
{
    return (uint32_t)(p - r->line) + 1;
}

static bool blank_at(const reader *r, const char *p)
{
    return p == r->stop || *p == ' ';
}

static bool dash(const reader *r)
{
    return *r->p == '-' && blank_at(r, r->p + 1);
}

static const char *skip_blanks(const reader *r, const char *p)
{
    while (p != r->stop && *p == ' ')
        p++;
    return p;
}

/* Nothing but a comment up to the line's end; p stands behind a scalar. */
static bool rest_empty(const reader *r, const char *p)
{
    const char *q = skip_blanks(r, p);
    return q == r->stop || (*q == '#' && q != p);
}

/* ---- scalars ---- */

typedef struct found { /* a scalar of one line */
    cor_ystyle style;
    cor_str text;       /* without its quotes */
    bool doubled;       /* holds two single quotes that stand for one */
    const char *behind;
} found;

static void *room(reader *r, size_t n)
{
    void *p = cor_arena_get(r->mem, n);
    r->nomem |= p == NULL;
    return p;
}

static cor_ynode *new_node(reader *r, cor_ykind kind, const char *p)
{
    cor_ynode *n = room(r, sizeof *n);
    if (n != NULL)
        *n = (cor_ynode){.kind = (uint8_t)kind, .line = r->no, .col = column(r, p), .weight = 1};
    return n;
}

static cor_ynode *new_scalar(reader *r, const char *p, const found *f)
{
    cor_ynode *n = new_node(r, COR_Y_SCALAR, p);
    char *to = n == NULL ? NULL : room(r, f->text.n + 1);
    if (to == NULL)
        return NULL;
    size_t k = 0;
    if (!f->doubled && f->text.n != 0)
        memcpy(to, f->text.p, k = f->text.n);
    for (size_t i = 0; f->doubled && i < f->text.n; i++) {
        to[k++] = f->text.p[i];
        i += f->text.p[i] == '\'';
    }
    to[k] = '\0';
    n->style = (uint8_t)f->style;
    n->text = (cor_str){to, k};
    return n;
}

static bool begins_plain(const reader *r, const char *p)
{
    if (*p == '-')
        return !blank_at(r, p + 1);
    return strchr(" ?:,[]{}#&*!|>'\"%@`<", *p) == NULL; /* '<' could be a merge key */
}

/* To the first colon or comment mark that counts, or the line's end. */
static const char *plain_end(const reader *r, const char *p)
{
    const char *last = p; /* behind the last character that is no blank */
    for (; p != r->stop; p++) {
        if (*p == ' ')
            continue;
        if ((*p == ':' && blank_at(r, p + 1)) || (*p == '#' && p[-1] == ' '))
            break;
        last = p + 1;
    }
    return last;
}

static bool single_quoted(const reader *r, const char *from, found *f)
{
    const char *p = from + 1;
    *f = (found){.style = COR_YS_SINGLE};
    for (;; p += 2) {
        p = memchr(p, '\'', (size_t)(r->stop - p));
        if (p == NULL)
            return false;
        if (p + 1 == r->stop || p[1] != '\'')
            break;
        f->doubled = true;
    }
    f->text = (cor_str){from + 1, (size_t)(p - from - 1)};
    f->behind = p + 1;
    return true;
}

/* Without escapes. */
static bool double_quoted(const reader *r, const char *from, found *f)
{
    const char *q = memchr(from + 1, '"', (size_t)(r->stop - from - 1));
    if (q == NULL || memchr(from, '\\', (size_t)(q - from)) != NULL)
        return false;
    *f = (found){COR_YS_DOUBLE, {from + 1, (size_t)(q - from - 1)}, false, q + 1};
    return true;
}

/* A scalar of one line at p. False: not one. */
static bool find_scalar(const reader *r, const char *p, found *f)
{
    if (*p == '\'')
        return single_quoted(r, p, f);
    if (*p == '"')
        return double_quoted(r, p, f);
    if (!begins_plain(r, p))
        return false;
    const char *end = plain_end(r, p);
    *f = (found){COR_YS_PLAIN, {p, (size_t)(end - p)}, false, end};
    return true;
}

/* Where a literal's lines end that begin at r->at, and how deep they stand. NULL: not to be told here. */
static const char *literal_end(const reader *r, int32_t indent, int32_t *depth)
{
    const char *p = r->at;
    *depth = 0;
    while (p != r->end) {
        const char *q = p, *stop = line_end(r, p);
        while (q != stop && *q == ' ' && (*depth == 0 || q - p < *depth))
            q++;
        if (*depth == 0 && (q == stop || (*depth = (int32_t)(q - p)) <= indent))
            return NULL; /* the first line is empty, or there is none */
        if (q == stop && stop == r->end)
            return NULL; /* blanks before the end of the text */
        if (q != stop && q - p < *depth)
            return p;
        p = stop == r->end ? stop : stop + 1;
    }
    return *depth == 0 ? NULL : p;
}

/* A literal block ("|") at p, in a block of this indent: the lines behind, as far as they are deeper. */
static cor_ynode *literal(reader *r, const char *p, int32_t indent)
{
    const char chomp = p + 1 == r->stop ? ' ' : p[1];
    if (skip_blanks(r, p + 1 + (chomp == '-' || chomp == '+')) != r->stop)
        return NULL;
    int32_t depth;
    const char *end = literal_end(r, indent, &depth);
    cor_ynode *n = end == NULL ? NULL : new_node(r, COR_Y_SCALAR, p);
    char *to = n == NULL ? NULL : room(r, (size_t)(end - r->at) + 1);
    if (to == NULL)
        return NULL;
    size_t k = 0, kept = 0; /* kept: with the last text, without the breaks behind it */
    for (const char *stop; r->at != end; r->at = stop) {
        stop = line_end(r, r->at);
        if (stop - r->at > depth) {
            size_t len = (size_t)(stop - r->at - depth);
            memcpy(to + k, r->at + depth, len);
            kept = k += len;
        }
        if (stop != r->end) {
            to[k++] = '\n';
            stop++;
        }
        r->next_no++;
    }
    k = chomp == '+' ? k : chomp == '-' || kept == k ? kept : kept + 1;
    to[k] = '\0';
    n->style = COR_YS_BLOCK;
    n->text = (cor_str){to, k};
    return n;
}

/* ---- blocks ---- */

static cor_ynode *block(reader *r, int depth);
static cor_ynode *map(reader *r, int depth);

/* A value or an item at p: on this line, or a literal behind it. */
static cor_ynode *one_value(reader *r, const char *p, int32_t indent)
{
    cor_ynode *n;
    found f;
    if (*p == '|')
        n = literal(r, p, indent);
    else
        n = find_scalar(r, p, &f) && rest_empty(r, f.behind) ? new_scalar(r, p, &f) : NULL;
    if (n == NULL)
        return NULL;
    next_line(r);
    return r->indent > indent ? NULL : n; /* it may go on there */
}

static bool is_key(const reader *r, const char *p, found *f)
{
    return find_scalar(r, p, f) && f->behind != r->stop && *f->behind == ':' && blank_at(r, f->behind + 1);
}

static cor_ynode *key(reader *r, const char **behind)
{
    found f;
    if (!is_key(r, r->p, &f) || f.text.n > KEY_MAX)
        return NULL;
    for (const char *p = r->p; p != f.behind; p++)
        if ((uint8_t)*p >= 0x80) /* columns count characters */
            return NULL;
    *behind = f.behind + 1;
    return new_scalar(r, r->p, &f);
}

static cor_ynode *list(reader *r, int depth);

/* What stands behind a key and its colon. */
static cor_ynode *value(reader *r, const char *behind, int32_t indent, int depth)
{
    const char *p = skip_blanks(r, behind);
    if (p != r->stop && *p != '#')
        return one_value(r, p, indent);
    const uint32_t no = r->no, col = column(r, behind);
    next_line(r);
    if (r->indent > indent)
        return block(r, depth);
    if (r->indent == indent && dash(r))
        return list(r, depth);
    cor_ynode *nothing = room(r, sizeof *nothing);
    if (nothing != NULL)
        *nothing = (cor_ynode){.style = COR_YS_PLAIN, .line = no, .col = col, .weight = 1, .text = COR_S("")};
    return nothing;
}

static bool doubled(reader *r, const cor_ynode *m)
{
    bool ok = cor_yaml_mark_doubled(m);
    r->nomem |= !ok;
    return ok;
}

static cor_ynode *map(reader *r, int depth)
{
    const int32_t indent = r->indent;
    cor_ynode *m = depth == DEPTH_MAX ? NULL : new_node(r, COR_Y_MAP, r->p), **tail = m == NULL ? NULL : &m->first;
    while (m != NULL && r->indent == indent) {
        const char *behind;
        cor_ynode *k = dash(r) ? NULL : key(r, &behind), *v = k == NULL ? NULL : value(r, behind, indent, depth + 1);
        if (v == NULL)
            return NULL;
        *tail = k;
        k->next = v;
        tail = &v->next;
        m->n++;
        m->weight += k->weight + v->weight;
    }
    return m == NULL || r->indent > indent || !doubled(r, m) ? NULL : m;
}

/* An item of a list: a map that begins behind the dash, or a value. */
static cor_ynode *item(reader *r, int32_t indent, int depth)
{
    const char *p = skip_blanks(r, r->p + 1);
    found f;
    if (p == r->stop || *p == '#' || (*p == '-' && blank_at(r, p + 1)))
        return NULL;
    if (!is_key(r, p, &f))
        return one_value(r, p, indent);
    r->p = p;
    r->indent = (int32_t)(p - r->line);
    return map(r, depth);
}

static cor_ynode *list(reader *r, int depth)
{
    const int32_t indent = r->indent;
    cor_ynode *l = depth == DEPTH_MAX ? NULL : new_node(r, COR_Y_LIST, r->p), **tail = l == NULL ? NULL : &l->first;
    while (l != NULL && r->indent == indent && dash(r)) {
        cor_ynode *i = item(r, indent, depth + 1);
        if (i == NULL)
            return NULL;
        *tail = i;
        tail = &i->next;
        l->n++;
        l->weight += i->weight;
    }
    return l == NULL || r->indent > indent ? NULL : l;
}

static cor_ynode *block(reader *r, int depth)
{
    return dash(r) ? list(r, depth) : map(r, depth);
}

/* No line in it that begins or ends a document. */
static bool one_document(cor_str text)
{
    for (const char *p = text.p, *end = text.p + text.n; p != NULL && end - p >= 3; p = memchr(p, '\n', (size_t)(end - p))) {
        p += *p == '\n';
        if (end - p >= 3 && (memcmp(p, "---", 3) == 0 || memcmp(p, "...", 3) == 0))
            return false;
    }
    return true;
}

cor_code cor_yaml_usual(cor_str text, cor_arena *mem, cor_ynode **root, cor_err *e)
{
    *root = NULL;
    if (text.n == 0 || text.n > TEXT_MAX || !usual_bytes(text) || !one_document(text))
        return COR_OK;
    reader r = {.at = text.p, .end = text.p + text.n, .next_no = 1, .mem = mem};
    next_line(&r);
    cor_ynode *m = r.indent != 0 || dash(&r) ? NULL : map(&r, 0);
    if (r.nomem)
        return cor_nomem(e, "yaml");
    *root = r.indent == -1 ? m : NULL;
    return COR_OK;
}
