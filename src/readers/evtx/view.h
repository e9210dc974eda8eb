/* From a record's binary XML to the one event shape. What can be said about a template once is said once (a view):
 * where each System value stands and which names its data has, so that a record costs a copy of value slices. Records
 * that no view can describe (fragments without template, text in pieces) go through their tree. */
#ifndef COR_READERS_EVTX_VIEW_H
#define COR_READERS_EVTX_VIEW_H

#include "events/tree.h"
#include "formats/evtx/evtx.h"

typedef struct cor_evtx_view cor_evtx_view;

/* Per thread: the shapes' state, the layouts, and the record in work. */
typedef struct cor_evtx_viewer {
    cor_evtx *evtx;
    cor_layouts *layouts;
    cor_bx_inst inst;      /* of the record in work */
    cor_evtx_view *view;   /* of inst; NULL: none */
    cor_elem *tree;        /* of inst, once somebody needed it */
    cor_str *name;         /* room for making a view */
    cor_val *val;          /* the values of the event in work */
    size_t n, name_cap, val_cap;
} cor_evtx_viewer;

bool cor_evtx_viewer_init(cor_evtx_viewer *v); /* false: no memory; free all the same */
void cor_evtx_viewer_free(cor_evtx_viewer *v);

/* Parses record r of the current chunk and fills head, record_id, time and flags of *ev, and of System the channel, the
 * provider, the computer and what those say. */
cor_code cor_evtx_view_record(cor_evtx_viewer *v, const cor_evtx_record *r, cor_event *ev, cor_err *e);
/* The rest of System. */
void cor_evtx_view_system(const cor_evtx_viewer *v, cor_event *ev);
/* Whether the record's data is nothing but UTF-16 text side by side in *raw, and values without letters of their own
 * choice (numbers, times, GUIDs, SIDs, binary). False when that is not to be told without reading them. */
bool cor_evtx_view_bytes(const cor_evtx_viewer *v, cor_str *raw);
/* layout, layouts and val of the record in work. */
cor_code cor_evtx_view_fields(cor_evtx_viewer *v, cor_event *ev, cor_err *e);
/* The tree of the record in work. */
cor_code cor_evtx_view_tree(cor_evtx_viewer *v, cor_elem **root, cor_err *e);

#endif
