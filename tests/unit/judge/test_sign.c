#include "tests/unit/test.h"

#include "judge/sign.h"

static void rows_are_whole(void **state)
{
    (void)state;
    for (unsigned i = 0; i < cor_signs_n; i++) {
        const cor_sign *s = &cor_signs[i];
        assert_ptr_equal(cor_sign_find(cor_str_of(s->id)), s); /* also: no id stands twice */
        assert_true(s->stage < COR_STAGE_N);
        assert_true(i == 0 || cor_signs[i - 1].stage <= s->stage);
        assert_int_equal(s->group[0] != '\0', s->stage == COR_STAGE_OTHER);
        assert_true(s->least >= COR_GRADE_WEAK && s->least <= s->grade && s->grade <= COR_GRADE_CONCLUSIVE);
        assert_int_equal(s->field[0] != '\0', s->convicts == COR_CONVICTS_NAMED);
        assert_true(s->sources != 0 && s->shows[0] != '\0' && s->alike[0] != '\0');
    }
    assert_null(cor_sign_find(COR_S("LAT")));
    assert_null(cor_sign_find(COR_S("LAT10")));
}

static void expect_stage(const char *a, const char *b, cor_stage_no want)
{
    const cor_str tag[] = {cor_str_of(a), cor_str_of(b)};
    cor_stage_no got = COR_STAGE_N;
    assert_true(cor_stage_of_tactics(tag, COR_LEN(tag), &got));
    assert_int_equal(got, want);
}

static void tactics_give_one_stage(void **state)
{
    (void)state;
    expect_stage("attack.t1055", "attack.execution", COR_STAGE_ARRIVAL);
    expect_stage("attack.defense-evasion", "attack.persistence", COR_STAGE_PERSISTENCE);
    expect_stage("attack.persistence", "attack.defense_evasion", COR_STAGE_PERSISTENCE);
    expect_stage("attack.command_and_control", "attack.discovery", COR_STAGE_C2);
    expect_stage("attack.lateral-movement", "attack.credential-access", COR_STAGE_LATERAL);
    expect_stage("attack.privilege-escalation", "attack.execution", COR_STAGE_INJECTION);
    cor_stage_no none = COR_STAGE_N;
    const cor_str tag[] = {COR_S("attack.t1055"), COR_S("cve.2020-1472"), COR_S("attack.persistenc"),
                           COR_S("persistence")};
    assert_false(cor_stage_of_tactics(tag, COR_LEN(tag), &none));
    assert_false(cor_stage_of_tactics(NULL, 0, &none));
    assert_int_equal(none, COR_STAGE_N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(tactics_give_one_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
