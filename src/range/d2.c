/* D2: Emotet of 2018 and 2019. a.brandt on WS01 opens an invoice out of a mail; an hour and a half later mails leave,
 * after two hours the spreader knocks at every door, and is let in where the local Administrator has a password from
 * its list: WS02, WS04, SRV-APP01. At +05:00 TrickBot comes to WS01 and WS02, and goes for the controller: which only
 * sees a logon (d2-a), gets the program as a service (d2-b), or has it in memory alone (d2-c). */
#include "range/emotet.h"
#include "range/scene_in.h"
#include "range/scenarios.h"
#include "range/truth.h"

#define AT(h, m, sec) cor_scene_at(d->s, h, m, sec)
#define SEC(n) ((cor_time)(n) * COR_SECOND)
#define MS(n) ((cor_time)(n) * 10000)

#define TARGETS 10
#define LOCKED_AFTER 5 /* wrong passwords */

typedef struct target {
    const char *name;
    int minute, second;  /* of hour 2: when the spreader comes by */
    const char *service; /* what it makes there; NULL: it does not get in */
    bool windows;        /* the copy goes to ADMIN$ */
    bool denied;         /* no network logon for anybody */
} target;

typedef struct d2 {
    cor_scene *s;
    char variant;        /* 'a', 'b', 'c' */
    cor_machine *ws01, *ws02, *dc;
    const cor_user *brandt, *known[4]; /* domain accounts of whose names the spreader knows */
    const cor_process *spreader;
} d2;

static void tell(d2 *d)
{
    static const char *const infected[] = {"WS01", "WS02", "WS04", "SRV-APP01"},
                             *const exposed[] = {"WS03", "WS05", "WS06", "WS07", "SRV-FILE01"},
                             *const attacked[] = {"WS08", "WS09"};
    cor_scene *s = d->s;
    for (unsigned i = 0; i < COR_LEN(infected); i++) {
        cor_machine *m = cor_scene_host(s, infected[i]);
        /* in a0 WS04 shows nothing but a service of a random name in the Windows folder */
        cor_truth_host(s, m, "infected", strcmp(m->name, "WS04") == 0 ? "suspicious" : "infected", "infected",
                       "infected");
        cor_truth_family(s, m, "Emotet");
        cor_truth_vector(s, m, i == 0 ? "mail" : "smb-service");
        if (m->user != NULL)
            cor_truth_at_risk(s, m, m->user);
    }
    for (unsigned i = 0; i < COR_LEN(exposed); i++)
        cor_truth_host(s, cor_scene_host(s, exposed[i]), "exposed", "exposed", "exposed", "exposed");
    for (unsigned i = 0; i < COR_LEN(attacked); i++)
        cor_truth_host(s, cor_scene_host(s, attacked[i]), "attacked", "attacked", "attacked", "attacked");
    cor_truth_family(s, d->ws01, "TrickBot");
    cor_truth_family(s, d->ws02, "TrickBot");
    cor_truth_zero(s, d->ws01, "mail", cor_scene_t0(s));
    if (d->variant == 'a')
        cor_truth_host(s, d->dc, "exposed", "exposed", "exposed", "exposed");
    if (d->variant == 'c') /* a process that was there before speaks to the wrong addresses: no more is to be seen */
        cor_truth_host(s, d->dc, "suspicious", "exposed", "exposed", "suspicious");
    if (d->variant != 'b')
        return;
    cor_truth_host(s, d->dc, "infected", "suspicious", "infected", "infected");
    cor_truth_family(s, d->dc, "TrickBot");
    cor_truth_vector(s, d->dc, "smb-service");
    cor_truth_at_risk(s, d->ws02, cor_scene_user(s, "adm.scholz"));
    cor_truth_at_risk(s, d->dc, cor_scene_user(s, "adm.scholz"));
}

/* ---- Emotet from host to host ---- */

static void settle(d2 *d, cor_time t, const cor_emotet *e)
{
    cor_emotet_beacons(d->s, t + SEC(25), cor_scene_end(d->s) - SEC(300), e);
    cor_emotet_modules(d->s, t + SEC(655), e);
}

/* One wrong password for a name of the domain; five lock it. failed counts over all targets. */
static void guess(d2 *d, cor_time t, cor_machine *to, unsigned who, unsigned *failed)
{
    bool locked = failed[who] >= LOCKED_AFTER;
    cor_scene_refused(d->s, t, d->ws01, to, d->known[who]->name, locked ? COR_REFUSED_LOCKED : COR_REFUSED_PASSWORD,
                      d->spreader);
    if (!locked && ++failed[who] == LOCKED_AFTER)
        cor_scene_lockout(d->s, t + MS(4), d->known[who], d->ws01->name);
    cor_truth_stage(d->s, d->ws01, t, "lateral");
}

/* As who works there first, then the names it knows, the machine's own Administrator last. Returns when it is through
 * with its list, or about to log on with the right word of it. */
static cor_time knock(d2 *d, const target *g, unsigned *failed)
{
    cor_scene *s = d->s;
    cor_machine *to = cor_scene_host(s, g->name);
    cor_time t = AT(2, g->minute, g->second);
    const char *admin = cor_scene_fmt(s, "%s\\Administrator", to->name);
    cor_scene_connect(s, t - MS(90), d->spreader, to->address, to->fqdn, 445);
    cor_truth_stage(s, to, t, NULL);
    if (g->denied) {
        cor_scene_refused(s, t, d->ws01, to, d->brandt->name, COR_REFUSED_RIGHT, NULL);
    } else {
        cor_session *as = cor_scene_remote(s, t, &(cor_remote){.from = d->ws01, .to = to, .who = d->brandt});
        cor_scene_share_read(s, t + MS(300), as, COR_SHARE_IPC, "samr");
    }
    t += SEC(3);
    for (unsigned round = 0; round < LOCKED_AFTER; round++)
        for (unsigned who = 0; who < COR_LEN(d->known); who++) {
            if (round > 0 && failed[who] >= LOCKED_AFTER)
                continue;
            guess(d, t, to, who, failed);
            t += MS(cor_scene_between(s, 900, 1900));
        }
    unsigned wrong = g->service != NULL ? cor_scene_between(s, 2, 4) : 6;
    for (unsigned i = 0; i < wrong; i++, t += MS(cor_scene_between(s, 900, 1900)))
        cor_scene_refused(s, t, d->ws01, to, admin, COR_REFUSED_PASSWORD, d->spreader);
    cor_truth_stage(s, to, t, NULL);
    return t;
}

static const cor_user *administrator(cor_scene *s, const cor_machine *m)
{
    cor_user *u = cor_scene_get(s, sizeof *u);
    unsigned a = cor_scene_between(s, 1000000000, 1900000000), b = cor_scene_between(s, 500000000, 1900000000),
             c = cor_scene_between(s, 600000000, 2100000000);
    *u = (cor_user){.name = "Administrator",
                    .domain = m->name,
                    .sid = cor_scene_fmt(s, "S-1-5-21-%u-%u-%u-500", a, b, c),
                    .admin_of = 1u << m->place};
    return u;
}

/* Returns WS02's. */
static cor_emotet *spread(d2 *d, cor_emotet *zero)
{
    cor_scene *s = d->s;
    const char *look_alike = "Windows Defender System Service";
    const target targets[TARGETS] = {
        {"WS02", 12, 0, look_alike, false, false},
        {"WS03", 15, 10, NULL, false, false},
        {"WS04", 18, 0, cor_scene_word(s, 7, 10), true, false},
        {"WS05", 21, 20, NULL, false, false},
        {"WS06", 24, 5, NULL, false, false},
        {"WS07", 26, 40, NULL, false, false},
        {"WS08", 29, 15, NULL, false, true},
        {"WS09", 32, 0, NULL, false, true},
        {"SRV-FILE01", 34, 30, NULL, false, false},
        {"SRV-APP01", 37, 0, look_alike, false, false},
    };
    unsigned failed[4] = {0};
    cor_emotet *ws02 = NULL;
    cor_time t = AT(2, 10, 0);
    cor_scene_connect(s, t - MS(90), d->spreader, d->dc->address, d->dc->fqdn, 445);
    cor_session *as = cor_scene_remote(s, t, &(cor_remote){.from = d->ws01, .to = d->dc, .who = d->brandt});
    cor_scene_share_read(s, t + MS(400), as, COR_SHARE_IPC, "samr"); /* the names */
    cor_truth_stage(s, d->dc, t, NULL);
    for (unsigned i = 0; i < TARGETS; i++) {
        const target *g = &targets[i];
        cor_machine *to = cor_scene_host(s, g->name);
        t = knock(d, g, failed);
        if (g->service == NULL)
            continue;
        cor_emotet *next = cor_emotet_spread(s, t, zero,
                                             &(cor_emotet_copy){.to = to,
                                                                .who = administrator(s, to),
                                                                .by = d->spreader,
                                                                .service = g->service,
                                                                .windows = g->windows});
        settle(d, t + SEC(20), next);
        ws02 = to == d->ws02 ? next : ws02;
    }
    return ws02;
}

/* ---- TrickBot ---- */

static cor_trickbot *trickbot(d2 *d, cor_time t, const cor_process *by, const cor_session *as, const char *into,
                              const cor_trickbot *like)
{
    cor_scene *s = d->s;
    cor_time until = as == as->on->system ? cor_scene_end(s) - SEC(300) : as->on->left - SEC(300);
    cor_trickbot *b = cor_trickbot_dropped(s, t, by, as, into, like);
    cor_trickbot_discovery(s, t + SEC(75), b);
    cor_trickbot_beacons(s, t + SEC(20), until, b);
    cor_trickbot_task_runs(s, until, b);
    return b;
}

/* A logon of the user's, without the right to write anything. */
static void controller_visited(d2 *d, const cor_trickbot *b)
{
    cor_scene *s = d->s;
    cor_time t = AT(6, 20, 0);
    cor_scene_connect(s, t - MS(90), b->injected, d->dc->address, d->dc->fqdn, 445);
    cor_session *as = cor_scene_remote(s, t, &(cor_remote){.from = d->ws02, .to = d->dc, .who = d->ws02->user});
    cor_scene_share_read(s, t + MS(300), as, COR_SHARE_IPC, "srvsvc");
    cor_scene_share_denied(s, t + MS(800), as, COR_SHARE_C, NULL);
    cor_truth_stage(s, d->ws02, t, "lateral");
    cor_truth_stage(s, d->dc, t, NULL);
}

/* The administrator helped b.hahn in the afternoon; the password is found in WS02's memory, which no log shows. */
static void controller_taken(d2 *d, const cor_trickbot *b)
{
    cor_scene *s = d->s;
    const cor_user *who = cor_scene_user(s, "adm.scholz");
    cor_session *as = cor_scene_remote(s, AT(4, 20, 0),
                                       &(cor_remote){.from = d->dc, .to = d->ws02, .who = who, .type = 10});
    cor_scene_logoff(s, AT(5, 35, 0), as);
    cor_time t = AT(6, 20, 40);
    const char *service = cor_scene_word(s, 7, 10),
               *image = cor_scene_fmt(s, "C:\\%s.exe", cor_scene_word(s, 5, 9));
    cor_scene_connect(s, t - MS(90), b->injected, d->dc->address, d->dc->fqdn, 445);
    cor_scene_accept(s, t - MS(80), d->dc->kernel, d->ws02, 445);
    as = cor_scene_remote(s, t,
                          &(cor_remote){.from = d->ws02, .to = d->dc, .who = who, .explicit_by = b->injected,
                                        .keep = true});
    cor_scene_share_write(s, t + MS(400), as, COR_SHARE_C, image + strlen("C:\\"));
    cor_scene_share_read(s, t + MS(900), as, COR_SHARE_IPC, "svcctl");
    cor_scene_service(s, t + MS(1200), as, &(cor_service){.name = service, .display = service, .image = image});
    cor_process *p = cor_scene_start(s, t + MS(1500), d->dc->services,
                                     &(cor_start){.image = image, .line = image, .sha256 = b->sha256});
    cor_scene_service_state(s, t + MS(1900), d->dc, service, service, "running");
    cor_scene_logoff(s, t + SEC(8), as);
    trickbot(d, t + SEC(10), p, d->dc->system, "wermgr.exe", b);
    cor_truth_stage(s, d->ws02, t, "lateral");
    cor_truth_stage(s, d->dc, t, "lateral");
    cor_truth_spread(s, t, d->ws02, d->dc, who, "smb-service");
    cor_truth_indicator(s, "service", service);
    cor_truth_indicator(s, "file", image);
}

/* No file, no service: a process of the system that has been there since the boot begins to speak to TrickBot's
 * addresses. */
static void controller_in_memory(d2 *d, const cor_trickbot *b)
{
    cor_scene *s = d->s;
    cor_process *p = cor_process_known(s, d->dc->booted + SEC(40), d->dc, d->dc->system,
                                       "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\svchost.exe");
    const char *site = cor_scene_fmt(s, "%s.example", cor_scene_word(s, 6, 10)); /* tells a caller its address */
    cor_time t = AT(6, 21, 10);
    cor_scene_dns(s, t, p, site, "192.0.2.246");
    cor_scene_connect(s, t + MS(60), p, "192.0.2.246", site, 80);
    cor_truth_spread(s, t, d->ws02, d->dc, NULL, "exploit");
    cor_truth_stage(s, d->dc, t, "injection");
    for (unsigned turn = 0; t < cor_scene_end(s) - SEC(400); turn++) {
        t += MS(cor_scene_between(s, 300000, 600000));
        cor_scene_connect(s, t, p, b->c2[turn % COR_LEN(b->c2)], NULL, 443);
        cor_truth_stage(s, d->dc, t, "c2");
    }
}

void cor_range_d2(cor_scene *s, const char *variant)
{
    static const char *const known[] = {"m.keller", "j.lindner", "k.lang", "svc_scan"};
    d2 d = {.s = s,
            .variant = strlen(variant) > 3 ? variant[3] : 'a',
            .ws01 = cor_scene_host(s, "WS01"),
            .ws02 = cor_scene_host(s, "WS02"),
            .dc = cor_scene_dc(s)};
    cor_user *brandt = cor_scene_user(s, "a.brandt");
    brandt->admin_of |= 1u << d.ws01->place;
    d.brandt = brandt;
    for (unsigned i = 0; i < COR_LEN(known); i++)
        d.known[i] = cor_scene_user(s, known[i]);
    tell(&d);
    cor_scene_begin(s);
    cor_emotet *zero = cor_emotet_new(s, d.ws01, NULL);
    const cor_process *dropper = cor_emotet_opened(s, cor_scene_at(s, 0, 0, 0), zero);
    cor_emotet_installed(s, cor_scene_at(s, 0, 1, 5), zero, dropper, dropper->as);
    settle(&d, cor_scene_at(s, 0, 1, 5), zero);
    cor_emotet_mails(s, cor_scene_at(s, 1, 30, 0), zero);
    /* in the session of who works there: "the current user" */
    d.spreader = cor_scene_start(s, cor_scene_at(s, 2, 9, 50), zero->service,
                                 &(cor_start){.image = zero->image,
                                              .line = cor_scene_fmt(s, "\"%s\"", zero->image),
                                              .as = d.ws01->console,
                                              .sha256 = zero->sha256});
    cor_emotet *ws02 = spread(&d, zero);
    cor_trickbot *first =
        trickbot(&d, cor_scene_at(s, 5, 0, 0), zero->service, d.ws01->console, "svchost.exe", NULL);
    cor_trickbot *second =
        trickbot(&d, cor_scene_at(s, 5, 0, 40), ws02->service, d.ws02->system, "wermgr.exe", first);
    controller_visited(&d, second);
    if (d.variant == 'b')
        controller_taken(&d, second);
    else if (d.variant == 'c')
        controller_in_memory(&d, second);
    cor_scene_lookalikes(s);
}
