# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Our server, relay and client against a client of another kind (lab/foreign.py)."""

import concurrent.futures
import secrets

from lab import foreign, nat, topology, traffic
from lab.foreign import ForeignClient
from lab.lab_test import LabTest, only_ours, shows

kOwnServer = (topology.kServerAddress, foreign.kTeredoPort)


@only_ours("it knows neither trailers nor the cone bit")
class ForeignClientTest(LabTest):
    """The foreign client has a public address and the cone bit in its own; ours is behind a NAT."""

    clients = {"ours": nat.kPortRestricted}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.client = cls.launch_clients()["ours"]
        cls.address = cls.client.wait_ready()

    def setUp(self):
        self.foreign = ForeignClient(self.net["stranger"], topology.kStrangerAddress,
                                     topology.kServerAddress)
        self.addCleanup(self.foreign.close)

    def in_background(self, function, *arguments):
        pool = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(pool.shutdown)
        return pool.submit(function, *arguments)

    @shows("S21", "S25", "S26", "S27")
    def test_the_server_answers_each_form_of_solicitation(self):
        """RFC 4380 §5.3.2: with the cone bit from its other address; to the source as it is."""
        pair = (topology.kServerAddress, topology.kServerAddress2)
        for asked, other in (pair, pair[::-1]):
            for cone in (False, True):
                with self.subTest(asked=asked, cone=cone):
                    nonce = self.foreign.solicit(asked, cone)
                    answer = self.foreign.receive(
                        lambda d: d.is_message(foreign.kAdvertisement) and d.nonce == nonce)
                    self.assertEqual(answer.sender,
                                     (other if cone else asked, foreign.kTeredoPort))
                    self.assertEqual(answer.origin, self.foreign.endpoint)
                    self.assertEqual(answer.destination, foreign.link_local(cone))
                    prefix = foreign.teredo_address(topology.kServerAddress, ("0.0.0.0", 0), 0)
                    self.assertIn(prefix.packed[:8], answer.payload)

    @shows("C12")
    def test_our_client_reaches_it(self):
        """RFC 5991 §3.2: its cone bit is not believed; no packet goes out before a bubble came."""
        pings = self.in_background(traffic.ping, self.net["ours"], str(self.foreign.address))
        first = self.foreign.receive(lambda d: True)
        self.assertTrue(first.is_bubble(), first)
        if first.origin is None:
            first = self.foreign.receive(lambda d: d.origin is not None)
        self.assertTrue(first.is_bubble(), first)
        self.assertEqual(first.sender, kOwnServer)
        self.assertEqual(first.origin, foreign.mapping_of(self.address))
        self.foreign.answer_indirect(first)
        for _ in range(3):
            self.foreign.answer_ping(
                self.foreign.receive(lambda d: d.is_message(foreign.kEchoRequest)))
        self.assertEqual(len(pings.result()), 3)

    @shows("E2")
    def test_it_reaches_our_client(self):
        """Its indirect bubble has an Alternate Address trailer behind the nonce."""
        nonce = secrets.token_bytes(4)
        self.foreign.send_bubbles(self.address, nonce)
        answer = self.foreign.receive(
            lambda d: d.is_bubble() and d.sender == foreign.mapping_of(self.address))
        self.assertEqual(answer.source, self.address)
        self.assertEqual(answer.destination, self.foreign.address)
        # RFC 6081 §5.2.4.2: the nonce comes back, and nothing else.
        self.assertEqual(answer.trailers, foreign.nonce_trailer(nonce))
        data = self.foreign.ping(self.address, answer.sender)
        self.foreign.receive(lambda d: d.is_message(foreign.kEchoReply) and d.payload[4:] == data)

    def test_a_bubble_with_a_bad_list_of_addresses_is_discarded(self):
        """RFC 6081 §5.6.4.2; a good one after it is answered."""
        trailers = foreign.nonce_trailer(b"bad!") + foreign.alternate_trailer([("224.0.0.1", 1)])
        self.foreign.send(foreign.bubble(self.foreign.address, self.address, trailers), kOwnServer)
        self.foreign.send(foreign.bubble(self.foreign.address, self.address,
                                         foreign.nonce_trailer(b"good")), kOwnServer)
        answer = self.foreign.receive(
            lambda d: d.is_bubble() and d.sender == foreign.mapping_of(self.address))
        self.assertEqual(answer.trailers, foreign.nonce_trailer(b"good"))

    @shows("R3")
    def test_our_relay_reaches_it(self):
        """RFC 4380 §5.4.1: an indirect bubble, and the packets when it has answered."""
        pings = self.in_background(traffic.ping, self.net["host"], str(self.foreign.address))
        first = self.foreign.receive(lambda d: True)
        self.assertTrue(first.is_bubble(), first)
        self.assertEqual(first.sender, kOwnServer)
        self.assertEqual(first.origin[0], topology.kRelayAddress)
        self.foreign.answer_indirect(first)
        for _ in range(3):
            request = self.foreign.receive(lambda d: d.is_message(foreign.kEchoRequest))
            self.assertEqual(request.sender, first.origin)
            self.foreign.answer_ping(request)
        self.assertEqual(len(pings.result()), 3)

    @shows("S13")
    def test_it_reaches_a_native_host(self):
        """RFC 4380 §5.2.9: the connectivity test by the server, the answer through the relay."""
        host = foreign.ipaddress.IPv6Address(topology.kHostAddress)
        data = self.foreign.ping(host, kOwnServer)
        asked = self.foreign.receive(lambda d: d.is_bubble() and d.origin is not None)
        self.assertEqual(asked.origin[0], topology.kRelayAddress)
        self.foreign.answer_indirect(asked)
        reply = self.foreign.receive(lambda d: d.is_message(foreign.kEchoReply))
        self.assertEqual((reply.payload[4:], reply.source), (data, host))
        data = self.foreign.ping(host, reply.sender)
        self.foreign.receive(lambda d: d.is_message(foreign.kEchoReply) and d.payload[4:] == data)
