#include "range/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

#define ROOM "range"
#define FIELDS_MAX 64u

typedef struct entry {
    const char *host;
    const cor_card *card;
    cor_time time;
    uint64_t order;       /* of cor_stage_put, among equal times */
    const char **value;   /* by position */
} entry;

struct cor_stage {
    cor_arena mem;
    entry *e;
    size_t n, cap;
    uint64_t random;
    cor_err err;          /* the first failure of cor_stage_put */
};

cor_stage *cor_stage_new(uint64_t seed)
{
    cor_stage *s = cor_zalloc(sizeof *s);
    if (s != NULL)
        s->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    return s;
}

void cor_stage_free(cor_stage *s)
{
    if (s == NULL)
        return;
    cor_arena_free(&s->mem);
    cor_free(s->e);
    cor_free(s);
}

cor_arena *cor_stage_mem(cor_stage *s)
{
    return &s->mem;
}

uint64_t cor_stage_random(cor_stage *s) /* splitmix64 (Vigna) */
{
    uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

cor_str cor_stage_word(cor_stage *s, unsigned from, unsigned to)
{
    unsigned n = from + (unsigned)(cor_stage_random(s) % (to - from + 1));
    char t[32];
    for (unsigned i = 0; i < n && i < sizeof t; i++)
        t[i] = i % 2 == 0 ? "bcdfghjklmnprstvwz"[cor_stage_random(s) % 18] : "aeiouy"[cor_stage_random(s) % 6];
    return cor_arena_str(&s->mem, (cor_str){t, n});
}

static void failed(cor_stage *s, cor_code code, const char *what)
{
    if (s->err.code == COR_OK)
        cor_fail(&s->err, code, ROOM, COR_NOPOS, "%s", what);
}

void cor_stage_put(cor_stage *s, const char *host, cor_time t, const char *card, ...)
{
    const cor_card *c = cor_card_find(card);
    entry *grown = cor_grow(s->e, &s->cap, s->n + 1, sizeof *grown);
    const char **value = cor_arena_zero(&s->mem, FIELDS_MAX * sizeof *value);
    if (c == NULL || grown == NULL || value == NULL) {
        failed(s, c == NULL ? COR_EUSAGE : COR_ENOMEM, c == NULL ? "no such card" : "out of memory");
        s->e = grown != NULL ? grown : s->e;
        return;
    }
    s->e = grown;
    cor_str name[FIELDS_MAX];
    unsigned n = cor_card_fields(c, name, FIELDS_MAX);
    va_list ap;
    va_start(ap, card);
    for (const char *field; (field = va_arg(ap, const char *)) != NULL;) {
        const char *text = va_arg(ap, const char *);
        unsigned i = 0;
        while (i < n && !cor_str_is(name[i], field))
            i++;
        if (i == n)
            failed(s, COR_EUSAGE, "a card has no such field");
        else
            value[i] = cor_arena_str(&s->mem, cor_str_of(text)).p;
    }
    va_end(ap);
    s->e[s->n] = (entry){host, c, t, s->n, value};
    s->n++;
}

static int by_log(const void *pa, const void *pb)
{
    const entry *a = pa, *b = pb;
    int c = strcmp(a->host, b->host);
    c = c != 0 ? c : strcmp(a->card->channel, b->card->channel);
    if (c == 0)
        c = (a->time > b->time) - (a->time < b->time);
    return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static cor_code write_log(const entry *from, size_t n, const char *dir, cor_err *e)
{
    char path[4096];
    cor_code rc = cor_range_log(dir, from->host, from->card->channel, path, sizeof path, e);
    if (rc != COR_OK)
        return rc;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    cor_evtx_writer *w = cor_evtx_writer_new(cor_range_to_file, &fd);
    cor_arena mem = {0};
    rc = w == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (size_t i = 0; i < n && rc == COR_OK; i++) {
        cor_evtx_out ev;
        cor_arena_reset(&mem);
        rc = cor_card_event(from[i].card, from[i].value, &mem, &ev, e);
        ev.computer = cor_str_of(from[i].host);
        ev.time = from[i].time;
        ev.record_id = i + 1;
        rc = rc != COR_OK ? rc : cor_evtx_write(w, &ev, e);
    }
    rc = rc != COR_OK ? rc : cor_evtx_writer_end(w, e);
    cor_evtx_writer_free(w);
    cor_arena_free(&mem);
    if (close(fd) != 0 && rc == COR_OK)
        rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    return rc;
}

cor_code cor_stage_write(cor_stage *s, const char *dir, uint64_t *events, cor_err *e)
{
    if (s->err.code != COR_OK) {
        *e = s->err;
        return e->code;
    }
    cor_code rc = cor_range_dir(dir, e);
    if (s->n != 0)
        qsort(s->e, s->n, sizeof *s->e, by_log);
    for (size_t from = 0, to; from < s->n && rc == COR_OK; from = to) {
        for (to = from; to < s->n && strcmp(s->e[to].host, s->e[from].host) == 0 && strcmp(s->e[to].card->channel, s->e[from].card->channel) == 0;)
            to++;
        rc = write_log(s->e + from, to - from, dir, e);
    }
    *events = s->n;
    return rc;
}
