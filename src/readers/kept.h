/* Inside readers/: damage and notes that the workers of a run meet, kept bounded and the same at any thread count. */
#ifndef COR_READERS_KEPT_H
#define COR_READERS_KEPT_H

#include <pthread.h>

#include "readers/run.h"

/* Notes kept per input. Readers tell a handful of different ones; only a forged input makes more. */
#define COR_NOTES_MAX 16

typedef struct cor_kept {
    pthread_mutex_t mu;
    struct cor_run_damage *damage;
    size_t n_damage, cap_damage;
    struct cor_kept_note { uint32_t input, text; } *note;
    size_t n_note, cap_note, sorted_note;
    cor_intern text;
    bool nomem; /* something could not be kept: the run says so */
} cor_kept;

void cor_kept_init(cor_kept *k);
void cor_kept_free(cor_kept *k);
/* Both from any thread. */
void cor_kept_damage(cor_kept *k, uint32_t input, const cor_damage *d);
void cor_kept_note(cor_kept *k, uint32_t input, cor_str text);
/* Hands everything over, sorted; texts are copied into r->mem. Afterwards k is empty. */
cor_code cor_kept_give(cor_kept *k, cor_run_result *r, cor_err *e);

#endif
