# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Figures with units. Nothing in here asserts on time."""
