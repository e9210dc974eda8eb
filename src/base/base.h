/* The words every floor speaks: byte slices, status codes, errors that know their place. */
#ifndef COR_BASE_BASE_H
#define COR_BASE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define COR_UNUSED __attribute__((unused))
#define COR_LIKELY(x) __builtin_expect(!!(x), 1)
#define COR_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COR_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Text or bytes that somebody else owns. Not NUL-terminated unless the producer says so. */
typedef struct cor_str {
    const char *p;
    size_t n;
} cor_str;

/* `%.*s` arguments for a slice. */
#define COR_STR_FMT(s) (int)(s).n, (s).p
#define COR_S(lit) ((cor_str){(lit), sizeof(lit) - 1})

static inline cor_str cor_str_of(const char *z)
{
    return (cor_str){z, z == NULL ? 0 : strlen(z)};
}

static inline bool cor_str_eq(cor_str a, cor_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool cor_str_is(cor_str a, const char *z)
{
    return cor_str_eq(a, cor_str_of(z));
}

/* Bytewise order, shorter first on a common prefix: the order of every sorted output. */
int cor_str_cmp(cor_str a, cor_str b);

/* Equal when ASCII letters are folded; other bytes must be the same. */
bool cor_str_ieq(cor_str a, cor_str b);
bool cor_str_ends(cor_str s, const char *with); /* letter case aside, as above */

typedef enum cor_code {
    COR_OK = 0,
    COR_ENOMEM,   /* an allocation failed: an error like others */
    COR_ETRUNC,   /* the bytes end too early */
    COR_EFORMAT,  /* the bytes contradict their format */
    COR_ELIMIT,   /* a limit of docs/limits.md was reached */
    COR_EIO,      /* the operating system refused a read or write */
    COR_EUSAGE,   /* the caller (a person) asked for something impossible */
    COR_ENOTSUP,  /* understood, but this build or version cannot do it */
    COR_ESTOP,    /* asked to stop (Ctrl-C) */
} cor_code;

#define COR_NOPOS UINT64_MAX

/* One failure, for the caller (code) and for people (the rest). Plain data: copy it freely. */
typedef struct cor_err {
    cor_code code;
    const char *room;    /* static string: "evtx", "sigma", "walk" */
    uint64_t off;        /* byte offset in the artefact, or COR_NOPOS */
    uint32_t line, col;  /* 1-based position in a text, 0 when there is none */
    char msg[320];       /* one sentence: found what, wanted what; may quote evidence, so escape it when printing */
} cor_err;

/* Fill *e (may be NULL) and return code, so that `return cor_fail(...)` reads as one thought. */
cor_code cor_fail(cor_err *e, cor_code code, const char *room, uint64_t off, const char *fmt, ...) COR_PRINTF(5, 6);
cor_code cor_fail_at(cor_err *e, cor_code code, const char *room, uint32_t line, uint32_t col, const char *fmt, ...)
    COR_PRINTF(6, 7);
/* The position goes into the message, behind the name of the text it lies in: "NAME:12:3: what". */
void cor_err_within(cor_err *e, const char *name);
/* Out of memory, said in the one way it can be said. */
cor_code cor_nomem(cor_err *e, const char *room);

/* *out = n * each + extra, false when that overflows. Sizes from a file never meet a bare `*`. */
static inline bool cor_mul_add(size_t *out, size_t n, size_t each, size_t extra)
{
    size_t t;
    return !__builtin_mul_overflow(n, each, &t) && !__builtin_add_overflow(t, extra, out);
}

#endif
