/*
 * whole - writes that do not stop half way
 */
#include "base/whole.h"

#include <errno.h>
#include <unistd.h>

/*
 * whole_write - all of the bytes
 */
bool
whole_write(int fd, struct span bytes, int *err)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR) {
			*err = errno;
			return false;
		}
		if (n > 0)
			bytes = span_tail(bytes, (size_t)n);
	}
	return true;
}
