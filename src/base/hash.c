#include "base/hash.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/cursor.h"

static uint64_t key[2];
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void make_key(void)
{
    /* only before the pool is ready; any key is correct, this one merely guessable */
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key) {
        key[0] = UINT64_C(0x0706050403020100);
        key[1] = UINT64_C(0x0f0e0d0c0b0a0908);
    }
}

static inline uint64_t rotl(uint64_t x, int b)
{
    return (x << b) | (x >> (64 - b));
}

#define SIP_ROUND(a, b, c, d) \
    do {                      \
        a += b;               \
        b = rotl(b, 13) ^ a;  \
        a = rotl(a, 32);      \
        c += d;               \
        d = rotl(d, 16) ^ c;  \
        a += d;               \
        d = rotl(d, 21) ^ a;  \
        c += b;               \
        b = rotl(b, 17) ^ c;  \
        c = rotl(c, 32);      \
    } while (0)

/* SipHash-1-3 (Aumasson, Bernstein 2012; the 1-3 variant is the usual one for hash tables). */
uint64_t cor_hash(const void *p, size_t n)
{
    pthread_once(&key_once, make_key);
    const uint8_t *s = p;
    uint64_t a = key[0] ^ UINT64_C(0x736f6d6570736575), b = key[1] ^ UINT64_C(0x646f72616e646f6d);
    uint64_t c = key[0] ^ UINT64_C(0x6c7967656e657261), d = key[1] ^ UINT64_C(0x7465646279746573);
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t m = cor_ld64(s + i);
        d ^= m;
        SIP_ROUND(a, b, c, d);
        a ^= m;
    }
    uint64_t last = (uint64_t)n << 56;
    for (size_t k = 0; i + k < n; k++)
        last |= (uint64_t)s[i + k] << (8 * k);
    d ^= last;
    SIP_ROUND(a, b, c, d);
    a ^= last;
    c ^= 0xff;
    SIP_ROUND(a, b, c, d);
    SIP_ROUND(a, b, c, d);
    SIP_ROUND(a, b, c, d);
    return a ^ b ^ c ^ d;
}

/* Short pieces are gathered: each call of the library costs more than hashing some bytes. */
struct cor_digest {
    EVP_MD_CTX *ctx;
    EVP_MD *md; /* fetched once: looking it up costs more than hashing a short text */
    size_t n;
    uint8_t held[1024];
};

cor_digest *cor_digest_new(void)
{
    cor_digest *d = cor_zalloc(sizeof *d);
    if (d == NULL)
        return NULL;
    d->ctx = EVP_MD_CTX_new();
    d->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (d->ctx == NULL || d->md == NULL || EVP_DigestInit_ex2(d->ctx, d->md, NULL) != 1) {
        cor_digest_free(d);
        return NULL;
    }
    return d;
}

void cor_digest_add(cor_digest *d, const void *p, size_t n)
{
    if (n > sizeof d->held - d->n) {
        EVP_DigestUpdate(d->ctx, d->held, d->n);
        d->n = 0;
    }
    if (n > sizeof d->held) {
        EVP_DigestUpdate(d->ctx, p, n);
    } else if (n != 0) {
        memcpy(d->held + d->n, p, n);
        d->n += n;
    }
}

void cor_digest_end(cor_digest *d, uint8_t out[COR_SHA256_SIZE])
{
    EVP_DigestUpdate(d->ctx, d->held, d->n);
    d->n = 0;
    EVP_DigestFinal_ex(d->ctx, out, NULL);
    EVP_DigestInit_ex2(d->ctx, NULL, NULL);
}

void cor_digest_free(cor_digest *d)
{
    if (d == NULL)
        return;
    EVP_MD_CTX_free(d->ctx);
    EVP_MD_free(d->md);
    cor_free(d);
}

void cor_hex(const uint8_t *p, size_t n, char *out)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[p[i] >> 4];
        out[2 * i + 1] = digit[p[i] & 15];
    }
    out[2 * n] = '\0';
}
