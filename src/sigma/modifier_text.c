/* Modifiers that change text into other text. */
#include "base/utf.h"
#include "sigma/dash.h"
#include "sigma/modifier.h"

static void lint_wildcards(cor_load *ld, const cor_mval *v, bool before, bool behind, const char *name)
{
    uint32_t n = v->n_piece;
    if (n > 1 && ((before && v->piece[0].kind == COR_PIECE_ANY) || (behind && v->piece[n - 1].kind == COR_PIECE_ANY)))
        cor_say_at(ld, COR_DIAG_WARNING, v->at, "double-wildcard", "leave the wildcard out",
                   "the wildcard at the value's end says what `%s` says already", name);
}

/* arg: 1 something may follow, 2 something may stand before. */
bool cor_mod_place(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    bool before = (mod->arg & 2) != 0, behind = (mod->arg & 1) != 0;
    m->placed = true;
    for (uint32_t i = 0; i < m->n; i++) {
        cor_mval *v = &m->v[i];
        if (v->kind == COR_M_REF) {
            before = before || v->t.ref_op == COR_OP_ENDSWITH;
            behind = behind || v->t.ref_op == COR_OP_STARTSWITH;
            v->t.ref_op = before && behind ? COR_OP_CONTAINS : before ? COR_OP_ENDSWITH : COR_OP_STARTSWITH;
        } else if (v->kind == COR_M_REGEX) {
            /* An expression is searched for anywhere, so that `contains` adds nothing; the other two anchor it. */
            if (!before)
                v->t.text = cor_arena_fmt(ld->mem, "^(?:%.*s)", COR_STR_FMT(v->t.text));
            else if (!behind)
                v->t.text = cor_arena_fmt(ld->mem, "(?:%.*s)$", COR_STR_FMT(v->t.text));
            if (v->t.text.p == NULL) {
                ld->nomem = true;
                return false;
            }
        } else if (v->kind != COR_M_NEVER) {
            if (ld->opt->lint)
                lint_wildcards(ld, v, before, behind, mod->name);
            if (!cor_value_wrap(ld, v, before, behind))
                return false;
        }
    }
    return true;
}

/* ---- windash ---- */

/* Letters, digits and underscore, as \w is meant in \B[-/]\b. Beyond ASCII: everything but the blocks of blanks,
 * punctuation and signs that rules contain. */
static bool word(uint32_t cp)
{
    if (cp < 0x80)
        return (cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || cp == '_';
    if (cp < 0xc0)
        return cp == 0xaa || cp == 0xb2 || cp == 0xb3 || cp == 0xb5 || cp == 0xb9 || cp == 0xba ||
            (cp >= 0xbc && cp <= 0xbe);
    return cp != 0xd7 && cp != 0xf7 && !(cp >= 0x2000 && cp <= 0x206f) && !(cp >= 0x20a0 && cp <= 0x20cf) &&
           !(cp >= 0x2190 && cp <= 0x2bff) && !(cp >= 0x3000 && cp <= 0x303f) && cp != 0xfeff && cp != 0xfffd;
}

#define DASHES_MAX 8 /* more than this many in one value is beyond COR_SIGMA_TESTS_MAX anyway */

typedef struct dashes {
    struct { uint32_t piece; size_t at, len; } d[DASHES_MAX];
    size_t n;
} dashes;

/* Dashes that begin a word: not behind a letter or digit, and right before one. */
static bool find_dashes(const cor_mval *v, dashes *found)
{
    found->n = 0;
    for (uint32_t p = 0; p < v->n_piece; p++) {
        cor_str s = v->piece[p].text;
        bool behind_word = false;
        for (size_t i = 0; v->piece[p].kind == COR_PIECE_TEXT && i < s.n;) {
            size_t n = cor_dash_at(s, i);
            if (n != 0) {
                size_t next = i + n;
                if (!behind_word && next < s.n && word(cor_utf8_next(s, &next))) {
                    if (found->n == DASHES_MAX)
                        return false;
                    found->d[found->n].piece = p;
                    found->d[found->n].at = i;
                    found->d[found->n++].len = n;
                }
                behind_word = false;
                i += n;
            } else {
                behind_word = word(cor_utf8_next(s, &i));
            }
        }
    }
    return true;
}

/* The value with its k-th dash replaced by cor_dash[digit k of `which`, base 5]. */
static bool with_dashes(cor_load *ld, const cor_mval *from, const dashes *f, size_t which, cor_mval *to)
{
    *to = *from;
    to->piece = cor_keep_array(ld, from->n_piece, sizeof *to->piece);
    if (to->piece == NULL)
        return false;
    if (from->n_piece != 0)
        memcpy(to->piece, from->piece, from->n_piece * sizeof *to->piece);
    for (size_t k = 0; k < f->n;) {
        uint32_t p = f->d[k].piece;
        cor_str s = from->piece[p].text;
        char *text = cor_keep(ld, s.n + 3 * DASHES_MAX);
        if (text == NULL)
            return false;
        size_t n = 0, at = 0;
        for (; k < f->n && f->d[k].piece == p; k++, which /= COR_DASHES) {
            const char *put = cor_dash[which % COR_DASHES];
            memcpy(text + n, s.p + at, f->d[k].at - at);
            n += f->d[k].at - at;
            memcpy(text + n, put, strlen(put));
            n += strlen(put);
            at = f->d[k].at + f->d[k].len;
        }
        memcpy(text + n, s.p + at, s.n - at);
        to->piece[p].text = (cor_str){text, n + s.n - at};
    }
    return true;
}

static size_t power(size_t base, size_t n)
{
    size_t r = 1;
    while (n-- != 0)
        r *= base;
    return r;
}

bool cor_mod_windash(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)mod;
    size_t n = 0;
    dashes f;
    for (uint32_t i = 0; i < m->n; i++) {
        if (!find_dashes(&m->v[i], &f)) {
            cor_oops(ld, m->v[i].at, "too-many-values", "split the value",
                     "more than %d dashes to exchange in one value", DASHES_MAX);
            return false;
        }
        n += power(COR_DASHES, f.n);
    }
    cor_mval *v = cor_mod_values(ld, m, n);
    if (v == NULL)
        return false;
    size_t k = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        find_dashes(&m->v[i], &f);
        size_t variants = power(COR_DASHES, f.n);
        for (size_t w = 0; w < variants; w++)
            if (!with_dashes(ld, &m->v[i], &f, w, &v[k++]))
                return false;
    }
    m->v = v;
    m->n = (uint32_t)n;
    return true;
}

/* ---- encodings ---- */

static bool set_text(cor_load *ld, cor_mval *v, cor_str s)
{
    v->piece = cor_keep(ld, sizeof *v->piece);
    if (v->piece == NULL)
        return false;
    v->n_piece = s.n != 0;
    v->piece[0] = (cor_piece){COR_PIECE_TEXT, s};
    return true;
}

bool cor_mod_utf16(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    for (uint32_t i = 0; i < m->n; i++) {
        cor_mval *v = &m->v[i];
        for (uint32_t p = 0; p < v->n_piece; p++) {
            if (v->piece[p].kind != COR_PIECE_TEXT)
                continue;
            cor_buf b = {0};
            if (mod->arg == 'm' && p == 0)
                cor_buf_put(&b, "\xff\xfe", 2);
            cor_utf8_to_utf16(v->piece[p].text, &b);
            if (mod->arg == 'b')
                for (size_t k = 0; k + 1 < b.n; k += 2) {
                    uint8_t low = b.p[k];
                    b.p[k] = b.p[k + 1];
                    b.p[k + 1] = low;
                }
            v->piece[p].text = cor_buf_ok(&b) ? cor_keep_str(ld, cor_buf_view(&b)) : (cor_str){NULL, 0};
            cor_buf_free(&b);
            if (v->piece[p].text.p == NULL) {
                ld->nomem = true;
                return false;
            }
        }
    }
    return true;
}

/* Base64 of `skip` zero bytes and s, without what those bytes and whatever follows s would change. */
static cor_str base64(cor_load *ld, cor_str s, size_t skip, bool offset)
{
    static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t total = skip + s.n, n = 0;
    char *out = cor_keep(ld, total / 3 * 4 + 5);
    if (out == NULL)
        return (cor_str){NULL, 0};
    for (size_t i = 0; i < total; i += 3) {
        uint32_t three = 0;
        for (size_t k = i; k < i + 3; k++)
            three = three << 8 | (k < skip || k >= total ? 0 : (uint8_t)s.p[k - skip]);
        for (int shift = 18; shift >= 0; shift -= 6)
            out[n++] = letter[three >> shift & 63];
    }
    size_t left = total % 3;
    if (!offset) {
        if (left != 0)
            memset(out + n - (3 - left), '=', 3 - left);
        return (cor_str){out, n};
    }
    static const size_t front[] = {0, 2, 3}, back[] = {0, 3, 2};
    size_t cut = front[skip] + back[left];
    return cut >= n ? COR_S("") : (cor_str){out + front[skip], n - cut};
}

static bool encodable(cor_load *ld, const cor_mval *v, const char *name, cor_str *plain)
{
    *plain = cor_value_plain(ld, v);
    if (plain->p == NULL && !ld->nomem)
        cor_oops(ld, v->at, "base64-wildcard",
                 "put contains, startswith or endswith behind it; escape a plain * or ? with a backslash",
                 "`%s` cannot encode a value with wildcards", name);
    return plain->p != NULL;
}

bool cor_mod_base64(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    for (uint32_t i = 0; i < m->n; i++) {
        cor_str s;
        if (m->v[i].kind == COR_M_NEVER)
            continue;
        if (!encodable(ld, &m->v[i], mod->name, &s))
            return false;
        s = base64(ld, s, 0, false);
        if (s.p == NULL || !set_text(ld, &m->v[i], s))
            return false;
    }
    return true;
}

bool cor_mod_base64offset(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    cor_mval *v = cor_mod_values(ld, m, (size_t)m->n * 3);
    if (v == NULL)
        return false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        cor_str s;
        if (m->v[i].kind == COR_M_NEVER) {
            v[n++] = m->v[i];
            continue;
        }
        if (!encodable(ld, &m->v[i], mod->name, &s))
            return false;
        for (size_t skip = 0; skip < 3; skip++) {
            cor_str piece = base64(ld, s, skip, true);
            if (piece.p == NULL)
                return false;
            if (piece.n == 0) {
                cor_oops(ld, m->v[i].at, "base64-short", "use a longer value",
                         "nothing of so short a value is the same at every offset");
                return false;
            }
            v[n] = m->v[i];
            if (!set_text(ld, &v[n++], piece))
                return false;
        }
    }
    m->v = v;
    m->n = n;
    return true;
}

/* ---- expand ---- */

/* The first %name% in s from *at on: [*at, *end). A percent sign behind a backslash is plain. */
static bool find_placeholder(cor_str s, size_t *at, size_t *end)
{
    for (size_t i = *at; i < s.n; i++) {
        if (s.p[i] != '%' || (i != 0 && s.p[i - 1] == '\\'))
            continue;
        const char *close = memchr(s.p + i + 1, '%', s.n - i - 1);
        if (close == NULL)
            return false;
        if (close == s.p + i + 1)
            continue;
        *at = i;
        *end = (size_t)(close - s.p) + 1;
        return true;
    }
    return false;
}

static cor_str placeholder_name(cor_str s, size_t at, size_t end)
{
    return (cor_str){s.p + at + 1, end - at - 2};
}

static cor_str unescape_percent(cor_load *ld, cor_str s)
{
    char *p = cor_keep(ld, s.n + 1);
    if (p == NULL)
        return (cor_str){NULL, 0};
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\\' || i + 1 == s.n || s.p[i + 1] != '%')
            p[n++] = s.p[i];
    return (cor_str){p, n};
}

typedef struct expansion {
    cor_load *ld;
    cor_mval *v;
    size_t n, cap;
    cor_str missing;
} expansion;

static bool emit(expansion *x, const cor_mval *v)
{
    if (x->n == x->cap) {
        size_t cap = x->cap * 2 + 8;
        cor_mval *more = cor_scratch(x->ld, cap, sizeof *more);
        if (more == NULL)
            return false;
        if (x->n != 0)
            memcpy(more, x->v, x->n * sizeof *more);
        x->v = more;
        x->cap = cap;
    }
    x->v[x->n++] = *v;
    return true;
}

/* Replaces pieces from..from+1 of v by the pieces of `in`. */
static bool splice(cor_load *ld, const cor_mval *v, uint32_t at, cor_str before, const cor_mval *in, cor_str behind,
                   cor_mval *out)
{
    *out = *v;
    out->piece = cor_keep_array(ld, (size_t)v->n_piece + in->n_piece + 1, sizeof *out->piece);
    if (out->piece == NULL)
        return false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < at; i++)
        out->piece[n++] = v->piece[i];
    if (before.n != 0)
        out->piece[n++] = (cor_piece){COR_PIECE_TEXT, before};
    for (uint32_t i = 0; i < in->n_piece; i++)
        out->piece[n++] = in->piece[i];
    if (behind.n != 0)
        out->piece[n++] = (cor_piece){COR_PIECE_TEXT, behind};
    for (uint32_t i = at + 1; i < v->n_piece; i++)
        out->piece[n++] = v->piece[i];
    out->n_piece = n;
    return true;
}

/* Neighbours of one kind become one piece, as everything behind this expects. */
static bool join_pieces(cor_load *ld, cor_mval *v)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->n_piece; i++) {
        cor_piece p = v->piece[i];
        if (n != 0 && p.kind == COR_PIECE_ANY && v->piece[n - 1].kind == COR_PIECE_ANY)
            continue;
        if (n != 0 && p.kind == COR_PIECE_TEXT && v->piece[n - 1].kind == COR_PIECE_TEXT) {
            cor_str a = v->piece[n - 1].text;
            char *t = cor_keep(ld, a.n + p.text.n);
            if (t == NULL)
                return false;
            memcpy(t, a.p, a.n);
            memcpy(t + a.n, p.text.p, p.text.n);
            v->piece[n - 1].text = (cor_str){t, a.n + p.text.n};
            continue;
        }
        v->piece[n++] = p;
    }
    v->n_piece = n;
    return true;
}

#define EXPAND_DEPTH 8 /* placeholders in one value */

static bool expand_text(expansion *x, const cor_mval *v, uint32_t from, unsigned depth)
{
    for (uint32_t i = from; i < v->n_piece; i++) {
        cor_str s = v->piece[i].text;
        size_t at = 0, end;
        if (v->piece[i].kind != COR_PIECE_TEXT)
            continue;
        if (!find_placeholder(s, &at, &end)) {
            v->piece[i].text = unescape_percent(x->ld, s);
            if (v->piece[i].text.p == NULL)
                return false;
            continue;
        }
        const cor_str *value;
        uint32_t n;
        if (!cor_expand_get(x->ld, placeholder_name(s, at, end), &value, &n)) {
            x->missing = placeholder_name(s, at, end);
            return true;
        }
        if (depth == EXPAND_DEPTH) {
            cor_oops(x->ld, v->at, "too-many-values", "split the value", "more than %d placeholders in one value",
                     EXPAND_DEPTH);
            return false;
        }
        cor_str before = unescape_percent(x->ld, (cor_str){s.p, at}), behind = {s.p + end, s.n - end};
        for (uint32_t k = 0; k < n && x->missing.p == NULL; k++) {
            cor_mval in = {0}, out;
            if (before.p == NULL || !cor_value_pieces(x->ld, value[k], &in) || !splice(x->ld, v, i, before, &in,
                    behind, &out))
                return false;
            /* what follows is looked at further on: never the inserted text, so that a list cannot expand itself */
            if (x->n > COR_SIGMA_TESTS_MAX) {
                cor_oops(x->ld, v->at, "too-many-values", "split the value",
                         "the lists make more than %d values of this one",
                         COR_SIGMA_TESTS_MAX);
                return false;
            }
            if (!expand_text(x, &out, i + (before.n != 0) + in.n_piece, depth + 1))
                return false;
        }
        return true;
    }
    cor_mval done = *v;
    return join_pieces(x->ld, &done) && emit(x, &done);
}

static bool expand_regex(expansion *x, const cor_mval *v, size_t from, unsigned depth)
{
    cor_str s = v->t.text;
    size_t at = from, end;
    const cor_str *value;
    uint32_t n;
    if (!find_placeholder(s, &at, &end)) {
        cor_mval done = *v;
        done.t.text = unescape_percent(x->ld, s);
        return done.t.text.p != NULL && emit(x, &done);
    }
    if (!cor_expand_get(x->ld, placeholder_name(s, at, end), &value, &n)) {
        x->missing = placeholder_name(s, at, end);
        return true;
    }
    for (uint32_t k = 0; k < n && x->missing.p == NULL; k++) {
        cor_mval out = *v;
        out.t.text = cor_arena_fmt(x->ld->mem, "%.*s%.*s%.*s", (int)at, s.p, COR_STR_FMT(value[k]), (int)(s.n - end),
                                   s.p + end);
        if (out.t.text.p == NULL || depth == EXPAND_DEPTH || x->n > COR_SIGMA_TESTS_MAX) {
            x->ld->nomem |= out.t.text.p == NULL;
            if (out.t.text.p != NULL)
                cor_oops(x->ld, v->at, "too-many-values", "split the value",
                         "too many placeholders or values in one expression");
            return false;
        }
        if (!expand_regex(x, &out, at + value[k].n, depth + 1))
            return false;
    }
    return true;
}

bool cor_mod_expand(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)mod;
    expansion x = {.ld = ld};
    for (uint32_t i = 0; i < m->n; i++) {
        size_t before = x.n;
        cor_mval v = m->v[i];
        x.missing = (cor_str){NULL, 0};
        if (!(v.kind == COR_M_REGEX ? expand_regex(&x, &v, 0, 0) : expand_text(&x, &v, 0, 0)))
            return false;
        if (x.missing.p == NULL && x.n > before)
            continue;
        x.n = before;
        cor_str note = x.missing.p == NULL
                           ? COR_S("the placeholder's list is empty")
                           : cor_arena_fmt(ld->mem, "no list for the placeholder %%%.*s%%", COR_STR_FMT(x.missing));
        v.kind = COR_M_NEVER;
        v.n_piece = 0;
        v.t.note = note.p;
        if (note.p == NULL || !emit(&x, &v)) {
            ld->nomem = true;
            return false;
        }
        cor_say_at(ld, COR_DIAG_WARNING, v.at, "no-placeholders", "give a YAML file of lists with --placeholders",
                   "this value can never hold: %s", note.p);
    }
    cor_mval *v = cor_mod_values(ld, m, x.n);
    if (v == NULL)
        return false;
    if (x.n != 0)
        memcpy(v, x.v, x.n * sizeof *v);
    m->v = v;
    m->n = (uint32_t)x.n;
    return true;
}
