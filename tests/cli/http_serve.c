/* http-serve FOLDER: prints its port, then serves (support/http.h) until it is killed or its parent ends. */
#include "support/http.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

int main(int argc, char **argv) {
    int port, listener = test_http_listen(&port);
    if (argc != 2 || listener < 0) return 1;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    printf("%d\n", port);
    fflush(stdout);
    test_http_serve(listener, argv[1]);
}
