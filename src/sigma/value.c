/* Values as the specification's sections "String Wildcard" and "Escape Character" define them: '*' any text, '?' one
 * character; a backslash takes the meaning from a following '*', '?' or backslash, and is itself before anything
 * else. */
#include "sigma/modifier.h"

static bool push(cor_mval *v, cor_piece_kind kind, cor_str text)
{
    if (kind == COR_PIECE_ANY && v->n_piece != 0 && v->piece[v->n_piece - 1].kind == COR_PIECE_ANY)
        return true; /* "**" says no more than "*" */
    v->piece[v->n_piece].kind = kind;
    v->piece[v->n_piece].text = text;
    v->n_piece++;
    return true;
}

static bool special(char c)
{
    return c == '*' || c == '?' || c == '\\';
}

bool cor_value_pieces(cor_load *ld, cor_str s, cor_mval *v)
{
    size_t wild = 0, escapes = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n && special(s.p[i + 1])) {
            escapes++;
            i++;
        } else if (s.p[i] == '*' || s.p[i] == '?') {
            wild++;
        }
    }
    v->n_piece = 0;
    v->piece = cor_keep_array(ld, 2 * wild + 1, sizeof *v->piece);
    char *p = escapes == 0 ? NULL : cor_keep(ld, s.n);
    if (v->piece == NULL || (escapes != 0 && p == NULL))
        return false;
    if (escapes == 0) { /* the usual case: slices of one copy */
        cor_str all = cor_keep_str(ld, s);
        if (all.p == NULL)
            return false;
        size_t from = 0;
        for (size_t i = 0; i <= s.n; i++)
            if (i == s.n || s.p[i] == '*' || s.p[i] == '?') {
                if (i > from)
                    push(v, COR_PIECE_TEXT, (cor_str){all.p + from, i - from});
                if (i < s.n)
                    push(v, s.p[i] == '*' ? COR_PIECE_ANY : COR_PIECE_ONE, (cor_str){NULL, 0});
                from = i + 1;
            }
        return true;
    }
    size_t n = 0, from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n && special(s.p[i + 1])) {
            p[n++] = s.p[++i];
        } else if (s.p[i] == '*' || s.p[i] == '?') {
            if (n > from)
                push(v, COR_PIECE_TEXT, (cor_str){p + from, n - from});
            push(v, s.p[i] == '*' ? COR_PIECE_ANY : COR_PIECE_ONE, (cor_str){NULL, 0});
            from = n;
        } else {
            p[n++] = s.p[i];
        }
    }
    if (n > from)
        push(v, COR_PIECE_TEXT, (cor_str){p + from, n - from});
    return true;
}

bool cor_value_wrap(cor_load *ld, cor_mval *v, bool front, bool behind)
{
    bool have_front = v->n_piece != 0 && v->piece[0].kind == COR_PIECE_ANY;
    bool have_behind = v->n_piece != 0 && v->piece[v->n_piece - 1].kind == COR_PIECE_ANY;
    if ((!front || have_front) && (!behind || have_behind))
        return true;
    const cor_piece *old = v->piece;
    uint32_t n = v->n_piece;
    v->piece = cor_keep_array(ld, (size_t)n + 2, sizeof *v->piece);
    if (v->piece == NULL)
        return false;
    v->n_piece = 0;
    if (front)
        push(v, COR_PIECE_ANY, (cor_str){NULL, 0});
    for (uint32_t i = 0; i < n; i++)
        push(v, old[i].kind, old[i].text);
    if (behind)
        push(v, COR_PIECE_ANY, (cor_str){NULL, 0});
    return true;
}

cor_str cor_value_plain(cor_load *ld, const cor_mval *v)
{
    if (v->n_piece == 0)
        return COR_S("");
    if (v->n_piece == 1 && v->piece[0].kind == COR_PIECE_TEXT)
        return v->piece[0].text;
    size_t n = 0;
    for (uint32_t i = 0; i < v->n_piece; i++) {
        if (v->piece[i].kind != COR_PIECE_TEXT)
            return (cor_str){NULL, 0};
        n += v->piece[i].text.n;
    }
    char *p = cor_keep(ld, n + 1);
    if (p == NULL)
        return (cor_str){NULL, 0};
    size_t at = 0;
    for (uint32_t i = 0; i < v->n_piece; i++) {
        memcpy(p + at, v->piece[i].text.p, v->piece[i].text.n);
        at += v->piece[i].text.n;
    }
    p[n] = '\0';
    return (cor_str){p, n};
}

bool cor_value_finish(cor_load *ld, cor_mval *v)
{
    (void)ld;
    const cor_piece *p = v->piece;
    uint32_t n = v->n_piece;
    uint32_t texts = 0, ones = 0;
    for (uint32_t i = 0; i < n; i++) {
        texts += p[i].kind == COR_PIECE_TEXT;
        ones += p[i].kind == COR_PIECE_ONE;
    }
    cor_test *t = &v->t;
    if (n == 0) {
        t->op = COR_OP_EQUALS;
        t->text = COR_S("");
        return true;
    }
    if (texts == 1 && ones == 0) {
        bool front = p[0].kind == COR_PIECE_ANY, behind = p[n - 1].kind == COR_PIECE_ANY;
        t->op = front && behind ? COR_OP_CONTAINS : front ? COR_OP_ENDSWITH : behind
            ? COR_OP_STARTSWITH : COR_OP_EQUALS;
        t->text = p[front].text;
        return true;
    }
    t->op = COR_OP_PATTERN;
    t->piece = p;
    t->n_piece = n;
    return true;
}
