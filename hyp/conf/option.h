/* SPDX-License-Identifier: MIT */
/*
 * option.h - what an option is, and how its value is read. For files with options of their own.
 *
 * Optional room: options, 30 lines.
 */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include "conf/options.h"
#include "lib/rows.h"
#include "lib/types.h"

/* A stretch of text inside the command line. */
struct text {
	const char *s;
	size_t len;
};

/*
 * An option: NAME=VALUE. A value is read by @set, if there is one; else it is a number from @min to
 * @max, if there is a @max; else one of the words in @right, of which the first stands for @min.
 * The latter two go to an unsigned: that at @own, or the field of struct options at that offset.
 * Of a file with an option ROW(option, ...) is all that others see: the value is in @own, a
 * variable of that file. Before each command line its @own_size bytes are cleared.
 */
struct option {
	const char *name, *right; /* what a value must be; a message says so */
	bool (*set)(struct options *o, struct text value); /* false: it is not that */
	uint16_t field, min;
	uint32_t max;
	void *own;
	size_t own_size;
};

ROWS(option, struct option);

/* Cut what stands before the first @sep off @rest (all of it, if there is none), and skip @sep. */
struct text text_cut(struct text *rest, char sep);
/* Which of @words, separated by |, @t is; -1: none. */
int text_find(const char *words, struct text t);
/* A number from @min to @max, without suffix. False: it is none; *@out stays. */
bool text_number(struct text t, unsigned min, unsigned max, unsigned *out);

/*
 * A number, decimal or 0x.., with an optional K, M or G behind it, filling all @len characters.
 * False: not one, or over 64 bits.
 */
bool options_size(const char *s, size_t len, uint64_t *value);

/*
 * May a VM have that much memory? The reason why not is the same wherever it is asked:
 * OPTIONS_MEM_RULE.
 */
bool options_mem_ok(uint64_t mem);
#define OPTIONS_MEM_RULE "a multiple of 2M from 4M to 1024G, like 128M"

#endif
