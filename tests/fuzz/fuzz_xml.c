/* Event XML into the tree, also repaired, and the tree printed and read again: what we print must be XML that we read. */
#include <stdint.h>
#include <stdlib.h>

#include "events/tree_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cor_arena mem = {0}, second = {0};
    cor_xml *x = cor_xml_new();
    cor_err e;
    cor_elem *root = NULL, *again = NULL;
    bool repaired;
    if (x != NULL && cor_tree_xml_whole(x, (cor_str){(const char *)data, size}, 0, &mem, &root, &repaired, &e) == COR_OK) {
        cor_buf one = {0}, two = {0};
        size_t used = 0;
        if (cor_tree_render(root, COR_FMT_XML, &one, &e) != COR_OK || cor_tree_render(root, COR_FMT_JSONL, &two, &e) != COR_OK)
            abort();
        cor_buf_clear(&two);
        if (cor_tree_xml(x, cor_buf_view(&one), 0, &second, &again, &used, &e) != COR_OK || used != one.n)
            abort();
        if (cor_tree_render(again, COR_FMT_XML, &two, &e) != COR_OK || one.n != two.n || memcmp(one.p, two.p, one.n) != 0)
            abort();
        cor_buf_free(&one);
        cor_buf_free(&two);
    }
    cor_xml_free(x);
    cor_arena_free(&mem);
    cor_arena_free(&second);
    return 0;
}
