/* Splunk's classic text of an event into the tree:
 *
 *   03/25/2022 05:46:37 PM
 *   LogName=Security
 *   EventCode=4688                  (key=value lines)
 *   Message=A new process has been created.
 *
 *   Creator Subject:                (sections)
 *   	Account Name:		Administrator
 *
 * The event's own values stand only in the rendered Message, under labels. Where a label is certain to be a field, the
 * field is named so; other labels keep their words. */
#ifndef COR_EVENTS_TREE_SPLUNK_H
#define COR_EVENTS_TREE_SPLUNK_H

#include "events/build.h"

typedef struct cor_splunk_seen {
    bool labels;    /* some values kept the words of their label as names */
    bool zoneless;  /* the date was read as UTC, for it says no zone */
} cor_splunk_seen;

/* Whether a record begins at text: a date line, and LogName= on the next. */
bool cor_splunk_begins(cor_str text);
/* The whole record in text into b->root. Borrows from text. COR_EFORMAT when it is none. */
cor_code cor_tree_splunk(cor_build *b, cor_str text, cor_splunk_seen *seen);

#endif
