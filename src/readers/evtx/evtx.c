/* The reader of Windows XML event logs. Chunks are believed, not the file header: in live and crashed logs the header
 * is old. Damage is told with its offset, and reading goes on at the next record or chunk that holds together. */
#include "readers/evtx/evtx.h"

#include <stdio.h>

#include "base/alloc.h"
#include "readers/evtx/lane.h"
#include "readers/evtx/view.h"

#define ROOM "evtx"
#define PART_MAX ((uint64_t)1 << 20) /* bytes in one buffer: 16 chunks */

typedef struct state {
    cor_evtx_viewer v;
    cor_printer printer;
    uint8_t *buf; /* PART_MAX + pad */
    bool recover;
    bool unprintable;  /* the record in work: damage showed when it was to be printed */
} state;

/* What one read works with. */
typedef struct job {
    state *s;
    const cor_sink *sink;
    cor_tally *tally;
    uint64_t base;     /* file offset of the chunk in work */
    bool cut;          /* that the file ends too early was told */
    cor_err *e;
} job;

static int sniff(const uint8_t *head, size_t n)
{
    if (n >= 8 && (memcmp(head, "ElfFile", 8) == 0 || memcmp(head, "ElfChnk", 8) == 0))
        return 2;
    return 0;
}

/* Where chunks begin: behind the file header, or at once in a carved run of chunks. */
static uint64_t first_chunk(const cor_input *in)
{
    return in->head_n >= 8 && memcmp(in->head, "ElfChnk", 8) == 0 ? 0 : COR_EVTX_FILE_HEADER;
}

static bool part(const cor_input *in, uint64_t want, uint64_t k, cor_part *out)
{
    uint64_t each = want / COR_EVTX_CHUNK * COR_EVTX_CHUNK, first = first_chunk(in);
    if (each == 0 || each > PART_MAX)
        each = each == 0 ? COR_EVTX_CHUNK : PART_MAX;
    if (k > in->size / each)
        return false;
    uint64_t off = first + k * each;
    if (off >= in->size && k > 0)
        return false;
    *out = (cor_part){off, off >= in->size ? 0 : in->size - off < each ? in->size - off : each};
    return true;
}

static void *open_state(const cor_read_options *o)
{
    state *s = cor_zalloc(sizeof *s);
    if (s == NULL)
        return NULL;
    s->recover = o->recover;
    s->buf = cor_alloc(PART_MAX + COR_EVTX_PAD);
    if (!cor_evtx_viewer_init(&s->v) || s->buf == NULL) {
        cor_evtx_viewer_free(&s->v);
        cor_free(s->buf);
        cor_free(s);
        return NULL;
    }
    return s;
}

static void close_state(void *p)
{
    state *s = p;
    if (s == NULL)
        return;
    cor_evtx_viewer_free(&s->v);
    cor_free(s->buf);
    cor_free(s);
}

static void damage(job *j, uint64_t off, uint64_t len, cor_loss loss, const char *what)
{
    cor_damage d = {.off = off, .len = len, .records = loss == COR_LOSES_RECORD, .lost = loss != COR_LOSES_NOTHING};
    snprintf(d.what, sizeof d.what, "%.199s", what);
    j->tally->damaged++;
    j->tally->lossy += loss != COR_LOSES_NOTHING;
    if (j->sink->damage != NULL)
        j->sink->damage(j->sink->ctx, &d);
}

static cor_code render(const cor_event *ev, cor_format fmt, cor_buf *out, cor_err *e)
{
    state *s = ev->reader;
    bool done;
    cor_elem *root;
    cor_code rc = cor_evtx_lane(s->v.evtx, &s->printer, &s->v.inst, fmt, out, &done, e);
    if (rc == COR_OK && !done && (rc = cor_evtx_view_tree(&s->v, &root, e)) == COR_OK)
        rc = cor_tree_render(root, fmt, out, e);
    s->unprintable = rc != COR_OK;
    return rc;
}

/* Hands one record to the sink. *broken: the record itself could not be understood, e says why. */
static cor_code deliver(job *j, const cor_evtx_record *r, uint32_t flags, bool *broken, cor_err *e)
{
    cor_evtx_viewer *v = &j->s->v;
    cor_event ev;
    ev.flags = flags;
    *broken = true;
    cor_code rc = cor_evtx_view_record(v, r, &ev, e);
    if (rc != COR_OK)
        return rc;
    const cor_sink *k = j->sink;
    if (k->seen != NULL) {
        cor_seen seen = {&ev.head, ev.sys[COR_SYS_COMPUTER], ev.time, ev.record_id, ev.flags};
        k->seen(k->ctx, &seen);
    }
    *broken = false;
    if (k->want != NULL && !k->want(k->ctx, &ev.head))
        return COR_OK;
    if (k->spare != NULL && cor_evtx_view_bytes(v, &ev.raw) && k->spare(k->ctx, &ev))
        return COR_OK;
    cor_evtx_view_system(v, &ev);
    ev.layout = NULL;
    ev.layouts = v->layouts;
    ev.val = NULL;
    if (k->fields) {
        *broken = true;
        if ((rc = cor_evtx_view_fields(v, &ev, e)) != COR_OK)
            return rc;
        *broken = false;
    }
    ev.offset = j->base + r->off;
    ev.render = render;
    ev.reader = j->s;
    j->s->unprintable = false;
    rc = k->event(k->ctx, &ev, e);
    *broken = j->s->unprintable; /* values within values are parsed only when they are printed */
    return rc;
}

static cor_code one_record(job *j, const cor_evtx_record *r, uint32_t flags)
{
    cor_err why = {0};
    bool broken;
    cor_code rc = deliver(j, r, flags, &broken, &why);
    if (rc == COR_OK || (broken && rc != COR_ENOMEM)) {
        *((flags & COR_EV_RECOVERED) != 0 ? &j->tally->recovered : &j->tally->records) += rc == COR_OK;
        if (rc != COR_OK)
            damage(j, why.off != COR_NOPOS ? why.off : j->base + r->off, r->size,
                   (flags & COR_EV_RECOVERED) != 0 ? COR_LOSES_NOTHING : COR_LOSES_RECORD, why.msg);
        return COR_OK;
    }
    *j->e = why;
    return rc;
}

/* The next offset in [from, to) where a whole record stands, or `to`. */
static uint32_t resync(const uint8_t *p, uint32_t from, uint32_t to, size_t n)
{
    cor_evtx_record r;
    while (from < to) {
        const uint8_t *q = memmem(p + from, to - from, "**\0\0", 4);
        if (q == NULL)
            return to;
        from = (uint32_t)(q - p);
        if (cor_evtx_record_at(p, n, from, &r))
            return from;
        from++;
    }
    return to;
}

static cor_code walk_records(job *j, const uint8_t *p, size_t n, uint32_t limit)
{
    cor_evtx_record r;
    for (uint32_t off = COR_EVTX_CHUNK_HEADER; off < limit;) {
        if (cor_evtx_record_at(p, n, off, &r)) {
            cor_code rc = one_record(j, &r, 0);
            if (rc != COR_OK)
                return rc;
            off += r.size;
            continue;
        }
        uint32_t next = resync(p, off + 1, limit, n);
        bool cut = n < COR_EVTX_CHUNK && limit == n && next == limit;
        j->cut |= cut;
        damage(j, j->base + off, next - off, COR_LOSES_RECORD,
               cut ? "the file ends inside a record"
               : "no whole record stands here; reading goes on at the next one that does");
        off = next;
    }
    return COR_OK;
}

/* Records left behind the free-space offset, or anywhere in a cleared chunk. */
static cor_code walk_slack(job *j, const uint8_t *p, size_t n, uint32_t from)
{
    cor_evtx_record r;
    for (uint32_t off = resync(p, from, (uint32_t)n, n); off < n; off = resync(p, off, (uint32_t)n, n)) {
        if (!cor_evtx_record_at(p, n, off, &r))
            break;
        cor_code rc = one_record(j, &r, COR_EV_RECOVERED);
        if (rc != COR_OK)
            return rc;
        off += r.size;
    }
    return COR_OK;
}

/* Where the zeros begin that fill the rest of a chunk; records are multiples of eight bytes. */
static uint32_t unused_from(const uint8_t *p, uint32_t n)
{
    uint32_t end = n;
    while (end > COR_EVTX_CHUNK_HEADER && p[end - 1] == 0)
        end--;
    return end + 7 < n ? (end + 7) & ~7u : n;
}

static cor_code chunk(job *j, const uint8_t *p, size_t n)
{
    cor_evtx_chunk_info info;
    cor_evtx_record r;
    cor_evtx_chunk(j->s->v.evtx, p, n, j->base, &info);
    if (n < COR_EVTX_CHUNK_HEADER) {
        damage(j, j->base, n, COR_LOSES_UNKNOWN, "the file ends inside a chunk header");
        j->cut = true;
        return COR_OK;
    }
    if (info.zero)
        return COR_OK;
    uint32_t limit = (uint32_t)n;
    if (!info.magic_ok) {
        if (!cor_evtx_record_at(p, n, COR_EVTX_CHUNK_HEADER, &r)) {
            damage(j, j->base, n, COR_LOSES_UNKNOWN, "no chunk stands here");
            return j->s->recover ? walk_slack(j, p, n, 0) : COR_OK;
        }
        damage(j, j->base, 8, COR_LOSES_NOTHING, "a chunk without its signature; its records are read all the same");
        limit = resync(p, COR_EVTX_CHUNK_HEADER, (uint32_t)n, n);
        while (cor_evtx_record_at(p, n, limit, &r))
            limit += r.size;
    } else {
        cor_evtx_chunk_check(p, n, &info);
        if (!info.header_crc_ok)
            damage(j, j->base + 124, 4, COR_LOSES_NOTHING, "the checksum of the chunk header is wrong");
        if (!info.data_crc_ok && n == COR_EVTX_CHUNK)
            damage(j, j->base + 52, 4, COR_LOSES_NOTHING,
                   "the checksum of the chunk's records is wrong: changed since, or copied while the log was in use");
        if (info.free_space >= COR_EVTX_CHUNK_HEADER && info.free_space <= COR_EVTX_CHUNK) {
            limit = info.free_space < n ? info.free_space : (uint32_t)n;
        } else {
            limit = unused_from(p, limit);
            damage(j, j->base + 48, 4, COR_LOSES_NOTHING,
                   "the chunk's free-space offset points outside it; records are read as far as they hold together");
        }
    }
    cor_code rc = walk_records(j, p, n, limit);
    if (rc == COR_OK && info.magic_ok && info.free_space > n && info.free_space <= COR_EVTX_CHUNK && !j->cut) {
        damage(j, j->base + n, 0, COR_LOSES_UNKNOWN, "the file ends before the last records of its chunk");
        j->cut = true;
    }
    return rc == COR_OK && j->s->recover ? walk_slack(j, p, n, limit) : rc;
}

static void file_header(job *j, const cor_input *in)
{
    cor_evtx_file_info f;
    if (first_chunk(in) == 0) {
        damage(j, 0, 0, COR_LOSES_NOTHING, "no file header: chunks begin at once");
    } else if (!cor_evtx_file(in->head, in->head_n, &f)) {
        damage(j, 0, in->head_n, COR_LOSES_UNKNOWN, "the file header is cut short");
    } else {
        if (!f.crc_ok)
            damage(j, 124, 4, COR_LOSES_NOTHING, "the checksum of the file header is wrong");
        if (in->size < COR_EVTX_FILE_HEADER)
            damage(j, in->size, 0, COR_LOSES_UNKNOWN, "the file ends inside its header");
        if (f.major != 3 || f.minor > 2)
            damage(j, 36, 4, COR_LOSES_NOTHING,
                   "an unknown format version (3.1 and 3.2 are known); read as if it were 3.2");
        uint64_t room = in->size < COR_EVTX_FILE_HEADER ? UINT64_MAX
                        : (in->size - COR_EVTX_FILE_HEADER + COR_EVTX_CHUNK - 1) / COR_EVTX_CHUNK;
        if (f.chunks > room) {
            char text[100];
            snprintf(text, sizeof text, "the file ends before the last of the %u chunks that its header counts",
                     f.chunks);
            damage(j, in->size, 0, COR_LOSES_UNKNOWN, text);
        }
    }
}

static cor_code read_part(void *st, const cor_input *in, const cor_part *pt, const cor_sink *sink, cor_tally *tally,
                          cor_err *e)
{
    job j = {.s = st, .sink = sink, .tally = tally, .e = e};
    if (pt->off == first_chunk(in))
        file_header(&j, in);
    size_t got;
    cor_code rc = cor_input_read(in, pt->off, j.s->buf, (size_t)pt->len, &got, e);
    if (rc != COR_OK)
        return rc;
    memset(j.s->buf + got, 0, COR_EVTX_PAD);
    for (size_t at = 0; at < got && rc == COR_OK; at += COR_EVTX_CHUNK) {
        j.base = pt->off + at;
        rc = chunk(&j, j.s->buf + at, got - at < COR_EVTX_CHUNK ? got - at : COR_EVTX_CHUNK);
    }
    if (rc == COR_OK && got < pt->len)
        rc = cor_fail(e, COR_ETRUNC, ROOM, pt->off + got, "the file became shorter while it was read");
    return rc;
}

const cor_reader cor_reader_evtx = {
    .name = "evtx",
    .what = "Windows XML event log, format 3.1 and 3.2",
    .sniff = sniff,
    .part = part,
    .open = open_state,
    .close = close_state,
    .read = read_part,
};
