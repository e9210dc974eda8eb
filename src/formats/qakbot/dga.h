/* The domains that Qakbot generated until about 2020, to find a server by the date alone. Each month has three periods
 * (days 1-10, 11-20, 21-end); a period, a seed of the configuration (0 and 1 are known) and a flag (1: the sample
 * thinks that it is being watched) give a list of 5000 names. Facts after J. Bader's analysis; checked against lists
 * that it published (tests/unit/formats/test_qakbot.c). */
#ifndef COR_FORMATS_QAKBOT_DGA_H
#define COR_FORMATS_QAKBOT_DGA_H

#include "base/base.h"

#define COR_DGA_NAMES 5000    /* of one list */
#define COR_DGA_NAME_ROOM 30  /* 25 letters, a full stop, a top-level domain of 4 */

/* Could this be such a name: 8 to 25 letters and com, net, org, info or biz; a full stop at the end and letter case do
 * not matter. Cheap, for whoever meets millions of names; most names of this shape are nobody's but their owner's. */
bool cor_dga_shape(cor_str name);

typedef struct cor_dga_gen {
    uint32_t mt[624];
    unsigned at;
} cor_dga_gen;

/* period: 0, 1 or 2; month from 1 */
void cor_dga_begin(cor_dga_gen *g, int32_t year, unsigned month, unsigned period, uint32_t seed, uint32_t flag);
/* The list's next name in small letters; returns its length, no NUL follows. */
size_t cor_dga_next(cor_dga_gen *g, char out[COR_DGA_NAME_ROOM]);

#endif
