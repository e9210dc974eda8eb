/* Are the values of a registry key Qakbot's configuration (sign INS1)? Their names tell, without the data and
 * without knowing the host: each name can be taken back to 32 bits of which 24 depend on the host alone
 * (formats/qakbot/regnames.h), so that all names of one key agree in 24 bits. Names of any other origin agree in
 * them by chance, once in 16 million for two.
 *
 * How many must agree depends on how many names the key has: so many that the chance of any such group among them
 * stays below 10^-9. That is three of up to 120 names, four of up to some thousands, and never fewer than three. */
#ifndef COR_JUDGE_REGPROOF_H
#define COR_JUDGE_REGPROOF_H

#include "base/base.h"

typedef struct cor_regproof {
    bool proved;
    uint32_t names;     /* different names of the right form among those given */
    uint32_t agree;     /* the largest group that agrees */
    uint32_t needed;    /* how many would have proved it */
    uint32_t host;      /* the 24 bits of the group, for comparing keys: the same host and user give the same ones */
} cor_regproof;

/* Names of the values of one key, the last part of each path. Fails for want of memory only. */
cor_code cor_regproof_of(const cor_str *name, size_t n, cor_regproof *out, cor_err *e);

#endif
