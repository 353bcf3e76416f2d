// kind: so pie
// own libc: no: the static libc of Debian crashes in it on Linux
// The files of accounts: gshadow, logins, Ethernet addresses, remote procedures, shells.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <gshadow.h>
#include <netinet/ether.h>
#include <rpc/netdb.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utmp.h>
#include <utmpx.h>

static void show_group(const struct sgrp *g) {
    if (!g) {
        printf("no group\n");
        return;
    }
    printf("%s:%s adm", g->sg_namp, g->sg_passwd);
    for (char **p = g->sg_adm; *p; p++) printf(" %s", *p);
    printf(" mem");
    for (char **p = g->sg_mem; *p; p++) printf(" %s", *p);
    printf("\n");
}

static void show_login(const char *what, const struct utmpx *u) {
    if (!u) {
        printf("%s: none\n", what);
        return;
    }
    printf("%s: type %d pid %d line %.32s id %.4s user %.32s host %.256s time %d\n", what, u->ut_type, u->ut_pid, u->ut_line,
           u->ut_id, u->ut_user, u->ut_host, u->ut_tv.tv_sec);
}

static struct utmpx entry(int type, const char *line, const char *id, const char *user) {
    struct utmpx u;
    memset(&u, 0, sizeof u);
    u.ut_type = type;
    u.ut_pid = 7;
    strncpy(u.ut_line, line, sizeof u.ut_line);
    strncpy(u.ut_id, id, sizeof u.ut_id);
    strncpy(u.ut_user, user, sizeof u.ut_user);
    strcpy(u.ut_host, "there");
    u.ut_tv.tv_sec = 1000;
    return u;
}

int main(void) {
    char folder[] = "/tmp/accountsXXXXXX", path[64];
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/file", folder);

    // gshadow
    show_group(sgetsgent("wheel:!:root,admin:alice,bob"));
    show_group(sgetsgent("short:x"));
    FILE *file = fopen(path, "w+");
    fputs("one:!::\n# no group\ntwo:hash:root:a,b,c\n", file);
    rewind(file);
    struct sgrp *g, out, *result;
    char buf[256];
    while ((g = fgetsgent(file))) show_group(g);
    rewind(file);
    errno = 0;
    printf("small: %d\n", fgetsgent_r(file, &out, buf, 8, &result));
    rewind(file);
    int error = fgetsgent_r(file, &out, buf, sizeof buf, &result);
    printf("fgetsgent_r %d ", error);
    show_group(result);
    char *members[] = {"x", "y", 0}, *nobody[] = {0};
    struct sgrp made = {"made", "pw", nobody, members};
    rewind(file);
    printf("putsgent %d\n", putsgent(&made, file));
    rewind(file);
    show_group(fgetsgent(file));
    fclose(file);
    show_group(getsgnam("no such group here"));
    error = getsgnam_r("no such group here", &out, buf, sizeof buf, &result);
    printf("getsgnam_r %d %d\n", error, result == 0);
    setsgent();
    g = getsgent();
    int first = g != 0;
    endsgent();
    g = getsgent();
    printf("getsgent again: %d\n", first == (g != 0));
    endsgent();

    // Logins
    close(open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600));
    printf("utmpxname %d\n", utmpxname(path));
    setutxent();
    show_login("empty", getutxent());
    struct utmpx a = entry(USER_PROCESS, "pts/1", "ts/1", "alice"), b = entry(LOGIN_PROCESS, "tty2", "2", "LOGIN"),
                 c = entry(BOOT_TIME, "~", "~~", "reboot");
    show_login("put", pututxline(&c));
    show_login("put", pututxline(&a));
    show_login("put", pututxline(&b));
    setutxent();
    struct utmpx *u;
    while ((u = getutxent())) show_login("all", u);
    setutxent();
    show_login("id", getutxid(&a));
    show_login("id again", getutxid(&a));
    setutxent();
    show_login("line", getutxline(&b));
    errno = 0;
    u = getutxline(&b);
    printf("line again: %d %d\n", u == 0, errno);
    setutxent();
    struct utmpx boot = entry(BOOT_TIME, "", "", "");
    show_login("boot", getutxid(&boot));
    struct utmpx bad = entry(99, "", "", "");
    errno = 0;
    u = getutxid(&bad);
    printf("bad: %d %d\n", u == 0, errno);
    struct utmpx dead = entry(DEAD_PROCESS, "pts/1", "ts/1", "");
    show_login("dead", pututxline(&dead));
    setutxent();
    while ((u = getutxent())) show_login("all", u);
    struct utmp r, *rp;
    setutent();
    printf("getutent_r %d", getutent_r(&r, &rp));
    printf(" %s\n", rp->ut_user);
    updwtmpx(path, &a);
    setutxent();
    int count = 0;
    while (getutxent()) count++;
    printf("count %d\n", count);
    endutxent();
    unlink(path);
    setutxent();
    errno = 0;
    u = getutxent();
    printf("absent: %d %d\n", u == 0, errno);
    errno = 0;
    u = pututxline(&a);
    printf("absent: %d %d\n", u == 0, errno);
    rmdir(folder);

    // Ethernet addresses
    struct ether_addr ether;
    char text[32], host[64];
    printf("%s\n", ether_ntoa(ether_aton("8:0:20:00:61:Ca")));
    printf("%d %d %d\n", ether_aton("8:0:20:0:61") == 0, ether_aton("8:0:20:0:61:zz") == 0, ether_aton("888:0:20:0:61:1") == 0);
    printf("%s\n", ether_ntoa_r(ether_aton_r("ff:ff:ff:ff:ff:ff", &ether), text));
    printf("%d", ether_line("1:2:3:4:5:6 \t host.example # x\n", &ether, host));
    printf(" %s %s\n", host, ether_ntoa(&ether));
    printf("%d %d\n", ether_line("1:2:3:4:5:6", &ether, host), ether_line("# x", &ether, host));
    printf("%d\n", ether_hostton("no.such.host.here", &ether));

    // Remote procedures
    struct rpcent *rpc = getrpcbyname("sunrpc");
    // The file need not be there.
    printf("%d", !rpc || rpc->r_number == 100000);
    setrpcent(0);
    struct rpcent *entry = getrpcent();
    printf(" %d", !rpc == !entry);
    endrpcent();
    rpc = getrpcbynumber(100003);
    printf(" %d\n", !entry || (rpc && !strcmp(rpc->r_name, "nfs")));
    printf("%d\n", getrpcbynumber(-5) == 0);

    // Shells
    setusershell();
    char *shell = getusershell();
    printf("%s\n", shell ? shell : "none");
    count = 1;
    while (getusershell()) count++;
    setusershell();
    shell = getusershell();
    printf("%d %s\n", count > 1, shell ? shell : "none");
    endusershell();

    printf("lock %d", lckpwdf());
    printf(" %d", lckpwdf());
    printf(" %d", ulckpwdf());
    printf(" %d\n", ulckpwdf());
    return 0;
}
