/* What public reports tell of Qakbot on one host, in events only: arrival, injection, configuration in the registry,
 * the SYSTEM task, exclusions, discovery, theft, connections, and the copy to a neighbour. Scenarios put the steps in
 * time. Each step tells the truth of its stage. Names and values are drawn; addresses are documentation ranges. */
#ifndef COR_RANGE_QAKBOT_H
#define COR_RANGE_QAKBOT_H

#include "range/scene.h"

typedef enum cor_qakbot_era {
    COR_QAKBOT_2022_SPRING, /* explorer.exe and msra.exe, task spelt with regsvr32, whoami first */
    COR_QAKBOT_2022_WINTER, /* wermgr.exe, task spelt with encoded PowerShell, whoami last */
} cor_qakbot_era;

typedef struct cor_qakbot {
    cor_machine *on;
    cor_qakbot_era era;
    const char *sha256;                     /* of the library, the same in all its places */
    const char *folder, *file; /* <Dir> and the name without ending: below the user's and Microsoft's program data */
    const char *library; /* the copy in the profile */
    const char *key; /* the registry key's own name */
    const char *c2[3]; /* "203.0.113.17" .. of the campaign: all hosts the same */
    unsigned port[3];
    cor_task task;
    cor_process *loader, *injected, *elevated; /* regsvr32 of the carrier; the user's injected process; SYSTEM's */
} cor_qakbot;

/* Names are drawn; c2, port and sha256 are those of `like`, when given: the same campaign. */
cor_qakbot *cor_qakbot_new(cor_scene *s, cor_machine *on, cor_qakbot_era era, const cor_qakbot *like);

void cor_qakbot_opened_workbook(cor_scene *s, cor_time t, cor_qakbot *q); /* Excel 4 macro out of a ZIP from the web */
void cor_qakbot_opened_image(cor_scene *s, cor_time t, cor_qakbot *q); /* ISO, link, script */
void cor_qakbot_injected(cor_scene *s, cor_time t, cor_qakbot *q, bool run_value);
void cor_qakbot_discovery(cor_scene *s, cor_time t, const cor_qakbot *q, const cor_process *by);
void cor_qakbot_task(cor_scene *s, cor_time t, cor_qakbot *q); /* q->task.start says when it runs */
void cor_qakbot_elevated(cor_scene *s, cor_time t,
                         cor_qakbot *q); /* the task runs: regsvr32 as SYSTEM, and its injected process */
void cor_qakbot_task_gone(cor_scene *s, cor_time t, const cor_qakbot *q);
void cor_qakbot_exclusions(cor_scene *s, cor_time t, const cor_qakbot *q);
void cor_qakbot_beacons(cor_scene *s, cor_time from, cor_time to, const cor_qakbot *q);
void cor_qakbot_theft(cor_scene *s, cor_time cache, cor_time mail, cor_time gone, const cor_qakbot *q);
void cor_qakbot_lsass(cor_scene *s, cor_time t, const cor_qakbot *q);
/* q writes its library to C$ of `to` as `who`, and makes a service of it there: the new host's infection, up to its
 * injected process. */
cor_qakbot *cor_qakbot_spread(cor_scene *s, cor_time t, const cor_qakbot *q, cor_machine *to, const cor_user *who);

#endif
