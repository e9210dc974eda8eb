/* The modifiers: one table (modifier.c) over small functions (modifier_text.c, modifier_type.c). Private to the front
 * half.
 *
 * A value on its way through a chain of modifiers is a cor_mval. A modifier turns every value of the item into one or
 * several others; values that come from the same written one share `group`: they are alternatives even under "all". */
#ifndef COR_SIGMA_MODIFIER_H
#define COR_SIGMA_MODIFIER_H

#include "sigma/load.h"

enum cor_mkind { /* bits, for the table's "accepts" */
    COR_M_TEXT = 1,     /* piece[] */
    COR_M_NUMBER = 2,   /* written as a YAML number; piece[] holds its text too */
    COR_M_BOOL = 4,
    COR_M_NULL = 8,
    COR_M_REGEX = 16,
    COR_M_REF = 32,     /* fieldref */
    COR_M_PART = 64,    /* minute..year */
    COR_M_OTHER = 128,  /* cidr, exists, compare: nothing more can be done to them */
    COR_M_NEVER = 256,  /* expand without a list */
};

typedef struct cor_mval {
    uint32_t kind;      /* one cor_mkind */
    uint32_t group;
    cor_test t;         /* what is known of the test so far; text pieces are made into it at the end */
    cor_piece *piece;   /* TEXT, NUMBER: no two neighbours are both TEXT or both ANY */
    uint32_t n_piece;
    const cor_ynode *at;
} cor_mval;

typedef struct cor_mitem {  /* one "field|mod|mod: values" */
    cor_str field;          /* .p NULL: keywords */
    const cor_ynode *key;
    size_t key_at;          /* byte of the key where the modifier at work stands */
    cor_mval *v;
    uint32_t n;
    bool all, neq;
    bool placed;            /* startswith, endswith or contains were given */
    uint32_t applied;       /* modifiers already applied to the values */
} cor_mitem;

typedef struct cor_modifier {
    const char *name;
    uint32_t accepts;       /* cor_mkind bits */
    bool first;             /* nothing may stand before it */
    const char *wants;      /* what it accepts, for people */
    bool (*apply)(cor_load *ld, cor_mitem *m, const struct cor_modifier *mod); /* false: said why */
    int arg;
} cor_modifier;

extern const cor_modifier cor_modifiers[];
extern const size_t cor_modifiers_n;

/* modifier_text.c */
bool cor_mod_place(cor_load *ld, cor_mitem *m, const cor_modifier *mod);   /* startswith, endswith, contains */
bool cor_mod_windash(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_base64(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_base64offset(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_utf16(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_expand(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
/* modifier_type.c */
bool cor_mod_re(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_re_flag(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_cased(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_cidr(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_exists(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_compare(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_part(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_fieldref(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_all(cor_load *ld, cor_mitem *m, const cor_modifier *mod);
bool cor_mod_neq(cor_load *ld, cor_mitem *m, const cor_modifier *mod);

/* value.c: text with escapes and wildcards to pieces. */
bool cor_value_pieces(cor_load *ld, cor_str s, cor_mval *v);
/* Pieces to the cheapest test that says the same: EQUALS, STARTSWITH, ENDSWITH, CONTAINS or PATTERN. */
bool cor_value_finish(cor_load *ld, cor_mval *v);
/* A copy of the pieces with ANY in front and/or behind; neighbours are merged. */
bool cor_value_wrap(cor_load *ld, cor_mval *v, bool front, bool behind);
/* The bytes of all pieces; .p NULL when there are wildcards (or no memory). */
cor_str cor_value_plain(cor_load *ld, const cor_mval *v);

/* Says an error at the modifier of m's key that is at work. */
#define cor_mod_oops(ld, m, ...)                                                     \
    do {                                                                             \
        uint32_t line_, col_;                                                        \
        cor_yscalar_pos((ld)->src, (m)->key, (m)->key_at, &line_, &col_);            \
        cor_say((ld), COR_DIAG_ERROR, line_, col_, __VA_ARGS__);                     \
    } while (0)
/* Room for n values in place of m's, counted against COR_SIGMA_TESTS_MAX; NULL: said why. */
cor_mval *cor_mod_values(cor_load *ld, cor_mitem *m, size_t n);

#endif
