/* What every cmocka test includes first, in the order cmocka wants. */
#ifndef COR_TESTS_TEST_H
#define COR_TESTS_TEST_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>

#include <cmocka.h>

#include "base/base.h"

#define assert_str(s, lit)                                  \
    do {                                                    \
        cor_str got_ = (s);                                 \
        assert_int_equal(got_.n, strlen(lit));              \
        assert_memory_equal(got_.p, (lit), got_.n);         \
    } while (0)
#endif
