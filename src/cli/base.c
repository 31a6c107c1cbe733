/* --base: the network to begin with, and where the one lies that comes with graft. */
#include "cli.h"

#include <string.h>
#include <unistd.h>

#ifndef GRAFT_DATADIR
#define GRAFT_DATADIR "share"
#endif

/* The bytes of `path` before its last '/', of the first `length`; -1: there is none. */
static int parent_of(const char *path, int length) {
    while (length > 0 && path[length - 1] != '/')
        length--;
    return length - 1;
}

static void add(cli_backbone_folders *out, const char *path, int length, const char *rest) {
    int count = 0;
    while (out->folder[count])
        count++;
    const int size = snprintf(out->text[count], CLI_FOLDER_MAX, "%.*s%s", length, path, rest);
    if (size > 0 && size < CLI_FOLDER_MAX) out->folder[count] = out->text[count];
}

void cli_backbone_folders_of(cli_backbone_folders *out, const char *program) {
    /* Beside the program; in the source tree, whose build folder the program is in; below the prefix it was installed
     * to. The program finds them wherever the whole was moved. */
    const int folder = parent_of(program, (int)strlen(program)), above = folder > 0 ? parent_of(program, folder) : -1;
    *out = (cli_backbone_folders){0};
    if (folder >= 0) add(out, program, folder, folder > 0 ? "" : "/");
    if (above >= 0) add(out, program, above, "/assets/backbones");
    if (GRAFT_DATADIR[0] == '/')
        add(out, "", 0, GRAFT_DATADIR "/graft/backbones");
    else if (above >= 0)
        add(out, program, above, "/" GRAFT_DATADIR "/graft/backbones");
}

void cli_backbone_folders_find(cli_backbone_folders *out) {
    char program[CLI_FOLDER_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 && (size_t)length < sizeof program - 1 ? length : 0] = '\0';
    cli_backbone_folders_of(out, program);
}

graft_status cli_base_open(cli *self, graft_backbone **out, const char *base, const graft_backbone_options *options) {
    graft_status status = graft_backbone_open(out, self->context, base, options);
    if (status == GRAFT_OK && *graft_backbone_load_report(*out))
        cli_warn(self, "%s: %s", cli_base_name(base), graft_backbone_load_report(*out));
    return status;
}

graft_status cli_base_open_or_none(cli *self, graft_backbone **out, const char *base,
                                   const graft_backbone_options *options) {
    *out = NULL;
    if (base && strcmp(base, "none") == 0 && !options->arch) return GRAFT_OK;
    return cli_base_open(self, out, base, options);
}
