#include "formats/evtx/state.h"

#include "base/alloc.h"

/* Then the shapes start again: bounds what a forged log can pile up; real fleets need 3 MiB. */
#define SHAPES_MEM_MAX ((size_t)8 << 20)
/* Of a chunk, beyond SPENT_FREE: overlapping definitions and names that everything refers to multiply. */
#define SPENT_MAX ((size_t)4 << 20)

cor_evtx *cor_evtx_new(void)
{
    cor_evtx *x = cor_zalloc(sizeof *x);
    if (x != NULL) {
        cor_arena_init(&x->shapes, (size_t)256 << 10);
        cor_arena_init(&x->record, (size_t)64 << 10);
    }
    return x;
}

void cor_evtx_free(cor_evtx *x)
{
    if (x == NULL)
        return;
    cor_arena_free(&x->shapes);
    cor_arena_free(&x->record);
    cor_arena_free(&x->scratch);
    cor_arena_free(&x->names);
    cor_twins_free(&x->twins);
    cor_buf_free(&x->canon);
    cor_intern_free(&x->known);
    cor_free(x->shape);
    cor_free(x);
}

cor_arena *cor_evtx_shape_mem(cor_evtx *x)
{
    return &x->shapes;
}

cor_arena *cor_evtx_record_mem(cor_evtx *x)
{
    return &x->record;
}

void cor_evtx_begin(cor_evtx *x, const uint8_t *p, size_t n, uint64_t file_off)
{
    x->chunk = p;
    x->chunk_n = n;
    x->file_off = file_off;
    x->stamp++;
    x->spent = 0;
    cor_arena_reset(&x->names);
    if (x->shapes.total + x->known.mem.total > SHAPES_MEM_MAX) {
        cor_arena_reset(&x->shapes);
        cor_intern_free(&x->known);
        cor_twins_clear(&x->twins);
    }
    cor_twins_begin(&x->twins);
}

bool cor_evtx_spend(cor_evtx *x, size_t n)
{
    size_t beyond = n > x->free ? n - x->free : 0;
    x->free -= n - beyond;
    x->spent += beyond; /* sizes come from one chunk: no overflow */
    return beyond == 0 || x->spent <= SPENT_MAX;
}
