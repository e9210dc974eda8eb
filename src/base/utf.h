/* UTF-8 and UTF-16LE. Cordon's inner text is UTF-8 with one widening: an unpaired surrogate of the source is kept as
 * its three-byte form (as WTF-8 does), so that nothing is lost and two different values never become equal. Printers
 * decide what to show for it. */
#ifndef COR_BASE_UTF_H
#define COR_BASE_UTF_H

#include "base/buf.h"

/* UTF-16LE bytes (n even; an odd last byte is ignored) to UTF-8 at out; out has room for 3 * (n / 2) bytes. Returns
 * bytes written. */
size_t cor_utf16_to_utf8(const uint8_t *p, size_t n, char *out);
/* UTF-8 to UTF-16LE appended to b; invalid bytes become U+FFFD. */
void cor_utf8_to_utf16(cor_str s, cor_buf *b);
/* One code point from s at *i (moves it); an invalid byte gives 0xFFFD and moves by one. */
uint32_t cor_utf8_next(cor_str s, size_t *i);
/* The bytes of a code point (surrogates too, three bytes) into out; returns how many. */
size_t cor_utf8_encode(uint32_t cp, char out[4]);
/* The same appended to b. */
void cor_utf8_put(cor_buf *b, uint32_t cp);
bool cor_utf8_valid(cor_str s); /* strict: no surrogates, no overlong forms */
/* Windows-1252 byte -> code point, what ANSI strings of western Windows hold. */
uint32_t cor_cp1252(uint8_t b);
/* Simple case folding of one code point (towlower in the C.UTF-8 sense, own table, no locale): ASCII, Latin-1, Latin
 * Extended-A, Greek, Cyrillic, Armenian, full width. Used by rules and values alike. */
uint32_t cor_fold(uint32_t cp);
/* Folded UTF-8 of s appended to b. */
void cor_fold_utf8(cor_str s, cor_buf *b);

/* JSON string body of s (no quotes), escaping what RFC 8259 wants; surrogate halves as \uXXXX, invalid bytes as
 * U+FFFD. */
void cor_json_escape(cor_buf *b, cor_str s);
/* The same in quotes. */
void cor_json_quote(cor_buf *b, cor_str s);
/* XML text or attribute body: & < > " ' escaped; characters that XML 1.0 forbids as "_", as Windows writes them. */
void cor_xml_escape(cor_buf *b, cor_str s, bool attribute);
/* For people's terminals: control characters, bidi overrides, invalid bytes as \xNN or \u{...}; nothing else
 * changes. */
void cor_term_escape(cor_buf *b, cor_str s);

#endif
