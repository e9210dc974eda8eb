/* Inside events/: machines of one name, told apart by machine SID. */
#ifndef COR_EVENTS_HOST_MACHINE_H
#define COR_EVENTS_HOST_MACHINE_H

#include "events/host_rows.h"

/* SIDs kept of one computer in one log. A log outlives its machine's SID once, at setup; more are made up. */
#define COR_IDENT_SIDS 4u
#define COR_NETBIOS_MAX 15 /* characters of a machine's short name in accounts */

struct cor_ident_sids {
    cor_ident_sid sid[COR_IDENT_SIDS];
    uint32_t n;
};

typedef struct cor_ident_machine {
    uint32_t node;     /* whose name it has */
    cor_ident_sid sid;
} cor_ident_machine;

typedef struct cor_ident_split {
    cor_ident_machine *machine; /* of names that have several */
    size_t n;
} cor_ident_split;

/* folder: by log. node: by row, of n_node; rows of machine k get n_node + k. Rows that tell no SID and lie in no folder
 * that does keep their name's node. false: no memory; the list is the caller's to free in any case. */
bool cor_ident_split_names(const cor_idents *h, const uint32_t *folder, uint32_t *node, uint32_t n_node,
                           cor_ident_split *out);

#endif
