/* The table of docs/verdicts.md, "Signs". Grades are bounds: a rule or a join says which one it gives, and a test
 * holds every rule to its row. Rows stand in the order of the stages and of their numbers. */
#include "judge/sign.h"

const char *const cor_stage_name[COR_STAGE_N] = {"arrival", "installation", "persistence", "injection", "evasion",
                                                 "discovery", "theft", "c2", "lateral", "other"};
const char *const cor_grade_name[] = {"none", "weak", "strong", "conclusive"};

#define W COR_GRADE_WEAK
#define S COR_GRADE_STRONG
#define C COR_GRADE_CONCLUSIVE
#define HOST COR_CONVICTS_HOST, ""
#define BOTH COR_CONVICTS_BOTH, ""
#define NAMED(fields) COR_CONVICTS_NAMED, fields
#define QAKBOT "Qakbot"
#define EMOTET "Emotet"
#define SEEN true      /* on logs of real machines, be it in a laboratory */
#define UNSEEN false   /* only on events made after documents */

const cor_sign cor_signs[] = {
    {"ARR1", COR_STAGE_ARRIVAL, "", S, W, "", HOST, COR_SRC_PROCESS, SEEN,
     "an Office program started a script host or a library loader",
     "add-ins that register their library, macros of the house, printer dialogues"},
    {"ARR2", COR_STAGE_ARRIVAL, "", C, S, QAKBOT, HOST, COR_SRC_PROCESS, SEEN,
     "a script had regsvr32 or rundll32 load a file that is not named as a library, from a folder open to everybody",
     "setup programs that register a temporary library; their parent is the setup program"},
    {"ARR3", COR_STAGE_ARRIVAL, "", S, S, "", HOST, COR_SRC_SYSMON, UNSEEN,
     "a script host or library loader was started with a mounted disk image as its working folder",
     "software that IT installs from an image, scripts on a second disk"},
    {"ARR4", COR_STAGE_ARRIVAL, "", C, C, QAKBOT, HOST, COR_SRC_PROCESS, UNSEEN,
     "the console host was made to start rundll32", "none known"},
    {"ARR5", COR_STAGE_ARRIVAL, "", C, C, QAKBOT, HOST, COR_SRC_PROCESS, UNSEEN,
     "regsvr32 was asked to register the calculator", "none known"},
    {"ARR6", COR_STAGE_ARRIVAL, "", C, C, EMOTET, HOST, COR_SRC_PROCESS, UNSEEN,
     "rundll32 called RunDLL or Control_RunDLL of a file that is no library by its name",
     "build tools that start their tracker through rundll32"},
    {"ARR7", COR_STAGE_ARRIVAL, "", W, W, "", HOST, COR_SRC_PROCESS | COR_SRC_SYSMON, SEEN,
     "a disk image, notebook or script file that came by mail or browser was opened",
     "staff and IT at their daily work"},
    {"ARR8", COR_STAGE_ARRIVAL, "", C, S, EMOTET, HOST, COR_SRC_POWERSHELL | COR_SRC_PROCESS, SEEN,
     "PowerShell ran a downloader whose words are joined from pieces",
     "deployment scripts: they download from one plain address"},
    {"ARR9", COR_STAGE_ARRIVAL, "", S, S, "", BOTH, COR_SRC_PROCESS, SEEN,
     "WMI started PowerShell hidden or with an encoded command", "management by WMI: plain commands, many hosts alike"},
    {"ARR10", COR_STAGE_ARRIVAL, "", S, W, "", HOST, COR_SRC_PROCESS, SEEN,
     "a script started a program from a user's folder that was compiled under another name",
     "renamed portable programs, helper copies of installers"},
    {"ARR11", COR_STAGE_ARRIVAL, "", S, W, "", HOST, COR_SRC_PROCESS, UNSEEN,
     "a browser, plug-in or Java started a program from a temporary folder",
     "updaters, and installers that the user started"},

    {"INS1", COR_STAGE_INSTALLATION, "", C, C, QAKBOT, HOST, COR_SRC_SYSMON, UNSEEN,
     "the names of a registry key's values are Qakbot's configuration, proved by computation", "none known"},
    {"INS2", COR_STAGE_INSTALLATION, "", S, S, QAKBOT, HOST, COR_SRC_SYSMON, UNSEEN,
     "a system program wrote many binary registry values with hexadecimal names within a minute",
     "few licensing programs"},
    {"INS4", COR_STAGE_INSTALLATION, "", S, S, QAKBOT, HOST, COR_SRC_SYSMON, UNSEEN,
     "a program appeared in a folder of one random word below a Microsoft folder",
     "programs installed for one user under their maker's name"},

    {"PER1", COR_STAGE_PERSISTENCE, "", C, W, QAKBOT, HOST, COR_SRC_PROCESS | COR_SRC_AUDIT | COR_SRC_TASKS, UNSEEN,
     "a task was made that runs once as SYSTEM within minutes, deletes itself and loads a library",
     "setup programs with one-time tasks: named in words, loading no library from a profile"},
    {"PER2", COR_STAGE_PERSISTENCE, "", C, C, QAKBOT, HOST, COR_SRC_PROCESS | COR_SRC_AUDIT, UNSEEN,
     "a task was made that runs a script kept in the registry", "none known"},
    {"PER3", COR_STAGE_PERSISTENCE, "", S, S, "", HOST, COR_SRC_SYSMON | COR_SRC_SYSTEM | COR_SRC_AUDIT, UNSEEN,
     "a Run value or service loads a library from a profile folder",
     "helper libraries of printers and remote desktops, signed and in Program Files"},
    {"PER4", COR_STAGE_PERSISTENCE, "", S, S, QAKBOT, HOST, COR_SRC_SYSMON, UNSEEN,
     "a Run value was written as the host went down and was gone after the next logon",
     "kiosk and session programs, named and in Program Files"},
    {"PER6", COR_STAGE_PERSISTENCE, "", C, C, EMOTET, BOTH, COR_SRC_SYSTEM | COR_SRC_AUDIT, UNSEEN,
     "a service took a name that looks like Windows Defender's", "none known"},

    {"INJ1", COR_STAGE_INJECTION, "", C, S, QAKBOT, HOST, COR_SRC_PROCESS, SEEN,
     "a library loader or script started a system program without any argument, as shell for its own code",
     "real starts of these programs come from svchost or an updater and have arguments"},
    {"INJ2", COR_STAGE_INJECTION, "", S, S, QAKBOT, HOST, COR_SRC_SYSMON, UNSEEN,
     "a system program that Qakbot moves into made a pipe named by a GUID",
     "browsers use such pipes from their own programs"},
    {"INJ3", COR_STAGE_INJECTION, "", S, W, "", HOST, COR_SRC_SYSMON, UNSEEN,
     "Sysmon saw that a program's image in memory was replaced", "browser updates, protectors of games and licences"},

    {"EVA1", COR_STAGE_EVASION, "", C, S, QAKBOT, HOST, COR_SRC_PROCESS | COR_SRC_DEFENDER, UNSEEN,
     "Defender was told to leave out a folder of one random word below a Microsoft folder",
     "exclusions that management sets on many hosts"},
    {"EVA2", COR_STAGE_EVASION, "", C, C, QAKBOT, HOST, COR_SRC_PROCESS, UNSEEN,
     "the calculator was typed over a program's own file after a pause", "none known"},
    {"EVA4", COR_STAGE_EVASION, "", S, W, "", HOST, COR_SRC_PROCESS, SEEN,
     "a command waited and then deleted a program in a user's folder", "installers and uninstallers that tidy up"},

    {"DIS1", COR_STAGE_DISCOVERY, "", C, C, QAKBOT, HOST, COR_SRC_PROCESS, UNSEEN,
     "one process that is no shell ran eight or more discovery commands within two minutes",
     "inventory agents: they lie in Program Files and ask from a shell or by WMI"},
    {"DIS2", COR_STAGE_DISCOVERY, "", W, W, "", HOST, COR_SRC_PROCESS, UNSEEN,
     "eight or more discovery commands were typed or run by a script within two minutes",
     "helpdesk, logon scripts, inventory"},
    {"DIS3", COR_STAGE_DISCOVERY, "", C, S, QAKBOT, HOST, COR_SRC_PROCESS, UNSEEN,
     "nslookup asked for the domain controllers in Qakbot's spelling", "people who try the command out of a report"},
    {"DIS4", COR_STAGE_DISCOVERY, "", C, C, EMOTET, HOST, COR_SRC_PROCESS, UNSEEN,
     "regsvr32 ran systeminfo, ipconfig and nltest", "none known"},
    {"DIS5", COR_STAGE_DISCOVERY, "", S, W, "", HOST, COR_SRC_PROCESS, SEEN,
     "the domain was searched for trusts, controllers, groups or computers",
     "administrators, directory synchronisation"},

    {"THE1", COR_STAGE_THEFT, "", C, S, QAKBOT, HOST, COR_SRC_PROCESS, UNSEEN,
     "esentutl unlocked the browser's web cache", "forensic staff, repair of a profile"},
    {"THE2", COR_STAGE_THEFT, "", C, C, QAKBOT, HOST, COR_SRC_SYSMON | COR_SRC_PROCESS, UNSEEN,
     "mails were collected in a folder EmailStorage", "none known"},
    {"THE3", COR_STAGE_THEFT, "", S, S, QAKBOT, HOST, COR_SRC_SYSMON, UNSEEN,
     "a system program without business there opened the memory of LSASS", "antivirus opens it under its own name"},
    {"THE4", COR_STAGE_THEFT, "", S, S, EMOTET, HOST, COR_SRC_PROCESS, UNSEEN,
     "a password viewer wrote to a temporary file", "IT staff who write such a list under a name of their own"},
    {"THE5", COR_STAGE_THEFT, "", S, S, "", HOST, COR_SRC_NETWORK, UNSEEN,
     "a program without business with mail spoke to many mail servers",
     "copiers, monitoring, programs under development"},
    {"THE6", COR_STAGE_THEFT, "", S, W, QAKBOT, HOST, COR_SRC_PROCESS | COR_SRC_SYSMON | COR_SRC_POWERSHELL, SEEN,
     "certificates with their private keys were exported",
     "renewal of certificates, set-up of VPN and browsers, backup"},
    {"THE7", COR_STAGE_THEFT, "", S, W, "", HOST, COR_SRC_PROCESS | COR_SRC_NETWORK, UNSEEN,
     "files were sent off by FTP from a script or by a system program",
     "copiers, web developers, exchange of data with partners"},

    {"C2a", COR_STAGE_C2, "", S, S, "", HOST, COR_SRC_NETWORK, UNSEEN,
     "a program spoke to an address that malware on another host of this case speaks to",
     "addresses that many share; an address that more hosts know counts for none"},
    {"C2b", COR_STAGE_C2, "", S, S, QAKBOT, HOST, COR_SRC_NETWORK, UNSEEN,
     "a system program spoke to several of the unusual ports of Qakbot's servers",
     "mail and VPN programs, from their own files"},
    {"C2c", COR_STAGE_C2, "", C, C, QAKBOT, HOST, COR_SRC_NAMES, UNSEEN,
     "a name was looked up that only Qakbot generates for these days", "researchers who collect such names"},

    {"LAT1", COR_STAGE_LATERAL, "", C, S, QAKBOT, BOTH, COR_SRC_SYSTEM | COR_SRC_AUDIT | COR_SRC_PROCESS, UNSEEN,
     "a service loaded a library from an administrative share", "none known"},
    {"LAT2", COR_STAGE_LATERAL, "", S, S, "", BOTH, COR_SRC_SYSTEM | COR_SRC_AUDIT, UNSEEN,
     "a service was made whose program lies in the root of Windows or of the drive",
     "PsExec, software distribution, backup and inventory, under names of their own"},
    {"LAT3", COR_STAGE_LATERAL, "", C, S, QAKBOT, BOTH, COR_SRC_AUDIT, UNSEEN,
     "a library was copied to an administrative share and a service was made within a minute",
     "deployment copies named files to ADMIN$"},
    {"LAT4", COR_STAGE_LATERAL, "", S, S, "", NAMED("TargetDomainName"), COR_SRC_DC, UNSEEN,
     "ten or more accounts were locked out within ten minutes by one computer",
     "terminal servers, mail gateways, scanners, an expired password on many devices"},
    {"LAT5", COR_STAGE_LATERAL, "", S, S, "", NAMED("IpAddress WorkstationName Workstation"),
     COR_SRC_AUDIT | COR_SRC_DC, UNSEEN,
     "somebody tried account names that makers of computers give, from a list", "scanners with a list of words"},
    {"LAT6", COR_STAGE_LATERAL, "", S, S, "", HOST, COR_SRC_SYSMON, UNSEEN,
     "a program wrote an autorun file to the root of a share or removable drive", "old install media being copied"},
    {"LAT7", COR_STAGE_LATERAL, "", S, W, "", HOST, COR_SRC_NETWORK, UNSEEN,
     "one host opened file sharing to twenty or more others within minutes",
     "scanners, software distribution, print servers"},

    {"OPS1", COR_STAGE_OTHER, "operator", C, S, "", BOTH, COR_SRC_SYSTEM | COR_SRC_AUDIT | COR_SRC_PROCESS |
     COR_SRC_SYSMON | COR_SRC_DC, SEEN,
     "a service, pipe, task, command or account change of the kind that operators after the worm make",
     "tests of the own defence"},
    {"OPS2", COR_STAGE_OTHER, "credentials", S, S, "", HOST, COR_SRC_PROCESS | COR_SRC_SYSMON | COR_SRC_POWERSHELL |
     COR_SRC_DEFENDER, SEEN,
     "the memory of LSASS was dumped, or somebody tried to", "crash analysis by IT or a maker"},
    {"OPS3", COR_STAGE_OTHER, "persistence", C, S, "", HOST, COR_SRC_PROCESS | COR_SRC_SYSMON | COR_SRC_DEFENDER, SEEN,
     "a program of the logon screen was replaced by a debugger", "rescue of a forgotten password by IT, once"},
    {"OPS4", COR_STAGE_OTHER, "accounts", S, S, "", HOST, COR_SRC_SECURITY, SEEN,
     "the guest account was enabled, or a new account was made administrator, by a person",
     "set-up of Windows (by the machine account), helpdesk and account tools"},
    {"OPS5", COR_STAGE_OTHER, "masquerade", S, S, "", HOST, COR_SRC_PROCESS, SEEN,
     "a program named as a system process ran from a folder that users can write to",
     "unpacked images of Windows, build trees"},
    {"OPS6", COR_STAGE_OTHER, "persistence", S, S, "", HOST, COR_SRC_WMI | COR_SRC_SYSMON, SEEN,
     "a WMI subscription that runs a command or script was made", "management software and power tools of makers"},
    {"OPS7", COR_STAGE_OTHER, "persistence", C, S, "", HOST,
     COR_SRC_PROCESS | COR_SRC_AUDIT | COR_SRC_SYSTEM | COR_SRC_SYSMON, SEEN,
     "an autostart runs a program from a temporary or work folder", "home-made scripts of IT, kiosk programs"},
    {"OPS8", COR_STAGE_OTHER, "persistence", S, S, "", HOST, COR_SRC_PROCESS | COR_SRC_SYSMON, SEEN,
     "a hidden logon script was set for a user", "old logon scripts, whose path lies in NETLOGON"},
    {"OPS9", COR_STAGE_OTHER, "antivirus", S, W, "", HOST, COR_SRC_DEFENDER, SEEN,
     "Defender named an attack tool; strong when it was allowed or could not be removed", "security staff and testers"},
    {"OPS10", COR_STAGE_OTHER, "defences", S, W, "", HOST, COR_SRC_DEFENDER | COR_SRC_PROCESS | COR_SRC_POWERSHELL,
     SEEN,
     "protection by Defender was switched off", "another antivirus taking over, device management, trouble-shooting"},
    {"OPS11", COR_STAGE_OTHER, "defences", S, S, "", HOST, COR_SRC_DEFENDER | COR_SRC_PROCESS, SEEN,
     "the antivirus was told to leave out a temporary or work folder",
     "developers' folders, makers' paths on many hosts"},
    {"OPS12", COR_STAGE_OTHER, "network", S, W, "", HOST, COR_SRC_DEFENDER | COR_SRC_SYSMON, SEEN,
     "the hosts file was changed", "blockers of advertisements, developers, VPN programs"},
    {"OPS13", COR_STAGE_OTHER, "remote-control", S, S, "", HOST, COR_SRC_PROCESS | COR_SRC_POWERSHELL |
     COR_SRC_DEFENDER, SEEN,
     "a program handed out a command shell over the network", "tests of a port, which hand out no shell"},
    {"OPS14", COR_STAGE_OTHER, "remote-execution", S, W, "", HOST, COR_SRC_SYSMON | COR_SRC_SYSTEM | COR_SRC_AUDIT,
     SEEN,
     "PsExec was at work; it speaks when it ran under another name or from a work folder",
     "administrators who call it by its name"},
    {"AV1", COR_STAGE_OTHER, "antivirus", C, W, "Qakbot Emotet TrickBot", HOST, COR_SRC_DEFENDER, UNSEEN,
     "the antivirus named the malware itself", "an old mail attachment that was stopped"},
    {"LOG1", COR_STAGE_OTHER, "logs", S, W, "", HOST, COR_SRC_SYSTEM | COR_SRC_SECURITY | COR_SRC_PROCESS, SEEN,
     "an event log was cleared, has a gap or was switched off", "building of images, scripts that keep logs short"},
    {"LOG2", COR_STAGE_OTHER, "logs", S, S, "", HOST, COR_SRC_SECURITY, SEEN,
     "the Security log was cleared by a person, or by SYSTEM in the middle of an incident",
     "scripts at a fixed hour on many hosts, images before they join the domain"},
};
const unsigned cor_signs_n = COR_LEN(cor_signs);

const cor_sign *cor_sign_find(cor_str id)
{
    for (unsigned i = 0; i < cor_signs_n; i++)
        if (cor_str_is(id, cor_signs[i].id))
            return &cor_signs[i];
    return NULL;
}

/* ---- tactics ---- */

/* In falling order of what they tell: nearly every rule is tagged execution or evasion beside what it is about. */
static const struct {
    const char *tactic;
    cor_stage_no stage;
} of_tactic[] = {
    {"lateral-movement", COR_STAGE_LATERAL},       {"command-and-control", COR_STAGE_C2},
    {"exfiltration", COR_STAGE_THEFT},             {"collection", COR_STAGE_THEFT},
    {"credential-access", COR_STAGE_THEFT},        {"impact", COR_STAGE_OTHER},
    {"persistence", COR_STAGE_PERSISTENCE},        {"discovery", COR_STAGE_DISCOVERY},
    {"initial-access", COR_STAGE_ARRIVAL},         {"defense-impairment", COR_STAGE_EVASION},
    {"stealth", COR_STAGE_EVASION},                {"defense-evasion", COR_STAGE_EVASION},
    {"privilege-escalation", COR_STAGE_INJECTION}, {"execution", COR_STAGE_ARRIVAL},
    {"reconnaissance", COR_STAGE_DISCOVERY},       {"resource-development", COR_STAGE_OTHER},
};

/* The tag without "attack."; older rules write tactics with underscores. */
static bool is_tactic(cor_str tag, const char *name)
{
    static const char prefix[] = "attack.";
    size_t n = sizeof prefix - 1;
    if (tag.n != n + strlen(name) || memcmp(tag.p, prefix, n) != 0)
        return false;
    for (size_t i = 0; name[i] != '\0'; i++)
        if (tag.p[n + i] != name[i] && !(tag.p[n + i] == '_' && name[i] == '-'))
            return false;
    return true;
}

bool cor_stage_of_tactics(const cor_str *tag, uint32_t n, cor_stage_no *out)
{
    for (size_t k = 0; k < COR_LEN(of_tactic); k++)
        for (uint32_t i = 0; i < n; i++)
            if (is_tactic(tag[i], of_tactic[k].tactic)) {
                *out = of_tactic[k].stage;
                return true;
            }
    return false;
}

cor_str cor_sign_says(const cor_sign *s)
{
    return (cor_str){s->shows, strcspn(s->shows, ";")};
}

bool cor_sign_many(const cor_sign *s)
{
    return strcmp(s->id, "OPS1") == 0;
}
