// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/device.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "broker/protocol.hpp"
#include "netlink/changes.hpp"
#include "netlink/socket.hpp"
#include "steering/programs.hpp"

namespace miredo::broker {
namespace {

constexpr const char* kTunPath = "/dev/net/tun";
constexpr unsigned kTunMajor = 10;
constexpr unsigned kTunMinor = 200;

Failure<Error> failure(const char* what, const std::string& where, int error_number) {
    return Failure{Error{what, where, error_number, ""}};
}

void put_name(const std::string& name, ifreq& request) {
    name.copy(request.ifr_name, IFNAMSIZ - 1);
}

// The same network namespace has the same inode behind its descriptors.
bool same_namespace(int first, int second) {
    struct stat a {};
    struct stat b {};
    return ::fstat(first, &a) == 0 && ::fstat(second, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

struct Attached {
    std::string name;
    int flags = 0;  // IFF_TUN and its like
};

Expected<Attached> attached_device(int fd) {
    ifreq request{};
    if (::ioctl(fd, TUNGETIFF, &request) != 0) {
        return failure("the descriptor is bound to no device", "", errno);
    }
    request.ifr_name[IFNAMSIZ - 1] = '\0';
    if ((request.ifr_flags & IFF_TUN) == 0 || (request.ifr_flags & IFF_TAP) != 0) {
        return failure("not a tun device", request.ifr_name, EINVAL);
    }
    return Attached{request.ifr_name, request.ifr_flags};
}

Expected<void> check_namespace(int fd, int control_socket, const std::string& name) {
    // In the kernel these need CAP_NET_ADMIN in the namespace that they are about.
    const io::UniqueFd of_device{::ioctl(fd, TUNGETDEVNETNS)};
    if (!of_device) {
        return failure("cannot tell the device's network namespace", name, errno);
    }
    const io::UniqueFd own{::ioctl(control_socket, SIOCGSKNS)};
    if (!own) {
        return failure("cannot tell the broker's network namespace", name, errno);
    }
    if (!same_namespace(of_device.get(), own.get())) {
        return Failure{Error{"the device is in another network namespace than the broker",
                             name,
                             EXDEV,
                             "Run both halves of the service in the same network namespace"}};
    }
    return {};
}

Expected<std::uint32_t> index_of(const std::string& name, int control_socket) {
    ifreq request{};
    put_name(name, request);
    if (::ioctl(control_socket, SIOCGIFINDEX, &request) != 0) {
        return failure("cannot find the device", name, errno);
    }
    return static_cast<std::uint32_t>(request.ifr_ifindex);
}

// Any socket knows its namespace's interfaces; this family the broker has anyway.
io::UniqueFd open_control_socket() {
    return io::UniqueFd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
}

Error open_error(int error_number) {
    Error error{"cannot open the tunnel driver", kTunPath, error_number, ""};
    switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        error.remedy = "Load it (`modprobe tun`); a container must be given /dev/net/tun";
        break;
    case EPERM:
    case EACCES:
        error.remedy = "Run as root, or let the device be used (DeviceAllow=/dev/net/tun rw)";
        break;
    default:
        break;
    }
    return error;
}

// Whose the name is already, for a message that helps.
Error name_error(const std::string& name, int error_number) {
    Error error{"cannot create the tunnel device", name, error_number, ""};
    if (error_number == EPERM) {
        error.remedy = "Run as root or with CAP_NET_ADMIN";
        return error;
    }
    if (error_number != EBUSY && error_number != EINVAL && error_number != EEXIST) {
        return error;
    }
    auto socket = netlink::NetlinkSocket::open();
    if (!socket) {
        return error;
    }
    const auto link = socket->find_link(name);
    if (!link || !link->has_value()) {
        error.remedy = "Choose another name (InterfaceName)";
        return error;
    }
    error.error_number = EBUSY;
    if ((*link)->kind == "tun") {
        error.what += ", another program has a tun device of this name";
        error.remedy =
            "Stop that program (or `ip link delete` the device), or choose another name (InterfaceName)";
    } else {
        error.what += ", an interface of another kind (" +
                      ((*link)->kind.empty() ? std::string{"hardware"} : (*link)->kind) +
                      ") has the name";
        error.remedy = "Choose another name (InterfaceName)";
    }
    return error;
}

bool write_setting(const std::string& name, const char* key, const char* value) {
    const std::string path = "/proc/sys/net/ipv6/conf/" + name + '/' + key;
    const io::UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    return fd && ::write(fd.get(), value, std::strlen(value)) > 0;
}

Expected<void> set_up_link(const Device& device) {
    auto socket = netlink::NetlinkSocket::open();
    if (!socket) {
        return Failure{socket.error()};
    }
    netlink::LinkChange change;
    change.group = kLinkGroup;
    change.no_address_generation = true;
    if (auto changed = netlink::change_link(*socket, device.index, change); !changed) {
        Error error = changed.error();
        error.what = "cannot set up the tunnel device";
        error.where = device.name;
        return Failure{error};
    }
    return {};
}

io::UniqueFd open_driver() {
    return io::UniqueFd{::open(kTunPath, O_RDWR | O_CLOEXEC | O_NONBLOCK)};
}

Expected<io::UniqueFd>
create(const std::string& name, bool has_many_queues, uid_t owner, gid_t group) {
    io::UniqueFd fd = open_driver();
    if (!fd) {
        return Failure{open_error(errno)};
    }
    ifreq request{};
    put_name(name, request);
    // With a virtio-net header a packet may stand for several; a kernel that doesn't know it says
    // so before it makes anything.
    const int flags = IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL | (has_many_queues ? IFF_MULTI_QUEUE : 0);
    request.ifr_flags = static_cast<short>(flags | IFF_VNET_HDR);
    int done = ::ioctl(fd.get(), TUNSETIFF, &request);
    if (done != 0 && errno == EINVAL) {
        request.ifr_flags = static_cast<short>(flags);
        done = ::ioctl(fd.get(), TUNSETIFF, &request);
    }
    if (done != 0) {
        return Failure{errno == ENOTTY ? open_error(ENODEV) : name_error(name, errno)};
    }
    // A tun without an owner can be joined by any local user; one of many queues by its owner, too,
    // who would get some of the packets. That one's is root, and the broker attaches its queues.
    const uid_t user = has_many_queues ? 0 : owner;
    const gid_t users = has_many_queues ? 0 : group;
    if (::ioctl(fd.get(), TUNSETOWNER, user) != 0 || ::ioctl(fd.get(), TUNSETGROUP, users) != 0) {
        return failure("cannot give the tunnel device an owner", name, errno);
    }
    return fd;
}

}  // namespace

Expected<Device> identify_device(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !S_ISCHR(status.st_mode) ||
        status.st_rdev != ::makedev(kTunMajor, kTunMinor)) {
        return failure("the descriptor is not the tunnel driver's", "", EINVAL);
    }
    const io::UniqueFd control_socket = open_control_socket();
    if (!control_socket) {
        return failure("cannot open a socket", "", errno);
    }
    auto attached = attached_device(fd);
    if (!attached) {
        return Failure{attached.error()};
    }
    std::string& name = attached->name;
    if (auto checked = check_namespace(fd, control_socket.get(), name); !checked) {
        return Failure{checked.error()};
    }
    const auto index = index_of(name, control_socket.get());
    if (!index) {
        return Failure{index.error()};
    }
    // Renamed between the two questions, the name could have been another device's by the second.
    const auto again = attached_device(fd);
    if (!again || again->name != name) {
        return failure("the device was renamed just now", name, EAGAIN);
    }
    return Device{std::move(name), *index};
}

Expected<NewDevice>
make_device(const std::string& name, bool has_many_queues, uid_t owner, gid_t group) {
    auto fd = create(name, has_many_queues, owner, group);
    if (!fd) {
        return Failure{fd.error()};
    }
    NewDevice result;
    result.descriptor = std::move(*fd);
    auto device = identify_device(result.descriptor.get());
    if (!device) {
        return Failure{device.error()};
    }
    result.device = std::move(*device);
    // New interfaces inherit net.ipv6.conf.default; this one is of no use without IPv6. Where
    // /proc/sys is read-only the address will be refused with a reason.
    (void)write_setting(result.device.name, "disable_ipv6", "0");
    result.accept_ra_off = write_setting(result.device.name, "accept_ra", "0");
    if (auto set_up = set_up_link(result.device); !set_up) {
        return Failure{set_up.error()};
    }
    return result;
}

Expected<io::UniqueFd> attach_queue(int fd, const Device& device) {
    const auto attached = attached_device(fd);
    if (!attached) {
        return Failure{attached.error()};
    }
    if ((attached->flags & IFF_MULTI_QUEUE) == 0) {
        return failure("the tunnel device has one queue only", device.name, EINVAL);
    }
    io::UniqueFd queue = open_driver();
    if (!queue) {
        return Failure{open_error(errno)};
    }
    ifreq request{};
    put_name(device.name, request);
    request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE |
                                           (attached->flags & IFF_VNET_HDR));
    if (::ioctl(queue.get(), TUNSETIFF, &request) != 0) {
        return failure("cannot attach a queue to the tunnel device", device.name, errno);
    }
    // Of a device that has been renamed or deleted the kernel would have made a new one, which goes
    // with the descriptor.
    const auto joined = identify_device(queue.get());
    if (!joined || joined->index != device.index) {
        return failure("the device was renamed just now", device.name, EAGAIN);
    }
    return queue;
}

Expected<void> steer_queues(int fd, const Device& device) {
    const auto program = steering::packet_program();
    bpf_attr attributes{};
    attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
    attributes.insns = reinterpret_cast<std::uintptr_t>(program.data());
    attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
    attributes.license = reinterpret_cast<std::uintptr_t>("GPL");
    const io::UniqueFd loaded{
        static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes))};
    if (!loaded) {
        Error error{
            "cannot load the program that steers packets to queues", device.name, errno, ""};
        if (errno == EPERM || errno == EACCES) {
            error.remedy =
                "Run as root or with CAP_BPF; of the service, see miredo-broker-shards.conf";
        }
        return Failure{error};
    }
    const int descriptor = loaded.get();
    if (::ioctl(fd, TUNSETSTEERINGEBPF, &descriptor) != 0) {
        return failure("cannot steer packets to the tunnel device's queues", device.name, errno);
    }
    return {};
}

}  // namespace miredo::broker
