/* Typed values printed straight from their bytes, for the lanes where a million records a second go through. The text
 * is that of cor_val_text (a test holds the two together), escaped for JSON or XML. */
#ifndef COR_FORMATS_PRINT_H
#define COR_FORMATS_PRINT_H

#include "base/buf.h"
#include "formats/value.h"

typedef enum cor_escape { COR_ESC_JSON, COR_ESC_XML_TEXT, COR_ESC_XML_ATTR } cor_escape;

/* Per thread: what makes repeated values cheap. Zeroed is valid. */
typedef struct cor_printer {
    int64_t day;         /* of the date below, in days since 1601; 0 with len 0: none */
    uint8_t len;         /* bytes of the date */
    char date[12];       /* "2026-03-03T" */
} cor_printer;

/* Bytes that printing v may need at most: six for a unit of text, 2.75 a byte of a SID, two a byte of binary, and the
 * rest is short. */
static inline size_t cor_print_room(cor_val v)
{
    return (v.type == COR_V_UTF8 || v.type == COR_V_ANSI ? 6 : 3) * (size_t)v.len + 48;
}

/* Writes the value (with 16 readable bytes behind it) at o, where cor_print_room bytes are free, and returns the place
 * behind it. NULL (what stands at o is then meaningless): an array, binary XML, a damaged value, or a type that is
 * printed by its text only. */
uint8_t *cor_print(cor_printer *pr, uint8_t *o, cor_val v, cor_escape esc);
/* UTF-16LE bytes, escaped; 3 * n + 8 bytes are free at o, and 16 bytes behind p + n are readable (as behind every
 * chunk). */
uint8_t *cor_print_utf16(uint8_t *o, const uint8_t *p, size_t n, cor_escape esc);

#endif
