/* One plan for several threads: gates are compiled by whoever comes first, and everybody sees the same rules match. */
#include <pthread.h>

#include "tests/unit/sigma/kit.h"

enum { THREADS = 4, EVENTS = 60, RULES = 200 };

typedef struct job {
    pthread_t thread;
    const cor_plan *plan;
    kit k;              /* the thread's own layouts and event */
    uint64_t sum;
    cor_code code;
} job;

static void *work(void *arg)
{
    job *j = arg;
    cor_matcher *m = cor_matcher_new(j->plan);
    for (uint32_t i = 0; m != NULL && j->code == COR_OK && i < EVENTS; i++) {
        const uint32_t *rule;
        uint32_t n;
        kit_event(&j->k, "C", 1 + i % 20);
        kit_set(&j->k, "F", i % 3 == 0 ? "value 1x" : i % 3 == 1 ? "value 12 and 7" : "77 is /a");
        j->k.ev.layout = cor_layouts_get(j->k.layouts, j->k.name, j->k.n);
        j->k.ev.val = j->k.val;
        if (!cor_matcher_want(m, &j->k.ev.head))
            continue;
        j->code = cor_matcher_event(m, &j->k.ev, &rule, &n, NULL);
        for (uint32_t r = 0; j->code == COR_OK && r < n; r++)
            j->sum = j->sum * 31 + rule[r] + 1;
    }
    cor_matcher_free(m);
    return NULL;
}

static void threads_agree(void **state)
{
    (void)state;
    kit k;
    kit_open(&k);
    for (uint32_t i = 0; i < RULES; i++) {
        const cor_source *s[] = {kit_source(&k, "C", i % 21)};
        cor_str text = cor_arena_fmt(&k.mem, "%u", i % 80);
        cor_node *n = KIT_OR(&k, kit_t(&k, COR_OP_CONTAINS, "F", text.p),
                             kit_t(&k, COR_OP_REGEX, "F", i % 2 ? "[0-9]x" : "/[ab]"));
        kit_rule(&k, n, 1, s);
    }
    cor_plan *p;
    assert_int_equal(cor_plan_new(&k.set, COR_ENGINE_FAST, &p, NULL), COR_OK);
    static job j[THREADS];
    for (int i = 0; i < THREADS; i++) {
        kit_open(&j[i].k);
        j[i].plan = p;
        assert_int_equal(pthread_create(&j[i].thread, NULL, work, &j[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(j[i].thread, NULL);
        assert_int_equal(j[i].code, COR_OK);
        assert_int_equal(j[i].sum, j[0].sum);
        kit_close(&j[i].k);
    }
    assert_int_not_equal(j[0].sum, 0);
    cor_plan_free(p);
    kit_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
