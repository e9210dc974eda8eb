/* The stage of incidents: what it must do whatever scenario plays on it. */
#include "../test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "range/shape.h"
#include "range/truth.h"

static char folder[] = "/tmp/cordon-scene-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    char line[sizeof folder + 16];
    (void)state;
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line) != 0;
}

/* One play from beginning to end; the first failure. */
static cor_code play(const char *name, cor_shape shape, cor_err *e)
{
    uint64_t events;
    cor_scene *s = cor_scene_new(7, COR_PROFILE_A2, 100, e);
    if (s == NULL)
        return e->code;
    const cor_scenario *c = cor_scenario_find(name);
    c->play(s, c->name);
    cor_scene_fill(s);
    cor_code rc = cor_scene_write(s, name, folder, shape, &events, e);
    cor_scene_free(s);
    return rc;
}

/* Out of memory anywhere is an error like others: nothing falls, and it is told. */
static void any_allocation_may_fail(void **state)
{
    static const struct {
        const char *name;
        cor_shape shape;
    } row[] = {{"acts", COR_SHAPE_EVTX}, {"d1", COR_SHAPE_FORWARDED}, {"d1-iso", COR_SHAPE_WINLOGBEAT}};
    (void)state;
    for (size_t i = 0; i < COR_LEN(row); i++) {
        bool fired = true;
        for (long n = 0; fired; n += 1 + n / 8) {
            cor_err e = {0};
            cor_oom_at(n);
            cor_code rc = play(row[i].name, row[i].shape, &e);
            fired = cor_oom_fired();
            cor_oom_at(-1);
            if (rc != (fired ? COR_ENOMEM : COR_OK))
                fail_msg("%s, allocation %ld: code %d, %s", row[i].name, n, rc, e.msg);
        }
    }
}

/* A slip of a scenario is told when it is written, and names what is wrong. */
static void slips_are_told(void **state)
{
    static const struct {
        const char *card, *field, *says;
    } row[] = {{"no-such-card", "LogonType", "no-such-card"}, {"4624", "NoSuchField", "NoSuchField"}};
    (void)state;
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_err e = {0};
        uint64_t events;
        cor_stage *s = cor_stage_new(1);
        assert_non_null(s);
        cor_stage_put(s, "WS01", 0, row[i].card, row[i].field, "x", NULL);
        assert_int_equal(cor_stage_write(s, folder, &events, &e), COR_EUSAGE);
        assert_non_null(strstr(e.msg, row[i].says));
        cor_stage_free(s);
    }
    cor_err e = {0};
    uint64_t events;
    cor_scene *s = cor_scene_new(1, COR_PROFILE_A0, 100, &e);
    assert_non_null(s);
    assert_string_equal(cor_scene_host(s, "WS99")->name, "WS01"); /* something to go on with */
    assert_int_equal(cor_scene_write(s, "x", folder, COR_SHAPE_EVTX, &events, &e), COR_EUSAGE);
    assert_non_null(strstr(e.msg, "WS99"));
    cor_scene_free(s);
}

/* Noise keeps away from what would blur a verdict. */
static void noise_keeps_away(void **state)
{
    static const char *const word[] = {"infected", "exposed", "attacked", "clean"};
    cor_err e = {0};
    (void)state;
    cor_scene *s = cor_scene_new(1, COR_PROFILE_A0, 100, &e);
    assert_non_null(s);
    for (unsigned i = 0; i < 4; i++)
        cor_truth_host(s, cor_scene_machine(s, i), word[i], "unknown", "unknown", "unknown");
    for (unsigned from = 0; from < 4; from++)
        for (unsigned to = 0; to < 4; to++)
            assert_int_equal(cor_truth_noise_may_reach(s, cor_scene_machine(s, from), cor_scene_machine(s, to)),
                             !(from == 0 && to >= 2));
    cor_scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_allocation_may_fail), cmocka_unit_test(slips_are_told),
                                       cmocka_unit_test(noise_keeps_away)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
