/* One request over libcurl: what is asked, what the answer's head says, where its bytes go, how it may end. */
#include "fetch/fetch-internal.h"

#include "base/context.h"
#include "base/error.h"
#include "base/library_lock.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/statvfs.h>

#define BY_HAND "or bring it by other means and then: graft models add FILE"

enum { MAX_REDIRECTIONS = 5 };

typedef struct transfer {
    graft_context *context;
    const char *url;
    const graft_fetch_options *options;
    graft_part *part;
    graft_phase *phase;
    CURL *curl;
    bool asked_range, begun, stalled;
    graft_status failed; /* of a callback; the error's text stands */
    /* The last answer's head. */
    char tag[GRAFT_FETCH_TAG];
    bool has_start, has_total;
    uint64_t start, total; /* Content-Range */
    /* When the last byte came. */
    double moved;
    curl_off_t seen;
    char text[CURL_ERROR_SIZE];
} transfer;

/* The value of the head's line when it is called `name`, without blanks around it; NULL otherwise. */
static const char *value_of(const char *line, size_t length, const char *name, char out[GRAFT_FETCH_TAG]) {
    const size_t own = strlen(name);
    if (length <= own || strncasecmp(line, name, own) != 0 || line[own] != ':') return NULL;
    const char *from = line + own + 1, *end = line + length;
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (end > from && (unsigned char)end[-1] <= ' ')
        end--;
    if ((size_t)(end - from) >= GRAFT_FETCH_TAG) return NULL;
    memcpy(out, from, (size_t)(end - from));
    out[end - from] = '\0';
    for (const char *c = out; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) return NULL;
    return out;
}

/* "bytes 100-199/200", "bytes 100-199" and a star, or of a refusal a star and "/200". */
static void read_range(transfer *self, const char *value) {
    if (strncasecmp(value, "bytes ", 6) != 0) return;
    const char *slash = strchr(value, '/');
    char *end;
    if (value[6] >= '0' && value[6] <= '9') {
        self->start = strtoull(value + 6, &end, 10);
        self->has_start = *end == '-';
    }
    if (slash && slash[1] >= '0' && slash[1] <= '9') {
        self->total = strtoull(slash + 1, &end, 10);
        self->has_total = *end == '\0';
    }
}

static size_t on_header(char *line, size_t size, size_t count, void *user) {
    transfer *self = user;
    char value[GRAFT_FETCH_TAG];
    const size_t length = size * count;
    if (length >= 5 && strncmp(line, "HTTP/", 5) == 0) {
        self->tag[0] = '\0';
        self->has_start = self->has_total = false;
    } else if (value_of(line, length, "ETag", value)) {
        /* A weak one does not promise the same bytes. */
        if (value[0] == '"') memcpy(self->tag, value, sizeof value);
    } else if (value_of(line, length, "Last-Modified", value)) {
        if (!self->tag[0]) memcpy(self->tag, value, sizeof value);
    } else if (value_of(line, length, "Content-Range", value)) {
        read_range(self, value);
    }
    return length;
}

static long answer(const transfer *self) {
    long code = 0;
    curl_easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

static graft_status check_room(const transfer *self, uint64_t rest) {
    struct statvfs disk;
    if (fstatvfs(self->part->fd, &disk) != 0) return GRAFT_OK;
    const uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (rest <= free_bytes) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA,
                      "%s: %llu bytes are still to come, and its disk has %llu left: make room and pull again",
                      self->part->path, (unsigned long long)rest, (unsigned long long)free_bytes);
}

static graft_status too_large(const transfer *self, uint64_t bytes) {
    return graft_fail(GRAFT_E_DATA, "%s: %llu bytes or more, the limit is %llu: is the address right?", self->url,
                      (unsigned long long)bytes, (unsigned long long)self->options->limit);
}

/* The first bytes of an answer of 200 or 206. */
static graft_status begin(transfer *self) {
    curl_off_t length = -1;
    self->begun = true;
    if (answer(self) == 200 && self->part->length > 0) {
        graft_log(self->context, GRAFT_LOG_INFO, "%s: it begins anew: it has changed, or the server does not resume",
                  self->url);
        GRAFT_TRY(graft_part_restart(self->part));
    }
    GRAFT_TRY(graft_part_mark(self->part, self->url, self->tag));
    curl_easy_getinfo(self->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    const uint64_t rest = length > 0 ? (uint64_t)length : 0;
    if (rest > self->options->limit || self->part->length > self->options->limit - rest)
        return too_large(self, self->part->length + rest);
    GRAFT_TRY(check_room(self, rest));
    return graft_phase_begin(self->context, "pull", rest, &self->phase);
}

static bool wanted(const transfer *self) {
    const long code = answer(self);
    return code == 200 || (code == 206 && self->asked_range && self->has_start && self->start == self->part->length);
}

/* Anything but `count` back ends the request. */
static size_t on_bytes(char *bytes, size_t size, size_t count, void *user) {
    transfer *self = user;
    const size_t length = size * count;
    if (!self->begun) {
        if (!wanted(self)) return length + 1;
        self->failed = begin(self);
    }
    if (self->failed == GRAFT_OK && self->part->length + length > self->options->limit)
        self->failed = too_large(self, self->part->length + length);
    if (self->failed == GRAFT_OK) self->failed = graft_part_add(self->part, bytes, length);
    if (self->failed == GRAFT_OK) self->failed = graft_phase_add(self->phase, length, 0);
    return self->failed == GRAFT_OK ? length : length + 1;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up) {
    transfer *self = user;
    (void)down_total, (void)up_total, (void)up;
    const double now = graft_now();
    if (down != self->seen) {
        self->seen = down;
        self->moved = now;
    }
    self->stalled = now - self->moved >= self->options->stall_seconds;
    if (self->failed == GRAFT_OK && self->phase) self->failed = graft_phase_add(self->phase, 0, 0);
    if (self->failed == GRAFT_OK) self->failed = graft_cancelled(self->context);
    return self->stalled || self->failed != GRAFT_OK;
}

/* An answer that is not the file. */
static graft_status refused(transfer *self, bool *again) {
    const long code = answer(self);
    if (code == 206 || code == 416) {
        /* All of it was there already. */
        if (code == 416 && self->has_total && self->total == self->part->length) return GRAFT_OK;
        if (self->part->length > 0) {
            *again = true;
            return graft_part_restart(self->part);
        }
        return graft_fail(GRAFT_E_DATA, "%s: the server answers %ld, a part of it that was not asked for", self->url,
                          code);
    }
    if (code == 404 || code == 410)
        return graft_fail(GRAFT_E_DATA,
                          "%s: the server answers %ld, there is no such file: take it from a mirror with --from "
                          "URL, " BY_HAND,
                          self->url, code);
    if (code == 401 || code == 403)
        return graft_fail(GRAFT_E_DATA, "%s: the server answers %ld, it does not give the file to us: " BY_HAND,
                          self->url, code);
    if (code >= 500 || code == 429)
        return graft_fail(GRAFT_E_DATA,
                          "%s: the server answers %ld, it is in trouble: pull again later, or from a mirror with "
                          "--from URL, " BY_HAND,
                          self->url, code);
    return graft_fail(GRAFT_E_DATA, "%s: the server answers %ld, expected 200 with the file: " BY_HAND, self->url,
                      code);
}

static graft_status cut(const transfer *self, const char *how) {
    return graft_fail(GRAFT_E_DATA, "%s: %s after %llu bytes, which stay: pull again to go on", self->url, how,
                      (unsigned long long)self->part->length);
}

static graft_status ended(const transfer *self, CURLcode code) {
    const char *text = self->text[0] ? self->text : curl_easy_strerror(code);
    char stall[96];
    if (self->stalled) {
        snprintf(stall, sizeof stall, "nothing came for %g seconds", self->options->stall_seconds);
        return cut(self, stall);
    }
    switch (code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM:
        return cut(self, "the connection was cut");
    case CURLE_TOO_MANY_REDIRECTS:
        return graft_fail(GRAFT_E_DATA,
                          "%s: more than %d redirections: take it from a mirror with --from URL, " BY_HAND, self->url,
                          MAX_REDIRECTIONS);
    case CURLE_UNSUPPORTED_PROTOCOL:
        return graft_fail(GRAFT_E_DATA,
                          "%s: leads to what is neither a file over https nor what http may give (%s): " BY_HAND,
                          self->url, text);
    case CURLE_URL_MALFORMAT:
        return graft_fail(GRAFT_E_USAGE, "%s: is no address (%s)", self->url, text);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
        return graft_fail(GRAFT_E_DATA,
                          "%s: the server cannot be trusted (%s): are the clock and the system's certificates "
                          "right? If so, " BY_HAND,
                          self->url, text);
    default:
        return graft_fail(GRAFT_E_DATA, "%s: cannot be reached (%s): pull again with a network, " BY_HAND, self->url,
                          text);
    }
}

static bool set_up(transfer *self, struct curl_slist **headers) {
    CURL *c = self->curl;
    const graft_part *part = self->part;
    const graft_fetch_options *o = self->options;
    char line[GRAFT_FETCH_TAG + 64];
    bool ok = true;
#define SET(option, value) ok = ok && curl_easy_setopt(c, CURLOPT_##option, value) == CURLE_OK
    SET(URL, self->url);
    SET(USERAGENT, "graft");
    SET(NOSIGNAL, 1L);
    SET(PROTOCOLS_STR, "http,https");
    SET(REDIR_PROTOCOLS_STR, strncasecmp(self->url, "https:", 6) == 0 ? "https" : "http,https");
    SET(FOLLOWLOCATION, 1L);
    SET(MAXREDIRS, (long)MAX_REDIRECTIONS);
    SET(SSL_VERIFYPEER, 1L);
    SET(SSL_VERIFYHOST, 2L);
    SET(CONNECTTIMEOUT_MS, (long)(o->connect_seconds * 1000));
    SET(ERRORBUFFER, self->text);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, self);
    SET(WRITEFUNCTION, on_bytes);
    SET(WRITEDATA, self);
    SET(XFERINFOFUNCTION, on_progress);
    SET(XFERINFODATA, self);
    SET(NOPROGRESS, 0L);
    if (part->length > 0) {
        /* By hand: curl's own way to resume refuses answers that begin anew. */
        snprintf(line, sizeof line, "%llu-", (unsigned long long)part->length);
        SET(RANGE, line);
        self->asked_range = true;
    }
    if (part->length > 0 && part->tag[0]) {
        snprintf(line, sizeof line, "If-Range: %s", part->tag);
        *headers = curl_slist_append(NULL, line);
        ok = ok && *headers;
        SET(HTTPHEADER, *headers);
    }
#undef SET
    return ok;
}

static graft_status perform(transfer *self, bool *again) {
    struct curl_slist *headers = NULL;
    graft_status status = GRAFT_OK;
    CURLcode code = CURLE_OK;
    if (!set_up(self, &headers)) {
        status = graft_fail_memory("a request");
    } else {
        self->moved = graft_now();
        code = curl_easy_perform(self->curl);
        if (self->failed != GRAFT_OK)
            status = self->failed;
        else if ((code == CURLE_OK || code == CURLE_WRITE_ERROR) && !self->begun && !wanted(self))
            status = refused(self, again);
        else if (code == CURLE_OK && !self->begun)
            status = begin(self); /* an empty file */
        else if (code != CURLE_OK)
            status = ended(self, code);
    }
    curl_slist_free_all(headers);
    return status;
}

static bool libcurl(bool in) {
    graft_library_enter(GRAFT_LIBRARY_CURL);
    bool ok = true;
    if (in)
        ok = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    else
        curl_global_cleanup();
    graft_library_leave(GRAFT_LIBRARY_CURL);
    return ok;
}

graft_status graft_fetch_rest(graft_context *context, const char *url, const graft_fetch_options *options,
                              graft_part *part, bool *again) {
    *again = false;
    GRAFT_TRY(graft_cancelled(context));
    if (!libcurl(true)) return graft_fail(GRAFT_E_INTERNAL, "libcurl does not start");
    transfer self = {.context = context, .url = url, .options = options, .part = part, .curl = curl_easy_init()};
    graft_status status = self.curl ? perform(&self, again) : graft_fail_memory("a request");
    graft_phase_end(self.phase);
    curl_easy_cleanup(self.curl);
    libcurl(false);
    return status;
}
