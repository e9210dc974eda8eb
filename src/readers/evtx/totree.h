/* A record's binary XML as the event tree that text formats use too: holes filled, nested instances in place, elements
 * whose value is absent left out, arrays as repeated elements. */
#ifndef COR_READERS_EVTX_TOTREE_H
#define COR_READERS_EVTX_TOTREE_H

#include "events/tree.h"
#include "formats/evtx/evtx.h"

/* In the record memory of x. */
cor_code cor_evtx_tree(cor_evtx *x, cor_bx_inst *inst, cor_elem **root, cor_err *e);
/* Whether JSON shows the value bare: whole numbers and true/false. */
bool cor_evtx_bare(cor_val v);

#endif
