/*
 * mxps_test - what the preference of a mail exchanger says of its protocol
 *
 * REQ: MXP-01
 */
#include "base/check.h"
#include "policy/mxps.h"

static void
test_all(void **state)
{
	unsigned found = 0;

	(void)state;
	for (int p = -1; p <= UINT16_MAX; p++)
		if (mxps_is_qmtp(p))
			found++;
	assert_int_equal(found, 16);
}

static void
test_each(void **state)
{
	static const int yes[] = { 12801, 12817, 12833, 12961, 13025, 13041 };
	static const int no[] = { -1, 0, 1, 10, 12800, 12802, 12816, 12818,
		13040, 13042, 13056, 13057, 65535 };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		assert_true(mxps_is_qmtp(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		assert_false(mxps_is_qmtp(no[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_all),
		CHECK(test_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
