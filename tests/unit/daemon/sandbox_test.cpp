// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/sandbox.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "child.hpp"
#include "io/unique_fd.hpp"

namespace miredo::daemon {
namespace {

bool is_refused(long result) {
    return result < 0 && errno == EPERM;
}

TEST(ConfineProcess, allows_what_the_daemon_does) {
    EXPECT_EQ(in_child([] {
                  if (!confine_process()) {
                      return 1;
                  }
                  const io::UniqueFd udp{::socket(AF_INET, SOCK_DGRAM, 0)};
                  const io::UniqueFd netlink{::socket(AF_NETLINK, SOCK_RAW, 0)};
                  const io::UniqueFd file{::open("/etc/hosts", O_RDONLY)};
                  return udp && netlink && file ? 0 : 2;
              }),
              0);
}

TEST(ConfineProcess, refuses_programs_packet_sockets_and_tun_changes) {
    EXPECT_EQ(in_child([] {
                  const io::UniqueFd tun{::open("/dev/null", O_RDWR)};
                  if (!confine_process()) {
                      return 1;
                  }
                  char* const nothing[] = {nullptr};
                  if (!is_refused(::execve("/bin/true", nothing, nothing))) {
                      return 2;
                  }
                  if (!is_refused(::socket(AF_PACKET, SOCK_RAW, 0))) {
                      return 3;
                  }
                  if (!is_refused(::ioctl(tun.get(), TUNSETPERSIST, 1)) ||
                      !is_refused(::ioctl(tun.get(), TUNSETOWNER, 0))) {
                      return 4;
                  }
                  return is_refused(::chmod("/tmp", 0)) ? 0 : 5;
              }),
              0);
}

TEST(ConfineShard, leaves_reading_and_writing_only) {
    EXPECT_EQ(in_child([] {
                  const io::UniqueFd file{::open("/dev/zero", O_RDWR)};
                  if (!confine_process() || !confine_shard()) {
                      return 1;
                  }
                  char byte = 1;
                  if (::read(file.get(), &byte, 1) != 1 || ::write(file.get(), &byte, 1) != 1) {
                      return 2;
                  }
                  if (!is_refused(::open("/etc/hosts", O_RDONLY))) {
                      return 3;
                  }
                  // Drop counts are read, options are not set.
                  int value = 0;
                  socklen_t size = sizeof value;
                  if (is_refused(::getsockopt(file.get(), SOL_SOCKET, SO_TYPE, &value, &size)) ||
                      !is_refused(::setsockopt(file.get(), SOL_SOCKET, SO_MARK, &value, size))) {
                      return 5;
                  }
                  return is_refused(::socket(AF_INET, SOCK_DGRAM, 0)) ? 0 : 4;
              }),
              0);
}

}  // namespace
}  // namespace miredo::daemon
