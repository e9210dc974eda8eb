/* The common stage of all incidents (nine workstations, two servers, a domain controller), and acts on it. An act
 * writes every event that Windows would write of it, on every host that would write one, as far as the audit profile
 * has the log: a logon on a server gives its 4624 there, the ticket on the controller, the 4648 at home. Numbers agree
 * over channels: process ids and GUIDs, logon ids, ports.
 *
 * A scenario tells the truth first (truth.h), because noise keeps away from what it would blur, then acts, in any order
 * of time. Times are true times; each machine's clock error is added where its events are written. What an act draws
 * from the seed does not depend on the profile: a seed tells one story in three profiles.
 *
 * Everything belongs to the scene and lives until it is freed. Errors are kept and told by cor_scene_write. */
#ifndef COR_RANGE_SCENE_H
#define COR_RANGE_SCENE_H

#include "range/stage.h"

typedef enum cor_profile {
    COR_PROFILE_A0, /* Windows defaults */
    COR_PROFILE_A1, /* and 4688 with command line, 4697, 4698.., 4625 and 4776/4771 failures everywhere, 5140, 5145 */
    COR_PROFILE_A2, /* and Sysmon, TaskScheduler/Operational, all of 4104 */
    COR_PROFILE_N,
} cor_profile;
extern const char *const cor_profile_name[COR_PROFILE_N]; /* "a0" .. */

typedef enum cor_machine_kind { COR_WORKSTATION, COR_SERVER, COR_CONTROLLER } cor_machine_kind;

typedef struct cor_user {
    const char *name, *domain, *sid;
    bool domain_admin;        /* administrator everywhere */
    bool helpdesk;            /* administrator of all workstations */
    unsigned admin_of;        /* bits of further machines, by their place in cor_scene_machine */
} cor_user;

typedef struct cor_process cor_process;
typedef struct cor_session cor_session;

typedef struct cor_machine {
    unsigned place;           /* 0.. in cor_scene_machine */
    const char *name;         /* "WS03" */
    const char *fqdn;         /* "WS03.corp.example", what events call Computer */
    const char *address;
    cor_machine_kind kind;
    const cor_user *user;     /* who works here; NULL on servers */
    cor_user self;            /* NAME$ */
    uint32_t serial;          /* of volume C: */
    cor_time skew;            /* this clock minus the true time */
    cor_time booted, arrived, left; /* on the scenario's day; the user's logon and logoff */
    cor_session *system;      /* 0x3e7 */
    cor_session *console;     /* the user's, with the limited token; on servers NULL */
    cor_process *kernel, *wininit, *services, *lsass, *winlogon, *netsvcs, *scheduler, *wmi,
        *explorer; /* explorer: NULL on servers */
    uint32_t next_pid;
    uint64_t next_logon;
    unsigned next_port;
} cor_machine;

struct cor_session {
    cor_machine *on, *from;   /* from: NULL when it began at the console */
    const cor_user *who;
    const char *id;           /* "0x2f81c" */
    const char *guid;
    const char *address, *port;
    cor_session *full; /* an administrator's other token, at the console; else itself when elevated, else NULL */
    unsigned type;
    bool elevated, closed, kerberos;
    unsigned shares; /* whose 5140 stands: bits by cor_share */
    cor_time since; /* true time */
};

struct cor_process {
    cor_machine *on;
    const cor_session *as;
    const char *image, *line, *cwd, *guid, *integrity;
    uint32_t pid;
};

typedef struct cor_scene cor_scene;

#define COR_DENSITY_DEFAULT 2000
#define COR_DENSITY_MAX 100000 /* a host and day; all events of a scenario are held in memory */
/* density: events a host and day that noise fills up to; what acts write is never thinned. */
cor_scene *cor_scene_new(uint64_t seed, cor_profile profile, unsigned density, cor_err *e);
void cor_scene_free(cor_scene *s);
cor_stage *cor_scene_stage(cor_scene *s);
/* patient zero opens the carrier: Tuesday 2026-03-03 09:12:40 local, which is 08:12:40Z */
cor_time cor_scene_t0(const cor_scene *s);
cor_time cor_scene_at(const cor_scene *s, int h, int m, int sec); /* t0 plus; all may be negative */
cor_time cor_scene_end(const cor_scene *s); /* 18:00 local of that day: the logs end here unless an act is later */

cor_machine *cor_scene_machine(cor_scene *s, unsigned place); /* WS01..WS09, SRV-FILE01, SRV-APP01, DC01; NULL beyond */
cor_machine *cor_scene_host(cor_scene *s, const char *name); /* by name; unknown ones are an error of the scenario */
cor_machine *cor_scene_dc(cor_scene *s);
/* a.brandt.., helpdesk1, adm.scholz, svc_backup, svc_scan, svc_deploy */
cor_user *cor_scene_user(cor_scene *s, const char *name);
cor_user *cor_scene_user_at(cor_scene *s, unsigned n); /* the domain's people and services in order; NULL beyond */
bool cor_scene_admin(const cor_user *u, const cor_machine *m);

/* What stands in the logs before any act: boots, the morning's logons, signs of life. Call it once, when the scenario
 * has told the truth and said who is administrator where, and before the first act. */
void cor_scene_begin(cor_scene *s);

/* Text and numbers of the seed; all texts live as long as the scene. */
uint64_t cor_scene_random(cor_scene *s);
unsigned cor_scene_between(cor_scene *s, unsigned from, unsigned to); /* both included */
const char *cor_scene_fmt(cor_scene *s, const char *f, ...) COR_PRINTF(2, 3);
const char *cor_scene_word(cor_scene *s, unsigned from, unsigned to); /* lower-case, speakable */
const char *cor_scene_Word(cor_scene *s, unsigned from, unsigned to); /* with a capital */
const char *cor_scene_sha256(cor_scene *s); /* 64 upper-case hex digits */
const char *cor_scene_guid(cor_scene *s);
const char *cor_scene_encoded(cor_scene *s, const char *text); /* ASCII, as -encodedCommand takes it */

/* ---- processes (Sysmon 1 in a2, 4688 from a1 on) ---- */

typedef struct cor_start {
    const char *image, *line;
    const char *cwd; /* NULL: the folder of Windows the user is in */
    const cor_session *as; /* NULL: the parent's */
    const char *original; /* OriginalFileName; NULL: what is known of a program of this name, else none */
    const char *description, *product, *company;
    const char *sha256; /* NULL: drawn once per scene and image, the same on all hosts */
    const char *integrity; /* NULL: by session */
} cor_start;
cor_process *cor_scene_start(cor_scene *s, cor_time t, const cor_process *parent, const cor_start *what);
cor_process *cor_scene_run(cor_scene *s, cor_time t, const cor_process *parent, const char *image, const char *line);
void cor_scene_exit(cor_scene *s, cor_time t, const cor_process *p); /* Sysmon 5 */

/* ---- what a process does: Sysmon, so a2 only ---- */

/* 22; address NULL: NXDOMAIN (9003) */
void cor_scene_dns(cor_scene *s, cor_time t, const cor_process *p, const char *name, const char *address);
/* 3, outbound */
void cor_scene_connect(cor_scene *s, cor_time t, const cor_process *p, const char *address, const char *name,
                       unsigned port);
/* 3, inbound */
void cor_scene_accept(cor_scene *s, cor_time t, const cor_process *p, const cor_machine *from, unsigned port);
void cor_scene_file(cor_scene *s, cor_time t, const cor_process *p, const char *path); /* 11 */
/* 15 */
void cor_scene_stream(cor_scene *s, cor_time t, const cor_process *p, const char *path, const char *sha256,
                      const char *contents);
void cor_scene_deleted(cor_scene *s, cor_time t, const cor_process *p, const char *path); /* 26 */
/* 12: CreateKey, DeleteKey, DeleteValue */
void cor_scene_key(cor_scene *s, cor_time t, const cor_process *p, const char *type, const char *key);
void cor_scene_value(cor_scene *s, cor_time t, const cor_process *p, const char *value, const char *details); /* 13 */
const char *cor_scene_hive(cor_scene *s, const cor_process *p); /* "HKU\S-1-5-21-...": the root of its user's hive */
void cor_scene_mounted(cor_scene *s, cor_time t, cor_machine *on, const char *image); /* VHDMP 12, 1: every profile */
/* 4663 on \Device\CdRom..: from a1 on */
void cor_scene_removable_read(cor_scene *s, cor_time t, const cor_process *p, const char *object);
void cor_scene_pipe(cor_scene *s, cor_time t, const cor_process *p, const char *name, bool created); /* 17, 18 */
void cor_scene_thread(cor_scene *s, cor_time t, const cor_process *p, const cor_process *target); /* 8 */
/* 10, CallTrace with UNKNOWN */
void cor_scene_access(cor_scene *s, cor_time t, const cor_process *p, const cor_process *target, const char *mask);
void cor_scene_tamper(cor_scene *s, cor_time t, const cor_process *p, const char *type); /* 25 */

/* ---- logons ---- */

/* At the console: 2, 7 (unlock), 11 (cached, no ticket). The controller's 4768 and 4769 with it; 4672 for
 * administrators. */
cor_session *cor_scene_logon(cor_scene *s, cor_time t, cor_machine *on, const cor_user *who, unsigned type);
/* 5; NULL: SYSTEM */
cor_session *cor_scene_logon_service(cor_scene *s, cor_time t, cor_machine *on, const cor_user *who);

typedef struct cor_remote {
    cor_machine *from, *to;
    const cor_user *who;
    bool ntlm; /* else Kerberos: 4769 (ntlm: 4776) on the controller */
    const cor_process
        *explicit_by; /* with given credentials: 4648 on `from` by this process; NULL: the session's own */
    unsigned type; /* 0 means 3; 10 also writes what terminal services write */
    bool keep; /* else 4634 follows after 15 to 40 seconds */
} cor_remote;
cor_session *cor_scene_remote(cor_scene *s, cor_time t, const cor_remote *r);
/* 4634, at the console 4647 before it. Sessions still open end with the day */
void cor_scene_logoff(cor_scene *s, cor_time t, cor_session *as);

typedef enum cor_refusal {
    COR_REFUSED_PASSWORD, /* 0xc000006a */
    COR_REFUSED_NO_USER, /* 0xc0000064 */
    COR_REFUSED_LOCKED, /* 0xc0000234 */
    COR_REFUSED_RIGHT, /* 0xc000015b: right password, no right to log on so */
    COR_REFUSED_EXPIRED, /* 0xc0000071 */
} cor_refusal;
/* A network logon that fails: 4625 on `to` (workstations from a1 on), 4776 failure on the controller (from a1 on), 4648
 * on `from` when `by` is given. account needs not exist; "WS05\\name" is one of the machine's own, and the machine
 * validates it, not the controller. from_address: where there is no machine of ours (from NULL), with its claimed
 * name. */
void cor_scene_refused(cor_scene *s, cor_time t, const cor_machine *from, cor_machine *to, const char *account,
                       cor_refusal why, const cor_process *by);
void cor_scene_refused_from(cor_scene *s, cor_time t, const char *address, const char *workstation, cor_machine *to,
                            const char *account, cor_refusal why);
/* 4771 */
void cor_scene_kerberos_refused(cor_scene *s, cor_time t, const char *address, const cor_user *who, const char *status);
void cor_scene_lockout(cor_scene *s, cor_time t, const cor_user *who, const char *caller); /* 4740 on the controller */
/* 4767 on the controller */
void cor_scene_unlock(cor_scene *s, cor_time t, const cor_user *who, const cor_session *by);
void cor_scene_reset_password(cor_scene *s, cor_time t, const cor_user *who, const cor_session *by); /* 4724 */

/* ---- shares (from a1 on) ---- */

typedef enum cor_share {
    COR_SHARE_IPC,
    COR_SHARE_C,
    COR_SHARE_ADMIN,
    COR_SHARE_PUBLIC,
    COR_SHARE_SYSVOL,
    COR_SHARE_N
} cor_share;
/* 5140 when the session opens the share for the first time, then 5145. name: "svcctl", "page.dll"; NULL: 5140 alone. */
void cor_scene_share_read(cor_scene *s, cor_time t, cor_session *as, cor_share share, const char *name);
/* and Sysmon 11 by System in a2 */
void cor_scene_share_write(cor_scene *s, cor_time t, cor_session *as, cor_share share, const char *name);
/* failures */
void cor_scene_share_denied(cor_scene *s, cor_time t, cor_session *as, cor_share share, const char *name);

/* ---- services and tasks ---- */

typedef struct cor_service {
    const char *name, *display, *image;
    const char *type; /* NULL: "user mode service" */
    const char *start; /* NULL: "demand start"; "auto start" */
    const char *account; /* NULL: LocalSystem */
} cor_service;
/* 7045; 4697 from a1 on */
void cor_scene_service(cor_scene *s, cor_time t, const cor_session *as, const cor_service *what);
/* 7036 */
void cor_scene_service_state(cor_scene *s, cor_time t, cor_machine *on, const char *name, const char *display,
                             const char *state);
void cor_scene_service_failed(cor_scene *s, cor_time t, cor_machine *on, const char *name); /* 7009 and 7000 */

typedef struct cor_task {
    const char *name; /* "\\name" */
    const char *author; /* "CORP\\user" */
    const char *principal; /* SID: S-1-5-18 */
    const char *command, *arguments;
    cor_time start, end; /* TimeTrigger; 0: from now, without end */
    const char *every; /* repetition, "PT10M"; NULL: none */
    bool boot; /* BootTrigger instead */
    bool delete_when_expired;
} cor_task;
/* 4698 from a1 on; 106 in a2 */
void cor_scene_task(cor_scene *s, cor_time t, const cor_session *as, const cor_task *what);
/* 129, 100, 200 of the scheduler for a program that has been started as p; then 201, 102. */
void cor_scene_task_run(cor_scene *s, cor_time t, const cor_task *what, const cor_process *p, cor_time done);
void cor_scene_task_deleted(cor_scene *s, cor_time t, const cor_session *as, const cor_task *what); /* 4699; 141 */

/* ---- antivirus, PowerShell, logs, power ---- */

/* 5007 */
void cor_scene_defender_changed(cor_scene *s, cor_time t, cor_machine *on, const char *old_value,
                                const char *new_value);
/* 5007 of a path exclusion */
void cor_scene_defender_excluded(cor_scene *s, cor_time t, cor_machine *on, const char *folder);
typedef struct cor_threat {
    const char *name, *id, *category; /* "Trojan:Win32/..", "21477..", "Trojan" */
    const char *path; /* "file:_C:\..." */
    const char *process, *user;
    bool blocked; /* 1117 with action 3 (quarantine) follows; else 1116 alone */
} cor_threat;
void cor_scene_defender_found(cor_scene *s, cor_time t, cor_machine *on, const cor_threat *what); /* 1116, 1117 */
/* 400 with its line, 403 at `end`; pipeline: text of an 800 (NULL: none), which only wrote out. */
void cor_scene_powershell(cor_scene *s, cor_time t, const cor_process *p, const char *pipeline, cor_time end);
/* The same; called: what the pipeline called, with which values. */
void cor_scene_powershell_calling(cor_scene *s, cor_time t, const cor_process *p, const char *pipeline,
                                  const char *called, cor_time end);
/* 4104: with `suspicious` as a warning in every profile, else in a2 only. */
void cor_scene_script_block(cor_scene *s, cor_time t, const cor_process *p, const char *text, bool suspicious);
/* 1102, the first record of the new log */
void cor_scene_security_cleared(cor_scene *s, cor_time t, const cor_session *by);
void cor_scene_log_cleared(cor_scene *s, cor_time t, const cor_session *by, const char *channel); /* 104 */
/* 1074, 6006, 1100; by NULL: SYSTEM */
void cor_scene_shutdown(cor_scene *s, cor_time t, cor_machine *on, const cor_user *by, bool restart);
void cor_scene_boot(cor_scene *s, cor_time t, cor_machine *on); /* 12, 6009, 6005, 6013, 4608, SYSTEM's 4624-5 */
void cor_scene_dirty_boot(cor_scene *s, cor_time t, cor_machine *on); /* 6008 before these: power cut */
/* 4616: somebody set the clock, which was `late` behind until t. */
void cor_scene_clock_set(cor_scene *s, cor_time t, cor_machine *on, cor_time late);

/* ---- the end ---- */

/* Honest things that look like an intruder's (alike.c), told as noise in the truth. For scenarios that have an
 * intruder; before the next. */
void cor_scene_lookalikes(cor_scene *s);
/* Working-day noise on every machine up to the density, open sessions closed. Call it once, when all acts are done. */
void cor_scene_fill(cor_scene *s);

typedef enum cor_shape {
    COR_SHAPE_EVTX,
    COR_SHAPE_WINLOGBEAT,
    COR_SHAPE_NXLOG,
    COR_SHAPE_XML,
    COR_SHAPE_FORWARDED,
    COR_SHAPE_N
} cor_shape;
extern const char *const cor_shape_name[COR_SHAPE_N];
/* dir/evidence and dir/truth.json. */
cor_code cor_scene_write(cor_scene *s, const char *scenario, const char *dir, cor_shape shape, uint64_t *events,
                         cor_err *e);

/* ---- scenarios: by name, in either letter case ---- */

typedef struct cor_scenario {
    const char *name, *about;
    void (*play)(cor_scene *s, const char *variant); /* variant: the scenario's name in small letters */
} cor_scenario;
extern const cor_scenario cor_scenarios[]; /* ends with .name NULL */
const cor_scenario *cor_scenario_find(const char *name);

#endif
