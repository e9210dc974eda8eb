/* Events as a collector keeps what is forwarded to it: the XML came over the network, so that there are no templates,
 * every value is text, and the record number inside is that of the host's own log. */
#include <stdio.h>

#include "formats/evtx/write_put.h"

/* A value's text; without memory the writer is told so. */
static cor_str text_of(cor_evtx_writer *w, cor_arena *mem, cor_val v)
{
    cor_str s = cor_val_text(mem, v);
    w->scratch.bad |= s.p == NULL;
    return s.p == NULL ? COR_S("") : s;
}

static void number(cor_evtx_writer *w, const char *name, uint64_t n)
{
    char t[24];
    snprintf(t, sizeof t, "%llu", (unsigned long long)n);
    cor_evtx_text_element(w, name, cor_str_of(t));
}

static void provider(cor_evtx_writer *w, const cor_evtx_out *ev, cor_arena *mem)
{
    cor_evtx_attr a[3] = {{COR_S("Name"), ev->provider, -1, 0}};
    size_t n = 1;
    if (ev->guid != NULL)
        a[n++] = (cor_evtx_attr){COR_S("Guid"), text_of(w, mem, (cor_val){ev->guid, 16, COR_V_GUID}), -1, 0};
    if (ev->source.n != 0)
        a[n++] = (cor_evtx_attr){COR_S("EventSourceName"), ev->source, -1, 0};
    cor_evtx_empty_element(w, "Provider", a, n);
}

static void event_id(cor_evtx_writer *w, const cor_evtx_out *ev)
{
    char qualifiers[16], id[16];
    uint32_t at = cor_evtx_open_element(w, COR_S("EventID"), ev->qualifiers >= 0, COR_BX_NODEP);
    snprintf(qualifiers, sizeof qualifiers, "%d", (int)ev->qualifiers);
    snprintf(id, sizeof id, "%u", ev->event_id);
    if (ev->qualifiers >= 0)
        cor_evtx_attributes(w, &(cor_evtx_attr){COR_S("Qualifiers"), cor_str_of(qualifiers), -1, 0}, 1);
    cor_evtx_put8(w, 0x02);
    cor_evtx_text(w, cor_str_of(id));
    cor_evtx_end_element(w, at);
}

static void bare(cor_evtx_writer *w, const char *name)
{
    uint32_t at = cor_evtx_open_element(w, cor_str_of(name), false, COR_BX_NODEP);
    cor_evtx_put8(w, 0x03);
    cor_evtx_patch32(w, at, w->at - at - 4);
}

static void system_part(cor_evtx_writer *w, const cor_evtx_out *ev, cor_arena *mem)
{
    char keywords[24], pid[16], tid[16], when[40];
    uint32_t at = cor_evtx_open_element(w, COR_S("System"), false, COR_BX_NODEP);
    cor_evtx_put8(w, 0x02);
    provider(w, ev, mem);
    event_id(w, ev);
    number(w, "Version", ev->version);
    number(w, "Level", ev->level);
    number(w, "Task", ev->task);
    number(w, "Opcode", ev->opcode);
    snprintf(keywords, sizeof keywords, "0x%llx", (unsigned long long)ev->keywords);
    cor_evtx_text_element(w, "Keywords", cor_str_of(keywords));
    size_t n = cor_time_iso(ev->time, 7, when);
    memcpy(when + n - 1, "00Z", 4); /* nine digits, as Windows spells them */
    cor_evtx_empty_element(w, "TimeCreated", &(cor_evtx_attr){COR_S("SystemTime"), cor_str_of(when), -1, 0}, 1);
    number(w, "EventRecordID", ev->record_id);
    if (ev->activity != NULL)
        cor_evtx_empty_element(
            w, "Correlation",
            &(cor_evtx_attr){COR_S("ActivityID"), text_of(w, mem, (cor_val){ev->activity, 16, COR_V_GUID}), -1, 0}, 1);
    else
        bare(w, "Correlation");
    snprintf(pid, sizeof pid, "%u", ev->pid);
    snprintf(tid, sizeof tid, "%u", ev->tid);
    cor_evtx_empty_element(
        w, "Execution",
        (cor_evtx_attr[]){{COR_S("ProcessID"), cor_str_of(pid), -1, 0}, {COR_S("ThreadID"), cor_str_of(tid), -1, 0}},
        2);
    cor_evtx_text_element(w, "Channel", ev->channel);
    cor_evtx_text_element(w, "Computer", ev->computer);
    if (ev->sid != NULL)
        cor_evtx_empty_element(
            w, "Security",
            &(cor_evtx_attr){COR_S("UserID"), text_of(w, mem, (cor_val){ev->sid, ev->sid_n, COR_V_SID}), -1, 0}, 1);
    else
        bare(w, "Security");
    cor_evtx_end_element(w, at);
}

static void data_part(cor_evtx_writer *w, const cor_evtx_out *ev, cor_arena *mem)
{
    bool user = ev->user_element.n != 0;
    uint32_t outer = cor_evtx_open_element(w, user ? COR_S("UserData") : COR_S("EventData"), false, COR_BX_NODEP);
    cor_evtx_put8(w, 0x02);
    uint32_t inner = user ? cor_evtx_open_element(w, ev->user_element, ev->user_ns.n != 0, COR_BX_NODEP) : 0;
    if (user && ev->user_ns.n != 0)
        cor_evtx_attributes(w, &(cor_evtx_attr){COR_S("xmlns"), ev->user_ns, -1, 0}, 1);
    if (user)
        cor_evtx_put8(w, 0x02);
    for (size_t i = 0; i < ev->n_field; i++) {
        cor_str name = ev->field[i].name, text = text_of(w, mem, ev->field[i].val);
        bool leaf = user || (cor_str_is(name, "Binary") && ev->field[i].val.type == COR_V_BINARY),
             named = !leaf && name.n != 0;
        uint32_t at = cor_evtx_open_element(w, leaf ? name : COR_S("Data"), named, COR_BX_NODEP);
        if (named)
            cor_evtx_attributes(w, &(cor_evtx_attr){COR_S("Name"), name, -1, 0}, 1);
        cor_evtx_put8(w, 0x02);
        if (text.n != 0)
            cor_evtx_text(w, text);
        cor_evtx_end_element(w, at);
    }
    if (user)
        cor_evtx_end_element(w, inner);
    cor_evtx_end_element(w, outer);
}

void cor_evtx_inline_event(cor_evtx_writer *w, const cor_evtx_out *ev)
{
    static const char ns[] = "http://schemas.microsoft.com/win/2004/08/events/event";
    cor_arena mem = {0};
    cor_evtx_fragment_header(w);
    uint32_t at = cor_evtx_open_element(w, COR_S("Event"), true, COR_BX_NODEP);
    cor_evtx_attributes(w, &(cor_evtx_attr){COR_S("xmlns"), COR_S(ns), -1, 0}, 1);
    cor_evtx_put8(w, 0x02);
    system_part(w, ev, &mem);
    if (ev->n_field != 0 || ev->user_element.n != 0)
        data_part(w, ev, &mem);
    cor_evtx_end_element(w, at);
    cor_evtx_put8(w, 0x00);
    cor_arena_free(&mem);
}
