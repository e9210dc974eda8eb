/* The Windows XML event log, format 3.1 and 3.2: chunks, records, binary XML. Pure: bytes in, structures out. Sources:
 * [MS-EVEN6] 2.2.12-2.2.18 (binary XML), the libevtx format document (file, chunk, record), and real files.
 *
 * A file is a 4096-byte header and 64 KiB chunks; each chunk is self-contained. A record is binary XML, nearly always
 * an instance of a template: definition plus typed values. Definitions repeat in every chunk, so each distinct one is
 * parsed once into a *shape*, found again by its content (never by its GUID: nothing enforces that one GUID has one
 * content). */
#ifndef COR_FORMATS_EVTX_EVTX_H
#define COR_FORMATS_EVTX_EVTX_H

#include "base/buf.h"
#include "base/cursor.h"
#include "formats/value.h"

#define COR_EVTX_FILE_HEADER 4096u
#define COR_EVTX_CHUNK 65536u
#define COR_EVTX_CHUNK_HEADER 512u
#define COR_EVTX_PAD 64u /* readable bytes a caller keeps behind a chunk buffer, so that wide loads stay inside it */

/* ---- binary XML as a tree with holes ---- */

typedef enum cor_bx_kind { COR_BX_ELEMENT, COR_BX_TEXT, COR_BX_VALUE, COR_BX_HOLE, COR_BX_CHARREF, COR_BX_ENTITY, COR_BX_PI, COR_BX_INSTANCE } cor_bx_kind;

#define COR_BX_NODEP 0xffffu

typedef struct cor_bx_node cor_bx_node;
typedef struct cor_bx_attr cor_bx_attr;
typedef struct cor_bx_inst cor_bx_inst;

struct cor_bx_node {
    cor_bx_kind kind;
    uint16_t index;            /* HOLE: which value; CHARREF: the character; ELEMENT: the value it depends on, or COR_BX_NODEP */
    bool optional;             /* HOLE: the optional form (0x0e) */
    bool closed;               /* ELEMENT: written as <x/> */
    cor_str text;              /* ELEMENT: name; TEXT, PI: text; ENTITY: name (inner UTF-8) */
    cor_str target;            /* PI */
    cor_val val;               /* VALUE: a literal that is not text */
    cor_bx_attr *attr;         /* ELEMENT */
    cor_bx_node *child, *next; /* child of ELEMENT; next sibling */
    cor_bx_inst *inst;         /* INSTANCE: a template instance among the content */
};

struct cor_bx_attr {
    cor_str name;
    cor_bx_node *value;        /* TEXT, VALUE, HOLE, CHARREF, ENTITY nodes */
    cor_bx_attr *next;
};

/* A parsed template definition. Owned by the state, valid until cor_evtx_chunk starts the shapes again. */
typedef struct cor_bx_shape {
    uint32_t no;               /* 0, 1, ... in this state; starts again with the shapes */
    cor_bx_node *root;         /* first top-level node */
    uint32_t n_hole;           /* highest hole index + 1 */
    void *user[3];             /* for the consumers' per-shape work; memory from cor_evtx_shape_mem */
} cor_bx_shape;

/* One template instance, or (shape == NULL) a fragment without template whose nodes are `root`. */
struct cor_bx_inst {
    const cor_bx_shape *shape;
    const cor_bx_node *root;
    const cor_val *val;        /* n_val values; type COR_V_BXML: see nested */
    uint32_t n_val;
    cor_str bytes;             /* what all values lie in, side by side */
    cor_bx_inst **nested;      /* by value: parsed binary XML values, NULL for the others; the array is NULL when there are none */
};

typedef struct cor_evtx cor_evtx; /* per-thread state: shapes, scratch memory */
cor_evtx *cor_evtx_new(void);
void cor_evtx_free(cor_evtx *x);
cor_arena *cor_evtx_shape_mem(cor_evtx *x); /* lives as long as the shapes */

/* ---- chunks and records ---- */

typedef struct cor_evtx_chunk_info {
    bool magic_ok, header_crc_ok, data_crc_ok; /* checksums count as good when the chunk says it has none (flag 4) */
    bool zero;                 /* all zero: never used */
    uint32_t free_space;       /* offset in the chunk, as it stands there */
} cor_evtx_chunk_info;

typedef struct cor_evtx_file_info {
    bool crc_ok;               /* also when the file says that it has none (flag 4) */
    uint16_t major, minor;
    uint16_t chunks;           /* as counted when the header was written: in a live log there may be more */
} cor_evtx_file_info;

bool cor_evtx_file(const uint8_t *p, size_t n, cor_evtx_file_info *out); /* false: not a file header, or too short */
/* Begins a chunk: p[0..n) with COR_EVTX_PAD readable bytes behind, n <= 65536 (less: cut). p stays borrowed until the
 * next chunk. */
void cor_evtx_chunk(cor_evtx *x, const uint8_t *p, size_t n, uint64_t file_off, cor_evtx_chunk_info *out);
/* Whether both checksums are right; costs a pass over the chunk's data. */
void cor_evtx_chunk_check(const uint8_t *p, size_t n, cor_evtx_chunk_info *info);

typedef struct cor_evtx_record {
    uint32_t off, size;        /* in the chunk */
    uint64_t number;           /* of the record header; EventRecordID stands in the event and may differ */
    cor_time written;
} cor_evtx_record;

/* Whether a whole record stands at `off` (magic, size, its copy at the end, inside n). */
bool cor_evtx_record_at(const uint8_t *p, size_t n, uint32_t off, cor_evtx_record *out);

/* The record's binary XML, in scratch memory valid until the next call. Not COR_OK: *e says where (file offset) and
 * why. */
cor_code cor_evtx_parse(cor_evtx *x, const cor_evtx_record *r, cor_bx_inst *out, cor_err *e);
/* Parses the nested binary XML value v (type COR_V_BXML) of the current record; remembered in inst->nested. */
cor_code cor_evtx_nested(cor_evtx *x, cor_bx_inst *inst, uint32_t v, cor_bx_inst **out, cor_err *e);
/* What shows of nested binary XML without parsing it. */
typedef struct cor_evtx_glance {
    const cor_bx_shape *shape;
    uint64_t types;            /* bit t: a value of type t, or an array of them */
    cor_str bytes;             /* as in cor_bx_inst */
} cor_evtx_glance;
/* True: value v is an instance of a definition met before in this chunk, and cor_evtx_nested would parse it to this.
 * False: that is not to be told so cheaply. */
bool cor_evtx_glance_at(const cor_evtx *x, const cor_bx_inst *inst, uint32_t v, cor_evtx_glance *out);
cor_arena *cor_evtx_record_mem(cor_evtx *x); /* emptied by cor_evtx_parse */
/* Counts n bytes that the current record is spelled out into; false: more than its chunk can need, it is damage. */
bool cor_evtx_spend(cor_evtx *x, size_t n);

#endif
