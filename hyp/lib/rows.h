/* SPDX-License-Identifier: MIT */
/*
 * rows.h - a table whose rows stand in different files: the linker puts them side by side.
 *
 * Who reads the table knows none of them. So a file with a row can be added or taken out, and
 * nothing else changes. A row is a constant structure, and the table has its address. Nothing may
 * depend on the order of the rows. A new table needs two lines in linker.ld.
 */
#ifndef LIB_ROWS_H
#define LIB_ROWS_H

/*
 * Declare the table @name, whose rows are of @type. It may be empty. Without `weak` the linker of
 * the build machine would then miss the symbols; and a compiler could conclude that two objects
 * are never at one place.
 */
#define ROWS(name, type) \
	extern type const *const __start_rows_##name[] __attribute__((weak)); \
	extern type const *const __stop_rows_##name[] __attribute__((weak))

/* Put @row, a constant of this file, into the table @name. */
#define ROW(name, row) \
	static const __typeof__(row) *const row##_in_##name \
		__attribute__((used, section("rows_" #name))) = &(row)

/* @r points to one place of the table after another. */
#define each_row(name, r) \
	for (__typeof__(&__start_rows_##name[0]) r = __start_rows_##name; \
	     r != __stop_rows_##name; r++)

#endif
