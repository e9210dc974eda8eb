#ifndef COR_READERS_EVTX_EVTX_H
#define COR_READERS_EVTX_EVTX_H

#include "readers/reader.h"

extern const cor_reader cor_reader_evtx;

#endif
