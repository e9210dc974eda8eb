/* Inside of the scene, for the files that make up its acts. */
#ifndef COR_RANGE_SCENE_IN_H
#define COR_RANGE_SCENE_IN_H

#include "range/scene.h"

#define COR_MACHINES 12u
#define COR_USERS 16u
#define COR_ZONE (3600 * COR_SECOND) /* local time is one hour ahead of UTC */
#define COR_DOMAIN "CORP"
#define COR_DOMAIN_DNS "corp.example"
#define COR_NO_GUID "{00000000-0000-0000-0000-000000000000}"

typedef struct cor_truth cor_truth;

typedef struct cor_known_image {
    const char *image, *sha256;
} cor_known_image;

struct cor_scene {
    cor_stage *stage;
    cor_profile profile;
    unsigned density;
    cor_time t0, day, end;      /* day: local midnight of t0's day, as UTC */
    cor_machine machine[COR_MACHINES];
    unsigned n_machine;
    unsigned today[COR_MACHINES]; /* events on t0's day */
    cor_user user[COR_USERS];
    unsigned n_user;
    const char *domain_sid;
    uint32_t guid_head[COR_MACHINES], guid_next[COR_MACHINES];
    cor_session **session;
    size_t n_session, cap_session;
    cor_known_image *image;
    size_t n_image, cap_image;
    cor_truth *truth;
};

/* One event on m, when the profile is at least `least`. Clock error is added here. */
void cor_put(cor_scene *s, cor_profile least, const cor_machine *m, cor_time t, const char *card, ...)
    __attribute__((sentinel));
void *cor_scene_get(
    cor_scene *s,
    size_t n); /* zeroed; the process-wide fallback of size n when there is no memory, and the error kept */

/* Common values of events. */
const char *cor_utc(cor_scene *s, const cor_machine *m, cor_time t);      /* Sysmon's UtcTime */
const char *cor_local(cor_scene *s, cor_time t);                          /* 2026-03-03T09:14:00, local */
const char *cor_process_guid(cor_scene *s, const cor_machine *m, cor_time t);
uint32_t cor_pid(cor_scene *s, cor_machine *m);
const char *cor_num(cor_scene *s, uint64_t n);
const char *cor_hex_num(cor_scene *s, uint64_t n);
const char *cor_who(cor_scene *s, const cor_user *u);                     /* CORP\name */
cor_session *cor_session_new(cor_scene *s, cor_time t, cor_machine *on, const cor_user *who, unsigned type);
/* A process that was there before the story: no event. */
cor_process *cor_process_known(cor_scene *s, cor_time t, cor_machine *m, const cor_session *as, const char *image,
                               const char *line);

extern const cor_user cor_local_system;

cor_truth *cor_truth_new(cor_scene *s);
#endif
