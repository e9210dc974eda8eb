#include "readers/kept.h"

#include <stdlib.h>

#include "base/alloc.h"

void cor_kept_init(cor_kept *k)
{
    *k = (cor_kept){0};
    pthread_mutex_init(&k->mu, NULL);
}

void cor_kept_free(cor_kept *k)
{
    cor_free(k->damage);
    cor_free(k->note);
    cor_intern_free(&k->text);
    pthread_mutex_destroy(&k->mu);
}

static int by_place(const void *a, const void *b)
{
    const struct cor_run_damage *x = a, *y = b;
    if (x->input != y->input)
        return x->input < y->input ? -1 : 1;
    if (x->d.off != y->d.off)
        return x->d.off < y->d.off ? -1 : 1;
    if (x->d.len != y->d.len)
        return x->d.len < y->d.len ? -1 : 1;
    return strcmp(x->d.what, y->d.what);
}

/* Leaves the first COR_DAMAGE_MAX of each input and the first COR_DAMAGE_ALL of all. Whatever goes here would go at
 * the end too: what stands before it in order only grows. So it does not show when this is done, nor who came first. */
static void cut_damage(cor_kept *k)
{
    if (k->n_damage == 0)
        return;
    qsort(k->damage, k->n_damage, sizeof *k->damage, by_place);
    size_t n = 0, of_input = 0;
    for (size_t i = 0; i < k->n_damage && n < COR_DAMAGE_ALL; i++) {
        of_input = i > 0 && k->damage[i].input == k->damage[i - 1].input ? of_input + 1 : 0;
        if (of_input < COR_DAMAGE_MAX)
            k->damage[n++] = k->damage[i];
    }
    k->n_damage = n;
}

void cor_kept_damage(cor_kept *k, uint32_t input, const cor_damage *d)
{
    pthread_mutex_lock(&k->mu);
    if (k->n_damage >= 2 * COR_DAMAGE_ALL)
        cut_damage(k);
    struct cor_run_damage *list = cor_grow(k->damage, &k->cap_damage, k->n_damage + 1, sizeof *list);
    if (list == NULL) {
        k->nomem = true;
    } else {
        k->damage = list;
        list[k->n_damage++] = (struct cor_run_damage){input, *d};
    }
    pthread_mutex_unlock(&k->mu);
}

static int by_text(const void *a, const void *b, void *texts)
{
    const struct cor_kept_note *x = a, *y = b;
    const cor_str *t = texts;
    if (x->input != y->input)
        return x->input < y->input ? -1 : 1;
    return x->text == y->text ? 0 : cor_str_cmp(t[x->text], t[y->text]);
}

/* As cut_damage: each text once per input, the first COR_NOTES_MAX of each. */
static void cut_notes(cor_kept *k)
{
    if (k->n_note == 0)
        return;
    qsort_r(k->note, k->n_note, sizeof *k->note, by_text, k->text.str);
    size_t n = 0, of_input = 0;
    for (size_t i = 0; i < k->n_note; i++) {
        if (n > 0 && k->note[n - 1].input == k->note[i].input && k->note[n - 1].text == k->note[i].text)
            continue;
        of_input = n > 0 && k->note[n - 1].input == k->note[i].input ? of_input + 1 : 0;
        if (of_input < COR_NOTES_MAX)
            k->note[n++] = k->note[i];
    }
    k->n_note = k->sorted_note = n;
}

void cor_kept_note(cor_kept *k, uint32_t input, cor_str text)
{
    pthread_mutex_lock(&k->mu);
    if (k->n_note >= 1024 && k->n_note >= 2 * k->sorted_note)
        cut_notes(k);
    uint32_t no = cor_intern_add(&k->text, text);
    struct cor_kept_note *list = no == COR_NONE ? NULL : cor_grow(k->note, &k->cap_note, k->n_note + 1, sizeof *list);
    if (list == NULL) {
        k->nomem = true;
    } else {
        k->note = list;
        list[k->n_note++] = (struct cor_kept_note){input, no};
    }
    pthread_mutex_unlock(&k->mu);
}

cor_code cor_kept_give(cor_kept *k, cor_run_result *r, cor_err *e)
{
    if (k->nomem)
        return cor_nomem(e, "run");
    cut_damage(k);
    cut_notes(k);
    r->damage = k->damage;
    r->n_damage = k->n_damage;
    k->damage = NULL;
    k->n_damage = k->cap_damage = 0;
    if (k->n_note == 0)
        return COR_OK;
    cor_str *copy = cor_arena_zero(&r->mem, k->text.n * sizeof *copy);
    r->note = cor_arena_get(&r->mem, k->n_note * sizeof *r->note);
    if (copy == NULL || r->note == NULL)
        return cor_nomem(e, "run");
    for (size_t i = 0; i < k->n_note; i++) {
        cor_str *c = &copy[k->note[i].text];
        if (c->p == NULL)
            *c = cor_arena_str(&r->mem, k->text.str[k->note[i].text]);
        if (c->p == NULL)
            return cor_nomem(e, "run");
        r->note[i].input = k->note[i].input;
        r->note[i].text = *c;
    }
    r->n_note = k->n_note;
    return COR_OK;
}
