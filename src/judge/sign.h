/* CONTRACT. The one table of signs. A sign is a named kind of observation; rules show signs (key `cordon:` of a
 * rule), joins in judge/ show others. docs/verdicts.md, "Signs", carries the same table; a test compares the two,
 * and every rule with its row. */
#ifndef COR_JUDGE_SIGN_H
#define COR_JUDGE_SIGN_H

#include "base/base.h"

typedef enum cor_stage_no {
    COR_STAGE_ARRIVAL, COR_STAGE_INSTALLATION, COR_STAGE_PERSISTENCE, COR_STAGE_INJECTION, COR_STAGE_EVASION,
    COR_STAGE_DISCOVERY, COR_STAGE_THEFT, COR_STAGE_C2, COR_STAGE_LATERAL, COR_STAGE_OTHER, COR_STAGE_N
} cor_stage_no;
extern const char *const cor_stage_name[COR_STAGE_N];

typedef enum cor_grade { COR_GRADE_NONE, COR_GRADE_WEAK, COR_GRADE_STRONG, COR_GRADE_CONCLUSIVE } cor_grade;
extern const char *const cor_grade_name[];

/* Log sources a sign needs; any one of the bits is enough. */
enum cor_source_bits {
    COR_SRC_PROCESS = 1,      /* Sysmon 1, or 4688 with command line */
    COR_SRC_SYSMON = 2,       /* what only Sysmon writes: files, registry, pipes, access, images */
    COR_SRC_SECURITY = 4,     /* on by default: 4624, 4648, 4672, 4720.. */
    COR_SRC_AUDIT = 8,        /* off by default: 4697, 4698, 4625 on clients, 5140, 5145 */
    COR_SRC_SYSTEM = 16,      /* 7045, 104 */
    COR_SRC_DEFENDER = 32,
    COR_SRC_POWERSHELL = 64,
    COR_SRC_DC = 128,         /* a domain controller's Security log: 4740, 4768.., 4776 */
    COR_SRC_NETWORK = 256,    /* Sysmon 3, 5156 */
    COR_SRC_NAMES = 512,      /* Sysmon 22, DNS logs */
    COR_SRC_WMI = 1024,       /* WMI-Activity/Operational */
    COR_SRC_TASKS = 2048,     /* TaskScheduler/Operational */
    COR_SRC_DISK = 4096,      /* no event log shows it */
};

typedef enum cor_convicts {
    COR_CONVICTS_HOST,        /* the computer that wrote the event */
    COR_CONVICTS_NAMED,       /* a computer named in a field, the writer is a witness */
    COR_CONVICTS_BOTH,        /* the writer, and the source by the logon joined to it */
} cor_convicts;

typedef struct cor_sign {
    const char *id;           /* "LAT1" */
    cor_stage_no stage;
    const char *group;        /* of stage other: "credentials" ...; else "" */
    cor_grade grade;          /* the highest a rule or join may give it */
    cor_grade least;          /* the lowest */
    /* "", or the families that a rule of this sign may name, parted by blanks. A finding speaks for the family that
     * its rule names, and for none when the rule names none; a join speaks for this one, where it is one. */
    const char *family;
    cor_convicts convicts;
    /* of COR_CONVICTS_NAMED: event fields that name the host or its address, parted by blanks */
    const char *field;
    unsigned sources;         /* enum cor_source_bits */
    bool proved;              /* seen on real events; false: only on events made after documents */
    const char *shows;        /* what people read: "service whose program is a DLL on a share" */
    const char *alike;        /* what harmless thing looks so */
} cor_sign;

/* What it shows, without what stands behind a semicolon about grades. */
cor_str cor_sign_says(const cor_sign *s);
/* Its rules show things so different that each is told by its own title. */
bool cor_sign_many(const cor_sign *s);

extern const cor_sign cor_signs[];
extern const unsigned cor_signs_n;
const cor_sign *cor_sign_find(cor_str id); /* NULL: none */

/* The one stage that ATT&CK tactics stand for ("attack.persistence" among a rule's tags), for rules that users
 * bring: of several tactics the most telling counts, in the order of docs/verdicts.md, "Rules of your own". false:
 * no tag is a tactic. */
bool cor_stage_of_tactics(const cor_str *tag, uint32_t n, cor_stage_no *out);

#endif
