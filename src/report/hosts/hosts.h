/* Ranked hosts as text for people and as JSON lines. */
#ifndef COR_REPORT_HOSTS_HOSTS_H
#define COR_REPORT_HOSTS_HOSTS_H

#include "judge/rank.h"

typedef struct cor_hosts_options {
    uint32_t top;  /* of the strongest findings shown per host */
    bool colour;
    size_t width;  /* columns of the terminal, where lines are folded; 0: none, no folding */
} cor_hosts_options;

void cor_hosts_text_head(cor_buf *out);
/* A line for the host, indented ones below it for tactics, logs and its strongest findings. rank counts from 1. */
void cor_hosts_text(const cor_hosts_options *o, const cor_ranked *h, uint64_t rank, cor_buf *out);
/* One line of JSON; all findings by rule, whatever `top`. */
void cor_hosts_json(const cor_ranked *h, uint64_t rank, cor_buf *out);

#endif
