// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/handover.hpp"

#include <cerrno>
#include <utility>

#include <sys/eventfd.h>

#include "steering/hash.hpp"
#include "wire/ipv6.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::daemon {
namespace {

// RFC 4380 §4: both are inverted in the last six octets.
Endpoint mapping_in(const Ipv6Address& address) {
    return {Ipv4Address{static_cast<std::uint32_t>(~address.low())},
            static_cast<std::uint16_t>(~address.low() >> 32U)};
}

}  // namespace

std::optional<Endpoint> mapping_of_source(Bytes datagram) {
    if (datagram.size() < wire::kIpv6HeaderSize) {
        return std::nullopt;
    }
    if (std::to_integer<unsigned>(datagram[0]) >> 4U == 6) {
        return mapping_in(Ipv6Address::load(datagram.subspan(wire::kIpv6SourceOffset)));
    }
    const auto parsed = wire::TeredoDatagram::parse(datagram);
    return parsed ? std::optional{mapping_in(parsed->packet.source())} : std::nullopt;
}

Expected<std::shared_ptr<Handover>> Handover::create(std::uint32_t shards) {
    std::shared_ptr<Handover> handover{new Handover};
    for (std::uint32_t i = 0; i < shards; ++i) {
        io::UniqueFd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        if (!event) {
            return Failure{Error{"cannot make an event descriptor",
                                 "",
                                 errno,
                                 "Raise the limit of open files (LimitNOFILE=, ulimit -n)"}};
        }
        handover->wakeups_.push_back(std::move(event));
    }
    for (std::uint32_t i = 0; i < shards * shards; ++i) {
        const bool is_to_itself = i / shards == i % shards;
        handover->rings_.push_back(is_to_itself ? nullptr : std::make_unique<io::DatagramRing>());
    }
    return handover;
}

bool HandoverEnd::pass_on(Endpoint from, Bytes datagram) {
    const auto mapping = mapping_of_source(datagram);
    const std::uint32_t owner =
        mapping ? steering::shard_of(*mapping, handover_->shards()) : shard_;
    if (owner == shard_) {
        return false;
    }
    if (handover_->ring(shard_, owner).try_push(from, datagram)) {
        ++passed_on_;
        woken_ |= std::uint64_t{1} << owner;
    } else {
        ++dropped_;
    }
    return true;
}

void HandoverEnd::wake_others() {
    for (std::uint32_t shard = 0; woken_ != 0; ++shard, woken_ >>= 1U) {
        if ((woken_ & 1U) != 0) {
            wake(shard);
        }
    }
}

void HandoverEnd::acknowledge() const {
    eventfd_t ignored = 0;
    (void)::eventfd_read(fd(), &ignored);
}

void HandoverEnd::wake(std::uint32_t shard) const {
    // Cannot fail: the counter is far from its maximum.
    (void)::eventfd_write(handover_->wakeup(shard), 1);
}

}  // namespace miredo::daemon
