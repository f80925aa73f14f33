// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/nftables.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "netlink/message.hpp"
#include "netlink/nftables_rule.hpp"
#include "netlink/socket.hpp"

namespace miredo::netlink {
namespace {

using Clock = std::chrono::steady_clock;

// The daemon's control thread waits meanwhile. The kernel's dumps take a time that grows with the
// square of a chain's length: 10^4 rules 0.15 s, 10^5 rules 15 s.
constexpr auto kTimeLimit = std::chrono::milliseconds{500};
constexpr time_t kStepSeconds = 1;
constexpr std::size_t kMaxMessages = std::size_t{1} << 20U;
constexpr std::size_t kMaxLookups = 16384;
constexpr int kTries = 4;
// The tables that IPv6 packets come through. <linux/netfilter.h>, which names these numbers, cannot
// stand beside <netinet/in.h>.
constexpr std::uint8_t kInetFamily = 1;   // NFPROTO_INET
constexpr std::uint8_t kIpv6Family = 10;  // NFPROTO_IPV6
constexpr std::array kFamilies{kInetFamily, kIpv6Family};

Failure<Error> failure(const char* what, int error_number) {
    return Failure{Error{what,
                         "nftables",
                         error_number,
                         error_number == EPERM ? "Run as root or with CAP_NET_ADMIN" : ""}};
}

// How a kernel without nfnetlink or without nf_tables puts it.
bool means_no_nftables(int error_number) {
    return error_number == EPROTONOSUPPORT || error_number == EAFNOSUPPORT ||
           error_number == EOPNOTSUPP || error_number == EINVAL;
}

Message dump_request(int type, std::uint8_t family) {
    nfgenmsg header{};
    header.nfgen_family = family;
    header.version = NFNETLINK_V0;
    return make_message((NFNL_SUBSYS_NFTABLES << 8) | type, NLM_F_REQUEST | NLM_F_DUMP, header);
}

class Search {
  public:
    explicit Search(const Link& link) : link_{link}, buffer_(kReceiveBufferSize) {}

    Expected<bool> run();

  private:
    // True: found, the rest is of no interest.
    using Visitor = std::function<bool(const nlmsghdr&)>;
    struct Dumped {
        bool found = false;
        int error_number = 0;  // the kernel's, instead of what was asked for
    };

    Expected<void> open();
    Expected<bool> search_once();
    Expected<bool> search_rules(std::uint8_t family);
    Expected<bool> search_set(const SetLookup& lookup);
    Expected<Dumped> dump(const Message& request, const Visitor& visit);
    Expected<std::size_t> receive();
    // What one message of the answer does; true where it is the last.
    bool take(const nlmsghdr& message, const Visitor& visit, Dumped& result);

    const Link& link_;
    std::unique_ptr<nl_sock, SocketDeleter> socket_;
    std::vector<std::byte> buffer_;
    Clock::time_point end_ = Clock::now() + kTimeLimit;
    std::size_t messages_ = 0;
    bool consistent_ = true;
    bool has_nftables_ = true;
    std::set<SetLookup> lookups_;
};

Expected<void> Search::open() {
    socket_.reset(::nl_socket_alloc());
    if (!socket_) {
        return failure("cannot open a netlink socket", ENOMEM);
    }
    ::nl_socket_disable_auto_ack(socket_.get());
    if (::nl_connect(socket_.get(), NETLINK_NETFILTER) < 0) {
        if (means_no_nftables(errno)) {
            has_nftables_ = false;
            return {};
        }
        return failure("cannot open a netlink socket", errno);
    }
    const timeval limit{kStepSeconds, 0};
    if (::setsockopt(
            ::nl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) !=
        0) {
        return failure("cannot set up a netlink socket", errno);
    }
    return {};
}

Expected<std::size_t> Search::receive() {
    if (Clock::now() >= end_) {
        return failure("the firewall has more rules than can be looked through", ETIMEDOUT);
    }
    const int count = receive_from_kernel(::nl_socket_get_fd(socket_.get()), buffer_, 0);
    if (count < 0) {
        return failure("the kernel does not tell its firewall rules", -count);
    }
    return static_cast<std::size_t>(count);
}

bool Search::take(const nlmsghdr& message, const Visitor& visit, Dumped& result) {
    ++messages_;
    consistent_ = consistent_ && (message.nlmsg_flags & NLM_F_DUMP_INTR) == 0;
    if (message.nlmsg_type == NLMSG_ERROR) {
        const auto error = header_of<nlmsgerr>(message);
        result.error_number = error ? -error->error : EBADMSG;
        return true;
    }
    if (message.nlmsg_type == NLMSG_DONE) {
        result.error_number = -header_of<int>(message).value_or(0);
        return true;
    }
    result.found = visit(message);
    return result.found;
}

Expected<Search::Dumped> Search::dump(const Message& request, const Visitor& visit) {
    ::nl_complete_msg(socket_.get(), request.get());
    nlmsghdr* const header = ::nlmsg_hdr(request.get());
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    iovec piece{header, header->nlmsg_len};
    msghdr packet{};
    packet.msg_name = &kernel;
    packet.msg_namelen = sizeof kernel;
    packet.msg_iov = &piece;
    packet.msg_iovlen = 1;
    // The broker's filter knows no other call that sends.
    if (::sendmsg(::nl_socket_get_fd(socket_.get()), &packet, 0) < 0) {
        return failure("cannot send to the kernel", errno);
    }
    Dumped result;
    bool done = false;
    while (!done) {
        const auto size = receive();
        if (!size) {
            return Failure{size.error()};
        }
        for_each_message(Bytes{buffer_}.first(*size), [&](const nlmsghdr& message) {
            if (!done && message.nlmsg_seq == header->nlmsg_seq) {
                done = take(message, visit, result);
            }
        });
        if (messages_ > kMaxMessages || lookups_.size() > kMaxLookups) {
            return failure("the firewall has more rules than can be looked through", E2BIG);
        }
    }
    return result;
}

Expected<bool> Search::search_rules(std::uint8_t family) {
    const Message request = dump_request(NFT_MSG_GETRULE, family);
    if (!request) {
        return failure("cannot make a netlink message", ENOMEM);
    }
    const auto dumped = dump(request, [&](const nlmsghdr& message) {
        RuleReading reading = read_rule(message, link_);
        for (SetLookup& lookup : reading.lookups) {
            lookups_.insert(std::move(lookup));
        }
        return reading.mentions;
    });
    if (!dumped) {
        return Failure{dumped.error()};
    }
    has_nftables_ = !means_no_nftables(dumped->error_number);
    if (dumped->error_number != 0 && has_nftables_) {
        return failure("the kernel does not tell its firewall rules", dumped->error_number);
    }
    return dumped->found;
}

Expected<bool> Search::search_set(const SetLookup& lookup) {
    const Message request = dump_request(NFT_MSG_GETSETELEM, lookup.family);
    if (!request ||
        ::nla_put_string(request.get(), NFTA_SET_ELEM_LIST_TABLE, lookup.table.c_str()) < 0 ||
        ::nla_put_string(request.get(), NFTA_SET_ELEM_LIST_SET, lookup.set.c_str()) < 0) {
        return failure("cannot make a netlink message", ENOMEM);
    }
    ElementSearch search{lookup};
    const auto dumped =
        dump(request, [&](const nlmsghdr& message) { return search.take(message); });
    if (!dumped) {
        return Failure{dumped.error()};
    }
    if (dumped->error_number == ENOENT) {
        consistent_ = false;  // removed meanwhile, with its rule
        return false;
    }
    if (dumped->error_number != 0) {
        return failure("the kernel does not tell the elements of a set", dumped->error_number);
    }
    return dumped->found || search.found();
}

Expected<bool> Search::search_once() {
    consistent_ = true;
    lookups_.clear();
    for (const std::uint8_t family : kFamilies) {
        auto found = search_rules(family);
        if (!found || *found || !has_nftables_) {
            return found;
        }
    }
    for (const SetLookup& lookup : lookups_) {
        auto found = search_set(lookup);
        if (!found || *found) {
            return found;
        }
    }
    return false;
}

Expected<bool> Search::run() {
    if (auto opened = open(); !opened) {
        return Failure{opened.error()};
    }
    for (int i = 0; i < kTries && has_nftables_; ++i) {
        auto found = search_once();
        // A mention is one, whatever changed meanwhile; for a "no" all must have been seen.
        if (!found || *found || consistent_) {
            return found;
        }
    }
    // Rules that change faster than they can be read are told as they were seen last.
    return false;
}

}  // namespace

Expected<bool> mentions_interface(const Link& link) {
    return Search{link}.run();
}

}  // namespace miredo::netlink
