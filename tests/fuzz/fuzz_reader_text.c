/* The readers of XML and of Splunk's text. */
#include "readers/splunk/splunk.h"
#include "readers/xml/xml.h"
#include "tests/fuzz/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader(&cor_reader_xml, data, size);
    return fuzz_reader(&cor_reader_splunk, data, size);
}
