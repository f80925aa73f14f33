# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Run as a program: tries to join a tun device as nobody, in every form, and prints what it met."""

import errno
import fcntl
import os
import pwd
import struct
import sys

kTunSetIff = 0x400454CA
kTun, kNoPacketInfo, kVnetHeader, kMultiQueue = 0x0001, 0x1000, 0x4000, 0x0100


def become_nobody():
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)


def main():
    device = sys.argv[1].encode()
    forms = [kTun | kNoPacketInfo | a | b for a in (0, kVnetHeader) for b in (0, kMultiQueue)]
    # The node itself may be closed to nobody on one host and open on another: not what is tried.
    descriptors = [os.open("/dev/net/tun", os.O_RDWR) for _ in forms]
    become_nobody()
    for descriptor, form in zip(descriptors, forms):
        try:
            fcntl.ioctl(descriptor, kTunSetIff, struct.pack("16sH22x", device, form))
            print("joined")
        except OSError as error:
            print(errno.errorcode[error.errno])


if __name__ == "__main__":
    main()
