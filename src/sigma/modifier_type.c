/* Modifiers that make a value another kind of test. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "sigma/modifier.h"

bool cor_mod_all(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)ld, (void)mod;
    m->all = true;
    return true;
}

bool cor_mod_neq(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)ld, (void)mod;
    m->neq = true;
    return true;
}

bool cor_mod_cased(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)ld, (void)mod;
    for (uint32_t i = 0; i < m->n; i++)
        m->v[i].t.cased = true;
    return true;
}

bool cor_mod_re(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)ld, (void)mod;
    for (uint32_t i = 0; i < m->n; i++) {
        m->v[i].kind = COR_M_REGEX;
        m->v[i].t.op = COR_OP_REGEX;
        m->v[i].t.cased = true;
    }
    return true;
}

bool cor_mod_re_flag(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)ld;
    for (uint32_t i = 0; i < m->n; i++) {
        m->v[i].t.re_flags |= (uint32_t)mod->arg;
        if (mod->arg == COR_RE_I)
            m->v[i].t.cased = false;
    }
    return true;
}

bool cor_mod_exists(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)mod;
    if (m->field.p == NULL) {
        cor_mod_oops(ld, m, "exists-keyword", "name a field before it",
                     "`exists` asks about a field, and there is none here");
        return false;
    }
    for (uint32_t i = 0; i < m->n; i++) { /* wanted stands there since the value was read */
        m->v[i].kind = COR_M_OTHER;
        m->v[i].t.op = COR_OP_EXISTS;
    }
    return true;
}

bool cor_mod_compare(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)ld;
    for (uint32_t i = 0; i < m->n; i++) {
        cor_mval *v = &m->v[i];
        v->t.op = v->kind == COR_M_PART ? COR_OP_TIMEPART : COR_OP_COMPARE;
        v->t.cmp = (cor_cmp)mod->arg;
        v->kind = COR_M_OTHER;
    }
    return true;
}

bool cor_mod_part(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    static const struct { double least, most; } range[] = {{0, 59}, {0, 23}, {1, 31}, {1, 53}, {1, 12}, {1601, 30828}};
    for (uint32_t i = 0; i < m->n; i++) {
        cor_mval *v = &m->v[i];
        if (v->t.number < range[mod->arg].least || v->t.number > range[mod->arg].most)
            cor_say_at(ld, COR_DIAG_WARNING, v->at, "time-range", "", "no `%s` is ever %g: it goes from %g to %g",
                       mod->name, v->t.number,
                       range[mod->arg].least, range[mod->arg].most);
        v->kind = COR_M_PART;
        v->t.part = (cor_timepart)mod->arg;
        v->t.cmp = COR_CMP_EQ;
    }
    return true;
}

bool cor_mod_fieldref(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)mod;
    for (uint32_t i = 0; i < m->n; i++) {
        cor_mval *v = &m->v[i];
        cor_str name = cor_value_plain(ld, v);
        if (name.p == NULL || name.n == 0) {
            cor_oops(ld, v->at, "fieldref-name", "put startswith, endswith or contains behind fieldref",
                     "`fieldref` wants the name of a field, without wildcards");
            return false;
        }
        v->kind = COR_M_REF;
        v->t.ref_field = name;
        v->t.ref_op = COR_OP_EQUALS;
    }
    return true;
}

/* ---- cidr ---- */

/* "255.255.0.0" (or its inverse) as a number of bits; false when it is no mask. */
static bool mask_bits(const char *text, unsigned *bits)
{
    struct in_addr a;
    if (inet_pton(AF_INET, text, &a) != 1)
        return false;
    uint32_t m = ntohl(a.s_addr);
    if ((m & 0x80000000U) == 0 && m != 0)
        m = ~m; /* a host mask, 0.0.255.255 */
    unsigned n = m == 0 ? 0 : (unsigned)__builtin_popcount(m);
    *bits = n;
    return n == 0 || m == (uint32_t)(UINT64_C(0xffffffff) << (32 - n));
}

static bool prefix(const char *text, bool v4, unsigned *bits)
{
    unsigned most = v4 ? 32 : 128;
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 3)
        return v4 && mask_bits(text, bits);
    *bits = (unsigned)strtoul(text, NULL, 10);
    return *bits <= most;
}

static const char *parse_cidr(cor_str s, cor_test *t)
{
    char text[80];
    if (s.n == 0 || s.n >= sizeof text || memchr(s.p, '\0', s.n) != NULL)
        return "is no network";
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    char *slash = strchr(text, '/');
    if (slash != NULL)
        *slash++ = '\0';
    uint8_t *a = t->net;
    bool v4 = inet_pton(AF_INET, text, a + 12) == 1;
    if (v4) {
        memset(a, 0, 10);
        a[10] = a[11] = 0xff;
    } else if (inet_pton(AF_INET6, text, a) != 1) {
        return "has no IPv4 or IPv6 address before the slash";
    }
    unsigned bits = v4 ? 32 : 128;
    if (slash != NULL && !prefix(slash, v4, &bits))
        return v4 ? "has no number of bits from 0 to 32 behind the slash" : "has no number of bits from 0 to 128 "
            "behind the slash";
    t->net_bits = (uint8_t)(v4 ? bits + 96 : bits);
    for (unsigned i = t->net_bits; i < 128; i++)
        if ((a[i / 8] & (0x80 >> i % 8)) != 0)
            return "has bits set behind the network's part";
    return NULL;
}

bool cor_mod_cidr(cor_load *ld, cor_mitem *m, const cor_modifier *mod)
{
    (void)mod;
    for (uint32_t i = 0; i < m->n; i++) {
        cor_mval *v = &m->v[i];
        cor_str s = cor_value_plain(ld, v);
        const char *why = s.p == NULL ? "has wildcards" : parse_cidr(s, &v->t);
        if (why != NULL) {
            cor_oops(ld, v->at, "bad-cidr", "write it like 10.0.0.0/8 or fe80::/10", "`%.*s` %s",
                     COR_CUT(v->at->text, 80), why);
            return false;
        }
        v->kind = COR_M_OTHER;
        v->t.op = COR_OP_CIDR;
    }
    return true;
}
