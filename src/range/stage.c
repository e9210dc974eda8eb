#include "range/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

#define ROOM "range"
struct cor_stage {
    cor_arena mem;
    cor_staged *e;
    size_t n, cap;
    uint64_t random, seed;
    bool old_logs;
    cor_err err;          /* the first failure of cor_stage_put */
};

cor_stage *cor_stage_new(uint64_t seed)
{
    cor_stage *s = cor_zalloc(sizeof *s);
    if (s != NULL) {
        s->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        s->seed = seed;
    }
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

static void failed(cor_stage *s, cor_code code, const char *what, const char *name)
{
    if (s->err.code == COR_OK)
        cor_fail(&s->err, code, ROOM, COR_NOPOS, "%s%s", what, name);
}

void cor_stage_fail(cor_stage *s, const char *what)
{
    failed(s, COR_EUSAGE, what, "");
}

void cor_stage_nomem(cor_stage *s)
{
    if (s->err.code == COR_OK)
        cor_nomem(&s->err, ROOM);
}

cor_code cor_stage_error(const cor_stage *s, cor_err *e)
{
    if (s->err.code != COR_OK)
        *e = s->err;
    return s->err.code;
}

void cor_stage_old_logs(cor_stage *s)
{
    s->old_logs = true;
}

void cor_stage_put(cor_stage *s, const char *host, cor_time t, const char *card, ...)
{
    va_list ap;
    va_start(ap, card);
    cor_stage_vput(s, host, t, card, ap);
    va_end(ap);
}

void cor_stage_vput(cor_stage *s, const char *host, cor_time t, const char *card, va_list ap)
{
    const cor_card *c = cor_card_find(card);
    if (c == NULL) {
        failed(s, COR_EUSAGE, "there is no card ", card);
        return;
    }
    cor_str name[COR_CARD_FIELDS_MAX];
    unsigned n = cor_card_fields(c, name, COR_CARD_FIELDS_MAX);
    cor_staged *grown = cor_grow(s->e, &s->cap, s->n + 1, sizeof *grown);
    const char **value = cor_arena_zero(&s->mem, (n + 1) * sizeof *value), *user = NULL;
    s->e = grown != NULL ? grown : s->e;
    if (grown == NULL || value == NULL) {
        cor_stage_nomem(s);
        return;
    }
    for (const char *field; (field = va_arg(ap, const char *)) != NULL;) {
        const char *text = cor_arena_str(&s->mem, cor_str_of(va_arg(ap, const char *))).p;
        if (text == NULL)
            cor_stage_nomem(s);
        unsigned i = 0;
        while (i < n && !cor_str_is(name[i], field))
            i++;
        if (strcmp(field, "@UserID") == 0)
            user = text;
        else if (i == n)
            failed(s, COR_EUSAGE, "its card has no field ", field);
        else
            value[i] = text;
    }
    s->e[s->n] = (cor_staged){
        .pid = 4, .tid = 64, .host = host, .card = c, .time = t, .order = s->n, .value = value, .user = user};
    s->n++;
}

void cor_stage_by(cor_stage *s, uint32_t pid, uint32_t tid)
{
    if (s->n == 0)
        return;
    s->e[s->n - 1].pid = pid;
    s->e[s->n - 1].tid = tid;
}

cor_code cor_staged_event(const cor_staged *from, cor_arena *mem, cor_evtx_out *out, cor_err *e)
{
    cor_code rc = cor_card_event(from->card, from->value, from->user, mem, out, e);
    out->computer = cor_str_of(from->host);
    out->time = from->time;
    out->record_id = from->record_id;
    out->pid = from->pid;
    out->tid = from->tid;
    return rc;
}

static int by_log(const void *pa, const void *pb)
{
    const cor_staged *a = pa, *b = pb;
    int c = strcmp(a->host, b->host);
    c = c != 0 ? c : strcmp(a->card->channel, b->card->channel);
    if (c == 0)
        c = (a->time > b->time) - (a->time < b->time);
    return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static cor_code write_log(const cor_staged *from, size_t n, const char *dir, cor_err *e)
{
    char path[4096];
    cor_code rc = cor_range_log(dir, from->host, from->card->channel, ".evtx", path, sizeof path, e);
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
        rc = cor_staged_event(&from[i], &mem, &ev, e);
        rc = rc != COR_OK ? rc : cor_evtx_write(w, &ev, e);
    }
    rc = rc != COR_OK ? rc : cor_evtx_writer_end(w, e);
    cor_evtx_writer_free(w);
    cor_arena_free(&mem);
    if (close(fd) != 0 && rc == COR_OK)
        rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    return rc;
}

static bool same_log(const cor_staged *a, const cor_staged *b)
{
    return strcmp(a->host, b->host) == 0 && strcmp(a->card->channel, b->card->channel) == 0;
}

/* The number of the first record of a log that has been running for long: of the seed and the log's name alone. */
static uint64_t first_record(const cor_stage *s, const cor_staged *e)
{
    uint64_t h = s->seed + UINT64_C(0xcbf29ce484222325);
    for (const char *p = e->host; *p != '\0'; p++)
        h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
    for (const char *p = e->card->channel; *p != '\0'; p++)
        h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
    return 2000 + (h >> 20) % 400000;
}

cor_code cor_stage_events(cor_stage *s, cor_staged **out, size_t *n, cor_err *e)
{
    if (cor_stage_error(s, e) != COR_OK)
        return e->code;
    if (s->n != 0)
        qsort(s->e, s->n, sizeof *s->e, by_log);
    for (size_t i = 0; i < s->n; i++)
        s->e[i].record_id = i != 0 && same_log(&s->e[i - 1], &s->e[i]) ? s->e[i - 1].record_id + 1
                            : s->old_logs                              ? first_record(s, &s->e[i])
                                                                       : 1;
    *out = s->e;
    *n = s->n;
    return COR_OK;
}

cor_code cor_stage_write(cor_stage *s, const char *dir, uint64_t *events, cor_err *e)
{
    cor_staged *all;
    size_t n;
    cor_code rc = cor_stage_events(s, &all, &n, e);
    *events = rc == COR_OK ? n : 0;
    rc = rc != COR_OK ? rc : cor_range_dir(dir, e);
    for (size_t from = 0, to; rc == COR_OK && from < n; from = to) {
        for (to = from + 1; to < n && same_log(&all[from], &all[to]);)
            to++;
        rc = write_log(all + from, to - from, dir, e);
    }
    return rc;
}
