/* What several outputs share. */
#ifndef COR_REPORT_TEXT_H
#define COR_REPORT_TEXT_H

#include "case/finding.h"

/* The names that Hayabusa's users know: "Sec", "Sysmon"; an unknown channel comes back as it is. */
cor_str cor_channel_short(cor_str channel);
/* The same for ATT&CK tactics by number: "InitAccess". */
const char *cor_tactic_short(unsigned tactic);
/* "Name: value" pairs joined by " ¦ ". */
void cor_buf_matched(cor_buf *b, const cor_finding *f);
/* The event's fields, or those of them that no match names already; of a correlation its group. */
void cor_buf_fields(cor_buf *b, const cor_finding *f, bool only_others);
/* Tags joined by " ¦ ": all, or one kind of them. */
typedef enum cor_tag_kind {
    COR_TAG_ALL,
    COR_TAG_TACTIC,
    COR_TAG_ATTACK, /* techniques, groups, software */
    COR_TAG_OTHER,
} cor_tag_kind;
void cor_buf_tags(cor_buf *b, const cor_rule *r, cor_tag_kind kind);

/* Folds the line that begins at byte `from` of b (its newline included or not) at `width` columns, at blanks where
 * there are any, the rest indented by `indent`. A code point counts as a column, colours as none. Nothing happens when
 * width is 0 or hardly more than indent. For terminals only: in files and pipes a line stays a line. */
void cor_text_fold(cor_buf *b, size_t from, size_t width, size_t indent);

#endif
