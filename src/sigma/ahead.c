#include "sigma/ahead.h"

#include <pthread.h>

#include "base/alloc.h"

#define ROOM "rules"
#define SLOTS 64u                     /* files that wait */
#define WAKE 32u                      /* so many wake the thread: to sleep and wake for each costs more than parsing */
#define TEXT_MAX ((size_t)256 << 10)  /* larger files do not wait beside others: their trees would fill the memory */

typedef enum state { WAITING, TAKEN, DONE } state;

typedef struct slot {
    state state;
    cor_arena mem;
    cor_parsed file;
} slot;

struct cor_ahead {
    cor_ahead_fn take;
    void *ctx;
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t more, done;
    bool closed, asleep, awaited; /* the thread sleeps; the caller waits for it */
    slot slot[SLOTS];          /* of file k: slot[k % SLOTS] */
    uint64_t first, end, next; /* numbers of files: the oldest that waits, behind the newest, the thread's next one */
};

void cor_parse_file(cor_parsed *p, cor_arena *mem)
{
    struct cor_parsed_doc **tail = &p->doc;
    *tail = NULL;
    p->why = (cor_err){0};
    cor_yaml *y = cor_yaml_open(p->text);
    p->code = y == NULL ? cor_nomem(&p->why, ROOM) : COR_OK;
    for (cor_ynode *root; p->code == COR_OK;) {
        p->code = cor_yaml_next(y, mem, &root, &p->why);
        if (p->code != COR_OK || root == NULL)
            break;
        struct cor_parsed_doc *d = cor_arena_get(mem, sizeof *d);
        if (d == NULL) {
            p->code = cor_nomem(&p->why, ROOM);
            break;
        }
        *d = (struct cor_parsed_doc){root, NULL};
        *tail = d;
        tail = &d->next;
    }
    if (y != NULL)
        cor_yaml_close(y);
}

static void *work(void *arg)
{
    cor_ahead *a = arg;
    pthread_mutex_lock(&a->mu);
    while (!a->closed) {
        a->next = a->next < a->first ? a->first : a->next; /* the caller did not wait for those */
        if (a->next == a->end) {
            a->asleep = true;
            pthread_cond_wait(&a->more, &a->mu);
            a->asleep = false;
            continue;
        }
        slot *s = &a->slot[a->next++ % SLOTS];
        if (s->state != WAITING)
            continue;
        s->state = TAKEN;
        pthread_mutex_unlock(&a->mu);
        cor_parse_file(&s->file, &s->mem);
        pthread_mutex_lock(&a->mu);
        s->state = DONE;
        if (a->awaited)
            pthread_cond_signal(&a->done);
    }
    pthread_mutex_unlock(&a->mu);
    return NULL;
}

cor_ahead *cor_ahead_new(cor_ahead_fn take, void *ctx)
{
    cor_ahead *a = cor_zalloc(sizeof *a);
    if (a == NULL)
        return NULL;
    a->take = take;
    a->ctx = ctx;
    pthread_mutex_init(&a->mu, NULL);
    pthread_cond_init(&a->more, NULL);
    pthread_cond_init(&a->done, NULL);
    if (pthread_create(&a->thread, NULL, work, a) == 0)
        return a;
    pthread_cond_destroy(&a->more);
    pthread_cond_destroy(&a->done);
    pthread_mutex_destroy(&a->mu);
    cor_free(a);
    return NULL;
}

/* The oldest file, parsed here when the thread has not begun it. */
static cor_code take_first(cor_ahead *a, cor_err *e)
{
    slot *s = &a->slot[a->first % SLOTS];
    pthread_mutex_lock(&a->mu);
    a->awaited = true;
    while (s->state == TAKEN)
        pthread_cond_wait(&a->done, &a->mu);
    a->awaited = false;
    bool mine = s->state == WAITING;
    s->state = DONE;
    pthread_mutex_unlock(&a->mu);
    if (mine)
        cor_parse_file(&s->file, &s->mem);
    cor_code c = a->take(a->ctx, &s->file, e);
    pthread_mutex_lock(&a->mu);
    a->first++;
    pthread_mutex_unlock(&a->mu);
    return c;
}

cor_code cor_ahead_drain(cor_ahead *a, cor_err *e)
{
    cor_code c = COR_OK;
    while (c == COR_OK && a != NULL && a->first != a->end)
        c = take_first(a, e);
    return c;
}

cor_code cor_ahead_add(cor_ahead *a, cor_str name, cor_str text, bool named, cor_err *e)
{
    cor_code c = a->end - a->first == SLOTS ? take_first(a, e) : COR_OK;
    if (c == COR_OK && text.n > TEXT_MAX)
        c = cor_ahead_drain(a, e);
    if (c != COR_OK)
        return c;
    slot *s = &a->slot[a->end % SLOTS];
    cor_arena_reset(&s->mem);
    s->file = (cor_parsed){.name = cor_arena_str(&s->mem, name), .text = cor_arena_str(&s->mem, text), .named = named};
    if (s->file.name.p == NULL || s->file.text.p == NULL)
        return cor_nomem(e, ROOM);
    pthread_mutex_lock(&a->mu);
    s->state = WAITING;
    a->end++;
    if (a->asleep && a->end - (a->next < a->first ? a->first : a->next) >= WAKE)
        pthread_cond_signal(&a->more);
    pthread_mutex_unlock(&a->mu);
    return text.n > TEXT_MAX ? cor_ahead_drain(a, e) : COR_OK;
}

void cor_ahead_free(cor_ahead *a)
{
    if (a == NULL)
        return;
    pthread_mutex_lock(&a->mu);
    a->closed = true;
    pthread_cond_signal(&a->more);
    pthread_mutex_unlock(&a->mu);
    pthread_join(a->thread, NULL);
    pthread_cond_destroy(&a->more);
    pthread_cond_destroy(&a->done);
    pthread_mutex_destroy(&a->mu);
    for (uint32_t i = 0; i < SLOTS; i++)
        cor_arena_free(&a->slot[i].mem);
    cor_free(a);
}
