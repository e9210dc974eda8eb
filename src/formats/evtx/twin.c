#include "formats/evtx/twin.h"

#include "base/cursor.h"
#include "base/hash.h"

#define MEM_MAX ((size_t)2 << 20)   /* then they are forgotten; a host's logs need less than 1 MiB */
#define BODY_MAX ((size_t)16 << 10) /* larger definitions are parsed each time; real ones have 2 KiB */
#define VARIANTS_MAX 8u /* of one GUID and size: names stand in it or elsewhere; others are parsed each time */

typedef struct place {
    uint32_t at;      /* of the name's offset, in the body */
    bool here;        /* the name stands behind it: its link to another name comes first */
    cor_str text;     /* else: in UTF-16 */
} place;

struct cor_twin {
    cor_twin *next;
    cor_bx_shape *shape;
    size_t spent;
    uint8_t guid[16];
    cor_str body;
    place *name;
    uint32_t n_name;
};

static uint32_t slot_of(const cor_twin_at *at)
{
    return (uint32_t)(cor_hash(at->chunk + at->def + 4, 16) + at->size * 31u) % COR_LEN(((cor_twins *)0)->first);
}

/* The text of the name at a chunk offset, .p NULL when none can stand there. */
static cor_str name_text(const cor_twin_at *at, uint32_t off)
{
    if (off > at->chunk_n || at->chunk_n - off < 8)
        return (cor_str){NULL, 0};
    size_t units = cor_ld16(at->chunk + off + 6);
    if ((at->chunk_n - off - 8) / 2 < units)
        return (cor_str){NULL, 0};
    return (cor_str){(const char *)at->chunk + off + 8, 2 * units};
}

static bool same(const cor_twin *t, const cor_twin_at *at)
{
    const uint8_t *body = at->chunk + at->body;
    if (t->body.n != at->size || memcmp(t->guid, at->chunk + at->def + 4, sizeof t->guid) != 0)
        return false;
    size_t from = 0;
    for (uint32_t i = 0; i < t->n_name; i++) {
        const place *p = &t->name[i];
        if (memcmp(t->body.p + from, body + from, p->at - from) != 0)
            return false;
        uint32_t off = cor_ld32(body + p->at);
        if ((off == at->body + p->at + 4) != p->here)
            return false;
        cor_str text = p->here ? p->text : name_text(at, off);
        if (text.n != p->text.n || (text.p == NULL && !p->here) || (!p->here && memcmp(text.p, p->text.p, text.n) != 0))
            return false;
        from = p->at + (p->here ? 8u : 4u);
    }
    return memcmp(t->body.p + from, body + from, at->size - from) == 0;
}

cor_bx_shape *cor_twins_find(const cor_twins *t, const cor_twin_at *at, size_t *spent)
{
    for (const cor_twin *w = t->first[slot_of(at)]; w != NULL; w = w->next)
        if (same(w, at)) {
            *spent = w->spent;
            return w->shape;
        }
    return NULL;
}

bool cor_twins_keep(cor_twins *t, const cor_twin_at *at, const uint32_t *name, uint32_t n_name,
                    cor_bx_shape *shape, size_t spent)
{
    cor_twin **first = &t->first[slot_of(at)];
    uint32_t variants = 0;
    if (at->size > BODY_MAX || t->mem.total > MEM_MAX)
        return true;
    for (const cor_twin *w = *first; w != NULL; w = w->next)
        variants++;
    if (variants >= VARIANTS_MAX)
        return true;
    cor_twin *w = cor_arena_zero(&t->mem, sizeof *w);
    if (w == NULL || (w->name = cor_arena_zero(&t->mem, n_name * sizeof *w->name)) == NULL)
        return false;
    for (uint32_t i = 0; i < n_name; i++) {
        uint32_t off = cor_ld32(at->chunk + name[i]);
        place *p = &w->name[i];
        p->at = name[i] - at->body;
        p->here = off == name[i] + 4;
        if (!p->here) {
            p->text = cor_arena_str(&t->mem, name_text(at, off));
            if (p->text.p == NULL)
                return false;
        }
    }
    w->body = cor_arena_str(&t->mem, (cor_str){(const char *)at->chunk + at->body, at->size});
    if (w->body.p == NULL)
        return false;
    memcpy(w->guid, at->chunk + at->def + 4, sizeof w->guid);
    w->n_name = n_name;
    w->shape = shape;
    w->spent = spent;
    w->next = *first;
    *first = w;
    return true;
}

void cor_twins_clear(cor_twins *t)
{
    cor_arena_free(&t->mem);
    memset(t->first, 0, sizeof t->first);
}

void cor_twins_begin(cor_twins *t)
{
    if (t->mem.total > MEM_MAX)
        cor_twins_clear(t);
}

void cor_twins_free(cor_twins *t)
{
    cor_arena_free(&t->mem);
}
