/* JSON that carries the event as text, XML or Splunk's: Splunk's search results and HTTP collector, ECS
 * event.original. */
#include "events/tree_splunk.h"
#include "readers/json/shape.h"

static cor_str xml_in(const cor_jnode *o)
{
    static const char *const places[] = {"_raw", "event", "event.original", "raw", "xml", "EventXml", "EventXML"};
    for (size_t i = 0; i < COR_LEN(places); i++) {
        cor_str s = cor_shape_path_text(o, places[i]);
        while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\r' || s.p[0] == '\n'))
            s = (cor_str){s.p + 1, s.n - 1};
        if (s.n > 7 && memcmp(s.p, "<Event", 6) == 0 && (s.p[6] == ' ' || s.p[6] == '>'))
            return s;
    }
    return (cor_str){NULL, 0};
}

bool cor_shape_embedded_is(const cor_jnode *o)
{
    return o->type == COR_J_OBJECT && (xml_in(o).p != NULL || cor_splunk_begins(cor_json_text(o, "_raw")));
}

cor_code cor_shape_embedded(cor_build *b, const cor_jnode *o)
{
    bool repaired;
    cor_splunk_seen seen;
    if (xml_in(o).p == NULL)
        return cor_tree_splunk(b, cor_json_text(o, "_raw"), &seen);
    cor_xml **xml = ((cor_jown *)b->own)->xml;
    if (*xml == NULL && (*xml = cor_xml_new()) == NULL)
        return cor_nomem(b->e, "json");
    return cor_tree_xml_whole(*xml, xml_in(o), 0, b->mem, &b->root, &repaired, b->e);
}
