# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Which NAT pairs can talk: five kinds, initiator × responder, no state between them before."""

import concurrent.futures
import sys

from lab import daemon, nat, traffic
from lab.lab_test import LabTest, default_kind, shows

kTries = 6
_kRow = "{:<20}" + "{:>19}" * len(nat.kKinds)

#: (initiator, responder) that can not work.
kImpossible = {
    daemon.kOurs: {
        (nat.kPortRestricted, nat.kSymmetric), (nat.kSymmetric, nat.kPortRestricted),
        (nat.kSymmetric, nat.kSymmetric)},
    daemon.kOld: {(nat.kPortRestricted, nat.kSymmetric),
                  *((nat.kSymmetric, responder) for responder in nat.kKinds)},
}


def table(works):
    lines = [_kRow.format("initiator \\ responder", *nat.kKinds)]
    for initiator in nat.kKinds:
        cells = ("yes" if works[initiator, responder] else "NO" for responder in nat.kKinds)
        lines.append(_kRow.format(initiator, *cells))
    return "\n".join(lines)


@shows("E9", "E38")
class NatPairsTest(LabTest):
    """Five initiators and five responders: each of the 25 pairs meets once, so its state is fresh."""

    clients = {f"{role}-{kind}": kind for role in ("from", "to") for kind in nat.kKinds}

    def test_pairs(self):
        started = self.launch_clients()
        pairs = [(i, r) for i in nat.kKinds for r in nat.kKinds]

        def one(pair):
            initiator, responder = pair
            target = started[f"to-{responder}"].address()
            return traffic.ping_until_answer(self.net[f"from-{initiator}"], target, kTries)

        with concurrent.futures.ThreadPoolExecutor(len(pairs)) as pool:
            works = dict(zip(pairs, pool.map(one, pairs)))
        count = sum(works.values())
        print(f"{table(works)}\n{count} of {len(pairs)} ({default_kind()})", file=sys.stderr)
        self.assertEqual({pair for pair, answer in works.items() if not answer},
                         kImpossible[default_kind()])
