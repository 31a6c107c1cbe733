/* A small HTTP server for tests of downloads: one process, a child a connection, answers as wrong as the address asks.
 * What the addresses mean stands at their rows in http.c. */
#ifndef GRAFT_TESTS_HTTP_H
#define GRAFT_TESTS_HTTP_H

#include <stdbool.h>
#include <sys/types.h>

/* Listens on 127.0.0.1; *port is chosen by the system. Returns the socket, or -1. */
int test_http_listen(int *port);
/* Serves the files of `folder` for ever. Every request becomes a line "PATH RANGE" of folder/requests, RANGE "-" when
 * there is none. */
void test_http_serve(int listener, const char *folder);

/* Both in a child process, which ends with its parent. */
pid_t test_http_start(const char *folder, int *port);
void test_http_stop(pid_t server);

#endif
