/* S8, administrators: what people with rights do on an ordinary day that an intruder does too. */
#include "range/s8.h"

#define AT(h, m, sec) cor_scene_at(s, h, m, sec)
#define SEC(n) ((cor_time)(n)*COR_SECOND)
#define MS(n) ((cor_time)(n)*10000)
#define SYSTEM32 "C:\\Windows\\System32\\"

/* A window of commands, opened by who sits at explorer or has another session. */
static cor_process *shell(cor_scene *s, cor_time t, cor_machine *m, const cor_session *as)
{
    return cor_scene_start(
        s, t, m->explorer,
        &(cor_start){.image = SYSTEM32 "cmd.exe", .line = "\"C:\\Windows\\system32\\cmd.exe\"", .as = as});
}

/* ---- PsExec to eight workstations, by its own name, from the administrator's desk ---- */

static void psexec_to(cor_scene *s, cor_time t, const cor_process *cmd, cor_machine *to)
{
    cor_machine *from = cmd->on;
    cor_scene_start(s, t, cmd,
                    &(cor_start){.image = "C:\\Tools\\Sysinternals\\PsExec64.exe",
                                 .line = cor_scene_fmt(s, "PsExec64.exe \\\\%s cmd /c ver", to->name),
                                 .original = "psexec.c",
                                 .description = "Execute processes remotely",
                                 .product = "Sysinternals PsExec",
                                 .company = "Sysinternals - www.sysinternals.com"});
    cor_session *as = cor_scene_remote(s, t + MS(300), &(cor_remote){.from = from, .to = to, .who = cmd->as->who});
    cor_scene_share_write(s, t + MS(500), as, COR_SHARE_ADMIN, "PSEXESVC.exe");
    cor_scene_share_read(s, t + MS(700), as, COR_SHARE_IPC, "svcctl");
    const cor_service service = {.name = "PSEXESVC", .display = "PSEXESVC", .image = "%SystemRoot%\\PSEXESVC.exe"};
    cor_scene_service(s, t + MS(800), as, &service);
    cor_scene_service_state(s, t + MS(900), to, service.name, service.display, "running");
    cor_process *run = cor_scene_start(s, t + MS(900), to->services,
                                       &(cor_start){.image = "C:\\Windows\\PSEXESVC.exe",
                                                    .line = "C:\\Windows\\PSEXESVC.exe",
                                                    .original = "psexesvc.exe",
                                                    .description = "PsExec Service",
                                                    .product = "Sysinternals PsExec",
                                                    .company = "Sysinternals"});
    cor_scene_pipe(s, t + SEC(1), run, "\\PSEXESVC", true);
    cor_process *its = cor_scene_run(s, t + MS(1200), run, SYSTEM32 "cmd.exe", "\"cmd\" /c ver");
    cor_scene_exit(s, t + MS(1500), its);
    cor_scene_exit(s, t + SEC(2), run);
    cor_scene_service_state(s, t + SEC(2), to, service.name, service.display, "stopped");
}

static void psexec(cor_scene *s, const cor_process *cmd)
{
    for (unsigned i = 1; i < 9; i++) /* WS02..WS09 */
        psexec_to(s, AT(1, 10, 0) + SEC(25 * i + cor_scene_between(s, 0, 9)), cmd, cor_scene_machine(s, i));
}

/* NirSoft's listing, but into a table on a share, and by IT. */
static void passwords_listed(cor_scene *s, const cor_process *cmd)
{
    cor_scene_start(s, AT(1, 40, 0), cmd,
                    &(cor_start){.image = "C:\\Tools\\NirSoft\\WebBrowserPassView.exe",
                                 .line = "WebBrowserPassView.exe /scomma \\\\SRV-FILE01\\it\\inv.csv",
                                 .original = "WebBrowserPassView.exe",
                                 .description = "Web Browser Password Viewer",
                                 .product = "Web Browser Password Viewer",
                                 .company = "NirSoft"});
}

/* ---- software ---- */

/* An immediate task of Group Policy: the same name and program on all workstations, gone after its run. */
static void policy_software(cor_scene *s)
{
    cor_process *p;
    for (unsigned i = 0; i < 9; i++) {
        cor_machine *m = cor_scene_machine(s, i);
        cor_time t = AT(0, 48, 0) + SEC(40 * i);
        cor_task task = {.name = "\\Install Reader 24.2",
                         .author = "CORP\\adm.scholz",
                         .principal = "S-1-5-18",
                         .command = SYSTEM32 "msiexec.exe",
                         .arguments = "/i \\\\DC01\\SYSVOL\\corp.example\\software\\reader_24.2.msi /qn /norestart",
                         .start = t + SEC(2),
                         .end = t + SEC(660),
                         .delete_when_expired = true};
        cor_scene_task(s, t, m->system, &task);
        p = cor_scene_run(s, t + SEC(3), m->scheduler, task.command,
                          cor_scene_fmt(s, "%s %s", task.command, task.arguments));
        cor_scene_task_run(s, t + SEC(3), &task, p, t + SEC(90));
        cor_scene_run(s, t + SEC(8), m->services, SYSTEM32 "msiexec.exe", "C:\\Windows\\system32\\msiexec.exe /V");
        cor_scene_task_deleted(s, t + SEC(100), m->system, &task);
    }
}

/* The client of a deployment server is pushed; later its agent runs encoded scripts and excludes a folder, on all. */
static void deployment(cor_scene *s)
{
    cor_machine *server = cor_scene_host(s, "SRV-APP01");
    for (unsigned i = 3; i < 6; i++) {
        cor_machine *m = cor_scene_machine(s, i);
        cor_time t = AT(2, 5, 0) + SEC(70 * i);
        cor_session *as =
            cor_scene_remote(s, t, &(cor_remote){.from = server, .to = m, .who = cor_scene_user(s, "svc_deploy")});
        cor_scene_share_write(s, t + MS(600), as, COR_SHARE_ADMIN, "ccmsetup\\ccmsetup.exe");
        cor_scene_share_read(s, t + SEC(1), as, COR_SHARE_IPC, "svcctl");
        const cor_service service = {.name = "ccmsetup",
                                     .display = "ccmsetup",
                                     .start = "auto start",
                                     .image = "\"C:\\Windows\\ccmsetup\\ccmsetup.exe\" /runservice "
                                              "/mp:SRV-APP01.corp.example"};
        cor_scene_service(s, t + MS(1400), as, &service);
        cor_scene_service_state(s, t + SEC(2), m, service.name, service.display, "running");
        cor_scene_run(s, t + SEC(2), m->services, "C:\\Windows\\ccmsetup\\ccmsetup.exe", service.image);
    }
    for (unsigned i = 0; i < 9; i++) {
        cor_machine *m = cor_scene_machine(s, i);
        cor_time t = AT(3, 0, 0) + SEC(90 * i);
        static const char agent[] = "C:\\Program Files (x86)\\Microsoft Intune Management Extension\\"
                                    "Microsoft.Management.Services.IntuneWindowsAgent.exe";
        cor_process *its = cor_scene_run(s, t, m->services, agent, cor_scene_fmt(s, "\"%s\"", agent));
        cor_process *p = cor_scene_run(s, t + SEC(4), its, SYSTEM32 "WindowsPowerShell\\v1.0\\powershell.exe",
                                       "\"powershell.exe\" -NoProfile -ExecutionPolicy Bypass -EncodedCommand "
                                       "RwBlAHQALQBDAG8AbQBwAHUAdABlAHIASQBuAGYAbwAgAHwAIABPAHUAdAAtAE4AdQBsAGwA");
        cor_scene_powershell(s, t + SEC(5), p, "Get-ComputerInfo | Out-Null", t + SEC(15));
        cor_scene_defender_excluded(s, t + SEC(20), m, "C:\\Program Files\\Fabrikam Agent");
        cor_scene_defender_excluded(s, t + SEC(20), m, "C:\\ProgramData\\Fabrikam\\Agent Cache");
    }
}

/* ---- the scanner ---- */

static void scanner(cor_scene *s)
{
    static const char *const guess[] = {"admin", "guest", "test", "root", "sa"};
    static const cor_user locked[] = {{.name = "test01", .domain = "CORP", .sid = "S-1-5-21-1-2-3-1801"},
                                      {.name = "test02", .domain = "CORP", .sid = "S-1-5-21-1-2-3-1802"},
                                      {.name = "test03", .domain = "CORP", .sid = "S-1-5-21-1-2-3-1803"}};
    cor_machine *from = cor_scene_host(s, "SRV-APP01");
    cor_process *scan = cor_scene_run(s, AT(3, 47, 0), from->services, "C:\\Program Files\\Scanner\\scand.exe",
                                      "\"C:\\Program Files\\Scanner\\scand.exe\" --schedule 12:00");
    cor_time t = AT(3, 47, 20);
    for (unsigned i = 0; i < 12; i++) {
        cor_machine *to = cor_scene_machine(s, i);
        if (to == from)
            continue;
        cor_scene_connect(s, t, scan, to->address, to->fqdn, 445);
        for (unsigned k = 0; k < COR_LEN(guess); k++, t += MS(cor_scene_between(s, 400, 900)))
            cor_scene_refused(s, t, from, to, guess[k], COR_REFUSED_NO_USER, NULL);
        for (unsigned k = 0; k < COR_LEN(locked); k++, t += MS(cor_scene_between(s, 400, 900)))
            cor_scene_refused(s, t, from, to, locked[k].name, i < 5 ? COR_REFUSED_PASSWORD : COR_REFUSED_LOCKED, NULL);
        cor_session *as =
            cor_scene_remote(s, t, &(cor_remote){.from = from, .to = to, .who = cor_scene_user(s, "svc_scan")});
        cor_scene_share_read(s, t + MS(400), as, COR_SHARE_IPC, "svcctl");
        cor_scene_share_read(s, t + MS(600), as, COR_SHARE_IPC, "winreg");
        cor_scene_service_state(s, t + MS(900), to, "RemoteRegistry", "Remote Registry", "running");
        if (i == 4)
            for (unsigned k = 0; k < COR_LEN(locked); k++)
                cor_scene_lockout(s, t + MS(20 * k), &locked[k], from->name);
        t += SEC(6);
    }
}

/* ---- backup, the evening before ---- */

static void backup(cor_scene *s)
{
    cor_machine *from = cor_scene_host(s, "SRV-FILE01");
    cor_time t = AT(-11, -12, -40);
    for (unsigned i = 0; i < 12; i++, t += SEC(cor_scene_between(s, 200, 400))) {
        cor_machine *to = cor_scene_machine(s, i);
        if (to == from)
            continue;
        cor_session *as =
            cor_scene_remote(s, t, &(cor_remote){.from = from, .to = to, .who = cor_scene_user(s, "svc_backup")});
        cor_scene_service_state(s, t + SEC(1), to, "VSS", "Volume Shadow Copy", "running");
        for (unsigned k = 0; k < 6; k++)
            cor_scene_share_read(s, t + SEC(4 + k), as, COR_SHARE_C,
                                 cor_scene_fmt(s, "ProgramData\\%s.dat", cor_scene_word(s, 5, 10)));
        cor_scene_service_state(s, t + SEC(180), to, "VSS", "Volume Shadow Copy", "stopped");
    }
}

/* ---- helpdesk ---- */

static void helpdesk(cor_scene *s)
{
    static const char *const said[][2] = {{"whoami.exe", "whoami  /all"},
                                          {"ipconfig.exe", "ipconfig  /all"},
                                          {"net.exe", "net  localgroup administrators"},
                                          {"nltest.exe", "nltest  /dsgetdc:CORP"}};
    cor_machine *desk = cor_scene_host(s, "WS04"), *m = cor_scene_host(s, "WS06");
    cor_session *as = cor_scene_remote(s, AT(1, 55, 0),
                                       &(cor_remote){.from = desk,
                                                     .to = m,
                                                     .who = cor_scene_user(s, "helpdesk1"),
                                                     .type = 10,
                                                     .explicit_by = desk->explorer,
                                                     .keep = true});
    cor_process *cmd = shell(s, AT(1, 55, 40), m, as);
    cor_time t = AT(1, 56, 0);
    for (unsigned i = 0; i < COR_LEN(said); i++, t += SEC(cor_scene_between(s, 25, 55)))
        cor_scene_run(s, t, cmd, cor_scene_fmt(s, SYSTEM32 "%s", said[i][0]), said[i][1]);
    cor_scene_logoff(s, AT(2, 4, 0), as);
}

/* Esentutl as repair and copy: other switches, other files than a thief's. */
static void repair(cor_scene *s)
{
    cor_machine *m = cor_scene_host(s, "WS04");
    cor_process *cmd = shell(s, AT(4, 20, 0), m, NULL);
    cor_scene_run(s, AT(4, 20, 30), cmd, SYSTEM32 "esentutl.exe",
                  "esentutl  /p \"C:\\ProgramData\\Microsoft\\Search\\Data\\Applications\\Windows\\Windows.edb\"");
    cor_scene_run(s, AT(4, 24, 0), cmd, SYSTEM32 "esentutl.exe",
                  "esentutl  /r edb /d \"C:\\ProgramData\\Microsoft\\Search\\Data\\Applications\\Windows\"");
    cor_scene_run(s, AT(4, 26, 0), cmd, SYSTEM32 "esentutl.exe",
                  "esentutl  /y \"C:\\Users\\s.neumann\\Documents\\archive.pst\" /vss /d D:\\copy\\archive.pst");
}

/* ---- accounts ---- */

/* Passwords expire; phones and a mail server go on with the old ones, each with few accounts. */
static void expiry(cor_scene *s)
{
    const cor_user *u;
    cor_time t = AT(-1, 20, 0);
    for (unsigned i = 0; i < 14 && (u = cor_scene_user_at(s, i)) != NULL;
         i++, t += SEC(cor_scene_between(s, 500, 900))) {
        const char *address = cor_scene_fmt(s, "10.20.5.%u", 20 + i);
        for (unsigned k = 0; k < 4; k++)
            cor_scene_kerberos_refused(s, t + SEC(5 * k), address, u, k == 0 ? "0x17" : "0x18");
        cor_scene_lockout(s, t + SEC(21), u, i % 3 == 0 ? "MAIL01" : cor_scene_fmt(s, "PHONE-%s", u->name));
    }
}

static void unlocks(cor_scene *s)
{
    const cor_user *u;
    cor_machine *dc = cor_scene_dc(s);
    cor_session *as = cor_scene_remote(
        s, AT(2, 30, 0),
        &(cor_remote){.from = cor_scene_host(s, "WS01"), .to = dc, .who = cor_scene_user(s, "adm.scholz")});
    for (unsigned i = 0; i < 20; i++) {
        if ((u = cor_scene_user_at(s, i % 14)) == NULL)
            continue;
        cor_scene_unlock(s, AT(2, 30, 1) + MS(350 * i), u, as);
        if (i < 14)
            cor_scene_reset_password(s, AT(2, 30, 1) + MS(350 * i + 80), u, as);
    }
}

void cor_s8_administrators(cor_scene *s)
{
    cor_machine *desk = cor_scene_host(s, "WS01");
    cor_session *as = cor_scene_logon(s, AT(1, 8, 0), desk, cor_scene_user(s, "adm.scholz"), 2);
    cor_process *cmd = shell(s, AT(1, 8, 20), desk, as);
    backup(s);
    expiry(s);
    policy_software(s);
    psexec(s, cmd);
    passwords_listed(s, cmd);
    helpdesk(s);
    deployment(s);
    unlocks(s);
    scanner(s);
    repair(s);
}
