// SPDX-License-Identifier: Apache-2.0
#pragma once

/**
 * RapidJSON, included in one way wherever it is: two sources of a program that include it with different assertions
 * would define the same functions differently.
 */

#include <stdexcept>

// A failed precondition inside RapidJSON must not abort the process or be undefined behaviour.
#define RAPIDJSON_ASSERT(condition)                                     \
  do {                                                                  \
    if (!(condition)) throw std::logic_error("RapidJSON: " #condition); \
  } while (false)
#ifdef __clang__
// It compares its empty stack with null plus one: harmless, and the one thing that UBSan finds in it.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/internal/stack.h>
#pragma clang attribute pop
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
