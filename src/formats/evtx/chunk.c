#include <libdeflate.h>

#include "formats/evtx/state.h"

bool cor_evtx_file(const uint8_t *p, size_t n, cor_evtx_file_info *out)
{
    *out = (cor_evtx_file_info){0};
    if (n < 128 || memcmp(p, "ElfFile", 8) != 0)
        return false;
    out->minor = cor_ld16(p + 36);
    out->major = cor_ld16(p + 38);
    out->chunks = cor_ld16(p + 42);
    out->crc_ok = (cor_ld32(p + 120) & 4) != 0 || libdeflate_crc32(0, p, 120) == cor_ld32(p + 124);
    return true;
}

void cor_evtx_chunk(cor_evtx *x, const uint8_t *p, size_t n, uint64_t file_off, cor_evtx_chunk_info *out)
{
    cor_evtx_begin(x, p, n, file_off);
    *out = (cor_evtx_chunk_info){0};
    if (n < COR_EVTX_CHUNK_HEADER)
        return;
    out->magic_ok = memcmp(p, "ElfChnk", 8) == 0;
    out->free_space = cor_ld32(p + 48);
    if (!out->magic_ok) {
        size_t i = 0;
        while (i < n && p[i] == 0)
            i++;
        out->zero = i == n;
    }
}

void cor_evtx_chunk_check(const uint8_t *p, size_t n, cor_evtx_chunk_info *info)
{
    info->header_crc_ok = info->data_crc_ok = true;
    if (n < COR_EVTX_CHUNK_HEADER || (cor_ld32(p + 120) & 4) != 0)
        return;
    uint32_t crc = libdeflate_crc32(libdeflate_crc32(0, p, 120), p + 128, 384);
    info->header_crc_ok = crc == cor_ld32(p + 124);
    if (info->free_space >= COR_EVTX_CHUNK_HEADER && info->free_space <= n)
        info->data_crc_ok = libdeflate_crc32(0, p + COR_EVTX_CHUNK_HEADER,
                                             info->free_space - COR_EVTX_CHUNK_HEADER) == cor_ld32(p + 52);
}

bool cor_evtx_record_at(const uint8_t *p, size_t n, uint32_t off, cor_evtx_record *out)
{
    if (off > n || n - off < 28 || cor_ld32(p + off) != 0x00002a2a)
        return false;
    uint32_t size = cor_ld32(p + off + 4);
    if (size < 28 || size > n - off || cor_ld32(p + off + size - 4) != size)
        return false;
    *out = (cor_evtx_record){off, size, cor_ld64(p + off + 8), (cor_time)(cor_ld64(p + off + 16) & INT64_MAX)};
    return true;
}
