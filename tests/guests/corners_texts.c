// kind: so pie
// Corners of texts: strftime, strptime, getdate, strfmon, streams over memory and functions, and services by number.
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <monetary.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

static ssize_t put(void *cookie, const char *from, size_t size) { return size; }
static int close_with_three(void *cookie) { return 3; }

int main(void) {
    setenv("TZ", "UTC0", 1);
    const char *formats[] = {"%5s", "%05s", "%-5s", "%_5s", "%5E", "%05O", "%", "%5", "%^8E", "%I", "%l", "%r", "%k"};
    for (int i = 0; i < 13; i++)
        for (int hour = 0; hour < 40; hour += 13) {
            struct tm time = {.tm_hour = hour, .tm_mday = 1, .tm_year = 70};
            struct tm before = {.tm_sec = -1 - hour, .tm_mday = 1, .tm_year = 70};
            char text[40] = "", other[40] = "";
            wchar_t wide[40] = L"", wide_format[20];
            mbstowcs(wide_format, formats[i], 20);
            size_t len = strftime(text, sizeof text, formats[i], &time);
            strftime(other, sizeof other, formats[i], &before);
            wcsftime(wide, 40, wide_format, &time);
            printf("%s: %zu [%s] [%s] [%ls]\n", formats[i], len, text, i < 4 ? other : "", wide);
        }
    struct tm time;
    printf("%d %d\n", strptime("pm", "%P", &time) != 0, strptime("pm", "%p", &time) != 0);
    FILE *templates = fopen("/tmp/corners_templates", "w");
    fputs("%Y\n%H:%M\n", templates);
    fclose(templates);
    setenv("DATEMSK", "/tmp/corners_templates", 1);
    int result = getdate_r("1999", &time);
    printf("year alone: %d %d\n", result, time.tm_year);

    const char *amounts[] = {"%n", "%#5n", "%=*#10n", "%=0#8n", "%(n", "%(#5n", "%.3n", "%.0n", "%!^=_#4.1n", "%-14n|", "%14n|", "%#0n"};
    double values[] = {1234.5, -1234.5, 0, -0.0, INFINITY, -INFINITY, NAN};
    for (int i = 0; i < 12; i++)
        for (int k = 0; k < 7; k++) {
            char text[80];
            ssize_t len = strfmon(text, sizeof text, amounts[i], values[k]);
            printf("%s of %g: %zd [%s]\n", amounts[i], values[k], len, text);
        }

    char *contents;
    size_t size;
    FILE *stream = open_memstream(&contents, &size);
    fputs("hello", stream);
    fseek(stream, 1, SEEK_SET);
    fclose(stream);
    printf("[%s] %zu\n", contents, size);
    free(contents);
    cookie_io_functions_t functions = {.write = put, .close = close_with_three};
    stream = fopencookie(0, "w", functions);
    fputs("x", stream);
    printf("closed %d\n", fclose(stream));

    const char *services[] = {"80", "", " 80", "+80", "080", "80x", "0x50", "65535", "65536"};
    for (int i = 0; i < 9; i++) {
        struct addrinfo hints = {.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found = 0;
        int error = getaddrinfo("127.0.0.1", services[i], &hints, &found);
        printf("[%s]: %d %d\n", services[i], error, found ? ntohs(((struct sockaddr_in *)found->ai_addr)->sin_port) : -1);
        if (found) freeaddrinfo(found);
    }
    for (int number = -14; number < 2; number++) printf("%d %s\n", number, gai_strerror(number));
    return 0;
}
