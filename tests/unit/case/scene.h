/* Logs made here and rules made by hand, for tests of detect and of the case. */
#ifndef COR_TESTS_CASE_SCENE_H
#define COR_TESTS_CASE_SCENE_H

#include "tests/unit/readers/fake.h"
#include "tests/unit/sigma/kit.h"

#include "case/detect.h"

/* A record in the shape of evtx_dump. second < 0: without a time. */
static COR_UNUSED void line(cor_buf *b, int second, const char *computer, const char *channel, unsigned id, unsigned record, const char *user)
{
    char time[80] = "null";
    if (second >= 0)
        snprintf(time, sizeof time, "{\"#attributes\":{\"SystemTime\":\"2026-03-03T08:%02d:%02d.000000Z\"}}", second / 60, second % 60);
    cor_buf_fmt(b,
                "{\"Event\":{\"#attributes\":{\"xmlns\":\"http://schemas.microsoft.com/win/2004/08/events/event\"},\"System\":{\"Provider\":{"
                "\"#attributes\":{\"Name\":\"P\"}},\"EventID\":%u,\"TimeCreated\":%s,\"EventRecordID\":%u,\"Channel\":\"%s\",\"Computer\":\"%s\"},"
                "\"EventData\":{\"TargetUserName\":\"%s\",\"LogonType\":3}}}\n",
                id, time, record, channel, computer, user);
}

/* The same with fields and provider as they are given: "\"A\":\"b\",..." */
static COR_UNUSED void event(cor_buf *b, int second, const char *computer, const char *channel, const char *provider, unsigned id,
                             unsigned record, const char *fields)
{
    cor_buf_fmt(b,
                "{\"Event\":{\"#attributes\":{\"xmlns\":\"http://schemas.microsoft.com/win/2004/08/events/event\"},\"System\":{"
                "\"Provider\":{\"#attributes\":{\"Name\":\"%s\"}},\"EventID\":%u,\"TimeCreated\":{\"#attributes\":{"
                "\"SystemTime\":\"2026-03-03T08:%02d:%02d.000000Z\"}},\"EventRecordID\":%u,\"Channel\":\"%s\",\"Computer\":\"%s\"},"
                "\"EventData\":{%s}}}\n",
                provider, id, second / 60 % 60, second % 60, record, channel, computer, fields);
}

/* Rules: 0 failed logon (feeds, silent), 1 successful logon (high), 2 user admin (low), 3 correlation: three failures of one user. */
typedef struct setup {
    kit k;
    cor_correlation corr;
    cor_str group_by[1];
    uint32_t list[1];
    cor_str tag[2];
} setup;

static COR_UNUSED void setup_open(setup *s)
{
    memset(s, 0, sizeof *s);
    kit_open(&s->k);
    kit *k = &s->k;
    const cor_source *failed[] = {kit_source(k, "Security", 4625)}, *good[] = {kit_source(k, "Security", 4624)}, *both[] = {kit_source(k, "Security", 0)};
    cor_rule *r = kit_rule(k, KIT_AND(k, kit_t(k, COR_OP_EQUALS, "LogonType", "3")), 1, failed);
    r->silent = r->wanted_by_corr = true;
    r->title = COR_S("failed");
    r = kit_rule(k, kit_t(k, COR_OP_EQUALS, "LogonType", "3"), 1, good);
    r->level = COR_LEVEL_HIGH;
    r->id = COR_S("id-good");
    s->tag[0] = COR_S("attack.lateral_movement");
    s->tag[1] = COR_S("attack.t1021");
    r->tag = s->tag;
    r->n_tag = 2;
    r = kit_rule(k, kit_t(k, COR_OP_EQUALS, "TargetUserName", "admin"), 1, both);
    r->level = COR_LEVEL_LOW;
    r->id = COR_S("id-admin");
    r = kit_rule(k, NULL, 0, both);
    r->kind = COR_RULE_CORRELATION;
    r->level = COR_LEVEL_CRITICAL;
    r->id = COR_S("id-corr");
    r->corr = &s->corr;
    s->group_by[0] = COR_S("TargetUserName");
    s->corr = (cor_correlation){.type = COR_CORR_EVENT_COUNT, .rule = s->list, .n_rule = 1, .group_by = s->group_by, .n_group_by = 1,
                                .group_field = s->group_by, .timespan = 60 * COR_SECOND, .n_cond = 1};
    s->corr.cond[0].cmp = COR_CMP_GTE;
    s->corr.cond[0].number = 3;
}

#endif
