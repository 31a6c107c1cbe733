#include "cli.h"

#include <string.h>

typedef struct models_arguments {
    const char *from;
    graft_add_options add;
    bool json;
    cli_common common;
} models_arguments;

#define ROW(member) .offset = offsetof(models_arguments, member)
static const graft_option own_table[] = {
    {.name = "from",
     .type = GRAFT_OPTION_TEXT,
     ROW(from),
     .unit = "URL",
     .help = "pull from a mirror: the file's address, or with / at its end its folder's"},
    {.name = "name", .type = GRAFT_OPTION_TEXT, ROW(add.name), .unit = "NAME", .help = "what an added file is called"},
    {.name = "arch",
     .type = GRAFT_OPTION_TEXT,
     ROW(add.arch),
     .unit = "NAME",
     .help = "network of added weights that the registry does not know"},
    {.name = "preprocess",
     .type = GRAFT_OPTION_ENUM,
     ROW(add.preprocess),
     .choices = GRAFT_SCALING_CHOICES,
     .help = "scaling of pixels that an added network was trained with"},
    {.name = "link", .type = GRAFT_OPTION_FLAG, ROW(add.link), .help = "add by a hard link instead of a copy"},
    CLI_ROW_JSON(json, CLI_JSON_LINES),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_models_options(cli_tables *tables) {
    models_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->add = (graft_add_options)GRAFT_ADD_OPTIONS_INIT;
    cli_tables_add(tables, "Models", own_table, arguments);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

static void member(const char *key, const char *value) {
    printf(",\"%s\":", key);
    cli_json_text(stdout, value);
}

static void print_json(const graft_stored_model *model) {
    const bool here = model->state == GRAFT_STORED_PRESENT || model->state == GRAFT_STORED_SHIPPED;
    fputs("{\"name\":", stdout);
    cli_json_text(stdout, model->name);
    printf(",\"state\":\"%s\",\"present\":%s,\"published\":%s,\"bytes\":%llu", graft_stored_state_text(model->state),
           here ? "true" : "false", model->published ? "true" : "false", (unsigned long long)model->bytes);
    member("verified", model->verified);
    member("arch", model->arch);
    member("format", model->format);
    member("preprocess", model->preprocess);
    member("licence", model->licence);
    member("url", model->url);
    member("path", model->path);
    member("sha256", model->sha256);
    member("problem", model->problem);
    puts("}");
}

static void print_model(const graft_stored_model *model, int width) {
    const char *arch = model->arch[0] ? model->arch : "whole";
    printf("%-*s  %-7s  ", width, model->name, graft_stored_state_text(model->state));
    if (model->state == GRAFT_STORED_BROKEN) {
        printf("%s\n", model->problem);
        return;
    }
    if (model->bytes > 0)
        printf("%8.1f MB  ", (double)model->bytes / 1e6);
    else
        printf("%11s  ", "");
    printf("%-20s  %-12s  %-5s  %s\n", model->verified[0] ? model->verified : "", model->format, model->preprocess,
           model->state == GRAFT_STORED_SHIPPED ? model->path
           : model->verified[0]                 ? arch
                                                : model->url);
}

static int print_list(const graft_model_list *list, bool json) {
    const graft_stored_model *model;
    size_t width = 0;
    int broken = 0;
    for (size_t i = 0; (model = graft_model_list_at(list, i)) != NULL; i++)
        if (strlen(model->name) > width) width = strlen(model->name);
    for (size_t i = 0; (model = graft_model_list_at(list, i)) != NULL; i++) {
        broken += model->state == GRAFT_STORED_BROKEN;
        if (json)
            print_json(model);
        else
            print_model(model, (int)width);
    }
    return broken;
}

static graft_status list(cli *self, models_arguments *arguments, const char *name) {
    graft_model_list *all = NULL;
    (void)name;
    graft_status status = graft_models_list(&all, self->context);
    if (status == GRAFT_OK) print_list(all, arguments->json);
    graft_model_list_free(all);
    return status;
}

static graft_status verify(cli *self, models_arguments *arguments, const char *name) {
    graft_model_list *all = NULL;
    graft_status status = graft_models_verify(&all, self->context, name);
    const int broken = status == GRAFT_OK ? print_list(all, arguments->json) : 0;
    if (broken > 0)
        status =
            cli_fail(self, GRAFT_E_DATA, "%d of %zu models broken: graft models remove NAME, then pull or add it again",
                     broken, graft_model_list_count(all));
    graft_model_list_free(all);
    return status;
}

static void print_path(bool json, const char *name, char *path) {
    if (json) {
        fputs("{\"name\":", stdout);
        cli_json_text(stdout, name);
        member("path", path);
        puts("}");
    } else {
        puts(path);
    }
    graft_text_free(path);
}

static graft_status pull(cli *self, models_arguments *arguments, const char *name) {
    graft_pull_options options = GRAFT_PULL_OPTIONS_INIT;
    char *path = NULL;
    options.from = arguments->from;
    graft_status status = graft_models_pull(&path, self->context, name, &options);
    if (status == GRAFT_OK) print_path(arguments->json, name, path);
    return status;
}

static graft_status add(cli *self, models_arguments *arguments, const char *file) {
    char *path = NULL;
    graft_status status = graft_models_add(&path, self->context, file, &arguments->add);
    if (status == GRAFT_OK) print_path(arguments->json, arguments->add.name ? arguments->add.name : file, path);
    return status;
}

static graft_status remove_model(cli *self, models_arguments *arguments, const char *name) {
    (void)arguments;
    return graft_models_remove(self->context, name);
}

static graft_status path(cli *self, models_arguments *arguments, const char *name) {
    char *text = NULL;
    graft_status status = graft_models_path(&text, self->context, name);
    if (status == GRAFT_OK) print_path(arguments->json, name, text);
    return status;
}

static const struct action {
    const char *name, *operand; /* "": none; in brackets: may be left out */
    graft_status (*run)(cli *self, models_arguments *arguments, const char *operand);
} actions[] = {
    {"list", "", list},           {"pull", "NAME", pull},           {"add", "FILE", add},
    {"verify", "[NAME]", verify}, {"remove", "NAME", remove_model}, {"path", "NAME", path},
};
enum { ACTION_COUNT = sizeof actions / sizeof *actions };

static graft_status unknown_action(cli *self, const char *name) {
    graft_option rows[ACTION_COUNT + 1] = {0};
    for (size_t i = 0; i < ACTION_COUNT; i++)
        rows[i].name = actions[i].name;
    const char *nearest = graft_option_nearest(rows, name);
    return cli_fail(self, GRAFT_E_USAGE, "no action \"%s\"%s%s%s: list, pull, add, verify, remove and path are there",
                    name, nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

graft_status cli_models_run(cli *self, void *opaque) {
    models_arguments *arguments = opaque;
    const char *name = self->operand_count > 0 ? self->operand[0] : "list";
    const char *operand = self->operand_count > 1 ? self->operand[1] : NULL;
    const struct action *action = NULL;
    for (size_t i = 0; i < ACTION_COUNT; i++)
        if (strcmp(actions[i].name, name) == 0) action = &actions[i];
    if (!action) return unknown_action(self, name);
    if (!operand && action->operand[0] && action->operand[0] != '[')
        return cli_fail(self, GRAFT_E_USAGE, "expected %s; usage: graft models %s %s", action->operand, name,
                        action->operand);
    if (operand && !action->operand[0])
        return cli_fail(self, GRAFT_E_USAGE, "unexpected argument \"%s\"; usage: graft models %s", operand, name);
    if (arguments->from && action->run != pull) return cli_fail(self, GRAFT_E_USAGE, "--from is for graft models pull");
    graft_status status = cli_context_open(self, &arguments->common);
    return status == GRAFT_OK ? action->run(self, arguments, operand) : status;
}
