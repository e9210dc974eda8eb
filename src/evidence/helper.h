/* Inside evidence/: the helper process and the child it makes for each archive. See archive.h for why there are two. */
#ifndef COR_EVIDENCE_HELPER_H
#define COR_EVIDENCE_HELPER_H

#include "evidence/archive.h"

/* What the parent asks of the helper, with two descriptors beside it (the archive, the pipe's end to write to).
 * Without them: kill the child that works. */
typedef struct cor_unpack_order {
    uint64_t base, size; /* the archive's place in the file */
    uint32_t kind;       /* cor_archive_kind */
    uint32_t last;       /* archives inside are not wanted */
    int archive, pipe;   /* filled by the receiver */
} cor_unpack_order;

/* And what became of it, answered to each order once. */
typedef struct cor_unpack_status {
    enum { COR_UNPACK_EXITED, COR_UNPACK_SIGNALLED, COR_UNPACK_NO_LIBRARY, COR_UNPACK_NO_CHILD } how;
    int value;           /* exit code, signal, errno */
} cor_unpack_status;

/* The helper's whole life; ends when the other end of `sock` is closed. */
_Noreturn void cor_helper_main(int sock, cor_archive_want want, const void *want_ctx);

/* unpack.c. NULL when libarchive is not there. */
typedef struct cor_unpack_lib cor_unpack_lib;
cor_unpack_lib *cor_unpack_load(void);
_Noreturn void cor_unpack_child(const cor_unpack_lib *la, const cor_unpack_order *o, cor_archive_want want,
                                const void *want_ctx);

#endif
