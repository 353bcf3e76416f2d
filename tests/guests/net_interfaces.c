// kind: pie
// The loopback interface by name, number, ioctl and list, and what /proc/net says of sockets. Other interfaces that
// Linux has are left out.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static void names(void) {
    char name[IF_NAMESIZE] = "";
    printf("lo is %u\n", if_nametoindex("lo"));
    errno = 0;
    unsigned index = if_nametoindex("none-such0");
    printf("none %u errno %d\n", index, errno);
    index = if_nametoindex("a-name-that-is-much-too-long");
    printf("long %u errno %d\n", index, errno);
    printf("1 is %s\n", if_indextoname(1, name));
    char *none = if_indextoname(123456, name);
    printf("none %d errno %d\n", none == NULL, errno);
    struct if_nameindex *list = if_nameindex();
    for (struct if_nameindex *i = list; i->if_index; i++)
        if (i->if_index == 1) printf("listed %s\n", i->if_name);
    if_freenameindex(list);
}

/// Returns what getifaddrs says went over lo.
static struct rtnl_link_stats statistics(void) {
    struct rtnl_link_stats found = {0};
    struct ifaddrs *list = NULL;
    getifaddrs(&list);
    for (struct ifaddrs *i = list; i; i = i->ifa_next)
        if (!strcmp(i->ifa_name, "lo") && i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET && i->ifa_data)
            found = *(struct rtnl_link_stats *)i->ifa_data;
    freeifaddrs(list);
    return found;
}

static void sent(void) {
    struct rtnl_link_stats before = statistics();
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    bind(fd, (void *)&name, len);
    getsockname(fd, (void *)&name, &len);
    for (int i = 0; i < 3; i++) sendto(fd, "some bytes", 10, 0, (void *)&name, len);
    struct rtnl_link_stats after = statistics();
    printf("packets %d bytes %d, both ways %d %d, errors %u\n", after.tx_packets - before.tx_packets >= 3, after.tx_bytes - before.tx_bytes >= 30,
           after.rx_packets == after.tx_packets, after.rx_bytes == after.tx_bytes, after.rx_errors);
    close(fd);
}

static void addresses(void) {
    struct ifaddrs *list = NULL;
    say("getifaddrs", getifaddrs(&list));
    for (struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (strcmp(i->ifa_name, "lo") || !i->ifa_addr) continue;
        char text[60] = "", mask[60] = "none";
        printf("%s flags %x family %d ", i->ifa_name, i->ifa_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST), i->ifa_addr->sa_family);
        if (i->ifa_addr->sa_family == AF_PACKET) {
            struct sockaddr_ll *link = (void *)i->ifa_addr;
            printf("index %d type %d length %d statistics %d\n", link->sll_ifindex, link->sll_hatype, link->sll_halen, i->ifa_data != NULL);
            continue;
        }
        int is_six = i->ifa_addr->sa_family == AF_INET6;
        size_t at = is_six ? offsetof(struct sockaddr_in6, sin6_addr) : offsetof(struct sockaddr_in, sin_addr);
        inet_ntop(i->ifa_addr->sa_family, (char *)i->ifa_addr + at, text, sizeof text);
        if (i->ifa_netmask) inet_ntop(i->ifa_addr->sa_family, (char *)i->ifa_netmask + at, mask, sizeof mask);
        printf("%s mask %s\n", text, mask);
    }
    freeifaddrs(list);
}

static void requests(void) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0), local = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct ifreq request = {.ifr_name = "lo"};
    say("index", ioctl(fd, SIOCGIFINDEX, &request));
    printf("%d\n", request.ifr_ifindex);
    say("index through a local socket", ioctl(local, SIOCGIFINDEX, &request));
    say("flags", ioctl(fd, SIOCGIFFLAGS, &request));
    printf("%x\n", request.ifr_flags);
    say("mtu", ioctl(fd, SIOCGIFMTU, &request));
    printf("%d\n", request.ifr_mtu);
    say("address", ioctl(fd, SIOCGIFADDR, &request));
    printf("%s\n", inet_ntoa(((struct sockaddr_in *)&request.ifr_addr)->sin_addr));
    say("mask", ioctl(fd, SIOCGIFNETMASK, &request));
    printf("%s\n", inet_ntoa(((struct sockaddr_in *)&request.ifr_addr)->sin_addr));
    say("hardware", ioctl(fd, SIOCGIFHWADDR, &request));
    printf("%d\n", request.ifr_hwaddr.sa_family);
    say("address through a local socket", ioctl(local, SIOCGIFADDR, &request));
    struct ifreq found[64];
    struct ifconf all = {.ifc_len = sizeof found, .ifc_req = found};
    say("list", ioctl(fd, SIOCGIFCONF, &all));
    printf("%d %s\n", all.ifc_len % (int)sizeof(struct ifreq), found[0].ifr_name);
    all.ifc_len = 10;
    say("no room", ioctl(fd, SIOCGIFCONF, &all));
    printf("%d\n", all.ifc_len);
    strcpy(request.ifr_name, "none-such0");
    say("none", ioctl(fd, SIOCGIFINDEX, &request));
    close(fd);
    close(local);
}

// Prints the lines about sockets that are ours, by inode number, without numbers that differ from run to run.
static void table(const char *path, int count, const int *fds) {
    FILE *file = fopen(path, "r");
    char line[512];
    if (!file) { printf("%s: errno %d\n", path, errno); return; }
    fgets(line, sizeof line, file);
    printf("%s: head of %zu bytes %.30s\n", path, strlen(line), line);
    char seen[4][256] = {{0}};
    while (fgets(line, sizeof line, file)) {
        char local[64], remote[64], rest[64];
        unsigned state, tx, rx;
        unsigned long inode;
        if (sscanf(line, "%*d: %63s %63s %x %x:%x %63s %*s %*s %*s %lu", local, remote, &state, &tx, &rx, rest, &inode) != 7) continue;
        for (int i = 0; i < count; i++) {
            struct stat st;
            fstat(fds[i], &st);
            if (st.st_ino != inode) continue;
            *strrchr(local, ':') = *strrchr(remote, ':') = 0;
            snprintf(seen[i], sizeof seen[i], "%s %s state %02X waiting %u length %zu", local, remote, state, rx, strchr(path, '6') ? 0 : strlen(line));
        }
    }
    for (int i = 0; i < count; i++)
        printf("socket %d: %s\n", i, *seen[i] ? seen[i] : "not there");
    fclose(file);
}

static void tables(void) {
    int fds[4] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    bind(fds[0], (struct sockaddr *)&address, sizeof address);
    listen(fds[0], 3);
    getsockname(fds[0], (struct sockaddr *)&address, &len);
    connect(fds[1], (struct sockaddr *)&address, sizeof address);
    fds[2] = accept(fds[0], NULL, NULL);
    fds[3] = socket(AF_INET, SOCK_STREAM, 0);
    write(fds[1], "12345", 5);
    table("/proc/net/tcp", 4, fds);
    shutdown(fds[1], SHUT_WR);
    table("/proc/net/tcp", 1, fds + 2);
    for (int i = 0; i < 4; i++) close(fds[i]);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    fds[0] = socket(AF_INET6, SOCK_STREAM, 0);
    bind(fds[0], (struct sockaddr *)&six, sizeof six);
    listen(fds[0], 3);
    table("/proc/net/tcp6", 1, fds);
    close(fds[0]);
    fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
    fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_port = 0;
    bind(fds[0], (struct sockaddr *)&address, sizeof address);
    getsockname(fds[0], (struct sockaddr *)&address, &len);
    connect(fds[1], (struct sockaddr *)&address, sizeof address);
    table("/proc/net/udp", 2, fds);
    close(fds[0]);
    close(fds[1]);
    fds[0] = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    snprintf(local.sun_path + 1, 90, "osvrun-test-%d", getpid());
    bind(fds[0], (struct sockaddr *)&local, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(local.sun_path + 1));
    listen(fds[0], 1);
    FILE *file = fopen("/proc/net/unix", "r");
    char line[512], path[200];
    fgets(line, sizeof line, file);
    printf("%s", line);
    while (fgets(line, sizeof line, file)) {
        unsigned references, protocol, flags, type, state;
        if (sscanf(line, "%*x: %x %x %x %x %x %*u %199s", &references, &protocol, &flags, &type, &state, path) == 6 && path[0] == '@' && !strcmp(path + 1, local.sun_path + 1))
            printf("references %u protocol %u flags %x type %u state %u\n", references, protocol, flags, type, state);
    }
    fclose(file);
    close(fds[0]);
    file = fopen("/proc/self/net/dev", "r");
    unsigned long long received, packets, sent, sent_packets;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, " lo: %llu %llu %*u %*u %*u %*u %*u %*u %llu %llu", &received, &packets, &sent, &sent_packets) == 4)
            printf("lo: bytes %d packets %d as many sent %d\n", received > 0, packets > 0, received == sent && packets == sent_packets);
    fclose(file);
    file = fopen("/proc/net/if_inet6", "r");
    while (fgets(line, sizeof line, file))
        if (strstr(line, " lo\n")) printf("%s", line);
    fclose(file);
    file = fopen("/proc/net/route", "r");
    fgets(line, sizeof line, file);
    printf("route %zu %.5s\n", strlen(line), line);
    fclose(file);
}

int main(void) {
    names();
    addresses();
    sent();
    requests();
    tables();
}
