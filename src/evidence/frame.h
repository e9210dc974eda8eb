/* What the unpacking child says through its pipe. The parent trusts none of it: the child reads hostile bytes.
 *
 * A frame is a type byte, three zero bytes and the length of its payload (u32, little endian):
 *   N member   kind u8, declared size u64 (all ones: not known), name
 *   D data     bytes of the member in work
 *   Z zeros    count u64: so many zero bytes of the member in work
 *   E end      of the member in work: 0 or 1 (damaged) u8, message
 *   P place    u64: bytes of the archive read so far
 *   F finish   0 or 1 (not read to its end) u8, message; nothing may follow
 * Only members of kind COR_MEMBER_WANTED have data and an end. */
#ifndef COR_EVIDENCE_FRAME_H
#define COR_EVIDENCE_FRAME_H

#include "base/base.h"

#define COR_FRAME_HEAD 8u
#define COR_FRAME_DATA_MAX ((size_t)256 << 10) /* payload of D: one step of work */
#define COR_FRAME_SMALL_MAX ((size_t)4 << 10)  /* payload of all others; longer names are cut by the child */

typedef enum cor_member_kind {
    COR_MEMBER_UNWANTED,  /* no reader takes it */
    COR_MEMBER_WANTED,
    COR_MEMBER_ENCRYPTED,
    COR_MEMBER_DEEPER,    /* an archive below the last level that is opened */
    COR_MEMBER_N
} cor_member_kind;

typedef struct cor_frame_sink {
    void *ctx;
    cor_code (*member)(void *ctx, cor_member_kind kind, uint64_t size, cor_str name, cor_err *e);
    cor_code (*data)(void *ctx, const uint8_t *p, size_t n, cor_err *e);
    cor_code (*zeros)(void *ctx, uint64_t n, cor_err *e);
    cor_code (*end)(void *ctx, bool damaged, cor_str message, cor_err *e);
    void (*place)(void *ctx, uint64_t at);
    cor_code (*finish)(void *ctx, bool damaged, cor_str message, cor_err *e);
} cor_frame_sink;

/* State between two feeds. Zeroed: the beginning. */
typedef struct cor_frames {
    uint8_t head[COR_FRAME_HEAD];
    size_t head_n;
    uint8_t small[COR_FRAME_SMALL_MAX];
    size_t small_n;
    size_t left;    /* payload bytes still to come */
    bool in_frame, in_member, finished;
} cor_frames;

/* COR_EFORMAT when the child breaks the rules above; else what the sink returns. */
cor_code cor_frames_feed(cor_frames *f, const uint8_t *p, size_t n, const cor_frame_sink *s, cor_err *e);

#endif
