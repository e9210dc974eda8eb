#include "formats/evtx/write_put.h"

#include "base/utf.h"

static uint8_t *take(cor_evtx_writer *w, size_t n)
{
    static uint8_t nowhere[64];
    /* one byte stays free: libevtx drops a record that ends with its chunk */
    if (w->full || n >= COR_EVTX_CHUNK - w->at) {
        w->full = true;
        return n <= sizeof nowhere ? nowhere : NULL;
    }
    uint8_t *p = w->chunk + w->at;
    w->at += (uint32_t)n;
    return p;
}

void cor_evtx_put(cor_evtx_writer *w, const void *p, size_t n)
{
    uint8_t *to = take(w, n);
    if (to != NULL && !w->full && n > 0) /* nothing may come as NULL */
        memcpy(to, p, n);
}
void cor_evtx_put8(cor_evtx_writer *w, uint8_t v)
{
    cor_evtx_put(w, &v, 1);
}
void cor_evtx_put16(cor_evtx_writer *w, uint16_t v)
{
    cor_evtx_put(w, &v, 2);
}
void cor_evtx_put32(cor_evtx_writer *w, uint32_t v)
{
    cor_evtx_put(w, &v, 4);
}
void cor_evtx_put64(cor_evtx_writer *w, uint64_t v)
{
    cor_evtx_put(w, &v, 8);
}
void cor_evtx_patch32(cor_evtx_writer *w, uint32_t at, uint32_t v)
{
    if (!w->full)
        memcpy(w->chunk + at, &v, 4);
}

void cor_evtx_put_utf16(cor_evtx_writer *w, cor_str s)
{
    size_t before = w->scratch.n;
    cor_utf8_to_utf16(s, &w->scratch);
    cor_evtx_put(w, w->scratch.p + before, w->scratch.n - before);
    w->scratch.n = before;
}

uint16_t cor_evtx_units(cor_str s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.n;)
        n += cor_utf8_next(s, &i) >= 0x10000 ? 2 : 1;
    return (uint16_t)(n > UINT16_MAX ? UINT16_MAX : n);
}

/* ---- binary XML ---- */

/* The hash of a name as Windows computes it: it chooses the bucket of the chunk's name table. */
static uint32_t name_hash(cor_str s)
{
    uint32_t h = 0;
    for (size_t i = 0; i < s.n;)
        h = h * 65599u + (cor_utf8_next(s, &i) & 0xffff);
    return h;
}

void cor_evtx_put_name(cor_evtx_writer *w, cor_str s)
{
    uint64_t key = cor_hash(s.p, s.n);
    for (uint32_t i = 0; i < w->n_name; i++) {
        if (w->name[i].hash == key) {
            cor_evtx_put32(w, w->name[i].off);
            return;
        }
    }
    uint32_t off = w->at + 4, h = name_hash(s), bucket = NAMES_AT + 4 * (h % 64);
    cor_evtx_put32(w, off);
    cor_evtx_put32(w, cor_ld32(w->chunk + bucket)); /* the one before it in this bucket */
    cor_evtx_put16(w, (uint16_t)h);
    cor_evtx_put16(w, cor_evtx_units(s));
    cor_evtx_put_utf16(w, s);
    cor_evtx_put16(w, 0);
    if (w->full || w->n_name == NAMES_MAX) {
        w->full = true;
        return;
    }
    cor_evtx_patch32(w, bucket, off);
    w->name[w->n_name++] = (name_at){key, off};
}

uint32_t cor_evtx_open_element(cor_evtx_writer *w, cor_str name, bool attributes, uint16_t dep)
{
    cor_evtx_put8(w, attributes ? 0x41 : 0x01);
    if (!w->spelled_out)
        cor_evtx_put16(w, dep);
    uint32_t size_at = w->at;
    cor_evtx_put32(w, 0);
    cor_evtx_put_name(w, name);
    return size_at;
}

void cor_evtx_end_element(cor_evtx_writer *w, uint32_t size_at)
{
    cor_evtx_put8(w, 0x04);
    cor_evtx_patch32(w, size_at, w->at - size_at - 4);
}

void cor_evtx_text(cor_evtx_writer *w, cor_str s)
{
    cor_evtx_put8(w, 0x05);
    cor_evtx_put8(w, COR_V_UTF16);
    cor_evtx_put16(w, cor_evtx_units(s));
    cor_evtx_put_utf16(w, s);
}

void cor_evtx_hole(cor_evtx_writer *w, uint16_t index, uint8_t type)
{
    cor_evtx_put8(w, 0x0e);
    cor_evtx_put16(w, index);
    cor_evtx_put8(w, type);
}

void cor_evtx_attributes(cor_evtx_writer *w, const cor_evtx_attr *a, size_t n)
{
    uint32_t size_at = w->at;
    cor_evtx_put32(w, 0);
    for (size_t i = 0; i < n; i++) {
        cor_evtx_put8(w, i + 1 < n ? 0x46 : 0x06);
        cor_evtx_put_name(w, a[i].name);
        if (a[i].hole < 0)
            cor_evtx_text(w, a[i].literal);
        else
            cor_evtx_hole(w, (uint16_t)a[i].hole, a[i].type);
    }
    cor_evtx_patch32(w, size_at, w->at - size_at - 4);
}

void cor_evtx_empty_element(cor_evtx_writer *w, const char *name, const cor_evtx_attr *a, size_t n)
{
    uint32_t size_at = cor_evtx_open_element(w, cor_str_of(name), true, COR_BX_NODEP);
    cor_evtx_attributes(w, a, n);
    cor_evtx_put8(w, 0x03);
    cor_evtx_patch32(w, size_at, w->at - size_at - 4);
}

void cor_evtx_hole_element(cor_evtx_writer *w, const char *name, uint16_t index, uint8_t type)
{
    uint32_t size_at = cor_evtx_open_element(w, cor_str_of(name), false, COR_BX_NODEP);
    cor_evtx_put8(w, 0x02);
    cor_evtx_hole(w, index, type);
    cor_evtx_end_element(w, size_at);
}

void cor_evtx_text_element(cor_evtx_writer *w, const char *name, cor_str s)
{
    uint32_t size_at = cor_evtx_open_element(w, cor_str_of(name), false, COR_BX_NODEP);
    cor_evtx_put8(w, 0x02);
    cor_evtx_text(w, s);
    cor_evtx_end_element(w, size_at);
}

void cor_evtx_fragment_header(cor_evtx_writer *w)
{
    static const uint8_t head[4] = {0x0f, 1, 1, 0};
    cor_evtx_put(w, head, 4);
}
