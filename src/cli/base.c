/* --base: the network to begin with, and where the one lies that comes with graft. */
#include "cli.h"

#include <string.h>
#include <unistd.h>

#ifndef GRAFT_DATADIR
#define GRAFT_DATADIR "share"
#endif

void cli_backbone_folders_of(cli_backbone_folders *out, const char *program) {
    /* Beside the program; in the source tree, whose build folder the program is in; below the prefix it was installed
     * to. The program finds them wherever the whole was moved. */
    static const char *const from_program[CLI_BACKBONE_FOLDERS] = {"", "/../assets/backbones",
                                                                   "/../" GRAFT_DATADIR "/graft/backbones"};
    const char *slash = strrchr(program, '/');
    int count = 0;
    *out = (cli_backbone_folders){0};
    for (int i = 0; i < CLI_BACKBONE_FOLDERS && slash; i++) {
        const char *rest = from_program[i];
        const bool absolute = i == CLI_BACKBONE_FOLDERS - 1 && GRAFT_DATADIR[0] == '/';
        const int length =
            absolute ? snprintf(out->text[count], CLI_FOLDER_MAX, "%s/graft/backbones", GRAFT_DATADIR)
                     : snprintf(out->text[count], CLI_FOLDER_MAX, "%.*s%s", (int)(slash - program), program, rest);
        if (length <= 0 || length >= CLI_FOLDER_MAX) continue;
        out->folder[count] = out->text[count];
        count++;
    }
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
