/* Event values straight to folded inner text, the hot path's own way: the bytes of cor_fold_utf8(cor_val_text(v)). */
#ifndef COR_SIGMA_FOLD_H
#define COR_SIGMA_FOLD_H

#include "base/arena.h"
#include "formats/value.h"
#include "sigma/scan.h"

#define COR_FOLD_PAD COR_SCAN_PAD

/* v must not be an array. .p NULL: no memory. */
cor_str cor_fold_val(cor_arena *mem, cor_val v);
/* Folded copy of inner text, padded. */
cor_str cor_fold_text(cor_arena *mem, cor_str s);

#endif
