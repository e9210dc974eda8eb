/* Every act once, on a quiet day: what a test of the cards compares with real events. Nobody is infected. */
#include "range/scenarios.h"
#include "range/truth.h"

#define AT(m, sec) cor_scene_at(s, 0, m, sec)

static void programs(cor_scene *s, cor_machine *m)
{
    cor_process *p = cor_scene_run(s, AT(1, 0), m->explorer, "C:\\Windows\\System32\\notepad.exe",
                                   "\"C:\\Windows\\system32\\notepad.exe\" C:\\Users\\a.brandt\\Documents\\list.txt");
    cor_scene_dns(s, AT(1, 1), p, "intranet.corp.example", "192.0.2.241");
    cor_scene_dns(s, AT(1, 2), p, "gone.example", NULL);
    cor_scene_connect(s, AT(1, 3), p, "192.0.2.241", "intranet.corp.example", 443);
    cor_scene_accept(s, AT(1, 4), m->kernel, cor_scene_host(s, "WS02"), 445);
    cor_scene_file(s, AT(1, 5), p, "C:\\Users\\a.brandt\\Documents\\list.txt");
    cor_scene_stream(s, AT(1, 6), p, "C:\\Users\\a.brandt\\Downloads\\list.txt:Zone.Identifier", cor_scene_sha256(s),
                     "[ZoneTransfer]  ZoneId=3  ");
    cor_scene_deleted(s, AT(1, 7), p, "C:\\Users\\a.brandt\\Documents\\old.txt");
    cor_scene_key(s, AT(1, 8), p, "CreateKey", cor_scene_fmt(s, "%s\\SOFTWARE\\Example", cor_scene_hive(s, p)));
    cor_scene_value(s, AT(1, 9), p, cor_scene_fmt(s, "%s\\SOFTWARE\\Example\\Last", cor_scene_hive(s, p)),
                    "DWORD (0x00000001)");
    cor_scene_pipe(s, AT(1, 10), p, "\\example", true);
    cor_scene_pipe(s, AT(1, 11), p, "\\example", false);
    cor_scene_thread(s, AT(1, 12), m->netsvcs, p);
    cor_scene_access(s, AT(1, 13), m->netsvcs, p, "0x1000");
    cor_scene_tamper(s, AT(1, 14), p, "Image is locked for access");
    cor_scene_removable_read(s, AT(1, 15), m->explorer, "\\Device\\CdRom0\\setup.exe");
    cor_scene_mounted(s, AT(1, 16), m, "C:\\Users\\a.brandt\\Downloads\\tools.iso");
    cor_scene_exit(s, AT(1, 20), p);
}

static void logons(cor_scene *s, cor_machine *m, cor_machine *to)
{
    const cor_user *admin = cor_scene_user(s, "adm.scholz"), *helper = cor_scene_user(s, "helpdesk1");
    cor_session *as = cor_scene_remote(
        s, AT(2, 0), &(cor_remote){.from = m, .to = to, .who = admin, .ntlm = true, .explicit_by = m->explorer});
    cor_scene_share_read(s, AT(2, 1), as, COR_SHARE_IPC, "srvsvc");
    cor_scene_share_write(s, AT(2, 2), as, COR_SHARE_ADMIN, "note.txt");
    cor_scene_share_denied(s, AT(2, 3), as, COR_SHARE_PUBLIC, "Team\\secret.xlsx");
    cor_scene_remote(s, AT(2, 10),
                     &(cor_remote){.from = m, .to = to, .who = helper, .type = 10, .explicit_by = m->explorer});
    cor_scene_logoff(s, AT(2, 30), cor_scene_logon(s, AT(2, 20), m, m->user, 7));
    cor_scene_logon_service(s, AT(2, 40), to, cor_scene_user(s, "svc_backup"));
    for (int why = COR_REFUSED_PASSWORD; why <= COR_REFUSED_EXPIRED; why++)
        cor_scene_refused(s, AT(3, why), m, to, "b.hahn", (cor_refusal)why,
                          why == COR_REFUSED_PASSWORD ? m->explorer : NULL);
    cor_scene_refused_from(s, AT(3, 20), "10.20.9.9", "PHONE", to, "b.hahn", COR_REFUSED_PASSWORD);
    cor_scene_kerberos_refused(s, AT(3, 21), "10.20.1.12", cor_scene_user(s, "b.hahn"), "0x18");
    cor_scene_lockout(s, AT(3, 22), cor_scene_user(s, "b.hahn"), "PHONE");
    as = cor_scene_remote(s, AT(3, 30), &(cor_remote){.from = m, .to = cor_scene_dc(s), .who = admin});
    cor_scene_unlock(s, AT(3, 31), cor_scene_user(s, "b.hahn"), as);
    cor_scene_reset_password(s, AT(3, 32), cor_scene_user(s, "b.hahn"), as);
}

static void services(cor_scene *s, cor_machine *m)
{
    cor_scene_service(s, AT(4, 0), m->system,
                      &(cor_service){.name = "Example",
                                     .display = "Example Service",
                                     .image = "C:\\Program Files\\Example\\example.exe",
                                     .start = "auto start"});
    cor_scene_service_state(s, AT(4, 1), m, "Example", "Example Service", "running");
    cor_scene_service_failed(s, AT(4, 2), m, "Example");
    cor_task task = {.name = "\\Example",
                     .author = "CORP\\adm.scholz",
                     .principal = "S-1-5-18",
                     .command = "C:\\Program Files\\Example\\update.exe",
                     .arguments = "/quiet",
                     .every = "PT1H"};
    cor_scene_task(s, AT(4, 3), m->system, &task);
    cor_process *p =
        cor_scene_run(s, AT(4, 4), m->scheduler, task.command, "\"C:\\Program Files\\Example\\update.exe\" /quiet");
    cor_scene_task_run(s, AT(4, 4), &task, p, AT(4, 9));
    cor_scene_task_deleted(s, AT(4, 10), m->system, &task);
}

static void machinery(cor_scene *s, cor_machine *m, cor_machine *server)
{
    cor_scene_defender_changed(s, AT(5, 0), m, "Default\\InstallLocation = C:\\Program Files\\Windows Defender",
                               "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\"
                               "InstallLocation = C:\\Program Files\\Windows Defender\\");
    cor_scene_defender_found(s, AT(5, 10), m,
                             &(cor_threat){.name = "Virus:DOS/EICAR_Test_File",
                                           .id = "2147519003",
                                           .category = "Virus",
                                           .path = "file:_C:\\Users\\a.brandt\\Downloads\\eicar.com",
                                           .process = "C:\\Windows\\explorer.exe",
                                           .user = "CORP\\a.brandt",
                                           .blocked = true});
    cor_process *p =
        cor_scene_run(s, AT(5, 30), m->explorer, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                      "powershell.exe Get-Date");
    cor_scene_powershell(s, AT(5, 31), p, "Get-Date", AT(5, 40));
    cor_scene_script_block(s, AT(5, 32), p, "Get-Date", false);
    cor_scene_script_block(s, AT(5, 33), p, "Add-Type -TypeDefinition $source", true);
    cor_scene_log_cleared(s, AT(6, 0), server->system, "Microsoft-Windows-Bits-Client/Operational");
    cor_scene_security_cleared(s, AT(6, 1), server->system);
    cor_scene_shutdown(s, AT(7, 0), server, cor_scene_user(s, "adm.scholz"), true);
    cor_scene_dirty_boot(s, AT(8, 0), server);
    cor_scene_clock_set(s, AT(9, 0), server, 30 * COR_SECOND);
}

void cor_range_acts(cor_scene *s, const char *variant)
{
    (void)variant;
    cor_truth_rest_clean(s);
    cor_scene_begin(s);
    cor_machine *m = cor_scene_host(s, "WS01"), *server = cor_scene_host(s, "SRV-APP01");
    programs(s, m);
    logons(s, m, server);
    services(s, m);
    machinery(s, m, server);
}
