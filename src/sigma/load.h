/* What the loader's files share. Private to the front half of src/sigma: nobody else includes this.
 *
 * One cor_load lives for one call of cor_rules_load. `set` and everything that survives is in set->mem; `tmp` holds the
 * YAML tree of the file at hand and is emptied for the next. Functions that find something wrong with a rule say so
 * (cor_say) and go on; running out of memory sets `nomem`, which is looked at after every document. */
#ifndef COR_SIGMA_LOAD_H
#define COR_SIGMA_LOAD_H

#include "sigma/ahead.h"
#include "sigma/sigma.h"
#include "sigma/yaml.h"

/* values of one rule after lists, windash, base64offset, placeholders are unfolded; public rules: below 500 */
#define COR_SIGMA_TESTS_MAX 20000
/* nodes of one rule's condition with every use of a search identifier counted */
#define COR_SIGMA_NODES_MAX 200000
#define COR_SIGMA_IDENTIFIERS_MAX 1000  /* search identifiers of one rule; public rules: 25 */
#define COR_SIGMA_CONDITION_MAX 16384   /* bytes of one condition; public rules: 542 */
#define COR_SIGMA_CONDITION_DEPTH 64    /* parentheses and nots inside one another */
#define COR_SIGMA_DETECTION_DEPTH 16    /* lists of maps inside lists */
#define COR_SIGMA_DIAGS_MAX 100000      /* remarks kept of one load */

typedef struct cor_mapping cor_mapping;   /* logsource.c */
typedef struct cor_expand cor_expand;     /* expand.c */

/* A correlation before its references are resolved. */
typedef struct cor_ref {
    cor_str name;           /* id or name of a rule */
    uint32_t line, col;
    uint32_t item;          /* index in cor_load.item, COR_NONE before */
} cor_ref;

typedef struct cor_alias {
    cor_str name;
    cor_ref *rule;
    cor_str *field;
    uint32_t n;
} cor_alias;

typedef struct cor_corr_raw {
    cor_correlation *c;
    cor_ref *ref;
    uint32_t n_ref;
    cor_alias *alias;
    uint32_t n_alias;
    cor_str *field;         /* condition.field as written */
    uint32_t n_field;
} cor_corr_raw;

typedef struct cor_filter_raw {
    bool any;
    cor_ref *ref;
    uint32_t n_ref;
    const cor_node *expr;
    uint32_t weight;
} cor_filter_raw;

typedef enum cor_item_kind { COR_ITEM_DETECTION, COR_ITEM_CORRELATION, COR_ITEM_FILTER } cor_item_kind;

/* One rule document. */
typedef struct cor_item {
    cor_item_kind kind;
    cor_rule *rule;         /* of a filter: only its names and log source */
    cor_corr_raw *corr;
    cor_filter_raw *filter;
    uint32_t weight;        /* nodes of rule->expr */
    bool refused;
    uint8_t mark;           /* of the search for cycles */
    uint8_t depth;          /* correlations below this one */
} cor_item;

typedef struct cor_load cor_load;
struct cor_load {
    const cor_load_options *opt;
    cor_ruleset *set;
    cor_arena *mem;         /* set->mem */
    cor_arena tmp;
    cor_mapping *map;
    cor_expand *expand;
    bool nomem;

    cor_ahead *ahead;       /* NULL: files are parsed where they are read */

    cor_str src;            /* the file at hand */
    uint32_t file;
    bool builtin;           /* ... is one that the program carries */
    cor_str title, id;      /* the document at hand, for remarks; .p NULL before they are known */
    uint32_t errors;        /* said about the document at hand */
    bool hush;              /* say nothing, only count: what the first errors say is gathered in `why` */
    cor_str why;
    uint32_t tests;         /* of the document at hand */

    cor_intern seen;        /* device and inode of files and folders read: what is named twice is read once */
    cor_str *path;          /* set->file, growing */
    size_t n_path, cap_path;
    cor_diag *diag;
    size_t n_diag, cap_diag;
    cor_item *item;
    size_t n_item, cap_item;
};

/* `%.*s` arguments for at most so many bytes of a rule's text. */
#define COR_CUT(s, most) (int)((s).n > (most) ? (most) : (s).n), (s).n == 0 ? "" : (s).p

/* diag.c */
void cor_say(cor_load *ld, cor_severity sev, uint32_t line, uint32_t col, const char *code, const char *hint,
             const char *fmt, ...)
    COR_PRINTF(7, 8);
#define cor_say_at(ld, sev, node, ...) cor_say((ld), (sev), (node)->line, (node)->col, __VA_ARGS__)
#define cor_oops(ld, node, ...) cor_say((ld), COR_DIAG_ERROR, (node)->line, (node)->col, __VA_ARGS__)
/* An error about a whole file that is not being read. */
void cor_say_file(cor_load *ld, cor_str path, const char *code, const char *what);
/* The number of a path, added to the set's files; COR_NONE: no memory (nomem is set). */
uint32_t cor_add_file(cor_load *ld, cor_str path);
void cor_diags_finish(cor_load *ld);
/* Memory that survives, or that dies with the file; NULL sets nomem. */
void *cor_keep(cor_load *ld, size_t n);
void *cor_keep_array(cor_load *ld, size_t n, size_t each);
cor_str cor_keep_str(cor_load *ld, cor_str s);
void *cor_scratch(cor_load *ld, size_t n, size_t each);

/* document.c: one YAML document to one item. */
/* named: the file was named itself, so that something else than a rule is an error. */
void cor_read_document(cor_load *ld, const cor_ynode *root, bool named);

/* A document with `action`, the old way of saying things once for several rules. */
void cor_refuse_collection(cor_load *ld, const cor_ynode *root);
bool cor_is_unsupported(const cor_load *ld, const cor_ynode *root); /* by its status, and that counts */
void cor_begin_document(cor_load *ld, const cor_ynode *root);

/* own.c: the key `cordon:`, if the rule has one. */
void cor_read_own(cor_load *ld, const cor_ynode *root, cor_rule *r);

/* detection.c */
typedef struct cor_ident {      /* a search identifier */
    cor_str name;
    cor_node *node;             /* NULL: broken, and said so */
    const cor_ynode *key;
    uint32_t weight;
    bool used;
} cor_ident;
/* Reads a detection (or filter) map: identifiers, then conditions. NULL when refused. `skip` is a further key that is
 * no identifier. */
const cor_node *cor_read_detection(cor_load *ld, const cor_ynode *map, const char *skip, uint32_t *weight);
/* condition.c */
cor_node *cor_condition(cor_load *ld, const cor_ynode *cond, cor_ident *id, size_t n, uint32_t *weight);
/* modifier.c: one "field|mod|mod: values" to a node; values: the scalars, n of them by next (a scalar or a list's
 * items). */
cor_node *cor_read_field(cor_load *ld, const cor_ynode *key, const cor_ynode *value, uint32_t *weight);
cor_node *cor_make_node(cor_load *ld, cor_node_kind kind, cor_node **child, size_t n);

/* logsource.c */
cor_code cor_mapping_load(cor_load *ld, cor_err *e);
void cor_mapping_free(cor_load *ld);
/* Fills rule->source from its category, product and service; says when there is nowhere to look. */
void cor_mapping_find(cor_load *ld, cor_rule *r, const cor_ynode *at);
extern const unsigned char cor_builtin_mapping[];
extern const size_t cor_builtin_mapping_size;

/* expand.c */
cor_code cor_expand_load(cor_load *ld, cor_err *e);
/* Values of placeholder `name`; false when nothing is known of it. */
bool cor_expand_get(const cor_load *ld, cor_str name, const cor_str **value, uint32_t *n);
void cor_expand_free(cor_load *ld);

/* correlation.c, filter.c, resolve.c */
cor_corr_raw *cor_read_correlation(cor_load *ld, const cor_ynode *root);
cor_filter_raw *cor_read_filter(cor_load *ld, const cor_ynode *map);
void cor_resolve(cor_load *ld);
cor_ref *cor_read_refs(cor_load *ld, const cor_ynode *v, uint32_t *n);

/* lint.c: what is allowed and yet looks wrong; only with opt->lint. */
void cor_lint_unused(cor_load *ld, const cor_ident *id, size_t n);
void cor_lint_rule(cor_load *ld, const cor_ynode *root, const cor_item *it);
bool cor_mentions_not(const cor_node *n); /* filter.c */

/* files.c: reads whole files; the text is in `tmp`. */
cor_code cor_read_all(const char *path, size_t max, cor_arena *mem, cor_str *out, cor_err *e);
/* Calls `each` for every rule text under path: in byte order of names. */
cor_code cor_rule_files(const char *path, cor_load *ld, cor_code (*each)(cor_load *ld, cor_str name, cor_str text,
                                                                         bool named, cor_err *e),
                        cor_err *e);

#endif
