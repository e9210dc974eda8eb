#include "report/text.h"

#include "base/utf.h"

#define BREAK " \xc2\xa6 " /* a broken bar: what parts values inside one cell in Hayabusa's output */

cor_str cor_channel_short(cor_str channel)
{
    static const struct { const char *name, *brief; } table[] = {
        {"Security", "Sec"},
        {"System", "Sys"},
        {"Application", "App"},
        {"Microsoft-Windows-Sysmon/Operational", "Sysmon"},
        {"Microsoft-Windows-PowerShell/Operational", "PwSh"},
        {"Windows PowerShell", "PwShClassic"},
        {"PowerShellCore/Operational", "PwShCore"},
        {"Microsoft-Windows-TaskScheduler/Operational", "TaskSch"},
        {"Microsoft-Windows-Windows Defender/Operational", "Defender"},
        {"Microsoft-Windows-WMI-Activity/Operational", "WMI"},
        {"Microsoft-Windows-WinRM/Operational", "WinRM"},
        {"Microsoft-Windows-Bits-Client/Operational", "BitsCli"},
        {"Microsoft-Windows-NTLM/Operational", "NTLM"},
        {"Microsoft-Windows-CodeIntegrity/Operational", "CodeInteg"},
        {"Microsoft-Windows-AppLocker/EXE and DLL", "AppLocker"},
        {"Microsoft-Windows-AppLocker/MSI and Script", "AppLocker"},
        {"Microsoft-Windows-DriverFrameworks-UserMode/Operational", "DvrFmwk"},
        {"Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "Firewall"},
        {"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", "RDS-LSM"},
        {"Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", "RDS-RCM"},
        {"Microsoft-Windows-TerminalServices-RDPClient/Operational", "RDP-Cli"},
        {"Microsoft-Windows-SmbClient/Security", "SmbCliSec"},
        {"Microsoft-Windows-PrintService/Admin", "PrintAdm"},
        {"Microsoft-Windows-PrintService/Operational", "PrintOp"},
        {"Microsoft-Windows-GroupPolicy/Operational", "GroupPolicy"},
        {"Microsoft-Windows-Forwarding/Operational", "Forwarding"},
        {"DNS Server", "DNS-Svr"},
        {"MSExchange Management", "Exchange"},
        {"OpenSSH/Operational", "OpenSSH"},
    };
    for (size_t i = 0; i < COR_LEN(table); i++)
        if (cor_str_ieq(channel, cor_str_of(table[i].name)))
            return cor_str_of(table[i].brief);
    return channel;
}

const char *cor_tactic_short(unsigned tactic)
{
    static const struct { const char *name, *brief; } table[] = {
        {"reconnaissance", "Recon"},         {"resource-development", "ResDev"}, {"initial-access", "InitAccess"},
        {"execution", "Exec"},               {"persistence", "Persis"},          {"privilege-escalation", "PrivEsc"},
        {"defense-evasion", "Evas"},         {"stealth", "Stealth"},             {"defense-impairment", "DefImpair"},
        {"credential-access", "CredAccess"}, {"discovery", "Disc"},              {"lateral-movement", "LatMov"},
        {"collection", "Collect"},           {"command-and-control", "C2"},      {"exfiltration", "Exfil"},
        {"impact", "Impact"},
    };
    if (tactic >= COR_TACTIC_N)
        return "";
    for (size_t i = 0; i < COR_LEN(table); i++)
        if (strcmp(cor_tactic_name[tactic], table[i].name) == 0)
            return table[i].brief;
    return cor_tactic_name[tactic];
}

static void pair(cor_buf *b, size_t start, cor_str name, cor_str text)
{
    if (b->n > start)
        cor_buf_z(b, BREAK);
    if (name.n > 0) {
        cor_buf_str(b, name);
        cor_buf_z(b, ": ");
    }
    cor_buf_str(b, text);
}

void cor_buf_matched(cor_buf *b, const cor_finding *f)
{
    size_t start = b->n;
    if (f->rule->kind == COR_RULE_CORRELATION)
        cor_buf_fmt(b, "%llu events", (unsigned long long)f->n_total);
    for (uint32_t i = 0; i < f->n_matched; i++)
        pair(b, start, f->matched[i].field, f->matched[i].value);
}

/* A match shows it already: under the same name, or under Sigma's other name for it with the same text. */
static bool shown(const cor_finding *f, const cor_named *field)
{
    for (uint32_t i = 0; i < f->n_matched; i++)
        if (cor_str_eq(f->matched[i].value, field->text) &&
            (field->text.n > 0 || cor_str_ieq(f->matched[i].field, field->name)))
            return true;
    return false;
}

void cor_buf_fields(cor_buf *b, const cor_finding *f, bool only_others)
{
    size_t start = b->n;
    for (uint32_t i = 0; i < f->n_group; i++)
        pair(b, start, f->group[i].name, f->group[i].text);
    for (uint32_t i = 0; i < f->n_field; i++)
        if (!only_others || !shown(f, &f->field[i]))
            pair(b, start, f->field[i].name, f->field[i].text);
}

static bool starts(cor_str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

void cor_buf_tags(cor_buf *b, const cor_rule *r, cor_tag_kind kind)
{
    size_t start = b->n;
    if (kind == COR_TAG_TACTIC) {
        uint32_t bits = cor_rule_tactics(r);
        for (unsigned t = 0; t < COR_TACTIC_N; t++)
            if (bits & (uint32_t)1 << t)
                pair(b, start, (cor_str){NULL, 0}, cor_str_of(cor_tactic_short(t)));
        return;
    }
    for (uint32_t i = 0; i < r->n_tag; i++) {
        cor_str t = r->tag[i];
        bool attack = starts(t, "attack.");
        /* techniques t1059.001, groups g0001, software s0001: a letter and digits */
        bool numbered = attack && t.n > 8 && t.p[8] >= '0' && t.p[8] <= '9';
        if (kind == COR_TAG_ATTACK && !numbered)
            continue;
        if (kind == COR_TAG_OTHER && attack)
            continue;
        pair(b, start, (cor_str){NULL, 0}, t);
    }
}

enum { FOLD_ROOM = 20 }; /* columns beside the indent below which folding would make confetti */

/* Bytes of the character at the front of s, and whether it takes a column: "\033[...m" does not. */
static size_t character(cor_str s, bool *column)
{
    size_t n = 0;
    *column = s.p[0] != '\033';
    if (*column) {
        cor_utf8_next(s, &n);
        return n;
    }
    while (n < s.n && s.p[n] != 'm')
        n++;
    return n < s.n ? n + 1 : n;
}

static size_t columns_of(cor_str s)
{
    size_t n = 0;
    bool column;
    for (size_t i = 0; i < s.n; n += column)
        i += character((cor_str){s.p + i, s.n - i}, &column);
    return n;
}

/* Appends a word at column `at`, broken where even a whole line is too short for it. Returns the column behind it. */
static size_t put_word(cor_buf *b, cor_str word, size_t at, size_t width, size_t indent)
{
    bool column;
    for (size_t i = 0, n; i < word.n; i += n) {
        n = character((cor_str){word.p + i, word.n - i}, &column);
        if (column && at == width) {
            cor_buf_fmt(b, "\n%*s", (int)indent, "");
            at = indent;
        }
        cor_buf_put(b, word.p + i, n);
        at += column;
    }
    return at;
}

void cor_text_fold(cor_buf *b, size_t from, size_t width, size_t indent)
{
    if (width < indent + FOLD_ROOM || b->bad || b->n == from)
        return;
    cor_buf line = {0};
    cor_buf_put(&line, b->p + from, b->n - from);
    if (line.bad) {
        b->bad = true;
        return;
    }
    b->n = from;
    cor_str s = cor_buf_view(&line);
    bool newline = s.p[s.n - 1] == '\n';
    s.n -= newline;
    for (size_t i = 0, at = 0; i < s.n;) {
        size_t gap = 0, end;
        while (i + gap < s.n && s.p[i + gap] == ' ')
            gap++;
        for (end = i + gap; end < s.n && s.p[end] != ' ';)
            end++;
        cor_str word = {s.p + i + gap, end - i - gap};
        if (i > 0 && word.n > 0 && at + gap + columns_of(word) > width) {
            cor_buf_fmt(b, "\n%*s", (int)indent, "");
            at = indent;
        } else {
            cor_buf_put(b, s.p + i, gap);
            at += gap;
        }
        at = put_word(b, word, at, width, indent);
        i = end;
    }
    if (newline)
        cor_buf_c(b, '\n');
    cor_buf_free(&line);
}
