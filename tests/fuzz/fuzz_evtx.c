/* Event-log chunks as an attacker's machine may hold them: the input is one chunk (or less); every record goes through the views,
 * both ways of printing, and the slack walk's resynchronisation. */
#include <stdlib.h>

#include "readers/evtx/lane.h"
#include "tests/fuzz/evtx_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one(cor_evtx_viewer *v, cor_printer *pr, const cor_evtx_record *r, cor_buf *out)
{
    cor_err e = {0};
    cor_event ev = {0};
    if (cor_evtx_view_record(v, r, &ev, &e) != COR_OK) {
        if (e.msg[0] == '\0')
            abort(); /* may refuse, never without a word */
        return;
    }
    if (bytes_of(v, &ev) == BYTES_WRONG)
        abort();
    cor_evtx_view_system(v, &ev);
    if (cor_evtx_view_fields(v, &ev, &e) == COR_OK)
        for (uint32_t i = 0; i < ev.layout->n; i++)
            cor_val_text(cor_evtx_record_mem(v->evtx), ev.val[i]);
    for (int fmt = COR_FMT_JSONL; fmt <= COR_FMT_XML; fmt++) {
        bool done;
        cor_elem *root;
        out->n = 0;
        if (cor_evtx_lane(v->evtx, pr, &v->inst, (cor_format)fmt, out, &done, &e) == COR_OK && !done && cor_evtx_view_tree(v, &root, &e) == COR_OK)
            cor_tree_render(root, (cor_format)fmt, out, &e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > COR_EVTX_CHUNK)
        return 0;
    uint8_t *chunk = malloc(size + COR_EVTX_PAD);
    cor_evtx_viewer v;
    if (chunk != NULL && cor_evtx_viewer_init(&v)) {
        memcpy(chunk, data, size);
        memset(chunk + size, 0, COR_EVTX_PAD);
        cor_evtx_chunk_info info;
        cor_printer pr = {0};
        cor_buf out = {.max = (size_t)64 << 20};
        cor_evtx_chunk(v.evtx, chunk, size, 4096, &info);
        cor_evtx_chunk_check(chunk, size, &info);
        cor_evtx_record r;
        for (uint32_t off = COR_EVTX_CHUNK_HEADER; off < size; off += 4)
            if (cor_evtx_record_at(chunk, size, off, &r))
                one(&v, &pr, &r, &out);
        cor_buf_free(&out);
        cor_evtx_viewer_free(&v);
    }
    free(chunk);
    return 0;
}
