/* JSON as all outputs write it: text escaped, times in ISO 8601 with Z, what is not known as null. */
#ifndef COR_REPORT_JSON_H
#define COR_REPORT_JSON_H

#include "base/buf.h"
#include "base/time.h"

void cor_jw_time(cor_buf *b, cor_time t);
/* ,"key":"text" and its like; keys are ours and need no escaping */
void cor_jw_key(cor_buf *b, const char *key);
void cor_jw_member(cor_buf *b, const char *key, cor_str s);
void cor_jw_member_time(cor_buf *b, const char *key, cor_time t);
void cor_jw_member_u64(cor_buf *b, const char *key, uint64_t n);
/* null for an empty text */
void cor_jw_member_or_null(cor_buf *b, const char *key, cor_str s);
/* ,"key":["a","b"] */
void cor_jw_member_list(cor_buf *b, const char *key, const cor_str *s, size_t n);

#endif
