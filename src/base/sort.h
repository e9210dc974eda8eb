/* CONTRACT. External merge sort of byte rows: sorts by key (memcmp order, shorter first on a common prefix), ties by
 * payload, so that the order is total and independent of arrival. Holds at most `budget` bytes, spills sorted runs to
 * unlinked files under `tmpdir`. One sorter belongs to one thread; cor_sort_merge reads several as one. */
#ifndef COR_BASE_SORT_H
#define COR_BASE_SORT_H

#include <stdatomic.h>

#include "base/buf.h"

/* Key and data of one row: lengths are kept in 32 bits, and a row must fit into memory. */
#define COR_SORT_ROW_MAX ((size_t)1 << 30)

typedef struct cor_sort cor_sort;
typedef struct cor_sort_iter cor_sort_iter;

/* tmpdir is borrowed; NULL means $TMPDIR or /tmp. NULL when there is no memory. */
cor_sort *cor_sort_new(size_t budget, const char *tmpdir);
/* COR_ENOMEM, COR_ELIMIT for a row over COR_SORT_ROW_MAX, or COR_EIO when the spill cannot be written (a full disk says
 * so, with the folder's name). */
cor_code cor_sort_add(cor_sort *s, cor_str key, cor_str data, cor_err *e);
uint64_t cor_sort_rows(const cor_sort *s);
/* Ends the adding and reads all rows of n sorters in order. The sorters stay owned by the caller and must outlive the
 * iterator; they can be read again by another merge. */
cor_sort_iter *cor_sort_merge(cor_sort *const *s, size_t n, cor_err *e);
/* COR_OK with *key = {NULL, 0} at the end. The slices are valid until the next call. */
cor_code cor_sort_next(cor_sort_iter *it, cor_str *key, cor_str *data, cor_err *e);
void cor_sort_iter_free(cor_sort_iter *it);
/* From now on sorting and reading end with COR_ESTOP once *stop is set. Of several sorters that are merged the first
 * one counts. NULL: never. */
void cor_sort_heed(cor_sort *s, const atomic_bool *stop);
void cor_sort_free(cor_sort *s);

/* Key pieces with the right memcmp order. Text is followed by a 0 byte, with 0x00 and 0x01 inside escaped as 01 01, 01
 * 02. */
void cor_key_u64(cor_buf *b, uint64_t v);
void cor_key_i64(cor_buf *b, int64_t v);
void cor_key_str(cor_buf *b, cor_str s);
/* And back, from the front of *k, which moves on. Text is appended, unescaped, to `out`. False when the key does not
 * hold one. */
bool cor_key_take_u64(cor_str *k, uint64_t *v);
bool cor_key_take_i64(cor_str *k, int64_t *v);
bool cor_key_take_str(cor_str *k, cor_buf *out);

#endif
