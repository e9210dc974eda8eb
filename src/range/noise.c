/* What every machine writes whether or not somebody is inside: what stands in the logs before any act (boot, morning,
 * signs of life of antivirus and domain), and the episodes of a working day that fill each log up to its density. */
#include "range/scene_in.h"
#include "range/truth.h"

#define MINUTES(n) ((cor_time)(n) * 60 * COR_SECOND)
#define HOURS(n) ((cor_time)(n) * 3600 * COR_SECOND)

static cor_time seconds(cor_scene *s, unsigned from, unsigned to)
{
    return (cor_time)cor_scene_between(s, from * 1000, to * 1000) * 10000;
}

/* ---- signs of life ---- */

static void antivirus_lives(cor_scene *s, cor_machine *m)
{
    for (cor_time t = m->booted + seconds(s, 60, 3000); t < s->end; t += HOURS(1) + seconds(s, 0, 20)) {
        cor_put(s, COR_PROFILE_A0, m, t, "defender-1150", "Product_Name", "%%827", "Platform_version", "4.18.2211.5",
                "Engine_version", "1.1.19900.2", "Security_intelligence_version", "1.381.2000.0", NULL);
        cor_put(s, COR_PROFILE_A0, m, t + 20000, "defender-1151", "Product_Name", "%%827", "Platform_version",
                "4.18.2211.5", "Engine_version", "1.1.19900.2", "NRI_engine_version", "1.1.19900.2",
                "AV_security_intelligence_version", "1.381.2000.0", "AS_security_intelligence_version", "1.381.2000.0",
                "NRI_security_intelligence_version", "1.381.2000.0", "RTP_state", "%%901", "OA_state", "%%901",
                "IOAV_state", "%%901", "BM_state", "%%901", "Last_AV_security_intelligence_age", "0",
                "Last_AS_security_intelligence_age", "0", "Last_quick_scan_age", "1", "Last_full_scan_age",
                "4294967295", "AV_security_intelligence_creation_time", "3/1/2026 2:39:59 AM",
                "AS_security_intelligence_creation_time", "3/1/2026 2:40:00 AM", "Last_quick_scan_start_time",
                "3/1/2026 1:10:02 AM", "Last_quick_scan_end_time", "3/1/2026 1:14:37 AM", "Last_quick_scan_source", "2",
                "Last_full_scan_start_time", "1/1/1601 12:00:00 AM", "Last_full_scan_end_time", "1/1/1601 12:00:00 AM",
                "Last_full_scan_source", "0", "Product_status", "0x00080000", NULL);
    }
    for (cor_time day = s->day - HOURS(48); day <= s->day; day += HOURS(24))
        cor_put(s, COR_PROFILE_A0, m, day + HOURS(6) + seconds(s, 0, 3000), "defender-2000", "Product_Name", "%%827",
                "Product_Version", "4.18.2211.5", "Current_security_intelligence_Version", "1.381.2000.0",
                "Previous_security_intelligence_Version", "1.381.1911.0", "Domain", "NT AUTHORITY", "User", "SYSTEM",
                "SID", "S-1-5-18", "Security_intelligence_Type_Index", "1", "Security_intelligence_Type", "%%800",
                "Update_Type_Index", "2", "Update_Type", "%%804", "Current_Engine_Version", "1.1.19900.2",
                "Previous_Engine_Version", "1.1.19900.2", NULL);
}

/* A policy refresh: the machine fetches its policies from the controller, as itself. */
static void policy_refresh(cor_scene *s, cor_time t, cor_machine *m)
{
    cor_machine *dc = cor_scene_dc(s);
    unsigned took = cor_scene_between(s, 300, 2900);
    if (m != dc) {
        cor_session *as = cor_scene_remote(s, t, &(cor_remote){.from = m, .to = dc, .who = &m->self});
        cor_scene_share_read(s, t + 400000, as, COR_SHARE_SYSVOL,
                             COR_DOMAIN_DNS "\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}\\gpt.ini");
    }
    cor_put(s, COR_PROFILE_A0, m, t + (cor_time)took * 10000, "policy-1500", "SupportInfo1", "1", "SupportInfo2",
            "4292", "ProcessingMode", "0", "ProcessingTimeInMilliseconds", cor_num(s, took), "DCName",
            cor_scene_fmt(s, "\\\\%s", dc->fqdn), NULL);
    cor_put(s, COR_PROFILE_A0, m, t + (cor_time)took * 10000 + 5000, "policy-8000", "PolicyElaspedTimeInSeconds",
            cor_num(s, took / 1000), "ErrorCode", "0", "PrincipalSamName", cor_who(s, &m->self), "IsMachine", "1",
            "IsConnectivityFailure", "false", NULL);
}

static void domain_lives(cor_scene *s, cor_machine *m)
{
    for (cor_time t = m->booted + seconds(s, 60, 200); t < s->end;
         t += t < s->day + HOURS(6) ? HOURS(5) + seconds(s, 0, 7000) : seconds(s, 5400, 7200))
        policy_refresh(s, t, m);
}

/* Few things on the days before: the logs reach back, and were written all the time. */
static void quiet_days(cor_scene *s, cor_machine *m)
{
    for (cor_time t = m->booted + seconds(s, 400, 4000); t < s->day + HOURS(7); t += HOURS(2) + seconds(s, 0, 5000)) {
        cor_process *p = cor_scene_run(s, t, m->services, "C:\\Windows\\System32\\svchost.exe",
                                       "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s wuauserv");
        cor_scene_logon_service(s, t - 10000, m, NULL);
        cor_scene_service_state(s, t + 3000000, m, "wuauserv", "Windows Update", "running");
        cor_scene_exit(s, t + MINUTES(6), p);
        cor_scene_service_state(s, t + MINUTES(6), m, "wuauserv", "Windows Update", "stopped");
    }
    if (m->user != NULL) {
        cor_time monday = m->arrived - HOURS(24) + seconds(s, 0, 900);
        cor_session *as = cor_scene_logon(s, monday, m, m->user, 2);
        cor_scene_logoff(s, m->left - HOURS(24) + seconds(s, 0, 900), as);
    }
}

/* A task that an updater registers again: coverage asks whether tasks would be seen at all. */
static void updater_task(cor_scene *s, cor_time t, cor_machine *m)
{
    bool server = m->kind != COR_WORKSTATION;
    cor_task task = {.name = server ? "\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Scan"
                                    : cor_scene_fmt(s, "\\OneDrive Standalone Update Task-%s", m->user->sid),
                     .author = server ? "Microsoft Corporation" : "Microsoft Corporation",
                     .principal = server ? "S-1-5-18" : m->user->sid,
                     .command = server ? "%systemroot%\\system32\\usoclient.exe"
                                       : "%localappdata%\\Microsoft\\OneDrive\\OneDriveStandaloneUpdater.exe",
                     .arguments = server ? "StartScan" : NULL,
                     .start = t + HOURS(2),
                     .every = "P1D"};
    cor_scene_task(s, t, server ? m->system : m->console, &task);
}

static void morning(cor_scene *s, cor_machine *m)
{
    if (m->user == NULL) {
        updater_task(s, s->day + HOURS(7) + seconds(s, 0, 3000), m);
        return;
    }
    cor_time t = m->arrived;
    m->console = cor_scene_logon(s, t, m, m->user, 2);
    cor_process *init = cor_process_known(s, t, m, m->console, "C:\\Windows\\System32\\userinit.exe",
                                          "C:\\Windows\\system32\\userinit.exe");
    m->explorer = cor_scene_start(s, t + seconds(s, 1, 3), init,
                                  &(cor_start){.image = "C:\\Windows\\explorer.exe",
                                               .line = "C:\\Windows\\Explorer.EXE",
                                               .cwd = "C:\\Windows\\system32\\"});
    cor_session *as =
        cor_scene_remote(s, t + seconds(s, 1, 2), &(cor_remote){.from = m, .to = cor_scene_dc(s), .who = m->user});
    cor_scene_share_read(s, t + seconds(s, 2, 3), as, COR_SHARE_SYSVOL,
                         COR_DOMAIN_DNS "\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}\\gpt.ini");
    cor_put(s, COR_PROFILE_A0, m, t + seconds(s, 3, 5), "policy-1501", "SupportInfo1", "1", "SupportInfo2", "4292",
            "ProcessingMode", "1", "ProcessingTimeInMilliseconds", "812", "DCName",
            cor_scene_fmt(s, "\\\\%s", cor_scene_dc(s)->fqdn), "@UserID", m->user->sid, NULL);
    updater_task(s, t + seconds(s, 40, 240), m);
}

void cor_scene_begin(cor_scene *s)
{
    for (unsigned i = 0; i < s->n_machine; i++) {
        cor_machine *m = &s->machine[i];
        cor_scene_boot(s, m->booted, m);
        antivirus_lives(s, m);
        quiet_days(s, m);
        domain_lives(s, m);
        morning(s, m);
    }
}

/* ---- a working day ---- */

typedef struct doing {
    cor_scene *s;
    cor_machine *m;
    cor_time t;
} doing;

static void service_host(const doing *d)
{
    static const char *const group[][3] = {
        {"wlidsvc", "netsvcs -p", "Microsoft Account Sign-in Assistant"},
        {"BITS", "netsvcs -p", "Background Intelligent Transfer Service"},
        {"wuauserv", "netsvcs -p", "Windows Update"},
        {"WdiSystemHost", "LocalSystemNetworkRestricted -p", "Diagnostic System Host"},
        {"lfsvc", "netsvcs -p", "Geolocation Service"},
        {"ClipSVC", "wsappx -p", "Client License Service (ClipSVC)"},
        {"UsoSvc", "netsvcs -p", "Update Orchestrator Service"},
        {"DPS", "LocalServiceNoNetwork -p", "Diagnostic Policy Service"}};
    const char *const *g = group[cor_scene_between(d->s, 0, COR_LEN(group) - 1)];
    cor_process *p = cor_scene_run(d->s, d->t, d->m->services, "C:\\Windows\\System32\\svchost.exe",
                                   cor_scene_fmt(d->s, "C:\\Windows\\system32\\svchost.exe -k %s -s %s", g[1], g[0]));
    cor_scene_service_state(d->s, d->t + 1000000, d->m, g[0], g[2], "running");
    cor_time stop = d->t + seconds(d->s, 60, 600);
    cor_scene_exit(d->s, stop, p);
    cor_scene_service_state(d->s, stop, d->m, g[0], g[2], "stopped");
}

static void small_program(const doing *d)
{
    static const char *const program[][2] = {
        {"C:\\Windows\\System32\\RuntimeBroker.exe", "C:\\Windows\\System32\\RuntimeBroker.exe -Embedding"},
        {"C:\\Windows\\System32\\backgroundTaskHost.exe",
         "\"C:\\Windows\\system32\\backgroundTaskHost.exe\" -ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca"},
        {"C:\\Windows\\System32\\dllhost.exe",
         "C:\\Windows\\system32\\DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}"},
        {"C:\\Windows\\System32\\SearchProtocolHost.exe",
         "\"C:\\Windows\\system32\\SearchProtocolHost.exe\" Global\\UsGthrFltPipeMssGthrPipe_4 "
         "Global\\UsGthrCtrlFltPipeMssGthrPipe4"},
        {"C:\\Windows\\System32\\taskhostw.exe", "taskhostw.exe Install $(Arg0)"},
        {"C:\\Windows\\System32\\wermgr.exe", "C:\\Windows\\system32\\wermgr.exe -upload"},
        {"C:\\Windows\\System32\\mobsync.exe", "C:\\Windows\\System32\\mobsync.exe -Embedding"},
    };
    const char *const *p = program[cor_scene_between(d->s, 0, COR_LEN(program) - 1)];
    cor_process *started =
        cor_scene_start(d->s, d->t, d->m->netsvcs, &(cor_start){.image = p[0], .line = p[1], .as = d->m->console});
    cor_scene_exit(d->s, d->t + seconds(d->s, 3, 90), started);
}

static void browser(const doing *d)
{
    static const char *const site[] = {"intranet.corp.example", "news.example",    "wiki.example", "maps.example",
                                       "shop.example",          "weather.example", "bank.example"};
    cor_process *p =
        cor_scene_run(d->s, d->t, d->m->explorer, "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
                      "\"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe\" --profile-directory=Default");
    unsigned n = cor_scene_between(d->s, 2, 6);
    for (unsigned i = 0; i < n; i++) {
        const char *name = site[cor_scene_between(d->s, 0, COR_LEN(site) - 1)],
                   *address = cor_scene_fmt(d->s, "192.0.2.%u", cor_scene_between(d->s, 100, 140));
        cor_time t = d->t + MINUTES(i) + seconds(d->s, 1, 50);
        cor_scene_dns(d->s, t, p, name, address);
        cor_scene_connect(d->s, t + 300000, p, address, name, 443);
    }
    cor_scene_file(d->s, d->t + MINUTES(2), p,
                   cor_scene_fmt(d->s,
                                 "C:\\Users\\%s\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Cache\\f_%06x",
                                 d->m->user->name, cor_scene_between(d->s, 0x100, 0xfffff)));
    cor_scene_exit(d->s, d->t + MINUTES(n) + seconds(d->s, 60, 200), p);
}

static void office(const doing *d)
{
    bool word = cor_scene_between(d->s, 0, 1) == 0;
    const char *name = cor_scene_word(d->s, 5, 9),
               *folder = cor_scene_fmt(d->s, "C:\\Users\\%s\\Documents", d->m->user->name);
    const char *image = word ? "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE"
                             : "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE";
    cor_process *p = cor_scene_run(d->s, d->t, d->m->explorer, image,
                                   cor_scene_fmt(d->s, "\"%s\" %s \"%s\\%s.%s\"", image, word ? "/n" : "/dde", folder,
                                                 name, word ? "docx" : "xlsx"));
    cor_scene_file(d->s, d->t + seconds(d->s, 1, 3), p,
                   cor_scene_fmt(d->s, "%s\\~$%s.%s", folder, name, word ? "docx" : "xlsx"));
    cor_scene_value(d->s, d->t + seconds(d->s, 3, 5), p,
                    cor_scene_fmt(d->s, "HKU\\%s\\SOFTWARE\\Microsoft\\Office\\16.0\\%s\\File MRU\\Item 1",
                                  d->m->user->sid, word ? "Word" : "Excel"),
                    cor_scene_fmt(d->s, "[F00000000][T01D8%08X][O00000000]*%s\\%s",
                                  cor_scene_between(d->s, 1, 0x7fffffff), folder, name));
    cor_scene_connect(d->s, d->t + seconds(d->s, 4, 9), p, "192.0.2.240", "office.example", 443);
    cor_scene_exit(d->s, d->t + MINUTES(cor_scene_between(d->s, 3, 40)), p);
}

static void registry(const doing *d)
{
    cor_scene_value(
        d->s, d->t, d->m->netsvcs,
        cor_scene_fmt(d->s, "HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\UserSettings\\%s\\SequenceNumber",
                      d->m->user != NULL ? d->m->user->sid : "S-1-5-18"),
        cor_scene_fmt(d->s, "DWORD (0x%08x)", cor_scene_between(d->s, 1, 4000)));
}

static void unlock(const doing *d)
{
    cor_session *as = cor_scene_logon(d->s, d->t, d->m, d->m->user, cor_scene_between(d->s, 0, 5) == 0 ? 11 : 7);
    cor_scene_logoff(d->s, d->t + seconds(d->s, 1, 2), as);
}

/* Somebody reads a document on the file server. */
static void file_server(const doing *d)
{
    cor_machine *to = cor_scene_host(d->s, "SRV-FILE01");
    if (!cor_truth_noise_may_reach(d->s, d->m, to))
        return;
    cor_session *as = cor_scene_remote(d->s, d->t, &(cor_remote){.from = d->m, .to = to, .who = d->m->user});
    unsigned n = cor_scene_between(d->s, 1, 4);
    for (unsigned i = 0; i < n; i++)
        cor_scene_share_read(d->s, d->t + seconds(d->s, 1, 12), as, COR_SHARE_PUBLIC,
                             cor_scene_fmt(d->s, "Team\\%s.xlsx", cor_scene_word(d->s, 5, 9)));
}

static void windows_update(const doing *d)
{
    const char *title = cor_scene_fmt(
                   d->s,
                   "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.381.%u.0)",
                   cor_scene_between(d->s, 1900, 2100)),
               *guid = cor_scene_guid(d->s);
    cor_put(d->s, COR_PROFILE_A0, d->m, d->t, "update-44", "updateTitle", title, "updateGuid", guid,
            "updateRevisionNumber", "200", NULL);
    cor_put(d->s, COR_PROFILE_A0, d->m, d->t + seconds(d->s, 5, 20), "update-43", "updateTitle", title, "updateGuid",
            guid, "updateRevisionNumber", "200", NULL);
    cor_put(d->s, COR_PROFILE_A0, d->m, d->t + seconds(d->s, 25, 60), "update-19", "updateTitle", title, "updateGuid",
            guid, "updateRevisionNumber", "200", "serviceGuid", "{9482f4b4-e343-43b6-b170-9a65bc822c77}", NULL);
}

static void service_logon(const doing *d)
{
    cor_scene_logon_service(d->s, d->t, d->m, NULL);
}

/* of 64, and whether it needs somebody at the machine */
static const struct {
    void (*act)(const doing *d);
    unsigned upto;
    bool user;
} episodes[] = {
    {service_host, 12, false}, {small_program, 24, true},   {browser, 36, true},
    {office, 40, true},        {registry, 48, false},       {unlock, 51, true},
    {file_server, 54, true},   {windows_update, 56, false}, {service_logon, 64, false},
};

/* How much of the density a profile's logs fill by themselves, in hundredths: defaults are quiet, Sysmon is not. */
static const unsigned loudness[COR_PROFILE_N] = {15, 45, 70};

static void fill_machine(cor_scene *s, cor_machine *m)
{
    const unsigned want = (unsigned)((uint64_t)s->density * loudness[s->profile] / 100);
    cor_time from = m->user != NULL ? m->arrived + MINUTES(2) : s->day + HOURS(7),
             to = m->user != NULL ? m->left - MINUTES(45) : s->end - MINUTES(20);
    for (unsigned tries = 0; s->today[m->place] + 24 < want && tries < 4 * s->density; tries++) {
        unsigned k = 0, roll = cor_scene_between(s, 0, 63);
        while (roll >= episodes[k].upto)
            k++;
        doing d = {s, m, from + (cor_time)(cor_scene_random(s) % (uint64_t)(to - from))};
        bool room = s->today[cor_scene_dc(s)->place] + 64 < s->density &&
                    s->today[cor_scene_host(s, "SRV-FILE01")->place] + 64 < s->density;
        if ((episodes[k].user && m->user == NULL) ||
            (!room && (episodes[k].act == unlock || episodes[k].act == file_server)))
            continue;
        episodes[k].act(&d);
    }
}

void cor_scene_fill(cor_scene *s)
{
    for (unsigned i = 0; i < s->n_machine; i++)
        fill_machine(s, &s->machine[i]);
    for (size_t i = 0; i < s->n_session; i++) {
        cor_session *as = s->session[i];
        if (!as->closed)
            cor_scene_logoff(
                s, as == as->on->console ? as->on->left : s->end - MINUTES(2) + (cor_time)(i % 90) * COR_SECOND, as);
    }
}
