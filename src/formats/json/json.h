/* Our own JSON reader (RFC 8259): bytes in, a tree of nodes in an arena out, one value at a time. Strings without
 * escapes are borrowed from the input, so nodes live no longer than both the input bytes and the arena.
 *
 * Tolerant where exports are sloppy and nothing is lost by it: a byte order mark before a value, control characters
 * other than line feed inside strings, lone \ud800 escapes (kept in the wide UTF-8 of base/utf.h), bytes that are no
 * UTF-8 (kept as they are; printers show U+FFFD), duplicate members (all kept, in order). Strict in everything else,
 * with the byte position in the error. */
#ifndef COR_FORMATS_JSON_JSON_H
#define COR_FORMATS_JSON_JSON_H

#include "base/arena.h"

#define COR_JSON_DEPTH_MAX 64      /* events nest ten deep at most; recursion must end before the stack does */
#define COR_JSON_NODES_MAX 100000  /* per value: "[0,0,0..." would cost 28 times its own size in memory */

typedef enum cor_jtype {
    COR_J_NULL, COR_J_FALSE, COR_J_TRUE, COR_J_NUMBER, COR_J_STRING, COR_J_ARRAY, COR_J_OBJECT,
} cor_jtype;

typedef struct cor_jnode cor_jnode;
struct cor_jnode {
    cor_str key;       /* member name without escapes; {NULL, 0} for array items and the outermost value */
    /* string: its text; number, true, false, null: the token as written; array, object: the raw bytes */
    cor_str str;
    cor_jnode *child;  /* first item or member */
    cor_jnode *next;   /* next sibling */
    uint8_t type;
};

/* Parses the value that begins at text.p[*at] (white space and a byte order mark before it are skipped) and moves *at
 * behind it. COR_OK with *out NULL: nothing but white space was left. COR_ETRUNC: the text ends inside the value (*at
 * unchanged: give more). COR_EFORMAT and COR_ELIMIT: *at is where it went wrong; e->off is base + that. COR_ENOMEM. */
cor_code cor_json_parse(cor_str text, size_t *at, uint64_t base, cor_arena *mem, cor_jnode **out, cor_err *e);

/* First member of that name, or NULL (also when o is NULL or no object). */
const cor_jnode *cor_json_get(const cor_jnode *o, const char *key);
/* As cor_json_get, and it must be a string, number or boolean; {NULL, 0} otherwise. */
cor_str cor_json_text(const cor_jnode *o, const char *key);
static inline bool cor_json_scalar(const cor_jnode *v)
{
    return v->type >= COR_J_FALSE && v->type <= COR_J_STRING;
}

#endif
