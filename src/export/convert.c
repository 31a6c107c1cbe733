/* From a file to a file, and a look whether both compute the same. */
#include "export/convert-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/strmap.h"
#include "import/import.h"
#include "transfer/model-internal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double tolerance = 1e-3, tolerance_of_halves = 1e-2;

#define ROW(member) .offset = offsetof(graft_convert_options, member)
static const graft_option rows[] = {
    {.name = "to",
     .type = GRAFT_OPTION_TEXT,
     ROW(to),
     .unit = "TARGET",
     .help = "what to write (graft list exporters, or graft); without it the output's name says"},
    {.name = "arch",
     .type = GRAFT_OPTION_TEXT,
     ROW(arch),
     .unit = "NAME",
     .help = "the network whose weights the input holds; untrained when the input is none"},
    {.name = "layer",
     .type = GRAFT_OPTION_TEXT,
     ROW(layer),
     .unit = "NAME",
     .help = "write the network up to this layer; without it all of it"},
    {.name = "precision",
     .type = GRAFT_OPTION_ENUM,
     ROW(precision),
     .fallback = "f32",
     .choices = "f32|int8",
     .help = "of C source"},
    {.name = "store",
     .type = GRAFT_OPTION_ENUM,
     ROW(store),
     .fallback = "f32",
     .choices = "f32|f16",
     .help = "of kernels in safetensors; f16 takes half the room"},
    {.name = "calibrate",
     .type = GRAFT_OPTION_TEXT,
     ROW(calibrate),
     .unit = "FOLDER",
     .help = "pictures whose activations set the scales of int8"},
    {.name = "max-drop",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(max_drop),
     .fallback = "0.1",
     .min = 0,
     .max = 1,
     .help =
         "int8 is refused (exit code 4) when it changes the class of more than this share of the pictures that both "
         "are compared on; for features alone: when 1 - their mean cosine with those of floats is more"},
    {.name = "classes",
     .type = GRAFT_OPTION_TEXT,
     ROW(classes),
     .unit = "FILE",
     .help = "a foreign model's class names, one a line"},
    {.name = "image-size",
     .type = GRAFT_OPTION_INT,
     ROW(image_size),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .unit = "px",
     .help = "side of the square pictures that a network without a classifier takes from here on; 0 is as it is"},
    {.name = "preprocess",
     .type = GRAFT_OPTION_ENUM,
     ROW(preprocess),
     .fallback = "auto",
     .choices = GRAFT_SCALING_CHOICES,
     .help = "scaling of pixel values that a foreign network was trained with"},
    {.name = "no-check",
     .type = GRAFT_OPTION_FLAG,
     ROW(no_check),
     .help = "do not open what was written and compare its answers"},
    GRAFT_OPTION_END};
#undef ROW
_Static_assert(sizeof(int) == sizeof(graft_scaling), "option rows write ints");

const graft_option *graft_convert_option_table(void) {
    return rows;
}

typedef struct job {
    graft_context *context;
    const char *input, *output;
    const char *written; /* the output, or its stand-in until the check has passed */
    graft_convert_options options;
    const graft_exporter *row; /* NULL: a .graft */
} job;

static graft_status choose(job *self) {
    const char *to = self->options.to;
    const size_t length = strlen(self->output);
    if (to ? strcmp(to, "graft") == 0 : length > 6 && strcmp(self->output + length - 6, ".graft") == 0) return GRAFT_OK;
    self->row = to ? graft_exporter_find(to) : graft_exporter_for(self->output);
    if (self->row) return GRAFT_OK;
    const char *names[64] = {"graft"};
    size_t count = 1;
    for (const graft_exporter *row; count < 64 && (row = graft_exporter_at(count - 1)) != NULL; count++)
        names[count] = row->name;
    const char *nearest = to ? graft_text_nearest(to, names, count) : NULL;
    if (nearest) return graft_fail(GRAFT_E_USAGE, "--to %s: no such target; did you mean %s?", to, nearest);
    if (to) return graft_fail(GRAFT_E_USAGE, "--to %s: no such target (graft list exporters)", to);
    return graft_fail(GRAFT_E_USAGE, "%s: its name does not say what to write: pass --to (graft list exporters)",
                      self->output);
}

static graft_status check_paths(const job *self) {
    struct stat from, to;
    if (stat(self->input, &from) != 0 || stat(self->output, &to) != 0) return GRAFT_OK;
    if (from.st_dev != to.st_dev || from.st_ino != to.st_ino) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "%s: is the input too: give the output another name", self->output);
}

static graft_status save_model(const job *self, const graft_convert_network *network) {
    if (self->options.layer)
        return graft_fail(GRAFT_E_USAGE, "%s: a .graft holds a classifier: leave --layer out, or choose another target",
                          self->output);
    if (!network->model || !network->prepared)
        return graft_fail(GRAFT_E_USAGE, "%s: a .graft holds a classifier and its preprocessing, %s has no %s",
                          self->output, self->input,
                          network->model ? "preprocessing: pass --preprocess tf|caffe|torch|01|raw"
                                         : "classifier: graft train makes one");
    return graft_model_save(network->model, self->written);
}

static graft_status write_output(const job *self, const graft_convert_network *network, graft_convert_report *report) {
    if (!self->row) return save_model(self, network);
    return self->row->write(self->context, &network->source, &self->options, self->written, report);
}

/* The network in the output as it is: a foreign one's logits stay logits. */
static graft_status read_again(const job *self, graft_graph **out) {
    const graft_convert_options plain = GRAFT_CONVERT_OPTIONS_INIT;
    graft_convert_network network = {0};
    graft_container *file = NULL;
    graft_status status;
    if (self->row) {
        GRAFT_TRY(graft_container_open(self->context, self->written, &file));
        status = graft_import(self->context, file, out, NULL);
        graft_container_free(file);
        return status;
    }
    status = graft_convert_network_open(self->context, self->written, &plain, &network);
    if (status == GRAFT_OK) {
        *out = network.graph;
        network.graph = NULL;
    }
    graft_convert_network_clear(&network);
    return status;
}

static graft_status check(const job *self, const graft_convert_network *before, double *difference) {
    graft_graph *after = NULL;
    graft_status status = read_again(self, &after);
    if (status == GRAFT_OK)
        status = graft_convert_compare(self->context, before->graph, after, before->source.preprocess,
                                       self->row && self->row->prepares, difference);
    graft_graph_free(after);
    const double most = self->options.store ? tolerance_of_halves : tolerance;
    if (status == GRAFT_OK && !(*difference <= most))
        status = graft_fail(GRAFT_E_DATA, "its answers differ from the input's by %.2g of the largest, at most %g",
                            *difference, most);
    if (status == GRAFT_OK || status == GRAFT_E_CANCELLED || status == GRAFT_E_MEMORY) return status;
    return graft_fail_in(
        GRAFT_E_DATA, "%s: not written, for it could not be checked (--no-check writes it all the same)", self->output);
}

/* An output that is there already stays until its successor is checked. */
static graft_status write_checked(job *self, const graft_convert_network *network, graft_convert_report *report) {
    struct stat info;
    char *stand_in = graft_text_format("%s.unchecked", self->output);
    if (!stand_in) return graft_fail_memory("a file's name");
    self->written = report->checked ? stand_in : self->output;
    graft_status status = write_output(self, network, report);
    if (status == GRAFT_OK && report->checked) {
        status = check(self, network, &report->difference);
        if (status == GRAFT_OK && rename(stand_in, self->output) != 0)
            status = graft_fail(GRAFT_E_DATA, "%s: cannot be written: %s", self->output, strerror(errno));
        if (status != GRAFT_OK) (void)unlink(stand_in);
    }
    report->bytes = status == GRAFT_OK && stat(self->output, &info) == 0 ? (uint64_t)info.st_size : 0;
    self->written = self->output;
    graft_release(stand_in);
    return status;
}

/* What one target alone has is not ignored for the others. */
static graft_status check_target(const job *self, const char *to) {
    const graft_convert_options *options = &self->options;
    if (options->store && strcmp(to, "safetensors") != 0)
        return graft_fail(GRAFT_E_USAGE, "--store f16: %s has no such thing, safetensors has", to);
    if (options->precision && strcmp(to, "c") != 0)
        return graft_fail(GRAFT_E_USAGE, "--precision int8: %s has no such thing, C source has (NAME.c)", to);
    if (options->calibrate && !options->precision)
        return graft_fail(GRAFT_E_USAGE, "--calibrate goes with --precision int8: floats need no scales");
    return GRAFT_OK;
}

static graft_status run(job *self, graft_convert_report *report) {
    graft_convert_network network = {0};
    graft_status status;
    GRAFT_TRY(choose(self));
    GRAFT_TRY(check_paths(self));
    report->to = self->row ? self->row->name : "graft";
    GRAFT_TRY(check_target(self, report->to));
    GRAFT_TRY_TO(done, status, graft_convert_network_open(self->context, self->input, &self->options, &network));
    report->from = network.format;
    GRAFT_TRY_TO(done, status, graft_cancelled(self->context));
    report->checked = !self->options.no_check && (!self->row || self->row->reads_back);
    status = write_checked(self, &network, report);
    if (status == GRAFT_OK && self->row && self->row->checks_itself && !self->options.no_check) {
        report->checked = true;
        report->difference = NAN;
    }
done:
    graft_convert_network_clear(&network);
    return status;
}

graft_status graft_convert(graft_context *context, const char *input, const char *output,
                           const graft_convert_options *options, graft_convert_report *report) {
    graft_convert_report made = {.agreement = NAN};
    job self = {.context = context, .input = input, .output = output, .options = GRAFT_CONVERT_OPTIONS_INIT};
    GRAFT_TRY(graft_options_copy(&self.options, sizeof(self.options), options, "GRAFT_CONVERT_OPTIONS_INIT"));
    if (!(self.options.max_drop >= 0 && self.options.max_drop <= 1))
        return graft_fail(GRAFT_E_USAGE, "max_drop: received %g, expected 0 to 1", self.options.max_drop);
    if (self.options.preprocess < 0 || self.options.preprocess > GRAFT_SCALING_RAW || self.options.precision < 0 ||
        self.options.precision > 1 || self.options.store < 0 || self.options.store > 1)
        return graft_fail(GRAFT_E_USAGE,
                          "convert options: a value out of range (preprocess %d, precision %d, store %d)",
                          self.options.preprocess, self.options.precision, self.options.store);
    graft_status status = run(&self, &made);
    if (report) *report = made;
    return status;
}
