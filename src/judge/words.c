/* The names of words, and what a finding says in one sentence. */
#include "judge/desk.h"

const char *const cor_verdict_name[COR_VERDICT_N] = {
    [COR_VERDICT_CLEAN] = "clean", [COR_VERDICT_UNKNOWN] = "unknown", [COR_VERDICT_ATTACKED] = "attacked",
    [COR_VERDICT_EXPOSED] = "exposed", [COR_VERDICT_SUSPICIOUS] = "suspicious", [COR_VERDICT_INFECTED] = "infected",
};

const char *const cor_vector_name[COR_VECTOR_N] = {
    [COR_VECTOR_UNKNOWN] = "unknown", [COR_VECTOR_MAIL] = "mail", [COR_VECTOR_WEB] = "web",
    [COR_VECTOR_EXPLOIT_KIT] = "exploit-kit", [COR_VECTOR_USB] = "usb", [COR_VECTOR_SHARE] = "share",
    [COR_VECTOR_SMB_SERVICE] = "smb-service", [COR_VECTOR_OTHER_MALWARE] = "other-malware",
    [COR_VECTOR_OPERATOR] = "operator",
};

const char *const cor_left_words[COR_LEFT_N] = {
    [COR_LEFT_HOSTS] = "hosts were not judged",
    [COR_LEFT_SOURCES] = "signs were told without a look for the host they came from",
    [COR_LEFT_SERVICES] = "services were not compared with copied files and sessions",
    [COR_LEFT_PROGRAMS] = "signs name programs whose connections were not followed",
    [COR_LEFT_ADDRESSES] = "records of who had an address were not used",
    [COR_LEFT_MARKS] = "clearings, stops and starts of logs were not looked at",
    [COR_LEFT_REGISTRY] = "registry values were not looked at",
};

bool cor_verdict_parse(cor_str s, cor_verdict_word *out)
{
    for (unsigned i = 0; i < COR_VERDICT_N; i++)
        if (cor_str_ieq(s, cor_str_of(cor_verdict_name[i]))) {
            *out = (cor_verdict_word)i;
            return true;
        }
    return false;
}

enum { VALUE_BYTES = 240 }; /* of one value in a sentence; the finding has it whole */

/* Lines and tabs become blanks: it is to stand in one line. */
static void value(cor_buf *b, cor_str s)
{
    size_t i = 0, begin = b->n;
    while (i < s.n && b->n - begin < VALUE_BYTES) {
        bool blank = (uint8_t)s.p[i] <= ' ';
        if (!blank || (b->n > begin && b->p[b->n - 1] != ' '))
            cor_buf_c(b, blank ? ' ' : s.p[i]);
        i++;
    }
    while (i < s.n && b->n > begin && ((uint8_t)s.p[i] & 0xc0) == 0x80) { /* no half characters */
        b->n--;
        i--;
    }
    if (i < s.n)
        cor_buf_z(b, "...");
}

/* What an engine of the Windows PowerShell log was started with, out of the event's one text. (800 begins with the
 * command itself.) */
static cor_str host_application(cor_str data)
{
    const char *p = data.n == 0 ? NULL : memmem(data.p, data.n, "HostApplication=", 16);
    if (p == NULL)
        return data;
    cor_str s = {p + 16, data.n - (size_t)(p + 16 - data.p)};
    const char *end = memchr(s.p, '\n', s.n);
    return end == NULL ? s : (cor_str){s.p, (size_t)(end - s.p)};
}

/* What is between <tag> and </tag>; .n 0: nothing. */
static cor_str element(cor_str xml, const char *open, const char *close)
{
    const char *p = xml.n == 0 ? NULL : memmem(xml.p, xml.n, open, strlen(open));
    if (p == NULL)
        return (cor_str){NULL, 0};
    p += strlen(open);
    size_t left = xml.n - (size_t)(p - xml.p);
    const char *end = left == 0 ? NULL : memmem(p, left, close, strlen(close));
    return end == NULL ? (cor_str){NULL, 0} : (cor_str){p, (size_t)(end - p)};
}

/* Text of XML as it is meant: a command is full of > and &. */
static void xml_text(cor_buf *b, cor_str s)
{
    static const struct { const char *name; char is; } entity[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''},
    };
    for (size_t i = 0; i < s.n; i++) {
        size_t k = 0, n = 0;
        for (; k < COR_LEN(entity); k++) {
            n = strlen(entity[k].name);
            if (s.n - i >= n && memcmp(s.p + i, entity[k].name, n) == 0)
                break;
        }
        cor_buf_c(b, k < COR_LEN(entity) ? entity[k].is : s.p[i]);
        i += k < COR_LEN(entity) ? n - 1 : 0;
    }
}

/* What a task runs, out of its XML (4698, 4702): the command and its arguments; nothing when it runs no command. */
static void task_command(cor_buf *b, const char *before, cor_str xml)
{
    cor_str command = element(xml, "<Command>", "</Command>");
    cor_str arguments = element(xml, "<Arguments>", "</Arguments>");
    if (command.n == 0)
        return;
    cor_buf line = {0};
    xml_text(&line, command);
    if (arguments.n > 0) {
        cor_buf_c(&line, ' ');
        xml_text(&line, arguments);
    }
    cor_buf_z(b, before);
    if (cor_buf_ok(&line))
        value(b, cor_buf_view(&line));
    b->bad = b->bad || !cor_buf_ok(&line);
    cor_buf_free(&line);
}

/* The fields that tell an event, and the words before each. The first row whose first field is there speaks. */
static const struct { const char *field[3], *before[3]; } told[] = {
    {{"ServiceName", "ImagePath", NULL}, {"service ", ", ", NULL}},
    {{"ServiceName", "ServiceFileName", NULL}, {"service ", ", ", NULL}},
    {{"CommandLine", "ParentImage", NULL}, {"", ", started by ", NULL}},
    {{"TaskName", "TaskContent", NULL}, {"task ", ", ", NULL}},
    {{"TargetObject", "Details", "Image"}, {"", " = ", ", by "}},
    {{"SourceImage", "TargetImage", "GrantedAccess"}, {"", " opened ", " with access "}},
    {{"PipeName", "Image", NULL}, {"pipe ", " of ", NULL}},
    {{"QueryName", "Image", NULL}, {"", " looked up by ", NULL}},
    {{"DestinationIp", "DestinationPort", "Image"}, {"", " port ", ", by "}},
    {{"TargetFilename", "Image", NULL}, {"", ", by ", NULL}},
    {{"Threat Name", "Path", NULL}, {"", " in ", NULL}},
    {{"New Value", NULL, NULL}, {"", NULL, NULL}},
    {{"NewValue", NULL, NULL}, {"", NULL, NULL}},
    {{"MemberSid", "TargetUserName", "SubjectUserName"}, {"member ", " of ", ", by "}},
    {{"TargetUserName", "SubjectUserName", NULL}, {"account ", ", by ", NULL}},
    {{"ScriptBlockText", NULL, NULL}, {"", NULL, NULL}},
    {{"HostApplication", NULL, NULL}, {"", NULL, NULL}},
    {{"CONSUMER", NULL, NULL}, {"", NULL, NULL}},
    {{"Consumer", NULL, NULL}, {"", NULL, NULL}},
    {{"SubjectUserName", NULL, NULL}, {"by ", NULL, NULL}},
    {{"Image", NULL, NULL}, {"", NULL, NULL}},
    {{"Data", NULL, NULL}, {"", NULL, NULL}},
};

static bool tell_fields(cor_buf *b, const cor_case_finding *f)
{
    for (size_t i = 0; i < COR_LEN(told); i++) {
        cor_str v = cor_finding_field(f, told[i].field[0]);
        if (v.p == NULL || v.n == 0 || (told[i].field[1] != NULL && strcmp(told[i].field[1], "ImagePath") == 0 &&
                                        cor_finding_field(f, "ImagePath").p == NULL))
            continue;
        for (size_t k = 0; k < 3 && told[i].field[k] != NULL; k++) {
            v = cor_finding_field(f, told[i].field[k]);
            if (v.p == NULL || v.n == 0)
                continue;
            if (strcmp(told[i].field[k], "TaskContent") == 0) {
                task_command(b, told[i].before[k], v);
                continue;
            }
            cor_buf_z(b, told[i].before[k]);
            value(b, f->event_id != 800 && strcmp(told[i].field[k], "Data") == 0 ? host_application(v) : v);
        }
        return true;
    }
    return false;
}

cor_str cor_tell_finding(cor_arena *mem, const cor_sign *s, cor_grade g, const cor_case_finding *f)
{
    cor_buf b = {0};
    cor_str shows = cor_sign_says(s);
    if (f->rule_title.n > 0 && ((g == COR_GRADE_WEAK && s->grade > g) || cor_sign_many(s)))
        shows = f->rule_title; /* a weak form of a sign is not what the sign says */
    cor_buf_str(&b, shows);
    if (b.n > 0 && b.p[0] >= 'a' && b.p[0] <= 'z')
        b.p[0] = (uint8_t)(b.p[0] - 'a' + 'A');
    size_t n = b.n;
    cor_buf_z(&b, ": ");
    if (f->n_event > 0) {
        for (uint32_t i = 0; i < f->n_corr_group; i++) {
            if (cor_str_is(f->corr_group[i].name, "Computer"))
                continue;
            cor_buf_str(&b, f->corr_group[i].name); /* a number alone says nothing */
            cor_buf_c(&b, ' ');
            value(&b, f->corr_group[i].text.p == NULL ? COR_S("none") : f->corr_group[i].text);
            cor_buf_z(&b, ", ");
        }
        cor_buf_fmt(&b, "%llu event%s", (unsigned long long)f->n_total, f->n_total == 1 ? "" : "s");
    } else if (!tell_fields(&b, f)) {
        b.n = n;
    }
    cor_str out = cor_buf_ok(&b) ? cor_arena_str(mem, cor_buf_view(&b)) : (cor_str){NULL, 0};
    cor_buf_free(&b);
    return out;
}
