/* What this machine offers, as graft sees it. */
#include <graft/precision.h>
#include <graft/report.h>

#include "base/alloc.h"
#include "base/context.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/threads.h"
#include "report/libraries.h"
#include "report/machine.h"
#include "report/text-table.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The value of the first line "KEY ...: value" of a /proc file, up to `size`; false when there is none. */
static bool proc_value(const char *text, const char *key, char *out, size_t size) {
    size_t length = strlen(key);
    for (const char *line = text; line && *line;) {
        const char *end = strchr(line, '\n');
        const char *colon = strchr(line, ':');
        if (strncmp(line, key, length) == 0 && colon && (!end || colon < end)) {
            colon += 1 + strspn(colon + 1, " \t");
            snprintf(out, size, "%.*s", (int)(end ? end - colon : (long)strlen(colon)), colon);
            return true;
        }
        line = end ? end + 1 : NULL;
    }
    return false;
}

/* Whether `word` stands in the list of words `text`. */
static bool has_word(const char *text, const char *word) {
    size_t length = strlen(word);
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        if ((at == text || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' ')) return true;
    return false;
}

static void read_cpu(graft_machine *machine) {
    static const char *const wanted[] = {"sse4_1",   "avx",         "fma",         "f16c",     "avx2",
                                         "avx512f",  "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_bf16",
                                         "amx_int8", "asimd",       "asimdhp",     "sve"};
    char *text = NULL, flags[4096] = "";
    size_t length;
    snprintf(machine->cpu, sizeof machine->cpu, "unknown");
    /* /proc files have no size to map or to check: read as a stream of at most 1 MiB. */
    FILE *file = fopen("/proc/cpuinfo", "re");
    text = file ? graft_allocate(1 << 20, 1) : NULL;
    length = text ? fread(text, 1, (1 << 20) - 1, file) : 0;
    if (file) fclose(file);
    if (!text) return;
    text[length] = '\0';
    if (!proc_value(text, "model name", machine->cpu, sizeof machine->cpu))
        (void)proc_value(text, "CPU part", machine->cpu, sizeof machine->cpu);
    if (!proc_value(text, "flags", flags, sizeof flags)) (void)proc_value(text, "Features", flags, sizeof flags);
    for (size_t i = 0, used = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (has_word(flags, wanted[i]) && used + strlen(wanted[i]) + 2 < sizeof machine->features)
            used += (size_t)snprintf(machine->features + used, sizeof machine->features - used, "%s%s", used ? " " : "",
                                     wanted[i]);
    graft_release(text);
}

void graft_machine_read(graft_machine *machine) {
    *machine = (graft_machine){.cores = graft_physical_cores()};
    read_cpu(machine);
    struct utsname system;
    if (uname(&system) == 0)
        snprintf(machine->system, sizeof machine->system, "%s %s %s", system.sysname, system.release, system.machine);
    machine->memory = graft_memory_present();
    machine->processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static graft_status machine_json(graft_context *context, const graft_machine *machine, char **out) {
    graft_json *object = graft_json_new_object();
    graft_json_set_text(object, "version", graft_version());
    graft_json_set_text(object, "libraries", GRAFT_LIBRARIES);
    graft_json_set_text(object, "compiler", __VERSION__);
    graft_json_set_text(object, "system", machine->system);
    graft_json_set_text(object, "cpu", machine->cpu);
    graft_json_set_text(object, "cpu_features", machine->features);
    graft_json_set_bool(object, "int8", graft_precision_available());
    graft_json_set_int(object, "processors", machine->processors);
    graft_json_set_int(object, "cores", machine->cores);
    graft_json_set_int(object, "threads", graft_context_threads(context));
    graft_json_set_int(object, "memory_bytes", (int64_t)machine->memory);
    graft_json_set_int(object, "memory_limit_bytes", (int64_t)graft_context_memory_limit(context));
    graft_json_set_text(object, "cache", graft_context_cache_dir(context));
    graft_json_set_int(object, "cache_limit_bytes", (int64_t)graft_context_cache_limit(context));
    graft_status status = graft_json_dump(object, 0, out, NULL);
    graft_json_free(object);
    return status;
}

graft_status graft_machine_text(graft_context *context, bool json, char **out) {
    const double gib = 1024.0 * 1024 * 1024;
    graft_machine machine;
    graft_machine_read(&machine);
    if (json) return machine_json(context, &machine, out);
    const char *cache = graft_context_cache_dir(context);
    graft_text_table table;
    graft_text_table_init(&table, "ll");
    graft_text_table_add(&table, "graft");
    graft_text_table_add(&table, "%s, compiler %s", graft_version(), __VERSION__);
    graft_text_table_add(&table, "libraries");
    graft_text_table_add(&table, "%s", GRAFT_LIBRARIES);
    graft_text_table_add(&table, "system");
    graft_text_table_add(&table, "%s", machine.system);
    graft_text_table_add(&table, "processor");
    graft_text_table_add(&table, "%s", machine.cpu);
    graft_text_table_add(&table, "instructions");
    graft_text_table_add(&table, "%s", *machine.features ? machine.features : "none that are looked for");
    graft_text_table_add(&table, "8-bit integers");
    graft_text_table_add(&table, "%s",
                         graft_precision_available() ? "yes: --base-precision int8"
                                                     : "no VNNI: networks on them compute on floats");
    graft_text_table_add(&table, "cores");
    graft_text_table_add(&table, "%d physical for this process, %d logical in all", machine.cores, machine.processors);
    graft_text_table_add(&table, "threads");
    graft_text_table_add(&table, "%d", graft_context_threads(context));
    graft_text_table_add(&table, "memory");
    graft_text_table_add(&table, "%.1f GiB, graft stays below %.1f GiB", (double)machine.memory / gib,
                         (double)graft_context_memory_limit(context) / gib);
    graft_text_table_add(&table, "cache");
    if (cache)
        graft_text_table_add(&table, "%s, at most %.1f GiB", cache, (double)graft_context_cache_limit(context) / gib);
    else
        graft_text_table_add(&table, "none: features and checks are not remembered");
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_text_table_write(&table, 0, &text);
    return graft_buffer_take(&text, out, NULL);
}
