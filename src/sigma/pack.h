/* Rule packs: a folder of rules in one file (docs/formats/rulepack.md). */
#ifndef COR_SIGMA_PACK_H
#define COR_SIGMA_PACK_H

#include "sigma/sigma.h"

#define COR_PACK_BYTES_MAX ((size_t)128 << 20) /* of the file */
#define COR_PACK_RAW_MAX ((size_t)512 << 20)   /* unpacked: a hundred times all public rules */

typedef struct cor_pack_stats { uint64_t files, raw_bytes, packed_bytes; } cor_pack_stats;

/* Packs the rule files below dir (or one file) into the file out, which is replaced whole or not at all. */
cor_code cor_rules_pack(const char *dir, const char *out, cor_pack_stats *stats, cor_err *e);

typedef struct cor_load cor_load;
bool cor_is_pack(cor_str bytes);
/* Calls each for the files of a pack, named "path!name". For the loader only. */
cor_code cor_pack_each(cor_load *ld, const char *path, cor_str bytes,
                       cor_code (*each)(cor_load *ld, cor_str name, cor_str text, bool named, cor_err *e), cor_err *e);

#endif
