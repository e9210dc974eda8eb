/* A case made of arrays, to judge small incidents. */
#ifndef COR_TESTS_JUDGE_FAKE_H
#define COR_TESTS_JUDGE_FAKE_H

#include "tests/unit/test.h"

#include "judge/desk.h"

#define HOUR (INT64_C(3600) * COR_SECOND)
#define DAY (24 * HOUR)
/* The day of the incident, 2026-03-03. */
#define AT(h, m, s) (155289 * DAY + (h) * HOUR + (m) * 60 * COR_SECOND + (s) * COR_SECOND)
#define NOW AT(23, 0, 0)

enum { FAKE_MAX = 256, FAKE_FACTS = COR_JUDGE_MARKS_MAX + FAKE_MAX };

typedef struct fake {
    cor_arena mem;
    cor_host host[FAKE_MAX];
    size_t n_host;
    cor_case_finding finding[FAKE_MAX];
    size_t n_finding;
    cor_fact fact[FAKE_FACTS];
    size_t n_fact;
    cor_said said[8];
    size_t n_said;
    unsigned order; /* 0: as added; else a seed to mix by */
    const char *context;
    cor_time now;
    uint64_t record;
} fake;

void fake_begin(fake *of);
void fake_end(fake *of);
/* A host whose logs fill every row of minimal coverage but those in `without` (bits 1 << cor_log_no for logs;
 * FAKE_NO_* for signs of life). */
enum { FAKE_NO_PROCESS = 1 << 20, FAKE_NO_TASK = 1 << 21, FAKE_NO_LOGON = 1 << 22, FAKE_NO_ANTIVIRUS = 1 << 23 };
void fake_host(fake *of, const char *name, unsigned without);
cor_case_finding *fake_sign(fake *of, const char *host, const char *sign, const char *grade, cor_time t);
void fake_field(fake *of, cor_case_finding *c, const char *name, const char *value);
cor_case_finding *fake_rule(fake *of, const char *host, const char *title, cor_level level, const char *tag,
                            cor_time t);
cor_fact *fake_fact(fake *of, cor_fact_kind kind, const char *host, uint32_t id, cor_time t);
/* 4624 of `type` on `host` as `account` from an address */
cor_fact *fake_logon(fake *of, const char *host, const char *account, const char *address, uint32_t type, cor_time t);
void fake_address(fake *of, const char *host, const char *address);
void fake_judge(fake *of, cor_judgement *judged);
cor_code fake_try(fake *of, cor_judgement *judged); /* as it is, with its error */
const cor_host_verdict *fake_find(const cor_judgement *judged, const char *host);
/* "infected", with flags and families behind: "infected+carrier (Qakbot)" */
const char *fake_word(fake *of, const cor_judgement *judged, const char *host);
/* All reasons of a host, one a line: "counts LAT1 strong lateral <- WS05 x2"; contacts as "contact" */
const char *fake_reasons(fake *of, const cor_judgement *judged, const char *host);
/* Everything, for comparing whole judgements */
cor_str fake_print(fake *of, const cor_judgement *judged);

/* The case at hand and its judgement; setup and teardown of cmocka begin and end them. */
extern fake f;
extern cor_judgement j;
int fake_setup(void **state);
int fake_teardown(void **state);
void says(const char *host, const char *want);
void because(const char *host, const char *want);
/* LAT4 on DC01 */
cor_case_finding *fake_lockouts(const char *caller);

#endif
