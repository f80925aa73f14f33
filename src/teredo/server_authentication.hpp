// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The server's side of secure qualification (RFC 4380 §5.2.2, §5.3.1 rule 4, §5.3.2): whose
// solicitation it is, and what the answer's authentication header says.
//
//   identifier known, value right   answered with a value; confirmation 0, 1 for the older key
//   identifier known, value wrong   discarded, required or not
//   identifier known, no value      answered without one, confirmation 0; discarded where required
//   identifier unknown              answered without a value, confirmation 1 (the identifier is not
//                                   valid); discarded where required
//   no identifier, no value         answered likewise, confirmation 0; discarded where required
//
// A server without secrets cannot say anything about an identifier: confirmation 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random_source.hpp"
#include "base/result.hpp"
#include "base/siphash.hpp"
#include "teredo/drop_reason.hpp"
#include "teredo/settings.hpp"
#include "wire/secure_qualification.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

class ServerAuthentication {
  public:
    // How a solicitation is to be answered: `mac` makes the value, if there is to be one.
    struct Answer {
        std::uint8_t confirmation = 0;
        wire::HmacSha1* mac = nullptr;
    };

    explicit ServerAuthentication(RandomSource& random);

    void apply(const ServerSettings& settings);

    // The time it takes grows with the logarithm of the number of secrets, and with two keys at
    // most for one identifier.
    [[nodiscard]] Result<Answer, DropReason> judge(const wire::TeredoDatagram& solicitation);

  private:
    struct Known {
        std::uint64_t hash = 0;
        std::vector<std::byte> identifier;
        wire::HmacSha1 mac;
    };

    // The keys of one identifier, the valid one first.
    [[nodiscard]] std::span<Known> find(Bytes identifier);

    SipHashKey key_;
    std::vector<Known> known_;  // by hash, those with the same one in the order of the settings
    bool is_required_ = false;
};

}  // namespace miredo::teredo
