/* Typed values as Windows events carry them, and their one text form. Shared by every event shape: a value stays as it
 * lies in the evidence until somebody asks for its text. */
#ifndef COR_FORMATS_VALUE_H
#define COR_FORMATS_VALUE_H

#include "base/arena.h"
#include "base/time.h"

/* Value types: those of binary XML ([MS-EVEN6] 2.2.12 and libevtx), plus UTF-8 text for readers of text formats. */
typedef enum cor_vtype {
    COR_V_NULL = 0x00,
    COR_V_UTF16 = 0x01,   /* UTF-16LE, may end in NUL units */
    COR_V_ANSI = 0x02,    /* bytes of an unknown code page, read as Windows-1252 */
    COR_V_I8 = 0x03, COR_V_U8, COR_V_I16, COR_V_U16, COR_V_I32, COR_V_U32, COR_V_I64, COR_V_U64,
    COR_V_F32 = 0x0b, COR_V_F64,
    COR_V_BOOL = 0x0d,    /* 4 bytes, any nonzero is true */
    COR_V_BINARY = 0x0e,
    COR_V_GUID = 0x0f,
    COR_V_SIZE = 0x10,    /* 4 or 8 bytes, printed as hex */
    COR_V_FILETIME = 0x11,
    COR_V_SYSTIME = 0x12, /* 16 bytes */
    COR_V_SID = 0x13,
    COR_V_HEX32 = 0x14,
    COR_V_HEX64 = 0x15,
    COR_V_BXML = 0x21,    /* nested binary XML: never inside an event's values */
    COR_V_UTF8 = 0x40,    /* inner text (base/utf.h) */
    /* bit: several values of the low type one behind another; strings are separated by NUL units */
    COR_V_ARRAY = 0x80,
} cor_vtype;

typedef struct cor_val {
    const uint8_t *p; /* borrowed from the reader, valid until the sink's event() returns */
    uint32_t len;     /* bytes */
    uint8_t type;     /* cor_vtype */
} cor_val;

static inline cor_val cor_val_utf8(cor_str s)
{
    return (cor_val){(const uint8_t *)s.p, (uint32_t)s.n, COR_V_UTF8};
}
/* Null, or text of length 0: what Sigma calls null. */
bool cor_val_empty(cor_val v);
/* The value as inner text, the same for every shape the event may come in: numbers decimal, hex types 0x.., GUIDs as
 * {lower-case}, SIDs as S-1-.., times ISO 8601 with 7 digits, booleans true/false, binary as upper-case hex, trailing
 * NULs gone. An array's texts are joined by ", ". UTF-8 comes back as is, without a copy. .p NULL: no memory. */
cor_str cor_val_text(cor_arena *mem, cor_val v);
#define COR_GUID_TEXT 38 /* {01234567-89ab-...} */
/* The 16 bytes at p as that text; returns COR_GUID_TEXT. */
size_t cor_put_guid(char *out, const uint8_t *p);
/* Element i of an array value (cut out of it); false when there is none. A non-array has one element, itself. Hostile
 * arrays are walked once: *at is the byte position to continue from, 0 at the start. */
bool cor_val_item(cor_val v, size_t *at, cor_val *item);
/* The value as a whole number: typed integers, decimal text with sign, hex text 0x... ; false otherwise. */
bool cor_val_int(cor_val v, int64_t *out);
bool cor_val_time(cor_val v, cor_time *out);

#endif
