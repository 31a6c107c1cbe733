/* graft VERB [ARGUMENTS] [OPTIONS]: the library's first client. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* File descriptors 0 to 2 must not become the files we write. What stands in for a closed one fails as it would. */
static void keep_standard_streams(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return;
}

static int report_failure(cli *self, graft_status status) {
    const char *text = *self->error ? self->error : graft_error_text();
    if (status == GRAFT_E_CANCELLED && !*text) text = "interrupted";
    if (status == GRAFT_E_MEMORY && !*text) text = "not enough memory";
    cli_bar_clear(self);
    if (self->verb)
        fprintf(stderr, "graft: %s: %s\n", self->verb->name, text);
    else
        fprintf(stderr, "graft: %s\n", text);
    return graft_status_exit_code(status);
}

static graft_status run_verb(cli *self, int argc, char **argv) {
    cli_tables tables = {0};
    bool help = false;
    if (!self->verb->options(&tables)) return cli_fail(self, GRAFT_E_MEMORY, "not enough memory");
    graft_status status = cli_parse(self, &tables, argc, argv, &help);
    if (status == GRAFT_OK && help)
        cli_help_verb(self->verb, &tables);
    else if (status == GRAFT_OK)
        status = self->verb->run(self, tables.arguments);
    cli_context_close(self);
    cli_tables_clear(&tables);
    return status;
}

static graft_status dispatch(cli *self, int argc, char **argv) {
    if (argc < 2) return cli_fail(self, GRAFT_E_USAGE, "expected a verb; graft --help lists them");
    const char *first = argv[1];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        cli_help();
        return GRAFT_OK;
    }
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0) {
        printf("graft %s\n", graft_version());
        return GRAFT_OK;
    }
    self->verb = cli_verb_find(first);
    if (self->verb) {
        cli_wait_asleep(self->verb, argv);
        return run_verb(self, argc - 2, argv + 2);
    }
    if (first[0] == '-')
        return cli_fail(self, GRAFT_E_USAGE, "no option %s before the verb; usage: graft VERB [ARGUMENTS] [OPTIONS]",
                        first);
    const char *nearest = cli_verb_nearest(first);
    if (nearest) return cli_fail(self, GRAFT_E_USAGE, "no verb \"%s\"; did you mean %s?", first, nearest);
    return cli_fail(self, GRAFT_E_USAGE, "no verb \"%s\"; graft --help lists them", first);
}

/* Whether standard output is a pipe whose reader has left. */
static bool reader_left(void) {
    struct pollfd output = {.fd = STDOUT_FILENO};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR);
}

/* A result that could not be written is a failure, also when the work itself went well. */
static int finish_output(int code) {
    bool broken = ferror(stdout) != 0;
    errno = 0;
    if (fflush(stdout) == 0 && !broken) return code;
    int reason = errno;
    if (reason == EPIPE || reader_left()) {
        /* Now that all is done, end as every filter does whose reader has left. */
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    fprintf(stderr, "graft: standard output: %s\n", reason ? strerror(reason) : "write error");
    return code == 0 ? graft_status_exit_code(GRAFT_E_DATA) : code;
}

int main(int argc, char **argv) {
    keep_standard_streams();
    /* A reader that went away must not kill a run before its files are written. */
    signal(SIGPIPE, SIG_IGN);
    cli self = {0};
    graft_status status = dispatch(&self, argc, argv);
    int code = status == GRAFT_OK ? 0 : report_failure(&self, status);
    return finish_output(code);
}
