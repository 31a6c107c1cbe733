#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

#include <openssl/evp.h>
#include <stdio.h>

struct graft_digest {
    EVP_MD_CTX *context;
};

graft_status graft_digest_new(graft_digest_kind kind, graft_digest **out) {
    *out = NULL;
    graft_digest *digest = graft_allocate_zero(1, sizeof *digest);
    if (!digest) return graft_fail_memory("a digest's state");
    digest->context = EVP_MD_CTX_new();
    const EVP_MD *type = kind == GRAFT_DIGEST_MD5 ? EVP_md5() : EVP_sha256();
    if (!digest->context || EVP_DigestInit_ex(digest->context, type, NULL) != 1) {
        graft_digest_free(digest);
        return graft_fail(GRAFT_E_INTERNAL, "libcrypto offers no %s", kind == GRAFT_DIGEST_MD5 ? "MD5" : "SHA-256");
    }
    *out = digest;
    return GRAFT_OK;
}

void graft_digest_free(graft_digest *digest) {
    if (!digest) return;
    EVP_MD_CTX_free(digest->context);
    graft_release(digest);
}

graft_status graft_digest_add(graft_digest *digest, const void *bytes, size_t length) {
    if (EVP_DigestUpdate(digest->context, bytes, length) != 1)
        return graft_fail(GRAFT_E_INTERNAL, "libcrypto failed to hash %zu bytes", length);
    return GRAFT_OK;
}

graft_status graft_digest_text(graft_digest *digest, char out[GRAFT_DIGEST_TEXT]) {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_DigestFinal_ex(digest->context, value, &length) != 1 || length > 32)
        return graft_fail(GRAFT_E_INTERNAL, "libcrypto failed to finish a digest");
    for (unsigned int i = 0; i < length; i++)
        snprintf(out + 2 * (size_t)i, 3, "%02x", value[i]);
    return GRAFT_OK;
}
