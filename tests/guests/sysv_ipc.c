// kind: so pie
// System V shared memory, semaphores and message queues, within one program.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
    struct seminfo *info;
};

#define SHOW(call) \
    do { \
        errno = 0; \
        long r_ = (long)(call); \
        printf("%s: %ld %d\n", #call, r_, errno); \
    } while (0)
// For results that differ between machines: only whether it worked.
#define WORKS(call) \
    do { \
        errno = 0; \
        int r_ = (long)(call) != -1; \
        printf("%s: %d %d\n", #call, r_, errno); \
    } while (0)

static int sem, queue;

static void *add(void *arg) {
    union semun u;
    // The other one waits before this one adds.
    while (semctl(sem, 0, GETNCNT, u) < 1) usleep(1000);
    struct sembuf op = {0, *(int *)arg, 0};
    printf("ncnt %d zcnt %d\n", semctl(sem, 0, GETNCNT, u), semctl(sem, 0, GETZCNT, u));
    semop(sem, &op, 1);
    return 0;
}

static void *drain(void *arg) {
    (void)arg;
    union semun u;
    while (semctl(sem, 1, GETZCNT, u) < 1) usleep(1000);
    struct sembuf op = {1, -2, 0};
    semop(sem, &op, 1);
    return 0;
}

static void *remove_set(void *arg) {
    (void)arg;
    union semun u;
    while (semctl(sem, 0, GETNCNT, u) < 1) usleep(1000);
    semctl(sem, 0, IPC_RMID);
    return 0;
}

struct text {
    long type;
    char bytes[64];
};

static void *send_later(void *arg) {
    (void)arg;
    usleep(20000);
    struct text t = {9, "late"};
    msgsnd(queue, &t, 5, 0);
    return 0;
}

static void *receive_later(void *arg) {
    (void)arg;
    usleep(20000);
    static char room[8200];
    msgrcv(queue, room, 8192, 0, 0);
    return 0;
}

static void *remove_queue(void *arg) {
    (void)arg;
    usleep(20000);
    msgctl(queue, IPC_RMID, 0);
    return 0;
}

// What /proc says is mapped at an address.
static int mapped_number(void *address) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int number = -1;
    while (fgets(line, sizeof line, maps)) {
        unsigned long start, inode;
        if (sscanf(line, "%lx-%*x %*s %*s %*s %lu", &start, &inode) == 2 && start == (unsigned long)address)
            number = inode;
    }
    fclose(maps);
    return number;
}

static void shared_memory(void) {
    key_t key = 0x05710000 + getpid() % 1000;
    SHOW(shmget(key, 100, 0600));
    SHOW(shmget(key, 0, IPC_CREAT | 0600));
    int id = shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0640);
    printf("made %d\n", id >= 0);
    SHOW(shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600));
    printf("same %d\n", shmget(key, 0, 0) == id);
    SHOW(shmget(key, 6000, 0));
    struct shmid_ds ds;
    SHOW(shmctl(id, IPC_STAT, &ds));
    printf("size %zu mode %o nattch %d key %d cpid %d lpid %d atime %d ctime %d\n", ds.shm_segsz, ds.shm_perm.mode,
           (int)ds.shm_nattch, ds.shm_perm.__key == key, ds.shm_cpid == getpid(), ds.shm_lpid, ds.shm_atime != 0,
           labs(ds.shm_ctime - time(0)) < 5);
    char *a = shmat(id, 0, 0), *b = shmat(id, 0, 0);
    printf("zero %d\n", a[0] == 0 && a[4999] == 0);
    strcpy(a, "shared");
    printf("b %s\n", b);
    char *c = shmat(id, 0, SHM_RDONLY);
    printf("c %s\n", c);
    shmctl(id, IPC_STAT, &ds);
    printf("nattch %d lpid %d atime %d\n", (int)ds.shm_nattch, ds.shm_lpid == getpid(), ds.shm_atime != 0);
    SHOW(mprotect(c, 4096, PROT_READ | PROT_WRITE));
    SHOW(shmat(id, a, 0));
    SHOW(shmat(id, a + 1, 0));
    SHOW(shmat(id, a + 1, SHM_RND));
    SHOW(shmat(id, 0, SHM_REMAP));
    SHOW(shmat(-1, 0, 0));
    printf("remap %d\n", (char *)shmat(id, b, SHM_REMAP) == b);
    printf("remap %d\n", (char *)shmat(id, b + 100, SHM_REMAP | SHM_RND) == b);
    printf("b %s\n", b);
    SHOW(shmdt(b));
    SHOW(shmdt(b));
    SHOW(shmdt(a + 4096));
    SHOW(shmdt(c));
    shmctl(id, IPC_STAT, &ds);
    printf("nattch %d dtime %d\n", (int)ds.shm_nattch, ds.shm_dtime != 0);
    ds.shm_perm.mode = 0666;
    SHOW(shmctl(id, IPC_SET, &ds));
    SHOW(shmctl(id, IPC_RMID, 0));
    // Removed, but attached.
    SHOW(shmctl(id, IPC_STAT, &ds));
    printf("mode %o key %d\n", ds.shm_perm.mode, ds.shm_perm.__key);
    SHOW(shmget(key, 100, 0));
    char *d = shmat(id, 0, 0);
    printf("d %s\n", d);
    SHOW(shmdt(d));
    a[5] = 'D';
    printf("a %s\n", a);
    SHOW(munmap(a, 8192));
    SHOW(shmctl(id, IPC_STAT, &ds));
    SHOW(shmctl(id, IPC_RMID, 0));
    SHOW(shmctl(id, 77, 0));
    id = shmget(IPC_PRIVATE, 4096, 0600);
    int other = shmget(IPC_PRIVATE, 4096, 0600);
    printf("private %d\n", id != other);
    struct shminfo info;
    printf("info %d", shmctl(0, IPC_INFO, (void *)&info) >= 0);
    printf(" min %lu mni %lu\n", info.shmmin, info.shmmni);
    struct shm_info used;
    printf("used %d", shmctl(0, SHM_INFO, (void *)&used) >= 0);
    printf(" %d\n", used.used_ids >= 2);
    unsigned long before = used.shm_rss;
    int third = shmget(IPC_PRIVATE, 65536, 0600), fourth = shmget(IPC_PRIVATE, 65536, 0600);
    char *touched = shmat(fourth, 0, 0);
    char *plain = shmat(third, 0, 0);
    memset(touched, 1, 5 * 4096), plain[40000] = 1;
    shmctl(0, SHM_INFO, (void *)&used);
    // Touching one page may give its neighbours memory too.
    printf("touched %d\n", used.shm_rss - before >= 6 && used.shm_rss - before <= 32);
    printf("number %d\n", mapped_number(plain) == third);
    shmdt(touched), shmdt(plain), shmctl(third, IPC_RMID, 0), shmctl(fourth, IPC_RMID, 0);
    SHOW(shmctl(id, SHM_LOCK, 0));
    shmctl(id, IPC_STAT, &ds);
    printf("mode %o\n", ds.shm_perm.mode);
    SHOW(shmctl(id, SHM_UNLOCK, 0));
    SHOW(shmctl(id, IPC_STAT, (void *)1));
    SHOW(shmctl(id, IPC_RMID, 0));
    SHOW(shmctl(other, IPC_RMID, 0));
    SHOW(shmat(id, 0, 0));
}

static void semaphores(void) {
    union semun u;
    pthread_t t;
    SHOW(semget(IPC_PRIVATE, 0, 0600));
    SHOW(semget(IPC_PRIVATE, 40000, 0600));
    key_t key = 0x05720000 + getpid() % 1000;
    SHOW(semget(key, 3, 0));
    sem = semget(key, 3, IPC_CREAT | 0600);
    printf("made %d same %d\n", sem >= 0, semget(key, 2, 0) == sem);
    SHOW(semget(key, 4, 0));
    u.val = 2;
    SHOW(semctl(sem, 1, SETVAL, u));
    u.val = 40000;
    SHOW(semctl(sem, 1, SETVAL, u));
    SHOW(semctl(sem, 1, GETVAL));
    SHOW(semctl(sem, 3, GETVAL));
    SHOW(semctl(sem, 1, 99));
    printf("pid %d\n", semctl(sem, 1, GETPID) == getpid());
    unsigned short values[3] = {9, 9, 9};
    u.array = values;
    SHOW(semctl(sem, 0, GETALL, u));
    printf("%d %d %d\n", values[0], values[1], values[2]);
    struct sembuf take = {0, -1, IPC_NOWAIT}, both[2] = {{1, -1, 0}, {0, -1, IPC_NOWAIT}}, far = {3, 1, 0},
                  more = {1, 32767, 0};
    SHOW(semop(sem, &take, 1));
    SHOW(semop(sem, both, 2));
    SHOW(semctl(sem, 1, GETVAL));
    // All or none, also when a semaphore comes more than once.
    struct sembuf back[4] = {{1, -1, 0}, {1, 5, 0}, {2, 7, 0}, {0, -1, IPC_NOWAIT}},
                  over[3] = {{1, 1, 0}, {2, 32767, 0}, {2, 1, 0}};
    SHOW(semop(sem, back, 4));
    SHOW(semop(sem, over, 3));
    SHOW(semctl(sem, 0, GETALL, u));
    printf("%d %d %d\n", values[0], values[1], values[2]);
    SHOW(semop(sem, &far, 1));
    SHOW(semop(sem, &more, 1));
    SHOW(semop(sem, &take, 0));
    SHOW(semop(sem, &take, 501));
    SHOW(semop(sem, (void *)1, 1));
    SHOW(semop(-1, &take, 1));
    int two = 2;
    pthread_create(&t, 0, add, &two);
    struct sembuf wait = {0, -2, SEM_UNDO};
    SHOW(semop(sem, &wait, 1));
    pthread_join(t, 0);
    SHOW(semctl(sem, 0, GETVAL));
    pthread_create(&t, 0, drain, 0);
    struct sembuf zero = {1, 0, 0};
    SHOW(semop(sem, &zero, 1));
    pthread_join(t, 0);
    struct timespec time = {0, 10000000}, bad = {0, -1};
    struct sembuf one = {0, -1, 0};
    SHOW(semtimedop(sem, &one, 1, &time));
    SHOW(semtimedop(sem, &one, 1, &bad));
    unsigned short set[3] = {1, 2, 3};
    u.array = set;
    SHOW(semctl(sem, 0, SETALL, u));
    SHOW(semtimedop(sem, &one, 1, &time));
    struct semid_ds ds;
    u.buf = &ds;
    SHOW(semctl(sem, 0, IPC_STAT, u));
    printf("nsems %d mode %o otime %d\n", (int)ds.sem_nsems, ds.sem_perm.mode, ds.sem_otime != 0);
    struct seminfo info;
    u.info = &info;
    printf("info %d", semctl(0, 0, IPC_INFO, u) >= 0);
    printf(" msl %d opm %d vmx %d\n", info.semmsl, info.semopm, info.semvmx);
    pthread_create(&t, 0, remove_set, 0);
    struct sembuf five = {0, -5, 0};
    SHOW(semop(sem, &five, 1));
    pthread_join(t, 0);
    SHOW(semop(sem, &five, 1));
    SHOW(semctl(sem, 0, IPC_RMID));
}

static void messages(void) {
    pthread_t t;
    struct text m, r;
    SHOW(msgget(0x05730000 + getpid() % 1000, 0));
    queue = msgget(IPC_PRIVATE, 0600);
    const struct { long type; const char *text; } all[] = {{3, "three"}, {1, "one"}, {2, "two"}, {1, "uno"}, {5, "five"}};
    for (int i = 0; i < 5; i++) {
        m.type = all[i].type;
        strcpy(m.bytes, all[i].text);
        printf("send %d\n", msgsnd(queue, &m, strlen(m.bytes) + 1, 0));
    }
    m.type = 0;
    SHOW(msgsnd(queue, &m, 5, 0));
    m.type = 1;
    SHOW(msgsnd(queue, &m, 8193, 0));
    SHOW(msgsnd(-1, &m, 1, 0));
    SHOW(msgsnd(queue, (void *)1, 1, 0));
    struct msqid_ds ds;
    SHOW(msgctl(queue, IPC_STAT, &ds));
    printf("num %d bytes %d max %d lspid %d lrpid %d\n", (int)ds.msg_qnum, (int)ds.__msg_cbytes, (int)ds.msg_qbytes,
           ds.msg_lspid == getpid(), ds.msg_lrpid);
#define RECEIVE(wanted, flags) \
    do { \
        errno = 0; \
        memset(&r, 0, sizeof r); \
        int n_ = msgrcv(queue, &r, sizeof r.bytes, wanted, flags); \
        printf("receive %s %s: %d %ld %s %d\n", #wanted, #flags, n_, r.type, r.bytes, errno); \
    } while (0)
    RECEIVE(2, MSG_COPY | IPC_NOWAIT);
    RECEIVE(2, 0);
    RECEIVE(-4, 0);
    RECEIVE(1, MSG_EXCEPT);
    RECEIVE(7, IPC_NOWAIT);
    SHOW(msgrcv(queue, &r, 2, 0, 0));
    SHOW(msgrcv(queue, &r, 2, 0, MSG_NOERROR));
    printf("cut %.2s\n", r.bytes);
    RECEIVE(0, 0);
    RECEIVE(0, IPC_NOWAIT);
    pthread_create(&t, 0, send_later, 0);
    RECEIVE(0, 0);
    pthread_join(t, 0);
    // Full: 16384 bytes.
    static struct { long type; char bytes[8192]; } big = {1, ""};
    SHOW(msgsnd(queue, &big, 8192, 0));
    SHOW(msgsnd(queue, &big, 8192, 0));
    SHOW(msgsnd(queue, &big, 1, IPC_NOWAIT));
    pthread_create(&t, 0, receive_later, 0);
    SHOW(msgsnd(queue, &big, 1, 0));
    pthread_join(t, 0);
    ds.msg_qbytes = 100;
    SHOW(msgctl(queue, IPC_SET, &ds));
    SHOW(msgsnd(queue, &big, 1, IPC_NOWAIT));
    RECEIVE(1, MSG_NOERROR);
    RECEIVE(1, MSG_NOERROR);
    pthread_create(&t, 0, remove_queue, 0);
    RECEIVE(1, 0);
    pthread_join(t, 0);
    RECEIVE(1, 0);
}

int main(void) {
    shared_memory();
    semaphores();
    messages();
    WORKS(ftok("/", 1));
    printf("ftok %d\n", ftok("/", 1) != ftok("/", 2));
    return 0;
}
