/* Between chunk.c and bxml.c: binary XML needs the bytes of the chunk it stands in. */
#ifndef COR_FORMATS_EVTX_BEGIN_H
#define COR_FORMATS_EVTX_BEGIN_H

#include "formats/evtx/evtx.h"

void cor_evtx_begin(cor_evtx *x, const uint8_t *p, size_t n, uint64_t file_off);

#endif
