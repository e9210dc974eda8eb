#include "base/alloc.h"
#include "base/utf.h"
#include "readers/window.h"

enum { BYTES = 1, UTF16LE = 2, UTF16BE = 3 };

/* The encoding of a text by its first bytes, with or without a byte order mark; *mark is the mark's length. */
static uint8_t encoding(const uint8_t *p, size_t n, size_t *mark)
{
    *mark = 0;
    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        return *mark = 3, BYTES;
    if (n >= 2 && p[0] == 0xff && p[1] == 0xfe)
        return *mark = 2, UTF16LE;
    if (n >= 2 && p[0] == 0xfe && p[1] == 0xff)
        return *mark = 2, UTF16BE;
    if (n >= 4 && p[0] != 0 && p[1] == 0 && p[2] != 0 && p[3] == 0)
        return UTF16LE;
    if (n >= 4 && p[0] == 0 && p[1] != 0 && p[2] == 0 && p[3] != 0)
        return UTF16BE;
    return BYTES;
}

static void swap(uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        uint8_t t = p[i];
        p[i] = p[i + 1];
        p[i + 1] = t;
    }
}

size_t cor_head_text(const uint8_t *head, size_t n, char *out)
{
    size_t mark;
    uint8_t unit = encoding(head, n, &mark);
    head += mark;
    n -= mark;
    if (unit == BYTES) {
        memcpy(out, head, n);
        return n;
    }
    uint8_t le[COR_HEAD_SIZE];
    n = n < sizeof le ? n & ~(size_t)1 : sizeof le;
    memcpy(le, head, n);
    if (unit == UTF16BE)
        swap(le, n);
    return cor_utf16_to_utf8(le, n, out);
}

bool cor_window_wide(const uint8_t *head, size_t n)
{
    size_t mark;
    return encoding(head, n, &mark) != BYTES;
}

size_t cor_record_line(cor_str s)
{
    const size_t word = 7, digits = 20;
    size_t i = word;
    if (s.n <= word || memcmp(s.p, "Record ", word) != 0)
        return 0;
    while (i < s.n && i - word < digits && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    if (i == word)
        return 0;
    i += i < s.n && s.p[i] == '\r';
    return i < s.n && s.p[i] == '\n' ? i + 1 : 0;
}

cor_code cor_window_open(cor_window *w, const cor_input *in, uint64_t off, uint64_t end, cor_err *e)
{
    size_t mark;
    w->in = in;
    w->at = w->n = 0;
    w->unit = encoding(in->head, in->head_n, &mark);
    if (off < mark)
        off = mark;
    w->end = end < in->size ? end : in->size;
    w->pos = w->next = off;
    w->eof = off >= w->end;
    w->shorter = false;
    if (w->unit != BYTES && w->raw == NULL && (w->raw = cor_alloc(COR_WINDOW_BLOCK)) == NULL)
        return cor_nomem(e, "window");
    if (w->buf == NULL && (w->buf = cor_grow(NULL, &w->cap, COR_WINDOW_BLOCK, 1)) == NULL)
        return cor_nomem(e, "window");
    return COR_OK;
}

/* Converts what was read into w->raw; leaves half a surrogate pair at the end of a block for the next one. */
static void convert(cor_window *w, size_t got)
{
    size_t n = got & ~(size_t)1;
    if (w->unit == UTF16BE)
        swap(w->raw, n);
    if (!w->eof && n > 2 && (w->raw[n - 1] & 0xfc) == 0xd8) {
        n -= 2;
        w->next -= 2;
    }
    if (!w->eof && (got & 1) != 0)
        w->next -= 1;
    w->n += cor_utf16_to_utf8(w->raw, n, (char *)w->buf + w->n);
}

cor_code cor_window_more(cor_window *w, size_t max, cor_err *e)
{
    if (w->eof)
        return COR_OK;
    size_t left = w->n - w->at;
    if (left > max)
        return cor_fail(e, COR_ELIMIT, "window", w->pos, "longer than %zu bytes", max);
    if (left > 0 && w->at > 0)
        memmove(w->buf, w->buf + w->at, left);
    w->at = 0;
    w->n = left;
    uint64_t rest = w->end - w->next;
    size_t want = rest < COR_WINDOW_BLOCK ? (size_t)rest : COR_WINDOW_BLOCK, got = 0;
    size_t need = left + (w->unit == BYTES ? want : want / 2 * 3);
    if (need > w->cap) {
        uint8_t *p = cor_grow(w->buf, &w->cap, need, 1);
        if (p == NULL)
            return cor_nomem(e, "window");
        w->buf = p;
    }
    cor_code code = cor_input_read(w->in, w->next, w->unit == BYTES ? w->buf + left : w->raw, want, &got, e);
    if (code != COR_OK)
        return code;
    w->next += got;
    w->shorter = got < want;
    w->eof = w->next >= w->end || w->shorter;
    if (w->unit == BYTES)
        w->n += got;
    else
        convert(w, got);
    return COR_OK;
}

/* File bytes that the text s came from. */
static uint64_t width(const cor_window *w, const uint8_t *p, size_t n)
{
    if (w->unit == BYTES)
        return n;
    uint64_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += (p[i] & 0xc0) == 0x80 ? 0 : p[i] >= 0xf0 ? 4 : 2;
    return bytes;
}

uint64_t cor_window_offset(const cor_window *w, size_t i)
{
    return w->pos + width(w, w->buf + w->at, i);
}

void cor_window_skip(cor_window *w, size_t n)
{
    w->pos = cor_window_offset(w, n);
    w->at += n;
}

cor_code cor_window_whole(const cor_window *w, cor_err *e)
{
    return w->shorter ? cor_fail(e, COR_ETRUNC, "window", w->next, "the file became shorter while it was read") : COR_OK;
}

void cor_window_free(cor_window *w)
{
    cor_free(w->buf);
    cor_free(w->raw);
    *w = (cor_window){0};
}
