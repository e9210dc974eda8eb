/* For fuzz targets of readers: runs one over bytes, in one part and in small ones; every event is looked at in full and printed. */
#ifndef COR_FUZZ_READER_H
#define COR_FUZZ_READER_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "readers/reader.h"

typedef struct fuzz_seen {
    cor_arena mem;
    cor_buf out;
    uint64_t events;
} fuzz_seen;

static cor_code fuzz_event(void *ctx, const cor_event *ev, cor_err *e)
{
    fuzz_seen *s = ctx;
    s->events++;
    for (uint32_t i = 0; i < ev->layout->n; i++)
        cor_buf_put(&s->out, cor_val_text(&s->mem, ev->val[i]).p, cor_val_text(&s->mem, ev->val[i]).n);
    for (int i = 0; i < COR_SYS_N; i++)
        cor_event_sys(ev, (cor_sys)i, &s->mem);
    cor_buf_clear(&s->out);
    if (ev->render(ev, COR_FMT_JSONL, &s->out, e) != COR_OK || memchr(s->out.p, '\n', s->out.n) != NULL)
        abort();
    cor_buf_clear(&s->out);
    if (ev->render(ev, COR_FMT_XML, &s->out, e) != COR_OK || memchr(s->out.p, '\n', s->out.n) != NULL)
        abort();
    cor_buf_clear(&s->out);
    cor_arena_reset(&s->mem);
    return COR_OK;
}

static void fuzz_damage(void *ctx, const cor_damage *d)
{
    (void)ctx;
    if (memchr(d->what, '\0', sizeof d->what) == NULL || d->what[0] == '\0')
        abort();
}

static void fuzz_note(void *ctx, const char *text)
{
    (void)ctx;
    if (text[0] == '\0')
        abort();
}

static void fuzz_read(const cor_reader *r, const cor_input *in, uint64_t want, fuzz_seen *seen)
{
    cor_read_options o = {.from = COR_NOTIME, .to = COR_NOTIME};
    void *state = r->open(&o);
    cor_sink sink = {.ctx = seen, .fields = true, .event = fuzz_event, .damage = fuzz_damage, .note = fuzz_note};
    cor_part part = {0, in->size};
    cor_tally tally = {0};
    cor_err e;
    for (uint64_t k = 0; state != NULL; k++) {
        if (r->part != NULL ? !r->part(in, want, k, &part) : k > 0)
            break;
        if (r->read(state, in, &part, &sink, &tally, &e) != COR_OK)
            abort(); /* whatever the bytes, they are damage and no error */
    }
    if (tally.records != seen->events)
        abort();
    r->close(state);
}

static int fuzz_reader(const cor_reader *r, const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || (size > 0 && write(fd, data, size) != (ssize_t)size))
        abort();
    cor_input in = {.fd = fd, .size = size, .name = COR_S("fuzz")};
    cor_input_read(&in, 0, in.head, sizeof in.head, &in.head_n, NULL);
    fuzz_seen one = {.events = 0}, many = {.events = 0};
    r->sniff(in.head, in.head_n);
    fuzz_read(r, &in, size + 1, &one);
    fuzz_read(r, &in, 64, &many);
    cor_arena_free(&one.mem);
    cor_arena_free(&many.mem);
    cor_buf_free(&one.out);
    cor_buf_free(&many.out);
    close(fd);
    return 0;
}

#endif
