// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/peers.hpp"

#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bus/values.hpp"
#include "dbus/names.hpp"
#include "dbus/sdbus.hpp"

namespace miredo::bus {
namespace {

using teredo::PeerKind;
using teredo::PeerState;

constexpr std::array kKinds{PeerKind::kTeredo, PeerKind::kNative};
constexpr std::array kStates{PeerState::kDirect,
                             PeerState::kRelay,
                             PeerState::kProbing,
                             PeerState::kIdle,
                             PeerState::kFailed};

sdbus::Error invalid(const std::string& message) {
    return dbus::make_error(dbus::error::kInvalidArgs, message);
}

std::string string_of(const std::string& key, const sdbus::Variant& value) {
    if (!value.containsValueOfType<std::string>()) {
        throw invalid(fmt::format(
            "the filter's {} must be a string (s), not {}", key, value.peekValueType()));
    }
    return value.get<std::string>();
}

template <typename Word, std::size_t kSize>
Word word_of(const std::string& key, const std::string& text, const std::array<Word, kSize>& all) {
    std::vector<std::string_view> words;
    for (const Word word : all) {
        words.push_back(to_string(word));
        if (words.back() == text) {
            return word;
        }
    }
    throw invalid(fmt::format("the filter's {} is one of: {}; not \"{}\"",
                              key,
                              fmt::join(words, ", "),
                              valid_text(text)));
}

Ipv6Address address_of(const std::string& key, const std::string& text) {
    const auto address = Ipv6Address::parse(text);
    if (!address) {
        throw invalid(fmt::format("the filter's {} is no IPv6 address: \"{}\"", key, text));
    }
    return *address;
}

// Few texts and small numbers make most of a page: each is made into a Variant once (D-Bus' Variant
// is a message of its own, a copy of it only a reference).
template <typename Value>
class Shared {
  public:
    const sdbus::Variant& operator()(const Value& value) {
        const auto found = made_.find(value);
        return found != made_.end() ? found->second
                                    : made_.emplace(value, sdbus::Variant{value}).first->second;
    }

  private:
    std::map<Value, sdbus::Variant> made_;
};

class Page {
  public:
    Dictionary dictionary(const teredo::PeerStatus& peer) {
        Dictionary result;
        result.emplace(dbus::peer::kAddress, peer.address.to_string());
        result.emplace(dbus::peer::kKind, words_(std::string{to_string(peer.kind)}));
        result.emplace(dbus::peer::kState, words_(std::string{to_string(peer.state)}));
        if (peer.endpoint) {
            result.emplace(dbus::peer::kEndpoint, endpoint_value(peer.endpoint));
        }
        if (peer.last_received) {
            result.emplace(dbus::peer::kLastReceived, microseconds(*peer.last_received));
        }
        if (peer.last_transmitted) {
            result.emplace(dbus::peer::kLastTransmitted, microseconds(*peer.last_transmitted));
        }
        result.emplace(dbus::peer::kQueuedPackets, numbers_(peer.queued_packets));
        result.emplace(dbus::peer::kAttempts, numbers_(peer.attempts));
        return result;
    }

  private:
    Shared<std::string> words_;
    Shared<std::uint32_t> numbers_;
};

}  // namespace

daemon::PeerQuery peer_query(const Dictionary& filter, std::uint64_t offset, std::uint32_t limit) {
    if (limit < 1 || limit > dbus::kLargestPage) {
        throw invalid(fmt::format("limit is {}; 1 to {} is allowed", limit, dbus::kLargestPage));
    }
    daemon::PeerQuery query;
    query.offset = offset;
    query.limit = limit;
    for (const auto& [key, value] : filter) {
        if (key == dbus::peer::kAddress) {
            query.address = address_of(key, string_of(key, value));
        } else if (key == dbus::peer::kKind) {
            query.kind = word_of(key, string_of(key, value), kKinds);
        } else if (key == dbus::peer::kState) {
            query.state = word_of(key, string_of(key, value), kStates);
        } else {
            throw invalid(fmt::format("the filter has no key \"{}\"; it may have: {}, {}, {}",
                                      key,
                                      dbus::peer::kAddress,
                                      dbus::peer::kKind,
                                      dbus::peer::kState));
        }
    }
    return query;
}

std::vector<Dictionary> dictionaries(const std::vector<teredo::PeerStatus>& peers) {
    Page page;
    std::vector<Dictionary> result;
    result.reserve(peers.size());
    for (const teredo::PeerStatus& peer : peers) {
        result.push_back(page.dictionary(peer));
    }
    return result;
}

}  // namespace miredo::bus
