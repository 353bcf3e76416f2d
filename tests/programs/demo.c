/* What a compiler that runs its code at once has to get right: library calls, structures, floating point, callbacks. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shape {
	const char *name;
	double (*area)(double);
};

static double square(double side)
{
	return side * side;
}

static double disk(double radius)
{
	return 3.14159265358979 * radius * radius;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	struct shape shapes[] = { { "square", square }, { .name = "disk", .area = disk } };
	for (int i = 0; i < 2; i++)
		printf("%-8s%8.3f\n", shapes[i].name, shapes[i].area(i + 1.5));
	qsort(argv + 1, argc - 1, sizeof *argv, by_text);
	for (int i = 1; i < argc; i++)
		printf("%d %s\n", i, argv[i]);
	long long product = 1;
	for (int i = 1; i <= 20; i++)
		product *= i;
	char *text = malloc(64);
	snprintf(text, 64, "%lld %llx %g", product, product, (double)product);
	puts(text);
	free(text);
	return argc;
}
