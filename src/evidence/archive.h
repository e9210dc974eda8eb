/* Archives, unpacked by libarchive in a child process that can do nothing but read the archive and write to a pipe.
 *
 * The child is forked from a helper that is itself forked before the run starts threads: a fork of a threaded
 * process may not safely allocate, and libarchive with its libraries is loaded by the helper, at the first archive,
 * not by every run. */
#ifndef COR_EVIDENCE_ARCHIVE_H
#define COR_EVIDENCE_ARCHIVE_H

#include "base/arena.h"
#include "base/spill.h"
#include "evidence/frame.h"
#include "evidence/input.h"

/* Address space of the child above what it starts with. xz and 7z at their highest usual settings need 64 MiB to
 * decode, zstd with a long window 128 MiB; 7z can ask for 1.5 GiB and more: such archives are refused. */
#define COR_UNPACK_MEMORY ((uint64_t)1 << 30)
/* CPU seconds of the child: a minute, and one more for each MiB of the archive; bzip2, the slowest, needs a tenth of
 * that. */
#define COR_UNPACK_CPU 60u
/* Bytes that may come out of one archive, those of archives inside it counted too: COR_UNPACK_RATIO times its size,
 * but always COR_UNPACK_FLOOR, never more than COR_UNPACK_MAX. Event logs pack 10 to 120 times (a fresh log is
 * mostly zeros); one deflate layer cannot exceed 1,032. */
#define COR_UNPACK_RATIO 1000u
#define COR_UNPACK_FLOOR ((uint64_t)1 << 30)
#define COR_UNPACK_MAX ((uint64_t)256 << 30)
/* Members of one archive. Each costs a line in the report; whole collections of a machine have some 10,000. */
#define COR_UNPACK_MEMBERS 200000u
/* Archives inside archives: one level. */
#define COR_UNPACK_DEPTH 2u

typedef enum cor_archive_kind {
    COR_ARCHIVE_NONE,
    COR_ARCHIVE_ZIP,
    COR_ARCHIVE_7Z,
    COR_ARCHIVE_TAR,
    COR_ARCHIVE_PACKED, /* gzip, xz, zstd, bzip2: of a tar or of a single file */
} cor_archive_kind;
cor_archive_kind cor_archive_sniff(const uint8_t *head, size_t n);

/* Whether some reader takes a file that begins so. Called in the child: must be pure. */
typedef bool (*cor_archive_want)(const void *ctx, const uint8_t *head, size_t n);

typedef struct cor_unpacker cor_unpacker;
/* Starts the helper; call it while the process has one thread. COR_ENOTSUP when this build has no libarchive,
 * COR_EIO when the system refuses. */
cor_code cor_unpacker_start(cor_unpacker **out, cor_archive_want want, const void *want_ctx, cor_err *e);
void cor_unpacker_free(cor_unpacker *u);

/* One archive and those inside it share a budget. */
typedef struct cor_unpack_budget {
    uint64_t bytes;   /* that may still come out */
    uint32_t members;
} cor_unpack_budget;
cor_unpack_budget cor_unpack_budget_for(uint64_t archive_size);

typedef struct cor_member {
    cor_str name;     /* as in the archive; "" for the content of a packed single file */
    uint64_t off, size; /* in the spool; of members that are wanted */
    const char *bad;  /* why it is not whole; NULL: it is */
    cor_member_kind kind;
} cor_member;

/* "archive!member". A member without a name, the content of a packed single file, gets the archive's without its
 * ending, or "data". .p NULL: no memory. */
cor_str cor_member_name(cor_arena *mem, cor_str archive, cor_str member);

typedef struct cor_unpacked {
    cor_arena mem;     /* owns names and messages */
    cor_member *member; /* by name, equal names in the archive's order */
    size_t n, cap;
    size_t n_kind[COR_MEMBER_N];
    int fd;            /* the spool: an unlinked file, -1 when no member was wanted; the caller closes it */
} cor_unpacked;

typedef struct cor_unpack_task {
    const cor_input *in;
    cor_archive_kind kind;
    bool last;         /* archives inside are not wanted any more */
    const char *tmp;   /* NULL: $TMPDIR or /tmp */
    /* Called now and then with the bytes of the archive read so far. False: stop. */
    bool (*tick)(void *ctx, uint64_t at);
    void *tick_ctx;
} cor_unpack_task;

/* Unpacks what is wanted. Whatever comes back, *out holds what could be unpacked, and is freed by cor_unpacked_free.
 * COR_OK, or why the archive was not read to its end: COR_EFORMAT, COR_ELIMIT, COR_EIO, COR_ENOTSUP, COR_ENOMEM,
 * COR_ESTOP. */
cor_code cor_unpack(cor_unpacker *u, const cor_unpack_task *t, cor_unpack_budget *left, cor_unpacked *out, cor_err *e);
void cor_unpacked_free(cor_unpacked *u);

#endif
