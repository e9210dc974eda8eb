/* One name, two machines: parted by the machine SIDs that their own Security logs tell; host.h says by which rules. */
#include <stdlib.h>

#include "base/alloc.h"
#include "events/host_machine.h"

/* ---- reading ---- */

static bool take_u32(cor_str *s, char before, uint32_t *out)
{
    uint64_t v = 0;
    size_t i = 1;
    if (s->n < 2 || s->p[0] != before)
        return false;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9' && v <= UINT32_MAX; i++)
        v = v * 10 + (uint64_t)(s->p[i] - '0');
    *s = (cor_str){s->p + i, s->n - i};
    *out = (uint32_t)v;
    return i > 1 && v <= UINT32_MAX;
}

/* Of an account's SID S-1-5-21-a-b-c-rid: a, b and c name who made the account, a machine or a domain. */
static bool sid_of(cor_str text, cor_ident_sid *out)
{
    uint32_t rid;
    if (text.n < 8 || memcmp(text.p, "S-1-5-21", 8) != 0)
        return false;
    text = (cor_str){text.p + 8, text.n - 8};
    return take_u32(&text, '-', &out->part[0]) && take_u32(&text, '-', &out->part[1]) &&
           take_u32(&text, '-', &out->part[2]) && take_u32(&text, '-', &rid) && text.n == 0;
}

bool cor_ident_local_sid(cor_str account, cor_str domain, cor_str computer, cor_ident_sid *out)
{
    const char *dot = computer.n == 0 ? NULL : memchr(computer.p, '.', computer.n);
    if (dot != NULL)
        computer.n = (size_t)(dot - computer.p);
    if (computer.n > COR_NETBIOS_MAX) /* in accounts a machine goes by its NetBIOS name */
        computer.n = COR_NETBIOS_MAX;
    return computer.n != 0 && cor_str_ieq(domain, computer) && sid_of(account, out);
}

static int cmp_sid(const cor_ident_sid *x, const cor_ident_sid *y)
{
    for (int i = 0; i < 3; i++)
        if (x->part[i] != y->part[i])
            return x->part[i] < y->part[i] ? -1 : 1;
    return 0;
}

/* The smallest COR_IDENT_SIDS are kept, in order: the same ones whatever order they come in. */
bool cor_ident_row_sid(cor_idents *h, cor_ident_row *r, const cor_ident_sid *sid)
{
    if (r->sids == NULL)
        r->sids = cor_arena_zero(&h->mem, sizeof *r->sids);
    if (r->sids == NULL)
        return false;
    cor_ident_sids *l = r->sids;
    uint32_t at = 0;
    while (at < l->n && cmp_sid(&l->sid[at], sid) < 0)
        at++;
    if (at == COR_IDENT_SIDS || (at < l->n && cmp_sid(&l->sid[at], sid) == 0))
        return true;
    l->n += l->n < COR_IDENT_SIDS;
    memmove(&l->sid[at + 1], &l->sid[at], (l->n - at - 1) * sizeof *sid);
    l->sid[at] = *sid;
    return true;
}

/* ---- parting ---- */

typedef struct claim { /* in this folder the machine of this name has this SID */
    uint32_t node, folder;
    cor_ident_sid sid;
    uint32_t root;     /* index of a claim of the same machine; its own: the first of them */
} claim;

static int by_folder(const void *a, const void *b)
{
    const claim *x = a, *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->folder != y->folder)
        return x->folder < y->folder ? -1 : 1;
    return cmp_sid(&x->sid, &y->sid);
}

static int by_sid(const void *a, const void *b, void *claims)
{
    const claim *x = (const claim *)claims + *(const uint32_t *)a, *y = (const claim *)claims + *(const uint32_t *)b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    int c = cmp_sid(&x->sid, &y->sid);
    return c != 0 ? c : (x > y) - (x < y);
}

static uint32_t root(claim *c, uint32_t i)
{
    while (c[i].root != i) {
        c[i].root = c[c[i].root].root;
        i = c[i].root;
    }
    return i;
}

static void join(claim *c, uint32_t a, uint32_t b)
{
    a = root(c, a);
    b = root(c, b);
    if (a < b)
        c[b].root = a;
    else
        c[a].root = b;
}

/* Claims of one folder are of one machine, whose log outlived its SID; so are claims of one SID. */
static bool join_claims(claim *c, size_t n)
{
    uint32_t *order = cor_alloc(n * sizeof *order);
    if (order == NULL)
        return false;
    qsort(c, n, sizeof *c, by_folder);
    for (uint32_t i = 0; i < n; i++)
        c[i].root = order[i] = i;
    qsort_r(order, n, sizeof *order, by_sid, c);
    for (uint32_t i = 1; i < n; i++) {
        if (c[i].node == c[i - 1].node && c[i].folder == c[i - 1].folder)
            join(c, i, i - 1);
        const claim *x = &c[order[i]], *y = &c[order[i - 1]];
        if (x->node == y->node && cmp_sid(&x->sid, &y->sid) == 0)
            join(c, order[i], order[i - 1]);
    }
    cor_free(order);
    return true;
}

/* A number for each machine of a name that has several. A machine goes by the smallest SID of its claims. */
static bool number_machines(claim *c, size_t n, cor_ident_split *out, uint32_t *machine)
{
    for (size_t i = 0, k; i < n; i += k) {
        size_t roots = 0;
        for (k = 0; i + k < n && c[i + k].node == c[i].node; k++)
            roots += root(c, (uint32_t)(i + k)) == i + k;
        for (size_t j = i; j < i + k; j++) {
            machine[j] = COR_NONE;
            if (roots < 2)
                continue;
            uint32_t r = root(c, (uint32_t)j); /* never behind j */
            if (r == j) {
                machine[j] = (uint32_t)out->n;
                out->machine[out->n++] = (cor_ident_machine){c[j].node, c[j].sid};
                continue;
            }
            machine[j] = machine[r];
            cor_ident_machine *m = &out->machine[machine[r]];
            if (cmp_sid(&c[j].sid, &m->sid) < 0)
                m->sid = c[j].sid;
        }
    }
    return out->n != 0;
}

static size_t claims_of(const cor_idents *h, const uint32_t *folder, const uint32_t *node, claim *out)
{
    size_t n = 0;
    for (size_t i = 0; i < h->row_key.n; i++) {
        const cor_ident_row *r = h->row[i];
        bool own = r->sids != NULL && !h->log[r->log].shared;
        for (uint32_t k = 0; own && k < r->sids->n; k++, n++)
            if (out != NULL)
                out[n] = (claim){node[i], folder[r->log], r->sids->sid[k], 0};
    }
    return n;
}

static void point_rows(const cor_idents *h, const uint32_t *folder, uint32_t *node, uint32_t n_node, const claim *c,
                       size_t n, const uint32_t *machine)
{
    for (size_t i = 0; i < h->row_key.n; i++) {
        const cor_ident_row *r = h->row[i];
        if (h->log[r->log].shared)
            continue;
        size_t lo = 0, hi = n;
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (c[mid].node < node[i] || (c[mid].node == node[i] && c[mid].folder < folder[r->log]))
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo < n && c[lo].node == node[i] && c[lo].folder == folder[r->log] && machine[lo] != COR_NONE)
            node[i] = n_node + machine[lo];
    }
}

bool cor_ident_split_names(const cor_idents *h, const uint32_t *folder, uint32_t *node, uint32_t n_node,
                           cor_ident_split *out)
{
    size_t n = claims_of(h, folder, node, NULL);
    *out = (cor_ident_split){0};
    if (n == 0)
        return true;
    claim *c = cor_alloc(n * sizeof *c);
    uint32_t *machine = cor_alloc(n * sizeof *machine);
    out->machine = cor_alloc(n * sizeof *out->machine);
    bool ok = c != NULL && machine != NULL && out->machine != NULL;
    if (ok) {
        claims_of(h, folder, node, c);
        ok = join_claims(c, n);
    }
    if (ok && number_machines(c, n, out, machine))
        point_rows(h, folder, node, n_node, c, n, machine);
    cor_free(c);
    cor_free(machine);
    return ok;
}
