/* Whether what cor_evtx_view_bytes tells of a record is true of its values. */
#ifndef COR_TESTS_EVTX_BYTES_H
#define COR_TESTS_EVTX_BYTES_H

#include "readers/evtx/view.h"

typedef enum bytes_said { BYTES_NOTHING, BYTES_TRUE, BYTES_WRONG } bytes_said;

/* Behind cor_evtx_view_record. Reads the fields in any case: what is told of later records is learnt there. */
static inline bytes_said bytes_of(cor_evtx_viewer *v, cor_event *ev)
{
    cor_str raw;
    cor_err e;
    bool told = cor_evtx_view_bytes(v, &raw);
    cor_code rc = cor_evtx_view_fields(v, ev, &e);
    if (!told)
        return BYTES_NOTHING;
    if (rc != COR_OK)
        return BYTES_WRONG; /* damage would go untold */
    for (uint32_t i = 0; i < ev->layout->n; i++) {
        cor_val x = ev->val[i];
        size_t at = (uintptr_t)x.p - (uintptr_t)raw.p;
        switch (x.type & ~COR_V_ARRAY) {
        case COR_V_UTF16:
            if (at > raw.n || x.len > raw.n - at)
                return BYTES_WRONG;
            break;
        case COR_V_ANSI: case COR_V_UTF8: case COR_V_F32: case COR_V_F64: case COR_V_BOOL: case COR_V_BXML:
            return BYTES_WRONG;
        default:
            break;
        }
    }
    return BYTES_TRUE;
}

#endif
