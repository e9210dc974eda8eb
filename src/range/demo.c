/* The demo: m.keller on WS03 opens a disk image from a mail; what follows is the chain that public reports tell of
 * Qakbot in 2022 (image, script, regsvr32, injection into wermgr.exe, Run value, scheduled task, exclusions, discovery,
 * web cache). WS01 and WS02 have an ordinary morning. Names are invented, addresses are documentation ranges. */
#include <stdio.h>
#include <stdlib.h>

#include "range/stage.h"

typedef struct proc {
    const char *image, *line, *guid;
    const char *pid, *hex_pid;
} proc;

typedef struct host {
    cor_stage *s;
    const char *name, *user, *sid, *logon, *logon_guid;
    uint32_t pid;
} host;

static const char *fmt(cor_stage *s, const char *f, ...) COR_PRINTF(2, 3);
static const char *fmt(cor_stage *s, const char *f, ...)
{
    char t[1024];
    va_list ap;
    va_start(ap, f);
    int n = vsnprintf(t, sizeof t, f, ap);
    va_end(ap);
    const char *p = cor_arena_str(cor_stage_mem(s), (cor_str){t, n < 0                  ? 0
                                                                 : (size_t)n < sizeof t ? (size_t)n
                                                                                        : sizeof t - 1})
                        .p;
    return p == NULL ? "" : p;
}

/* What Sysmon writes as UtcTime. */
static const char *utc(cor_stage *s, cor_time t)
{
    char iso[33];
    size_t n = cor_time_iso(t, 3, iso);
    iso[10] = ' ';
    return fmt(s, "%.*s", (int)n - 1, iso);
}

static const char *guid_of(cor_stage *s, cor_time t)
{
    uint64_t r = cor_stage_random(s);
    return fmt(s, "{%08x-%04x-%04x-%04x-%012llx}", (unsigned)(r >> 32), (unsigned)(t >> 20 & 0xffff),
               (unsigned)(r >> 16 & 0xffff), (unsigned)(r & 0xffff),
               (unsigned long long)(t / 10000000 & 0xffffffffffff));
}

static proc known(host *h, cor_time t, const char *image, const char *line)
{
    h->pid += 4 * (1 + (uint32_t)(cor_stage_random(h->s) % 90));
    return (proc){image, line, guid_of(h->s, t), fmt(h->s, "%u", h->pid), fmt(h->s, "0x%x", h->pid)};
}

/* A process start as Sysmon 1 and Security 4688 tell it. `file` is its original file name. */
static proc start(host *h, cor_time t, const proc *parent, const char *image, const char *line, const char *cwd,
                  const char *file)
{
    cor_stage *s = h->s;
    proc p = known(h, t, image, line);
    const char *user = fmt(s, "CORP\\%s", h->user);
    cor_stage_put(s, h->name, t, "sysmon-1", "RuleName", "-", "UtcTime", utc(s, t), "ProcessGuid", p.guid, "ProcessId",
                  p.pid, "Image", image, "FileVersion", "10.0.19041.1 (WinBuild.160101.0800)", "Description", file,
                  "Product", "Microsoft\xc2\xae Windows\xc2\xae Operating System", "Company", "Microsoft Corporation",
                  "OriginalFileName", file, "CommandLine", line, "CurrentDirectory", cwd, "User", user, "LogonGuid",
                  h->logon_guid, "LogonId", h->logon, "TerminalSessionId", "1", "IntegrityLevel", "Medium", "Hashes",
                  fmt(s, "SHA256=%016llX%016llX%016llX%016llX", (unsigned long long)cor_stage_random(s),
                      (unsigned long long)cor_stage_random(s), (unsigned long long)cor_stage_random(s),
                      (unsigned long long)cor_stage_random(s)),
                  "ParentProcessGuid", parent->guid, "ParentProcessId", parent->pid, "ParentImage", parent->image,
                  "ParentCommandLine", parent->line, "ParentUser", user, NULL);
    cor_stage_put(s, h->name, t + 20000, "4688", "SubjectUserSid", h->sid, "SubjectUserName", h->user,
                  "SubjectDomainName", "CORP", "SubjectLogonId", h->logon, "NewProcessId", p.hex_pid, "NewProcessName",
                  image, "TokenElevationType", "%%1938", "ProcessId", parent->hex_pid, "CommandLine", line,
                  "TargetUserSid", "S-1-0-0", "TargetLogonId", "0x0", "ParentProcessName", parent->image,
                  "MandatoryLabel", "S-1-16-8192", NULL);
    return p;
}

static void file_written(host *h, cor_time t, const proc *p, const char *path)
{
    cor_stage_put(h->s, h->name, t, "sysmon-11", "RuleName", "-", "UtcTime", utc(h->s, t), "ProcessGuid", p->guid,
                  "ProcessId", p->pid, "Image", p->image, "TargetFilename", path, "CreationUtcTime", utc(h->s, t),
                  "User", fmt(h->s, "CORP\\%s", h->user), NULL);
}

static void value_set(host *h, cor_time t, const proc *p, const char *key, const char *details)
{
    cor_stage_put(h->s, h->name, t, "sysmon-13", "RuleName", "-", "EventType", "SetValue", "UtcTime", utc(h->s, t),
                  "ProcessGuid", p->guid, "ProcessId", p->pid, "Image", p->image, "TargetObject",
                  fmt(h->s, "HKU\\%s\\%s", h->sid, key), "Details", details, "User", fmt(h->s, "CORP\\%s", h->user),
                  NULL);
}

static void connected(host *h, cor_time t, const proc *p, const char *to, const char *name, const char *port)
{
    cor_stage *s = h->s;
    cor_stage_put(s, h->name, t, "sysmon-3", "RuleName", "-", "UtcTime", utc(s, t), "ProcessGuid", p->guid, "ProcessId",
                  p->pid, "Image", p->image, "User", fmt(s, "CORP\\%s", h->user), "Protocol", "tcp", "Initiated",
                  "true", "SourceIp", "10.20.1.13", "SourceHostname", h->name, "SourcePort",
                  fmt(s, "%u", 49152 + (unsigned)(cor_stage_random(s) % 16000)), "SourcePortName", "-", "DestinationIp",
                  to, "DestinationHostname", name, "DestinationPort", port, "DestinationPortName", "-", NULL);
}

/* Boot, logon, mail, browser, services, antivirus signs of life: what every host shows on an ordinary morning. */
static proc ordinary_morning(host *h, cor_time day)
{
    cor_stage *s = h->s;
    cor_time t =
        day + 27000 * COR_SECOND + (cor_time)(cor_stage_random(s) % 900) * COR_SECOND; /* 07:30 and some minutes */
    proc logon = known(h, t, "C:\\Windows\\System32\\winlogon.exe", "winlogon.exe");
    for (int i = 0; i < 12; i++) {
        cor_time at = t + (cor_time)i * 600 * COR_SECOND + (cor_time)(cor_stage_random(s) % 300) * COR_SECOND;
        cor_stage_put(s, h->name, at, "7036", "param1",
                      i % 2 == 0 ? "Windows Update" : "Background Intelligent Transfer Service", "param2",
                      i % 3 == 0 ? "stopped" : "running", NULL);
        if (i % 6 == 0)
            cor_stage_put(s, h->name, at + COR_SECOND, "defender-1150", "Product_Name", "%%827", "Platform_version",
                          "4.18.2211.5", "Engine_version", "1.1.19900.2", "Security_intelligence_version",
                          "1.381.2000.0", NULL);
    }
    cor_stage_put(s, h->name, t, "4624", "SubjectUserSid", "S-1-5-18", "SubjectUserName", fmt(s, "%.4s$", h->name),
                  "SubjectDomainName", "CORP", "SubjectLogonId", "0x3e7", "TargetUserSid", h->sid, "TargetUserName",
                  h->user, "TargetDomainName", "CORP", "TargetLogonId", h->logon, "LogonType", "2", "LogonProcessName",
                  "User32 ", "AuthenticationPackageName", "Negotiate", "WorkstationName", fmt(s, "%.4s", h->name),
                  "LogonGuid", h->logon_guid, "ProcessId", logon.hex_pid, "ProcessName", logon.image, "IpAddress",
                  "127.0.0.1", "IpPort", "0", "ImpersonationLevel", "%%1833", "VirtualAccount", "%%1843",
                  "ElevatedToken", "%%1843", NULL);
    proc explorer = start(h, t + 3 * COR_SECOND, &logon, "C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE",
                          "C:\\Windows\\system32\\", "EXPLORER.EXE");
    const char *home = fmt(s, "C:\\Users\\%s\\", h->user);
    proc mail =
        start(h, t + 60 * COR_SECOND, &explorer, "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
              "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE\"", home, "Outlook.exe");
    connected(h, t + 62 * COR_SECOND, &mail, "192.0.2.40", "mail.corp.example", "443");
    proc browser =
        start(h, t + 400 * COR_SECOND, &explorer, "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
              "\"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe\" --profile-directory=Default", home,
              "chrome.exe");
    cor_stage_put(s, h->name, t + 401 * COR_SECOND, "sysmon-22", "RuleName", "-", "UtcTime",
                  utc(s, t + 401 * COR_SECOND), "ProcessGuid", browser.guid, "ProcessId", browser.pid, "QueryName",
                  "intranet.corp.example", "QueryStatus", "0", "QueryResults", "::ffff:192.0.2.41;", "Image",
                  browser.image, NULL);
    connected(h, t + 402 * COR_SECOND, &browser, "192.0.2.41", "intranet.corp.example", "443");
    proc services = known(h, t, "C:\\Windows\\System32\\services.exe", "C:\\Windows\\system32\\services.exe");
    for (int i = 0; i < 20; i++)
        start(h, t + (cor_time)(cor_stage_random(s) % 7200) * COR_SECOND, &services,
              "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s wlidsvc",
              "C:\\Windows\\system32\\", "svchost.exe");
    return explorer;
}

/* From the opened image to the injected process, which is returned. */
static proc arrival(host *h, cor_time t0, const proc *explorer, const char *library)
{
    cor_stage *s = h->s;
    proc script = start(h, t0, explorer, "C:\\Windows\\System32\\wscript.exe",
                        "\"C:\\Windows\\System32\\WScript.exe\" \"E:\\docs\\invoice.js\"", "E:\\", "wscript.exe");
    proc shell = start(h, t0 + 2 * COR_SECOND, &script, "C:\\Windows\\System32\\cmd.exe",
                       "\"C:\\Windows\\System32\\cmd.exe\" /q /c docs\\run.cmd regsv", "E:\\", "Cmd.Exe");
    proc loader = start(h, t0 + 3 * COR_SECOND, &shell, "C:\\Windows\\SysWOW64\\regsvr32.exe",
                        "regsvr32 /s docs\\page.dat", "E:\\", "REGSVR32.EXE");
    proc injected = start(h, t0 + 12 * 60 * COR_SECOND, &loader, "C:\\Windows\\SysWOW64\\wermgr.exe",
                          "C:\\Windows\\SysWOW64\\wermgr.exe", fmt(s, "C:\\Users\\%s\\", h->user), "WerMgr");
    file_written(h, t0 + 12 * 60 * COR_SECOND + 2 * COR_SECOND, &injected, library);
    return injected;
}

static void settle(host *h, cor_time t, const proc *injected, const char *library)
{
    cor_stage *s = h->s;
    cor_str key = cor_stage_word(s, 6, 10), run = cor_stage_word(s, 7, 10), task = cor_stage_word(s, 7, 10);
    for (int i = 0; i < 7; i++)
        value_set(h, t + (cor_time)i * COR_SECOND, injected,
                  fmt(s, "SOFTWARE\\Microsoft\\%c%s\\%08x", key.p[0] - 32, key.p + 1,
                      (unsigned)(cor_stage_random(s) | 0x10000000)),
                  "Binary Data");
    value_set(h, t + 20 * COR_SECOND, injected, fmt(s, "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\%s", run.p),
              fmt(s, "regsvr32.exe \"%s\"", library));
    const char *line = fmt(s,
                           "\"C:\\Windows\\system32\\schtasks.exe\" /Create /RU \"NT AUTHORITY\\SYSTEM\" /tn %s /tr "
                           "\"regsvr32.exe -s \\\"%s\\\"\" /SC ONCE /Z /ST 09:40 /ET 09:52",
                           task.p, library);
    start(h, t + 60 * COR_SECOND, injected, "C:\\Windows\\SysWOW64\\schtasks.exe", line, "C:\\Windows\\SysWOW64\\",
          "schtasks.exe");
    const char *own = fmt(s, "%.*s", (int)(strrchr(library, '\\') - library), library),
               *folder = strrchr(own, '\\') + 1;
    const char *const excluded[] = {fmt(s, "C:\\ProgramData\\Microsoft\\%s", folder),
                                    own}; /* as reports show it: the folder for SYSTEM, then the user's */
    for (int i = 0; i < 2; i++)
        start(h, t + (70 + (cor_time)i) * COR_SECOND, injected, "C:\\Windows\\SysWOW64\\reg.exe",
              fmt(s,
                  "C:\\Windows\\system32\\reg.exe ADD \"HKLM\\SOFTWARE\\Microsoft\\Windows "
                  "Defender\\Exclusions\\Paths\" /f /t REG_DWORD /v \"%s\" /d \"0\"",
                  excluded[i]),
              "C:\\Windows\\SysWOW64\\", "reg.exe");
}

static void discover(host *h, cor_time t, const proc *injected)
{
    static const struct {
        const char *image, *line;
    } step[] = {
        {"whoami.exe", "whoami /all"},
        {"arp.exe", "arp -a"},
        {"ipconfig.exe", "ipconfig /all"},
        {"net.exe", "net view /all"},
        {"nslookup.exe", "nslookup -querytype=ALL -timeout=10 _ldap._tcp.dc._msdcs.corp.example"},
        {"net.exe", "net share"},
        {"ROUTE.EXE", "route print"},
        {"NETSTAT.EXE", "netstat -nao"},
        {"net.exe", "net localgroup"},
        {"qwinsta.exe", "qwinsta"},
    };
    for (size_t i = 0; i < COR_LEN(step); i++)
        start(h, t + (cor_time)i * 7 * COR_SECOND, injected, fmt(h->s, "C:\\Windows\\SysWOW64\\%s", step[i].image),
              step[i].line, "C:\\Windows\\SysWOW64\\", step[i].image);
}

static void steal(host *h, cor_time t, const proc *injected)
{
    cor_stage *s = h->s;
    const char *cache = fmt(s, "C:\\Users\\%s\\AppData\\Local\\Microsoft\\Windows\\WebCache", h->user);
    start(h, t, injected, "C:\\Windows\\SysWOW64\\esentutl.exe",
          fmt(s, "esentutl.exe /r V01 /l\"%s\" /s\"%s\" /d\"%s\"", cache, cache, cache), "C:\\Windows\\SysWOW64\\",
          "esentutl.exe");
    cor_stage_put(
        s, h->name, t + 40 * COR_SECOND, "sysmon-10", "RuleName", "-", "UtcTime", utc(s, t + 40 * COR_SECOND),
        "SourceProcessGUID", injected->guid, "SourceProcessId", injected->pid, "SourceThreadId", "4120", "SourceImage",
        injected->image, "TargetProcessGUID", guid_of(s, t), "TargetProcessId", "712", "TargetImage",
        "C:\\Windows\\system32\\lsass.exe", "GrantedAccess", "0x1410", "CallTrace",
        "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|UNKNOWN(0000000002E41F20)",
        "SourceUser", fmt(s, "CORP\\%s", h->user), "TargetUser", "NT AUTHORITY\\SYSTEM", NULL);
}

void cor_range_demo(cor_stage *s)
{
    cor_time day = cor_time_from_civil(2026, 3, 3, 0, 0, 0, 0), t0 = day + (9 * 3600 + 12 * 60 + 40) * COR_SECOND;
    static const char *const name[] = {"WS01.corp.example", "WS02.corp.example", "WS03.corp.example"};
    static const char *const user[] = {"a.brandt", "j.lindner", "m.keller"};
    for (int i = 0; i < 3; i++) {
        host h = {.s = s, .name = name[i], .user = user[i], .pid = 900};
        h.sid = fmt(s, "S-1-5-21-1004336348-1177238915-682003330-%d", 1105 + i);
        h.logon = fmt(s, "0x%x", (unsigned)(0x20000 + cor_stage_random(s) % 0x40000));
        h.logon_guid = guid_of(s, day);
        proc explorer = ordinary_morning(&h, day);
        if (i != 2)
            continue;
        cor_str dir = cor_stage_word(s, 7, 11), file = cor_stage_word(s, 6, 10);
        const char *library = fmt(s, "C:\\Users\\%s\\AppData\\Roaming\\Microsoft\\%c%s\\%s.dll", h.user, dir.p[0] - 32,
                                  dir.p + 1, file.p);
        proc injected = arrival(&h, t0, &explorer, library);
        cor_time t = t0 + 13 * 60 * COR_SECOND;
        settle(&h, t, &injected, library);
        discover(&h, t + 5 * 60 * COR_SECOND, &injected);
        connected(&h, t + 6 * 60 * COR_SECOND, &injected, "203.0.113.77", "-", "995");
        connected(&h, t + 7 * 60 * COR_SECOND, &injected, "198.51.100.23", "-", "2222");
        steal(&h, t + 35 * 60 * COR_SECOND, &injected);
    }
}
