/* Logons: on the target, on the controller that vouches for them, and at home where credentials were typed in. */
#include <stdlib.h>

#include "base/alloc.h"
#include "range/scene_in.h"

#define PRIVILEGES \
    "SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\tSeTakeOwnershipPrivilege\r\n" \
    "\t\t\tSeDebugPrivilege\r\n\t\t\t" \
    "SeSystemEnvironmentPrivilege\r\n\t\t\tSeLoadDriverPrivilege\r\n\t\t\tSeImpersonatePrivilege\r\n\t\t\tSeDelegateS" \
    "essionUserImpersonatePrivilege"
#define MS(n) ((cor_time)(n) * 10000)

cor_session *cor_session_new(cor_scene *s, cor_time t, cor_machine *on, const cor_user *who, unsigned type)
{
    cor_session *as = cor_scene_get(s, sizeof *as),
                **grown = cor_grow(s->session, &s->cap_session, s->n_session + 1, sizeof *grown);
    on->next_logon += 0x200 + cor_scene_random(s) % 0x3000;
    *as = (cor_session){.on = on,
                        .who = who,
                        .id = cor_hex_num(s, on->next_logon),
                        .guid = cor_scene_guid(s),
                        .address = "-",
                        .port = "-",
                        .type = type,
                        .since = t};
    if (grown == NULL) {
        cor_stage_nomem(s->stage);
        return as;
    }
    s->session = grown;
    s->session[s->n_session++] = as;
    return as;
}

/* As the logon's events spell the domain: Kerberos has its own name for it. */
static const char *domain_of(const cor_session *as)
{
    return as->kerberos ? "CORP.EXAMPLE" : as->who->domain;
}

static void privileges(cor_scene *s, cor_time t, const cor_session *as)
{
    cor_put(s, COR_PROFILE_A0, as->on, t, "4672", "SubjectUserSid", as->who->sid, "SubjectUserName", as->who->name,
            "SubjectDomainName", as->who->domain, "SubjectLogonId", as->id, "PrivilegeList", PRIVILEGES, NULL);
}

static const char *v6(cor_scene *s, const char *address)
{
    return cor_scene_fmt(s, "::ffff:%s", address);
}

static const char *client_port(cor_scene *s, cor_machine *from)
{
    from->next_port = from->next_port > 65000 ? 49700 : from->next_port + 1;
    return cor_num(s, from->next_port);
}

static void ticket_granting(cor_scene *s, cor_time t, cor_machine *from, const cor_user *who)
{
    cor_machine *dc = cor_scene_dc(s);
    cor_put(s, COR_PROFILE_A0, dc, t, "4768", "TargetUserName", who->name, "TargetDomainName", COR_DOMAIN, "TargetSid",
            who->sid, "ServiceName", "krbtgt", "ServiceSid", cor_scene_fmt(s, "%s-502", s->domain_sid), "TicketOptions",
            "0x40810010", "Status", "0x0", "TicketEncryptionType", "0x12", "PreAuthType", "2", "IpAddress",
            from == dc ? "::1" : v6(s, from->address), "IpPort", from == dc ? "0" : client_port(s, from),
            "CertIssuerName", "", "CertSerialNumber", "", "CertThumbprint", "", NULL);
}

static void service_ticket(cor_scene *s, cor_time t, cor_machine *from, const cor_user *who, const cor_machine *service,
                           const char *guid)
{
    cor_machine *dc = cor_scene_dc(s);
    cor_put(s, COR_PROFILE_A0, dc, t, "4769", "TargetUserName", cor_scene_fmt(s, "%s@CORP.EXAMPLE", who->name),
            "TargetDomainName", "CORP.EXAMPLE", "ServiceName", service->self.name, "ServiceSid", service->self.sid,
            "TicketOptions", "0x40810000", "TicketEncryptionType", "0x12", "IpAddress",
            from == dc ? "::1" : v6(s, from->address), "IpPort", from == dc ? "0" : client_port(s, from), "Status",
            "0x0", "LogonGuid", guid, "TransmittedServices", "-", NULL);
}

/* `by` validates: the controller, or the machine whose own account it is. Workstations do not log it by default. */
static void validated(cor_scene *s, cor_time t, const cor_machine *by, cor_profile least, const char *account,
                      const char *workstation, const char *status)
{
    least = by->kind == COR_WORKSTATION ? COR_PROFILE_A1 : least;
    cor_put(s, least, by, t, strcmp(status, "0x0") == 0 ? "4776" : "4776-failed", "PackageName",
            "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0", "TargetUserName", account, "Workstation", workstation, "Status",
            status, NULL);
}

/* The 4624 of a session at the console, or a service's. */
static void local_4624(cor_scene *s, cor_time t, const cor_session *as, const cor_session *linked)
{
    const cor_machine *m = as->on;
    bool service = as->type == 5, unlock = as->type == 7;
    const cor_process *by = service ? m->services : unlock ? m->lsass : m->winlogon;
    const char *image =
        as->type == 2 || as->type == 10 || as->type == 11 ? "C:\\Windows\\System32\\svchost.exe" : by->image;
    cor_put(s, COR_PROFILE_A0, m, t, "4624", "SubjectUserSid", "S-1-5-18", "SubjectUserName", m->self.name,
            "SubjectDomainName", COR_DOMAIN, "SubjectLogonId", "0x3e7", "TargetUserSid", as->who->sid, "TargetUserName",
            as->who->name, "TargetDomainName", as->who->domain, "TargetLogonId", as->id, "LogonType",
            cor_num(s, as->type), "LogonProcessName",
            service  ? "Advapi  "
            : unlock ? "Negotiat"
                     : "User32 ",
            "AuthenticationPackageName", "Negotiate", "WorkstationName", service ? "-" : m->name, "LogonGuid", as->guid,
            "KeyLength", "0", "ProcessId", cor_hex_num(s, by->pid), "ProcessName", image, "IpAddress",
            as->from != NULL ? as->from->address
            : service        ? "-"
                             : "127.0.0.1",
            "IpPort", service ? "-" : "0", "ImpersonationLevel", "%%1833", "VirtualAccount", "%%1843",
            "TargetLinkedLogonId", linked == NULL || linked == as ? "0x0" : linked->id, "ElevatedToken",
            as->elevated ? "%%1842" : "%%1843", NULL);
    if (as->elevated)
        privileges(s, t + MS(1), as);
}

/* An administrator gets two tokens, the full one first. Returns the limited one. */
static cor_session *with_tokens(cor_scene *s, cor_time t, cor_machine *on, const cor_user *who, unsigned type,
                                cor_machine *from)
{
    bool admin = cor_scene_admin(who, on);
    cor_session *full = admin ? cor_session_new(s, t, on, who, type) : NULL, *as = cor_session_new(s, t, on, who, type);
    as->from = from;
    as->full = full;
    if (full != NULL) {
        full->elevated = true;
        full->full = full;
        full->from = from;
        full->guid = as->guid;
        local_4624(s, t, full, as);
    }
    local_4624(s, t + MS(1), as, full);
    return as;
}

cor_session *cor_scene_logon(cor_scene *s, cor_time t, cor_machine *on, const cor_user *who, unsigned type)
{
    cor_session *as = with_tokens(s, t, on, who, type, NULL);
    if (type != 11 && on != cor_scene_dc(s)) {
        ticket_granting(s, t - MS(40), on, who);
        service_ticket(s, t - MS(25), on, who, on, as->guid);
    }
    return as;
}

cor_session *cor_scene_logon_service(cor_scene *s, cor_time t, cor_machine *on, const cor_user *who)
{
    if (who == NULL) {
        local_4624(s, t, on->system, NULL);
        return on->system;
    }
    cor_session *as = cor_session_new(s, t, on, who, 5);
    as->elevated = cor_scene_admin(who, on);
    as->full = as->elevated ? as : NULL;
    ticket_granting(s, t - MS(40), on, who);
    local_4624(s, t, as, NULL);
    return as;
}

/* "A logon was attempted using explicit credentials", on the source. */
static void explicit_4648(cor_scene *s, cor_time t, const cor_process *by, const char *account, const char *domain,
                          const cor_machine *to, bool web)
{
    const char *guid = COR_NO_GUID;
    bool system = strcmp(by->as->id, "0x3e7") == 0;
    cor_put(s, COR_PROFILE_A0, by->on, t, "4648", "SubjectUserSid", by->as->who->sid, "SubjectUserName",
            system ? by->on->self.name : by->as->who->name, "SubjectDomainName",
            system ? COR_DOMAIN : by->as->who->domain, "SubjectLogonId", by->as->id, "LogonGuid", by->as->guid,
            "TargetUserName", account, "TargetDomainName", domain, "TargetLogonGuid", guid, "TargetServerName",
            web ? to->fqdn : to->name, "TargetInfo", cor_scene_fmt(s, "%s/%s", web ? "TERMSRV" : "cifs", to->fqdn),
            "ProcessId", cor_hex_num(s, by->pid), "ProcessName", by->image, NULL);
}

static void network_4624(cor_scene *s, cor_time t, const cor_session *as, bool ntlm)
{
    cor_put(s, COR_PROFILE_A0, as->on, t, "4624", "SubjectUserSid", "S-1-0-0", "SubjectLogonId", "0x0", "TargetUserSid",
            as->who->sid, "TargetUserName", as->who->name, "TargetDomainName", domain_of(as), "TargetLogonId", as->id,
            "LogonType", "3", "LogonProcessName", ntlm ? "NtLmSsp " : "Kerberos", "AuthenticationPackageName",
            ntlm ? "NTLM" : "Kerberos", "WorkstationName", ntlm ? as->from->name : "-", "LogonGuid",
            ntlm ? COR_NO_GUID : as->guid, "LmPackageName", ntlm ? "NTLM V2" : "-", "KeyLength", ntlm ? "128" : "0",
            "ProcessId", "0x0", "IpAddress", as->address, "IpPort", as->port, "ImpersonationLevel", "%%1833",
            "VirtualAccount", "%%1843", "TargetLinkedLogonId", "0x0", "ElevatedToken",
            as->elevated ? "%%1842" : "%%1843", NULL);
    if (as->elevated)
        privileges(s, t + MS(1), as);
}

static cor_session *network(cor_scene *s, cor_time t, const cor_remote *r)
{
    cor_session *as = cor_session_new(s, t, r->to, r->who, 3);
    as->from = r->from;
    as->kerberos = !r->ntlm;
    as->elevated = cor_scene_admin(r->who, r->to) || r->who == &r->to->self;
    as->full = as->elevated ? as : NULL;
    as->address = r->from->address;
    if (r->explicit_by != NULL) {
        explicit_4648(s, t - MS(60), r->explicit_by, r->who->name, r->who->domain, r->to, r->type == 10);
        if (!r->ntlm)
            ticket_granting(s, t - MS(50), r->from, r->who);
    }
    if (r->ntlm)
        validated(s, t - MS(5), strcmp(r->who->domain, r->to->name) == 0 ? r->to : cor_scene_dc(s), COR_PROFILE_A0,
                  r->who->name, r->from->name, "0x0");
    else
        service_ticket(s, t - MS(15), r->from, r->who, r->to, as->guid);
    as->port = client_port(s, r->from);
    network_4624(s, t, as, r->ntlm);
    return as;
}

static void remote_desktop(cor_scene *s, cor_time t, const cor_session *as)
{
    cor_put(s, COR_PROFILE_A0, as->on, t - MS(700), "remote-1149", "Param1", as->who->name, "Param2", as->who->domain,
            "Param3", as->from->address, "@UserID", "S-1-5-20", NULL);
    cor_put(s, COR_PROFILE_A0, as->on, t + MS(900), "session-21", "User", cor_who(s, as->who), "SessionID", "3",
            "Address", as->from->address, NULL);
}

cor_session *cor_scene_remote(cor_scene *s, cor_time t, const cor_remote *r)
{
    cor_session *as = network(s, t, r);
    cor_time stay = (cor_time)cor_scene_between(s, 15000, 40000) * MS(1);
    if (r->type == 10) {
        cor_scene_logoff(s, t + stay / 10, as);
        as = with_tokens(s, t + MS(1800), r->to, r->who, 10, r->from);
        remote_desktop(s, t + MS(1800), as);
    } else if (!r->keep) {
        cor_scene_logoff(s, t + stay, as);
    }
    return as;
}

void cor_scene_logoff(cor_scene *s, cor_time t, cor_session *as)
{
    if (as->closed || as == as->on->system)
        return;
    as->closed = true;
    bool console = as->type == 2 || as->type == 10 || as->type == 11;
    if (console)
        cor_put(s, COR_PROFILE_A0, as->on, t - MS(300), "4647", "TargetUserSid", as->who->sid, "TargetUserName",
                as->who->name, "TargetDomainName", as->who->domain, "TargetLogonId", as->id, NULL);
    if (as->type == 10)
        cor_put(s, COR_PROFILE_A0, as->on, t, "session-23", "User", cor_who(s, as->who), "SessionID", "3", NULL);
    cor_put(s, COR_PROFILE_A0, as->on, t, "4634", "TargetUserSid", as->who->sid, "TargetUserName", as->who->name,
            "TargetDomainName", domain_of(as), "TargetLogonId", as->id, "LogonType", cor_num(s, as->type), NULL);
    if (as->full != NULL && as->full != as)
        cor_scene_logoff(s, t + MS(1), as->full);
}

static const struct {
    const char *status, *reason, *sub, *validation;
} refusals[] = {
    [COR_REFUSED_PASSWORD] = {"0xc000006d", "%%2313", "0xc000006a", "0xc000006a"},
    [COR_REFUSED_NO_USER] = {"0xc000006d", "%%2313", "0xc0000064", "0xc0000064"},
    [COR_REFUSED_LOCKED] = {"0xc0000234", "%%2307", "0x0", "0xc0000234"},
    [COR_REFUSED_RIGHT] = {"0xc000015b", "%%2308", "0x0", "0x0"},
    [COR_REFUSED_EXPIRED] = {"0xc000006e", "%%2305", "0xc0000071", "0xc0000071"},
};

/* The domain of an account written as of cor_scene_refused; *name: without it. */
static const char *refused_domain(const cor_machine *to, const char *account, const char **name)
{
    const char *slash = strchr(account, '\\');
    *name = slash == NULL ? account : slash + 1;
    return slash == NULL ? COR_DOMAIN : to->name;
}

static void refused(cor_scene *s, cor_time t, const char *address, const char *workstation, const char *port,
                    cor_machine *to, const char *account, cor_refusal why)
{
    const char *domain = refused_domain(to, account, &account);
    validated(s, t - MS(5), domain == to->name ? to : cor_scene_dc(s), COR_PROFILE_A1, account, workstation,
              refusals[why].validation);
    cor_put(s, to->kind == COR_WORKSTATION ? COR_PROFILE_A1 : COR_PROFILE_A0, to, t, "4625", "SubjectUserSid",
            "S-1-0-0", "SubjectLogonId", "0x0", "TargetUserSid", "S-1-0-0", "TargetUserName", account,
            "TargetDomainName", domain, "Status", refusals[why].status, "FailureReason", refusals[why].reason,
            "SubStatus", refusals[why].sub, "LogonType", "3", "LogonProcessName", "NtLmSsp ",
            "AuthenticationPackageName", "NTLM", "WorkstationName", workstation, "KeyLength", "0", "ProcessId", "0x0",
            "IpAddress", address, "IpPort", port, NULL);
}

void cor_scene_refused(cor_scene *s, cor_time t, const cor_machine *from, cor_machine *to, const char *account,
                       cor_refusal why, const cor_process *by)
{
    const char *name, *domain = refused_domain(to, account, &name);
    if (by != NULL)
        explicit_4648(s, t - MS(60), by, name, domain, to, false);
    refused(s, t, from->address, from->name, client_port(s, &s->machine[from->place]), to, account, why);
}

void cor_scene_refused_from(cor_scene *s, cor_time t, const char *address, const char *workstation, cor_machine *to,
                            const char *account, cor_refusal why)
{
    refused(s, t, address, workstation, cor_num(s, cor_scene_between(s, 49200, 65000)), to, account, why);
}

void cor_scene_kerberos_refused(cor_scene *s, cor_time t, const char *address, const cor_user *who, const char *status)
{
    const char *port = cor_num(s, cor_scene_between(s, 49200, 65000));
    cor_put(s, COR_PROFILE_A1, cor_scene_dc(s), t, "4771", "TargetUserName", who->name, "TargetSid", who->sid,
            "ServiceName", "krbtgt/CORP", "TicketOptions", "0x40810010", "Status", status, "PreAuthType", "2",
            "IpAddress", v6(s, address), "IpPort", port, "CertIssuerName", "", "CertSerialNumber", "", "CertThumbprint",
            "", NULL);
}

/* The events that the controller writes about an account. */
static void about_account(cor_scene *s, cor_time t, const char *card, const cor_user *who, const char *domain,
                          const char *sid, const char *name, const char *logon)
{
    cor_put(s, COR_PROFILE_A0, cor_scene_dc(s), t, card, "TargetUserName", who->name, "TargetDomainName", domain,
            "TargetSid", who->sid, "SubjectUserSid", sid, "SubjectUserName", name, "SubjectDomainName", COR_DOMAIN,
            "SubjectLogonId", logon, NULL);
}

void cor_scene_lockout(cor_scene *s, cor_time t, const cor_user *who, const char *caller)
{
    about_account(s, t, "4740", who, caller, "S-1-5-18", cor_scene_dc(s)->self.name, "0x3e7");
}

void cor_scene_unlock(cor_scene *s, cor_time t, const cor_user *who, const cor_session *by)
{
    about_account(s, t, "4767", who, COR_DOMAIN, by->who->sid, by->who->name, by->id);
}

void cor_scene_reset_password(cor_scene *s, cor_time t, const cor_user *who, const cor_session *by)
{
    about_account(s, t, "4724", who, COR_DOMAIN, by->who->sid, by->who->name, by->id);
}
