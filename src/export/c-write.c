/* A program as C99: NAME.c. */
#include "export/c-write.h"
#include "export/c-params.h"
#include <ctype.h>
#include <string.h>

/* Whether `word` is one of the words of `list`. */
static bool has_word(const char *list, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' ')) return true;
    return false;
}

static void kernels_text(graft_c_text *text, const bool used[GRAFT_C_KERNEL_COUNT]) {
    const char *const *lines;
    const char *part;
    for (size_t i = 0; (part = graft_c_part(i, &lines)) != NULL; i++) {
        bool needed = false;
        for (int k = 0; k < GRAFT_C_KERNEL_COUNT; k++)
            needed |= used[k] && has_word(graft_c_kernel_of(k)->needs, part);
        if (!needed) continue;
        graft_c_lines(text, lines);
        graft_c_format(text, "\n");
    }
    for (int k = 0; k < GRAFT_C_KERNEL_COUNT; k++) {
        if (!used[k]) continue;
        graft_c_lines(text, graft_c_kernel_of(k)->text);
        graft_c_format(text, "\n");
    }
}

static void step_constants(graft_c_text *text, const graft_c_step *step, int index) {
    for (int k = 0; k < step->array_count; k++)
        graft_c_array_text(text, &step->arrays[k], index);
    graft_c_format(text, "static const %s step_%d = {", step->struct_name, index);
    for (int i = 0; i < step->param_count; i++)
        graft_c_format(text, "%s%d", i > 0 ? ", " : "", step->params[i]);
    graft_c_format(text, "};\n");
}

static void place(graft_c_text *text, const graft_c_program *program, int value) {
    if (value == program->output)
        graft_c_format(text, ", output");
    else
        graft_c_format(text, ", AT(%zu)", program->values[value].offset);
}

/* The name of the step's function and what it takes before its inputs. */
static void call(graft_c_text *text, const graft_c_step *step, int index) {
    graft_c_format(text, "    %s(&step_%d", graft_c_kernel_of(step->kernel)->name, index);
    for (int k = 0; k < step->array_count; k++)
        graft_c_format(text, ", %s_%d%s", step->arrays[k].name, index,
                       graft_c_array_is_bits(&step->arrays[k]) ? ".values" : "");
}

static void network(graft_c_text *text, const graft_c_program *program) {
    graft_c_format(text, "/* All layers, from the input that lies in the workspace. */\n"
                         "static void network(float *output, unsigned char *workspace) {\n");
    for (size_t i = 0; i < program->step_count; i++) {
        const graft_c_step *step = &program->steps[i];
        call(text, step, (int)i);
        for (int k = 0; k < step->input_count; k++)
            place(text, program, step->inputs[k]);
        place(text, program, step->output);
        graft_c_format(text, "); /* ");
        graft_c_plain(text, step->name);
        graft_c_format(text, " */\n");
    }
    graft_c_format(text, "}\n\n");
}

/* What brings bytes and floats into the workspace: two steps that stand beside the program's own. */
typedef struct entries {
    graft_c_program steps; /* [0] floats, [1] pixels */
    bool has_pixels;
} entries;

static graft_status entry_floats(entries *self, const graft_c_program *program) {
    const graft_c_value *input = &program->values[program->input];
    const float numbers[2] = {(float)(1 / input->scale), (float)input->zero};
    const elements p = {(int)input->count};
    const piece all = {1, (int)input->count, (int)input->count, 0};
    const bool int8 = input->type == GRAFT_C_INT8;
    graft_c_step *step;
    float *to;
    GRAFT_TRY(graft_c_add_step(&self->steps, int8 ? GRAFT_C_quantize : GRAFT_C_copy_f32, "input",
                               int8 ? "elements" : "piece", int8 ? (const void *)&p : (const void *)&all,
                               int8 ? sizeof p : sizeof all, &step));
    if (!int8) return GRAFT_OK;
    GRAFT_TRY(graft_c_add_array(step, "numbers", GRAFT_C_FLOAT, 2, &to));
    memcpy(to, numbers, sizeof numbers);
    return GRAFT_OK;
}

/* What every byte of a channel becomes. */
static void pixel_table(const graft_c_program *program, const graft_preprocess *spec, int channels, int8_t *to) {
    const graft_c_value *input = &program->values[program->input];
    for (int i = 0; i < 256 * channels; i++) {
        const float x = ((float)(i % 256) - spec->mean[i / 256]) * spec->scale[i / 256];
        to[i] = graft_c_quantized(x, (float)(1 / input->scale), (float)input->zero);
    }
}

static graft_status entry_pixels(entries *self, const graft_c_program *program, const graft_preprocess *spec) {
    const graft_shape *shape = &graft_graph_node(program->graph, graft_graph_input(program->graph))->output;
    const int channels = (int)shape->dim[0];
    const bool int8 = program->values[program->input].type == GRAFT_C_INT8;
    const picture p = {(int)(shape->dim[1] * shape->dim[2]), channels, spec->bgr};
    graft_c_step *step;
    GRAFT_TRY(graft_c_add_step(&self->steps, int8 ? GRAFT_C_pixels_i8 : GRAFT_C_pixels_f32, "pixels", "picture", &p,
                               sizeof p, &step));
    if (int8) {
        int8_t *answers;
        GRAFT_TRY(graft_c_add_array(step, "answers", GRAFT_C_INT8, 256 * (size_t)channels, &answers));
        pixel_table(program, spec, channels, answers);
        return GRAFT_OK;
    }
    float *numbers;
    GRAFT_TRY(graft_c_add_array(step, "numbers", GRAFT_C_FLOAT, 6, &numbers));
    memcpy(numbers, spec->mean, sizeof spec->mean);
    memcpy(numbers + 3, spec->scale, sizeof spec->scale);
    return GRAFT_OK;
}

static void entry(graft_c_text *text, const graft_c_program *program, const entries *self, size_t which,
                  const char *prefix) {
    const int index = (int)(program->step_count + which);
    graft_c_format(text,
                   which == 1 ? "void %s_run(const unsigned char *rgb, float *output, void *workspace) {\n"
                              : "void %s_run_float(const float *input, float *output, void *workspace) {\n",
                   prefix);
    call(text, &self->steps.steps[which], index);
    graft_c_format(text, ", %s", which == 1 ? "rgb" : "input");
    place(text, program, program->input);
    graft_c_format(text, ");\n    network(output, (unsigned char *)workspace);\n}\n%s", which == 1 ? "" : "\n");
}

static void body(graft_c_text *text, const graft_c_program *program, const graft_export_source *source,
                 const char *prefix, const char *header, const entries *self) {
    bool used[GRAFT_C_KERNEL_COUNT] = {false};
    for (size_t i = 0; i < program->step_count; i++)
        used[program->steps[i].kernel] = true;
    for (size_t i = 0; i < self->steps.step_count; i++)
        used[self->steps.steps[i].kernel] = true;
    graft_c_format(text, "/* ");
    graft_c_plain(text, source->name);
    graft_c_format(text, ": written by graft %s. C99; its header says how it is used. */\n", graft_version());
    graft_c_format(text, "#include \"%s\"\n\n#include <math.h>\n#include <stdint.h>\n#include <string.h>\n\n",
                   graft_path_name(header));
    graft_c_format(text, "#define AT(offset) ((void *)((unsigned char *)workspace + (offset)))\n\n");
    kernels_text(text, used);
    for (size_t i = 0; i < program->step_count; i++)
        step_constants(text, &program->steps[i], (int)i);
    for (size_t i = 0; i < self->steps.step_count; i++)
        step_constants(text, &self->steps.steps[i], (int)(program->step_count + i));
    if (source->class_count > 0) {
        graft_c_format(text, "\nconst char *const %s_labels[%zu] = {\n", prefix, source->class_count);
        for (size_t i = 0; i < source->class_count; i++) {
            char number[24];
            snprintf(number, sizeof number, "%zu", i);
            graft_c_format(text, "    ");
            graft_c_literal(text, source->classes ? source->classes[i] : number);
            graft_c_format(text, ",\n");
        }
        graft_c_format(text, "};\n");
    }
    graft_c_format(text, "\n");
    network(text, program);
    entry(text, program, self, 0, prefix);
    if (self->has_pixels) entry(text, program, self, 1, prefix);
}

static graft_status write_body(const graft_c_program *program, const graft_export_source *source, const char *prefix,
                               const char *header, const char *path) {
    entries self = {.has_pixels = graft_c_takes_pixels(program, source)};
    graft_c_text text = {.writer = NULL};
    graft_status status = entry_floats(&self, program);
    if (status == GRAFT_OK && self.has_pixels) status = entry_pixels(&self, program, source->preprocess);
    if (status == GRAFT_OK) status = graft_c_text_open(path, &text);
    if (status == GRAFT_OK) body(&text, program, source, prefix, header, &self);
    status = graft_c_text_close(&text, status);
    graft_c_program_free(&self.steps);
    return status;
}

bool graft_c_takes_pixels(const graft_c_program *program, const graft_export_source *source) {
    const graft_shape *shape = &graft_graph_node(program->graph, graft_graph_input(program->graph))->output;
    return source->preprocess != NULL && shape->rank == 3 && (shape->dim[0] == 1 || shape->dim[0] == 3);
}

/* What a file's name may be in C: letters, digits, _; no digit and no _ first. */
static char *prefix_of(const char *path) {
    const char *name = graft_path_name(path);
    const size_t length = strlen(name) - strlen(".c");
    const bool first = isalpha((unsigned char)name[0]) != 0;
    char *prefix = graft_text_format("%s%.*s", first ? "" : "n", (int)length, name);
    for (size_t i = 0; prefix != NULL && prefix[i] != '\0'; i++)
        if (!isalnum((unsigned char)prefix[i])) prefix[i] = '_';
    return prefix;
}

graft_status graft_c_write(const graft_c_program *program, const graft_export_source *source, const char *path) {
    const size_t length = strlen(path);
    if (length < 3 || strcmp(path + length - 2, ".c") != 0 || path[length - 3] == '/')
        return graft_fail(GRAFT_E_USAGE, "%s: C source is a pair NAME.c and NAME.h, expected a name that ends in .c",
                          path);
    if (strpbrk(graft_path_name(path), "\"\\\n") != NULL)
        return graft_fail(GRAFT_E_USAGE, "%s: its header cannot be included by that name: use letters and digits",
                          path);
    char *prefix = prefix_of(path), *header = graft_text_format("%.*sh", (int)length - 1, path);
    graft_status status = prefix == NULL || header == NULL ? graft_fail_memory("C source")
                                                           : write_body(program, source, prefix, header, path);
    if (status == GRAFT_OK) status = graft_c_write_header(program, source, prefix, header);
    graft_release(prefix);
    graft_release(header);
    return status;
}
