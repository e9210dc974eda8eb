/* What happened, in the words of Cordon's summary: written as truth.json beside the evidence. Say it before the acts.
 */
#ifndef COR_RANGE_TRUTH_H
#define COR_RANGE_TRUTH_H

#include "range/scene.h"

/* verdict and what each profile's logs can show of it ("infected", "unknown+implicated"). vector NULL: none. */
void cor_truth_host(cor_scene *s, const cor_machine *m, const char *verdict, const char *a0, const char *a1,
                    const char *a2);
/* Every machine not named yet: clean, and unknown where the profile writes no process records (a0). */
void cor_truth_rest_clean(cor_scene *s);
void cor_truth_vector(cor_scene *s, const cor_machine *m, const char *vector);
void cor_truth_family(cor_scene *s, const cor_machine *m, const char *family);
void cor_truth_flag(cor_scene *s, const cor_machine *m, const char *flag);
/* Something of this stage happened here at t; first_evidence and last_evidence follow. stage NULL: a contact, no stage.
 */
void cor_truth_stage(cor_scene *s, const cor_machine *m, cor_time t, const char *stage);
void cor_truth_at_risk(cor_scene *s, const cor_machine *m, const cor_user *u);
void cor_truth_spread(cor_scene *s, cor_time t, const cor_machine *from, const cor_machine *to, const cor_user *u,
                      const char *technique);
void cor_truth_zero(cor_scene *s, const cor_machine *m, const char *vector, cor_time t);
void cor_truth_c2(cor_scene *s, const char *value);                            /* "203.0.113.17:443" or a name */
void cor_truth_indicator(cor_scene *s, const char *type,
                         const char *value);   /* sha256, ip, domain, url, file, service, task, registry */
void cor_truth_noise(cor_scene *s, const cor_machine *m, const char *activity, const char *looks_like);

/* Noise asks before it logs on from one machine to another: false where it would blur a verdict. */
bool cor_truth_noise_may_reach(const cor_scene *s, const cor_machine *from, const cor_machine *to);

bool cor_truth_is(const cor_scene *s, const cor_machine *m, const char *verdict);

/* truth.json */
cor_code cor_truth_write(const cor_scene *s, const char *scenario, const char *dir, cor_err *e);

#endif
