#include "evidence/frame.h"

#include "base/cursor.h"

static cor_code broken(cor_err *e, const char *how)
{
    return cor_fail(e, COR_EFORMAT, "archive", COR_NOPOS, "the unpacking process sent %s", how);
}

static cor_code begin(cor_frames *f, cor_err *e)
{
    char type = (char)f->head[0];
    size_t n = cor_ld32(f->head + 4);
    if (f->finished)
        return broken(e, "more after its end");
    if (n > (type == 'D' ? COR_FRAME_DATA_MAX : COR_FRAME_SMALL_MAX))
        return broken(e, "a frame that is too long");
    if ((type == 'D' || type == 'Z' || type == 'E') != f->in_member && type != 'P')
        return broken(e, f->in_member ? "no end of a member" : "data of no member");
    f->in_frame = true;
    f->left = n;
    f->small_n = 0;
    return COR_OK;
}

/* A whole frame other than D. */
static cor_code act(cor_frames *f, const cor_frame_sink *s, cor_err *e)
{
    cor_cur c = cor_cur_of(f->small, f->small_n, 0);
    char type = (char)f->head[0];
    uint64_t number = 0;
    uint8_t byte = 0;
    if (type == 'N' || type == 'E' || type == 'F')
        byte = cor_u8(&c, "byte");
    if (type == 'N' || type == 'Z' || type == 'P')
        number = cor_u64(&c, "number");
    if (c.bad != NULL)
        return broken(e, "a frame that is too short");
    cor_str text = {(const char *)f->small + c.off, cor_left(&c)};
    switch (type) {
    case 'N':
        if (byte >= COR_MEMBER_N)
            return broken(e, "a member of no kind");
        f->in_member = byte == COR_MEMBER_WANTED;
        return s->member(s->ctx, (cor_member_kind)byte, number, text, e);
    case 'Z': return s->zeros(s->ctx, number, e);
    case 'E':
        f->in_member = false;
        return s->end(s->ctx, byte != 0, text, e);
    case 'P': s->place(s->ctx, number); return COR_OK;
    case 'F':
        f->finished = true;
        return s->finish(s->ctx, byte != 0, text, e);
    default: return broken(e, "a frame of no type");
    }
}

cor_code cor_frames_feed(cor_frames *f, const uint8_t *p, size_t n, const cor_frame_sink *s, cor_err *e)
{
    cor_code rc = COR_OK;
    while (rc == COR_OK && (n > 0 || (f->in_frame && f->left == 0))) {
        if (!f->in_frame) {
            size_t k = COR_FRAME_HEAD - f->head_n < n ? COR_FRAME_HEAD - f->head_n : n;
            memcpy(f->head + f->head_n, p, k);
            f->head_n += k;
            p += k;
            n -= k;
            if (f->head_n == COR_FRAME_HEAD)
                rc = begin(f, e);
            continue;
        }
        size_t k = f->left < n ? f->left : n;
        bool data = f->head[0] == 'D';
        if (data && k > 0)
            rc = s->data(s->ctx, p, k, e);
        else if (k > 0)
            memcpy(f->small + f->small_n, p, k);
        f->small_n += data ? 0 : k;
        f->left -= k;
        p += k;
        n -= k;
        if (f->left == 0) {
            f->in_frame = false;
            f->head_n = 0;
            if (rc == COR_OK && !data)
                rc = act(f, s, e);
        }
    }
    return rc;
}
