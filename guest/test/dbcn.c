/* SPDX-License-Identifier: MIT */
/*
 * dbcn.c - debug console, SBI 3.0 chapter 12.
 */
#include "../lib/test.h"
#include "../lib/str.h"

static char page_pair[8192] ALIGNED(4096);

#define NEED_DBCN() NEED_EXT(EID_DBCN, "DBCN")

TEST(dbcn_write, "write prints a prefix and says how long it was")
{
	static const char text[] = "DBCN write says hello\n";
	size_t at = 0, len = sizeof(text) - 1;

	NEED_DBCN();
	CHECK_WAIT(({
		struct sbi_ret r = sbi_dbcn_write(len - at,
						  (u64)text + at, 0);
		CHECK_ERR(r, SBI_SUCCESS);
		CHECK(r.value <= len - at);
		at += r.value;
		at == len;
	}));
}

TEST(dbcn_write_nothing, "writing 0 bytes succeeds with value 0")
{
	struct sbi_ret r;

	NEED_DBCN();
	r = sbi_dbcn_write(0, (u64)page_pair, 0);
	CHECK_ERR(r, SBI_SUCCESS);
	CHECK_EQ(r.value, 0);
}

TEST(dbcn_write_cross_page, "a buffer may cross a page")
{
	static const char text[] = "DBCN write crosses a page\n";
	size_t len = sizeof(text) - 1, at = 0;
	char *p = page_pair + 4096 - 7;

	NEED_DBCN();
	memcpy(p, text, len);
	CHECK_WAIT(({
		struct sbi_ret r = sbi_dbcn_write(len - at, (u64)p + at, 0);

		CHECK_ERR(r, SBI_SUCCESS);
		at += r.value;
		at == len;
	}));
}

TEST(dbcn_bad_range, "a range outside the guest's RAM is INVALID_PARAM")
{
	NEED_DBCN();
	CHECK_ERR(sbi_dbcn_write(8, bad_address(), 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_dbcn_read(8, bad_address(), 0), SBI_INVALID_PARAM);
}

TEST(dbcn_bad_range_end, "a range that leaves RAM half-way is refused")
{
	u64 end = machine.ram_base + machine.ram_size;

	NEED_DBCN();
	NEED_RAM_CHECK();
	CHECK_ERR(sbi_dbcn_write(0x10000, end - 4, 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_dbcn_read(0x10000, end - 4, 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_dbcn_read(8, 0, 0), SBI_INVALID_PARAM);
}

TEST(dbcn_range_wraps, "a range that wraps around is refused")
{
	NEED_DBCN();
	NEED_RAM_CHECK();
	CHECK_ERR(sbi_dbcn_read(~0ul, (u64)page_pair, 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_dbcn_read(16, ~0ul - 7, 0), SBI_INVALID_PARAM);
}

TEST(dbcn_high_word, "a high address word that is not 0 is refused")
{
	struct sbi_ret r;

	NEED_DBCN();
	r = sbi_dbcn_write(4, (u64)page_pair, 1);
	CHECK(r.error == SBI_INVALID_PARAM || r.error == SBI_FAILED);
	r = sbi_dbcn_read(4, (u64)page_pair, 1);
	CHECK(r.error == SBI_INVALID_PARAM || r.error == SBI_FAILED);
}

TEST(dbcn_write_byte, "write_byte prints the low byte, value 0")
{
	static const char text[] = "DBCN write_byte says hello\n";

	NEED_DBCN();
	for (const char *s = text; *s; s++) {
		struct sbi_ret r = sbi_dbcn_write_byte(0xabcdef00ul | (u8)*s);

		CHECK_ERR(r, SBI_SUCCESS);
		CHECK_EQ(r.value, 0);
	}
}

TEST(dbcn_read, "read without input gives 0 bytes and touches nothing")
{
	struct sbi_ret r;

	NEED_DBCN();
	memset(page_pair, 0x5a, 64);
	r = sbi_dbcn_read(16, (u64)page_pair + 8, 0);
	CHECK_ERR(r, SBI_SUCCESS);
	CHECK(r.value <= 16);
	for (u64 i = 8 + r.value; i < 64; i++)
		CHECK_EQ(page_pair[i], 0x5a);
	for (u64 i = 0; i < 8; i++)
		CHECK_EQ(page_pair[i], 0x5a);
	r = sbi_dbcn_read(0, (u64)page_pair, 0);
	CHECK_ERR(r, SBI_SUCCESS);
	CHECK_EQ(r.value, 0);
}

TEST(dbcn_bad_fid, "functions above 2 are NOT_SUPPORTED")
{
	NEED_DBCN();
	CHECK_ERR(sbi_call0(EID_DBCN, 3), SBI_NOT_SUPPORTED);
	CHECK_ERR(sbi_call0(EID_DBCN, ~0ul), SBI_NOT_SUPPORTED);
}

static void print_lines(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < 3; i++)
		print("hart %lu writes line %u whole\n", hart_self()->id, i);
}

TEST(dbcn_from_all, "all harts may print at the same time")
{
	NEED_HARTS(2);
	for_each_other(h)
		hart_run(h, print_lines, NULL);
	harts_join();
}
