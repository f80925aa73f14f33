// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "invariants/peer_model.hpp"

#include <algorithm>
#include <limits>

namespace miredo::invariants {
namespace {

using std::chrono::seconds;

// RFC 4380 §5.2.6.
constexpr Duration kSpacing = seconds{2};
// How long a nonce or cookie that comes back proves anything.
constexpr Duration kProofLife = seconds{30};

constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

// Most are where they were listed the last time.
std::size_t place_of(std::span<const teredo::PeerStatus> peers, const KnownPeer& peer) {
    if (peer.place < peers.size() && peers[peer.place].address == peer.address) {
        return peer.place;
    }
    const auto found =
        std::find_if(peers.begin(), peers.end(), [&](const teredo::PeerStatus& listed) {
            return listed.address == peer.address;
        });
    return found == peers.end() ? kNowhere : static_cast<std::size_t>(found - peers.begin());
}

}  // namespace

bool RateCheck::note(Instant now) {
    if (last_ && now > *last_) {
        const std::chrono::duration<double> passed = now - *last_;
        level_ = std::max(0.0, level_ - passed.count() * rate_);
    }
    last_ = last_ ? std::max(*last_, now) : now;
    level_ += 1;
    constexpr double kRounding = 1e-6;
    return level_ <= static_cast<double>(burst_) + kRounding;
}

std::optional<std::string_view> AttemptRecord::note(Instant now, Duration window) {
    if (latest_ && now - *latest_ < kSpacing) {
        return "less than two seconds after the one before to the same peer";
    }
    Instant& oldest = last_[count_ % last_.size()];
    if (count_ >= last_.size() && now - oldest < window) {
        return "a fifth one to a peer that answers none";
    }
    oldest = now;
    latest_ = now;
    ++count_;
    return std::nullopt;
}

void PeerModel::note_cookie(Instant now, const Ipv6Address& peer, const Ipv6Address& source) {
    while (!cookies_.empty() && now - cookies_.front().sent_at > kProofLife) {
        cookies_.pop_front();
    }
    cookies_.push_back({now, peer, source});
}

bool PeerModel::is_cookie(Instant now,
                          const Ipv6Address& peer,
                          const Ipv6Address& destination) const {
    return std::any_of(cookies_.begin(), cookies_.end(), [&](const Cookie& cookie) {
        return now - cookie.sent_at <= kProofLife && cookie.peer == peer &&
               cookie.source == destination;
    });
}

KnownPeer* PeerModel::find(const Ipv6Address& address) {
    if (latest_ < peers_.size() && peers_[latest_].address == address) {
        return &peers_[latest_];
    }
    const auto found = std::find_if(peers_.begin(), peers_.end(), [&](const KnownPeer& peer) {
        return peer.address == address;
    });
    if (found == peers_.end()) {
        return nullptr;
    }
    latest_ = static_cast<std::size_t>(found - peers_.begin());
    return &*found;
}

KnownPeer& PeerModel::obtain(const Ipv6Address& address) {
    if (KnownPeer* const known = find(address)) {
        return *known;
    }
    latest_ = peers_.size();
    peers_.push_back({});
    peers_.back().address = address;
    return peers_.back();
}

bool PeerModel::keep_only(Instant now, std::span<const teredo::PeerStatus> known) {
    bool all_friends_kept = true;
    bool is_one_gone = false;
    for (KnownPeer& peer : peers_) {
        peer.place = place_of(known, peer);
        if (peer.place == kNowhere) {
            is_one_gone = true;
            all_friends_kept =
                all_friends_kept && !(peer.is_friend && now - *peer.heard_at < kPeerValidity &&
                                      now - *peer.used_at < kIdle);
        }
    }
    if (is_one_gone) {
        const auto is_gone = [](const KnownPeer& peer) { return peer.place == kNowhere; };
        peers_.erase(std::remove_if(peers_.begin(), peers_.end(), is_gone), peers_.end());
    }
    return all_friends_kept;
}

void PeerModel::note_test(Instant now, const Ipv6Address& peer, Bytes nonce) {
    while (!tests_.empty() && now - tests_.front().sent_at > kProofLife) {
        tests_.pop_front();
    }
    Test test{now, peer, {}};
    std::copy_n(nonce.begin(), test.nonce.size(), test.nonce.begin());
    tests_.push_back(test);
}

bool PeerModel::is_test(Instant now, const Ipv6Address& peer, Bytes nonce) {
    return std::any_of(tests_.begin(), tests_.end(), [&](const Test& test) {
        return now - test.sent_at <= kProofLife && test.peer == peer && equal(test.nonce, nonce);
    });
}

}  // namespace miredo::invariants
