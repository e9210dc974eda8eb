#include "base/time.h"

#define DAY (INT64_C(86400) * COR_SECOND)
#define DAYS_TO_1601 584694 /* from 0000-03-01, the start of the era arithmetic below, to 1601-01-01 */

/* Days since 0000-03-01 of a civil date: years start in March, so that the leap day is the last of a year. */
static int64_t days_of(int64_t y, unsigned m, unsigned d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    unsigned yoe = (unsigned)(y - era * 400), doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy);
}

cor_time cor_time_from_civil(int32_t y, unsigned mo, unsigned d, unsigned h, unsigned mi, unsigned s, uint32_t frac)
{
    int64_t days = days_of(y, mo, d) - DAYS_TO_1601;
    return days * DAY + ((int64_t)h * 3600 + mi * 60 + s) * COR_SECOND + frac;
}

static uint8_t iso_week(int32_t year, int64_t day, uint8_t weekday)
{
    int64_t thursday = day + 3 - weekday;
    int32_t y = year;
    if (thursday >= days_of(year + 1, 1, 1))
        y = year + 1;
    else if (thursday < days_of(year, 1, 1))
        y = year - 1;
    return (uint8_t)((thursday - days_of(y, 1, 1)) / 7 + 1);
}

cor_civil cor_time_civil(cor_time t)
{
    int64_t days = t / DAY, rest = t % DAY;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    int64_t z = days + DAYS_TO_1601, era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097), yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    cor_civil c = {0};
    c.day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1);
    c.month = (uint8_t)(mp < 10 ? mp + 3 : mp - 9);
    c.year = (int32_t)(yoe + era * 400) + (c.month <= 2);
    int64_t sec = rest / COR_SECOND;
    c.frac = (uint32_t)(rest % COR_SECOND);
    c.hour = (uint8_t)(sec / 3600);
    c.minute = (uint8_t)(sec / 60 % 60);
    c.second = (uint8_t)(sec % 60);
    int64_t wd = days % 7; /* 1601-01-01 was a Monday */
    c.weekday = (uint8_t)(wd < 0 ? wd + 7 : wd);
    c.week = iso_week(c.year, z, c.weekday);
    return c;
}

static char *two(char *p, unsigned v)
{
    *p++ = (char)('0' + v / 10 % 10);
    *p++ = (char)('0' + v % 10);
    return p;
}

size_t cor_time_iso(cor_time t, int digits, char out[33])
{
    cor_civil c = cor_time_civil(t);
    char *p = out;
    unsigned y = c.year < 0 ? 0 : (unsigned)c.year;
    if (y > 9999)
        *p++ = (char)('0' + y / 10000);
    p = two(two(p, y / 100), y);
    *p++ = '-';
    p = two(p, c.month);
    *p++ = '-';
    p = two(p, c.day);
    *p++ = 'T';
    p = two(p, c.hour);
    *p++ = ':';
    p = two(p, c.minute);
    *p++ = ':';
    p = two(p, c.second);
    if (digits > 0) {
        *p++ = '.';
        uint32_t f = c.frac;
        for (int i = 6; i >= 0; i--, f /= 10)
            if (i < digits)
                p[i] = (char)('0' + f % 10);
        p += digits;
    }
    *p++ = 'Z';
    return (size_t)(p - out);
}

void cor_buf_time(cor_buf *b, cor_time t, int digits)
{
    char s[33];
    cor_buf_put(b, s, cor_time_iso(t, digits, s));
}

/* n digits at *i of s, or -1. */
static int64_t digits_at(cor_str s, size_t *i, size_t n)
{
    if (s.n - *i < n)
        return -1;
    int64_t v = 0;
    for (size_t k = 0; k < n; k++) {
        char c = s.p[*i + k];
        if (c < '0' || c > '9')
            return -1;
        v = v * 10 + (c - '0');
    }
    *i += n;
    return v;
}

static bool sep(cor_str s, size_t *i, char c)
{
    if (*i >= s.n || s.p[*i] != c)
        return false;
    ++*i;
    return true;
}

static bool parse_zone(cor_str s, size_t *i, int64_t *offset_s, bool *zoned)
{
    *offset_s = 0;
    *zoned = false;
    if (*i == s.n)
        return true;
    if (sep(s, i, 'Z') || sep(s, i, 'z')) {
        *zoned = true;
        return *i == s.n;
    }
    int sign = sep(s, i, '+') ? 1 : sep(s, i, '-') ? -1 : 0;
    int64_t h = sign == 0 ? -1 : digits_at(s, i, 2), m = 0;
    if (h < 0)
        return false;
    if (*i < s.n) {
        sep(s, i, ':');
        m = digits_at(s, i, 2);
    }
    *zoned = true;
    *offset_s = sign * (h * 3600 + m * 60);
    return h <= 18 && m >= 0 && m < 60 && *i == s.n;
}

bool cor_time_parse(cor_str s, cor_time *out, bool *zoned)
{
    static const uint8_t len[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    size_t i = 0;
    int64_t y = digits_at(s, &i, 4), mo, d, h = 0, mi = 0, sec = 0;
    if (y < 0 || !sep(s, &i, '-') || (mo = digits_at(s, &i, 2)) < 1 || mo > 12 || !sep(s, &i, '-') ||
        (d = digits_at(s, &i, 2)) < 1 || d > len[mo - 1])
        return false;
    if (d == 29 && mo == 2 && (y % 4 != 0 || (y % 100 == 0 && y % 400 != 0)))
        return false;
    uint32_t frac = 0;
    if (i < s.n && (sep(s, &i, 'T') || sep(s, &i, 't') || sep(s, &i, ' '))) {
        if ((h = digits_at(s, &i, 2)) < 0 || h > 23 || !sep(s, &i, ':') || (mi = digits_at(s, &i, 2)) < 0 || mi > 59)
            return false;
        if (sep(s, &i, ':') && ((sec = digits_at(s, &i, 2)) < 0 || sec > 60))
            return false;
        if (sep(s, &i, '.') || sep(s, &i, ',')) {
            uint32_t scale = 1000000;
            size_t from = i;
            for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, scale /= 10)
                frac += (uint32_t)(s.p[i] - '0') * scale;
            if (i == from)
                return false;
        }
    }
    int64_t off;
    bool z;
    if (!parse_zone(s, &i, &off, &z))
        return false;
    if (zoned != NULL)
        *zoned = z;
    *out = cor_time_from_civil((int32_t)y, (unsigned)mo, (unsigned)d, (unsigned)h, (unsigned)mi, (unsigned)sec,
                               frac) - off * COR_SECOND;
    return true;
}
