/* What the readers of text formats share: the state of a thread, and the way from a tree to the sink. */
#ifndef COR_READERS_TEXT_H
#define COR_READERS_TEXT_H

#include "events/tree.h"
#include "events/tree_xml.h"
#include "readers/window.h"

typedef struct cor_text {
    cor_arena mem;         /* one record: emptied by the reader before it builds the next tree */
    cor_layouts *layouts;
    cor_window win;
    cor_xml *xml;          /* of cor_text_open_xml; else NULL until the reader makes one. Freed by cor_text_close */
} cor_text;

/* For cor_reader.open and .close. NULL: no memory. */
void *cor_text_open(const cor_read_options *o);
void *cor_text_open_xml(const cor_read_options *o);
void cor_text_close(void *state);

/* One part being read: what every step of a reader needs. */
typedef struct cor_text_run {
    cor_text *st;
    const cor_sink *sink;
    cor_tally *tally;
    cor_err *e;
} cor_text_run;

void cor_text_damage(const cor_text_run *r, uint64_t off, uint64_t len, cor_loss loss, const char *what);
/* Counts the event, tells the sink of it, and hands it over when it is wanted. Of *ev the caller has set offset and
 * flags; len: bytes of it in the input, for damage. Fields beyond a limit are damage and COR_OK; other codes end the
 * part. */
cor_code cor_text_deliver(const cor_text_run *r, const cor_elem *root, cor_event *ev, uint64_t len);

#endif
