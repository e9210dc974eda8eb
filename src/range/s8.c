/* S8: a busy day on which nothing is infected. Everything that tempts a judge is there once: administrators with
 * PsExec, a scanner that locks accounts, deployment, a helpdesk that looks around, a developer, add-ins, drivers,
 * updaters, antivirus at work. Every host is clean. */
#include "range/s8.h"
#include "range/scenarios.h"
#include "range/truth.h"

static void tell(cor_scene *s)
{
    static const struct {
        const char *host, *activity, *looks_like;
    } noise[] = {
        {"WS01", "PsExec to eight workstations by an administrator", "a service made on many hosts within minutes"},
        {"DC01", "software by immediate tasks of Group Policy", "SYSTEM tasks that vanish within minutes"},
        {"SRV-APP01", "client of a software deployment pushed to three workstations",
         "an EXE copied and made a service"},
        {"SRV-APP01", "vulnerability scan with made-up accounts", "password guessing, lock-outs by one caller"},
        {"SRV-FILE01", "nightly backup", "one account on all hosts, administrative shares read"},
        {"WS06", "helpdesk over Remote Desktop", "a discovery burst"},
        {"WS03", "inventory agent", "a discovery burst by a program without a window"},
        {"DC01", "passwords expire on Monday", "a lock-out storm"},
        {"WS05", "update of a remote support agent", "a new service and beacons"},
        {"WS08", "a developer at work", "encoded scripts, rundll32, libraries in the profile, a disk image"},
        {"WS04", "printer driver installed", "rundll32 and regsvr32 under the spooler"},
        {"WS02", "add-in of the finance department", "Excel starts regsvr32"},
        {"WS03", "add-in of the finance department", "Excel starts regsvr32"},
        {"WS07", "browser and chat updates", "Run values in the profile, tasks with a SID, GUID pipes"},
        {"WS06", "Windows Error Reporting", "wermgr"},
        {"WS04", "a search index is repaired", "esentutl"},
        {"WS02", "antivirus takes Qakbot's image out of a mail", "a family's name in the antivirus log"},
        {"WS07", "power cut", "a log that stops without a word"},
        {"WS09", "a signage computer boots nightly", "a Run value written at shutdown"},
        {"DC01", "an administrator unlocks twenty accounts", "an unlock script against a storm"},
        {"WS01", "passwords of a browser listed to a share by IT", "/scomma"},
    };
    cor_truth_rest_clean(s);
    for (size_t i = 0; i < COR_LEN(noise); i++)
        cor_truth_noise(s, cor_scene_host(s, noise[i].host), noise[i].activity, noise[i].looks_like);
}

void cor_range_s8(cor_scene *s, const char *variant)
{
    (void)variant;
    tell(s);
    cor_scene_begin(s);
    cor_s8_administrators(s);
    cor_s8_machines(s);
}
