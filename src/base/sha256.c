#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

#include <openssl/evp.h>
#include <stdio.h>

struct graft_sha256 {
    EVP_MD_CTX *context;
};

graft_status graft_sha256_new(graft_sha256 **out) {
    graft_sha256 *sha = graft_allocate_zero(1, sizeof *sha);
    if (!sha) return graft_fail_memory("a SHA-256 state");
    sha->context = EVP_MD_CTX_new();
    if (!sha->context || EVP_DigestInit_ex(sha->context, EVP_sha256(), NULL) != 1) {
        graft_sha256_free(sha);
        return graft_fail(GRAFT_E_INTERNAL, "libcrypto offers no SHA-256");
    }
    *out = sha;
    return GRAFT_OK;
}

void graft_sha256_free(graft_sha256 *sha) {
    if (!sha) return;
    EVP_MD_CTX_free(sha->context);
    graft_release(sha);
}

graft_status graft_sha256_add(graft_sha256 *sha, const void *bytes, size_t length) {
    if (EVP_DigestUpdate(sha->context, bytes, length) != 1)
        return graft_fail(GRAFT_E_INTERNAL, "libcrypto failed to hash %zu bytes", length);
    return GRAFT_OK;
}

graft_status graft_sha256_text(graft_sha256 *sha, char out[GRAFT_SHA256_TEXT]) {
    unsigned char digest[32];
    unsigned int length = 0;
    if (EVP_DigestFinal_ex(sha->context, digest, &length) != 1 || length != sizeof digest)
        return graft_fail(GRAFT_E_INTERNAL, "libcrypto failed to finish a SHA-256");
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return GRAFT_OK;
}
