/* D1: Qakbot of 2022. m.keller on WS03 opens a workbook out of a ZIP (d1-iso: a link on a disk image); within the hour
 * it is on WS05, WS07 and WS08, where an old group makes m.keller an administrator, guesses passwords everywhere, locks
 * accounts out, and reads the controller's user list. d1-live: no Run value, as after Nov 2020 while Windows runs.
 * d1-busy: on the day of S8, which must change no verdict. */
#include "range/qakbot.h"
#include "range/s8.h"
#include "range/scenarios.h"
#include "range/truth.h"

#define AT(h, m, sec) cor_scene_at(d->s, h, m, sec)
#define SEC(n) ((cor_time)(n) * COR_SECOND)
#define MS(n) ((cor_time)(n) * 10000)

typedef struct d1 {
    cor_scene *s;
    cor_machine *ws02, *ws03, *ws05, *ws07, *ws08, *ws09, *file, *dc;
    cor_user *keller;
    const cor_user *known[11]; /* whose passwords are guessed until they are locked */
    unsigned failed[11];       /* since the last lock-out or unlock */
    bool locked[11];
} d1;

static void tell(d1 *d)
{
    cor_scene *s = d->s;
    cor_machine *const infected[] = {d->ws03, d->ws05, d->ws07, d->ws08}, *const exposed[] = {d->ws02, d->file, d->dc};
    for (unsigned i = 0; i < 4; i++) {
        cor_truth_host(s, infected[i], "infected", "infected", "infected", "infected");
        cor_truth_family(s, infected[i], "Qakbot");
        cor_truth_vector(s, infected[i], i == 0 ? "mail" : "smb-service");
        cor_truth_at_risk(s, infected[i], infected[i]->user);
        cor_truth_at_risk(s, infected[i], d->keller);
    }
    for (unsigned i = 0; i < 3; i++)
        cor_truth_host(s, exposed[i], "exposed", "exposed", "exposed", "exposed");
    cor_truth_host(s, d->ws09, "attacked", "attacked", "attacked", "attacked");
    cor_truth_rest_clean(s);
    cor_truth_zero(s, d->ws03, "mail", cor_scene_t0(s));
    cor_truth_at_risk(s, d->ws07, cor_scene_user(s, "helpdesk1"));
}

/* ---- WS03 ---- */

static cor_qakbot *patient_zero(d1 *d, bool image, bool live)
{
    cor_scene *s = d->s;
    cor_qakbot *q = cor_qakbot_new(s, d->ws03, image ? COR_QAKBOT_2022_WINTER : COR_QAKBOT_2022_SPRING, NULL);
    if (image)
        cor_qakbot_opened_image(s, AT(0, 0, 0), q);
    else
        cor_qakbot_opened_workbook(s, AT(0, 0, 0), q);
    cor_qakbot_injected(s, AT(0, 11, 20), q, !image && !live);
    cor_qakbot_discovery(s, AT(0, 11, 40), q, q->injected);
    cor_qakbot_task(s, AT(0, 12, 40), q);
    cor_time up = q->task.start + MS(250); /* about +00:15 */
    cor_qakbot_elevated(s, up, q);
    cor_qakbot_exclusions(s, up + SEC(20), q);
    cor_qakbot_discovery(s, up + SEC(25), q, q->elevated);
    cor_qakbot_beacons(s, up + SEC(70), cor_scene_end(s) - SEC(300), q);
    cor_qakbot_lsass(s, AT(0, 21, 0), q);
    cor_qakbot_task_gone(s, q->task.end + SEC(1), q);
    cor_qakbot_theft(s, AT(0, 30, 30), AT(0, 33, 0), AT(0, 41, 10), q);
    return q;
}

/* ---- the neighbours ---- */

static void take(d1 *d, cor_time t, const cor_qakbot *from, cor_machine *to)
{
    cor_scene *s = d->s;
    cor_qakbot *q = cor_qakbot_spread(s, t, from, to, d->keller);
    cor_qakbot_exclusions(s, t + SEC(30), q);
    cor_qakbot_discovery(s, t + SEC(36), q, q->elevated);
    cor_qakbot_beacons(s, t + SEC(100), cor_scene_end(s) - SEC(300), q);
    cor_qakbot_lsass(s, t + SEC(400), q);
    cor_qakbot_theft(s, t + SEC(32 * 60), t + SEC(34 * 60 + 20), t + SEC(42 * 60), q);
}

/* A logon that shows nothing more than that it was possible. */
static cor_session *touch(d1 *d, cor_time t, const cor_qakbot *from, cor_machine *to)
{
    cor_scene *s = d->s;
    cor_scene_connect(s, t - MS(90), from->elevated, to->address, to->fqdn, 445);
    cor_truth_stage(s, d->ws03, t, "lateral");
    cor_truth_stage(s, to, t, NULL);
    return cor_scene_remote(s, t, &(cor_remote){.from = d->ws03, .to = to, .who = d->keller});
}

static void contacts(d1 *d, const cor_qakbot *q)
{
    cor_scene *s = d->s;
    cor_session *as = touch(d, AT(0, 44, 0), q, d->dc);
    cor_scene_share_read(s, AT(0, 44, 0) + MS(400), as, COR_SHARE_IPC, "samr");
    cor_scene_share_read(s, AT(0, 44, 1), as, COR_SHARE_IPC, "srvsvc");
    cor_truth_stage(s, d->ws03, AT(0, 44, 0), "discovery");
    as = touch(d, AT(0, 51, 30), q, d->ws02);
    cor_scene_share_denied(s, AT(0, 51, 30) + MS(300), as, COR_SHARE_C,
                           cor_scene_fmt(s, "%s.dll", cor_scene_word(s, 6, 11)));
    cor_scene_refused(s, AT(0, 57, 10), d->ws03, d->ws09, d->keller->name, COR_REFUSED_RIGHT, q->elevated);
    cor_truth_stage(s, d->ws09, AT(0, 57, 10), NULL);
    as = touch(d, AT(0, 58, 0), q, d->file);
    for (unsigned i = 0; i < 3; i++)
        cor_scene_share_read(s, AT(0, 58, 1) + MS(400 * i), as, COR_SHARE_PUBLIC,
                             cor_scene_fmt(s, "Team\\%s.xlsx", cor_scene_word(s, 5, 9)));
}

/* ---- guesses and lock-outs ---- */

#define LOCKED_AFTER 5 /* wrong passwords */

static void guess(d1 *d, cor_time t, const cor_qakbot *q, cor_machine *to, unsigned who)
{
    cor_scene *s = d->s;
    cor_scene_refused(s, t, d->ws03, to, d->known[who]->name,
                      d->locked[who] ? COR_REFUSED_LOCKED : COR_REFUSED_PASSWORD, q->elevated);
    cor_truth_stage(s, to, t, NULL);
    cor_truth_stage(s, d->ws03, t, "lateral");
    if (!d->locked[who] && ++d->failed[who] == LOCKED_AFTER) {
        d->locked[who] = true;
        cor_scene_lockout(s, t + MS(4), d->known[who], d->ws03->name);
    }
}

/* A wave over the accounts [from, to), one attempt every second or two, the targets in turn. */
static cor_time wave(d1 *d, cor_time t, const cor_qakbot *q, unsigned from, unsigned to, unsigned rounds)
{
    cor_machine *const target[] = {d->ws02, d->ws05, d->ws07, d->ws08, d->ws09, d->file};
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned who = from; who < to; who++, t += MS(cor_scene_between(d->s, 1000, 2000)))
            guess(d, t, q, target[(round + who) % 6], who);
    return t;
}

/* Names that no directory has: of computer makers. */
static void guess_makers_names(d1 *d, cor_time t, const cor_qakbot *q)
{
    static const char *const name[] = {"Compaq_Owner", "HP_Administrator", "HP_Owner", "Compaq_Administrator",
                                       "owner",        "administrador"};
    cor_machine *const target[] = {d->ws02, d->ws05, d->ws07, d->ws08, d->ws09, d->file};
    for (unsigned i = 0; i < 24; i++, t += MS(cor_scene_between(d->s, 1000, 2000)))
        cor_scene_refused(d->s, t, d->ws03, target[i % 6], name[i / 6 + i % 3], COR_REFUSED_NO_USER, q->elevated);
}

/* The helpdesk unlocks some from its own machine; minutes later they are locked again. */
static void unlock_some(d1 *d, cor_time t, unsigned from, unsigned to)
{
    cor_scene *s = d->s;
    cor_session *as = cor_scene_remote(
        s, t - SEC(2),
        &(cor_remote){.from = cor_scene_host(s, "WS04"), .to = d->dc, .who = cor_scene_user(s, "helpdesk1")});
    for (unsigned who = from; who < to; who++) {
        cor_scene_unlock(s, t + SEC(who - from), d->known[who], as);
        d->locked[who] = false;
        d->failed[who] = 0;
    }
}

static void guesses(d1 *d, const cor_qakbot *q)
{
    guess_makers_names(d, AT(0, 45, 0), q);
    wave(d, AT(0, 45, 40), q, 0, 10, LOCKED_AFTER);      /* ten are locked after a minute */
    wave(d, AT(0, 52, 0), q, 0, 11, 2);
    wave(d, AT(1, 0, 0), q, 10, 11, LOCKED_AFTER);       /* the eleventh */
    unlock_some(d, AT(1, 5, 0), 0, 4);
    wave(d, AT(1, 9, 0), q, 0, 4, LOCKED_AFTER);
    unlock_some(d, AT(1, 14, 0), 2, 6);
    wave(d, AT(1, 17, 30), q, 2, 6, LOCKED_AFTER);
    unlock_some(d, AT(1, 40, 0), 0, 11);
}

void cor_range_d1(cor_scene *s, const char *variant)
{
    static const char *const known[] = {"a.brandt", "b.hahn", "s.neumann",  "j.lindner", "t.vogel",   "p.ostrow",
                                        "c.albers", "k.lang", "svc_backup", "svc_scan",  "svc_deploy"};
    d1 d = {.s = s,
            .keller = cor_scene_user(s, "m.keller"),
            .ws02 = cor_scene_host(s, "WS02"),
            .ws03 = cor_scene_host(s, "WS03"),
            .ws05 = cor_scene_host(s, "WS05"),
            .ws07 = cor_scene_host(s, "WS07"),
            .ws08 = cor_scene_host(s, "WS08"),
            .ws09 = cor_scene_host(s, "WS09"),
            .file = cor_scene_host(s, "SRV-FILE01"),
            .dc = cor_scene_dc(s)};
    cor_machine *const admin_of[] = {d.ws03, d.ws05, d.ws07, d.ws08};
    for (unsigned i = 0; i < 11; i++)
        d.known[i] = cor_scene_user(s, known[i]);
    for (unsigned i = 0; i < 4; i++)
        d.keller->admin_of |= 1u << admin_of[i]->place;
    tell(&d);
    cor_scene_begin(s);
    cor_qakbot *q = patient_zero(&d, strcmp(variant, "d1-iso") == 0, strcmp(variant, "d1-live") == 0);
    contacts(&d, q);
    take(&d, cor_scene_at(s, 0, 50, 10), q, d.ws05);
    take(&d, cor_scene_at(s, 0, 53, 0), q, d.ws07);
    take(&d, cor_scene_at(s, 0, 56, 40), q, d.ws08);
    guesses(&d, q);
    cor_scene_remote(
        s, cor_scene_at(s, 1, 20, 0),
        &(cor_remote){
            .from = cor_scene_host(s, "WS04"), .to = d.ws07, .who = cor_scene_user(s, "helpdesk1"), .type = 10});
    cor_scene_lookalikes(s);
    if (strcmp(variant, "d1-busy") == 0) {
        cor_s8_administrators(s);
        cor_s8_machines(s);
    }
}
