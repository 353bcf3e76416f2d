/* A program with threads for another libc than glibc: workers, a pipe, thread-local data, an orderly end. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 4, ITEMS = 2000 };

static int items[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_key_t key;
static int finished, forgotten;
static _Thread_local long sum;

static void forget(void *value)
{
	__atomic_add_fetch(&forgotten, (int)(long)value, __ATOMIC_RELAXED);
}

static void *work(void *argument)
{
	int item;
	pthread_setspecific(key, argument);
	while (read(items[0], &item, sizeof item) == sizeof item)
		sum += item;
	pthread_mutex_lock(&lock);
	finished++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	return (void *)sum;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int main(int argc, char **argv)
{
	pthread_t workers[WORKERS];
	long total = 0;

	pthread_key_create(&key, forget);
	if (pipe(items))
		return 1;
	for (long i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], 0, work, (void *)(i + 1));
	for (int i = 0; i < ITEMS; i++)
		if (write(items[1], &i, sizeof i) != sizeof i)
			return 1;
	close(items[1]);
	pthread_mutex_lock(&lock);
	while (finished < WORKERS)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < WORKERS; i++) {
		void *value;
		pthread_join(workers[i], &value);
		total += (long)value;
	}
	printf("%d finished, %d forgotten, sum %ld\n", finished, forgotten, total);

	char names[][8] = { "sierra", "alpha", "mike", "zulu", "delta" };
	qsort(names, 5, sizeof *names, compare);
	for (int i = 0; i < 5; i++)
		printf("%s%c", names[i], i < 4 ? ' ' : '\n');

	char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct timespec now, wait = { 0, 1000000 };
	nanosleep(&wait, 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%d %d %d %s\n", page[4095], now.tv_sec >= 0, open_memstream == 0, strtod("2.5e3", 0) == 2500 ? "number" : "none");

	FILE *none = fopen("/none/there", "r");
	printf("%s: %s\n", none ? "opened" : "refused", strerror(errno));
	char path[] = "/tmp/threads-XXXXXX", line[32];
	FILE *file = fdopen(mkstemp(path), "w+");
	fprintf(file, "%s %d %.3f\n", argv[argc - 1], argc, 1 / 3.0);
	rewind(file);
	fputs(fgets(line, sizeof line, file), stdout);
	fclose(file);
	return unlink(path) ? 1 : 5;
}
