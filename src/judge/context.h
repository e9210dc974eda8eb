/* CONTRACT. What the people in charge know and logs do not: --context FILE, YAML (docs/context.md):
 *
 *   hosts: [WS01, WS02]             all computers there are; those without logs appear as unknown
 *   admin_hosts: [ADMIN01]          where administrators work
 *   scanners: [10.20.2.30, SCAN01]  vulnerability scanners, by name, address or network
 *   deployment: [SCCM01]            servers that install software
 *   accounts: {scanner: [svc_scan], deployment: [svc_deploy], backup: [svc_backup], admin: [adm.scholz]}
 *   maintenance: [{from: 2026-03-03T20:00:00Z, to: 2026-03-03T22:00:00Z, hosts: [WS01]}]
 *
 * A known scanner, admin host or deployment server explains what comes from there: such joined signs (lateral) count
 * one grade lower and say so; what runs on that host itself counts as ever. Unknown keys are errors with a position:
 * a mistyped key must not pass for knowledge. */
#ifndef COR_JUDGE_CONTEXT_H
#define COR_JUDGE_CONTEXT_H

#include "base/arena.h"
#include "base/time.h"

typedef enum cor_role {
    COR_ROLE_ADMIN = 1,
    COR_ROLE_SCANNER = 2,
    COR_ROLE_DEPLOYMENT = 4,
    COR_ROLE_BACKUP = 8, /* of accounts only */
} cor_role;
typedef struct cor_context cor_context;

/* text: the file's. An empty text is an empty context. Errors have line and column; the caller knows the file's name.
 * Memory belongs to mem; nothing of text is kept. */
cor_code cor_context_read(cor_str text, cor_arena *mem, cor_context **out, cor_err *e);
/* Bits of cor_role; NULL c has none. Letter case makes no difference, and of a name with and one without a domain
 * the first part decides. */
unsigned cor_context_roles(const cor_context *c, cor_str host_or_address);
unsigned cor_context_account_roles(const cor_context *c, cor_str account); /* svc, CORP\svc or svc@corp.example */
/* Is t in a maintenance of this host, or of all hosts? Both ends belong to it. */
bool cor_context_maintenance(const cor_context *c, cor_str host, cor_time t);
/* All computers there are, as the file spells them and in its order. */
uint32_t cor_context_hosts(const cor_context *c, const cor_str **host);

#endif
