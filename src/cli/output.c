/* Results on stdout, events, and the run's log. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

graft_status cli_fail(cli *self, graft_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(self->error, sizeof self->error, format, arguments);
    va_end(arguments);
    /* File names may hold newlines and escapes; an error is one line of plain text. */
    for (char *c = self->error; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = '?';
    return status;
}

void cli_print_owned(char *text) {
    if (!text) return;
    fputs(text, stdout);
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] != '\n') putchar('\n');
    graft_text_free(text);
}

graft_status cli_write_text(cli *self, const char *path, const char *text, const char *end) {
    FILE *file = fopen(path, "w");
    bool written = file && fputs(text, file) >= 0 && fputs(end, file) >= 0;
    if (file) written = fclose(file) == 0 && written;
    return written ? GRAFT_OK : cli_fail(self, GRAFT_E_DATA, "%s: cannot be written", path);
}

/* Length of the well-formed UTF-8 sequence at `text`; 0 when there is none. */
static int utf8_length(const unsigned char *text) {
    if (text[0] < 0x80) return 1;
    int length = text[0] >= 0xF0 && text[0] <= 0xF4 ? 4 : text[0] >= 0xE0 ? 3 : text[0] >= 0xC2 ? 2 : 0;
    if (text[0] > 0xF4 || length == 0) return 0;
    for (int i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80) return 0;
    if (text[0] == 0xE0 && text[1] < 0xA0) return 0; /* overlong */
    if (text[0] == 0xED && text[1] > 0x9F) return 0; /* surrogates */
    if (text[0] == 0xF0 && text[1] < 0x90) return 0;
    if (text[0] == 0xF4 && text[1] > 0x8F) return 0;
    return length;
}

void cli_json_text(FILE *out, const char *text) {
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        int length = utf8_length(c);
        if (length == 0)
            fputs("\xEF\xBF\xBD", out);
        else if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < ' ')
            fprintf(out, "\\u%04x", *c);
        else
            fwrite(c, 1, (size_t)length, out);
        c += length ? length : 1;
    }
    fputc('"', out);
}

/* {"time":"2025-01-31T12:00:00Z", and the object's members. */
static void log_object(cli *self, const char *object) {
    if (!self->log) return;
    char stamp[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc)) strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    fprintf(self->log, "{\"time\":\"%s\",%s\n", stamp, object + 1);
    fflush(self->log);
}

void cli_event(cli *self, const char *object) {
    if (self->events) {
        puts(object);
        fflush(stdout);
    }
    log_object(self, object);
}

void cli_log_line(cli *self, const char *level, const char *text) {
    if (!self->log) return;
    char *object = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&object, &size);
    if (!memory) return;
    fprintf(memory, "{\"event\":\"log\",\"level\":\"%s\",\"text\":", level);
    cli_json_text(memory, text);
    fputc('}', memory);
    if (fclose(memory) == 0) log_object(self, object);
    free(object);
}

graft_status cli_log_begin(cli *self) {
    self->log = open_memstream(&self->log_text, &self->log_size);
    return self->log ? GRAFT_OK : cli_fail(self, GRAFT_E_MEMORY, "no memory for the log");
}

graft_status cli_log_into(cli *self, const char *folder) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/log.jsonl", folder);
    if (length < 0 || (size_t)length >= sizeof path)
        return cli_fail(self, GRAFT_E_DATA, "%s: path too long for the run's log", folder);
    FILE *file = fopen(path, "ae");
    if (!file) return cli_fail(self, GRAFT_E_DATA, "%s: %s", path, strerror(errno));
    fclose(self->log);
    fwrite(self->log_text, 1, self->log_size, file);
    free(self->log_text);
    self->log_text = NULL;
    self->log = file;
    return GRAFT_OK;
}

void cli_log_end(cli *self) {
    FILE *log = self->log;
    self->log = NULL;
    bool failed = log && ferror(log);
    if (log && fclose(log) != 0) failed = true;
    if (failed) cli_warn(self, "the run's log.jsonl is incomplete");
    free(self->log_text);
    self->log_text = NULL;
}

graft_status cli_output_possible(cli *self, const char *path) {
    char folder[4096];
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return cli_fail(self, GRAFT_E_DATA, "%s: is a folder, expected the name of a file to write", path);
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 1;
    if (slash == path) length = 1;
    if (length >= sizeof folder) return cli_fail(self, GRAFT_E_DATA, "%s: path too long", path);
    memcpy(folder, slash ? path : ".", length);
    folder[length] = '\0';
    if (stat(folder, &info) != 0)
        return cli_fail(self, GRAFT_E_DATA, "%s: cannot be written, folder %s: %s", path, folder, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return cli_fail(self, GRAFT_E_DATA, "%s: cannot be written, %s is no folder", path, folder);
    if (access(folder, W_OK) != 0)
        return cli_fail(self, GRAFT_E_DATA, "%s: cannot be written, folder %s: %s", path, folder, strerror(errno));
    return GRAFT_OK;
}
