/* Time is an int64_t count of 100 ns since 1601-01-01T00:00:00Z (a FILETIME), UTC always. COR_NOTIME: not known.
 * "Now" is never read here: it is an argument of whoever needs it (law 2). */
#ifndef COR_BASE_TIME_H
#define COR_BASE_TIME_H

#include "base/buf.h"

typedef int64_t cor_time;
#define COR_NOTIME INT64_MIN
#define COR_SECOND INT64_C(10000000)
#define COR_UNIX_EPOCH (INT64_C(11644473600) * COR_SECOND) /* 1970-01-01 in FILETIME units */

typedef struct cor_civil {
    int32_t year;
    uint8_t month, day, hour, minute, second; /* month, day from 1 */
    uint32_t frac;                            /* 100 ns */
    uint8_t week;                             /* ISO 8601 week */
    uint8_t weekday;                          /* 0 = Monday */
} cor_civil;

cor_civil cor_time_civil(cor_time t);
cor_time cor_time_from_civil(int32_t y, unsigned mo, unsigned d, unsigned h, unsigned mi, unsigned s, uint32_t frac);

/* ISO 8601 with `digits` (0..7) of fraction, cut not rounded, and Z: 2026-03-03T08:12:40.1234567Z. Returns bytes
 * written (at most 33; out is not NUL-terminated). Years outside 0000-9999 cannot occur: a FILETIME ends in 30828,
 * printed with 5 digits. */
size_t cor_time_iso(cor_time t, int digits, char out[33]);
void cor_buf_time(cor_buf *b, cor_time t, int digits);

/* What stands in exports and what people type: 2026-03-03[T ]08:12[:40[.1234567]][Z|+hh:mm|-hhmm], also the date alone.
 * Without a zone it is UTC and *zoned says false (may be NULL). False when s is no such time. */
bool cor_time_parse(cor_str s, cor_time *out, bool *zoned);

#endif
