/* Hashes. cor_hash is keyed (per process, random), for tables whose keys come from evidence: a forged log cannot aim at
 * one bucket. Its value never reaches any output (law 2). cor_digest is SHA-256, for names that must be the same
 * everywhere. */
#ifndef COR_BASE_HASH_H
#define COR_BASE_HASH_H

#include "base/base.h"

uint64_t cor_hash(const void *p, size_t n);

#define COR_SHA256_SIZE 32
typedef struct cor_digest cor_digest; /* a running SHA-256 */
cor_digest *cor_digest_new(void);     /* NULL when there is no memory */
void cor_digest_add(cor_digest *d, const void *p, size_t n);
void cor_digest_end(cor_digest *d, uint8_t out[COR_SHA256_SIZE]); /* and ready for the next message */
void cor_digest_free(cor_digest *d);
/* Lower-case hex of n bytes into out[2n + 1]. */
void cor_hex(const uint8_t *p, size_t n, char *out);

#endif
