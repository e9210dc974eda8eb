/* What programs of Windows take for the dash of an option: the five of `windash`. */
#ifndef COR_SIGMA_DASH_H
#define COR_SIGMA_DASH_H

#include "base/base.h"

#define COR_DASHES 5
extern const char *const cor_dash[COR_DASHES]; /* "-" first */

/* Bytes of the dash that stands at i of s; 0: none does. */
size_t cor_dash_at(cor_str s, size_t i);
/* The same text but for which dashes it has. */
bool cor_dash_same(cor_str a, cor_str b);

#endif
