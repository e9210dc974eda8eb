/* S8, machines and their users: programs that do what malware does, with a right to it. */
#include "range/s8.h"

#define AT(h, m, sec) cor_scene_at(s, h, m, sec)
#define SEC(n) ((cor_time)(n)*COR_SECOND)
#define MS(n) ((cor_time)(n)*10000)
#define SYSTEM32 "C:\\Windows\\System32\\"
#define POWERSHELL SYSTEM32 "WindowsPowerShell\\v1.0\\powershell.exe"

static const char *profile(cor_scene *s, const cor_machine *m)
{
    return cor_scene_fmt(s, "C:\\Users\\%s", m->user->name);
}

/* An inventory agent looks around in twenty seconds, on all hosts alike. */
static void inventory(cor_scene *s)
{
    static const char *const said[][2] = {{"systeminfo.exe", "systeminfo /fo csv"},
                                          {"ARP.EXE", "arp -a"},
                                          {"ROUTE.EXE", "route print"},
                                          {"NETSTAT.EXE", "netstat -ano"},
                                          {"net.exe", "net share"}};
    for (unsigned i = 0; i < 12; i++) {
        cor_machine *m = cor_scene_machine(s, i);
        cor_time t = AT(0, 20, 0) + SEC(60 * i);
        cor_process *agent =
            cor_scene_start(s, t, m->services,
                            &(cor_start){.image = "C:\\Program Files\\Inventory Agent\\invagent.exe",
                                         .line = "\"C:\\Program Files\\Inventory Agent\\invagent.exe\" --daily",
                                         .original = "invagent.exe",
                                         .description = "Inventory Agent",
                                         .product = "Inventory Agent",
                                         .company = "Fabrikam"});
        for (unsigned k = 0; k < COR_LEN(said); k++)
            cor_scene_run(s, t + SEC(2 + 4 * k), agent, cor_scene_fmt(s, SYSTEM32 "%s", said[k][0]), said[k][1]);
        cor_scene_exit(s, t + SEC(26), agent);
    }
}

/* A remote support agent is updated: its service is made anew, it talks home all day, it runs a script. */
static void remote_support(cor_scene *s)
{
    cor_machine *m = cor_scene_host(s, "WS05");
    cor_time t = AT(1, 30, 0);
    static const char image[] = "C:\\Program Files\\Remote Support\\rsagent.exe";
    cor_scene_service(s, t, m->system,
                      &(cor_service){.name = "RemoteSupportAgent",
                                     .display = "Remote Support Agent",
                                     .image = "\"C:\\Program Files\\Remote Support\\rsagent.exe\" --service",
                                     .start = "auto start"});
    cor_process *agent = cor_scene_start(s, t + SEC(1), m->services,
                                         &(cor_start){.image = image,
                                                      .line = cor_scene_fmt(s, "\"%s\" --service", image),
                                                      .original = "rsagent.exe",
                                                      .description = "Remote Support Agent",
                                                      .product = "Remote Support",
                                                      .company = "Contoso"});
    for (cor_time at = t + SEC(20); at < cor_scene_end(s); at += SEC(cor_scene_between(s, 280, 320))) {
        cor_scene_dns(s, at, agent, "relay.support.example", "192.0.2.150");
        cor_scene_connect(s, at + MS(40), agent, "192.0.2.150", "relay.support.example", 443);
    }
    cor_process *p = cor_scene_run(s, t + SEC(30), agent, POWERSHELL,
                                   "powershell.exe -NonInteractive -Command \"Get-HotFix | ConvertTo-Json\"");
    cor_scene_powershell(s, t + SEC(31), p, "Get-HotFix | ConvertTo-Json", t + SEC(40));
}

static void developer(cor_scene *s)
{
    cor_machine *m = cor_scene_host(s, "WS08");
    const char *home = profile(s, m), *repo = cor_scene_fmt(s, "%s\\source\\repos\\viewer", home);
    cor_process *ide = cor_scene_start(s, AT(0, 30, 0), m->explorer,
                                       &(cor_start){.image = "C:\\Program Files\\Microsoft VS Code\\Code.exe",
                                                    .line = "\"C:\\Program Files\\Microsoft VS Code\\Code.exe\"",
                                                    .original = "electron.exe",
                                                    .description = "Visual Studio Code",
                                                    .product = "Visual Studio Code",
                                                    .company = "Microsoft Corporation"});
    cor_process *p =
        cor_scene_run(s, AT(0, 33, 0), ide, POWERSHELL,
                      "powershell.exe -enc ZwBpAHQAIABzAHQAYQB0AHUAcwA7ACAAZABvAHQAbgBlAHQAIABiAHUAaQBsAGQA");
    cor_scene_powershell(s, AT(0, 33, 1), p, "git status; dotnet build", AT(0, 34, 0));
    cor_process *build =
        cor_scene_run(s, AT(0, 36, 0), ide, "C:\\Program Files\\MSBuild\\MSBuild.exe", "MSBuild.exe viewer.sln /m");
    cor_process *tracker = cor_scene_run(
        s, AT(0, 36, 5), build, "C:\\Program Files\\MSBuild\\Tracker.exe",
        cor_scene_fmt(s, "Tracker.exe /d FileTracker.dll /i %s\\obj /c link.exe @%s\\obj\\link.rsp", repo, repo));
    cor_scene_run(s, AT(0, 36, 6), tracker, SYSTEM32 "rundll32.exe",
                  cor_scene_fmt(s, "rundll32.exe %s\\bin\\checks.dll,RunAll", repo));
    cor_scene_file(s, AT(0, 36, 30), build, cor_scene_fmt(s, "%s\\bin\\viewer.dll", repo));
    cor_scene_file(s, AT(0, 36, 31), build, cor_scene_fmt(s, "%s\\AppData\\Local\\viewer\\viewer.exe", home));
    cor_process *own =
        cor_scene_run(s, AT(0, 37, 0), ide, cor_scene_fmt(s, "%s\\AppData\\Local\\viewer\\viewer.exe", home),
                      "viewer.exe --port 8080");
    cor_scene_connect(s, AT(0, 37, 2), own, "127.0.0.1", "localhost", 8080);
    cor_scene_run(s, AT(0, 37, 10), ide, SYSTEM32 "curl.exe", "curl.exe http://localhost:8080/health");
    cor_scene_run(s, AT(0, 50, 0), m->explorer, SYSTEM32 "rundll32.exe",
                  "\"C:\\Windows\\system32\\rundll32.exe\" shell32.dll,Control_RunDLL sysdm.cpl,,3");
    cor_scene_mounted(s, AT(1, 12, 0), m, cor_scene_fmt(s, "%s\\Downloads\\sdk_10.iso", home));
    cor_scene_start(s, AT(1, 12, 30), m->explorer,
                    &(cor_start){.image = "E:\\setup.exe",
                                 .line = "\"E:\\setup.exe\"",
                                 .cwd = "E:\\",
                                 .original = "setup.exe",
                                 .description = "SDK Setup",
                                 .product = "SDK",
                                 .company = "Microsoft Corporation"});
}

static void printer_driver(cor_scene *s)
{
    cor_machine *m = cor_scene_host(s, "WS04");
    cor_process *spooler =
        cor_scene_run(s, AT(-1, -20, 0), m->services, SYSTEM32 "spoolsv.exe", "C:\\Windows\\System32\\spoolsv.exe");
    cor_scene_run(
        s, AT(2, 40, 0), spooler, SYSTEM32 "rundll32.exe",
        "rundll32.exe C:\\Windows\\system32\\printui.dll,PrintUIEntry /ia /m \"Office Printer\" /f oemprt.inf");
    cor_scene_run(s, AT(2, 40, 20), spooler, SYSTEM32 "regsvr32.exe",
                  "regsvr32.exe /s \"C:\\Program Files\\Office Printer\\status.ocx\"");
    cor_scene_run(s, AT(2, 40, 22), spooler, SYSTEM32 "regsvr32.exe",
                  "regsvr32.exe /s \"C:\\Program Files\\Office Printer\\monitor.dll\"");
}

static void finance_addin(cor_scene *s, cor_machine *m, cor_time t)
{
    cor_process *excel = cor_scene_run(
        s, t, m->explorer, "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
        cor_scene_fmt(
            s, "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE\" \"%s\\Documents\\month.xlsm\"",
            profile(s, m)));
    cor_scene_run(s, t + SEC(9), excel, SYSTEM32 "regsvr32.exe",
                  "regsvr32 /s \"C:\\Program Files\\Finance Suite\\addin.dll\"");
    cor_scene_run(s, t + SEC(40), excel, SYSTEM32 "cmd.exe",
                  "cmd.exe /c start \"\" \"C:\\Program Files\\Finance Suite\\report.exe\" /month");
}

/* What browsers, chat and cloud storage do to themselves. */
static void updaters(cor_scene *s)
{
    cor_machine *m = cor_scene_host(s, "WS07");
    const char *home = profile(s, m);
    cor_process *setup = cor_scene_start(
        s, AT(0, 15, 0), m->netsvcs,
        &(cor_start){.image = cor_scene_fmt(s, "%s\\AppData\\Local\\Microsoft\\OneDrive\\OneDriveSetup.exe", home),
                     .line = cor_scene_fmt(
                         s, "\"%s\\AppData\\Local\\Microsoft\\OneDrive\\OneDriveSetup.exe\" /update /restart", home),
                     .as = m->console});
    const char *run =
        cor_scene_fmt(s, "%s\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run", cor_scene_hive(s, setup));
    cor_scene_value(s, AT(0, 15, 20), setup, cor_scene_fmt(s, "%s\\OneDrive", run),
                    cor_scene_fmt(s, "\"%s\\AppData\\Local\\Microsoft\\OneDrive\\OneDrive.exe\" /background", home));
    cor_process *teams = cor_scene_start(
        s, AT(0, 17, 0), m->explorer,
        &(cor_start){
            .image = cor_scene_fmt(s, "%s\\AppData\\Local\\Microsoft\\Teams\\Update.exe", home),
            .line = cor_scene_fmt(s, "%s\\AppData\\Local\\Microsoft\\Teams\\Update.exe --processStart Teams.exe", home),
            .original = "Update.exe",
            .description = "Microsoft Teams",
            .product = "Microsoft Teams",
            .company = "Microsoft Corporation"});
    cor_scene_value(
        s, AT(0, 17, 5), teams, cor_scene_fmt(s, "%s\\com.squirrel.Teams.Teams", run),
        cor_scene_fmt(s, "%s\\AppData\\Local\\Microsoft\\Teams\\Update.exe --processStart \"Teams.exe\"", home));
    cor_process *chrome =
        cor_scene_run(s, AT(0, 19, 0), m->explorer, "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
                      "\"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe\"");
    for (unsigned i = 0; i < 5; i++)
        cor_scene_pipe(s, AT(0, 19, 1 + (int)i), chrome, cor_scene_fmt(s, "\\%s", cor_scene_guid(s)), true);
    cor_task task = {.name = cor_scene_fmt(s, "\\GoogleUpdaterTaskSystem%s", cor_scene_guid(s)),
                     .author = "NT AUTHORITY\\SYSTEM",
                     .principal = "S-1-5-18",
                     .command = "C:\\Program Files\\Google\\GoogleUpdater\\updater.exe",
                     .arguments = "--wake --system",
                     .every = "PT1H"};
    cor_scene_task(s, AT(0, 22, 0), m->system, &task);
    cor_scene_run(s, AT(0, 23, 0), m->netsvcs, SYSTEM32 "mobsync.exe", "C:\\Windows\\System32\\mobsync.exe -Embedding");
    cor_machine *other = cor_scene_host(s, "WS06");
    cor_scene_run(s, AT(0, 44, 0), other->netsvcs, SYSTEM32 "wermgr.exe", "C:\\Windows\\system32\\wermgr.exe -upload");
}

static void antivirus(cor_scene *s)
{
    cor_machine *m = cor_scene_host(s, "WS02"), *it = cor_scene_host(s, "WS01");
    cor_scene_defender_found(
        s, AT(1, 3, 0), m,
        &(cor_threat){.name = "Trojan:Win32/Qakbot!MTB",
                      .id = "2147803210",
                      .category = "Trojan",
                      .path = cor_scene_fmt(s,
                                            "file:_%s\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\"
                                            "9K2LQX7A\\Contract_118.iso",
                                            profile(s, m)),
                      .process = "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
                      .user = cor_scene_fmt(s, "CORP\\%s", m->user->name),
                      .blocked = true});
    cor_scene_defender_found(s, AT(1, 45, 0), it,
                             &(cor_threat){.name = "Virus:DOS/EICAR_Test_File",
                                           .id = "2147519003",
                                           .category = "Virus",
                                           .path = "file:_C:\\Tools\\eicar.com",
                                           .process = "C:\\Windows\\explorer.exe",
                                           .user = "CORP\\adm.scholz",
                                           .blocked = true});
}

/* Before the machine joined the domain, days ago; a power cut; a signage computer that boots every night. */
static void machines(cor_scene *s)
{
    cor_machine *image = cor_scene_host(s, "WS05"), *dark = cor_scene_host(s, "WS07"),
                *sign = cor_scene_host(s, "WS09");
    cor_scene_security_cleared(s, image->booted + SEC(30), image->system);
    cor_scene_clock_set(s, image->booted + SEC(600), image, SEC(3600));
    cor_scene_dirty_boot(s, AT(-3, -40, 0), dark);
    cor_time t = AT(-7, -10, 0);
    cor_process *kiosk = cor_scene_start(s, t - SEC(90), sign->services,
                                         &(cor_start){.image = "C:\\Program Files\\Signage\\kioskctl.exe",
                                                      .line = "\"C:\\Program Files\\Signage\\kioskctl.exe\" --nightly",
                                                      .original = "kioskctl.exe",
                                                      .description = "Signage Control",
                                                      .product = "Signage",
                                                      .company = "Fabrikam"});
    cor_scene_value(s, t - SEC(20), kiosk, "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\SignagePlayer",
                    "\"C:\\Program Files\\Signage\\player.exe\" /fullscreen");
    cor_scene_shutdown(s, t, sign, NULL, true);
    cor_scene_boot(s, t + SEC(70), sign);
}

void cor_s8_machines(cor_scene *s)
{
    machines(s);
    inventory(s);
    remote_support(s);
    developer(s);
    printer_driver(s);
    finance_addin(s, cor_scene_host(s, "WS02"), AT(1, 20, 0));
    finance_addin(s, cor_scene_host(s, "WS03"), AT(1, 50, 0));
    updaters(s);
    antivirus(s);
}
