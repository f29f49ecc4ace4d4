/*
 * replay - runs a fuzz target over the files of its corpus
 *
 * usage: TARGET_replay directory
 *
 * What libFuzzer found once must stay found; a build without it can do that
 * much.
 */
#include "base/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum {
	FILE_MAX_BYTES = 1024 * 1024,
};

/*
 * replay - one file; false if it cannot be read
 */
static int
replay(const char *directory, const char *name)
{
	static uint8_t bytes[FILE_MAX_BYTES];
	char path[4096];
	uint8_t *exact;
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return 0;
	n = fread(bytes, 1, sizeof(bytes), f);
	(void)fclose(f);
	/* Memory of its own length, so that a sanitizer sees its end. */
	exact = malloc(n > 0 ? n : 1);
	if (exact == NULL)
		return 0;
	memcpy(exact, bytes, n);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 1;
}

int
main(int argc, char **argv)
{
	struct dirent *e;
	int files = 0;
	DIR *d;

	if (argc != 2 || (d = opendir(argv[1])) == NULL) {
		(void)fprintf(stderr, "usage: %s directory\n", argv[0]);
		return 2;
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (!replay(argv[1], e->d_name)) {
			(void)fprintf(stderr, "%s: cannot read\n", e->d_name);
			return 1;
		}
		files++;
	}
	(void)closedir(d);
	(void)printf("%d files\n", files);
	return files == 0;
}
