/* What Cordon can read: one line a kind of evidence. On equal sureness the earlier line wins. */
#include "readers/reader.h"

#include "readers/evtx/evtx.h"
#include "readers/json/json.h"
#include "readers/splunk/splunk.h"
#include "readers/xml/xml.h"

const cor_reader *const cor_readers[] = {
    &cor_reader_evtx,
    &cor_reader_splunk,
    &cor_reader_json,
    &cor_reader_xml,
    NULL,
};

const cor_reader *cor_reader_among(const cor_reader *const *list, const uint8_t *head, size_t n)
{
    const cor_reader *best = NULL;
    int sure = 0;
    for (; *list != NULL; list++) {
        int s = (*list)->sniff(head, n);
        if (s > sure) {
            sure = s;
            best = *list;
        }
    }
    return best;
}

const cor_reader *cor_reader_for(const uint8_t *head, size_t n)
{
    return cor_reader_among(cor_readers, head, n);
}
