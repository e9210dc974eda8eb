/* Small incidents, one for each rule of docs/verdicts.md, and its near misses: hosts by themselves. */
#include "tests/unit/judge/fake.h"

/* ---- rule 2: infected and suspicious ---- */

typedef struct seen {
    const char *sign, *grade;
    int hours;
} seen;

static void test_own_signs(void **state)
{
    static const struct { const char *name, *want; seen s[4]; } row[] = {
        {"nothing", "clean", {{0}}},
        {"weak ones", "clean", {{"DIS2", "weak", 9}, {"LAT7", "weak", 10}, {"THE6", "weak", 11}}},
        {"one strong", "suspicious", {{"PER3", "strong", 9}}},
        {"one conclusive", "infected", {{"DIS1", "conclusive", 9}}},
        {"two strong of one stage", "suspicious", {{"PER3", "strong", 9}, {"PER4", "strong", 10}}},
        {"two strong of two stages", "infected", {{"PER3", "strong", 9}, {"EVA1", "strong", 10}}},
        {"72 hours apart", "infected", {{"PER3", "strong", -60}, {"EVA1", "strong", 12}}},
        {"73 hours apart", "suspicious", {{"PER3", "strong", -61}, {"EVA1", "strong", 12}}},
        {"a bridge of one stage is none", "suspicious",
         {{"PER3", "strong", -61}, {"PER4", "strong", -70}, {"EVA1", "strong", 12}}},
        {"two groups of other", "infected", {{"OPS2", "strong", 9}, {"OPS4", "strong", 10}}},
        {"one group of other", "suspicious", {{"OPS3", "strong", 9}, {"OPS6", "strong", 10}}},
        {"strong and weak", "suspicious", {{"PER3", "strong", 9}, {"DIS2", "weak", 9}}},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        for (size_t k = 0; k < 4 && row[i].s[k].sign != NULL; k++)
            fake_sign(&f, "WS01", row[i].s[k].sign, row[i].s[k].grade, AT(row[i].s[k].hours, 0, 0));
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "WS01"), row[i].want) != 0)
            fail_msg("%s: %s, not %s", row[i].name, fake_word(&f, &j, "WS01"), row[i].want);
        assert_int_equal(j.intruder, strcmp(row[i].want, "clean") != 0);
        fake_teardown(state);
    }
}

/* Evidence begins where signs speak together; a lone one long before is shown and does not count. */
static void test_since(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_sign(&f, "WS01", "PER3", "strong", AT(-200, 0, 0));
    fake_sign(&f, "WS01", "EVA1", "strong", AT(9, 0, 0));
    fake_sign(&f, "WS01", "THE4", "strong", AT(10, 0, 0));
    fake_sign(&f, "WS01", "DIS2", "weak", AT(9, 30, 0));
    fake_judge(&f, &j);
    says("WS01", "infected");
    because("WS01", "counts EVA1 strong evasion x1\ncounts THE4 strong theft x1\n"
                    "shows PER3 strong persistence x1\nshows DIS2 weak discovery x1\n");
    assert_int_equal(fake_find(&j, "WS01")->first, AT(9, 0, 0));
    assert_int_equal(fake_find(&j, "WS01")->last, AT(10, 0, 0));
    assert_int_equal(j.from, AT(9, 0, 0) - DAY);
    assert_int_equal(fake_find(&j, "WS01")->stage[COR_STAGE_EVASION].total, 1);
    assert_int_equal(fake_find(&j, "WS01")->stage[COR_STAGE_PERSISTENCE].total, 0);
}

/* An event without a time counts, and is near nothing. */
static void test_no_time(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_sign(&f, "WS01", "PER3", "strong", COR_NOTIME);
    fake_sign(&f, "WS01", "EVA1", "strong", COR_NOTIME);
    fake_judge(&f, &j);
    says("WS01", "suspicious");
}

static void test_users_rules(void **state)
{
    static const struct { const char *name,
                         *want; cor_level a; const char *ta; cor_level b; const char *tb; bool strong; } row[] = {
        {"two high, two stages", "suspicious", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_CRITICAL,
         "attack.discovery", false},
        {"two high, one stage", "clean", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_HIGH, "attack.persistence",
         false},
        {"a medium one", "clean", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_MEDIUM, "attack.discovery", false},
        {"without a tactic", "clean", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_HIGH, "attack.t1059", false},
        {"never infected", "suspicious", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_HIGH, "attack.discovery",
         true},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        cor_case_finding *a = fake_rule(&f, "WS01", "rule a", row[i].a, row[i].ta, AT(9, 0, 0));
        a->sign = COR_S("DIS1"); /* a user's rule may carry the key; it makes no sign */
        a->grade = COR_S("conclusive");
        a->stage = COR_S("discovery");
        fake_rule(&f, "WS01", "rule b", row[i].b, row[i].tb, AT(10, 0, 0));
        if (row[i].strong)
            fake_sign(&f, "WS01", "PER3", "strong", AT(9, 0, 0));
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "WS01"), row[i].want) != 0)
            fail_msg("%s: %s, not %s", row[i].name, fake_word(&f, &j, "WS01"), row[i].want);
        fake_teardown(state);
    }
}

/* ---- grades that the judge decides ---- */

static void test_task_window(void **state)
{
    static const struct { const char *command, *want; } row[] = {
        {"schtasks.exe /Create /RU \"NT AUTHORITY\\SYSTEM\" /tn abcdefgh /SC ONCE /Z /ST 10:02 /ET 10:13",
         "infected Qakbot"},
        {"schtasks.exe /Create /tn abcdefgh /SC ONCE /Z /ST 23:55 /ET 00:07", "infected Qakbot"},
        {"schtasks.exe /Create /tn abcdefgh /SC ONCE /Z /ST 10:02 /ET 10:32", "suspicious Qakbot"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        cor_case_finding *c = fake_sign(&f, "WS01", "PER1", "conclusive", AT(10, 0, 0));
        c->family = COR_S("Qakbot");
        fake_field(&f, c, "CommandLine", row[i].command);
        fake_judge(&f, &j);
        says("WS01", row[i].want);
        fake_teardown(state);
    }
}

static void test_antivirus(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_host(&f, "WS03", 0);
    fake_host(&f, "SRV", 0);
    static const char *const path[] = {"file:_C:\\Users\\x\\a.dll", "file:_C:\\a.dll; regkeyvalue:_hklm\\run\\x",
                                       "file:_\\\\SRV\\Public\\a.exe"};
    static const char *const host[] = {"WS01", "WS02", "WS03"};
    for (size_t i = 0; i < 3; i++) {
        cor_case_finding *c = fake_sign(&f, host[i], "AV1", "strong", AT(10, 0, 0));
        fake_field(&f, c, "Threat Name", "Trojan:Win32/QBot.PC!MTB");
        fake_field(&f, c, "Path", path[i]);
    }
    fake_judge(&f, &j);
    says("WS01", "suspicious Qakbot");
    says("WS02", "infected Qakbot");
    says("WS03", "suspicious Qakbot");
    says("SRV", "clean+carrier");
}

static void test_families(void **state)
{
    (void)state;
    static const char *const host[] = {"WS01", "WS02"};
    for (size_t i = 0; i < 2; i++) {
        fake_host(&f, host[i], 0);
        fake_sign(&f, host[i], "THE3", "strong", AT(9, 0, 0))->family = COR_S("Qakbot");
        fake_sign(&f, host[i], "PER3", "strong", AT(9, 0, 0))->family = COR_S("Emotet");
        fake_sign(&f, host[i], "DIS2", "weak", AT(9, 0, 0))->family = COR_S("TrickBot");
    }
    fake_sign(&f, "WS02", "DIS4", "conclusive", AT(9, 0, 0))->family = COR_S("Emotet");
    fake_field(&f, fake_sign(&f, "WS02", "AV1", "strong", AT(9, 0, 0)), "Threat Name", "Trojan:Win32/TrickBot.A");
    fake_judge(&f, &j);
    says("WS01", "infected Emotet Qakbot");
    says("WS02", "infected Emotet TrickBot");
}

static void test_beside(void **state)
{
    static const struct { const char *name, *want; seen s[3]; } row[] = {
        {"discovery after a strong sign", "infected", {{"PER3", "strong", 9}, {"DIS5", "weak", 10}}},
        {"discovery before it", "suspicious", {{"PER3", "strong", 9}, {"DIS5", "weak", 8}}},
        {"discovery a day later", "suspicious", {{"PER3", "strong", -16}, {"DIS5", "weak", 10}}},
        {"discovery after a clearing", "suspicious", {{"LOG2", "strong", 9}, {"DIS5", "weak", 10}}},
        {"a clearing convicts nobody", "suspicious", {{"PER3", "strong", 9}, {"LOG1", "weak", 9}}},
        {"Defender off beside", "infected", {{"PER3", "strong", 9}, {"OPS10", "weak", 9}}},
        {"Defender off two hours later", "suspicious", {{"PER3", "strong", 9}, {"OPS10", "weak", 11}}},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        for (size_t k = 0; k < 3 && row[i].s[k].sign != NULL; k++)
            fake_sign(&f, "WS01", row[i].s[k].sign, row[i].s[k].grade, AT(row[i].s[k].hours, 0, 0));
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "WS01"), row[i].want) != 0)
            fail_msg("%s: %s, not %s\n%s", row[i].name, fake_word(&f, &j, "WS01"), row[i].want,
                     fake_reasons(&f, &j, "WS01"));
        fake_teardown(state);
    }
    /* a log cleared two days before it began is none of the intruder's doing */
    fake_begin(&f);
    fake_host(&f, "WS01", 0);
    fake_sign(&f, "WS01", "DIS1", "conclusive", AT(9, 0, 0));
    fake_sign(&f, "WS01", "LOG1", "weak", AT(-39, 0, 0));
    fake_sign(&f, "WS01", "LOG1", "weak", AT(10, 0, 0));
    fake_judge(&f, &j);
    because("WS01", "counts DIS1 conclusive discovery x1\ncounts LOG1 strong other x1\nshows LOG1 weak other x2\n");
    assert_int_equal(fake_find(&j, "WS01")->first, AT(9, 0, 0));
    fake_teardown(state);
    /* what others' logs say of a host can be forged: its own small things stay small */
    fake_begin(&f);
    fake_host(&f, "DC01", 0);
    fake_host(&f, "WS03", 0);
    fake_lockouts("ws03");
    fake_sign(&f, "WS03", "DIS5", "weak", AT(11, 0, 0));
    fake_judge(&f, &j);
    says("WS03", "suspicious");
    fake_teardown(state);
    fake_begin(&f);
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_sign(&f, "WS01", "OPS3", "strong", AT(9, 0, 0));
    fake_sign(&f, "WS02", "OPS3", "strong", AT(9, 30, 0));
    fake_judge(&f, &j);
    says("WS01", "infected");
    says("WS02", "infected");
}

/* A log cleared before the intruder came hides none of it, and its evidence does not begin there. */
static void test_cleared_before(void **state)
{
    static const char *const host[] = {"WS01", "WS02"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        fake_host(&f, host[i], 0);
        fake_sign(&f, host[i], "DIS1", "conclusive", AT(9, 0, 0));
        fake_sign(&f, host[i], "LOG1", "weak", AT(8 + 2 * i, 0, 0));
    }
    fake_judge(&f, &j);
    says("WS01", "infected");
    assert_int_equal(fake_find(&j, "WS01")->first, AT(9, 0, 0));
    assert_int_equal(fake_find(&j, "WS01")->last, AT(9, 0, 0));
    assert_int_equal(fake_find(&j, "WS02")->first, AT(9, 0, 0));
    assert_int_equal(fake_find(&j, "WS02")->last, AT(10, 0, 0));
}

/* ---- rule 3: whom a sign convicts ---- */

static void test_witness(void **state)
{
    (void)state;
    fake_host(&f, "DC01", 0);
    fake_host(&f, "WS03", 0);
    fake_lockouts("ws03");
    fake_judge(&f, &j);
    says("DC01", "clean");
    says("WS03", "suspicious");
    because("WS03", "counts LAT4 strong lateral <- DC01 x1\n");
    assert_int_equal(fake_find(&j, "WS03")->vector, COR_VECTOR_UNKNOWN);
}

static void test_unknown_caller(void **state)
{
    (void)state;
    fake_host(&f, "DC01", 0);
    fake_lockouts("MAILGW");
    fake_judge(&f, &j);
    says("DC01", "clean");
    says("MAILGW", "not there");
    const cor_host_verdict *v = fake_find(&j, "DC01");
    assert_int_equal(v->n_indicator, 1);
    assert_string_equal(v->indicator[0].type, "computer");
    assert_str(v->indicator[0].value, "MAILGW");
}

/* A host that others speak against and whose logs nobody has: known from the context, or because its machine account
 * was seen. */
static void test_implicated(void **state)
{
    (void)state;
    fake_host(&f, "DC01", 0);
    fake_host(&f, "WS02", 0);
    f.context = "hosts: [WS07, WS09]\n";
    fake_lockouts("WS07");
    cor_fact *x = fake_fact(&f, COR_FACT_ADDRESS, "DC01", 4768, AT(-20, 0, 0));
    x->peer = COR_S("WS08");
    x->address = COR_S("10.20.1.18");
    cor_case_finding *c = fake_sign(&f, "DC01", "LAT5", "strong", AT(11, 0, 0));
    fake_field(&f, c, "IpAddress", "::ffff:10.20.1.18");
    fake_logon(&f, "WS02", "k.lang", "10.20.1.18", 3, AT(12, 0, 0));
    fake_judge(&f, &j);
    says("WS07", "unknown+implicated");
    says("WS08", "unknown+implicated");
    says("WS09", "unknown");
    says("WS02", "exposed");
    says("DC01", "clean");
    assert_false(fake_find(&j, "WS08")->has_logs);
}

/* ---- rule 5: clean and unknown ---- */

static void test_coverage(void **state)
{
    static const struct { unsigned without; const char *row; const char *want; } row[] = {
        {0, "", "clean"},
        {FAKE_NO_PROCESS, "programs", "unknown"},
        {FAKE_NO_PROCESS | FAKE_NO_TASK, "persistence", "unknown"},
        {FAKE_NO_TASK, "", "clean"}, /* processes show schtasks */
        {1 << COR_LOG_SYSTEM, "persistence", "unknown"},
        {1 << COR_LOG_SECURITY, "logons", "unknown"},
        {FAKE_NO_LOGON, "logons", "unknown"},
        {FAKE_NO_ANTIVIRUS, "antivirus", "unknown"},
        {1 << COR_LOG_DEFENDER, "antivirus", "unknown"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", row[i].without);
        fake_judge(&f, &j);
        const cor_host_verdict *v = fake_find(&j, "WS01");
        says("WS01", row[i].want);
        assert_int_equal(j.from, NOW - DAY);
        for (uint32_t k = 0; k < v->n_coverage; k++) {
            assert_int_equal(v->coverage[k].filled, v->coverage[k].why.n == 0);
            if (strcmp(v->coverage[k].row, row[i].row) == 0)
                assert_false(v->coverage[k].filled);
        }
        assert_int_equal(v->n_coverage, 7);
        fake_teardown(state);
    }
}

/* A log that begins inside the window says nothing about what came before. */
static void test_coverage_begins_late(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    ((cor_host_log *)f.host[0].log)[COR_LOG_SECURITY].first = NOW - 23 * HOUR;
    fake_host(&f, "WS02", FAKE_NO_PROCESS | FAKE_NO_LOGON);
    fake_judge(&f, &j);
    says("WS01", "unknown");
    for (uint32_t i = 0; i < 7; i++) {
        const cor_coverage *one = &fake_find(&j, "WS01")->coverage[i], *two = &fake_find(&j, "WS02")->coverage[i];
        assert_int_equal(one->part, strcmp(one->row, "logons") == 0);
        assert_false(two->part);
    }
}

/* Logs that end long before now say nothing about what came after, unless the host was switched off. */
static void test_coverage_ends_early(void **state)
{
    static const struct { cor_time before; bool off; const char *want; } row[] = {
        {3 * HOUR, false, "clean"}, {5 * HOUR, false, "unknown"}, {5 * HOUR, true, "clean"}};
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        f.host[0].last = NOW - row[i].before;
        if (row[i].off)
            fake_fact(&f, COR_FACT_LOG, "WS01", 1074, NOW - row[i].before - 60 * COR_SECOND);
        fake_judge(&f, &j);
        says("WS01", row[i].want);
        fake_teardown(state);
    }
}

static void test_integrity(void **state)
{
    static const struct { const char *name; struct { uint32_t id; int h, m; } e[4]; const char *want; } row[] = {
        {"cleared in the window", {{1102, 9, 0}}, "unknown"},
        {"cleared before it", {{1102, -3, 0}}, "clean"},
        {"stopped for hours", {{1100, 9, 0}, {6005, 12, 0}}, "unknown"},
        {"stopped for ever", {{6006, 9, 0}}, "unknown"},
        {"switched off over night", {{1074, 8, 59}, {6006, 9, 0}, {6005, 18, 0}}, "clean"},
        {"restarted", {{6006, 9, 0}, {6005, 9, 2}}, "clean"},
        {"power cut", {{6005, 9, 0}, {6008, 9, 0}, {41, 9, 0}}, "clean"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        for (size_t k = 0; k < 4 && row[i].e[k].id != 0; k++)
            fake_fact(&f, COR_FACT_LOG, "WS01", row[i].e[k].id, AT(row[i].e[k].h, row[i].e[k].m,
                                                                   0))->object = COR_S("Security");
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "WS01"), row[i].want) != 0)
            fail_msg("%s: %s", row[i].name, fake_word(&f, &j, "WS01"));
        fake_teardown(state);
    }
    fake_begin(&f);
    fake_host(&f, "WS01", 0);
    cor_fact *x = fake_fact(&f, COR_FACT_LOG, "WS01", 4616, AT(9, 0, 0));
    x->detail = COR_S("2026-03-03T09:00:00Z");
    x->access = COR_S("2026-03-03T09:00:02Z");
    fake_judge(&f, &j);
    says("WS01", "clean");
    cor_judgement_free(&j);
    x->access = COR_S("2026-03-03T08:40:00Z");
    fake_judge(&f, &j);
    says("WS01", "unknown");
}

/* Evidence of an intruder moves the window: what covers a day does not cover the week since. */
static void test_window(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_sign(&f, "WS02", "DIS1", "conclusive", AT(-47, 0, 0));
    fake_judge(&f, &j);
    assert_int_equal(j.from, AT(-71, 0, 0));
    says("WS01", "unknown");
}

/* Rules of users do not: with more rules no clean host becomes unknown. */
static void test_window_of_users_rules(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_rule(&f, "WS02", "rule a", COR_LEVEL_HIGH, "attack.persistence", AT(-47, 0, 0));
    fake_rule(&f, "WS02", "rule b", COR_LEVEL_HIGH, "attack.discovery", AT(9, 0, 0));
    fake_judge(&f, &j);
    says("WS02", "suspicious");
    says("WS01", "clean");
    assert_int_equal(j.from, NOW - DAY);
}

/* Cleared by SYSTEM in the middle of an incident; the same without one is no sign. */
static void test_cleared_by_system(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_fact(&f, COR_FACT_LOG, "WS01", 1102, AT(12, 0, 0))->sid = COR_S("S-1-5-18");
    fake_judge(&f, &j);
    says("WS01", "unknown");
    cor_judgement_free(&j);
    fake_sign(&f, "WS02", "DIS1", "conclusive", AT(9, 0, 0));
    fake_judge(&f, &j);
    says("WS01", "suspicious");
    because("WS01", "counts LOG2 strong other x1\n");
}

/* More than is looked at: among the rest may be a clearing, so that nothing is clean; and it is counted. */
static void test_marks_left_out(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    for (unsigned i = 0; i < COR_JUDGE_MARKS_MAX; i++)
        fake_fact(&f, COR_FACT_LOG, "WS01", 6005, AT(-90, 0, 0));
    fake_judge(&f, &j);
    says("WS01", "clean");
    assert_int_equal(j.left_out[COR_LEFT_MARKS], 0);
    cor_judgement_free(&j);
    fake_fact(&f, COR_FACT_LOG, "WS01", 6005, AT(-91, 0, 0));
    fake_judge(&f, &j);
    says("WS01", "unknown");
    assert_int_equal(j.left_out[COR_LEFT_MARKS], 1);
}

/* ---- rule 8: what an analyst says ---- */

static void test_said(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_sign(&f, "WS01", "DIS1", "conclusive", AT(9, 0, 0));
    f.said[f.n_said++] = (cor_said){COR_S("ws01"), COR_S(""), COR_S("called the user"), COR_S("ann"), 1};
    f.said[f.n_said++] = (cor_said){COR_S("WS01"), COR_S("infected"), COR_S("first"), COR_S("ann"), 2};
    f.said[f.n_said++] = (cor_said){COR_S("WS01.corp.example"), COR_S("clean"), COR_S("a test of ours"), COR_S("bob"),
                                    3};
    f.said[f.n_said++] = (cor_said){COR_S("WS02"), COR_S("infected"), COR_S("no"), COR_S("bob"), 4};
    f.said[f.n_said++] = (cor_said){COR_S("WS02"), COR_S("none"), COR_S("taken back"), COR_S("bob"), 5};
    fake_judge(&f, &j);
    const cor_host_verdict *v = fake_find(&j, "WS01");
    assert_int_equal(v->verdict, COR_VERDICT_CLEAN);
    assert_int_equal(v->judged, COR_VERDICT_INFECTED);
    assert_str(v->override->text, "a test of ours");
    assert_int_equal(v->n_note, 1);
    assert_str(v->note[0].text, "called the user");
    because("WS01", "counts DIS1 conclusive discovery x1\ncounts said x1\n");
    assert_null(fake_find(&j, "WS02")->override);
    assert_int_equal(fake_find(&j, "WS02")->verdict, COR_VERDICT_CLEAN);
    assert_int_equal(j.count[COR_VERDICT_CLEAN], 2);
}

/* A host known by its short name alone keeps its evidence beside two whose full names begin with it. */
static void test_name_of_three(void **state)
{
    (void)state;
    fake_host(&f, "WS05", 0);
    fake_host(&f, "WS05.A.EXAMPLE", 0);
    fake_host(&f, "WS05.B.EXAMPLE", 0);
    fake_sign(&f, "WS05", "DIS1", "conclusive", AT(9, 0, 0));
    fake_sign(&f, "WS05.B.EXAMPLE", "LOG2", "strong", AT(9, 0, 0));
    f.said[f.n_said++] = (cor_said){COR_S("WS05"), COR_S(""), COR_S("called the user"), COR_S("ann"), 1};
    fake_judge(&f, &j);
    says("WS05", "infected");
    says("WS05.A.EXAMPLE", "clean");
    says("WS05.B.EXAMPLE", "suspicious");
    assert_int_equal(fake_find(&j, "WS05")->n_note, 1);
}

/* What the same event says with a higher grade is told once; another event is another reason. */
static void test_said_once(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    for (int i = 0; i < 3; i++) {
        cor_case_finding *c = fake_sign(&f, "WS01", "ARR8", i == 1 ? "strong" : "conclusive", AT(9, 0, 0));
        c->record_id = i < 2 ? 900 : 901;
    }
    fake_judge(&f, &j);
    because("WS01", "counts ARR8 conclusive arrival x2\n");
    fake_sign(&f, "WS01", "ARR8", "strong", AT(9, 0, 1))->record_id = 902;
    cor_judgement_free(&j);
    fake_judge(&f, &j);
    because("WS01", "counts ARR8 conclusive arrival x2\ncounts ARR8 strong arrival x2\n");
}

/* Texts stand in one line, long ones cut between characters. */
static void test_sentence(void **state)
{
    (void)state;
    char text[512] = "a\r\n\t b";
    memset(text + 6, 'x', 245);
    fake_host(&f, "WS01", 0);
    memcpy(text + 240, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 8);
    cor_case_finding *c = fake_sign(&f, "WS01", "DIS3", "conclusive", AT(9, 0, 0));
    fake_field(&f, c, "CommandLine", text);
    fake_field(&f, c, "ParentImage", "C:\\x.exe");
    fake_judge(&f, &j);
    cor_str got = fake_find(&j, "WS01")->reason[0].text;
    assert_non_null(strstr(got.p, "Nslookup asked for the domain controllers in Qakbot's spelling: a bxxx"));
    assert_non_null(strstr(got.p, "\xc3\xa4..., started by C:\\x.exe"));
}

static void says_why(const char *host, const char *want)
{
    const cor_host_verdict *v = fake_find(&j, host);
    for (uint32_t i = 0; i < v->n_reason; i++)
        if (cor_str_is(v->reason[i].text, want))
            return;
    fail_msg("no reason of %s says \"%s\"; the first: %.*s", host, want, COR_STR_FMT(v->reason[0].text));
}

/* What people act on: the task's command, what a number is, which of OPS1's many things it was. */
static void test_sentences(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    cor_case_finding *c = fake_sign(&f, "WS01", "OPS1", "conclusive", AT(9, 0, 0));
    c->rule_title = COR_S("Task That Writes for Somebody Elsewhere");
    fake_field(&f, c, "TaskName", "\\abc");
    fake_field(&f, c, "TaskContent", "<Exec><Command>cmd.exe</Command><Arguments>/C whoami &gt; C:\\a&amp;b&x;"
                                     "</Arguments></Exec>");
    c = fake_sign(&f, "WS01", "PER6", "conclusive", AT(9, 1, 0));
    fake_field(&f, c, "TaskName", "\\bare");
    fake_field(&f, c, "TaskContent", "<ComHandler></ComHandler><Command>");
    c = fake_sign(&f, "WS01", "OPS9", "strong", AT(9, 2, 0));
    static const cor_named group[] = {{{"Computer", 8}, {"WS01", 4}}, {{"ParentProcessId", 15}, {"2452", 4}}};
    static const cor_finding_event event[1];
    c->corr_group = group;
    c->n_corr_group = 2;
    c->event = event;
    c->n_event = 1;
    c->n_total = 1;
    fake_judge(&f, &j);
    says_why("WS01", "Task That Writes for Somebody Elsewhere: task \\abc, cmd.exe /C whoami > C:\\a&b&x;");
    says_why("WS01", "A service took a name that looks like Windows Defender's: task \\bare");
    says_why("WS01", "Defender named an attack tool: ParentProcessId 2452, 1 event");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        T(test_marks_left_out),
        T(test_own_signs), T(test_since), T(test_no_time), T(test_users_rules), T(test_task_window),
        T(test_antivirus), T(test_families), T(test_beside), T(test_cleared_before), T(test_witness),
        T(test_unknown_caller), T(test_implicated), T(test_coverage), T(test_coverage_begins_late), T(test_integrity),
            T(test_window),
        T(test_window_of_users_rules),
        T(test_cleared_by_system), T(test_said), T(test_name_of_three), T(test_said_once), T(test_sentence),
        T(test_sentences),
        T(test_coverage_ends_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
