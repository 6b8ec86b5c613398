/* SPDX-License-Identifier: MIT */
/* types.h - the words every other file uses; no code. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t; /* host physical address */
typedef uint64_t gpaddr_t; /* guest physical address */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define KIB 1024UL
#define MIB (1024UL * KIB)
#define GIB (1024UL * MIB)

/* @align is a power of two; ALIGN_UP wraps like any unsigned sum. */
#define ALIGN_DOWN(x, align) ((x) & ~((typeof(x))(align)-1))
#define ALIGN_UP(x, align) ALIGN_DOWN((x) + ((typeof(x))(align)-1), align)
#define IS_ALIGNED(x, align) (((x) & ((typeof(x))(align)-1)) == 0)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define NORETURN __attribute__((noreturn))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NOINLINE __attribute__((noinline))
/* Memory that boot need not clear: whoever uses it fills it in first. */
#define NOINIT __attribute__((section(".noinit")))
#define UNUSED __attribute__((unused))

#endif
