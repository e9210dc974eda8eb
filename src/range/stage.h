/* Where synthetic events go: DIR/evidence/HOST/<channel>.evtx. Events may be put in any order; each log is written in
 * the order of time at the end, with record numbers counting up. All memory belongs to the stage. Names and values come
 * from the seed alone. */
#ifndef COR_RANGE_STAGE_H
#define COR_RANGE_STAGE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/time.h"
#include "formats/evtx/write.h"

typedef struct cor_card {
    const char *name;       /* "4688", "sysmon-1" */
    const char *channel, *provider, *guid; /* guid NULL: a classic provider */
    uint16_t event_id, task;
    int32_t qualifiers;     /* -1: none */
    uint8_t version, level, opcode;
    uint64_t keywords;
    bool system_user;       /* Security UserID is S-1-5-18, unless an event says otherwise */
    const char *user_element, *user_ns; /* UserData instead of EventData */
    const char *fields;     /* "Name:type Name ..." in order; see cards.c */
} cor_card;
extern const cor_card cor_cards[]; /* ends with .name NULL */
const cor_card *cor_card_find(const char *name);
#define COR_CARD_FIELDS_MAX 64u

typedef struct cor_stage cor_stage;
cor_stage *cor_stage_new(uint64_t seed);
void cor_stage_free(cor_stage *s);
cor_arena *cor_stage_mem(cor_stage *s);
uint64_t cor_stage_random(cor_stage *s);                          /* the next number of the seed's sequence */
cor_str cor_stage_word(cor_stage *s, unsigned from, unsigned to); /* lower-case letters that can be spoken */

/* One event: card, then pairs of field name and text, ended by NULL. Fields not given have their type's empty value
 * ("-" in Security); the name @UserID sets System's user. Errors are kept and told by cor_stage_write. host lives as
 * long as the stage. */
void cor_stage_put(cor_stage *s, const char *host, cor_time t, const char *card, ...) __attribute__((sentinel));
void cor_stage_vput(cor_stage *s, const char *host, cor_time t, const char *card, va_list ap);
/* Which process and thread wrote the event put last (System's Execution); 4 and 64 unless said. */
void cor_stage_by(cor_stage *s, uint32_t pid, uint32_t tid);
/* A mistake of a scenario, or no memory: the first of them is what cor_stage_write says. */
void cor_stage_fail(cor_stage *s, const char *what);
void cor_stage_nomem(cor_stage *s);
cor_code cor_stage_error(const cor_stage *s, cor_err *e); /* COR_OK: none yet */
/* Record numbers begin anywhere, as in logs that have been running for long; else with 1. */
void cor_stage_old_logs(cor_stage *s);
/* Writes all logs below dir (which is made). */
cor_code cor_stage_write(cor_stage *s, const char *dir, uint64_t *events, cor_err *e);

/* All events in the order of their logs: by host, channel, time. For other shapes than logs. */
typedef struct cor_staged {
    const char *host;
    const cor_card *card;
    cor_time time;
    uint64_t order;       /* of cor_stage_put, among equal times */
    uint64_t record_id;
    const char *const *value; /* by position */
    const char *user;     /* SID, or NULL */
    uint32_t pid, tid;    /* of System's Execution */
} cor_staged;
/* The event as the writer wants it; values live in mem. */
cor_code cor_staged_event(const cor_staged *from, cor_arena *mem, cor_evtx_out *out, cor_err *e);
/* Sorts and numbers; *n events, which belong to the stage. */
cor_code cor_stage_events(cor_stage *s, cor_staged **out, size_t *n, cor_err *e);

/* The demo incident; where is patient zero, when did it begin. */
void cor_range_demo(cor_stage *s);
/* About `size` bytes of ordinary events in several logs. */
cor_code cor_range_load(const char *dir, uint64_t size, uint64_t seed, const atomic_bool *stop, uint64_t *events,
                        cor_err *e);

/* Fills *out from a card and values by position (NULL: empty); for writers that keep no stage. user: SID of System's
 * user, NULL: the card's. Values live in mem. */
cor_code cor_card_event(const cor_card *c, const char *const *value, const char *user, cor_arena *mem,
                        cor_evtx_out *out, cor_err *e);
unsigned cor_card_fields(const cor_card *c, cor_str *name, unsigned max); /* names in order; returns how many */

#endif
