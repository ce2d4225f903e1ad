/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/sample_test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* writers PROCESSES THREADS RECORDS SECONDS: how much the writers of several centre processes
 * take in through one store: each thread is a gate of a company of its own that sends batches
 * of RECORDS alerts, one after the other, each acknowledged when it is durable.  On SQLite
 * (one process), or on the PostgreSQL that OTASUKE_STORE_URL names. */
#define MACHINES 4 /* of a company: four causes each */

static struct store *store;
static struct journey journey = { .notify = { .from = "m@centre.example" } };
static atomic_bool over;
static atomic_llong batches;
static int records, process;

static int fill(struct store_db *db, void *arg)
{
	int64_t n = *(const int *)arg;
	int err =
	    store_script(db, "INSERT INTO chamber (id, name) VALUES (1, 'sample')");

	for (int64_t c = 1; c <= n && err == 0; c++) {
		err = store_exec(db,
		    "INSERT INTO company (id, chamber_id, name, created_us) VALUES (?, 1, 'c', "
		    "0)",
		    STORE_ARGS(STORE_INT(c)));
		if (err == 0)
			err = store_exec(db,
			    "INSERT INTO site (id, company_id, name) VALUES (?, ?, 's')",
			    STORE_ARGS(STORE_INT(c), STORE_INT(c)));
		if (err == 0)
			err = store_exec(db,
			    "INSERT INTO gate (id, company_id, site_id, name) VALUES (?, ?, "
			    "?, 'g')",
			    STORE_ARGS(STORE_INT(c), STORE_INT(c), STORE_INT(c)));
	}
	return err < 0 ? err : store_settle_ids(db);
}

static void lines_of(struct buf *lines, int64_t gate, unsigned *seed)
{
	static const char *const causes[] = { "EXPLOIT", "BACKDOOR", "SCAN", "PROBE" };
	char when[40];

	clock_format(clock_now_us(), when, sizeof(when));
	buf_clear(lines);
	for (int i = 0; i < records; i++) {
		unsigned r = (unsigned)rand_r(seed);
		buf_addf(lines,
		    "{\"timestamp\":\"%s\",\"event_type\":\"alert\",\"src_ip\":\"192.168.1.23\","
		    "\"src_port\":%u,\"dest_ip\":\"198.51.100.%u\",\"dest_port\":443,\"proto\":"
		    "\"TCP\",\"alert\":{\"action\":\"blocked\",\"signature_id\":%u,\"signature\":"
		    "\"SAMPLE rule number %u\"},\"otasuke\":{\"cause\":\"%s\",\"way\":\"out\","
		    "\"stopped\":true,\"machine\":{\"mac\":\"00:00:5e:%02x:%02x:%02x\"}}}\n",
		    when, 1024 + r % 60000, r % 250, 2000000 + r % 40, r % 40,
		    causes[r % 4], (unsigned)gate & 0xff, (unsigned)process & 0xff,
		    r / 4 % MACHINES);
	}
}

static int take(struct store_db *db, void *arg)
{
	return journey_run(db, arg, &journey);
}

static void *gate_run(void *arg)
{
	int64_t gate = (int64_t)(intptr_t)arg;
	unsigned seed = (unsigned)gate;
	struct buf lines;
	char boot[32];

	buf_init(&lines, 16u << 20);
	snprintf(boot, sizeof(boot), "b%d", (int)getpid());
	for (int64_t seq = 1; !over; seq++) {
		struct batch b = { .gate_id = gate, .seq = seq };
		snprintf(b.boot, sizeof(b.boot), "%s", boot);
		lines_of(&lines, gate, &seed);
		if (ingest_batch_lines(&b, buf_span(&lines), clock_now_us()) < 0 ||
		    store_write(store, take, &b) < 0)
			exit(1);
		ingest_batch_fini(&b);
		batches++;
	}
	buf_fini(&lines);
	return NULL;
}

/* One process; its number of batches and its CPU go to the parent. */
static void run(const char *dir, int threads, int seconds, int out)
{
	pthread_t ids[256];
	struct rusage u;

	store = store_open(dir);
	if (!store)
		exit(1);
	for (int i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, gate_run,
		    (void *)(intptr_t)(process * threads + i + 1));
	sleep((unsigned)seconds);
	over = true;
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	store_close(store);
	getrusage(RUSAGE_SELF, &u);
	double said[2] = { (double)batches,
		(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6 };
	exit(write(out, said, sizeof(said)) == sizeof(said) ? 0 : 1);
}

int main(int argc, char **argv)
{
	char dir[64];
	int pipes[2], n, threads, seconds, all, status;
	double sum = 0, cpu = 0, said[2];

	if (argc != 5 || pipe(pipes) < 0)
		return 2;
	n = atoi(argv[1]);
	threads = atoi(argv[2]);
	records = atoi(argv[3]);
	seconds = atoi(argv[4]);
	all = n * threads;
	store = store_open(storedir_make(dir));
	if (!store || store_write(store, fill, &all) < 0)
		return 1;
	store_close(store);
	for (process = 0; process < n; process++)
		if (fork() == 0)
			run(dir, threads, seconds, pipes[1]);
	for (int i = 0; i < n && read(pipes[0], said, sizeof(said)) == sizeof(said);
	     i++) {
		sum += said[0];
		cpu += said[1];
	}
	while (wait(&status) > 0)
		;
	printf(
	    "%s, %d processes, %d gates each, %d records a batch: %.0f batches/s, %.0f "
	    "records/s, %.0f records per CPU-second of the centre\n",
	    storedir_on_postgres() ? "PostgreSQL" : "SQLite", n, threads, records,
	    sum / seconds, sum * records / seconds, sum * records / cpu);
	storedir_remove(dir);
	return sum > 0 ? 0 : 1;
}
