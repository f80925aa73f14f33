// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/interval_determination.hpp"

#include <algorithm>

#include "wire/icmpv6.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::teredo {
namespace {

// RFC 4380 §5.2.1: N transmissions, kSolicitationTimeout apart.
constexpr std::uint32_t kSolicitations = 3;

bool is_advertisement(const wire::Ipv6Packet& packet) {
    return packet.next_header() == wire::kIcmpv6 && !packet.payload().empty() &&
           packet.payload()[0] == static_cast<std::byte>(wire::Icmpv6Type::kRouterAdvertisement);
}

// Step 5; after a success too, or 90 seconds would lead to 105, 112.5 and so on without an end.
bool is_close_enough(Duration interval, Duration maximum) {
    return interval >= maximum * 3 / 4;
}

}  // namespace

IntervalDetermination::IntervalDetermination(RandomSource& random,
                                             Counters& counters,
                                             const ClientSettings& settings)
    : random_{random}, counters_{counters}, solicitor_{random, counters, settings} {}

void IntervalDetermination::start(const Self& self, Duration interval, Output& output) {
    stop(output);
    interval_ = interval;
    maximum_ = kMaximumRefreshInterval;
    candidate_ = next_candidate();
    if (is_close_enough(interval, maximum_)) {
        return;
    }
    self_ = self;
    state_ = State::kOpening;
    output.notify(SecondaryPortNeeded{});
}

void IntervalDetermination::stop(Output& output) {
    if (state_ != State::kIdle) {
        state_ = State::kIdle;
        due_.reset();
        address_.reset();
        nonces_.clear();
        output.notify(SecondaryPortDone{});
    }
}

void IntervalDetermination::handle_open_port(Instant now, Output& output) {
    if (state_ == State::kOpening) {
        state_ = State::kQualifying;
        tries_ = 0;
        solicit(now, output);
    }
}

void IntervalDetermination::handle_timeout(Instant now, Output& output) {
    if (!due_ || now < *due_) {
        return;
    }
    switch (state_) {
    case State::kQualifying:
    case State::kMaintaining:
        // Without an address on the port nothing can be tried: what has held stays.
        return tries_ < kSolicitations ? solicit(now, output) : stop(output);
    case State::kWaiting:
        state_ = State::kTesting;
        tries_ = 0;
        return send_bubble(now, output);
    case State::kTesting:
        return tries_ < kAttempts ? send_bubble(now, output) : fail(now, output);
    case State::kIdle:
    case State::kOpening:
        break;
    }
    due_.reset();
}

std::optional<DropReason>
IntervalDetermination::handle_datagram(Instant now,
                                       Endpoint from,
                                       const wire::TeredoDatagram& datagram,
                                       const TargetRules& rules,
                                       Output& output) {
    const Endpoint server{self_.servers.primary, wire::kTeredoPort};
    if (state_ == State::kIdle || state_ == State::kOpening || from != server) {
        return DropReason::kSecondaryPort;
    }
    if (is_advertisement(datagram.packet)) {
        return receive_advertisement(now, from, datagram, rules);
    }
    const wire::Ipv6Packet& packet = datagram.packet;
    if (state_ != State::kTesting || !packet.is_bubble() || packet.source() != self_.address ||
        packet.destination() != address_) {
        return DropReason::kSecondaryPort;
    }
    succeed(now, output);
    return std::nullopt;
}

// Only while one is asked for: another's packet must not put off what is being waited for.
std::optional<DropReason> IntervalDetermination::receive_advertisement(
    Instant now, Endpoint from, const wire::TeredoDatagram& datagram, const TargetRules& rules) {
    const Result<Advertised, DropReason> advertised =
        solicitor_.judge(now, from, datagram, self_.servers, nonces_, rules);
    if (!advertised) {
        return advertised.error();
    }
    nonces_.clear();
    const auto flags = wire::random_flags(static_cast<std::uint16_t>(random_.uint32()));
    address_ = wire::TeredoAddress{self_.servers.primary, flags, advertised->origin}.to_ipv6();
    wait(now);
    return std::nullopt;
}

void IntervalDetermination::solicit(Instant now, Output& output) {
    ++tries_;
    due_ = now + kSolicitationTimeout;
    solicitor_.send(now, ServiceSocket::kSecondary, self_.servers.primary, nonces_, output);
}

// Through the server: the bubble has to find the NAT open that the server once opened.
void IntervalDetermination::send_bubble(Instant now, Output& output) {
    ++tries_;
    due_ = now + kAttemptInterval;
    output.send(ServiceSocket::kPrimary,
                Endpoint{self_.servers.primary, wire::kTeredoPort},
                wire::build_bubble(self_.address, *address_).bytes());
    ++counters_.bubbles_sent;
}

void IntervalDetermination::wait(Instant now) {
    state_ = State::kWaiting;
    due_ = now + candidate_;
}

// After a failure the maximum is at most twice the interval: the average is what counts then.
Duration IntervalDetermination::next_candidate() const {
    return std::min(2 * *interval_, (*interval_ + maximum_) / 2);
}

void IntervalDetermination::succeed(Instant now, Output& output) {
    interval_ = candidate_;
    candidate_ = next_candidate();
    go_on(now, output);
}

void IntervalDetermination::fail(Instant now, Output& output) {
    maximum_ = candidate_;
    candidate_ = next_candidate();
    go_on(now, output);
}

void IntervalDetermination::go_on(Instant now, Output& output) {
    if (is_close_enough(*interval_, maximum_)) {
        return stop(output);
    }
    state_ = State::kMaintaining;
    tries_ = 0;
    solicit(now, output);
}

}  // namespace miredo::teredo
