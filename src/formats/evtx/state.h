/* What a thread keeps while it reads event logs: shapes over all chunks, names and definitions of the chunk in work.
 * Between state.c, chunk.c and bxml.c only. */
#ifndef COR_FORMATS_EVTX_STATE_H
#define COR_FORMATS_EVTX_STATE_H

#include "base/intern.h"
#include "formats/evtx/evtx.h"
#include "formats/evtx/twin.h"

/* bytes of memory for each byte of a record that cost nothing of its chunk's: real ones need 35 at most */
#define SPENT_FREE 64u
#define DEF_SLOTS 1024u
#define NAME_SLOTS 256u /* names of a chunk seen so far: most definitions of a chunk use the same ones */

struct cor_evtx {
    cor_arena shapes;          /* shapes and what consumers hang on them */
    cor_arena record;          /* scratch of one record */
    cor_arena scratch;         /* scratch of one definition */
    cor_buf canon;
    cor_intern known;          /* canonical forms */
    cor_bx_shape **shape;      /* by number in `known` */
    size_t shape_cap;
    const uint8_t *chunk;
    size_t chunk_n;
    uint64_t file_off;
    /* definitions of this chunk, by offset */
    struct { uint32_t off; uint32_t stamp; cor_bx_shape *shape; } def[DEF_SLOTS];
    struct { uint32_t off, stamp, units; cor_str text; } name[NAME_SLOTS]; /* text in `names` */
    cor_twins twins;           /* definitions of earlier chunks; their shapes are in `shapes` */
    /* where the definition in work says names; more than fit are only counted */
    uint32_t place[COR_TWIN_NAMES], n_place;
    cor_arena names;
    uint32_t stamp;
    /* memory that the record may still be spelled out into, and what the chunk took beyond it */
    size_t free, spent;
};

/* The chunk in work: binary XML needs the bytes it stands in. */
void cor_evtx_begin(cor_evtx *x, const uint8_t *p, size_t n, uint64_t file_off);

#endif
