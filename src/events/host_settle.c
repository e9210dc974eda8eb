/* From rows to hosts; host.h says by which rules. A name folded is a node here; every row gets the node of its
 * machine's newest name, step by step, and the nodes left over are the hosts. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "events/host_machine.h"

/* Renames followed in a row. A circle (renamed there and back, each in another log) is given up. */
#define STEPS_MAX 64

typedef struct span { /* of one node in one log */
    uint32_t node;
    uint64_t min, max;
} span;

typedef struct edge { /* in this folder (or anywhere, for folder COR_NONE), `from` is followed by `to` */
    uint32_t folder, from, to;
} edge;

typedef struct edges {
    edge *p;
    size_t n, cap;
} edges;

typedef struct settler {
    cor_idents *h;
    cor_intern node;     /* folded names */
    cor_intern part;     /* folders, short names */
    uint32_t *of;        /* node by computer */
    uint32_t *spelled;   /* a computer by node: the bytewise first spelling */
    uint32_t *short_no;  /* by node: the number of its short name in part */
    bool *full;          /* by node: it has a suffix */
    uint32_t *folder;    /* by log */
    uint32_t *target;    /* by row: a node */
    size_t *order;       /* rows by log */
    edges renames;       /* by folder */
    edges moves;         /* suffix changed: everywhere */
    edges fulls;         /* (folder or COR_NONE, short name) -> full name in use */
    uint32_t *by_node;   /* target of a node in shared logs */
    cor_ident_split split; /* machines of one name: nodes behind those of the names */
} settler;

/* ---- edges ---- */

static bool add_edge(edges *e, edge x)
{
    edge *p = cor_grow(e->p, &e->cap, e->n + 1, sizeof *p);
    if (p == NULL)
        return false;
    e->p = p;
    p[e->n++] = x;
    return true;
}

static int cmp_from(const edge *x, const edge *y)
{
    if (x->folder != y->folder)
        return x->folder < y->folder ? -1 : 1;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : 0;
}

static int cmp_edge(const void *a, const void *b)
{
    const edge *x = a, *y = b;
    int c = cmp_from(x, y);
    return c != 0 ? c : (x->to > y->to) - (x->to < y->to);
}

static void sort_edges(edges *e)
{
    if (e->n > 0)
        qsort(e->p, e->n, sizeof *e->p, cmp_edge);
}

/* The only `to`; COR_NONE when there is none or several. */
static uint32_t only(const edges *e, uint32_t folder, uint32_t from)
{
    const edge key = {folder, from, 0};
    size_t lo = 0, hi = e->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cmp_from(&e->p[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    uint32_t to = COR_NONE;
    for (; lo < e->n && cmp_from(&e->p[lo], &key) == 0; lo++) {
        if (to != COR_NONE && to != e->p[lo].to)
            return COR_NONE;
        to = e->p[lo].to;
    }
    return to;
}

static uint32_t follow(const edges *e, uint32_t folder, uint32_t node)
{
    uint32_t at = node;
    for (int i = 0; i < STEPS_MAX; i++) {
        uint32_t next = only(e, folder, at);
        if (next == COR_NONE)
            return at;
        at = next;
    }
    return node;
}

/* ---- names ---- */

/* Bytes of the short name: up to the first dot. Addresses and odd names are whole. */
static size_t short_len(cor_str s)
{
    const char *dot = s.n == 0 ? NULL : memchr(s.p, '.', s.n);
    if (dot == NULL || dot == s.p)
        return s.n;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9'))
            return (size_t)(dot - s.p);
    return s.n;
}

static bool fold_names(settler *s)
{
    const cor_intern *c = &s->h->computer;
    cor_buf b = {0};
    bool ok = true;
    for (size_t i = 0; i < c->n && ok; i++) {
        cor_buf_clear(&b);
        cor_fold_utf8(c->str[i], &b);
        s->of[i] = cor_buf_ok(&b) ? cor_intern_add(&s->node, cor_buf_view(&b)) : COR_NONE;
        ok = s->of[i] != COR_NONE;
    }
    cor_buf_free(&b);
    s->spelled = cor_alloc(s->node.n * sizeof(uint32_t));
    s->short_no = cor_alloc(s->node.n * sizeof(uint32_t));
    s->full = cor_zalloc(s->node.n);
    s->by_node = cor_alloc(s->node.n * sizeof(uint32_t));
    if (!ok || s->spelled == NULL || s->short_no == NULL || s->full == NULL || s->by_node == NULL)
        return false;
    memset(s->spelled, 0xff, s->node.n * sizeof(uint32_t));
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t *best = &s->spelled[s->of[i]];
        if (*best == COR_NONE || cor_str_cmp(c->str[i], c->str[*best]) < 0)
            *best = i;
    }
    for (size_t k = 0; k < s->node.n && ok; k++) {
        cor_str name = s->node.str[k];
        size_t n = short_len(name);
        s->full[k] = n < name.n;
        s->short_no[k] = cor_intern_add(&s->part, (cor_str){name.p, n});
        ok = s->short_no[k] != COR_NONE;
    }
    return ok;
}

static bool find_folders(settler *s)
{
    for (size_t i = 0; i < s->h->log_key.n; i++) {
        cor_str input = s->h->text.str[s->h->log[i].input];
        size_t n = input.n;
        while (n > 0 && input.p[n - 1] != '/' && input.p[n - 1] != '!')
            n--;
        s->folder[i] = cor_intern_add(&s->part, (cor_str){input.p, n});
        if (s->folder[i] == COR_NONE)
            return false;
    }
    return true;
}

/* ---- one log ---- */

static int by_min(const void *a, const void *b)
{
    const span *x = a, *y = b;
    return x->min != y->min ? (x->min < y->min ? -1 : 1) : (x->node > y->node) - (x->node < y->node);
}

/* What each node has of a log; letter cases of a name are one. At most COR_IDENT_RENAMES rows: more make a log
 * shared. */
static size_t spans_of(const settler *s, const size_t *row, size_t n, span *out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const cor_ident_row *r = s->h->row[row[i]];
        size_t at = 0;
        while (at < k && out[at].node != s->of[r->computer])
            at++;
        if (at == k)
            out[k++] = (span){s->of[r->computer], UINT64_MAX, 0};
        out[at].min = r->id_min < out[at].min ? r->id_min : out[at].min;
        out[at].max = r->id_max > out[at].max ? r->id_max : out[at].max;
    }
    qsort(out, k, sizeof *out, by_min);
    return k;
}

static bool settle_log(settler *s, uint32_t log, const size_t *row, size_t n)
{
    cor_ident_log *l = &s->h->log[log];
    cor_str channel = s->h->text.str[l->channel];
    if (s->h->logs_cut || channel.n == 0 || cor_str_ieq(channel, COR_S("ForwardedEvents")))
        l->shared = true;
    if (l->shared)
        return true;
    span sp[COR_IDENT_RENAMES];
    size_t k = spans_of(s, row, n, sp);
    for (size_t i = 1; i < k; i++)
        l->shared = l->shared || (sp[i].min <= sp[i].max && sp[i].min <= sp[i - 1].max);
    if (l->shared)
        return true;
    uint32_t newest[COR_IDENT_RENAMES];
    for (size_t i = k; i-- > 0;) {
        bool renamed = i + 1 < k && sp[i].min <= sp[i].max && sp[i + 1].min <= sp[i + 1].max &&
                       sp[i].max + 1 == sp[i + 1].min;
        newest[i] = renamed ? newest[i + 1] : sp[i].node;
        if (!renamed)
            continue;
        uint32_t from = sp[i].node, to = sp[i + 1].node;
        if (!add_edge(&s->renames, (edge){s->folder[log], from, to}))
            return false;
        bool moved = s->full[from] && s->full[to] && s->short_no[from] == s->short_no[to];
        if (moved && !add_edge(&s->moves, (edge){COR_NONE, from, to}))
            return false;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            if (sp[j].node == s->of[s->h->row[row[i]]->computer])
                s->target[row[i]] = newest[j];
    return true;
}

static int by_log(const void *a, const void *b, void *rows)
{
    cor_ident_row *const *r = rows;
    const cor_ident_row *x = r[*(const size_t *)a], *y = r[*(const size_t *)b];
    if (x->log != y->log)
        return x->log < y->log ? -1 : 1;
    return (x->computer > y->computer) - (x->computer < y->computer);
}

static bool settle_logs(settler *s)
{
    size_t n = s->h->row_key.n;
    for (size_t i = 0; i < n; i++) {
        s->order[i] = i;
        s->target[i] = s->of[s->h->row[i]->computer];
    }
    if (n > 0)
        qsort_r(s->order, n, sizeof *s->order, by_log, s->h->row);
    for (size_t i = 0, k; i < n; i += k) {
        uint32_t log = s->h->row[s->order[i]]->log;
        for (k = 1; i + k < n && s->h->row[s->order[i + k]]->log == log;)
            k++;
        if (!settle_log(s, log, s->order + i, k))
            return false;
    }
    sort_edges(&s->renames);
    sort_edges(&s->moves);
    return true;
}

/* ---- over logs ---- */

static bool shared(const settler *s, size_t row)
{
    return s->h->log[s->h->row[row]->log].shared;
}

static bool follow_renames(settler *s)
{
    for (uint32_t k = 0; k < s->node.n; k++)
        s->by_node[k] = follow(&s->moves, COR_NONE, k);
    for (size_t i = 0; i < s->h->row_key.n; i++) {
        uint32_t *t = &s->target[i], folder = s->folder[s->h->row[i]->log];
        if (shared(s, i))
            *t = s->by_node[s->of[s->h->row[i]->computer]];
        else
            *t = s->by_node[follow(&s->renames, folder, *t)];
        if (!s->full[*t])
            continue;
        if (!add_edge(&s->fulls, (edge){COR_NONE, s->short_no[*t], *t}) ||
            (!shared(s, i) && !add_edge(&s->fulls, (edge){folder, s->short_no[*t], *t})))
            return false;
    }
    sort_edges(&s->fulls);
    return true;
}

static void complete_short_names(settler *s)
{
    for (uint32_t k = 0; k < s->node.n; k++) {
        uint32_t whole = s->full[s->by_node[k]] ? COR_NONE : only(&s->fulls, COR_NONE, s->short_no[s->by_node[k]]);
        if (whole != COR_NONE)
            s->by_node[k] = whole;
    }
    for (size_t i = 0; i < s->h->row_key.n; i++) {
        uint32_t *t = &s->target[i];
        if (s->full[*t])
            continue;
        uint32_t whole = only(&s->fulls, COR_NONE, s->short_no[*t]);
        if (whole == COR_NONE && !shared(s, i))
            whole = only(&s->fulls, s->folder[s->h->row[i]->log], s->short_no[*t]);
        if (whole != COR_NONE)
            *t = whole;
    }
}

/* ---- hosts ---- */

typedef struct host_of {
    uint32_t node;
    cor_str name;
} host_of;

static int by_host_name(const void *a, const void *b)
{
    const host_of *x = a, *y = b;
    int c = cor_str_cmp(x->name, y->name);
    return c != 0 ? c : (x->node > y->node) - (x->node < y->node);
}

/* The name's node of a machine's. */
static uint32_t named(const settler *s, uint32_t node)
{
    return node < s->node.n ? node : s->split.machine[node - s->node.n].node;
}

static cor_str name_of(settler *s, uint32_t node, bool whole)
{
    cor_str name = s->h->computer.str[s->spelled[named(s, node)]];
    if (!whole)
        name.n = short_len(name);
    if (node < s->node.n) {
        name = cor_arena_str(&s->h->mem, name);
    } else {
        const uint32_t *sid = s->split.machine[node - s->node.n].sid.part;
        name = cor_arena_fmt(&s->h->mem, "%.*s (S-1-5-21-%u-%u-%u)", COR_STR_FMT(name), sid[0], sid[1], sid[2]);
    }
    for (size_t i = 0; name.p != NULL && i < name.n; i++)
        if (name.p[i] >= 'a' && name.p[i] <= 'z')
            ((char *)(uintptr_t)name.p)[i] = (char)(name.p[i] - 32);
    return name;
}

/* Fills h->host with the nodes in use, by name, and host_no by node. */
static bool name_hosts(settler *s, uint32_t *host_no)
{
    cor_idents *h = s->h;
    uint32_t *same = cor_zalloc(s->part.n * sizeof *same); /* hosts by short name */
    host_of *list = cor_alloc((s->node.n + s->split.n) * sizeof *list);
    bool ok = same != NULL && list != NULL;
    memset(host_no, 0xff, (s->node.n + s->split.n) * sizeof *host_no);
    size_t n = 0;
    for (size_t i = 0; ok && i < h->row_key.n; i++) {
        uint32_t t = s->target[i];
        if (host_no[t] != COR_NONE)
            continue;
        host_no[t] = 0;
        list[n++].node = t;
        same[s->short_no[named(s, t)]]++;
    }
    for (size_t i = 0; ok && i < n; i++) {
        list[i].name = name_of(s, list[i].node, same[s->short_no[named(s, list[i].node)]] > 1);
        ok = list[i].name.p != NULL;
    }
    h->host = cor_arena_zero(&h->mem, n * sizeof *h->host);
    ok = ok && h->host != NULL;
    if (ok && n > 0)
        qsort(list, n, sizeof *list, by_host_name);
    for (size_t i = 0; ok && i < n; i++) {
        host_no[list[i].node] = (uint32_t)i;
        h->host[i] = (cor_ident){.name = list[i].name, .first = COR_NOTIME, .last = COR_NOTIME};
    }
    h->n_host = n;
    cor_free(same);
    cor_free(list);
    return ok;
}

static void count(cor_ident *to, const cor_ident_row *r)
{
    to->records += r->records;
    if (r->first != COR_NOTIME && (to->first == COR_NOTIME || r->first < to->first))
        to->first = r->first;
    to->last = r->last > to->last ? r->last : to->last;
}

static int by_host_spelling(const void *a, const void *b, void *names)
{
    const edge *x = a, *y = b;
    const cor_str *str = names;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : cor_str_cmp(str[x->to], str[y->to]);
}

static bool fill_hosts(settler *s, const uint32_t *host_no)
{
    cor_idents *h = s->h;
    edges names = {0}; /* host -> spelling */
    bool ok = true;
    for (size_t i = 0; i < h->row_key.n && ok; i++) {
        cor_ident_row *r = h->row[i];
        r->host = host_no[s->target[i]];
        count(&h->host[r->host], r);
        ok = add_edge(&names, (edge){0, r->host, r->computer});
    }
    for (size_t i = 0; i < h->computer.n; i++)
        h->by_name[i] = host_no[s->by_node[s->of[i]]];
    if (names.n > 0)
        qsort_r(names.p, names.n, sizeof *names.p, by_host_spelling, h->computer.str);
    cor_str *spelled = cor_arena_get(&h->mem, names.n * sizeof *spelled);
    ok = ok && spelled != NULL;
    for (size_t i = 0; i < names.n && ok; i++) {
        cor_ident *t = &h->host[names.p[i].from];
        if (i > 0 && names.p[i].from == names.p[i - 1].from && names.p[i].to == names.p[i - 1].to)
            continue;
        if (t->n_spelled++ == 0)
            t->spelled = spelled;
        *spelled++ = h->computer.str[names.p[i].to];
    }
    cor_free(names.p);
    return ok;
}

static bool settle(settler *s)
{
    cor_idents *h = s->h;
    s->of = cor_alloc(h->computer.n * sizeof(uint32_t));
    s->folder = cor_alloc(h->log_key.n * sizeof(uint32_t));
    s->target = cor_alloc(h->row_key.n * sizeof(uint32_t));
    s->order = cor_alloc(h->row_key.n * sizeof(size_t));
    h->by_name = cor_alloc(h->computer.n * sizeof(uint32_t));
    if (s->of == NULL || s->folder == NULL || s->target == NULL || s->order == NULL || h->by_name == NULL)
        return false;
    if (!fold_names(s) || !find_folders(s) || !settle_logs(s) || !follow_renames(s))
        return false;
    complete_short_names(s);
    if (!cor_ident_split_names(h, s->folder, s->target, (uint32_t)s->node.n, &s->split))
        return false;
    uint32_t *host_no = cor_alloc((s->node.n + s->split.n) * sizeof *host_no);
    bool ok = host_no != NULL && name_hosts(s, host_no) && fill_hosts(s, host_no);
    cor_free(host_no);
    return ok;
}

cor_code cor_idents_settle(cor_idents *h, cor_err *e)
{
    settler s = {.h = h};
    bool ok = settle(&s);
    cor_intern_free(&s.node);
    cor_intern_free(&s.part);
    cor_free(s.of);
    cor_free(s.spelled);
    cor_free(s.short_no);
    cor_free(s.full);
    cor_free(s.folder);
    cor_free(s.target);
    cor_free(s.order);
    cor_free(s.renames.p);
    cor_free(s.moves.p);
    cor_free(s.fulls.p);
    cor_free(s.by_node);
    cor_free(s.split.machine);
    return ok ? COR_OK : cor_nomem(e, "hosts");
}
