/* json-check [KEY...]: reads JSON objects, one a line, from standard input, and prints the values of the keys (with
 * dots for nesting), one a line. Fails when a line is no JSON object, when a key is missing, or when there is no line.
 */
#include "base/alloc.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const graft_json *look_up(const graft_json *json, const char *key) {
    char part[128];
    while (json && *key) {
        size_t length = strcspn(key, ".");
        if (length >= sizeof part) return NULL;
        memcpy(part, key, length);
        part[length] = '\0';
        json = graft_json_get(json, part);
        key += length + (key[length] == '.');
    }
    return json;
}

static int check_line(const char *line, size_t length, int keys, char **key) {
    graft_json *json = NULL;
    int bad = 0;
    if (graft_json_parse(line, length, "line", &json) != GRAFT_OK || graft_json_type_of(json) != GRAFT_JSON_OBJECT) {
        fprintf(stderr, "%s\nno JSON object: %s\n", graft_error_text(), line);
        return 1;
    }
    for (int i = 0; i < keys; i++) {
        const graft_json *value = look_up(json, key[i]);
        char *text = NULL;
        if (value && graft_json_dump(value, 0, &text, NULL) == GRAFT_OK) {
            puts(text);
        } else {
            fprintf(stderr, "no key %s in: %s\n", key[i], line);
            bad = 1;
        }
        graft_release(text);
    }
    graft_json_free(json);
    return bad;
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t capacity = 0;
    int lines = 0, bad = 0;
    for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0; lines++) {
        if (line[length - 1] == '\n') line[--length] = '\0';
        bad |= check_line(line, (size_t)length, argc - 1, argv + 1);
    }
    free(line);
    return bad || lines == 0;
}
