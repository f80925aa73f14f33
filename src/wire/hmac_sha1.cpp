// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/hmac_sha1.hpp"

#include <cstring>

#include <gcrypt.h>

namespace miredo::wire {

bool initialize_cryptography() {
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0) {
        return true;
    }
    if (gcry_check_version(GCRYPT_VERSION) == nullptr) {
        return false;
    }
    return gcry_control(GCRYCTL_DISABLE_SECMEM) == 0 &&
           gcry_control(GCRYCTL_INITIALIZATION_FINISHED) == 0;
}

void HmacSha1::Close::operator()(gcry_md_handle* handle) const {
    gcry_md_close(handle);
}

HmacSha1::HmacSha1(Bytes key) {
    initialize_cryptography();
    gcry_md_hd_t handle = nullptr;
    if (gcry_md_open(&handle, GCRY_MD_SHA1, GCRY_MD_FLAG_HMAC) != 0) {
        return;
    }
    handle_.reset(handle);
    if (gcry_md_setkey(handle, key.data(), key.size()) != 0) {
        handle_.reset();
    }
}

HmacSha1::Value HmacSha1::compute(std::initializer_list<Bytes> parts) {
    Value value{};
    if (!handle_) {
        return value;
    }
    gcry_md_reset(handle_.get());
    for (const Bytes part : parts) {
        gcry_md_write(handle_.get(), part.data(), part.size());
    }
    if (const unsigned char* const digest = gcry_md_read(handle_.get(), GCRY_MD_SHA1)) {
        std::memcpy(value.data(), digest, value.size());
    }
    return value;
}

bool HmacSha1::verify(std::initializer_list<Bytes> parts, Bytes value) {
    const Value right = compute(parts);
    return handle_ != nullptr && equal_constant_time(right, value);
}

}  // namespace miredo::wire
