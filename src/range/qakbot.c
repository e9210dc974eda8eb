#include "range/qakbot.h"

#include <ctype.h>

#include "formats/qakbot/regnames.h"
#include "range/scene_in.h"
#include "range/truth.h"

#define SEC(n) ((cor_time)(n) * COR_SECOND)
#define MS(n) ((cor_time)(n) * 10000)
#define SYS32 "C:\\Windows\\System32\\"
#define WOW64 "C:\\Windows\\SysWOW64\\"

static const char *upper(cor_scene *s, const char *z)
{
    char *p = cor_scene_get(s, strlen(z) + 1);
    for (size_t i = 0; p != NULL && z[i] != '\0'; i++)
        p[i] = (char)toupper((unsigned char)z[i]);
    return p;
}

cor_qakbot *cor_qakbot_new(cor_scene *s, cor_machine *on, cor_qakbot_era era, const cor_qakbot *like)
{
    static const unsigned ports[] = {443, 995, 2222, 993, 2078, 50000};
    static const char *const nets[] = {"203.0.113", "198.51.100", "192.0.2"};
    cor_qakbot *q = cor_scene_get(s, sizeof *q);
    *q = (cor_qakbot){.on = on, .era = era};
    q->folder = cor_scene_Word(s, 6, 11);
    q->file = cor_scene_word(s, 6, 11);
    q->key = cor_scene_Word(s, 6, 10);
    q->library =
        cor_scene_fmt(s, "C:\\Users\\%s\\AppData\\Roaming\\Microsoft\\%s\\%s.dll", on->user->name, q->folder, q->file);
    if (like != NULL) {
        q->sha256 = like->sha256;
        memcpy(q->c2, like->c2, sizeof q->c2);
        memcpy(q->port, like->port, sizeof q->port);
        return q;
    }
    q->sha256 = cor_scene_sha256(s);
    cor_truth_indicator(s, "sha256", q->sha256);
    unsigned first = cor_scene_between(s, 0, 2), turn = cor_scene_between(s, 0, COR_LEN(ports) - 3);
    for (unsigned i = 0; i < 3; i++) {
        q->c2[i] = cor_scene_fmt(s, "%s.%u", nets[(first + i) % 3], cor_scene_between(s, 10, 90));
        q->port[i] = i == 0 ? 443 : ports[turn + i];
        cor_truth_c2(s, cor_scene_fmt(s, "%s:%u", q->c2[i], q->port[i]));
        cor_truth_indicator(s, "ip", q->c2[i]);
    }
    return q;
}

/* ---- arrival ---- */

/* The browser fetches a file into Downloads and marks where it came from. */
static const char *download(cor_scene *s, cor_time t, const cor_qakbot *q, const char *ending)
{
    cor_machine *m = q->on;
    const char *site = cor_scene_fmt(s, "%s.example", cor_scene_word(s, 7, 12)),
               *address = cor_scene_fmt(s, "192.0.2.%u", cor_scene_between(s, 150, 190));
    const char *name = cor_scene_fmt(s, "%s_%u", cor_scene_Word(s, 5, 8), cor_scene_between(s, 10000, 99999));
    const char *path = cor_scene_fmt(s, "C:\\Users\\%s\\Downloads\\%s.%s", m->user->name, name, ending);
    cor_process *browser =
        cor_scene_run(s, t - SEC(cor_scene_between(s, 60, 300)), m->explorer,
                      "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
                      "\"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe\" --single-argument");
    cor_scene_dns(s, t, browser, site, address);
    cor_scene_connect(s, t + MS(80), browser, address, site, 443);
    cor_scene_file(s, t + SEC(2), browser, path);
    cor_scene_stream(s, t + SEC(2) + MS(40), browser, cor_scene_fmt(s, "%s:Zone.Identifier", path), cor_scene_sha256(s),
                     cor_scene_fmt(s, "[ZoneTransfer]  ZoneId=3  ReferrerUrl=https://%s/  HostUrl=https://%s/%s.%s  ",
                                   site, site, name, ending));
    cor_truth_indicator(s, "domain", site);
    cor_truth_indicator(s, "file", path);
    return name;
}

/* regsvr32 hands a 32-bit library to its 32-bit self. Returns that one. */
static cor_process *load(cor_scene *s, cor_time t, const cor_process *by, const char *line, const char *cwd)
{
    cor_process *p = cor_scene_start(s, t, by, &(cor_start){.image = SYS32 "regsvr32.exe", .line = line, .cwd = cwd});
    return cor_scene_start(s, t + MS(180), p, &(cor_start){.image = WOW64 "regsvr32.exe", .line = line, .cwd = cwd});
}

void cor_qakbot_opened_workbook(cor_scene *s, cor_time t, cor_qakbot *q)
{
    cor_machine *m = q->on;
    const char *name = download(s, t - SEC(55), q, "zip"), *dir = cor_scene_fmt(s, "C:\\%s", cor_scene_Word(s, 4, 6)),
               *file = cor_scene_word(s, 4, 7);
    const char *excel = "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE";
    cor_process *p =
        cor_scene_run(s, t, m->explorer, excel,
                      cor_scene_fmt(s, "\"%s\" /dde \"C:\\Users\\%s\\AppData\\Local\\Temp\\Temp1_%s.zip\\%s.xlsb\"",
                                    excel, m->user->name, name, name));
    const char *part[3];
    for (unsigned i = 0; i < 3; i++) {
        const char *site = cor_scene_fmt(s, "%s.example", cor_scene_word(s, 8, 13)),
                   *address = cor_scene_fmt(s, "198.51.100.%u", cor_scene_between(s, 100, 190));
        cor_time at = t + SEC(38) + MS(700 * i);
        part[i] = cor_scene_fmt(s, "%s\\%s%s.ooccxx", dir, file, i == 0 ? "" : i == 1 ? "a" : "b");
        cor_scene_dns(s, at, p, site, address);
        cor_scene_connect(s, at + MS(60), p, address, site, 443);
        cor_scene_file(s, at + MS(450), p, part[i]);
        cor_truth_indicator(s, "domain", site);
    }
    cor_scene_run(s, t + SEC(41), p, SYS32 "regsvr32.exe", "regsvr32 /s calc");
    for (unsigned i = 0; i < 3; i++) {
        cor_process *loader = load(s, t + SEC(42) + MS(1600 * i), p, cor_scene_fmt(s, "regsvr32 %s", part[i]), NULL);
        q->loader = i == 0 ? loader : q->loader;
    }
    cor_truth_stage(s, m, t, "arrival");
    cor_truth_stage(s, m, t + SEC(47), "arrival");
}

void cor_qakbot_opened_image(cor_scene *s, cor_time t, cor_qakbot *q)
{
    cor_machine *m = q->on;
    const char *name = download(s, t - SEC(55), q, "zip"), *dir = cor_scene_word(s, 6, 10),
               *file = cor_scene_word(s, 6, 10);
    const char *iso =
        cor_scene_fmt(s, "C:\\Users\\%s\\AppData\\Local\\Temp\\Temp1_%s.zip\\%s.iso", m->user->name, name, name);
    cor_scene_file(s, t - SEC(12), m->explorer, iso);
    cor_scene_mounted(s, t - SEC(10), m, iso);
    cor_scene_removable_read(s, t - SEC(1), m->explorer, cor_scene_fmt(s, "\\Device\\CdRom1\\%s.lnk", name));
    cor_scene_file(s, t - MS(500), m->explorer,
                   cor_scene_fmt(s, "C:\\Users\\%s\\AppData\\Roaming\\Microsoft\\Windows\\Recent\\%s.iso.lnk",
                                 m->user->name, name));
    cor_process *script = cor_scene_start(
        s, t, m->explorer,
        &(cor_start){.image = SYS32 "wscript.exe",
                     .cwd = "E:\\",
                     .line = cor_scene_fmt(s, "\"C:\\Windows\\System32\\WScript.exe\" \"E:\\%s\\%s.js\"", dir, file)});
    cor_process *shell = cor_scene_start(
        s, t + SEC(2), script,
        &(cor_start){.image = SYS32 "cmd.exe",
                     .cwd = "E:\\",
                     .line = cor_scene_fmt(s, "\"C:\\Windows\\System32\\cmd.exe\" /q /c %s\\%s.cmd regsv", dir, file)});
    q->loader = load(s, t + SEC(3), shell, cor_scene_fmt(s, "regsvr32 /s %s\\%s.tmp", dir, file), "E:\\");
    cor_truth_stage(s, m, t, "arrival");
    cor_truth_stage(s, m, t + SEC(3), "arrival");
}

/* ---- settling in ---- */

/* Values of the host's own derivation, so that the proof of sign INS1 works. */
static void configuration(cor_scene *s, cor_time t, const cor_qakbot *q, const cor_process *by)
{
    const char *user = by->as == by->on->system ? "SYSTEM" : by->as->who->name;
    const char *root = cor_scene_fmt(s, "%s\\SOFTWARE\\Microsoft\\%s", cor_scene_hive(s, by), q->key);
    uint32_t h = 0;
    char name[COR_QAKBOT_NAME_ROOM];
    if (cor_qakbot_host_key(cor_str_of(by->on->name), by->on->serial, cor_str_of(upper(s, user)), &h, NULL) != COR_OK)
        cor_stage_nomem(cor_scene_stage(s));
    unsigned n = cor_scene_between(s, 9, 14), id = cor_scene_between(s, 0, 9);
    cor_scene_key(s, t - MS(100), by, "CreateKey", root);
    for (unsigned i = 0; i < n; i++, id += cor_scene_between(s, 1, 12)) {
        cor_qakbot_value_name(h, id, name);
        cor_scene_value(s, t + MS(210 * i), by, cor_scene_fmt(s, "%s\\%s", root, name), "Binary Data");
    }
    cor_truth_stage(s, by->on, t, "installation");
    cor_truth_indicator(s, "registry", root);
}

static const char *target_of(const cor_qakbot *q, bool system)
{
    return q->era == COR_QAKBOT_2022_WINTER ? WOW64 "wermgr.exe" : system ? WOW64 "msra.exe" : WOW64 "explorer.exe";
}

/* A bare system program, and what makes it the malware's: its memory is replaced. */
static cor_process *inject(cor_scene *s, cor_time t, const cor_qakbot *q, const cor_process *loader, bool system)
{
    bool thread = cor_scene_between(s, 0, 1) == 0;
    cor_process *p = cor_scene_run(s, t, loader, target_of(q, system), target_of(q, system));
    cor_scene_tamper(s, t + MS(350), p, "Image is replaced");
    if (thread)
        cor_scene_thread(s, t + MS(360), loader, p);
    cor_truth_stage(s, p->on, t, "injection");
    return p;
}

void cor_qakbot_injected(cor_scene *s, cor_time t, cor_qakbot *q, bool run_value)
{
    q->injected = inject(s, t, q, q->loader, false);
    cor_scene_file(s, t + SEC(6), q->injected, q->library);
    configuration(s, t + SEC(7), q, q->injected);
    cor_truth_stage(s, q->on, t + SEC(6), "installation");
    cor_truth_indicator(s, "file", q->library);
    const char *value = cor_scene_word(s, 6, 10);
    if (!run_value)
        return;
    cor_scene_value(s, t + SEC(12), q->injected,
                    cor_scene_fmt(s, "%s\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\%s",
                                  cor_scene_hive(s, q->injected), value),
                    cor_scene_fmt(s, "regsvr32.exe \"%s\"", q->library));
    cor_truth_stage(s, q->on, t + SEC(12), "persistence");
}

void cor_qakbot_discovery(cor_scene *s, cor_time t, const cor_qakbot *q, const cor_process *by)
{
    static const struct {
        const char *image, *line;
    } spring[] =
        {
            {"whoami.exe", "whoami /all"},
            {"cmd.exe", "cmd /c set"},
            {"ARP.EXE", "arp -a"},
            {"ipconfig.exe", "ipconfig /all"},
            {"net.exe", "net view /all"},
            {"nslookup.exe", "nslookup -querytype=ALL -timeout=12 _ldap._tcp.dc._msdcs.CORP.EXAMPLE"},
            {"net.exe", "net share"},
            {"ROUTE.EXE", "route print"},
            {"NETSTAT.EXE", "netstat -nao"},
            {"net.exe", "net localgroup"},
        },
      winter[] = {
          {"net.exe", "net view"},
          {"cmd.exe", "cmd /c set"},
          {"ARP.EXE", "arp -a"},
          {"ipconfig.exe", "ipconfig /all"},
          {"nslookup.exe", "nslookup -querytype=ALL -timeout=12 _ldap._tcp.dc._msdcs.CORP.EXAMPLE"},
          {"net.exe", "net share"},
          {"ROUTE.EXE", "route print"},
          {"NETSTAT.EXE", "netstat -nao"},
          {"net.exe", "net localgroup"},
          {"whoami.exe", "whoami /all"},
      };
    for (size_t i = 0; i < COR_LEN(spring); i++) {
        const char *image = q->era == COR_QAKBOT_2022_WINTER ? winter[i].image : spring[i].image,
                   *line = q->era == COR_QAKBOT_2022_WINTER ? winter[i].line : spring[i].line;
        cor_time at = t + SEC(4 * i) + MS(cor_scene_between(s, 0, 900));
        cor_process *p = cor_scene_run(s, at, by, cor_scene_fmt(s, WOW64 "%s", image), line);
        if (strncmp(line, "net share", 9) == 0 || strncmp(line, "net localgroup", 14) == 0)
            cor_scene_run(s, at + MS(60), p, WOW64 "net1.exe",
                          cor_scene_fmt(s, "C:\\Windows\\system32\\net1 %s", line + 4));
        cor_scene_exit(s, at + SEC(2), p);
    }
    if (q->era == COR_QAKBOT_2022_WINTER)
        cor_scene_run(s, t + SEC(45), by, WOW64 "msiexec.exe", "msiexec.exe /V");
    cor_truth_stage(s, q->on, t, "discovery");
    cor_truth_stage(s, q->on, t + SEC(45), "discovery");
}

/* ---- up to SYSTEM ---- */

void cor_qakbot_task(cor_scene *s, cor_time t, cor_qakbot *q)
{
    const cor_session *full = q->injected->as->full != NULL ? q->injected->as->full : q->injected->as;
    const char *name = cor_scene_word(s, 7, 10), *line;
    cor_time minute = 60 * COR_SECOND, start = (t / minute + 3) * minute;
    unsigned lasts = q->era == COR_QAKBOT_2022_WINTER ? 11 : 12;
    q->task = (cor_task){.name = cor_scene_fmt(s, "\\%s", name),
                         .author = cor_who(s, q->on->user),
                         .principal = "S-1-5-18",
                         .command = "regsvr32.exe",
                         .arguments = cor_scene_fmt(s, "-s \"%s\"", q->library),
                         .start = start,
                         .end = start + lasts * minute,
                         .delete_when_expired = true};
    const char *from = cor_local(s, start) + 11, *to = cor_local(s, q->task.end) + 11;
    if (q->era == COR_QAKBOT_2022_WINTER) {
        const char *b64 = cor_scene_encoded(s, cor_scene_fmt(s, "regsvr32.exe \"%s\"", q->library));
        q->task.command = "powershell.exe";
        q->task.arguments = cor_scene_fmt(s, "-encodedCommand %s", b64);
        line = cor_scene_fmt(s,
                             "\"C:\\Windows\\system32\\schtasks.exe\" /Create /RU \"NT AUTHORITY\\SYSTEM\" /Z /ST %.5s "
                             "/tn %s /ET %.5s /tr "
                             "\"powershell.exe -encodedCommand %s\" /SC ONCE",
                             from, name, to, b64);
    } else {
        line = cor_scene_fmt(s,
                             "\"C:\\Windows\\system32\\schtasks.exe\" /Create /RU \"NT AUTHORITY\\SYSTEM\" /tn %s /tr "
                             "\"regsvr32.exe -s \\\"%s\\\"\" "
                             "/SC ONCE /Z /ST %.5s /ET %.5s",
                             name, q->library, from, to);
    }
    cor_scene_start(s, t, q->injected, &(cor_start){.image = WOW64 "schtasks.exe", .line = line, .as = full});
    cor_scene_task(s, t + MS(120), full, &q->task);
    cor_truth_stage(s, q->on, t, "persistence");
    cor_truth_indicator(s, "task", q->task.name);
}

void cor_qakbot_elevated(cor_scene *s, cor_time t, cor_qakbot *q)
{
    cor_machine *m = q->on;
    bool winter = q->era == COR_QAKBOT_2022_WINTER;
    const char *image = winter ? SYS32 "WindowsPowerShell\\v1.0\\powershell.exe" : SYS32 "regsvr32.exe";
    const char *line = cor_scene_fmt(s, "%s %s", q->task.command, q->task.arguments);
    cor_process *p = cor_scene_start(s, t, m->scheduler, &(cor_start){.image = image, .line = line, .as = m->system});
    cor_scene_task_run(s, t, &q->task, p, t + SEC(6));
    if (winter) {
        cor_scene_powershell(s, t + MS(500), p, NULL, t + SEC(5));
        p = cor_scene_run(s, t + SEC(1), p, SYS32 "regsvr32.exe",
                          cor_scene_fmt(s, "\"C:\\Windows\\system32\\regsvr32.exe\" %s", q->library));
    }
    p = cor_scene_run(s, t + SEC(1) + MS(200), p, WOW64 "regsvr32.exe", p->line);
    q->elevated = inject(s, t + SEC(3), q, p, true);
    configuration(s, t + SEC(5), q, q->elevated);
    cor_truth_stage(s, m, t, "persistence");
}

void cor_qakbot_task_gone(cor_scene *s, cor_time t, const cor_qakbot *q)
{
    cor_scene_task_deleted(s, t, q->on->system, &q->task);
}

void cor_qakbot_exclusions(cor_scene *s, cor_time t, const cor_qakbot *q)
{
    const char *const folder[] = {
        cor_scene_fmt(s, "C:\\ProgramData\\Microsoft\\%s", q->folder),
        cor_scene_fmt(s, "C:\\Users\\%s\\AppData\\Roaming\\Microsoft\\%s", q->on->user->name, q->folder)};
    for (unsigned i = 0; i < 2; i++) {
        cor_time at = t + MS(1400 * i);
        cor_process *p =
            cor_scene_run(s, at, q->elevated, WOW64 "reg.exe",
                          cor_scene_fmt(s,
                                        "C:\\Windows\\system32\\reg.exe ADD \"HKLM\\SOFTWARE\\Microsoft\\Windows "
                                        "Defender\\Exclusions\\Paths\" /f /t REG_DWORD /v \"%s\" /d \"0\"",
                                        folder[i]));
        cor_scene_value(
            s, at + MS(90), p,
            cor_scene_fmt(s, "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths\\%s", folder[i]),
            "DWORD (0x00000000)");
        cor_scene_defender_excluded(s, at + MS(400), q->on, folder[i]);
        cor_truth_stage(s, q->on, at, "evasion");
    }
}

/* ---- what it is there for ---- */

void cor_qakbot_beacons(cor_scene *s, cor_time from, cor_time to, const cor_qakbot *q)
{
    unsigned turn = 0;
    for (cor_time t = from; t < to; t += MS(cor_scene_between(s, 240000, 420000)), turn++) {
        cor_scene_connect(s, t, q->elevated, q->c2[turn % 3], NULL, q->port[turn % 3]);
        cor_truth_stage(s, q->on, t, "c2");
    }
}

void cor_qakbot_lsass(cor_scene *s, cor_time t, const cor_qakbot *q)
{
    cor_scene_access(s, t, q->elevated, q->on->lsass, "0x1410");
    cor_truth_stage(s, q->on, t, "theft");
}

void cor_qakbot_theft(cor_scene *s, cor_time cache, cor_time mail, cor_time gone, const cor_qakbot *q)
{
    const char *home = cor_scene_fmt(s, "C:\\Users\\%s", q->on->user->name),
               *web = cor_scene_fmt(s, "%s\\AppData\\Local\\Microsoft\\Windows\\WebCache", home);
    cor_scene_run(s, cache, q->elevated, WOW64 "esentutl.exe",
                  cor_scene_fmt(s, "esentutl.exe /r V01 /l\"%s\" /s\"%s\" /d\"%s\"", web, web, web));
    const char *store = cor_scene_fmt(s, "%s\\EmailStorage_%s-%s_%lld", home, q->on->name, q->on->user->name,
                                      (long long)((mail - COR_UNIX_EPOCH) / COR_SECOND));
    cor_process *writer = cor_scene_run(s, mail, q->elevated, WOW64 "PING.EXE", "ping.exe -t 127.0.0.1");
    unsigned n = cor_scene_between(s, 8, 30);
    for (unsigned i = 0; i < n; i++)
        cor_scene_file(s, mail + SEC(2) + MS(900 * i), writer, cor_scene_fmt(s, "%s\\%u.eml", store, i + 1));
    cor_scene_run(s, gone, q->elevated, WOW64 "cmd.exe", cor_scene_fmt(s, "cmd.exe /c rmdir /S /Q \"%s\"", store));
    cor_truth_stage(s, q->on, cache, "theft");
    cor_truth_stage(s, q->on, gone, "theft");
}

/* ---- to the next host ---- */

cor_qakbot *cor_qakbot_spread(cor_scene *s, cor_time t, const cor_qakbot *q, cor_machine *to, const cor_user *who)
{
    cor_qakbot *next = cor_qakbot_new(s, to, q->era, q);
    const char *file = cor_scene_fmt(s, "%s.dll", cor_scene_word(s, 6, 11)), *service = cor_scene_word(s, 8, 10);
    cor_scene_connect(s, t - MS(90), q->elevated, to->address, to->fqdn, 445);
    cor_session *as = cor_scene_remote(s, t, &(cor_remote){.from = q->on, .to = to, .who = who, .keep = true});
    cor_scene_accept(s, t - MS(80), to->kernel, q->on, 445);
    cor_scene_share_write(s, t + MS(300), as, COR_SHARE_C, file);
    cor_scene_share_write(s, t + MS(700), as, COR_SHARE_C, cor_scene_fmt(s, "%s.cfg", file));
    cor_scene_share_read(s, t + MS(1300), as, COR_SHARE_IPC, "svcctl");
    const char *line = cor_scene_fmt(s, "C:\\Windows\\system32\\regsvr32.exe -s \\\\%s\\C$\\%s", to->name, file);
    cor_scene_service(s, t + MS(1600), as, &(cor_service){.name = service, .display = service, .image = line});
    cor_process *p = cor_scene_run(s, t + MS(1900), to->services, SYS32 "regsvr32.exe", line);
    next->loader = cor_scene_run(s, t + MS(2100), p, WOW64 "regsvr32.exe", line);
    next->elevated = inject(s, t + SEC(5), next, next->loader, true);
    cor_scene_file(s, t + SEC(8), next->elevated, next->library);
    configuration(s, t + SEC(9), next, next->elevated);
    cor_scene_service_failed(s, t + SEC(32), to, service);
    cor_scene_logoff(s, t + SEC(45), as);
    cor_truth_stage(s, q->on, t, "lateral");
    cor_truth_stage(s, to, t, "lateral");
    cor_truth_stage(s, to, t + SEC(8), "installation");
    cor_truth_spread(s, t, q->on, to, who, "smb-service");
    cor_truth_indicator(s, "service", service);
    cor_truth_indicator(s, "file", cor_scene_fmt(s, "C:\\%s", file));
    return next;
}
