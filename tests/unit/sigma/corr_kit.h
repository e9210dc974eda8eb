/* The correlator, through its inner door: correlations and events made by hand, and what is found as text. */
#ifndef COR_TESTS_CORR_KIT_H
#define COR_TESTS_CORR_KIT_H

#include "tests/unit/test.h"

#include "sigma/correlate_row.h"

#define CORR_BASE 4       /* detection rules 0..3, written a..d */
#define CORR_EVENTS 64
#define CORR_TINY 4096

typedef struct corr_ev {
    int64_t at;      /* seconds */
    uint32_t rule;
    char g[8], v[8]; /* fields G and V; "-" absent */
    uint32_t key;    /* the same number is the same event */
    uint32_t input;
} corr_ev;

typedef struct corr_rules {
    cor_ruleset set;
    cor_rule *ptr[CORR_BASE + 3];
    cor_rule rule[CORR_BASE + 3];
    cor_correlation corr[3];
    cor_str group_by[3][2], group_field[3][8], value_name[3][1], value_field[3][4];
    uint32_t list[3][4];
} corr_rules;

void corr_open(corr_rules *r);
/* A correlation over `list`, a string of digits that are rule numbers; grouped by the field G unless `group` is
 * NULL. */
cor_correlation *corr_rule(corr_rules *r, cor_corr_type type, const char *list, const char *group, const char *value,
                           int64_t seconds);
void corr_when(cor_correlation *c, cor_cmp cmp, double number); /* one more condition */
/* "a0 b10/V=5 c20/G=y": rule, second, fields; "#7" gives the event's number, else it is its place in the text. */
size_t corr_parse(const char *s, corr_ev ev[CORR_EVENTS]);
cor_code corr_add(cor_correlator *c, const corr_ev *ev, cor_err *e);
/* For cor_correlate, ctx a cor_buf: rule, group, first-last, events as rule letter @ time, total, value. */
cor_code corr_print(void *ctx, const cor_corr_finding *f, cor_err *e);
/* All of it over events dealt to so many correlators; out ends in NUL. */
void corr_run(const corr_rules *r, const corr_ev *ev, size_t n, size_t parts, size_t budget, cor_buf *out,
              cor_corr_stats *stats);

#endif
