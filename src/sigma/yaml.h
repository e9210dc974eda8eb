/* YAML text to a small tree with line and column on every node, bounded on every side. The text is parsed by libyaml
 * (YAML 1.1, as PyYAML and so pySigma read rules); this file adds the tree, the limits and the types of plain scalars.
 *
 * Everything lives in the arena that the caller gives. Nothing here knows of Sigma. */
#ifndef COR_SIGMA_YAML_H
#define COR_SIGMA_YAML_H

#include "base/arena.h"

#define COR_YAML_BYTES_MAX ((size_t)8 << 20) /* one file: the largest public rule is 60 KiB, mappings are smaller */
#define COR_YAML_DEPTH_MAX 64                /* collections inside collections: rules need 8 */
#define COR_YAML_NODES_MAX 1000000           /* of one document, counted as if every alias were written out */
#define COR_YAML_ANCHORS_MAX 1000            /* anchors of one document */

typedef enum cor_ykind { COR_Y_SCALAR, COR_Y_LIST, COR_Y_MAP } cor_ykind;
typedef enum cor_ystyle { COR_YS_PLAIN, COR_YS_SINGLE, COR_YS_DOUBLE, COR_YS_BLOCK } cor_ystyle;

/* What PyYAML's safe loader makes of a scalar. Quoted and block scalars are always text. */
typedef enum cor_ytype { COR_YT_TEXT, COR_YT_NULL, COR_YT_BOOL, COR_YT_INT, COR_YT_FLOAT, COR_YT_TIME } cor_ytype;

typedef struct cor_ynode cor_ynode;
struct cor_ynode {
    uint8_t kind;        /* cor_ykind */
    uint8_t style;       /* cor_ystyle of a scalar */
    bool again;          /* a key that stood in the same map before */
    bool tagged_text;    /* !!str */
    uint32_t line, col;  /* 1-based; columns count characters */
    uint32_t n;          /* LIST: items; MAP: pairs */
    uint32_t weight;     /* nodes below and with this one, aliases written out */
    cor_str text;        /* SCALAR */
    cor_ynode *first;    /* LIST: items by next; MAP: key, value, key, value ... by next. Keys are scalars. */
    cor_ynode *next;
};

typedef struct cor_yaml cor_yaml; /* a text being read, document by document */

/* The text is borrowed until cor_yaml_close. NULL: no memory. */
cor_yaml *cor_yaml_open(cor_str text);
/* The next document's root, COR_OK with *root = NULL at the end. After an error the rest of the text cannot be read. */
cor_code cor_yaml_next(cor_yaml *y, cor_arena *mem, cor_ynode **root, cor_err *e);
void cor_yaml_close(cor_yaml *y);

/* NULL n and other kinds than MAP are fine: NULL. The last of doubled keys counts, as in PyYAML. */
const cor_ynode *cor_ymap_get(const cor_ynode *n, const char *key);
cor_ytype cor_yscalar_type(const cor_ynode *n);
/* Values of scalars of these types; false when the node is of another type or out of range. */
bool cor_yscalar_bool(const cor_ynode *n, bool *out);
bool cor_yscalar_int(const cor_ynode *n, int64_t *out);
bool cor_yscalar_whole(const cor_ynode *n, bool *minus, uint64_t *size); /* INT of up to 64 bits and a sign */
bool cor_yscalar_number(const cor_ynode *n, double *out); /* INT and FLOAT, finite */

/* Where byte `at` of the scalar's text stands in the file: exact for all styles, except behind an escape of a
 * double-quoted one, where it is the scalar's own position. */
void cor_yscalar_pos(cor_str file, const cor_ynode *n, size_t at, uint32_t *line, uint32_t *col);

#endif
