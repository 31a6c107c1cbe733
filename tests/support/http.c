#include "support/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUEST = 16384 };

typedef struct answer {
    int to;
    const char *folder, *file; /* what is asked for */
    long number;               /* of the address; -1: none */
    bool ranged;
    long long from; /* of the range */
    const char *if_range;
    unsigned char *bytes;
    size_t length;
} answer;

static void send_all(int to, const void *bytes, size_t length) {
    const char *from = bytes;
    while (length > 0) {
        ssize_t put = send(to, from, length, MSG_NOSIGNAL);
        if (put <= 0) _exit(0);
        from += put;
        length -= (size_t)put;
    }
}

static void head(const answer *a, const char *status, const char *lines) {
    char text[1024];
    int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nConnection: close\r\n%s\r\n", status, lines);
    send_all(a->to, text, (size_t)length);
}

static void read_file(answer *a) {
    char path[4096];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", a->folder, a->file);
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        head(a, "404 Not Found", "Content-Length: 0\r\n");
        _exit(0);
    }
    a->length = (size_t)info.st_size;
    a->bytes = malloc(a->length + 1);
    for (size_t done = 0; done < a->length;) {
        ssize_t got = read(fd, a->bytes + done, a->length - done);
        if (got <= 0) _exit(1);
        done += (size_t)got;
    }
    close(fd);
}

/* The head of an answer with the file's bytes; gives where they begin. */
static size_t file_head(const answer *a, const char *tag, bool ranges, long long length_lie) {
    char lines[512], tag_line[128] = "";
    const bool same = !a->if_range || (tag && strcmp(a->if_range, tag) == 0);
    if (tag) snprintf(tag_line, sizeof tag_line, "ETag: %s\r\n", tag);
    if (a->ranged && ranges && same && a->from >= (long long)a->length) {
        snprintf(lines, sizeof lines, "Content-Length: 0\r\nContent-Range: bytes */%zu\r\n", a->length);
        head(a, "416 Range Not Satisfiable", lines);
        _exit(0);
    }
    if (a->ranged && ranges && same) {
        snprintf(lines, sizeof lines, "%sContent-Length: %zu\r\nContent-Range: bytes %lld-%zu/%zu\r\n", tag_line,
                 a->length - (size_t)a->from, a->from, a->length - 1, a->length);
        head(a, "206 Partial Content", lines);
        return (size_t)a->from;
    }
    snprintf(lines, sizeof lines, "%sContent-Length: %lld\r\n", tag_line, (long long)a->length + length_lie);
    head(a, "200 OK", lines);
    return 0;
}

static void rest(const answer *a, size_t from) {
    send_all(a->to, a->bytes + from, a->length - from);
}

static size_t some(const answer *a) {
    return a->number >= 0 && (size_t)a->number < a->length ? (size_t)a->number : a->length;
}

/* /plain/F: as it should be. */
static void plain(answer *a) {
    rest(a, file_head(a, "\"v1\"", true, 0));
}
/* /cut/N/F: without a range the connection ends after N bytes. */
static void cut(answer *a) {
    size_t from = file_head(a, "\"v1\"", true, 0);
    if (a->ranged)
        rest(a, from);
    else
        send_all(a->to, a->bytes, some(a));
}
/* /cut-untagged/N/F: the same, without a version. */
static void cut_untagged(answer *a) {
    size_t from = file_head(a, NULL, true, 0);
    if (a->ranged)
        rest(a, from);
    else
        send_all(a->to, a->bytes, some(a));
}
/* /cut-mixed/N/F: the first N bytes are of another version, which the tag does not tell. */
static void cut_mixed(answer *a) {
    size_t from = file_head(a, "\"v1\"", true, 0);
    if (a->ranged) {
        rest(a, from);
        return;
    }
    struct stat info;
    char mark[4096];
    snprintf(mark, sizeof mark, "%s/mixed", a->folder);
    const bool first = stat(mark, &info) != 0;
    if (first) {
        close(open(mark, O_CREAT | O_WRONLY, 0600));
        a->bytes[0] ^= 1;
        send_all(a->to, a->bytes, some(a));
    } else {
        rest(a, 0);
    }
}
/* /changed/N/F: cut after N bytes; by the time of the range it is another version. */
static void changed(answer *a) {
    if (!a->ranged) {
        file_head(a, "\"v1\"", true, 0);
        a->bytes[0] ^= 1;
        send_all(a->to, a->bytes, some(a));
    } else {
        rest(a, file_head(a, "\"v2\"", true, 0));
    }
}
/* /no-range/N/F: cut after N bytes; a range is not listened to. */
static void no_range(answer *a) {
    file_head(a, NULL, false, 0);
    send_all(a->to, a->bytes, a->ranged ? a->length : some(a));
}
/* /other-range/N/F: cut after N bytes; answers a range with another one, then gives all. */
static void other_range(answer *a) {
    if (a->ranged) {
        head(a, "206 Partial Content", "Content-Length: 3\r\nContent-Range: bytes 0-2/3\r\n");
        send_all(a->to, "abc", 3);
    } else {
        rest(a, file_head(a, "\"v1\"", true, 0));
    }
}
/* /wrong/F: one bit differs. */
static void wrong(answer *a) {
    a->bytes[a->length / 2] ^= 1;
    plain(a);
}
/* /short/F and /long/F: another length than the file's. */
static void too_short(answer *a) {
    file_head(a, "\"v1\"", true, -10);
    send_all(a->to, a->bytes, a->length - 10);
}
static void too_long(answer *a) {
    file_head(a, "\"v1\"", true, 10);
    rest(a, 0);
}
/* /huge/F: promises 99 terabytes. */
static void huge(answer *a) {
    head(a, "200 OK", "Content-Length: 99000000000000\r\n");
    rest(a, 0);
}
/* /endless/F: no length, and no end. */
static void endless(answer *a) {
    head(a, "200 OK", "");
    for (;;)
        rest(a, 0);
}
/* /stall/N/F: N bytes, then nothing. */
static void stall(answer *a) {
    size_t from = file_head(a, "\"v1\"", true, 0);
    if (a->ranged) {
        rest(a, from);
        return;
    }
    send_all(a->to, a->bytes, some(a));
    sleep(120);
}
/* /slow/F: a little every tenth of a second. */
static void slow(answer *a) {
    size_t from = file_head(a, "\"v1\"", true, 0);
    while (from < a->length) {
        size_t length = a->length - from < 1000 ? a->length - from : 1000;
        send_all(a->to, a->bytes + from, length);
        from += length;
        usleep(100000);
    }
}
/* /status/N/F: the answer N, with a page. */
static void status(answer *a) {
    char line[64];
    snprintf(line, sizeof line, "%ld No", a->number);
    head(a, line, "Content-Length: 5\r\n");
    send_all(a->to, "no.\r\n", 5);
}
/* /redirect/N/F: N steps to /plain/F. /loop/F: to itself. /to-file/F: to a file of this machine. */
static void redirect(answer *a) {
    char line[1024];
    if (a->number > 1)
        snprintf(line, sizeof line, "Location: /redirect/%ld/%s\r\nContent-Length: 0\r\n", a->number - 1, a->file);
    else
        snprintf(line, sizeof line, "Location: /plain/%s\r\nContent-Length: 0\r\n", a->file);
    head(a, "302 Found", line);
}
static void loop(answer *a) {
    char line[1024];
    snprintf(line, sizeof line, "Location: /loop/%s\r\nContent-Length: 0\r\n", a->file);
    head(a, "301 Moved", line);
}
static void to_file(answer *a) {
    head(a, "302 Found", "Location: file:///etc/hostname\r\nContent-Length: 0\r\n");
}
/* /empty/F: nothing. /nothing/F: not even an answer. /garbage/F: no HTTP. */
static void empty(answer *a) {
    head(a, "200 OK", "Content-Length: 0\r\n");
}
static void nothing(answer *a) {
    (void)a;
}
static void garbage(answer *a) {
    send_all(a->to, "\x01\x02 what?\n\n\n", 11);
}

static const struct {
    const char *name;
    void (*give)(answer *a);
} rows[] = {{"plain", plain},
            {"cut", cut},
            {"cut-untagged", cut_untagged},
            {"cut-mixed", cut_mixed},
            {"changed", changed},
            {"no-range", no_range},
            {"other-range", other_range},
            {"wrong", wrong},
            {"short", too_short},
            {"long", too_long},
            {"huge", huge},
            {"endless", endless},
            {"stall", stall},
            {"slow", slow},
            {"status", status},
            {"redirect", redirect},
            {"loop", loop},
            {"to-file", to_file},
            {"empty", empty},
            {"nothing", nothing},
            {"garbage", garbage}};

static char *header(char *request, const char *name) {
    char *at = strcasestr(request, name);
    if (!at) return NULL;
    at += strlen(name);
    char *end = strstr(at, "\r\n");
    if (!end) return NULL;
    size_t length = (size_t)(end - at);
    char *value = malloc(length + 1);
    if (!value) _exit(1);
    memcpy(value, at, length);
    value[length] = '\0';
    return value;
}

static void note(const char *folder, const char *path, const char *range) {
    char name[4096], line[4096];
    snprintf(name, sizeof name, "%s/requests", folder);
    int length = snprintf(line, sizeof line, "%s %s\n", path, range ? range : "-");
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || write(fd, line, (size_t)length) != length) _exit(1);
    close(fd);
}

static void respond(int to, const char *folder) {
    char request[REQUEST + 1], path[1024], *words[3] = {0}, *save;
    size_t length = 0;
    request[0] = '\0';
    while (length < REQUEST && !strstr(request, "\r\n\r\n")) {
        ssize_t got = recv(to, request + length, REQUEST - length, 0);
        if (got <= 0) return;
        length += (size_t)got;
        request[length] = '\0';
    }
    if (sscanf(request, "GET %1023s HTTP", path) != 1) return;
    answer a = {.to = to, .folder = folder, .number = -1, .if_range = header(request, "\r\nIf-Range: ")};
    char *range = header(request, "\r\nRange: bytes=");
    note(folder, path, range);
    a.ranged = range != NULL;
    if (range) a.from = atoll(range);
    int count = 0;
    for (char *word = strtok_r(path, "/", &save); word && count < 3; word = strtok_r(NULL, "/", &save))
        words[count++] = word;
    if (count < 2) return;
    a.file = words[count - 1];
    if (count == 3) a.number = atol(words[1]);
    read_file(&a);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, words[0]) == 0) rows[i].give(&a);
}

int test_http_listen(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return listener;
}

void test_http_serve(int listener, const char *folder) {
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int to = accept(listener, NULL, NULL);
        if (to < 0 && errno != EINTR) _exit(1);
        if (to < 0) continue;
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(listener);
            respond(to, folder);
            _exit(0);
        }
        close(to);
    }
}

pid_t test_http_start(const char *folder, int *port) {
    int listener = test_http_listen(port);
    if (listener < 0) return -1;
    pid_t server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        test_http_serve(listener, folder);
    }
    close(listener);
    return server;
}

void test_http_stop(pid_t server) {
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}
