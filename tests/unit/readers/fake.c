#include "tests/unit/readers/fake.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define RECORD 16u

static int fake_sniff(const uint8_t *head, size_t n)
{
    return n >= 4 && memcmp(head, "FAKE", 4) == 0 ? 2 : 0;
}

static bool fake_part(const cor_input *in, uint64_t want, uint64_t k, cor_part *out)
{
    if (k * want >= in->size)
        return false;
    out->off = k * want;
    out->len = in->size - out->off < want ? in->size - out->off : want;
    return true;
}

static void *fake_open(const cor_read_options *o)
{
    (void)o;
    return cor_alloc(1);
}

static void fake_close(void *state)
{
    cor_free(state);
}

static cor_code fake_record(uint64_t off, const char *r, const cor_sink *sink, cor_tally *tally, cor_err *e)
{
    if (memcmp(r, "FAKE", 4) == 0)
        return COR_OK;
    if (memcmp(r, "DAMAGED", 7) == 0) {
        cor_damage d = {.off = off, .len = RECORD, .records = 1, .lost = true, .what = "damaged"};
        tally->damaged++;
        tally->lossy++;
        sink->damage(sink->ctx, &d);
        return COR_OK;
    }
    if (memcmp(r, "NOTE", 4) == 0) {
        sink->note(sink->ctx, "a note");
        return COR_OK;
    }
    if (r[0] == '\0')
        return COR_OK; /* unused room, as at the end of an event log */
    if (memcmp(r, "FAIL", 4) == 0)
        return cor_fail(e, COR_EFORMAT, "fake", off, "failed here");
    char t[RECORD + 1] = {0};
    memcpy(t, r, RECORD);
    tally->records++;
    cor_event ev = {.time = (cor_time)(strtoll(t + 1, NULL, 10) % 100000000000) * COR_SECOND, .offset = off};
    return sink->event(sink->ctx, &ev, e);
}

static cor_code fake_read(void *state, const cor_input *in, const cor_part *part, const cor_sink *sink,
                          cor_tally *tally, cor_err *e)
{
    (void)state;
    for (uint64_t off = part->off; off < part->off + part->len; off += RECORD) {
        char r[RECORD] = {0};
        size_t got;
        cor_code rc = cor_input_read(in, off, r, sizeof r, &got, e);
        if (rc == COR_OK && got < sizeof r)
            rc = cor_fail(e, COR_ETRUNC, "fake", off, "cut record");
        if (rc == COR_OK)
            rc = fake_record(off, r, sink, tally, e);
        if (rc != COR_OK)
            return rc;
        if (r[0] == '\0')
            break;
    }
    return COR_OK;
}

static const cor_reader fake = {"fake", "for tests", fake_sniff, fake_part, fake_open, fake_close, fake_read};
const cor_reader *const fake_readers[] = {&fake, NULL};

void world_new(world *w)
{
    snprintf(w->dir, sizeof w->dir, "/tmp/cordon-test-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
}

static int drop(const char *path, const struct stat *st, int what, struct FTW *f)
{
    (void)st;
    (void)what;
    (void)f;
    return remove(path);
}

void world_free(world *w)
{
    nftw(w->dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

void world_file(const world *w, const char *name, const void *bytes, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", w->dir, name);
    for (char *s = path + strlen(w->dir) + 1; (s = strchr(s, '/')) != NULL; s++) {
        *s = '\0';
        mkdir(path, 0700);
        *s = '/';
    }
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

void world_log(const world *w, const char *name, unsigned n, unsigned from)
{
    cor_buf b = {0};
    cor_buf_z(&b, "FAKE............");
    for (unsigned i = 0; i < n; i++)
        cor_buf_fmt(&b, "t%014u.", from + i);
    world_file(w, name, b.p, b.n);
    cor_buf_free(&b);
}

/* ---- hooks ---- */

typedef struct job {
    cor_ordered *order;
    seen *seen;
} job;

typedef struct fake_worker {
    job *job;
    const cor_input *in;
    uint64_t seq;
    cor_buf buf;
} fake_worker;

static cor_code write_seen(void *ctx, cor_str bytes, cor_err *e)
{
    seen *s = ctx;
    cor_buf_str(&s->out, bytes);
    return cor_buf_ok(&s->out) ? COR_OK : cor_nomem(e, "test");
}

static void *worker_open(void *ctx, int no)
{
    (void)no;
    fake_worker *k = cor_zalloc(sizeof *k);
    if (k != NULL)
        k->job = ctx;
    return k;
}

static void worker_close(void *worker)
{
    fake_worker *k = worker;
    cor_buf_free(&k->buf);
    cor_free(k);
}

static cor_code on_event(void *ctx, const cor_event *ev, cor_err *e)
{
    fake_worker *k = ctx;
    cor_buf_str(&k->buf, k->in->name);
    cor_buf_fmt(&k->buf, "@%u %u\n", (unsigned)ev->offset, (unsigned)(ev->time / COR_SECOND));
    if (!cor_buf_ok(&k->buf))
        return cor_nomem(e, "test");
    if (k->buf.n < 4096)
        return COR_OK;
    cor_code rc = cor_ordered_put(k->job->order, k->seq, cor_buf_view(&k->buf), e);
    cor_buf_clear(&k->buf);
    return rc;
}

static cor_sink sink_of(void *worker, const cor_input *in, uint64_t seq)
{
    fake_worker *k = worker;
    k->in = in;
    k->seq = seq;
    cor_buf_clear(&k->buf);
    return (cor_sink){.ctx = k, .event = on_event};
}

static cor_code part_done(void *worker, const cor_input *in, uint64_t seq, cor_err *e)
{
    (void)in;
    fake_worker *k = worker;
    cor_code rc = cor_ordered_put(k->job->order, seq, cor_buf_view(&k->buf), e);
    return rc != COR_OK ? rc : cor_ordered_done(k->job->order, seq, e);
}

void run_world(seen *s, const char *const *path, size_t n, int threads, const cor_run_options *o, bool hash)
{
    *s = (seen){0};
    job j = {cor_ordered_new(write_seen, s), s};
    if (j.order == NULL) { /* the allocation sweep comes through here */
        s->code = COR_ENOMEM;
        return;
    }
    cor_run_options mine = o != NULL ? *o : (cor_run_options){.read = {.from = COR_NOTIME, .to = COR_NOTIME}};
    mine.path = path;
    mine.n_path = n;
    mine.threads = threads;
    mine.readers = fake_readers;
    const cor_run_hooks h = {&j, worker_open, sink_of, part_done, worker_close, hash};
    s->code = cor_run(&mine, &h, &s->result, &s->err);
    cor_ordered_free(j.order);
}

void seen_free(seen *s)
{
    cor_buf_free(&s->out);
    cor_run_result_free(&s->result);
}

const cor_input_report *report_of(const seen *s, const char *name)
{
    for (size_t i = 0; i < s->result.n_input; i++)
        if (cor_str_is(s->result.input[i].name, name))
            return &s->result.input[i];
    return NULL;
}
