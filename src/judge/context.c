#include "judge/context.h"

#include <stdlib.h>

#include "base/address.h"
#include "sigma/yaml.h"

#define ROOM "context"
#define NAME_LONGEST 255 /* bytes of a full computer name in DNS */

/* A computer, address, network or account with what it is for. */
typedef struct entry {
    struct entry *next;
    cor_str name;        /* .n = 0: a network */
    uint8_t net[16];     /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;
    unsigned role;
} entry;

typedef struct maintenance {
    struct maintenance *next;
    cor_time from, to;
    const entry *host;   /* NULL: all */
} maintenance;

struct cor_context {
    const cor_str *host;
    uint32_t n_host;
    entry *place, *account;
    maintenance *maintenance;
};

typedef struct reading {
    cor_arena *mem;
    cor_context *c;
    cor_err *e;
} reading;

#define oops(r, at, ...) cor_fail_at((r)->e, COR_EFORMAT, ROOM, (at)->line, (at)->col, __VA_ARGS__)
#define SHOWN(s) (int)((s).n < 60 ? (s).n : 60), (s).p

/* ---- names ---- */

static bool in_network(const uint8_t a[16], const entry *n)
{
    unsigned whole = n->bits / 8, rest = n->bits % 8;
    return memcmp(a, n->net, whole) == 0 && (rest == 0 || ((a[whole] ^ n->net[whole]) & (0xff00u >> rest) & 0xff) == 0);
}

static cor_str before(cor_str s, char c)
{
    const char *p = s.n == 0 ? NULL : memchr(s.p, c, s.n);
    return (cor_str){s.p, p == NULL ? s.n : (size_t)(p - s.p)};
}

static bool same_host(cor_str a, cor_str b)
{
    cor_str x = before(a, '.'), y = before(b, '.');
    return x.n == a.n || y.n == b.n ? cor_str_ieq(x, y) : cor_str_ieq(a, b);
}

/* The name without its domain, and the domain in *domain ("" where it has none). */
static cor_str account_name(cor_str s, cor_str *domain)
{
    *domain = COR_S("");
    cor_str first = before(s, '\\');
    if (first.n < s.n) {
        *domain = first;
        return (cor_str){s.p + first.n + 1, s.n - first.n - 1};
    }
    first = before(s, '@');
    if (first.n < s.n)
        *domain = (cor_str){s.p + first.n + 1, s.n - first.n - 1};
    return first;
}

static bool same_account(cor_str a, cor_str b)
{
    cor_str da, db, x = account_name(a, &da), y = account_name(b, &db);
    return cor_str_ieq(x, y) && (da.n == 0 || db.n == 0 || same_host(da, db));
}

/* ---- the file ---- */

static const char *kind_name(const cor_ynode *n)
{
    return n->kind == COR_Y_MAP ? "a map" : n->kind == COR_Y_LIST ? "a list" : "a text";
}

/* A text of the file that names something: no blanks, no control characters. */
static cor_code name_of(reading *r, const cor_ynode *n, const char *what, cor_str *out)
{
    if (n->kind != COR_Y_SCALAR)
        return oops(r, n, "%s is wanted here, this is %s", what, kind_name(n));
    if (n->text.n == 0 || cor_yscalar_type(n) == COR_YT_NULL)
        return oops(r, n, "%s is wanted here, this is empty", what);
    if (n->text.n > NAME_LONGEST)
        return oops(r, n, "longer than any name (%d bytes)", NAME_LONGEST);
    for (size_t i = 0; i < n->text.n; i++)
        if ((unsigned char)n->text.p[i] < ' ' || n->text.p[i] == 0x7f || strchr("*?\"<>|,;", n->text.p[i]) != NULL)
            return oops(r, n, "\"%.*s\" is no name: character %zu cannot stand in one", SHOWN(n->text), i + 1);
    *out = cor_arena_str(r->mem, n->text);
    return out->p == NULL ? cor_nomem(r->e, ROOM) : COR_OK;
}

/* Fills an entry whose name is an address or network; a name stays a name. */
static cor_code network_of(reading *r, const cor_ynode *n, entry *x)
{
    cor_str head = before(x->name, '/');
    bool address = cor_address_parse(head, x->net), cut = head.n < x->name.n;
    if (!address) {
        if (cut || memchr(x->name.p, ':', x->name.n) != NULL ||
            (memchr(x->name.p, '.', x->name.n) != NULL && strspn(x->name.p, "0123456789.") == x->name.n))
            return oops(r, n, "\"%.*s\" is neither a name nor an address nor a network such as 10.20.0.0/16",
                        SHOWN(x->name));
        if (memchr(x->name.p, ' ', x->name.n) != NULL || memchr(x->name.p, '\\', x->name.n) != NULL)
            return oops(r, n, "\"%.*s\" is no name of a computer", SHOWN(x->name));
        return COR_OK;
    }
    bool v4 = memchr(head.p, ':', head.n) == NULL;
    unsigned most = v4 ? 32 : 128, bits = most;
    if (cut) {
        const char *tail = x->name.p + head.n + 1; /* the arena's copy ends in a NUL */
        size_t digits = strspn(tail, "0123456789");
        bits = digits == 0 || digits > 3 || tail[digits] != '\0' ? most + 1 : (unsigned)strtoul(tail, NULL, 10);
        if (bits > most)
            return oops(r, n, "\"%.*s\" wants 0 to %u bits behind the slash", SHOWN(x->name), most);
    }
    x->bits = v4 ? bits + 96 : bits;
    for (unsigned i = x->bits; i < 128; i++)
        if ((x->net[i / 8] & (0x80 >> i % 8)) != 0)
            return oops(r, n, "\"%.*s\" has bits set behind the network's part", SHOWN(x->name));
    x->name.n = 0;
    return COR_OK;
}

/* A list of computers (address and network too) or accounts, put before *list. */
static cor_code entries(reading *r, const cor_ynode *n, unsigned role, bool accounts, entry **list)
{
    const char *what = accounts ? "an account" : "a computer";
    if (n->kind != COR_Y_LIST)
        return oops(r, n, "a list is wanted here, like [A, B]; this is %s", kind_name(n));
    for (const cor_ynode *i = n->first; i != NULL; i = i->next) {
        entry *x = cor_arena_zero(r->mem, sizeof *x);
        if (x == NULL)
            return cor_nomem(r->e, ROOM);
        x->role = role;
        cor_code c = name_of(r, i, what, &x->name);
        if (c == COR_OK && !accounts)
            c = network_of(r, i, x);
        if (c != COR_OK)
            return c;
        x->next = *list;
        *list = x;
    }
    return COR_OK;
}

static cor_code read_hosts(reading *r, const cor_ynode *n)
{
    entry *list = NULL;
    cor_code c = entries(r, n, 0, false, &list);
    if (c != COR_OK)
        return c;
    cor_str *host = cor_arena_get(r->mem, (size_t)n->n * sizeof *host);
    if (host == NULL)
        return cor_nomem(r->e, ROOM);
    uint32_t k = n->n; /* the list stands backwards */
    const cor_ynode *item = n->first;
    for (const entry *x = list; x != NULL; x = x->next)
        host[--k] = x->name;
    for (; k < n->n; k++, item = item->next)
        if (host[k].n == 0)
            return oops(r, item, "`hosts` wants names, this is an address");
    r->c->n_host = n->n;
    r->c->host = host;
    return COR_OK;
}

static cor_code read_admin_hosts(reading *r, const cor_ynode *n)
{
    return entries(r, n, COR_ROLE_ADMIN, false, &r->c->place);
}

static cor_code read_scanners(reading *r, const cor_ynode *n)
{
    return entries(r, n, COR_ROLE_SCANNER, false, &r->c->place);
}

static cor_code read_deployment(reading *r, const cor_ynode *n)
{
    return entries(r, n, COR_ROLE_DEPLOYMENT, false, &r->c->place);
}

static cor_code read_time(reading *r, const cor_ynode *map, const char *key, cor_time *out)
{
    const cor_ynode *n = cor_ymap_get(map, key);
    if (n == NULL)
        return oops(r, map, "a maintenance needs `%s`", key);
    if (n->kind != COR_Y_SCALAR || !cor_time_parse(n->text, out, NULL))
        return oops(r, n, "`%s` wants a time like 2026-03-03T20:00:00Z", key);
    return COR_OK;
}

typedef struct key {
    const char *name;
    cor_code (*read)(reading *r, const cor_ynode *n); /* NULL: read by whoever has the map */
    unsigned role;
} key;

/* Every key of the map is one of `known`, once; what their readers say. `known` ends with .name NULL. */
static cor_code keys(reading *r, const cor_ynode *map, const key *known)
{
    if (map->kind != COR_Y_MAP)
        return oops(r, map, "a map is wanted here, with `%s` and others as keys; this is %s", known[0].name,
                    kind_name(map));
    for (const cor_ynode *k = map->first; k != NULL; k = k->next->next) {
        const key *f = known;
        while (f->name != NULL && !cor_str_is(k->text, f->name))
            f++;
        if (f->name == NULL) {
            char all[160] = "";
            for (f = known; f->name != NULL; f++) {
                strcat(all, f == known ? "" : ", ");
                strcat(all, f->name);
            }
            return oops(r, k, "unknown key \"%.*s\"; there are: %s", SHOWN(k->text), all);
        }
        if (k->again)
            return oops(r, k, "`%s` stands here twice", f->name);
        cor_code c = f->role != 0 ? entries(r, k->next, f->role, true, &r->c->account)
                                  : f->read != NULL ? f->read(r, k->next) : COR_OK;
        if (c != COR_OK)
            return c;
    }
    return COR_OK;
}

static cor_code read_accounts(reading *r, const cor_ynode *n)
{
    static const key known[] = {{"admin", NULL, COR_ROLE_ADMIN}, {"scanner", NULL, COR_ROLE_SCANNER},
                                {"deployment", NULL, COR_ROLE_DEPLOYMENT}, {"backup", NULL, COR_ROLE_BACKUP},
                                {NULL, NULL, 0}};
    return keys(r, n, known);
}

static cor_code read_maintenance(reading *r, const cor_ynode *n)
{
    static const key known[] = {{"from", NULL, 0}, {"to", NULL, 0}, {"hosts", NULL, 0}, {NULL, NULL, 0}};
    if (n->kind != COR_Y_LIST)
        return oops(r, n, "a list of maintenances is wanted here; this is %s", kind_name(n));
    for (const cor_ynode *i = n->first; i != NULL; i = i->next) {
        maintenance *m = cor_arena_zero(r->mem, sizeof *m);
        if (m == NULL)
            return cor_nomem(r->e, ROOM);
        cor_code c = keys(r, i, known);
        if (c == COR_OK)
            c = read_time(r, i, "from", &m->from);
        if (c == COR_OK)
            c = read_time(r, i, "to", &m->to);
        if (c == COR_OK && m->to < m->from)
            c = oops(r, i, "this maintenance ends before it begins");
        const cor_ynode *hosts = cor_ymap_get(i, "hosts");
        entry *list = NULL;
        if (c == COR_OK && hosts != NULL) {
            c = entries(r, hosts, 0, false, &list);
            if (c == COR_OK && list == NULL)
                c = oops(r, hosts, "`hosts` is empty: leave it out when all hosts are meant");
        }
        if (c != COR_OK)
            return c;
        m->host = list;
        m->next = r->c->maintenance;
        r->c->maintenance = m;
    }
    return COR_OK;
}

cor_code cor_context_read(cor_str text, cor_arena *mem, cor_context **out, cor_err *e)
{
    static const key known[] = {{"hosts", read_hosts, 0}, {"admin_hosts", read_admin_hosts, 0},
        {"scanners", read_scanners, 0},
                                {"deployment", read_deployment, 0}, {"accounts", read_accounts, 0},
                                {"maintenance", read_maintenance, 0}, {NULL, NULL, 0}};
    reading r = {mem, cor_arena_zero(mem, sizeof(cor_context)), e};
    cor_yaml *y = r.c == NULL ? NULL : cor_yaml_open(text);
    if (y == NULL)
        return cor_nomem(e, ROOM);
    cor_arena tree = {0};
    cor_ynode *root = NULL, *more = NULL;
    cor_code c = cor_yaml_next(y, &tree, &root, e);
    if (c == COR_OK && root != NULL && !(root->kind == COR_Y_SCALAR && cor_yscalar_type(root) == COR_YT_NULL))
        c = keys(&r, root, known);
    if (c == COR_OK && root != NULL)
        c = cor_yaml_next(y, &tree, &more, e);
    if (c == COR_OK && more != NULL)
        c = oops(&r, more, "a second document begins here; a context is one");
    cor_yaml_close(y);
    cor_arena_free(&tree);
    *out = c == COR_OK ? r.c : NULL;
    return c;
}

/* ---- questions ---- */

static bool speaks_of(const entry *x, cor_str host, bool address, const uint8_t a[16])
{
    return x->name.n == 0 ? address && in_network(a, x) : !address && same_host(x->name, host);
}

unsigned cor_context_roles(const cor_context *c, cor_str host_or_address)
{
    uint8_t a[16];
    bool address = cor_address_parse(host_or_address, a);
    unsigned roles = 0;
    for (const entry *x = c == NULL ? NULL : c->place; x != NULL; x = x->next)
        if (speaks_of(x, host_or_address, address, a))
            roles |= x->role;
    return roles;
}

unsigned cor_context_account_roles(const cor_context *c, cor_str account)
{
    unsigned roles = 0;
    for (const entry *x = c == NULL ? NULL : c->account; x != NULL; x = x->next)
        if (same_account(x->name, account))
            roles |= x->role;
    return roles;
}

bool cor_context_maintenance(const cor_context *c, cor_str host, cor_time t)
{
    uint8_t a[16];
    bool address = cor_address_parse(host, a);
    for (const maintenance *m = c == NULL || t == COR_NOTIME ? NULL : c->maintenance; m != NULL; m = m->next) {
        if (t < m->from || t > m->to)
            continue;
        if (m->host == NULL)
            return true;
        for (const entry *x = m->host; x != NULL; x = x->next)
            if (speaks_of(x, host, address, a))
                return true;
    }
    return false;
}

uint32_t cor_context_hosts(const cor_context *c, const cor_str **host)
{
    *host = c == NULL ? NULL : c->host;
    return c == NULL ? 0 : c->n_host;
}
