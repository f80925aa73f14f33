// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/client.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <poll.h>

#include "broker/reply.hpp"
#include "broker/seqpacket.hpp"

namespace miredo::broker {
namespace {

Request make_request(Operation operation) {
    Request request;
    request.operation = operation;
    return request;
}

void put_address(const Ipv6Address& address, std::array<std::byte, 16>& field) {
    std::copy_n(address.bytes().begin(), field.size(), field.begin());
}

Request make_route_request(Operation operation, const Route& route) {
    Request request = make_request(operation);
    put_address(route.destination.address, request.address);
    request.length = route.destination.length;
    request.table = route.table;
    request.number = route.metric;
    if (route.preferred_source) {
        put_address(*route.preferred_source, request.other_address);
    }
    return request;
}

Request make_rule_request(Operation operation, const Rule& rule) {
    Request request = make_request(operation);
    put_address(rule.source.address, request.address);
    request.length = rule.source.length;
    request.table = rule.table;
    request.number = rule.priority;
    request.suppress = rule.suppress_default ? 1 : 0;
    return request;
}

bool makes_descriptor(Operation operation) {
    return operation == Operation::kMakeDevice || operation == Operation::kOpenRawIpv6Socket;
}

// Waits until there is something to receive: 0, or errno (ETIMEDOUT).
int wait_readable(int socket, Duration limit) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd waiting{socket, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready > 0) {
            return 0;
        }
        if (ready == 0) {
            return ETIMEDOUT;
        }
        if (errno != EINTR) {
            return errno;
        }
    }
}

}  // namespace

Failure<Error> BrokerClient::fail(std::string what, int error_number) {
    broken_ = true;
    socket_.reset();
    return Failure{Error{std::move(what),
                         "miredo-broker",
                         error_number,
                         "The privileged half of the program is lost: start the service again"}};
}

Expected<void> BrokerClient::send(const Request& request, int descriptor) {
    if (broken_) {
        return fail("the broker has failed before", EPIPE);
    }
    if (const int error = send_message(socket_.get(), object_bytes(request), descriptor);
        error != 0) {
        // A bad descriptor is the caller's fault, and nothing was sent.
        if (error == EBADF && descriptor >= 0) {
            return Failure{Error{"not an open descriptor", "", error, ""}};
        }
        return fail("cannot send to the broker", error);
    }
    return {};
}

Expected<BrokerClient::Answer> BrokerClient::receive() {
    if (const int error = wait_readable(socket_.get(), time_limit_); error != 0) {
        return fail("the broker does not answer", error);
    }
    Answer answer;
    ReceivedMessage message = receive_message(socket_.get(), mutable_object_bytes(answer.reply));
    if (message.size < 0) {
        return fail("cannot receive from the broker", -message.size);
    }
    if (message.size == 0) {
        return fail("the broker has ended", EPIPE);
    }
    if (message.malformed || static_cast<std::size_t>(message.size) != sizeof(Reply) ||
        answer.reply.version != kProtocolVersion || answer.reply.ok > 1) {
        return fail("the broker's answer is malformed", EPROTO);
    }
    answer.descriptor = std::move(message.descriptor);
    return answer;
}

Expected<BrokerClient::Answer> BrokerClient::call(const Request& request, int descriptor) {
    if (auto sent = send(request, descriptor); !sent) {
        return Failure{sent.error()};
    }
    auto answer = receive();
    if (!answer) {
        return answer;
    }
    const bool done = answer->reply.ok == 1;
    const bool descriptor_wanted = done && makes_descriptor(request.operation);
    if (answer->reply.operation != request.operation ||
        static_cast<bool>(answer->descriptor) != descriptor_wanted) {
        return fail("the broker answers another question", EPROTO);
    }
    if (!done) {
        return Failure{get_error(answer->reply)};
    }
    return answer;
}

Expected<void> BrokerClient::call_for_nothing(const Request& request, int descriptor) {
    if (auto answer = call(request, descriptor); !answer) {
        return Failure{answer.error()};
    }
    return {};
}

Expected<MadeDevice> BrokerClient::make_device(std::string_view name) {
    if (!is_valid_interface_name(name)) {
        return Failure{Error{"not a possible name of an interface",
                             std::string{name},
                             EINVAL,
                             "Take 1 to 15 letters and digits"}};
    }
    Request request = make_request(Operation::kMakeDevice);
    put_text(name, request.name);
    auto answer = call(request, -1);
    if (!answer) {
        return Failure{answer.error()};
    }
    return MadeDevice{std::move(answer->descriptor),
                      get_text(answer->reply.name),
                      answer->reply.index,
                      answer->reply.accept_ra_off == 1};
}

Expected<void> BrokerClient::set_mtu(int tun, std::uint32_t mtu) {
    Request request = make_request(Operation::kSetMtu);
    request.number = mtu;
    return call_for_nothing(request, tun);
}

Expected<void> BrokerClient::set_queue_length(int tun, std::uint32_t packets) {
    Request request = make_request(Operation::kSetQueueLength);
    request.number = packets;
    return call_for_nothing(request, tun);
}

Expected<void> BrokerClient::bring_up(int tun) {
    return call_for_nothing(make_request(Operation::kBringUp), tun);
}

Expected<void> BrokerClient::bring_down(int tun) {
    return call_for_nothing(make_request(Operation::kBringDown), tun);
}

Expected<void> BrokerClient::replace_global_address(int tun,
                                                    const std::optional<Ipv6Address>& old,
                                                    const std::optional<Ipv6Prefix>& wanted) {
    Request request = make_request(Operation::kReplaceGlobalAddress);
    if (old) {
        put_address(*old, request.other_address);
    }
    if (wanted) {
        put_address(wanted->address, request.address);
        request.length = wanted->length;
    }
    return call_for_nothing(request, tun);
}

Expected<void> BrokerClient::replace_link_local_address(int tun, const Ipv6Prefix& wanted) {
    Request request = make_request(Operation::kReplaceLinkLocal);
    put_address(wanted.address, request.address);
    request.length = wanted.length;
    return call_for_nothing(request, tun);
}

Expected<void> BrokerClient::add_route(int tun, const Route& route) {
    return call_for_nothing(make_route_request(Operation::kAddRoute, route), tun);
}

Expected<void> BrokerClient::remove_route(int tun, const Route& route) {
    return call_for_nothing(make_route_request(Operation::kRemoveRoute, route), tun);
}

Expected<void> BrokerClient::add_rule(int tun, const Rule& rule) {
    return call_for_nothing(make_rule_request(Operation::kAddRule, rule), tun);
}

Expected<void> BrokerClient::remove_rule(int tun, const Rule& rule) {
    return call_for_nothing(make_rule_request(Operation::kRemoveRule, rule), tun);
}

Expected<void> BrokerClient::flush(int tun) {
    return call_for_nothing(make_request(Operation::kFlush), tun);
}

Expected<io::UniqueFd> BrokerClient::open_raw_ipv6_socket() {
    auto answer = call(make_request(Operation::kOpenRawIpv6Socket), -1);
    if (!answer) {
        return Failure{answer.error()};
    }
    return std::move(answer->descriptor);
}

Expected<std::uint32_t> BrokerClient::set_receive_buffer(int udp_socket, std::uint32_t bytes) {
    Request request = make_request(Operation::kSetReceiveBuffer);
    request.number = bytes;
    const auto answer = call(request, udp_socket);
    if (!answer) {
        return Failure{answer.error()};
    }
    return answer->reply.number;
}

}  // namespace miredo::broker
