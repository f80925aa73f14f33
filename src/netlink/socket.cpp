// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "netlink/message.hpp"
#include "netlink/parse.hpp"

namespace miredo::netlink {
namespace {

constexpr time_t kAnswerSeconds = 5;
constexpr int kDumpTries = 8;

Failure<Error> exchange_failure(const char* what, int error_number) {
    return Failure{Error{what, "netlink", error_number, ""}};
}

// The errno of an acknowledgement, 0 for success.
int error_of(const nlmsghdr& message) {
    const auto error = header_of<nlmsgerr>(message);
    return error ? -error->error : EBADMSG;
}

template <typename Header>
Message dump_request(int type, const Header& header) {
    return make_message(type, NLM_F_REQUEST | NLM_F_DUMP, header);
}

}  // namespace

void SocketDeleter::operator()(nl_sock* socket) const {
    ::nl_socket_free(socket);
}
void MessageDeleter::operator()(nl_msg* message) const {
    ::nlmsg_free(message);
}

int receive_from_kernel(int fd, MutableBytes buffer, int flags) {
    for (;;) {
        sockaddr_nl from{};
        iovec piece{buffer.data(), buffer.size()};
        msghdr header{};
        header.msg_name = &from;
        header.msg_namelen = sizeof from;
        header.msg_iov = &piece;
        header.msg_iovlen = 1;
        const ssize_t count = ::recvmsg(fd, &header, flags);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -errno;
        }
        if ((header.msg_flags & MSG_TRUNC) != 0) {
            return -ENOBUFS;
        }
        // Any process may send to a netlink socket; the kernel has port number 0.
        if (from.nl_pid == 0) {
            return static_cast<int>(count);
        }
    }
}

NetlinkSocket::NetlinkSocket(std::unique_ptr<nl_sock, SocketDeleter> socket)
    : socket_{std::move(socket)}, buffer_(kReceiveBufferSize) {}

Expected<NetlinkSocket> NetlinkSocket::open() {
    std::unique_ptr<nl_sock, SocketDeleter> socket{::nl_socket_alloc()};
    if (!socket) {
        return exchange_failure("cannot open a netlink socket", ENOMEM);
    }
    ::nl_socket_disable_auto_ack(socket.get());
    if (::nl_connect(socket.get(), NETLINK_ROUTE) < 0) {
        return exchange_failure("cannot open a netlink socket", errno);
    }
    const int fd = ::nl_socket_get_fd(socket.get());
    const timeval limit{kAnswerSeconds, 0};
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) {
        return exchange_failure("cannot set up a netlink socket", errno);
    }
    // Lets the kernel filter dumps; what it does not filter is filtered here again.
    const int on = 1;
    (void)::setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    return NetlinkSocket{std::move(socket)};
}

Expected<void> NetlinkSocket::send(const std::vector<nl_msg*>& messages) {
    std::vector<iovec> pieces;
    pieces.reserve(messages.size());
    for (nl_msg* message : messages) {
        if (message == nullptr) {
            return exchange_failure("cannot make a netlink message", ENOMEM);
        }
        ::nl_complete_msg(socket_.get(), message);
        nlmsghdr* header = ::nlmsg_hdr(message);
        pieces.push_back({header, header->nlmsg_len});
    }
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    msghdr header{};
    header.msg_name = &kernel;
    header.msg_namelen = sizeof kernel;
    header.msg_iov = pieces.data();
    header.msg_iovlen = pieces.size();
    if (::sendmsg(::nl_socket_get_fd(socket_.get()), &header, 0) < 0) {
        return exchange_failure("cannot send to the kernel", errno);
    }
    return {};
}

Expected<std::size_t> NetlinkSocket::receive() {
    const int count = receive_from_kernel(::nl_socket_get_fd(socket_.get()), buffer_, 0);
    if (count < 0) {
        return exchange_failure("the kernel did not answer", -count);
    }
    return static_cast<std::size_t>(count);
}

Expected<std::vector<int>> NetlinkSocket::transact(const std::vector<Message>& batch) {
    std::vector<int> results(batch.size(), -1);
    if (batch.empty()) {
        return results;
    }
    std::vector<nl_msg*> messages;
    messages.reserve(batch.size());
    for (const Message& message : batch) {
        messages.push_back(message.get());
    }
    if (auto sent = send(messages); !sent) {
        return Failure{sent.error()};
    }
    const std::uint32_t first = ::nlmsg_hdr(batch.front().get())->nlmsg_seq;
    std::size_t missing = batch.size();
    while (missing > 0) {
        const auto size = receive();
        if (!size) {
            return Failure{size.error()};
        }
        for_each_message(Bytes{buffer_}.first(*size), [&](const nlmsghdr& message) {
            // Answers to an earlier exchange that broke off fall outside.
            const std::uint32_t index = message.nlmsg_seq - first;
            if (message.nlmsg_type == NLMSG_ERROR && index < results.size() && results[index] < 0) {
                results[index] = error_of(message);
                --missing;
            }
        });
    }
    return results;
}

Expected<bool> NetlinkSocket::dump(nl_msg& request, const Visitor& visit) {
    if (auto sent = send({&request}); !sent) {
        return Failure{sent.error()};
    }
    const std::uint32_t sequence = ::nlmsg_hdr(&request)->nlmsg_seq;
    bool done = false;
    bool consistent = true;
    int error_number = 0;
    while (!done) {
        const auto size = receive();
        if (!size) {
            return Failure{size.error()};
        }
        for_each_message(Bytes{buffer_}.first(*size), [&](const nlmsghdr& message) {
            if (message.nlmsg_seq != sequence || done) {
                return;
            }
            consistent = consistent && (message.nlmsg_flags & NLM_F_DUMP_INTR) == 0;
            if (message.nlmsg_type == NLMSG_ERROR) {
                error_number = error_of(message);
                done = true;
            } else if (message.nlmsg_type == NLMSG_DONE) {
                error_number = -header_of<int>(message).value_or(0);
                done = true;
            } else {
                visit(message);
            }
        });
    }
    if (error_number != 0) {
        return exchange_failure("the kernel does not tell its tables", error_number);
    }
    return consistent;
}

template <typename T, typename MakeRequest, typename Parse>
Expected<std::vector<T>> NetlinkSocket::collect(MakeRequest make_request, Parse parse) {
    std::vector<T> found;
    for (int i = 0; i < kDumpTries; ++i) {
        found.clear();
        const Message request = make_request();
        if (!request) {
            return exchange_failure("cannot make a netlink message", ENOMEM);
        }
        const auto consistent = dump(*request, [&](const nlmsghdr& message) {
            if (std::optional<T> value = parse(message)) {
                found.push_back(std::move(*value));
            }
        });
        if (!consistent) {
            return Failure{consistent.error()};
        }
        if (*consistent) {
            break;
        }
    }
    // A table that changes faster than it can be read is told as it was seen last.
    return found;
}

Expected<std::vector<Ipv4InterfaceAddress>> NetlinkSocket::ipv4_addresses() {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    return collect<Ipv4InterfaceAddress>([&] { return dump_request(RTM_GETADDR, header); },
                                         parse_ipv4_address);
}

Expected<std::vector<Ipv6InterfaceAddress>> NetlinkSocket::ipv6_addresses(std::uint32_t index) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET6;
    return collect<Ipv6InterfaceAddress>(
        [&] { return dump_request(RTM_GETADDR, header); },
        [&](const nlmsghdr& message) {
            auto address = parse_ipv6_address(message);
            return address && (index == 0 || address->index == index) ? address : std::nullopt;
        });
}

Expected<std::vector<Link>> NetlinkSocket::links() {
    return collect<Link>([&] { return dump_request(RTM_GETLINK, ifinfomsg{}); }, parse_link);
}

Expected<std::optional<Link>> NetlinkSocket::find_link(std::string_view name) {
    auto all = links();
    if (!all) {
        return Failure{all.error()};
    }
    for (Link& link : *all) {
        if (link.name == name) {
            return std::optional{std::move(link)};
        }
    }
    return std::optional<Link>{};
}

Expected<std::optional<Link>> NetlinkSocket::find_link(std::uint32_t index) {
    auto all = links();
    if (!all) {
        return Failure{all.error()};
    }
    for (Link& link : *all) {
        if (link.index == index) {
            return std::optional{std::move(link)};
        }
    }
    return std::optional<Link>{};
}

Expected<std::vector<Route>> NetlinkSocket::routes(std::uint32_t index, std::uint8_t protocol) {
    rtmsg header{};
    header.rtm_family = AF_INET6;
    header.rtm_protocol = protocol;
    return collect<Route>(
        [&] {
            Message request = dump_request(RTM_GETROUTE, header);
            if (request && index != 0) {
                put(request, RTA_OIF, index);
            }
            return request;
        },
        [&](const nlmsghdr& message) {
            auto route = parse_route(message);
            const bool wanted = route && (index == 0 || route->index == index) &&
                                (protocol == 0 || route->protocol == protocol);
            return wanted ? route : std::nullopt;
        });
}

Expected<bool> NetlinkSocket::delivers_to(const Ipv6Address& address) {
    rtmsg header{};
    header.rtm_family = AF_INET6;
    header.rtm_dst_len = 128;
    // The acknowledgement ends the answer, as it does that to a dump.
    const Message request = make_message(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_ACK, header);
    if (!request) {
        return exchange_failure("cannot make a netlink message", ENOMEM);
    }
    put(request, RTA_DST, address.bytes());
    bool is_local = false;
    const auto answered = dump(*request, [&](const nlmsghdr& message) {
        const auto route = header_of<rtmsg>(message);
        is_local = route && route->rtm_type == RTN_LOCAL;
    });
    if (!answered && answered.error().error_number == ENETUNREACH) {
        return false;
    }
    return answered ? Expected<bool>{is_local} : Failure{answered.error()};
}

Expected<std::vector<Rule>> NetlinkSocket::rules(std::uint8_t protocol) {
    fib_rule_hdr header{};
    header.family = AF_INET6;
    return collect<Rule>([&] { return dump_request(RTM_GETRULE, header); },
                         [&](const nlmsghdr& message) {
                             auto rule = parse_rule(message);
                             return rule && (protocol == 0 || rule->protocol == protocol)
                                        ? rule
                                        : std::nullopt;
                         });
}

}  // namespace miredo::netlink
