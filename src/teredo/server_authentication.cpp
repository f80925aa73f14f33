// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/server_authentication.hpp"

#include <algorithm>

namespace miredo::teredo {
namespace {

constexpr std::size_t kKeysForOneIdentifier = 2;
constexpr std::uint8_t kNewKeyNeeded = 1;

}  // namespace

ServerAuthentication::ServerAuthentication(RandomSource& random)
    : key_{SipHashKey::generate(random)} {}

void ServerAuthentication::apply(const ServerSettings& settings) {
    is_required_ = settings.requires_authentication;
    known_.clear();
    known_.reserve(settings.secrets.size());
    for (const SharedSecret& secret : settings.secrets) {
        known_.push_back({siphash(key_, secret.client_identifier),
                          secret.client_identifier,
                          wire::HmacSha1{secret.key}});
    }
    std::stable_sort(known_.begin(), known_.end(), [](const Known& a, const Known& b) {
        return a.hash < b.hash;
    });
}

Result<ServerAuthentication::Answer, DropReason>
ServerAuthentication::judge(const wire::TeredoDatagram& solicitation) {
    const auto& asked = solicitation.authentication;
    const std::span<Known> keys = asked ? find(asked->client_identifier) : std::span<Known>{};
    const bool has_value = asked && !asked->value.empty();
    if (has_value && !keys.empty()) {
        for (Known& known : keys) {
            if (wire::is_authentic(known.mac, solicitation)) {
                return Answer{&known == keys.data() ? std::uint8_t{0} : kNewKeyNeeded, &known.mac};
            }
        }
        // RFC 4380 §5.2.2: values that do not match, "the packet MUST be discarded".
        return Failure{DropReason::kSolicitationNotAuthentic};
    }
    if (is_required_) {
        return Failure{DropReason::kSolicitationNotAuthentic};
    }
    const bool is_unknown = asked && (has_value || !asked->client_identifier.empty()) &&
                            keys.empty() && !known_.empty();
    return Answer{is_unknown ? kNewKeyNeeded : std::uint8_t{0}, nullptr};
}

std::span<ServerAuthentication::Known> ServerAuthentication::find(Bytes identifier) {
    if (known_.empty()) {
        return {};
    }
    const std::uint64_t hash = siphash(key_, identifier);
    const auto first =
        std::lower_bound(known_.begin(), known_.end(), hash, [](const Known& known, auto value) {
            return known.hash < value;
        });
    std::size_t count = 0;
    for (auto it = first; it != known_.end() && it->hash == hash && count < kKeysForOneIdentifier;
         ++it) {
        if (!equal(it->identifier, identifier)) {
            break;
        }
        ++count;
    }
    return {known_.data() + (first - known_.begin()), count};
}

}  // namespace miredo::teredo
