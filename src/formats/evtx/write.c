#include "formats/evtx/write_put.h"

#include <libdeflate.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf.h"

#define ROOM "evtx-writer"
static void chunk_begin(cor_evtx_writer *w)
{
    memset(w->chunk, 0, COR_EVTX_CHUNK);
    w->at = COR_EVTX_CHUNK_HEADER;
    w->n_name = w->n_def = w->records = 0;
    w->first_number = w->number + 1;
}

cor_evtx_writer *cor_evtx_writer_new(cor_evtx_sink sink, void *ctx)
{
    cor_evtx_writer *w = cor_zalloc(sizeof *w);
    if (w == NULL)
        return NULL;
    w->sink = sink;
    w->ctx = ctx;
    w->chunk = cor_alloc(COR_EVTX_CHUNK);
    w->digest = cor_digest_new();
    if (w->chunk == NULL || w->digest == NULL) {
        cor_evtx_writer_free(w);
        return NULL;
    }
    chunk_begin(w);
    return w;
}

void cor_evtx_writer_free(cor_evtx_writer *w)
{
    if (w == NULL)
        return;
    cor_free(w->chunk);
    cor_digest_free(w->digest);
    cor_buf_free(&w->scratch);
    cor_free(w);
}

/* ---- templates ---- */

/* The holes of the outer template, numbered as Windows numbers them. */
enum { H_LEVEL, H_OPCODE, H_TASK, H_ID, H_QUALIFIERS, H_KEYWORDS, H_TIME, H_ACTIVITY, H_PID, H_TID, H_RECORD,
       H_VERSION, H_USER, H_DATA, H_OUTER_N };

static void outer_body(cor_evtx_writer *w, const cor_evtx_out *ev)
{
    static const char ns[] = "http://schemas.microsoft.com/win/2004/08/events/event";
    char guid[40] = "";
    if (ev->guid != NULL) {
        uint8_t bytes[256];
        cor_arena mem = {0};
        memcpy(bytes, ev->guid, 16);
        cor_str g = cor_val_text(&mem, (cor_val){bytes, 16, COR_V_GUID});
        w->scratch.bad |= g.p == NULL; /* no memory, told by cor_evtx_write */
        memcpy(guid, g.p == NULL ? "" : g.p, g.n < sizeof guid ? g.n : 0);
        cor_arena_free(&mem);
    }
    cor_evtx_attr provider[3] = {{COR_S("Name"), ev->provider, -1, 0}};
    size_t n = 1;
    if (ev->guid != NULL)
        provider[n++] = (cor_evtx_attr){COR_S("Guid"), cor_str_of(guid), -1, 0};
    if (ev->source.n != 0)
        provider[n++] = (cor_evtx_attr){COR_S("EventSourceName"), ev->source, -1, 0};
    cor_evtx_fragment_header(w);
    uint32_t event = cor_evtx_open_element(w, COR_S("Event"), true, COR_BX_NODEP);
    cor_evtx_attributes(w, &(cor_evtx_attr){COR_S("xmlns"), COR_S(ns), -1, 0}, 1);
    cor_evtx_put8(w, 0x02);
    uint32_t system = cor_evtx_open_element(w, COR_S("System"), false, COR_BX_NODEP);
    cor_evtx_put8(w, 0x02);
    cor_evtx_empty_element(w, "Provider", provider, n);
    uint32_t id = cor_evtx_open_element(w, COR_S("EventID"), true, COR_BX_NODEP);
    cor_evtx_attributes(w, &(cor_evtx_attr){COR_S("Qualifiers"), {0}, H_QUALIFIERS, COR_V_U16}, 1);
    cor_evtx_put8(w, 0x02);
    cor_evtx_hole(w, H_ID, COR_V_U16);
    cor_evtx_end_element(w, id);
    cor_evtx_hole_element(w, "Version", H_VERSION, COR_V_U8);
    cor_evtx_hole_element(w, "Level", H_LEVEL, COR_V_U8);
    cor_evtx_hole_element(w, "Task", H_TASK, COR_V_U16);
    cor_evtx_hole_element(w, "Opcode", H_OPCODE, COR_V_U8);
    cor_evtx_hole_element(w, "Keywords", H_KEYWORDS, COR_V_HEX64);
    cor_evtx_empty_element(w, "TimeCreated", &(cor_evtx_attr){COR_S("SystemTime"), {0}, H_TIME, COR_V_FILETIME}, 1);
    cor_evtx_hole_element(w, "EventRecordID", H_RECORD, COR_V_U64);
    cor_evtx_empty_element(w, "Correlation", &(cor_evtx_attr){COR_S("ActivityID"), {0}, H_ACTIVITY, COR_V_GUID}, 1);
    cor_evtx_empty_element(w, "Execution", (cor_evtx_attr[]){{COR_S("ProcessID"), {0}, H_PID, COR_V_U32},
                                           {COR_S("ThreadID"), {0}, H_TID, COR_V_U32}}, 2);
    cor_evtx_text_element(w, "Channel", ev->channel);
    cor_evtx_text_element(w, "Computer", ev->computer);
    cor_evtx_empty_element(w, "Security", &(cor_evtx_attr){COR_S("UserID"), {0}, H_USER, COR_V_SID}, 1);
    cor_evtx_end_element(w, system);
    cor_evtx_hole(w, H_DATA, COR_V_BXML);
    cor_evtx_end_element(w, event);
    cor_evtx_put8(w, 0x00);
}

static uint8_t written_type(cor_val v)
{
    return v.type == COR_V_UTF8 ? COR_V_UTF16 : v.type;
}

static void inner_body(cor_evtx_writer *w, const cor_evtx_out *ev)
{
    bool user = ev->user_element.n != 0;
    cor_evtx_fragment_header(w);
    uint32_t outer = cor_evtx_open_element(w, user ? COR_S("UserData") : COR_S("EventData"), false, COR_BX_NODEP), inner = 0;
    cor_evtx_put8(w, 0x02);
    if (user) {
        inner = cor_evtx_open_element(w, ev->user_element, ev->user_ns.n != 0, COR_BX_NODEP);
        if (ev->user_ns.n != 0)
            cor_evtx_attributes(w, &(cor_evtx_attr){COR_S("xmlns"), ev->user_ns, -1, 0}, 1);
        cor_evtx_put8(w, 0x02);
    }
    for (size_t i = 0; i < ev->n_field; i++) {
        cor_str name = ev->field[i].name;
        bool binary = cor_str_is(name, "Binary") && ev->field[i].val.type == COR_V_BINARY;
        bool leaf = user || binary, named = !leaf && name.n != 0;
        uint32_t el = cor_evtx_open_element(w, leaf ? name : COR_S("Data"), named, COR_BX_NODEP);
        if (named)
            cor_evtx_attributes(w, &(cor_evtx_attr){COR_S("Name"), name, -1, 0}, 1);
        cor_evtx_put8(w, 0x02);
        cor_evtx_hole(w, (uint16_t)i, written_type(ev->field[i].val));
        cor_evtx_end_element(w, el);
    }
    if (user)
        cor_evtx_end_element(w, inner);
    cor_evtx_end_element(w, outer);
    cor_evtx_put8(w, 0x00);
}

/* A template's identity is its content: the GUID is a hash of it. */
static void template_guid(cor_evtx_writer *w, const cor_evtx_out *ev, bool outer, uint8_t guid[16])
{
    uint8_t full[COR_SHA256_SIZE];
    cor_digest_add(w->digest, outer ? "outer" : "inner", 6);
    cor_str part[5] = {ev->provider, ev->channel, ev->computer, ev->source,
                       {(const char *)ev->guid, ev->guid == NULL ? 0 : 16}};
    for (int i = 0; outer && i < 5; i++) {
        cor_digest_add(w->digest, &part[i].n, sizeof part[i].n);
        cor_digest_add(w->digest, part[i].p, part[i].n);
    }
    if (!outer) {
        cor_digest_add(w->digest, ev->user_element.p, ev->user_element.n);
        cor_digest_add(w->digest, "\0", 1);
        cor_digest_add(w->digest, ev->user_ns.p, ev->user_ns.n);
        for (size_t i = 0; i < ev->n_field; i++) {
            uint8_t type = written_type(ev->field[i].val);
            cor_digest_add(w->digest, &ev->field[i].name.n, sizeof ev->field[i].name.n);
            cor_digest_add(w->digest, ev->field[i].name.p, ev->field[i].name.n);
            cor_digest_add(w->digest, &type, 1);
        }
    }
    cor_digest_end(w->digest, full);
    memcpy(guid, full, 16);
}

/* Instance head: the definition's offset, and the definition itself at its first use in the chunk. */
static void put_template(cor_evtx_writer *w, const cor_evtx_out *ev, bool outer)
{
    uint8_t guid[16];
    template_guid(w, ev, outer, guid);
    cor_evtx_put8(w, 0x0c);
    cor_evtx_put8(w, 1);
    cor_evtx_put(w, guid, 4);
    for (uint32_t i = 0; i < w->n_def; i++) {
        if (memcmp(w->def[i].guid, guid, 16) == 0) {
            cor_evtx_put32(w, w->def[i].off);
            return;
        }
    }
    uint32_t off = w->at + 4, bucket = TEMPLATES_AT + 4 * (cor_ld32(guid) % 32);
    cor_evtx_put32(w, off);
    cor_evtx_put32(w, cor_ld32(w->chunk + bucket));
    cor_evtx_put(w, guid, 16);
    uint32_t size_at = w->at;
    cor_evtx_put32(w, 0);
    if (outer)
        outer_body(w, ev);
    else
        inner_body(w, ev);
    cor_evtx_patch32(w, size_at, w->at - size_at - 4);
    if (w->full || w->n_def == DEFS_MAX) {
        w->full = true;
        return;
    }
    cor_evtx_patch32(w, bucket, off);
    memcpy(w->def[w->n_def].guid, guid, 16);
    w->def[w->n_def++].off = off;
}

/* ---- values ---- */

static void descriptor(cor_evtx_writer *w, size_t size, uint8_t type)
{
    if (size > UINT16_MAX)
        w->full = true;
    cor_evtx_put16(w, (uint16_t)size);
    cor_evtx_put8(w, type);
    cor_evtx_put8(w, 0);
}

static size_t value_size(cor_val v)
{
    return v.type == COR_V_UTF8 ? 2 * (size_t)cor_evtx_units((cor_str){(const char *)v.p, v.len}) : v.len;
}

static void inner_instance(cor_evtx_writer *w, const cor_evtx_out *ev)
{
    cor_evtx_fragment_header(w);
    put_template(w, ev, false);
    cor_evtx_put32(w, (uint32_t)ev->n_field);
    for (size_t i = 0; i < ev->n_field; i++)
        descriptor(w, value_size(ev->field[i].val), written_type(ev->field[i].val));
    for (size_t i = 0; i < ev->n_field; i++) {
        cor_val v = ev->field[i].val;
        if (v.type == COR_V_UTF8)
            cor_evtx_put_utf16(w, (cor_str){(const char *)v.p, v.len});
        else
            cor_evtx_put(w, v.p, v.len);
    }
    cor_evtx_put8(w, 0x00);
}

static void outer_values(cor_evtx_writer *w, const cor_evtx_out *ev)
{
    cor_evtx_put8(w, ev->level);
    cor_evtx_put8(w, ev->opcode);
    cor_evtx_put16(w, ev->task);
    cor_evtx_put16(w, ev->event_id);
    if (ev->qualifiers >= 0)
        cor_evtx_put16(w, (uint16_t)ev->qualifiers);
    cor_evtx_put64(w, ev->keywords);
    cor_evtx_put64(w, (uint64_t)ev->time);
    if (ev->activity != NULL)
        cor_evtx_put(w, ev->activity, 16);
    cor_evtx_put32(w, ev->pid);
    cor_evtx_put32(w, ev->tid);
    cor_evtx_put64(w, ev->record_id);
    cor_evtx_put8(w, ev->version);
    if (ev->sid != NULL)
        cor_evtx_put(w, ev->sid, ev->sid_n);
}

static void instance(cor_evtx_writer *w, const cor_evtx_out *ev)
{
    cor_evtx_fragment_header(w);
    put_template(w, ev, true);
    cor_evtx_put32(w, H_OUTER_N);
    descriptor(w, 1, COR_V_U8);
    descriptor(w, 1, COR_V_U8);
    descriptor(w, 2, COR_V_U16);
    descriptor(w, 2, COR_V_U16);
    descriptor(w, ev->qualifiers >= 0 ? 2 : 0, ev->qualifiers >= 0 ? COR_V_U16 : COR_V_NULL);
    descriptor(w, 8, COR_V_HEX64);
    descriptor(w, 8, COR_V_FILETIME);
    descriptor(w, ev->activity != NULL ? 16 : 0, ev->activity != NULL ? COR_V_GUID : COR_V_NULL);
    descriptor(w, 4, COR_V_U32);
    descriptor(w, 4, COR_V_U32);
    descriptor(w, 8, COR_V_U64);
    descriptor(w, 1, COR_V_U8);
    descriptor(w, ev->sid != NULL ? ev->sid_n : 0, ev->sid != NULL ? COR_V_SID : COR_V_NULL);
    uint32_t data_at = w->at;
    bool data = ev->n_field != 0 || ev->user_element.n != 0;
    descriptor(w, 0, data ? COR_V_BXML : COR_V_NULL);
    outer_values(w, ev);
    uint32_t inner_at = w->at;
    if (data)
        inner_instance(w, ev);
    uint32_t inner = w->at - inner_at;
    if (inner > UINT16_MAX)
        w->full = true;
    if (!w->full)
        memcpy(w->chunk + data_at, &(uint16_t){(uint16_t)inner}, 2);
    cor_evtx_put8(w, 0x00);
}

static void record(cor_evtx_writer *w, const cor_evtx_out *ev)
{
    w->record_at = w->at;
    cor_evtx_put32(w, 0x00002a2a);
    cor_evtx_put32(w, 0);
    cor_evtx_put64(w, w->number + 1);
    cor_evtx_put64(w, (uint64_t)ev->time);
    w->spelled_out = ev->spelled_out;
    if (ev->spelled_out)
        cor_evtx_inline_event(w, ev);
    else
        instance(w, ev);
    while (!w->full && (w->at - w->record_at + 4) % 8 != 0)
        cor_evtx_put8(w, 0);
    uint32_t size = w->at - w->record_at + 4;
    cor_evtx_put32(w, size);
    cor_evtx_patch32(w, w->record_at + 4, size);
}

/* ---- chunks and file ---- */

static cor_code chunk_end(cor_evtx_writer *w, cor_err *e)
{
    uint8_t *c = w->chunk;
    memcpy(c, "ElfChnk", 8);
    memcpy(c + 8, &w->first_number, 8);
    memcpy(c + 16, &w->number, 8);
    memcpy(c + 24, &w->first_id, 8);
    memcpy(c + 32, &w->last_id, 8);
    memcpy(c + 40, &(uint32_t){128}, 4);
    memcpy(c + 44, &w->last_record, 4);
    memcpy(c + 48, &w->at, 4);
    uint32_t crc = libdeflate_crc32(0, c + COR_EVTX_CHUNK_HEADER, w->at - COR_EVTX_CHUNK_HEADER);
    memcpy(c + 52, &crc, 4);
    crc = libdeflate_crc32(libdeflate_crc32(0, c, 120), c + 128, 384);
    memcpy(c + 124, &crc, 4);
    return w->sink(w->ctx, COR_EVTX_FILE_HEADER + w->chunks++ * COR_EVTX_CHUNK, c, COR_EVTX_CHUNK, e);
}

/* Takes the unfinished record back: its names and definitions leave the tables of the chunk. */
static void roll_back(cor_evtx_writer *w)
{
    for (uint32_t i = 0; i < 64 + 32; i++) {
        uint32_t at = NAMES_AT + 4 * i, off = cor_ld32(w->chunk + at);
        while (off >= w->record_at) /* each names the one before it in its bucket */
            off = cor_ld32(w->chunk + off);
        memcpy(w->chunk + at, &off, 4);
    }
    memset(w->chunk + w->record_at, 0, COR_EVTX_CHUNK - w->record_at);
    w->at = w->record_at;
    w->n_name = w->n_name_kept;
    w->n_def = w->n_def_kept;
    w->full = false;
}

cor_code cor_evtx_write(cor_evtx_writer *w, const cor_evtx_out *ev, cor_err *e)
{
    if (ev->n_field > FIELDS_MAX)
        return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS, "an event with more than %u fields", FIELDS_MAX);
    for (int attempt = 0; attempt < 2; attempt++) {
        w->n_name_kept = w->n_name;
        w->n_def_kept = w->n_def;
        record(w, ev);
        if (!cor_buf_ok(&w->scratch))
            return cor_nomem(e, ROOM);
        if (!w->full) {
            w->number++;
            if (w->records++ == 0)
                w->first_id = ev->record_id;
            w->last_id = ev->record_id;
            w->last_record = w->record_at;
            return COR_OK;
        }
        roll_back(w);
        if (w->records == 0)
            break;
        if (w->chunks + 1 >= COR_EVTX_CHUNKS_MAX)
            return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS, "a log holds at most %u chunks", COR_EVTX_CHUNKS_MAX);
        cor_code rc = chunk_end(w, e);
        if (rc != COR_OK)
            return rc;
        chunk_begin(w);
    }
    return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS, "a record larger than a chunk");
}

uint64_t cor_evtx_writer_size(const cor_evtx_writer *w)
{
    return COR_EVTX_FILE_HEADER + (w->chunks + (w->records != 0)) * COR_EVTX_CHUNK;
}

cor_code cor_evtx_writer_end(cor_evtx_writer *w, cor_err *e)
{
    if (w->records != 0 || w->chunks == 0) {
        cor_code rc = chunk_end(w, e);
        if (rc != COR_OK)
            return rc;
        w->records = 0;
    }
    uint8_t h[COR_EVTX_FILE_HEADER] = "ElfFile";
    memcpy(h + 16, &(uint64_t){w->chunks - 1}, 8);
    memcpy(h + 24, &(uint64_t){w->number + 1}, 8);
    memcpy(h + 32, &(uint32_t){128}, 4);
    memcpy(h + 36, &(uint16_t){1}, 2);
    memcpy(h + 38, &(uint16_t){3}, 2);
    memcpy(h + 40, &(uint16_t){COR_EVTX_FILE_HEADER}, 2);
    memcpy(h + 42, &(uint16_t){(uint16_t)w->chunks}, 2);
    uint32_t crc = libdeflate_crc32(0, h, 120);
    memcpy(h + 124, &crc, 4);
    return w->sink(w->ctx, 0, h, sizeof h, e);
}
