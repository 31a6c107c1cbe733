#include "fetch/fetch.h"

#include "base/error.h"
#include "fetch/fetch-internal.h"

#include <string.h>
#include <strings.h>

static const double default_connect = 30, default_stall = 60; /* seconds */
static const uint64_t default_limit = (uint64_t)8 << 30;

static graft_status wrong_bytes(const char *url, const char *wanted, const char *got) {
    return graft_fail(GRAFT_E_DATA,
                      "%s: what came has %s %s, expected %s%s: it is another file, or was damaged on its way, and is "
                      "removed; pull again, or from a mirror with --from URL",
                      url, strlen(got) == 32 ? "MD5" : "SHA-256", got, wanted,
                      strlen(wanted) < strlen(got) ? "..." : "");
}

/* All bytes are there: are they right? Then they get their name. *wrong: they were not, and are gone. */
static graft_status finish(const char *url, const char *path, const graft_fetch_options *options, graft_part *part,
                           graft_fetch_result *result, bool *wrong) {
    char digest[GRAFT_DIGEST_TEXT];
    result->bytes = part->length;
    GRAFT_TRY(graft_part_digests(part, result->sha256, digest));
    if (part->length == 0) return graft_fail(GRAFT_E_DATA, "%s: the server gave an empty file", url);
    const char *wanted = options->digest;
    if (wanted && strncasecmp(digest, wanted, strlen(wanted)) != 0) {
        *wrong = true;
        graft_part_drop(part);
        return wrong_bytes(url, wanted, digest);
    }
    graft_status status = options->check ? options->check(options->user, part->path) : GRAFT_OK;
    if (status == GRAFT_OK) return graft_part_finish(part, path);
    if (status == GRAFT_E_DATA) {
        graft_part_drop(part);
        status = graft_fail_in(status, "%s: what came is removed", url);
    }
    return status;
}

static graft_status bring(graft_context *context, const char *url, const char *path, const graft_fetch_options *options,
                          graft_fetch_result *result, bool *anew) {
    graft_part part;
    bool again = false, wrong = false;
    GRAFT_TRY(graft_part_open(context, path, url, options->kind, options->digest != NULL, &part));
    graft_status status = graft_fetch_rest(context, url, options, &part, &again);
    if (status == GRAFT_OK && again) {
        status = graft_fetch_rest(context, url, options, &part, &again);
        if (status == GRAFT_OK && again) status = graft_fail(GRAFT_E_DATA, "%s: the server gives no whole file", url);
    }
    if (status == GRAFT_OK) status = finish(url, path, options, &part, result, &wrong);
    result->resumed = part.kept;
    *anew = wrong && part.kept > 0;
    graft_part_close(&part);
    return status;
}

graft_status graft_fetch(graft_context *context, const char *url, const char *path, const graft_fetch_options *options,
                         graft_fetch_result *result) {
    graft_fetch_options given = options ? *options : (graft_fetch_options){0};
    bool anew = false;
    *result = (graft_fetch_result){0};
    if (given.connect_seconds <= 0) given.connect_seconds = default_connect;
    if (given.stall_seconds <= 0) given.stall_seconds = default_stall;
    if (given.limit == 0) given.limit = default_limit;
    if (given.digest && !given.digest[0]) given.digest = NULL;
    if (!given.digest) given.kind = GRAFT_DIGEST_SHA256;
    const bool known = strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0;
    if (!known || strlen(url) >= GRAFT_FETCH_URL || strpbrk(url, "\r\n"))
        return graft_fail(GRAFT_E_USAGE, "%s: is no address of https:// or http://", url);
    graft_status status = bring(context, url, path, &given, result, &anew);
    /* Old bytes and new ones may not have belonged together. */
    if (status != GRAFT_OK && anew) status = bring(context, url, path, &given, result, &anew);
    return status;
}
