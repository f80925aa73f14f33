// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/client.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

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
    return operation == Operation::kMakeDevice || operation == Operation::kOpenRawIpv6Socket ||
           operation == Operation::kAttachQueue;
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

// What a system call says of a connection whose other end is gone.
bool is_end(int error_number) {
    return error_number == EPIPE || error_number == ECONNRESET || error_number == ENOTCONN;
}

const char* connect_remedy(int error_number) {
    switch (error_number) {
    case ENOENT:
        return "Start it: `systemctl start miredo-broker.socket`";
    case EACCES:
    case EPERM:
        return "Only the user that miredo-broker.socket names may use it (SocketUser=): run miredo "
               "as that user, or as root without the service";
    case ECONNREFUSED:
        return "Start it again: `systemctl restart miredo-broker.socket`";
    default:
        return "See `systemctl status miredo-broker.socket`";
    }
}

Expected<io::UniqueFd> connect_to_service(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return Failure{Error{"the path of the broker's socket is too long", path, 0, ""}};
    }
    path.copy(address.sun_path, path.size());
    io::UniqueFd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    if (!socket ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        return Failure{Error{"cannot reach the broker", path, error, connect_remedy(error)}};
    }
    return socket;
}

}  // namespace

Expected<BrokerClient> BrokerClient::connect(std::string path, Duration time_limit) {
    auto socket = connect_to_service(path);
    if (!socket) {
        return Failure{socket.error()};
    }
    BrokerClient client{std::move(*socket), time_limit};
    client.path_ = std::move(path);
    return client;
}

Failure<Error> BrokerClient::fail(std::string what, int error_number) {
    broken_ = true;
    socket_.reset();
    const char* remedy = path_.empty()
                             ? "The privileged half of the program is lost: start the service again"
                             : "See `journalctl -u miredo-broker.service`";
    return Failure{Error{std::move(what), "miredo-broker", error_number, remedy}};
}

Expected<std::optional<BrokerClient::Answer>> BrokerClient::exchange(const Request& request,
                                                                     int descriptor) {
    const int error = send_message(socket_.get(), object_bytes(request), descriptor);
    if (error == 0) {
        return receive();
    }
    // A bad descriptor is the caller's fault, and nothing was sent.
    if (error == EBADF && descriptor >= 0) {
        return Failure{Error{"not an open descriptor", "", error, ""}};
    }
    if (is_end(error)) {
        return std::optional<Answer>{};
    }
    return fail("cannot send to the broker", error);
}

Expected<std::optional<BrokerClient::Answer>> BrokerClient::receive() {
    if (const int error = wait_readable(socket_.get(), time_limit_); error != 0) {
        return fail("the broker does not answer", error);
    }
    Answer answer;
    ReceivedMessage message = receive_message(socket_.get(), mutable_object_bytes(answer.reply));
    if (message.size == 0 || is_end(-message.size)) {
        return std::optional<Answer>{};
    }
    if (message.size < 0) {
        return fail("cannot receive from the broker", -message.size);
    }
    if (message.malformed || static_cast<std::size_t>(message.size) != sizeof(Reply) ||
        answer.reply.version != kProtocolVersion || answer.reply.ok > 1) {
        return fail("the broker's answer is malformed", EPROTO);
    }
    answer.descriptor = std::move(message.descriptor);
    return std::optional{std::move(answer)};
}

Expected<void> BrokerClient::reconnect() {
    if (path_.empty()) {
        return fail("the broker has ended", EPIPE);
    }
    auto socket = connect_to_service(path_);
    if (!socket) {
        broken_ = true;
        socket_.reset();
        return Failure{socket.error()};
    }
    socket_ = std::move(*socket);
    return {};
}

Expected<BrokerClient::Answer> BrokerClient::call(const Request& request, int descriptor) {
    if (broken_) {
        return fail("the broker has failed before", EPIPE);
    }
    auto answer = exchange(request, descriptor);
    if (answer && !*answer) {
        if (auto connected = reconnect(); !connected) {
            return Failure{connected.error()};
        }
        answer = exchange(request, descriptor);
    }
    if (!answer) {
        return Failure{answer.error()};
    }
    if (!*answer) {
        return fail("the broker has ended", EPIPE);
    }
    Answer& got = **answer;
    const bool done = got.reply.ok == 1;
    const bool descriptor_wanted = done && makes_descriptor(request.operation);
    if (got.reply.operation != request.operation ||
        static_cast<bool>(got.descriptor) != descriptor_wanted) {
        return fail("the broker answers another question", EPROTO);
    }
    if (!done) {
        return Failure{get_error(got.reply)};
    }
    return std::move(got);
}

Expected<void> BrokerClient::call_for_nothing(const Request& request, int descriptor) {
    if (auto answer = call(request, descriptor); !answer) {
        return Failure{answer.error()};
    }
    return {};
}

Expected<MadeDevice> BrokerClient::make_device(std::string_view name, TunQueues queues) {
    if (!is_valid_interface_name(name)) {
        return Failure{Error{"not a possible name of an interface",
                             std::string{name},
                             EINVAL,
                             "Take 1 to 15 letters and digits"}};
    }
    Request request = make_request(Operation::kMakeDevice);
    put_text(name, request.name);
    request.number = queues == TunQueues::kMany ? 1 : 0;
    auto answer = call(request, -1);
    if (!answer) {
        return Failure{answer.error()};
    }
    return MadeDevice{std::move(answer->descriptor),
                      get_text(answer->reply.name),
                      answer->reply.index,
                      answer->reply.accept_ra_off == 1};
}

Expected<io::UniqueFd> BrokerClient::attach_queue(int tun) {
    auto answer = call(make_request(Operation::kAttachQueue), tun);
    if (!answer) {
        return Failure{answer.error()};
    }
    return std::move(answer->descriptor);
}

Expected<void> BrokerClient::steer_queues(int tun) {
    return call_for_nothing(make_request(Operation::kSteerQueues), tun);
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

Expected<bool> BrokerClient::is_mentioned_by_firewall(int tun) {
    const auto answer = call(make_request(Operation::kFindFirewallRule), tun);
    if (!answer) {
        return Failure{answer.error()};
    }
    return answer->reply.number != 0;
}

}  // namespace miredo::broker
