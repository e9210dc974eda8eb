#include "range/shape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "range/files.h"

#define ROOM "range"
#define FLUSH (1u << 20) /* bytes of text gathered before they are written */

const char *const cor_shape_name[COR_SHAPE_N] = {"evtx", "winlogbeat", "nxlog", "xml", "forwarded"};

/* ,"key":"text" unless the text is empty */
static void member(cor_buf *b, const char *key, cor_str s)
{
    if (s.n == 0)
        return;
    cor_buf_fmt(b, ",\"%s\":", key);
    cor_json_quote(b, s);
}

static cor_str value_text(cor_arena *mem, cor_buf *b, cor_val v)
{
    cor_str s = cor_val_text(mem, v);
    b->bad |= s.p == NULL;
    return s.p == NULL ? COR_S("") : s;
}

static cor_str guid_text(cor_arena *mem, cor_buf *b, const cor_evtx_out *ev)
{
    return ev->guid == NULL ? COR_S("") : value_text(mem, b, (cor_val){ev->guid, 16, COR_V_GUID});
}

/* ---- Winlogbeat 8 ---- */

static void audit_words(cor_buf *b, uint64_t keywords)
{
    static const struct {
        uint64_t bit;
        const char *word;
    } known[] = {
        {UINT64_C(1) << 53, "Audit Success"}, {UINT64_C(1) << 52, "Audit Failure"}, {UINT64_C(1) << 55, "Classic"}};
    const char *before = ",\"keywords\":[";
    for (size_t i = 0; i < COR_LEN(known); i++)
        if ((keywords & known[i].bit) != 0) {
            cor_buf_fmt(b, "%s\"%s\"", before, known[i].word);
            before = ",";
        }
    if (*before == ',' && before[1] == '\0')
        cor_buf_c(b, ']');
}

/* Values that are not empty, by name; without a name by their number. */
static void beats_data(cor_buf *b, const cor_evtx_out *ev, cor_arena *mem)
{
    bool user = ev->user_element.n != 0, any = false;
    for (size_t i = 0; i < ev->n_field; i++) {
        cor_str text = value_text(mem, b, ev->field[i].val), name = ev->field[i].name;
        if (text.n == 0)
            continue;
        cor_buf_z(b, any ? "," : user ? ",\"user_data\":{" : ",\"event_data\":{");
        any = true;
        if (name.n == 0)
            cor_buf_fmt(b, "\"param%zu\"", i + 1);
        else
            cor_json_quote(b, name);
        cor_buf_c(b, ':');
        cor_json_quote(b, text);
    }
    if (any && user)
        member(b, "xml_name", ev->user_element);
    if (any)
        cor_buf_c(b, '}');
}

static void winlogbeat(cor_buf *b, const cor_evtx_out *ev, cor_arena *mem)
{
    static const char *const level[] = {"information", "critical", "error", "warning", "information", "verbose"};
    cor_buf_z(b, "{\"@timestamp\":\"");
    cor_buf_time(b, ev->time, 3);
    cor_buf_fmt(b,
                "\",\"@metadata\":{\"beat\":\"winlogbeat\",\"type\":\"_doc\",\"version\":\"8.11.0\"},\"event\":{"
                "\"code\":\"%u\",\"kind\":\"event\"",
                ev->event_id);
    member(b, "provider", ev->provider);
    cor_buf_fmt(b,
                "},\"log\":{\"level\":\"%s\"},\"host\":{\"name\":", level[ev->level < COR_LEN(level) ? ev->level : 0]);
    cor_json_quote(b, ev->computer);
    cor_buf_z(b, ",\"os\":{\"platform\":\"windows\"}},\"agent\":{\"type\":\"winlogbeat\",\"version\":\"8.11.0\"},"
                 "\"ecs\":{\"version\":\"8.0.0\"},"
                 "\"winlog\":{\"channel\":");
    cor_json_quote(b, ev->channel);
    cor_buf_fmt(b, ",\"event_id\":\"%u\"", ev->event_id);
    member(b, "provider_name", ev->provider);
    member(b, "provider_guid", guid_text(mem, b, ev));
    cor_buf_fmt(b, ",\"record_id\":%llu", (unsigned long long)ev->record_id);
    member(b, "computer_name", ev->computer);
    audit_words(b, ev->keywords);
    if (ev->version != 0)
        cor_buf_fmt(b, ",\"version\":%u", ev->version);
    beats_data(b, ev, mem);
    cor_buf_fmt(b, ",\"process\":{\"pid\":%u,\"thread\":{\"id\":%u}},\"api\":\"wineventlog\"", ev->pid, ev->tid);
    if (ev->sid != NULL) {
        cor_buf_z(b, ",\"user\":{\"identifier\":");
        cor_json_quote(b, value_text(mem, b, (cor_val){ev->sid, ev->sid_n, COR_V_SID}));
        cor_buf_c(b, '}');
    }
    cor_buf_z(b, "}}\n");
}

/* ---- NXLog 5 ---- */

static void nxlog_time(cor_buf *b, cor_time t)
{
    char iso[33];
    size_t n =
        cor_time_iso(t + 3600 * COR_SECOND, 6, iso); /* the collector's clock is an hour ahead of UTC, and says so */
    cor_buf_c(b, '"');
    cor_buf_put(b, iso, n - 1);
    cor_buf_z(b, "+01:00\"");
}

static void nxlog(cor_buf *b, const cor_evtx_out *ev, cor_arena *mem)
{
    static const struct {
        int value;
        const char *word;
    } severity[] = {{2, "INFO"}, {5, "CRITICAL"}, {4, "ERROR"}, {3, "WARNING"}, {2, "INFO"}, {1, "DEBUG"}};
    size_t level = ev->level < COR_LEN(severity) ? ev->level : 0;
    const char *audit = (ev->keywords >> 53 & 1) != 0   ? "AUDIT_SUCCESS"
                        : (ev->keywords >> 52 & 1) != 0 ? "AUDIT_FAILURE"
                                                        : severity[level].word;
    cor_str guid = guid_text(mem, b, ev);
    cor_buf_z(b, "{\"EventTime\":");
    nxlog_time(b, ev->time);
    member(b, "Hostname", ev->computer);
    cor_buf_fmt(b,
                ",\"Keywords\":\"%llu\",\"EventType\":\"%s\",\"SeverityValue\":%d,\"Severity\":\"%s\",\"EventID\":%u",
                (unsigned long long)ev->keywords, audit, severity[level].value, severity[level].word, ev->event_id);
    member(b, "SourceName", ev->provider);
    if (guid.n > 2)
        member(b, "ProviderGuid", (cor_str){guid.p + 1, guid.n - 2});
    cor_buf_fmt(b,
                ",\"Version\":%u,\"TaskValue\":%u,\"OpcodeValue\":%u,\"RecordNumber\":%llu,\"ExecutionProcessID\":%u,"
                "\"ExecutionThreadID\":%u",
                ev->version, ev->task, ev->opcode, (unsigned long long)ev->record_id, ev->pid, ev->tid);
    member(b, "Channel", ev->channel);
    if (ev->sid != NULL)
        member(b, "UserID", value_text(mem, b, (cor_val){ev->sid, ev->sid_n, COR_V_SID}));
    for (size_t i = 0; i < ev->n_field && ev->user_element.n == 0; i++) {
        if (ev->field[i].name.n == 0)
            continue;
        cor_buf_c(b, ',');
        cor_json_quote(b, ev->field[i].name);
        cor_buf_c(b, ':');
        cor_json_quote(b, value_text(mem, b, ev->field[i].val));
    }
    cor_buf_z(b, ",\"EventReceivedTime\":");
    nxlog_time(b, ev->time + 20000);
    cor_buf_z(b, ",\"SourceModuleName\":\"eventlog\",\"SourceModuleType\":\"im_msvistalog\"}\n");
}

/* ---- XML ---- */

static void leaf(cor_buf *b, const char *name, uint64_t n)
{
    cor_buf_fmt(b, "<%s>%llu</%s>", name, (unsigned long long)n, name);
}

static void xml_data(cor_buf *b, const cor_evtx_out *ev, cor_arena *mem)
{
    bool user = ev->user_element.n != 0;
    cor_buf_z(b, user ? "<UserData><" : "<EventData>");
    if (user) {
        cor_buf_str(b, ev->user_element);
        cor_buf_fmt(b, " xmlns='%.*s'>", COR_STR_FMT(ev->user_ns));
    }
    for (size_t i = 0; i < ev->n_field; i++) {
        cor_str name = ev->field[i].name;
        bool bare = user || ev->field[i].val.type == COR_V_BINARY;
        cor_buf_fmt(b, bare ? "<%.*s" : name.n != 0 ? "<Data Name='%.*s'" : "<Data%.*s", COR_STR_FMT(name));
        cor_buf_c(b, '>');
        cor_xml_escape(b, value_text(mem, b, ev->field[i].val), false);
        cor_buf_fmt(b, "</%.*s>", COR_STR_FMT(bare ? name : COR_S("Data")));
    }
    if (user)
        cor_buf_fmt(b, "</%.*s>", COR_STR_FMT(ev->user_element));
    cor_buf_z(b, user ? "</UserData>" : "</EventData>");
}

static void xml(cor_buf *b, const cor_evtx_out *ev, cor_arena *mem)
{
    char when[40];
    size_t n = cor_time_iso(ev->time, 7, when);
    cor_buf_fmt(b, "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='%.*s'",
                COR_STR_FMT(ev->provider));
    if (ev->guid != NULL)
        cor_buf_fmt(b, " Guid='%.*s'", COR_STR_FMT(guid_text(mem, b, ev)));
    cor_buf_z(b, "/>");
    if (ev->qualifiers >= 0)
        cor_buf_fmt(b, "<EventID Qualifiers='%d'>%u</EventID>", (int)ev->qualifiers, ev->event_id);
    else
        leaf(b, "EventID", ev->event_id);
    leaf(b, "Version", ev->version);
    leaf(b, "Level", ev->level);
    leaf(b, "Task", ev->task);
    leaf(b, "Opcode", ev->opcode);
    cor_buf_fmt(b, "<Keywords>0x%llx</Keywords><TimeCreated SystemTime='%.*s00Z'/>", (unsigned long long)ev->keywords,
                (int)n - 1, when);
    leaf(b, "EventRecordID", ev->record_id);
    cor_buf_fmt(b, "<Correlation/><Execution ProcessID='%u' ThreadID='%u'/><Channel>", ev->pid, ev->tid);
    cor_xml_escape(b, ev->channel, false);
    cor_buf_fmt(b, "</Channel><Computer>%.*s</Computer>", COR_STR_FMT(ev->computer));
    if (ev->sid != NULL)
        cor_buf_fmt(b, "<Security UserID='%.*s'/></System>",
                    COR_STR_FMT(value_text(mem, b, (cor_val){ev->sid, ev->sid_n, COR_V_SID})));
    else
        cor_buf_z(b, "<Security/></System>");
    if (ev->n_field != 0 || ev->user_element.n != 0)
        xml_data(b, ev, mem);
    cor_buf_z(b, "</Event>\r\n");
}

/* ---- files ---- */

static int by_time(const void *pa, const void *pb)
{
    const cor_staged *a = pa, *b = pb;
    int c = (a->time > b->time) - (a->time < b->time);
    return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static int by_host(const void *pa, const void *pb)
{
    const cor_staged *a = pa, *b = pb;
    int c = strcmp(a->host, b->host);
    return c != 0 ? c : by_time(pa, pb);
}

static cor_code write_text(const char *path, const cor_staged *from, size_t n, cor_shape shape, cor_err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    cor_buf b = {0};
    cor_arena mem = {0};
    cor_code rc = COR_OK;
    uint64_t at = 0;
    for (size_t i = 0; i < n && rc == COR_OK; i++) {
        cor_evtx_out ev;
        cor_arena_reset(&mem);
        rc = cor_staged_event(&from[i], &mem, &ev, e);
        if (rc == COR_OK)
            (shape == COR_SHAPE_WINLOGBEAT ? winlogbeat : shape == COR_SHAPE_NXLOG ? nxlog : xml)(&b, &ev, &mem);
        if (rc == COR_OK && !cor_buf_ok(&b))
            rc = cor_nomem(e, ROOM);
        if (rc == COR_OK && (b.n > FLUSH || i + 1 == n)) {
            rc = cor_range_to_file(&fd, at, b.p, b.n, e);
            at += b.n;
            cor_buf_clear(&b);
        }
    }
    cor_arena_free(&mem);
    cor_buf_free(&b);
    if (close(fd) != 0 && rc == COR_OK)
        rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    return rc;
}

static cor_code write_forwarded(const char *path, const cor_staged *from, size_t n, cor_err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    cor_evtx_writer *w = cor_evtx_writer_new(cor_range_to_file, &fd);
    cor_arena mem = {0};
    cor_code rc = w == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (size_t i = 0; i < n && rc == COR_OK; i++) {
        cor_evtx_out ev;
        cor_arena_reset(&mem);
        rc = cor_staged_event(&from[i], &mem, &ev, e);
        ev.spelled_out = true;
        rc = rc != COR_OK ? rc : cor_evtx_write(w, &ev, e);
    }
    rc = rc != COR_OK ? rc : cor_evtx_writer_end(w, e);
    cor_evtx_writer_free(w);
    cor_arena_free(&mem);
    if (close(fd) != 0 && rc == COR_OK)
        rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    return rc;
}

/* Is b of the same file as a? */
static bool same_file(const cor_staged *a, const cor_staged *b, cor_shape shape)
{
    return strcmp(a->host, b->host) == 0 && (shape != COR_SHAPE_XML || strcmp(a->card->channel, b->card->channel) == 0);
}

cor_code cor_shape_write(cor_stage *s, const char *dir, cor_shape shape, uint64_t *events, cor_err *e)
{
    cor_staged *all;
    size_t n;
    char path[4096];
    cor_code rc = cor_stage_events(s, &all, &n, e);
    rc = rc != COR_OK ? rc : cor_range_dir(dir, e);
    if (rc != COR_OK)
        return rc;
    *events = n;
    if (shape == COR_SHAPE_FORWARDED) {
        qsort(all, n, sizeof *all, by_time);
        rc = cor_range_log(dir, "WEC01", "ForwardedEvents", ".evtx", path, sizeof path, e);
        return rc != COR_OK ? rc : write_forwarded(path, all, n, e);
    }
    if (shape != COR_SHAPE_XML)
        qsort(all, n, sizeof *all, by_host);
    for (size_t from = 0, to; rc == COR_OK && from < n; from = to) {
        for (to = from + 1; to < n && same_file(&all[from], &all[to], shape);)
            to++;
        const char *name = shape == COR_SHAPE_XML ? all[from].card->channel : cor_shape_name[shape];
        rc = cor_range_log(dir, all[from].host, name,
                           shape == COR_SHAPE_XML     ? ".xml"
                           : shape == COR_SHAPE_NXLOG ? ".json"
                                                      : ".ndjson",
                           path, sizeof path, e);
        rc = rc != COR_OK ? rc : write_text(path, all + from, to - from, shape, e);
    }
    return rc;
}
