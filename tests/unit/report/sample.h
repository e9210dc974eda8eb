/* A judgement made by hand: n hosts of an invented incident, worst first, with everything that outputs can meet. */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include "report/answer.h"

/* A name that would do harm if an output let it through, on the first host and in its first reason. */
#define HOSTILE "<script>alert(1)</script>\x1b[31m'\"&--\xe2\x80\xae"

/* Of every twelve hosts four are infected, one each suspicious, exposed, attacked, three unknown, two clean; the first
 * has notes and the second an override. Everything lies in mem. */
cor_judgement sample(uint32_t n, bool hostile, cor_arena *mem);

#endif
