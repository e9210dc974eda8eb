#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "events/build.h"

/* The number at *i of s, which moves behind it; false when there is none or it is too long. */
static bool whole(cor_str s, size_t *i, int64_t *out)
{
    int64_t v = 0;
    size_t from = *i;
    for (; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i) {
        if (*i - from >= 18)
            return false;
        v = v * 10 + (s.p[*i] - '0');
    }
    *out = v;
    return *i > from;
}

bool cor_build_epoch(cor_str s, cor_time *out)
{
    size_t i = 0;
    int64_t sec, frac = 0, scale = COR_SECOND / 10;
    if (!whole(s, &i, &sec) || sec > INT64_C(800000000000)) /* the last FILETIME */
        return false;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, scale /= 10)
            frac += (s.p[i] - '0') * scale;
    if (i != s.n)
        return false;
    *out = COR_UNIX_EPOCH + sec * COR_SECOND + frac;
    return true;
}

/* /Date(1551604828621)/ of PowerShell 5, whose number is UTC whatever offset follows it. */
static bool date_call(cor_str s, cor_time *out)
{
    size_t i = 6;
    int64_t ms;
    if (s.n < 9 || memcmp(s.p, "/Date(", 6) != 0)
        return false;
    bool before = s.p[i] == '-';
    i += before;
    if (!whole(s, &i, &ms) || ms > INT64_C(800000000000000) || s.p[s.n - 1] != '/')
        return false;
    *out = COR_UNIX_EPOCH + (before ? -ms : ms) * (COR_SECOND / 1000);
    return *out >= 0;
}

/* 03/25/2022 05:46:37.123 PM: Splunk's and PowerShell's American form. */
static bool american(cor_str s, cor_time *out)
{
    int64_t mo, d, y, h, mi, sec = 0, frac = 0, scale = COR_SECOND / 10;
    size_t i = 0;
    if (!whole(s, &i, &mo) || i >= s.n || s.p[i++] != '/' || !whole(s, &i, &d) || i >= s.n || s.p[i++] != '/' ||
        !whole(s, &i, &y) || i >= s.n || s.p[i++] != ' ' || !whole(s, &i, &h) || i >= s.n || s.p[i++] != ':' ||
        !whole(s, &i, &mi))
        return false;
    if (i < s.n && s.p[i] == ':' && (i++, !whole(s, &i, &sec)))
        return false;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, scale /= 10)
            frac += (s.p[i] - '0') * scale;
    if (i + 3 == s.n && s.p[i] == ' ' && (s.p[i + 2] | 0x20) == 'm') {
        bool pm = (s.p[i + 1] | 0x20) == 'p';
        if ((!pm && (s.p[i + 1] | 0x20) != 'a') || h < 1 || h > 12)
            return false;
        h = h % 12 + (pm ? 12 : 0);
        i = s.n;
    }
    if (i != s.n || mo > 12 || d > 31 || y > 9999 || h > 23 || mi > 59 || sec > 60)
        return false;
    char iso[80];
    int n = snprintf(iso, sizeof iso, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)y, (unsigned)mo, (unsigned)d,
                     (unsigned)h, (unsigned)mi, (unsigned)sec);
    if (!cor_time_parse((cor_str){iso, (size_t)n}, out, NULL)) /* which knows the lengths of months */
        return false;
    *out += frac;
    return true;
}

bool cor_build_time(cor_str s, cor_time *out, bool *zoned)
{
    if (cor_time_parse(s, out, zoned))
        return true;
    *zoned = true;
    if (date_call(s, out))
        return true;
    /* milliseconds, until 2286 */
    if (s.n == 13 && memchr(s.p, '.', s.n) == NULL && cor_build_epoch((cor_str){s.p, 10}, out)) {
        size_t i = 10;
        int64_t ms;
        *out += whole(s, &i, &ms) && i == s.n ? ms * (COR_SECOND / 1000) : 0;
        return i == s.n;
    }
    if (s.n >= 9 && cor_build_epoch(s, out))
        return true;
    *zoned = false;
    return american(s, out);
}

cor_str cor_build_iso(cor_arena *mem, cor_time t)
{
    char s[33];
    return cor_arena_str(mem, (cor_str){s, cor_time_iso(t, 7, s)});
}

typedef struct word {
    const char *name, *number;
} word;

/* The number of one of some names, letters' case aside; s itself when it is none of them. */
static cor_str numbered(cor_str s, const word *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (cor_str_ieq(s, cor_str_of(w[i].name)))
            return cor_str_of(w[i].number);
    return s;
}

/* [MS-EVEN6] and winmeta.xml: the opcodes that Windows itself defines. */
static const word opcodes[] = {
    {"Info", "0"}, {"Start", "1"}, {"Stop", "2"}, {"DCStart", "3"}, {"DCStop", "4"}, {"Extension", "5"},
    {"Reply", "6"}, {"Resume", "7"},
    {"Suspend", "8"}, {"Send", "9"}, {"Receive", "240"},
};
static const word levels[] = {
    {"Critical", "1"}, {"Error", "2"}, {"Warning", "3"}, {"Information", "4"}, {"Verbose", "5"},
};
static const word audits[] = {
    {"Audit Success", "0x8020000000000000"}, {"Audit Failure", "0x8010000000000000"}, {"Classic", "0x80000000000000"},
};

cor_str cor_build_level(cor_str name, cor_str provider)
{
    /* All events of the audit have level 0, LogAlways, which is shown as "Information" */
    if (cor_str_ieq(name, COR_S("Information")) && cor_str_is(provider, "Microsoft-Windows-Security-Auditing"))
        return COR_S("0");
    return numbered(name, levels, COR_LEN(levels));
}

static bool is_number(cor_str s)
{
    size_t from = s.n > 1 && s.p[0] == '-';
    if (s.n == from || s.n > 20)
        return false;
    for (size_t i = from; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* Keywords are 64 bits; exports write them as 0x.., signed or unsigned. */
static cor_str keywords(cor_arena *mem, cor_str s)
{
    if (is_number(s)) {
        char t[24];
        memcpy(t, s.p, s.n);
        t[s.n] = '\0';
        return cor_arena_fmt(mem, "0x%" PRIx64, t[0] == '-' ? (uint64_t)strtoll(t, NULL, 10)
                             : (uint64_t)strtoull(t, NULL, 10));
    }
    return numbered(s, audits, COR_LEN(audits));
}

static bool any_letter(cor_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z')
            return true;
    return false;
}

static cor_code normal(cor_build *b, cor_sysset *s)
{
    cor_str *v = s->v;
    if (v[COR_SYS_OPCODE].n > 0)
        v[COR_SYS_OPCODE] = numbered(v[COR_SYS_OPCODE], opcodes, COR_LEN(opcodes));
    if (v[COR_SYS_LEVEL].n > 0)
        v[COR_SYS_LEVEL] = cor_build_level(v[COR_SYS_LEVEL], v[COR_SYS_PROVIDER_NAME]);
    if (v[COR_SYS_KEYWORDS].n > 0 && (v[COR_SYS_KEYWORDS] = keywords(b->mem, v[COR_SYS_KEYWORDS])).p == NULL)
        return cor_nomem(b->e, "event");
    if (s->time != COR_NOTIME && (v[COR_SYS_TIME_CREATED] = cor_build_iso(b->mem, s->time)).p == NULL)
        return cor_nomem(b->e, "event");
    if (v[COR_SYS_KEYWORDS].n > 2 && memcmp(v[COR_SYS_KEYWORDS].p, "0x", 2) != 0)
        v[COR_SYS_KEYWORDS].n = 0;
    static const cor_sys named[] = {COR_SYS_TASK, COR_SYS_OPCODE, COR_SYS_LEVEL};
    for (size_t i = 0; i < COR_LEN(named); i++)
        if (any_letter(v[named[i]])) /* a display name, which has no number that can be known */
            v[named[i]].n = 0;
    static const cor_sys guids[] = {COR_SYS_PROVIDER_GUID, COR_SYS_ACTIVITY_ID, COR_SYS_RELATED_ACTIVITY_ID};
    for (size_t i = 0; i < COR_LEN(guids); i++)
        if (v[guids[i]].n > 0 && (v[guids[i]] = cor_tree_guid(b->mem, v[guids[i]])).p == NULL)
            return cor_nomem(b->e, "event");
    return COR_OK;
}

/* The rows of System, in order: element, attribute (NULL: its text), value. */
static const struct { const char *el, *attr; cor_sys sys; } rows[] = {
    {"Provider", "Name", COR_SYS_PROVIDER_NAME}, {"Provider", "Guid", COR_SYS_PROVIDER_GUID},
    {"Provider", "EventSourceName", COR_SYS_EVENT_SOURCE},
    {"EventID", "Qualifiers", COR_SYS_QUALIFIERS}, {"EventID", NULL, COR_SYS_EVENT_ID},
    {"Version", NULL, COR_SYS_VERSION},
    {"Level", NULL, COR_SYS_LEVEL}, {"Task", NULL, COR_SYS_TASK}, {"Opcode", NULL, COR_SYS_OPCODE},
    {"Keywords", NULL, COR_SYS_KEYWORDS},
    {"TimeCreated", "SystemTime", COR_SYS_TIME_CREATED}, {"EventRecordID", NULL, COR_SYS_RECORD_ID},
    {"Correlation", "ActivityID", COR_SYS_ACTIVITY_ID},
    {"Correlation", "RelatedActivityID", COR_SYS_RELATED_ACTIVITY_ID}, {"Execution", "ProcessID", COR_SYS_PROCESS_ID},
    {"Execution", "ThreadID", COR_SYS_THREAD_ID}, {"Channel", NULL, COR_SYS_CHANNEL},
    {"Computer", NULL, COR_SYS_COMPUTER},
    {"Security", "UserID", COR_SYS_USER_ID},
};

cor_code cor_build_system(cor_build *b, const cor_sysset *given)
{
    cor_sysset s = *given;
    cor_elem *system;
    cor_code code = normal(b, &s);
    if (code != COR_OK)
        return code;
    b->root = cor_tree_new(b->mem, &system);
    if (b->root == NULL)
        return cor_nomem(b->e, "event");
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        cor_str v = s.v[rows[i].sys];
        if (v.n == 0)
            continue;
        cor_elem *el = system->child_last;
        if (el == NULL || !cor_str_is(el->name, rows[i].el))
            el = cor_elem_leaf(b->mem, system, cor_str_of(rows[i].el), (cor_str){"", 0}, COR_ELEM_CLOSED);
        if (el == NULL || (rows[i].attr != NULL && !cor_elem_attr(b->mem, el, cor_str_of(rows[i].attr), v, false)))
            return cor_nomem(b->e, "event");
        if (rows[i].attr == NULL)
            el->text = v;
    }
    cor_tree_bare_system(b->root);
    return COR_OK;
}

cor_elem *cor_build_part(cor_build *b, const char *name)
{
    cor_elem *el = cor_elem_find(b->root, name);
    return el != NULL ? el : cor_elem_new(b->mem, b->root, cor_str_of(name));
}

cor_code cor_build_rendering(cor_build *b, const char *name, cor_str text)
{
    if (text.n == 0)
        return COR_OK;
    cor_elem *info = cor_build_part(b, "RenderingInfo");
    return info == NULL || cor_elem_leaf(b->mem, info, cor_str_of(name), text, 0) == NULL ? cor_nomem(b->e, "event")
           : COR_OK;
}
