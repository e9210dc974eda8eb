/* Where synthetic events go: DIR/evidence/HOST/<channel>.evtx. Events may be put in any order; each log is written in the order of
 * time at the end, with record numbers counting up. All memory belongs to the stage. Names and values come from the seed alone. */
#ifndef COR_RANGE_STAGE_H
#define COR_RANGE_STAGE_H

#include "base/arena.h"
#include "base/time.h"
#include "formats/evtx/write.h"

typedef struct cor_card {
    const char *name;       /* "4688", "sysmon-1" */
    const char *channel, *provider, *guid;
    uint16_t event_id, task;
    int32_t qualifiers;     /* -1: none */
    uint8_t version, level, opcode;
    uint64_t keywords;
    bool system_user;       /* Security UserID is S-1-5-18 */
    const char *user_element, *user_ns; /* UserData instead of EventData */
    const char *fields;     /* "Name:type Name ..." in order; types in card.c; none: text */
} cor_card;
const cor_card *cor_card_find(const char *name);

typedef struct cor_stage cor_stage;
cor_stage *cor_stage_new(uint64_t seed);
void cor_stage_free(cor_stage *s);
cor_arena *cor_stage_mem(cor_stage *s);
uint64_t cor_stage_random(cor_stage *s);                          /* the next number of the seed's sequence */
cor_str cor_stage_word(cor_stage *s, unsigned from, unsigned to); /* lower-case letters that can be spoken */

/* One event: card, then pairs of field name and text, ended by NULL. Fields not given have their type's empty value ("-" in
 * Security). Errors are kept and told by cor_stage_write. */
void cor_stage_put(cor_stage *s, const char *host, cor_time t, const char *card, ...) __attribute__((sentinel));
/* Writes all logs below dir (which is made). */
cor_code cor_stage_write(cor_stage *s, const char *dir, uint64_t *events, cor_err *e);

/* The demo incident; where is patient zero, when did it begin. */
void cor_range_demo(cor_stage *s);
/* About `size` bytes of ordinary events in several logs. */
cor_code cor_range_load(const char *dir, uint64_t size, uint64_t seed, uint64_t *events, cor_err *e);

/* Fills *out from a card and values by position (NULL: empty); for writers that keep no stage. Values live in mem. */
cor_code cor_card_event(const cor_card *c, const char *const *value, cor_arena *mem, cor_evtx_out *out, cor_err *e);
unsigned cor_card_fields(const cor_card *c, cor_str *name, unsigned max); /* names in order; returns how many */

#endif
