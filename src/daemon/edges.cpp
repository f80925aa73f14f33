// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/edges.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "daemon/interface_manager.hpp"
#include "daemon/message_ids.hpp"

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
    if (const auto size = context.broker.set_receive_buffer(socket->fd(), kReceiveBuffer); !size) {
        context.log.warning(subject, "{}; going on with less", size.error().to_string());
    }
    const std::uint16_t bound = socket->local_endpoint().port;
    const auto known = std::find(context.own_ports.begin(), context.own_ports.end(), bound);
    if (known == context.own_ports.end()) {
        context.own_ports.push_back(bound);
        context.ports_changed();
    }
    return socket;
}

Expected<io::TunDevice>
open_device(Context& context, std::string_view subject, const config::TunnelConfiguration& tunnel) {
    auto made = context.broker.make_device(tunnel.interface_name);
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
    auto device = io::TunDevice::adopt(std::move(made->descriptor),
                                       {tunnel.offloads.tun_tcp, tunnel.offloads.tun_udp});
    if (!device) {
        return device;
    }
    InterfaceManager manager{context.broker, device->fd()};
    if (auto done = manager.bring_up(tunnel.mtu); !done) {
        return Failure{done.error()};
    }
    return device;
}

void report(const Log& log,
            std::string_view subject,
            const teredo::Counters& counters,
            ShardEdges& edges) {
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
    if (const std::uint64_t kernel_drops = edges.kernel_drops(); kernel_drops > 0) {
        log.info(subject, "the kernel dropped {} datagrams before they were read", kernel_drops);
    }
}

}  // namespace miredo::daemon
