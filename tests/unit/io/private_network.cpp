// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "private_network.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace miredo::test {
namespace {

std::string& obstacle() {
    static std::string text = "main() has not made a private network";
    return text;
}

bool& other_users() {
    static bool exist = false;
    return exist;
}

bool write_file(const char* path, const std::string& text) {
    const io::UniqueFd fd{::open(path, O_WRONLY | O_CLOEXEC)};
    return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool set_flag_up(const char* name) {
    const io::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request{};
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) {
        return false;
    }
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

std::string enter() {
    const uid_t uid = ::geteuid();
    const gid_t gid = ::getegid();
    if (uid == 0) {
        if (::unshare(CLONE_NEWNET) != 0) {
            return std::string{"no network namespace: "} + std::strerror(errno);
        }
        other_users() = true;
    } else {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
            return std::string{"no user namespace: "} + std::strerror(errno);
        }
        if (!write_file("/proc/self/setgroups", "deny") ||
            !write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") ||
            !write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1")) {
            return "cannot map a user into a namespace";
        }
    }
    return set_flag_up("lo") ? "" : "cannot bring the loopback interface up";
}

}  // namespace

const std::string& private_network_obstacle() {
    return obstacle();
}
bool can_become_another_user() {
    return other_users();
}

io::UniqueFd make_tun(const char* name, int flags) {
    io::UniqueFd fd{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
    ifreq request{};
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_flags = static_cast<short>(flags);
    if (!fd || ::ioctl(fd.get(), TUNSETIFF, &request) != 0) {
        return io::UniqueFd{};
    }
    return fd;
}

void bring_up(const char* name) {
    EXPECT_TRUE(set_flag_up(name)) << name;
}

}  // namespace miredo::test

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    miredo::test::obstacle() = miredo::test::enter();
    return RUN_ALL_TESTS();
}
