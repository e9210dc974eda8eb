/* A window that slides over the text of an input: reads in blocks, turns UTF-16 (wevtutil and PowerShell write it) into
 * UTF-8, and knows the file offset of every byte it shows. Memory is bounded: what has to be seen at once may not be
 * longer than the reader says. */
#ifndef COR_READERS_WINDOW_H
#define COR_READERS_WINDOW_H

#include "readers/reader.h"

#define COR_WINDOW_BLOCK ((size_t)256 << 10) /* bytes read at a time */

typedef struct cor_window {
    const cor_input *in; /* borrowed */
    uint8_t *buf;        /* kept from input to input; freed by cor_window_free */
    size_t at, n, cap;   /* unread text is buf[at..n) */
    uint64_t pos;        /* file offset of buf[at] */
    uint64_t next, end;  /* file offsets: next block, end of the part */
    uint8_t unit;        /* 1: bytes, 2: UTF-16LE, 3: UTF-16BE */
    uint8_t *raw;        /* a block of UTF-16 */
    bool eof;            /* everything up to `end` is in buf */
    bool shorter;        /* ... but the file ended before it: it was cut since it was opened */
} cor_window;

/* Starts at file offset off, to end at `end` (clamped to the size). The encoding is told by the head of the input. */
cor_code cor_window_open(cor_window *w, const cor_input *in, uint64_t off, uint64_t end, cor_err *e);
/* Reads one more block behind what is unread. COR_OK with w->eof unchanged and no more text cannot happen: either there
 * is more text or w->eof is set. COR_ELIMIT when more than max bytes would be unread. */
cor_code cor_window_more(cor_window *w, size_t max, cor_err *e);
void cor_window_skip(cor_window *w, size_t n); /* the next n unread bytes are done with */
static inline cor_str cor_window_text(const cor_window *w)
{
    return w->buf == NULL ? (cor_str){NULL, 0} : (cor_str){(const char *)w->buf + w->at, w->n - w->at};
}
/* File offset of the unread byte i. */
uint64_t cor_window_offset(const cor_window *w, size_t i);
void cor_window_free(cor_window *w);
/* For the end of a part: COR_ETRUNC when the file became shorter while it was read. */
cor_code cor_window_whole(const cor_window *w, cor_err *e);

/* The head of an input as UTF-8 without its byte order mark, into out[3 * n / 2 + 4]. Returns the length. For
 * sniffing. */
size_t cor_head_text(const uint8_t *head, size_t n, char *out);
bool cor_window_wide(const uint8_t *head, size_t n); /* the input is UTF-16 */
/* Length of the line "Record 17" at the front of s, with its end: evtx_dump writes one before each record. 0: there is
 * none. */
size_t cor_record_line(cor_str s);
#define COR_HEAD_TEXT_MAX (COR_HEAD_SIZE * 3 / 2 + 4)

#endif
