/* What a taken-over unpacking process could send: frames of any kind, members of any name. Also the look at a file's head. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "evidence/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct state {
    bool in_member, finished;
    cor_arena mem;
    uint64_t bytes;
} state;

static void must(bool ok)
{
    if (!ok)
        abort();
}

static cor_code on_member(void *ctx, cor_member_kind kind, uint64_t size, cor_str name, cor_err *e)
{
    (void)size;
    (void)e;
    state *s = ctx;
    must(!s->in_member && !s->finished && kind < COR_MEMBER_N && name.n < COR_FRAME_SMALL_MAX);
    s->in_member = kind == COR_MEMBER_WANTED;
    cor_str full = cor_member_name(&s->mem, COR_S("d/Security.evtx.gz"), name);
    must(full.p != NULL && full.n > 19 && full.p[18] == '!' && full.p[full.n] == '\0');
    cor_buf shown = {0};
    cor_term_escape(&shown, full);
    for (size_t i = 0; i < shown.n; i++)
        must(shown.p[i] >= 0x20 && shown.p[i] != 0x7f); /* nothing that a terminal obeys */
    cor_buf_free(&shown);
    return COR_OK;
}

static cor_code on_data(void *ctx, const uint8_t *p, size_t n, cor_err *e)
{
    (void)e;
    state *s = ctx;
    must(s->in_member && n > 0);
    s->bytes += p[0] + p[n - 1] + n;
    return COR_OK;
}

static cor_code on_zeros(void *ctx, uint64_t n, cor_err *e)
{
    (void)n;
    (void)e;
    must(((state *)ctx)->in_member);
    return COR_OK;
}

static cor_code on_end(void *ctx, bool damaged, cor_str message, cor_err *e)
{
    (void)damaged;
    (void)message;
    (void)e;
    state *s = ctx;
    must(s->in_member);
    s->in_member = false;
    return COR_OK;
}

static void on_place(void *ctx, uint64_t at)
{
    (void)at;
    must(!((state *)ctx)->finished);
}

static cor_code on_finish(void *ctx, bool damaged, cor_str message, cor_err *e)
{
    (void)damaged;
    (void)message;
    (void)e;
    state *s = ctx;
    must(!s->in_member && !s->finished);
    s->finished = true;
    return COR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cor_archive_sniff(data, size < COR_HEAD_SIZE ? size : COR_HEAD_SIZE);
    if (size == 0)
        return 0;
    size_t step = (size_t)data[0] + 1; /* how the pipe cuts it */
    state s = {0};
    cor_frames *f = cor_zalloc(sizeof *f);
    const cor_frame_sink sink = {&s, on_member, on_data, on_zeros, on_end, on_place, on_finish};
    cor_err e = {0};
    cor_code rc = f == NULL ? COR_ENOMEM : COR_OK;
    for (size_t at = 1; at < size && rc == COR_OK; at += step)
        rc = cor_frames_feed(f, data + at, size - at < step ? size - at : step, &sink, &e);
    must(rc == COR_OK || e.msg[0] != '\0');
    cor_free(f);
    cor_arena_free(&s.mem);
    return 0;
}
