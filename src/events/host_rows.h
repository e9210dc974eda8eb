/* Inside events/: what host.c has counted and host_settle.c makes hosts of. */
#ifndef COR_EVENTS_HOST_ROWS_H
#define COR_EVENTS_HOST_ROWS_H

#include "base/intern.h"
#include "events/host.h"

/* (input, channel). Log 0 stands for all shared logs: there only the name counts. */
typedef struct cor_ident_log {
    uint32_t input, channel; /* numbers in text */
    uint32_t computers;      /* rows it has */
    bool shared;
} cor_ident_log;

struct cor_idents {
    cor_arena mem;           /* rows, and the hosts after settling */
    cor_intern text;         /* inputs, channels */
    cor_intern computer;     /* as spelled */
    cor_intern log_key, row_key; /* packed numbers: the number of the key is that of the log or row */
    cor_ident_log *log;
    size_t cap_log;
    cor_ident_row **row;
    size_t cap_row;
    size_t text_bytes;
    size_t max_logs;         /* COR_IDENT_LOGS_MAX; less in tests */
    bool cut, logs_cut;      /* the limits were reached: of computers, of logs */
    /* After settling: */
    cor_ident *host;
    size_t n_host;
    uint32_t *by_name;       /* by computer: its host in shared logs */
};

#endif
