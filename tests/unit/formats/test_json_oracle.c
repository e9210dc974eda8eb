/* Our JSON reader against jansson, over the seeds given and thousands of broken variants of them: what jansson takes,
 * we take alike; what only we take is one of the tolerances that json.h names. Skipped (77) in builds without
 * jansson. */
#include <stdio.h>

#ifndef HAVE_JANSSON
int main(void)
{
    puts("json-oracle: skipped, no jansson (libjansson-dev)");
    return 77;
}
#else
#include <jansson.h>
#include <stdlib.h>

#include "base/utf.h"
#include "formats/json/json.h"

static bool alike(const cor_jnode *v, const json_t *j);

static bool alike_object(const cor_jnode *v, const json_t *j)
{
    size_t distinct = 0;
    for (const cor_jnode *m = v->child; m != NULL; m = m->next) {
        bool last = true; /* jansson keeps the last of equal names */
        for (const cor_jnode *k = m->next; k != NULL && last; k = k->next)
            last = !cor_str_eq(k->key, m->key);
        if (!last)
            continue;
        distinct++;
        const json_t *other = json_object_getn(j, m->key.p, m->key.n);
        if (other == NULL || !alike(m, other))
            return false;
    }
    return distinct == json_object_size(j);
}

static bool alike(const cor_jnode *v, const json_t *j)
{
    size_t i = 0;
    switch (v->type) {
    case COR_J_NULL: return json_is_null(j);
    case COR_J_TRUE: return json_is_true(j);
    case COR_J_FALSE: return json_is_false(j);
    case COR_J_STRING: return json_is_string(j) && cor_str_eq(v->str,
                                                              (cor_str){json_string_value(j), json_string_length(j)});
    case COR_J_NUMBER: {
        char t[400];
        snprintf(t, sizeof t, "%.*s", COR_STR_FMT(v->str));
        return json_is_number(j) && strtod(t, NULL) == json_number_value(j);
    }
    case COR_J_OBJECT: return json_is_object(j) && alike_object(v, j);
    default: break;
    }
    if (!json_is_array(j))
        return false;
    for (const cor_jnode *c = v->child; c != NULL; c = c->next)
        if (i >= json_array_size(j) || !alike(c, json_array_get(j, i++)))
            return false;
    return i == json_array_size(j);
}

/* What we take beyond jansson: control characters and bytes that are no UTF-8 in strings, halves of surrogate pairs,
 * numbers beyond a double. */
static bool tolerated(cor_str s)
{
    if (!cor_utf8_valid(s) || memmem(s.p, s.n, "\\u", 2) != NULL)
        return true;
    size_t digits = 0, most = 0;
    for (size_t i = 0; i < s.n; i++) {
        if ((uint8_t)s.p[i] < 0x20)
            return true;
        digits = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] | 0x20) == 'e' ? digits + 1 : 0;
        most = digits > most ? digits : most;
    }
    return most > 3 || memmem(s.p, s.n, "e", 1) != NULL || memmem(s.p, s.n, "E", 1) != NULL;
}

static int both(cor_str s, unsigned *taken)
{
    cor_arena mem = {0};
    cor_jnode *v = NULL;
    cor_err e = {0};
    json_error_t je;
    size_t at = 0;
    int bad = 0;
    cor_code code = cor_json_parse(s, &at, 0, &mem, &v, &e);
    json_t *j = json_loadb(s.p, s.n, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL |
                           JSON_DECODE_INT_AS_REAL, &je);
    bool skipped = s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0;
    if (j != NULL && code != COR_OK && code != COR_ELIMIT)
        bad = printf("jansson takes it, we say %s: %.*s\n", e.msg, COR_STR_FMT(s));
    else if (j != NULL && v != NULL && !alike(v, j))
        bad = printf("read differently: %.*s\n", COR_STR_FMT(s));
    else if (j == NULL && v != NULL && !skipped && !tolerated((cor_str){s.p, at}))
        bad = printf("jansson says %s, we take it: %.*s\n", je.text, COR_STR_FMT(s));
    *taken += j != NULL && v != NULL;
    json_decref(j);
    cor_arena_free(&mem);
    return bad != 0;
}

static unsigned long long state = 88172645463325252ull;

static size_t below(size_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % n);
}

int main(int argc, char **argv)
{
    static const char pieces[] = "{}[],:\"\\u0e+-.tfn \n\t1";
    static char text[1 << 16], copy[1 << 16];
    int bad = 0;
    unsigned taken = 0, tried = 0;
    for (int a = 1; a < argc; a++) {
        FILE *f = fopen(argv[a], "rb");
        if (f == NULL)
            return perror(argv[a]), 1;
        size_t n = fread(text, 1, sizeof text - 1, f);
        fclose(f);
        text[n] = '\0';
        bad += both((cor_str){text, n}, &taken);
        for (int i = 0; i < 4000 && n > 0; i++, tried++) {
            memcpy(copy, text, n + 1);
            size_t m = i % 3 == 0 ? below(n) + 1 : n;
            for (size_t k = below(3) + 1; k > 0; k--)
                copy[below(m)] = i % 5 == 0 ? (char)below(256) : pieces[below(sizeof pieces - 1)];
            for (size_t k = 0; k < m; k++) /* jansson 2.14 steps over a NUL behind a number */
                copy[k] = copy[k] == '\0' ? ' ' : copy[k];
            copy[m] = '\0';
            bad += both((cor_str){copy, m}, &taken);
        }
    }
    printf("%u variants, both took %u, %d differences\n", tried, taken, bad);
    return bad != 0 || taken == 0;
}
#endif
