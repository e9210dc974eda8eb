/* Honest things that look like an intruder's, for scenarios that have one: each is told in the truth as noise. Nothing
 * here convicts, and nothing blurs a verdict (cor_truth_noise_may_reach). */
#include "range/scene_in.h"
#include "range/truth.h"

#define SEC(n) ((cor_time)(n) * COR_SECOND)
#define SYS32 "C:\\Windows\\System32\\"

static cor_time some(cor_scene *s, unsigned from, unsigned to)
{
    return SEC(cor_scene_between(s, from, to));
}

/* A workstation where nothing happens, other than `not`; NULL: none. */
static cor_machine *quiet(cor_scene *s, const cor_machine *not)
{
    for (unsigned i = s->n_machine; i-- > 0;) {
        cor_machine *m = &s->machine[i];
        if (m != not && m->kind == COR_WORKSTATION && cor_truth_is(s, m, "clean"))
            return m;
    }
    return NULL;
}

/* The helpdesk looks at a workstation over remote desktop, by hand. */
static void helpdesk(cor_scene *s)
{
    static const char *const line[] = {"whoami /all", "ipconfig /all", "nltest /dsgetdc:corp.example", "ping dc01"};
    static const char *const image[] = {SYS32 "whoami.exe", SYS32 "ipconfig.exe", SYS32 "nltest.exe", SYS32 "PING.EXE"};
    cor_machine *from = quiet(s, NULL), *to = quiet(s, from);
    if (to == NULL)
        return;
    cor_time t = s->day + SEC(14 * 3600) + some(s, 0, 3600);
    cor_session *as = cor_scene_remote(
        s, t, &(cor_remote){.from = from, .to = to, .who = cor_scene_user(s, "helpdesk1"), .type = 10});
    cor_process *init =
        cor_process_known(s, t + SEC(2), to, as, SYS32 "userinit.exe", "C:\\Windows\\system32\\userinit.exe");
    cor_process *desk = cor_scene_run(s, t + SEC(3), init, "C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE");
    cor_process *shell = cor_scene_run(s, t + SEC(40), desk, SYS32 "cmd.exe", "\"C:\\Windows\\system32\\cmd.exe\"");
    for (unsigned i = 0; i < COR_LEN(line); i++)
        cor_scene_run(s, t + SEC(50 + 45 * i) + some(s, 0, 30), shell, image[i], line[i]);
    cor_scene_logoff(s, t + SEC(600), as);
    cor_truth_noise(s, to, "helpdesk looks at a workstation over remote desktop", "discovery, remote logon");
}

static void printer_driver(cor_scene *s)
{
    for (unsigned i = 0; i < s->n_machine; i++) {
        cor_machine *m = &s->machine[i];
        if (m->kind != COR_WORKSTATION || cor_scene_between(s, 0, 2) != 0)
            continue;
        cor_time t = m->arrived + some(s, 3600, 14000);
        cor_process *spooler =
            cor_process_known(s, m->booted, m, m->system, SYS32 "spoolsv.exe", "C:\\Windows\\System32\\spoolsv.exe");
        cor_scene_file(s, t, spooler, "C:\\Windows\\System32\\spool\\drivers\\x64\\3\\New\\prnui64.dll");
        cor_scene_run(s, t + SEC(2), spooler, SYS32 "rundll32.exe",
                      "rundll32.exe printui.dll,PrintUIEntry /Xg /n \"\\\\SRV-FILE01\\floor2\" /q");
        cor_truth_noise(s, m, "a printer driver is installed", "system program starts rundll32");
    }
}

/* Management sets the same exclusion everywhere, and an updater its service. */
static void management(cor_scene *s)
{
    const char *maker = cor_scene_Word(s, 6, 9), *folder = cor_scene_fmt(s, "C:\\Program Files\\%s\\Agent", maker);
    for (unsigned i = 0; i < s->n_machine; i++) {
        cor_machine *m = &s->machine[i];
        if (m->kind != COR_WORKSTATION)
            continue;
        cor_time t = s->day + SEC(8 * 3600) + some(s, 0, 1800);
        cor_scene_defender_excluded(s, t, m, folder);
        cor_scene_service(s, t + some(s, 200, 900), m->system,
                          &(cor_service){.name = cor_scene_fmt(s, "%s Agent Updater", maker),
                                         .start = "auto start",
                                         .image = cor_scene_fmt(s, "\"%s\\updater.exe\" /svc", folder)});
        cor_truth_noise(s, m, "management software excludes its folder and makes its service",
                        "Defender exclusion, new service");
    }
}

static void autostart(cor_scene *s)
{
    for (unsigned i = 0; i < s->n_machine; i++) {
        cor_machine *m = &s->machine[i];
        if (m->user == NULL || cor_scene_between(s, 0, 1) != 0)
            continue;
        cor_time t = m->arrived + some(s, 600, 9000);
        const char *own = cor_scene_fmt(s, "C:\\Users\\%s\\AppData\\Local\\Microsoft\\OneDrive", m->user->name);
        cor_process *p = cor_scene_run(s, t, m->explorer, cor_scene_fmt(s, "%s\\Update\\OneDriveSetup.exe", own),
                                       cor_scene_fmt(s, "\"%s\\Update\\OneDriveSetup.exe\" /update /restart", own));
        cor_scene_value(
            s, t + SEC(20), p,
            cor_scene_fmt(s, "%s\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDrive", cor_scene_hive(s, p)),
            cor_scene_fmt(s, "\"%s\\OneDrive.exe\" /background", own));
        cor_truth_noise(s, m, "OneDrive updates itself", "Run value to a program in the profile");
    }
}

/* A telephone with an old password, early in the morning; somebody unlocks. */
static void telephone(cor_scene *s)
{
    const cor_user *who = cor_scene_user_at(s, cor_scene_between(s, 0, 8));
    cor_machine *helper = quiet(s, NULL), *dc = cor_scene_dc(s);
    cor_time t = s->day + SEC(7 * 3600) + some(s, 0, 1200);
    for (unsigned i = 0; i < 5; i++)
        cor_scene_kerberos_refused(s, t + SEC(i * 12), "10.20.9.44", who, "0x18");
    cor_scene_lockout(s, t + SEC(49), who, cor_scene_fmt(s, "PHONE-%04u", cor_scene_between(s, 1, 9999)));
    cor_truth_noise(s, dc, "a telephone tries an old password", "failed logons, lock-out");
    if (helper == NULL)
        return;
    cor_session *as = cor_scene_remote(s, t + SEC(900),
                                       &(cor_remote){.from = helper, .to = dc, .who = cor_scene_user(s, "helpdesk1")});
    cor_scene_unlock(s, t + SEC(903), who, as);
}

/* Monday night: the backup reads from everybody. */
static void backup(cor_scene *s)
{
    cor_machine *from = cor_scene_host(s, "SRV-APP01");
    for (unsigned i = 0; i < s->n_machine; i++) {
        cor_machine *to = &s->machine[i];
        cor_time t = s->day - SEC(2 * 3600) + SEC(i * 240) + some(s, 0, 60);
        if (to == from || !cor_truth_noise_may_reach(s, from, to))
            continue;
        cor_session *as =
            cor_scene_remote(s, t, &(cor_remote){.from = from, .to = to, .who = cor_scene_user(s, "svc_backup")});
        cor_scene_share_read(s, t + SEC(1), as, COR_SHARE_C, "Users");
        cor_scene_share_read(s, t + SEC(2), as, COR_SHARE_C, "Users\\Public\\Documents\\desktop.ini");
        cor_truth_noise(s, to, "the nightly backup reads from every host", "one account on many hosts within an hour");
    }
}

void cor_scene_lookalikes(cor_scene *s)
{
    helpdesk(s);
    printer_driver(s);
    management(s);
    autostart(s);
    telephone(s);
    backup(s);
}
