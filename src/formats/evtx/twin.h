/* Definitions met in earlier chunks, told by their bytes without being parsed: every chunk repeats the few its
 * records use.
 *
 * All bytes of a definition are the same in every chunk but where it says a name: that is an offset into the chunk,
 * and the name itself, when it stands there, links to another one. Those are compared by the name's text. Between
 * bxml.c and state.c only. */
#ifndef COR_FORMATS_EVTX_TWIN_H
#define COR_FORMATS_EVTX_TWIN_H

#include "base/arena.h"
#include "formats/evtx/evtx.h"

/* Places of names in one definition: with more it is parsed each time; real ones have 60 at most. */
#define COR_TWIN_NAMES 128u

typedef struct cor_twin cor_twin;
typedef struct cor_twins {
    cor_arena mem;
    cor_twin *first[256]; /* by GUID and size */
} cor_twins;

/* The chunk and where in it a definition stands, from its GUID on, size and all known to lie inside. */
typedef struct cor_twin_at {
    const uint8_t *chunk;
    size_t chunk_n;
    uint32_t def;  /* of the definition's head */
    uint32_t body, size;
} cor_twin_at;

/* The shape of the same definition, and what parsing it spends. NULL: not known. */
cor_bx_shape *cor_twins_find(const cor_twins *t, const cor_twin_at *at, size_t *spent);
/* Keeps one that was parsed, unless there are many; name: where its name offsets stand in the chunk, ascending.
 * False: no memory. */
bool cor_twins_keep(cor_twins *t, const cor_twin_at *at, const uint32_t *name, uint32_t n_name,
                    cor_bx_shape *shape, size_t spent);
/* Forgets all of them. */
void cor_twins_clear(cor_twins *t);
/* Forgets all of them when they have grown large. */
void cor_twins_begin(cor_twins *t);
void cor_twins_free(cor_twins *t);

#endif
