// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/edges.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include <sched.h>

#include "daemon/interface_manager.hpp"
#include "daemon/message_ids.hpp"
#include "steering/programs.hpp"

namespace miredo::daemon {
namespace {

// A burst at 1 Gbit/s while the thread is off its core for some 30 ms.
constexpr std::uint32_t kReceiveBuffer = 4U * 1024 * 1024;

bool is_ipv6_disabled(const std::string& interface) {
    std::ifstream setting{"/proc/sys/net/ipv6/conf/" + interface + "/disable_ipv6"};
    int value = 0;
    return setting >> value && value != 0;
}

// The broker turns IPv6 on for our own device where it may; both outcomes are worth a word.
void tell_of_disabled_ipv6(Context& context, std::string_view subject, const std::string& device) {
    if (is_ipv6_disabled(device)) {
        context.log.warning(subject,
                            "{}: IPv6 is disabled on it; set the sysctl "
                            "net.ipv6.conf.{}.disable_ipv6=0, no address can be set before",
                            device,
                            device);
    } else if (is_ipv6_disabled("default") || is_ipv6_disabled("all")) {
        context.log.info(subject,
                         "{}: IPv6 is disabled on this host (sysctl net.ipv6.conf.*.disable_ipv6) "
                         "and was enabled on this device alone",
                         device);
    }
}

void enlarge_receive_buffer(Context& context,
                            std::string_view subject,
                            const io::UdpSocket& socket) {
    if (const auto size = context.broker.set_receive_buffer(socket.fd(), kReceiveBuffer); !size) {
        context.log.warning(subject, "{}; going on with less", size.error().to_string());
    }
}

io::TunOptions tun_options(const config::OffloadSwitches& offloads) {
    return {offloads.tun_tcp, offloads.tun_udp};
}

}  // namespace

io::UdpOptions udp_options(const config::OffloadSwitches& offloads) {
    io::UdpOptions options;
    options.sends_segments = offloads.udp_send;
    options.coalesces_received = offloads.udp_receive;
    return options;
}

Expected<io::UdpSocket> open_socket(Context& context,
                                    std::string_view subject,
                                    Ipv4Address address,
                                    std::uint16_t port,
                                    const config::OffloadSwitches& offloads) {
    auto socket = io::UdpSocket::open(address, port, udp_options(offloads));
    if (!socket) {
        return socket;
    }
    enlarge_receive_buffer(context, subject, *socket);
    const std::uint16_t bound = socket->local_endpoint().port;
    const auto known = std::find(context.own_ports.begin(), context.own_ports.end(), bound);
    if (known == context.own_ports.end()) {
        context.own_ports.push_back(bound);
        context.ports_changed();
    }
    return socket;
}

Expected<std::vector<io::UdpSocket>> open_shared_sockets(Context& context,
                                                         std::string_view subject,
                                                         io::UdpSocket first,
                                                         std::uint32_t count,
                                                         const config::OffloadSwitches& offloads) {
    std::vector<io::UdpSocket> sockets;
    sockets.push_back(std::move(first));
    if (count == 1) {
        return sockets;
    }
    // The first one was opened without: a port that another program has is never shared with it.
    if (auto done = sockets.front().let_others_join(); !done) {
        return Failure{done.error()};
    }
    const Endpoint local = sockets.front().local_endpoint();
    io::UdpOptions options = udp_options(offloads);
    options.joins = true;
    while (sockets.size() < count) {
        auto another = io::UdpSocket::open(local.address, local.port, options);
        if (!another) {
            return Failure{another.error()};
        }
        enlarge_receive_buffer(context, subject, *another);
        sockets.push_back(std::move(*another));
    }
    if (auto done = sockets.front().steer(steering::datagram_program(count)); !done) {
        return Failure{done.error()};
    }
    return sockets;
}

Expected<io::TunDevice> open_device(Context& context,
                                    std::string_view subject,
                                    const config::TunnelConfiguration& tunnel,
                                    broker::TunQueues queues) {
    auto made = context.broker.make_device(tunnel.interface_name, queues);
    if (!made) {
        return Failure{made.error()};
    }
    if (!made->accept_ra_off) {
        context.log.warning(subject,
                            "{}: the kernel still accepts router advertisements on it; set "
                            "net.ipv6.conf.{}.accept_ra=0",
                            made->name,
                            made->name);
    }
    tell_of_disabled_ipv6(context, subject, made->name);
    auto device = io::TunDevice::adopt(std::move(made->descriptor), tun_options(tunnel.offloads));
    if (!device) {
        return device;
    }
    InterfaceManager manager{context.broker, device->fd()};
    if (auto done = manager.bring_up(tunnel.mtu); !done) {
        return Failure{done.error()};
    }
    return device;
}

Expected<std::vector<io::TunDevice>> open_queues(Context& context,
                                                 io::TunDevice first,
                                                 std::uint32_t count,
                                                 const config::OffloadSwitches& offloads) {
    std::vector<io::TunDevice> queues;
    queues.push_back(std::move(first));
    while (queues.size() < count) {
        auto descriptor = context.broker.attach_queue(queues.front().fd());
        if (!descriptor) {
            return Failure{descriptor.error()};
        }
        auto queue = io::TunDevice::adopt(std::move(*descriptor), tun_options(offloads));
        if (!queue) {
            return Failure{queue.error()};
        }
        queues.push_back(std::move(*queue));
    }
    return queues;
}

std::uint32_t automatic_shards(std::uint32_t cpus) {
    // With fewer, the programs at both ends and the kernel's own part want the others.
    constexpr std::uint32_t kLeastCpus = 4;
    constexpr std::uint32_t kMostAutomatic = 8;
    return cpus < kLeastCpus ? 1 : std::min(cpus, kMostAutomatic);
}

std::uint32_t wanted_shards(const config::Shards& shards) {
    if (!shards.is_automatic()) {
        return shards.count;
    }
    cpu_set_t cpus;
    // More than the set can hold are not few.
    const bool is_known = ::sched_getaffinity(0, sizeof cpus, &cpus) == 0;
    return automatic_shards(is_known ? static_cast<std::uint32_t>(CPU_COUNT(&cpus)) : CPU_SETSIZE);
}

void report(const Log& log,
            std::string_view subject,
            const teredo::Counters& counters,
            std::uint64_t kernel_drops) {
    std::string drops;
    for (std::size_t i = 0; i < teredo::kDropReasonCount; ++i) {
        if (counters.dropped[i] > 0) {
            drops += fmt::format(" {}={}",
                                 teredo::to_string(static_cast<teredo::DropReason>(i)),
                                 counters.dropped[i]);
        }
    }
    log.event(message::kStatistics,
              subject,
              {},
              fmt::format("received {}, dropped:{}", counters.datagrams_received, drops));
    if (kernel_drops > 0) {
        log.info(subject, "the kernel dropped {} datagrams before they were read", kernel_drops);
    }
}

}  // namespace miredo::daemon
