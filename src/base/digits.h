/* Numbers as digits, without printf: they are written millions of times. */
#ifndef COR_BASE_DIGITS_H
#define COR_BASE_DIGITS_H

#include "base/base.h"

#define COR_U64_DIGITS 20 /* of 2^64 - 1 */

/* Decimal, at most COR_U64_DIGITS bytes; returns how many. */
static inline size_t cor_put_u64(char *out, uint64_t v)
{
    char t[COR_U64_DIGITS];
    size_t at = sizeof t;
    do
        t[--at] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    memcpy(out, t + at, sizeof t - at);
    return sizeof t - at;
}

/* Hexadecimal with 0x in front, as few digits as possible, at most 18 bytes. */
static inline size_t cor_put_hex(char *out, uint64_t v)
{
    size_t n = 1;
    while (n < 16 && v >> (4 * n) != 0)
        n++;
    out[0] = '0';
    out[1] = 'x';
    for (size_t i = 0; i < n; i++)
        out[2 + i] = "0123456789abcdef"[v >> (4 * (n - 1 - i)) & 15];
    return n + 2;
}

#endif
