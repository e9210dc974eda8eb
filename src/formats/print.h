/* Typed values printed straight from their bytes, for the lanes where a million records a second go through. The text is that of
 * cor_val_text (a test holds the two together), escaped for JSON or XML. */
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

/* Appends the value. False (and nothing appended) when it is an array, binary XML, or a type that is printed by its text only. */
bool cor_print(cor_printer *pr, cor_buf *b, cor_val v, cor_escape esc);
/* UTF-16LE bytes, escaped. */
void cor_print_utf16(cor_buf *b, const uint8_t *p, size_t n, cor_escape esc);

#endif
