/* All files below some paths, sorted by name. Opens nothing but folders; writes nothing; follows symbolic links only
 * when they are given themselves. */
#ifndef COR_EVIDENCE_WALK_H
#define COR_EVIDENCE_WALK_H

#include <stdatomic.h>

#include "base/arena.h"
#include "evidence/input.h"

/* Longest path looked at, in bytes. Four times what the system takes in one call (evidence unpacked from Windows can
 * be that deep); all paths are kept, so a forged tree of nested folders costs at most the square of this: 64 MiB. */
#define COR_WALK_PATH_MAX ((size_t)16 << 10)

typedef enum cor_walk_kind {
    COR_WALK_FILE,
    COR_WALK_LINK,    /* a symbolic link inside a folder: named, not followed */
    COR_WALK_SPECIAL, /* fifo, socket, device: named, not opened */
} cor_walk_kind;

typedef struct cor_walk_entry {
    const char *path; /* NUL-terminated */
    uint32_t len;
    uint32_t name_off; /* the name (cor_input.name) is the end of the path from here */
    uint64_t size;     /* when the walk passed by; for progress only */
    uint8_t kind;      /* cor_walk_kind */
    bool given;        /* named by the user: may be a symbolic link */
} cor_walk_entry;

/* Owns everything in it, in mem; cor_walk_free frees. */
typedef struct cor_walk {
    cor_arena mem;
    cor_walk_entry *entry; /* by name, then by path */
    size_t n, cap;
    cor_err *err; /* folders that could not be read */
    size_t n_err, cap_err;
} cor_walk;

/* COR_EUSAGE when a given path does not exist or cannot be opened, COR_ESTOP when *stop (may be NULL) was set. */
cor_code cor_walk_paths(cor_walk *w, const char *const *path, size_t n, const atomic_bool *stop, cor_err *e);
void cor_walk_free(cor_walk *w);

static inline cor_str cor_walk_name(const cor_walk_entry *x)
{
    return (cor_str){x->path + x->name_off, x->len - x->name_off};
}

/* Opens an entry for reading, fills fd, base, size, head and name of *in (not no). COR_EIO when that is not
 * possible. */
cor_code cor_walk_open(const cor_walk_entry *x, cor_input *in, cor_err *e);

#endif
