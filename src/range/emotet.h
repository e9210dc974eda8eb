/* What public reports tell of Emotet of 2018 and 2019 on one host, and of TrickBot that followed it, in events only:
 * arrival by a macro, installation as a service, theft by modules, mails, the copy to a neighbour; TrickBot's task,
 * injection and discovery. Scenarios put the steps in time. Each step tells the truth of its stage. Addresses are
 * documentation ranges. */
#ifndef COR_RANGE_EMOTET_H
#define COR_RANGE_EMOTET_H

#include "range/scene.h"

typedef struct cor_emotet {
    cor_machine *on;
    const char *sha256; /* of the program, the same on all hosts */
    const char *name;   /* two words out of the volume's serial number: program and service */
    const char *image;  /* in SysWOW64 */
    const char *c2[4];  /* literal addresses; all hosts the same */
    unsigned port[4];
    cor_process *service; /* as SYSTEM */
} cor_emotet;

/* The two words of a volume's serial number. The program picks from a list of which public reports print a part; this
 * picks from that part. */
void cor_emotet_words(uint32_t serial, const char *word[2]);

/* c2, port and sha256 are those of `like`, when given: the same campaign. */
cor_emotet *cor_emotet_new(cor_scene *s, cor_machine *on, const cor_emotet *like);
/* A document out of a mail; its macro has WMI start PowerShell, which fetches the program. Returns it. */
cor_process *cor_emotet_opened(cor_scene *s, cor_time t, const cor_emotet *e);
/* by, with the rights of `as`, settles as a service of the host's own name. */
void cor_emotet_installed(cor_scene *s, cor_time t, cor_emotet *e, const cor_process *by, const cor_session *as);
void cor_emotet_beacons(cor_scene *s, cor_time from, cor_time to, const cor_emotet *e);
void cor_emotet_modules(cor_scene *s, cor_time t, const cor_emotet *e); /* password viewers in its own image */
void cor_emotet_mails(cor_scene *s, cor_time t, const cor_emotet *e); /* to many mail servers */

typedef struct cor_emotet_copy {
    cor_machine *to;
    const cor_user *who;
    const cor_process *by;   /* the spreader */
    const char *service;
    bool windows;            /* to ADMIN$, else to C$ */
} cor_emotet_copy;
/* e's spreader writes the program to a share of `to`, and makes a service of it there: the new host's infection, up to
 * its own service. */
cor_emotet *cor_emotet_spread(cor_scene *s, cor_time t, const cor_emotet *e, const cor_emotet_copy *c);

typedef struct cor_trickbot {
    cor_machine *on;
    const cor_session *as;
    const char *sha256, *image;
    const char *c2[3];        /* port 443; all hosts the same */
    cor_task task;
    cor_process *program, *injected;
} cor_trickbot;

/* `by` writes it below the program data of `as` and starts it; it makes a task of itself for every ten minutes, and
 * moves into a bare `target` ("svchost.exe", "wermgr.exe"). c2 and sha256 are those of `like`, when given. */
cor_trickbot *cor_trickbot_dropped(cor_scene *s, cor_time t, const cor_process *by, const cor_session *as,
                                   const char *target, const cor_trickbot *like);
void cor_trickbot_discovery(cor_scene *s, cor_time t, const cor_trickbot *b);
void cor_trickbot_beacons(cor_scene *s, cor_time from, cor_time to, const cor_trickbot *b);
void cor_trickbot_task_runs(cor_scene *s, cor_time to, const cor_trickbot *b); /* every ten minutes up to then */

#endif
