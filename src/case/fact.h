/* CONTRACT. A fact: what one event says, in one shape for all events of its kind, whether or not a rule speaks of it.
 * Facts are what judging joins: who logged on where, which service was made, which share was written, which address a
 * host had, which logs were alive. They are gathered while rules are matched, go through a sort that spills, and stand
 * in the case.
 *
 * A fact's key is a hash of kind, computer, channel, record id, time and values, so that the same record met in two
 * places is one fact. Kinds marked "merged" have one fact per computer and value: their key leaves record id and time
 * out, first and last say when. */
#ifndef COR_CASE_FACT_H
#define COR_CASE_FACT_H

#include "events/event.h"

typedef enum cor_fact_kind {
    COR_FACT_LOGON,         /* 4624 of the types 2, 3, 4, 7..13 (5 and 0 only from another host): somebody is in */
    COR_FACT_LOGON_FAILED,  /* 4625 */
    COR_FACT_LOGON_EXPLICIT,/* 4648: this computer is the source, `peer` the target */
    COR_FACT_VALIDATION,    /* 4776: `peer` is the claimed workstation */
    /* merged within each hour. 4768, 4769, 4771: `address` asked for a ticket; `object` for which service */
    COR_FACT_TICKET,
    COR_FACT_LOCKOUT,       /* 4740: `peer` is the calling computer */
    /* 5140, 5145 that were granted: `object` the share, `detail` the relative name, `access` the mask */
    COR_FACT_SHARE,
    COR_FACT_SERVICE,       /* 7045, 4697: `object` the service, `detail` its command */
    /* 4698, TaskScheduler 106: `object` the task, `detail` its command and arguments where they stand */
    COR_FACT_TASK,
    /* merged. Sysmon 3, 5156: outbound; `object` the program, `address` and `port` the other side */
    COR_FACT_CONNECTION,
    /* merged. Sysmon 22, DNS-Client 3006/3008/3020, DNS-Server 256..: `object` the name looked up, when it has the
     * shape of a generated one (judge/dga.h); `address` the client where a resolver says so */
    COR_FACT_NAME,
    /* Sysmon 12, 13, Security 4657: value whose name is 1 to 8 hex digits, or a Run value; `object` the path,
     * `detail` the details */
    COR_FACT_REGISTRY,
    COR_FACT_ADDRESS,       /* merged. This computer (or `peer`, when the event names another one) had `address` */
    COR_FACT_ALIVE,         /* merged. A log source showed a sign of life; `object` says which, see COR_ALIVE_* */
    /* 1102, 104, 1100, 6005, 6006, 6008, 4616, 1074, 41: what bears on the logs themselves; `object` the channel
     * cleared, `account` by whom */
    COR_FACT_LOG,
    COR_FACT_N
} cor_fact_kind;
extern const char *const cor_fact_name[COR_FACT_N]; /* "logon", "logon_failed", ...: as in docs/case-schema.md */

/* Values of `object` in COR_FACT_ALIVE: the kinds of events that minimal coverage asks for. */
#define COR_ALIVE_PROCESS "process"             /* Sysmon 1, or 4688 with a command line */
#define COR_ALIVE_PROCESS_BARE "process_bare"   /* 4688 without */
#define COR_ALIVE_TASK "task"                   /* 4698, TaskScheduler 106 */
#define COR_ALIVE_SERVICE "service"             /* 7045, 4697 */
#define COR_ALIVE_LOGON "logon"                 /* 4624 */
#define COR_ALIVE_LOGON_FAILED "logon_failed"   /* 4625 */
#define COR_ALIVE_SHARE "share"                 /* 5140, 5145 */
#define COR_ALIVE_ANTIVIRUS "antivirus"         /* Defender 1150, 1151, 2000, 1000, 1001 */
#define COR_ALIVE_NETWORK "network"             /* Sysmon 3, 5156 */
#define COR_ALIVE_REGISTRY "registry"           /* Sysmon 12..14, 4657 */

typedef struct cor_fact {
    cor_fact_kind kind;
    uint8_t key[16];
    cor_time first, last;      /* equal unless merged; COR_NOTIME when the event has no time */
    cor_str computer, channel; /* as the event spells them */
    cor_str host;              /* name of the cor_host, when it comes from a case; else "" */
    cor_str path;              /* name of the input, when it comes from a case; else "" */
    uint32_t event_id;         /* merged: of the first in time */
    uint64_t record_id, offset;
    uint32_t input;            /* merged: place of the first in time, then by input and offset */
    /* values; "" where the event has none, or "-" */
    cor_str account, domain;   /* whose logon, who was locked out, who made the service */
    cor_str sid;
    cor_str address;           /* of the other side, in its shortest form: ::ffff:a.b.c.d is a.b.c.d */
    cor_str peer;              /* name of the other computer, as the event claims it */
    cor_str logon_id;          /* of the session the event speaks of: 4624 TargetLogonId; others SubjectLogonId */
    cor_str object, detail, access;
    cor_str status;            /* 4625 SubStatus (Status where that is 0), 4776, 4768.. Status */
    uint32_t logon_type;       /* 0 where there is none */
    uint32_t port;
    bool elevated;             /* 4624 ElevatedToken %%1842 */
} cor_fact;

/* bytes of one value kept; longer ones are cut: a path has 32,767 characters at most and hardly ever 300 */
#define COR_FACT_TEXT_MAX 4096

#endif
