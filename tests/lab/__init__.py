# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The lab: a private Internet in network namespaces, with real devices, NATs and daemons."""
