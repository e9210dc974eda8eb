#include "base/utf.h"
#include "report/html/page.h"

/* First as for a terminal, so that nothing invisible stays, then as for XML, which covers text and attributes. */
void cor_html_text(cor_buf *b, cor_str s)
{
    cor_buf seen = {0};
    cor_term_escape(&seen, s);
    if (!cor_buf_ok(&seen))
        b->bad = true;
    else
        cor_xml_escape(b, cor_buf_view(&seen), true);
    cor_buf_free(&seen);
}

void cor_html_z(cor_buf *b, const char *z)
{
    cor_html_text(b, cor_str_of(z));
}

/* Not within a character of UTF-8. */
static size_t cut_at(cor_str s, size_t most)
{
    if (s.n <= most)
        return s.n;
    while (most > 0 && ((uint8_t)s.p[most] & 0xc0) == 0x80)
        most--;
    return most;
}

void cor_html_value(cor_buf *b, cor_str s, size_t most)
{
    size_t n = cut_at(s, most);
    for (size_t i = 0, from = 0; i <= n; i++) {
        if (i < n && s.p[i] != '\n')
            continue;
        cor_str line = {s.p + from, i - from};
        if (i < n && line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        cor_html_text(b, line);
        if (i < n)
            cor_buf_c(b, '\n');
        from = i + 1;
    }
    if (n < s.n)
        cor_buf_fmt(b, "<i> and %zu bytes more</i>", s.n - n);
}

void cor_html_time(cor_buf *b, cor_time t, int digits)
{
    if (t == COR_NOTIME) {
        cor_buf_z(b, "time not known");
        return;
    }
    cor_buf_z(b, "<time datetime=\"");
    cor_buf_time(b, t, digits > 3 ? 3 : digits);
    cor_buf_z(b, "\">");
    cor_answer_time(b, t, digits);
    cor_buf_z(b, "</time>");
}

void cor_html_times(cor_buf *b, uint64_t n, cor_time first, cor_time last)
{
    if (n < 2)
        return;
    cor_buf_fmt(b, " <span class=\"small\">%llu times, until <span class=\"t\">", (unsigned long long)n);
    cor_answer_time_after(b, last, first);
    cor_buf_z(b, "</span></span>");
}

void cor_html_word(cor_buf *b, cor_verdict_word v)
{
    cor_buf_fmt(b, "<strong class=\"word %s\">%s</strong>", cor_verdict_name[v], cor_verdict_name[v]);
}

void cor_html_host(cor_buf *b, cor_str name)
{
    cor_html_text(b, name.n == 0 ? COR_S("(unknown)") : name);
}
