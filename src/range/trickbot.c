/* TrickBot, which Emotet brings: see emotet.h. */
#include "range/emotet.h"
#include "range/scene_in.h"
#include "range/truth.h"

#define SEC(n) ((cor_time)(n) * COR_SECOND)
#define MS(n) ((cor_time)(n) * 10000)
#define SYS32 "C:\\Windows\\System32\\"
#define RUN_EVERY SEC(600)

static void campaign(cor_scene *s, cor_trickbot *b, const cor_trickbot *like)
{
    static const char *const nets[] = {"198.51.100", "192.0.2", "203.0.113"};
    if (like != NULL) {
        b->sha256 = like->sha256;
        memcpy(b->c2, like->c2, sizeof b->c2);
        return;
    }
    b->sha256 = cor_scene_sha256(s);
    cor_truth_indicator(s, "sha256", b->sha256);
    for (unsigned i = 0; i < COR_LEN(b->c2); i++) {
        b->c2[i] = cor_scene_fmt(s, "%s.%u", nets[i], cor_scene_between(s, 60, 95));
        cor_truth_c2(s, cor_scene_fmt(s, "%s:443", b->c2[i]));
        cor_truth_indicator(s, "ip", b->c2[i]);
    }
}

static void task(cor_scene *s, cor_time t, cor_trickbot *b)
{
    const cor_user *who = b->as->who;
    b->task = (cor_task){.name = cor_scene_fmt(s, "\\%s %s", cor_scene_Word(s, 4, 8), cor_scene_word(s, 4, 8)),
                         .author = cor_who(s, who),
                         .principal = who->sid,
                         .command = b->image,
                         .start = t + SEC(60),
                         .every = "PT10M"};
    cor_scene_task(s, t, b->as, &b->task);
    cor_truth_stage(s, b->on, t, "persistence");
    cor_truth_indicator(s, "task", b->task.name);
}

cor_trickbot *cor_trickbot_dropped(cor_scene *s, cor_time t, const cor_process *by, const cor_session *as,
                                   const char *target, const cor_trickbot *like)
{
    cor_trickbot *b = cor_scene_get(s, sizeof *b);
    const char *home = as == as->on->system ? SYS32 "config\\systemprofile"
                                            : cor_scene_fmt(s, "C:\\Users\\%s", as->who->name),
               *folder = cor_scene_fmt(s, "%s\\AppData\\Roaming\\%s", home, cor_scene_word(s, 6, 9));
    *b = (cor_trickbot){.on = by->on, .as = as};
    campaign(s, b, like);
    b->image = cor_scene_fmt(s, "%s\\%s.exe", folder, cor_scene_word(s, 6, 10));
    cor_scene_file(s, t, by, b->image);
    b->program = cor_scene_start(
        s, t + SEC(2), by,
        &(cor_start){.image = b->image, .line = cor_scene_fmt(s, "\"%s\"", b->image), .as = as, .sha256 = b->sha256});
    cor_scene_file(s, t + SEC(4), b->program, cor_scene_fmt(s, "%s\\settings.ini", folder));
    task(s, t + SEC(7), b);
    const char *image = cor_scene_fmt(s, SYS32 "%s", target);
    b->injected = cor_scene_run(s, t + SEC(12), b->program, image, image);
    cor_scene_tamper(s, t + SEC(12) + MS(300), b->injected, "Image is replaced");
    cor_truth_stage(s, b->on, t, "installation");
    cor_truth_stage(s, b->on, t + SEC(12), "injection");
    cor_truth_indicator(s, "file", b->image);
    return b;
}

void cor_trickbot_discovery(cor_scene *s, cor_time t, const cor_trickbot *b)
{
    static const char *const command[][2] = {
        {"ipconfig.exe", "ipconfig /all"},         {"net.exe", "net config workstation"},
        {"net.exe", "net view /all"},              {"net.exe", "net view /all /domain"},
        {"nltest.exe", "nltest /domain_trusts"},   {"nltest.exe", "nltest /domain_trusts /all_trusts"},
    };
    for (size_t i = 0; i < COR_LEN(command); i++) {
        cor_time at = t + SEC(3 * i) + MS(cor_scene_between(s, 0, 900));
        cor_process *p =
            cor_scene_run(s, at, b->injected, cor_scene_fmt(s, SYS32 "%s", command[i][0]), command[i][1]);
        if (strncmp(command[i][1], "net config", 10) == 0)
            cor_scene_run(s, at + MS(50), p, SYS32 "net1.exe",
                          cor_scene_fmt(s, "C:\\Windows\\system32\\net1 %s", command[i][1] + 4));
        cor_scene_exit(s, at + SEC(2), p);
    }
    cor_truth_stage(s, b->on, t, "discovery");
}

void cor_trickbot_beacons(cor_scene *s, cor_time from, cor_time to, const cor_trickbot *b)
{
    unsigned turn = 0;
    for (cor_time t = from; t < to; t += MS(cor_scene_between(s, 300000, 600000)), turn++) {
        cor_scene_connect(s, t, b->injected, b->c2[turn % COR_LEN(b->c2)], NULL, 443);
        cor_truth_stage(s, b->on, t, "c2");
    }
}

void cor_trickbot_task_runs(cor_scene *s, cor_time to, const cor_trickbot *b)
{
    cor_machine *m = b->on;
    for (cor_time t = b->task.start; t < to; t += RUN_EVERY) {
        cor_process *p = cor_scene_start(
            s, t, m->scheduler, &(cor_start){.image = b->image, .line = b->image, .as = b->as, .sha256 = b->sha256});
        cor_scene_task_run(s, t, &b->task, p, t + SEC(1));
        cor_scene_exit(s, t + SEC(1), p); /* one of it is there already */
        cor_truth_stage(s, m, t, "persistence");
    }
}
