#include <expat.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "formats/xml/xml.h"

struct cor_xml {
    XML_Parser p;
    const cor_xml_hooks *h;
    cor_err *e;
    uint64_t base;
    cor_str text;      /* what is parsed */
    cor_code code;     /* why it was stopped; COR_OK while it goes on or when the element is complete */
    bool done;
    int depth, elements;
    XML_Index end_at;
};

static void stop(cor_xml *x, cor_code code)
{
    x->code = code;
    XML_StopParser(x->p, XML_FALSE);
}

static uint64_t here(const cor_xml *x)
{
    XML_Index at = XML_GetCurrentByteIndex(x->p);
    return x->base + (at < 0 ? 0 : (uint64_t)at);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attr)
{
    cor_xml *x = ctx;
    size_t n = 0;
    while (attr[n] != NULL)
        n += 2;
    if (++x->depth > COR_XML_DEPTH_MAX)
        stop(x, cor_fail(x->e, COR_ELIMIT, "xml", here(x), "elements within each other deeper than %d",
                         COR_XML_DEPTH_MAX));
    else if (++x->elements > COR_XML_ELEMENTS_MAX)
        stop(x, cor_fail(x->e, COR_ELIMIT, "xml", here(x), "more than %d elements in one", COR_XML_ELEMENTS_MAX));
    else if (n / 2 > COR_XML_ATTRS_MAX)
        stop(x, cor_fail(x->e, COR_ELIMIT, "xml", here(x), "more than %d attributes", COR_XML_ATTRS_MAX));
    else {
        cor_code code = x->h->start(x->h->ctx, cor_str_of(name), (const char *const *)attr, x->e);
        if (code != COR_OK) {
            if (x->e->off == COR_NOPOS)
                x->e->off = here(x);
            stop(x, code);
        }
    }
}

/* XML makes a newline of every line end. Exporters write those of a value as they are, so the value's own are looked up
 * in the text; expat gives each line end a call of its own. */
static cor_str line_end(const cor_xml *x, cor_str s)
{
    XML_Index at = XML_GetCurrentByteIndex(x->p);
    if (at < 0 || (size_t)at >= x->text.n || x->text.p[at] != '\r')
        return s;
    return (cor_str){x->text.p + at, (size_t)at + 1 < x->text.n && x->text.p[at + 1] == '\n' ? 2 : 1};
}

static void XMLCALL on_text(void *ctx, const XML_Char *s, int n)
{
    cor_xml *x = ctx;
    if (x->depth == 0 || x->code != COR_OK)
        return;
    cor_str t = {s, (size_t)n};
    cor_code code = x->h->text(x->h->ctx, n == 1 && *s == '\n' ? line_end(x, t) : t, x->e);
    if (code != COR_OK)
        stop(x, code);
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    (void)name;
    cor_xml *x = ctx;
    if (x->code != COR_OK) /* expat still ends <X/> after a stop in its start */
        return;
    bool closed = XML_GetCurrentByteCount(x->p) == 0; /* <X/> is one token, and its end comes behind it */
    cor_code code = x->h->end(x->h->ctx, closed, x->e);
    if (code != COR_OK) {
        stop(x, code);
    } else if (--x->depth == 0) {
        x->done = true;
        x->end_at = XML_GetCurrentByteIndex(x->p) + XML_GetCurrentByteCount(x->p);
        stop(x, COR_OK);
    }
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
                               int internal)
{
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)internal;
    cor_xml *x = ctx;
    stop(x, cor_fail(x->e, COR_EFORMAT, "xml", here(x), "a document type, which no event has: refused"));
}

cor_xml *cor_xml_new(void)
{
    static const XML_Memory_Handling_Suite heap = {cor_alloc, cor_realloc, cor_free};
    cor_xml *x = cor_zalloc(sizeof *x);
    if (x == NULL)
        return NULL;
    x->p = XML_ParserCreate_MM("UTF-8", &heap, NULL);
    if (x->p == NULL) {
        cor_free(x);
        return NULL;
    }
    return x;
}

void cor_xml_free(cor_xml *x)
{
    if (x == NULL)
        return;
    XML_ParserFree(x->p);
    cor_free(x);
}

cor_code cor_xml_element(cor_xml *x, cor_str text, uint64_t base, const cor_xml_hooks *h, size_t *used, cor_err *e)
{
    /* the reset itself forgets the encoding in silence when there is no memory for its name */
    if (!XML_ParserReset(x->p, NULL) || XML_SetEncoding(x->p, "UTF-8") != XML_STATUS_OK)
        return cor_nomem(e, "xml");
    XML_Parser p = x->p;
    *x = (cor_xml){.p = p, .h = h, .e = e, .base = base, .text = text};
    XML_SetUserData(p, x);
    XML_SetElementHandler(p, on_start, on_end);
    XML_SetCharacterDataHandler(p, on_text);
    XML_SetStartDoctypeDeclHandler(p, on_doctype);
    int n = text.n > INT32_MAX ? INT32_MAX : (int)text.n;
    enum XML_Status s = XML_Parse(p, text.p, n, XML_FALSE);
    if (x->done) {
        *used = (size_t)x->end_at;
        return COR_OK;
    }
    if (x->code != COR_OK)
        return x->code;
    if (s == XML_STATUS_OK)
        return cor_fail(e, COR_ETRUNC, "xml", base + text.n, "the text ends inside an element");
    enum XML_Error why = XML_GetErrorCode(p);
    if (why == XML_ERROR_NO_MEMORY)
        return cor_nomem(e, "xml");
    return cor_fail(e, COR_EFORMAT, "xml", here(x), "%s", XML_ErrorString(why));
}

static bool allowed(uint32_t cp)
{
    return cp == '\t' || cp == '\n' || cp == '\r' || (cp >= 0x20 && cp < 0xd800) || (cp >= 0xe000 && cp < 0xfffe) ||
           (cp >= 0x10000 && cp < 0x110000);
}

/* The character reference at s[i], which is its &: its length, and the code point. 0: none. */
static size_t reference(cor_str s, size_t i, uint32_t *cp)
{
    size_t from = i;
    if (s.n - i < 4 || s.p[i + 1] != '#')
        return 0;
    bool hex = s.p[i + 2] == 'x';
    uint32_t v = 0;
    size_t digits = 0;
    for (i += hex ? 3 : 2; i < s.n && digits < 9; i++, digits++) {
        char c = s.p[i];
        uint32_t d = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f'
            ? (uint32_t)((c | 0x20) - 'a') + 10 : 99;
        if (d == 99)
            break;
        v = v > 0x110000 ? v : v * (hex ? 16 : 10) + d;
    }
    *cp = v;
    return digits > 0 && i < s.n && s.p[i] == ';' ? i + 1 - from : 0;
}

void cor_xml_repair(cor_str s, cor_buf *out)
{
    size_t run = 0;
    for (size_t i = 0; i < s.n;) {
        size_t at = i;
        uint32_t cp;
        bool fine = true;
        if (s.p[i] == '&') {
            size_t n = reference(s, i, &cp);
            fine = n == 0 || allowed(cp);
            i += n == 0 ? 1 : n;
        } else {
            cp = cor_utf8_next(s, &i);
            fine = allowed(cp) && !(i == at + 1 && (uint8_t)s.p[at] >= 0x80);
        }
        if (fine)
            continue;
        cor_buf_put(out, s.p + run, at - run);
        cor_buf_put(out, "\xef\xbf\xbd", 3);
        run = i;
    }
    cor_buf_put(out, s.p + run, s.n - run);
}
