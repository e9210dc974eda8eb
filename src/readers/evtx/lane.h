/* The fast way from a record to its line: per shape and format a short program of literals and holes, made once.
 * Anything unusual, in the shape or in a record's values, is left to the tree (totree.h); both give the same bytes. */
#ifndef COR_READERS_EVTX_LANE_H
#define COR_READERS_EVTX_LANE_H

#include "events/tree.h"
#include "formats/evtx/evtx.h"
#include "formats/print.h"

/* Appends the record's line; *done false (and nothing appended): render its tree. */
cor_code cor_evtx_lane(cor_evtx *x, cor_printer *pr, cor_bx_inst *inst, cor_format fmt, cor_buf *out, bool *done,
                       cor_err *e);

#endif
