#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct gan_arguments {
    const char *runs, *resume, *fid_base;
    int64_t fid_size, fid_count, fid_every;
    int fid_preprocess;
    bool json;
    graft_gan_options gan;
    graft_gan_sample_options sample;
    graft_data_options data;
    cli_common common;
    /* at work */
    cli *self;
    graft_dataset *dataset;
    graft_plan_file *plan;
    char *made;         /* the run's folder, when it was made */
    const char *folder; /* NULL before */
} gan_arguments;

#define ROW(member) .offset = offsetof(gan_arguments, member)
static const graft_option run_table[] = {
    {.name = "runs",
     .type = GRAFT_OPTION_TEXT,
     ROW(runs),
     .unit = "FOLDER",
     .fallback = "runs",
     .help = "where the run's own folder NAME-k is made"},
    {.name = "resume",
     .type = GRAFT_OPTION_TEXT,
     ROW(resume),
     .unit = "RUN",
     .help = "go on with the run in this folder where its last checkpoint stood, with its options"},
    {.name = "json",
     .type = GRAFT_OPTION_FLAG,
     ROW(json),
     .help = "train: one JSON object a line for each event; sample, fid: the result as one"},
    GRAFT_OPTION_END,
};

static const graft_option fid_table[] = {
    {.name = "fid-base",
     .type = GRAFT_OPTION_TEXT,
     ROW(fid_base),
     .unit = "BASE",
     .help = "the network whose features pictures are compared by; train then measures at its end"},
    {.name = "fid-size",
     .type = GRAFT_OPTION_INT,
     ROW(fid_size),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .unit = "px",
     .help = "side at which it sees pictures; 0 is its own"},
    {.name = "fid-preprocess",
     .type = GRAFT_OPTION_ENUM,
     ROW(fid_preprocess),
     .fallback = "auto",
     .choices = GRAFT_SCALING_CHOICES,
     .help = "how its pixels are scaled, where neither file nor registry says"},
    {.name = "fid-count",
     .type = GRAFT_OPTION_INT,
     ROW(fid_count),
     .fallback = "5000",
     .min = 4,
     .max = 200000,
     .help = "pictures generated, and real ones at most: fewer leave a larger distance"},
    {.name = "fid-every",
     .type = GRAFT_OPTION_INT,
     ROW(fid_every),
     .fallback = "0",
     .min = 0,
     .max = 100000,
     .unit = "EPOCHS",
     .help = "train: measures after each so many and after the last, and keeps the best as best.graft; 0 is at its "
             "end alone"},
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_gan_options(cli_tables *tables) {
    gan_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->gan = (graft_gan_options)GRAFT_GAN_OPTIONS_INIT;
    arguments->sample = (graft_gan_sample_options)GRAFT_GAN_SAMPLE_OPTIONS_INIT;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    cli_tables_add(tables, "Networks and training", graft_gan_option_table(), &arguments->gan);
    cli_tables_add(tables, "Run", run_table, arguments);
    cli_tables_add(tables, "Distance", fid_table, arguments);
    cli_tables_add(tables, "Pictures of sample", graft_gan_sample_option_table(), &arguments->sample);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* ---- what is told ---- */

static void on_begin(void *user, const graft_gan_result *r) {
    gan_arguments *arguments = user;
    char object[512];
    cli_bar_clear(arguments->self);
    snprintf(object, sizeof object,
             "{\"event\":\"gan\",\"pictures\":%zu,\"image_size\":%lld,\"channels\":%lld,\"latent\":%lld,\"width\":%lld,"
             "\"generator_parameters\":%lld,\"discriminator_parameters\":%lld,\"frozen\":%lld,\"spectral_norm\":%s}",
             r->pictures, (long long)r->image_size, (long long)r->channels, (long long)r->latent, (long long)r->width,
             (long long)r->generator_parameters, (long long)r->discriminator_parameters, (long long)r->frozen,
             r->spectral_norm ? "true" : "false");
    cli_event(arguments->self, object);
    if (arguments->self->events) return;
    printf("pictures  %zu of %lldx%lld, %s\n", r->pictures, (long long)r->image_size, (long long)r->image_size,
           r->channels == 1 ? "grey" : "colour");
    printf("networks  generator %lld parameters, discriminator %lld", (long long)r->generator_parameters,
           (long long)r->discriminator_parameters);
    if (r->frozen > 0) printf(", %lld of them frozen", (long long)r->frozen);
    printf("\n          epoch   steps    loss D    loss G      D(x)   D(G(z))   seconds%s\n",
           arguments->fid_every > 0 ? "       FID" : "");
    fflush(stdout);
}

static void on_epoch(void *user, const graft_gan_epoch *e) {
    gan_arguments *arguments = user;
    char object[512], distance[32] = "null";
    cli_bar_clear(arguments->self);
    if (isfinite(e->distance)) snprintf(distance, sizeof distance, "%.9g", e->distance);
    snprintf(object, sizeof object,
             "{\"event\":\"epoch\",\"epoch\":%u,\"steps\":%llu,\"discriminator_loss\":%.9g,\"generator_loss\":%.9g,"
             "\"real\":%.9g,\"generated\":%.9g,\"fid\":%s,\"seconds\":%.3f}",
             e->epoch, (unsigned long long)e->steps, e->discriminator_loss, e->generator_loss, e->real, e->generated,
             distance, e->seconds);
    cli_event(arguments->self, object);
    if (arguments->self->events) return;
    printf("          %5u %7llu %9.4f %9.4f %9.4f %9.4f %9.1f", e->epoch, (unsigned long long)e->steps,
           e->discriminator_loss, e->generator_loss, e->real, e->generated, e->seconds);
    if (isfinite(e->distance)) printf(" %9.3f", e->distance);
    printf("\n");
    fflush(stdout);
}

/* {"distance":..,...} */
static void fid_json(FILE *out, const graft_gan_fid_result *fid) {
    fprintf(out, "{\"distance\":%.9g,\"floor\":%.9g,\"base\":", fid->distance, fid->floor);
    cli_json_text(out, fid->base);
    fprintf(out, ",\"image_size\":%d,\"features\":%zu,\"generated\":%zu,\"real\":%zu}", fid->size, fid->features,
            fid->generated, fid->real);
}

static void tell_fid(const graft_gan_fid_result *fid) {
    printf("FID       %.3f by %zu features of %s at %d px, %zu generated and %zu real pictures\n", fid->distance,
           fid->features, fid->base, fid->size, fid->generated, fid->real);
    printf("          %.3f between two halves of the real ones; not comparable with figures by Inception\n",
           fid->floor);
}

/* ---- data ---- */

/* With classes, or a folder of pictures that lie in none. The first error counts. */
static graft_status open_data(cli *self, gan_arguments *arguments, const char *path) {
    char first[CLI_ERROR_MAX];
    graft_data_options options = arguments->data;
    options.allow_one_class = true;
    options.seed = (uint64_t)arguments->gan.seed;
    graft_status status = graft_dataset_open(&arguments->dataset, self->context, path, &options);
    if (status != GRAFT_E_DATA) return status;
    snprintf(first, sizeof first, "%s", graft_error_text());
    options.unlabelled = true;
    if (!arguments->data.label && !arguments->data.classes &&
        graft_dataset_open(&arguments->dataset, self->context, path, &options) == GRAFT_OK)
        return GRAFT_OK;
    return cli_fail(self, status, "%s", first);
}

static graft_status open_base(cli *self, const gan_arguments *arguments, graft_backbone **out) {
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.image_size = arguments->fid_size;
    options.preprocess = arguments->fid_preprocess;
    return graft_backbone_open(out, self->context, arguments->fid_base, &options);
}

static graft_status measure(cli *self, const gan_arguments *arguments, const char *model, const graft_backbone *base,
                            graft_gan_fid_result *out) {
    graft_gan_fid_options options = GRAFT_GAN_FID_OPTIONS_INIT;
    options.count = arguments->fid_count;
    options.only = arguments->gan.only;
    options.seed = arguments->gan.seed;
    options.last = arguments->sample.last;
    return graft_gan_fid(self->context, model, arguments->dataset, base, &options, out);
}

/* ---- train ---- */

enum { PATH_SIZE = 4096, RUN_TABLES = 3 };

static void list_tables(gan_arguments *arguments, graft_plan_options_of tables[RUN_TABLES]) {
    tables[0] = (graft_plan_options_of){graft_gan_option_table(), &arguments->gan};
    tables[1] = (graft_plan_options_of){fid_table, arguments};
    tables[2] = (graft_plan_options_of){graft_data_option_table(), &arguments->data};
}

static graft_status plan_path(cli *self, const char *folder, char path[PATH_SIZE]) {
    if (snprintf(path, PATH_SIZE, "%s/plan.json", folder) < PATH_SIZE) return GRAFT_OK;
    return cli_fail(self, GRAFT_E_USAGE, "%.80s...: the path is too long", folder);
}

static graft_status read_plan(cli *self, gan_arguments *arguments) {
    graft_plan_options_of tables[RUN_TABLES];
    char path[PATH_SIZE];
    list_tables(arguments, tables);
    if (!arguments->resume) return GRAFT_OK;
    graft_status status = plan_path(self, arguments->resume, path);
    if (status != GRAFT_OK) return status;
    return graft_plan_read(path, tables, RUN_TABLES, self->given, &arguments->plan);
}

/* The run is called after the folder of its data. */
static graft_status make_folder(cli *self, gan_arguments *arguments, const char *data) {
    graft_plan_options_of tables[RUN_TABLES];
    char path[PATH_SIZE];
    if (arguments->resume) {
        arguments->folder = arguments->resume;
        return cli_log_into(self, arguments->folder);
    }
    char *full = realpath(data, NULL);
    const char *slash = full ? strrchr(full, '/') : NULL;
    graft_status status =
        graft_run_folder_new(arguments->runs, slash && slash[1] ? slash + 1 : "gan", &arguments->made);
    free(full);
    if (status != GRAFT_OK) return status;
    arguments->folder = arguments->made;
    list_tables(arguments, tables);
    status = plan_path(self, arguments->folder, path);
    if (status == GRAFT_OK) status = graft_plan_begin(path, tables, RUN_TABLES);
    return status == GRAFT_OK ? cli_log_into(self, arguments->folder) : status;
}

/* The epoch whose networks are kept as best.graft; NULL: none was measured. */
static const graft_gan_epoch *best_of(const graft_gan_result *r) {
    for (size_t i = 0; r->best_epoch > 0 && i < r->epoch_count; i++)
        if (r->epochs[i].epoch == r->best_epoch) return &r->epochs[i];
    return NULL;
}

static void done_event(const gan_arguments *arguments, const graft_gan_result *r) {
    const graft_gan_epoch *last = r->epoch_count > 0 ? &r->epochs[r->epoch_count - 1] : NULL, *best = best_of(r);
    char *object = NULL;
    size_t size;
    FILE *out = open_memstream(&object, &size);
    if (!out) return;
    fprintf(out, "{\"event\":\"done\",\"model\":");
    cli_json_text(out, arguments->folder);
    fprintf(out, ",\"stop\":\"%s\",\"epochs\":%zu,\"steps\":%llu", r->stop, r->epoch_count,
            (unsigned long long)r->steps);
    if (last)
        fprintf(out, ",\"discriminator_loss\":%.9g,\"generator_loss\":%.9g", last->discriminator_loss,
                last->generator_loss);
    fprintf(out, ",\"fid\":");
    if (r->measured)
        fid_json(out, &r->fid);
    else
        fprintf(out, "null");
    if (best) fprintf(out, ",\"best_epoch\":%u,\"best_fid\":%.9g", best->epoch, best->distance);
    fprintf(out, ",\"seconds\":%.3f}", r->seconds);
    if (fclose(out) == 0) cli_event(arguments->self, object);
    free(object);
}

static void tell_done(const gan_arguments *arguments, const graft_gan_result *r) {
    const graft_gan_epoch *best = best_of(r);
    done_event(arguments, r);
    if (arguments->self->events) return;
    if (r->measured) tell_fid(&r->fid);
    if (best) printf("best      epoch %u, FID %.3f: %s/best.graft\n", best->epoch, best->distance, arguments->folder);
    printf("written   %s: model.graft, discriminator.safetensors (a backbone), samples/, report.html\n",
           arguments->folder);
}

static graft_status train(cli *self, gan_arguments *arguments) {
    graft_gan_result result = {0};
    graft_backbone *base = NULL;
    const char *path = self->operand[1];
    graft_status status = read_plan(self, arguments);
    if (status == GRAFT_OK && arguments->fid_every > 0 && !arguments->fid_base)
        status = cli_fail(self, GRAFT_E_USAGE, "--fid-every: --fid-base BASE is needed: whose features are compared");
    if (status == GRAFT_OK) status = cli_log_begin(self);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK && arguments->fid_base) status = open_base(self, arguments, &base);
    if (status == GRAFT_OK) status = open_data(self, arguments, path);
    if (status == GRAFT_OK) status = make_folder(self, arguments, path);
    if (status == GRAFT_OK) {
        arguments->gan.folder = arguments->folder;
        arguments->gan.resume = arguments->resume != NULL;
        arguments->gan.user = arguments;
        arguments->gan.on_begin = on_begin;
        arguments->gan.on_epoch = on_epoch;
        arguments->gan.fid_base = base;
        arguments->gan.fid_count = arguments->fid_count;
        arguments->gan.fid_every = arguments->fid_every;
        if (!self->events) printf("run       %s\n", arguments->folder);
        status = graft_gan_train(self->context, arguments->dataset, &arguments->gan, &result);
    }
    if (status == GRAFT_OK) status = graft_gan_write(&result, arguments->folder);
    if (status == GRAFT_OK) tell_done(arguments, &result);
    if (status != GRAFT_OK) cli_log_line(self, "error", *self->error ? self->error : graft_error_text());
    if (status == GRAFT_E_CANCELLED && arguments->folder)
        status = cli_fail(self, status, "interrupted; %s stays marked as partial (--resume %s goes on)",
                          arguments->folder, arguments->folder);
    cli_log_end(self);
    graft_gan_result_clear(&result);
    graft_backbone_free(base);
    return status;
}

/* ---- sample and fid ---- */

static graft_status sample(cli *self, gan_arguments *arguments) {
    if (!arguments->sample.output)
        return cli_fail(self, GRAFT_E_USAGE, "gan sample: -o FILE.png is needed: where the pictures go");
    graft_status status = cli_output_possible(self, arguments->sample.output);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_gan_sample(self->context, self->operand[1], &arguments->sample);
    if (status != GRAFT_OK) return status;
    if (arguments->json) {
        printf("{\"output\":");
        cli_json_text(stdout, arguments->sample.output);
        printf(",\"model\":");
        cli_json_text(stdout, self->operand[1]);
        printf(",\"pictures\":%lld,\"seed\":%lld}\n", (long long)arguments->sample.count,
               (long long)arguments->sample.seed);
    } else {
        printf("%s: %lld pictures of %s\n", arguments->sample.output, (long long)arguments->sample.count,
               self->operand[1]);
    }
    return GRAFT_OK;
}

static graft_status fid(cli *self, gan_arguments *arguments) {
    graft_gan_fid_result result;
    graft_backbone *base = NULL;
    if (!arguments->fid_base)
        return cli_fail(self, GRAFT_E_USAGE, "gan fid: --fid-base BASE is needed: whose features are compared");
    graft_status status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = open_base(self, arguments, &base);
    if (status == GRAFT_OK) status = open_data(self, arguments, self->operand[2]);
    if (status == GRAFT_OK) status = measure(self, arguments, self->operand[1], base, &result);
    if (status == GRAFT_OK && arguments->json) {
        fid_json(stdout, &result);
        printf("\n");
    } else if (status == GRAFT_OK) {
        tell_fid(&result);
    }
    graft_backbone_free(base);
    return status;
}

static const struct {
    const char *name;
    int operands; /* behind the name */
    graft_status (*run)(cli *self, gan_arguments *arguments);
} actions[] = {{"train", 1, train}, {"sample", 1, sample}, {"fid", 2, fid}};

graft_status cli_gan_run(cli *self, void *opaque) {
    gan_arguments *arguments = opaque;
    const int operands = self->operand_count - 1;
    arguments->self = self;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, self->operand[0]) != 0) continue;
        if (operands != actions[i].operands)
            return cli_fail(self, GRAFT_E_USAGE, "gan %s: %d operands behind it, expected %d", actions[i].name,
                            operands, actions[i].operands);
        if (arguments->sample.output && actions[i].run != sample)
            return cli_fail(self, GRAFT_E_USAGE, "gan %s: -o goes with sample%s", actions[i].name,
                            i == 0 ? ": a run's files go into its own folder (--runs)" : ": it writes no file");
        self->events = arguments->json && i == 0;
        graft_status status = actions[i].run(self, arguments);
        graft_dataset_free(arguments->dataset);
        graft_plan_file_free(arguments->plan);
        graft_text_free(arguments->made);
        return status;
    }
    return cli_fail(self, GRAFT_E_USAGE, "gan: received \"%.40s\", expected train, sample or fid", self->operand[0]);
}
