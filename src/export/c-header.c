/* NAME.h: what a program that uses the network reads. */
#include "export/c-write.h"
#include <ctype.h>
#include <string.h>

static char *upper(const char *prefix) {
    char *text = graft_text_copy(prefix);
    for (size_t i = 0; text != NULL && text[i] != '\0'; i++)
        text[i] = (char)toupper((unsigned char)text[i]);
    return text;
}

static void sizes(graft_c_text *text, const graft_c_program *program, const graft_export_source *source,
                  const char *macro) {
    const graft_shape *in = &graft_graph_node(program->graph, graft_graph_input(program->graph))->output;
    const bool rows = in->rank == 3;
    graft_c_format(text, "#define %s_INPUT_HEIGHT %d\n", macro, rows ? (int)in->dim[1] : 1);
    graft_c_format(text, "#define %s_INPUT_WIDTH %d\n", macro, rows ? (int)in->dim[2] : 1);
    graft_c_format(text, "#define %s_INPUT_CHANNELS %d /* of the network; pictures always have 3 */\n", macro,
                   (int)in->dim[0]);
    graft_c_format(text, "#define %s_OUTPUTS %zu /* floats that a call writes */\n", macro,
                   program->values[program->output].count);
    if (source->class_count > 0) graft_c_format(text, "#define %s_CLASSES %zu\n", macro, source->class_count);
    graft_c_format(text, "#define %s_WORKSPACE_BYTES %zu\n\n", macro, program->workspace);
}

static void declarations(graft_c_text *text, const graft_c_program *program, const graft_export_source *source,
                         const char *prefix, const char *macro) {
    const bool classes = source->class_count > 0;
    graft_c_format(text,
                   "/* How to use it: every call needs a workspace of its own, of %s_WORKSPACE_BYTES bytes, aligned as "
                   "malloc\n * aligns (16 bytes do). Nothing in it need be set, nothing has to be kept between calls. "
                   "No memory is allocated,\n * no global is written: several threads may call at once, each with its "
                   "own workspace and output. Beside memcpy,\n * memset and functions of math.h nothing of the C "
                   "library is used; int has at least 32 bits. */\n",
                   macro);
    if (classes)
        graft_c_format(text,
                       "\n/* The classes' names, UTF-8, in the order of the outputs. */\n"
                       "extern const char *const %s_labels[%s_CLASSES];\n",
                       prefix, macro);
    if (graft_c_takes_pixels(program, source)) {
        graft_c_format(text, "\n");
        graft_c_format(text,
                       "/* `rgb`: a picture of exactly %s_INPUT_HEIGHT rows of %s_INPUT_WIDTH pixels, the bytes red, "
                       "green, blue (0 to\n * 255, as in files), rows from the top; resize it first. The network's "
                       "preprocessing is done inside.\n",
                       macro, macro);
        graft_c_format(text, " * `output` gets %s_OUTPUTS %s. */\n", macro,
                       classes ? "probabilities, 0 to 1" : "numbers, height x width x channels if they are no vector");
        graft_c_format(text, "void %s_run(const unsigned char *rgb, float *output, void *workspace);\n", prefix);
    }
    graft_c_format(text, "\n/* `input`: the numbers after preprocessing, height x width x channels, the channels of a "
                         "pixel side by side. */\n");
    graft_c_format(text, "void %s_run_float(const float *input, float *output, void *workspace);\n", prefix);
}

graft_status graft_c_write_header(const graft_c_program *program, const graft_export_source *source, const char *prefix,
                                  const char *path) {
    graft_c_text text = {.writer = NULL};
    char *macro = upper(prefix);
    graft_status status = macro == NULL ? graft_fail_memory("C source") : graft_c_text_open(path, &text);
    if (status == GRAFT_OK) {
        graft_c_format(&text, "/* ");
        graft_c_plain(&text, source->name);
        graft_c_format(&text, " as C99 without dependencies, written by graft %s. */\n", graft_version());
        graft_c_format(&text, "#ifndef %s_H\n#define %s_H\n\n", macro, macro);
        sizes(&text, program, source, macro);
        graft_c_format(&text, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
        declarations(&text, program, source, prefix, macro);
        graft_c_format(&text, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
    }
    status = graft_c_text_close(&text, status);
    graft_release(macro);
    return status;
}
