/* SPDX-License-Identifier: MIT */
/* page.h - what the engine asks of the page (engine.js). */
#ifndef LESSON_PAGE_H
#define LESSON_PAGE_H

#include <stddef.h>

#define FROM(module_, name_) __attribute__((import_module(#module_), import_name(#name_)))

FROM(env, page_print) void page_print(const char *text, size_t n);
FROM(env, page_now) double page_now(void); /* seconds */
FROM(env, page_exit) void page_exit(int status); /* does not return */
/* A coroutine yields: the page may look at the stack. */
FROM(env, page_yields) void page_yields(unsigned co);

#endif
