#include "report/json.h"

#include "base/utf.h"

enum { TIME_DIGITS = 7 }; /* all that a FILETIME holds */

void cor_jw_time(cor_buf *b, cor_time t)
{
    if (t == COR_NOTIME) {
        cor_buf_z(b, "null");
        return;
    }
    cor_buf_c(b, '"');
    cor_buf_time(b, t, TIME_DIGITS);
    cor_buf_c(b, '"');
}

void cor_jw_key(cor_buf *b, const char *key)
{
    cor_buf_z(b, ",\"");
    cor_buf_z(b, key);
    cor_buf_z(b, "\":");
}

void cor_jw_member(cor_buf *b, const char *key, cor_str s)
{
    cor_jw_key(b, key);
    cor_json_quote(b, s);
}

void cor_jw_member_time(cor_buf *b, const char *key, cor_time t)
{
    cor_jw_key(b, key);
    cor_jw_time(b, t);
}

void cor_jw_member_u64(cor_buf *b, const char *key, uint64_t n)
{
    cor_jw_key(b, key);
    cor_buf_u64(b, n);
}

void cor_jw_member_or_null(cor_buf *b, const char *key, cor_str s)
{
    cor_jw_key(b, key);
    if (s.n == 0)
        cor_buf_z(b, "null");
    else
        cor_json_quote(b, s);
}

void cor_jw_member_list(cor_buf *b, const char *key, const cor_str *s, size_t n)
{
    cor_jw_key(b, key);
    cor_buf_c(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            cor_buf_c(b, ',');
        cor_json_quote(b, s[i]);
    }
    cor_buf_c(b, ']');
}
