// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "fuzz/sink.hpp"

#include <algorithm>
#include <cstring>

#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"
#include "wire/trailers.hpp"

namespace miredo::fuzz {

void Sink::add(Bytes bytes) {
    add(bytes.size());
    for (std::uint64_t word = 0; bytes.size() >= sizeof word; bytes = bytes.subspan(sizeof word)) {
        std::memcpy(&word, bytes.data(), sizeof word);
        add(word);
    }
    for (const std::byte byte : bytes) {
        add(std::to_integer<std::uint64_t>(byte));
    }
}

void Sink::forward_to_udp(Endpoint to, Bytes packet) {
    add(1);
    add(to.address.value());
    add(to.port);
    add(packet);
}

void Sink::forward_to_ipv6(Bytes packet) {
    add(2);
    add(packet);
}

void Sink::send(teredo::ServiceSocket socket, Endpoint to, Bytes datagram) {
    add(3 + static_cast<unsigned>(socket));
    add(to.address.value());
    add(to.port);
    add(datagram);
    if (const auto parsed = wire::TeredoDatagram::parse(datagram)) {
        note(to, *parsed);
    }
}

void Sink::inject(Bytes packet) {
    add(5);
    add(packet);
}

void Sink::notify(const teredo::Event& event) {
    add(6 + event.index());
    if (const auto* const learnt = std::get_if<teredo::AddressLearnt>(&event)) {
        address_ = learnt->address;
        add(learnt->address.bytes());
    } else if (std::holds_alternative<teredo::AddressLost>(event)) {
        address_.reset();
    }
}

void Sink::note(Endpoint to, const wire::TeredoDatagram& datagram) {
    const wire::Ipv6Packet& packet = datagram.packet;
    if (packet.destination() == wire::kAllRouters && datagram.authentication) {
        solicitations_[solicitation_count_++ % solicitations_.size()] = {
            datagram.authentication->nonce, to};
        return;
    }
    if (packet.is_bubble()) {
        const auto nonce = wire::parse_trailers(datagram.trailers).nonce;
        if (nonce && to.port == wire::kTeredoPort) {
            bubbles_[bubble_count_++ % bubbles_.size()] = {
                packet.destination(), packet.source(), *nonce};
        }
        return;
    }
    const auto echo = wire::parse_echo(packet);
    if (echo && echo->data.size() == 16) {
        Test& test = tests_[test_count_++ % tests_.size()];
        test.peer = packet.destination();
        std::copy_n(echo->data.begin(), test.nonce.size(), test.nonce.begin());
    }
}

}  // namespace miredo::fuzz
