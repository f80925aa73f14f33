# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The main job once more with the units as installed: every role on a booted systemd of its own."""

from lab.lab_test import only_ours
from lab.lab_test_native import NativeHostTest
from lab.service import ServiceDaemon


@only_ours("it has no such units")
class ServiceTest(NativeHostTest):
    """One client behind each kind of NAT, as NativeHostTest has them."""

    make_daemon = ServiceDaemon
    alone = True
