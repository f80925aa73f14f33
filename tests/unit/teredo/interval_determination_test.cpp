// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Refresh interval determination (RFC 4380 §5.2.7), behind NATs that forget bindings.
#include <vector>

#include "conformance/shows.hpp"
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

constexpr Endpoint kSecondaryMapping{kMapping.address, 4097};

class IntervalDeterminationTest : public ClientTest {
  protected:
    void SetUp() override { use(determining_settings()); }
    static ClientSettings determining_settings() {
        ClientSettings settings = default_settings();
        settings.determines_refresh_interval = true;
        return settings;
    }

    // Time goes on, and the server and a NAT do their work: what the secondary port has not used
    // for `binding_` is closed to what comes from outside.
    void live(Duration span) {
        const Instant end = now_ + span;
        while (*role_->next_deadline() <= end) {
            now_ = std::max(now_, *role_->next_deadline());
            role_->handle_timeout(now_, output_);
            collect();
            serve();
        }
        now_ = end;
    }
    void serve() {
        while (served_ < sent_.size()) {
            const Sent sent = sent_[served_++];
            const bool is_secondary = sent.socket == ServiceSocket::kSecondary;
            if (is_secondary) {
                EXPECT_TRUE(sent.is_solicitation());
                used_at_ = sent.at;
            }
            if (sent.is_solicitation() && !(is_secondary && is_mute_)) {
                Advertisement advertisement;
                advertisement.nonce = sent.parsed().authentication->nonce;
                advertisement.origin = is_secondary ? kSecondaryMapping : kMapping;
                receive(sent.to, make_advertisement(advertisement), sent.socket);
            } else if (sent.is_bubble()) {
                relay_bubble(sent);
            }
        }
    }
    void relay_bubble(const Sent& sent) {
        EXPECT_EQ(sent.to, kServerEndpoint);
        EXPECT_EQ(sent.packet().source(), own());
        const auto target = wire::TeredoAddress::parse(sent.packet().destination()).value();
        EXPECT_EQ(target.server, kServer);
        EXPECT_EQ(target.mapped, kSecondaryMapping);
        EXPECT_EQ(target.flags & ~wire::kRandomFlags, 0);
        bubbles_.push_back(sent.at - used_at_);
        if (sent.at - used_at_ < binding_) {
            forwarded_ = concatenate({make_origin(kMapping), sent.packet().bytes()});
            receive(kServerEndpoint, forwarded_, ServiceSocket::kSecondary);
        }
    }
    // Qualified, the port wanted and open, the procedure begun.
    void begin(Duration binding) {
        binding_ = binding;
        live(Duration{0});
        ASSERT_EQ(events<SecondaryPortNeeded>().size(), 1U);
        client().handle_secondary_port(now_, output_);
        collect();
        serve();
    }
    // One for a candidate that holds, four of two seconds for one that does not.
    [[nodiscard]] std::vector<Duration> bubbles_for(const std::vector<double>& tried) const {
        std::vector<Duration> result;
        for (const double value : tried) {
            const auto candidate =
                std::chrono::duration_cast<Duration>(std::chrono::duration<double>{value});
            const int count = candidate < binding_ ? 1 : 4;
            for (int i = 0; i < count; ++i) {
                result.push_back(candidate + i * seconds{2});
            }
        }
        return result;
    }
    // On the service port, by the interval in use.
    void expect_maintenance_since(Instant start) {
        std::vector<Instant> solicited;
        for (const Sent& sent : sent_) {
            if (sent.to == kServerEndpoint && sent.socket == ServiceSocket::kPrimary &&
                sent.at >= start) {
                solicited.push_back(sent.at);
            }
        }
        ASSERT_GT(solicited.size(), 2U);
        for (std::size_t i = 1; i < solicited.size(); ++i) {
            EXPECT_GE(solicited[i] - solicited[i - 1], interval() * 3 / 4);
            EXPECT_LE(solicited[i] - solicited[i - 1], interval());
        }
    }
    [[nodiscard]] Duration interval() { return client().status().refresh_interval; }

    Duration binding_{};
    bool is_mute_ = false;  // the server, towards the secondary port
    std::size_t served_ = 0;
    Instant used_at_;
    ByteVector forwarded_;           // the latest bubble that came through
    std::vector<Duration> bubbles_;  // how long after the last use of the port
};

TEST_F(IntervalDeterminationTest, tries_and_concludes_by_the_numbers) {
    conformance::shows("Q37");
    struct Row {
        int binding;                // seconds
        std::vector<double> tried;  // seconds
        double interval;            // seconds
    };
    const Row rows[] = {
        {1000, {60, 90}, 90},
        {80, {60, 90, 75}, 75},
        {70, {60, 90, 75}, 60},
        {50, {60, 45}, 45},
        {40, {60, 45, 37.5}, 37.5},
        {20, {60, 45, 37.5}, 30},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.binding);
        clear();
        served_ = 0;
        bubbles_.clear();
        use(determining_settings());
        EXPECT_EQ(interval(), seconds{30});
        begin(seconds{row.binding});
        EXPECT_TRUE(client().status().is_determining_interval);
        live(minutes{20});
        EXPECT_EQ(bubbles_, bubbles_for(row.tried));
        EXPECT_EQ(std::chrono::duration<double>(interval()).count(), row.interval);

        // It is over, for good: the port is not used any more.
        EXPECT_FALSE(client().status().is_determining_interval);
        EXPECT_EQ(events<SecondaryPortNeeded>().size(), 1U);
        EXPECT_EQ(events<SecondaryPortDone>().size(), 1U);
        const Instant quiet = now_;
        live(minutes{10});
        EXPECT_LT(used_at_, quiet);
        expect_maintenance_since(quiet);
    }
}

TEST_F(IntervalDeterminationTest, solicits_on_the_port_after_each_candidate) {
    conformance::shows("Q37");
    begin(seconds{1000});
    std::size_t solicitations = 0;
    live(seconds{59});
    for (const Sent& sent : sent_) {
        solicitations += sent.socket == ServiceSocket::kSecondary ? 1U : 0U;
    }
    EXPECT_EQ(solicitations, 1U);
    EXPECT_EQ(interval(), seconds{30});
    live(seconds{2});
    EXPECT_EQ(interval(), seconds{60});
    EXPECT_EQ(sent_.back().socket, ServiceSocket::kSecondary);
}

TEST_F(IntervalDeterminationTest, is_not_used_where_the_port_does_not_qualify) {
    conformance::shows("Q37");
    is_mute_ = true;
    begin(seconds{1000});
    const Instant start = now_;
    live(seconds{60});
    std::vector<Duration> solicited;
    for (const Sent& sent : sent_) {
        if (sent.socket == ServiceSocket::kSecondary) {
            solicited.push_back(sent.at - start);
        }
    }
    EXPECT_EQ(solicited, (std::vector<Duration>{seconds{0}, seconds{4}, seconds{8}}));
    EXPECT_EQ(events<SecondaryPortDone>().size(), 1U);
    EXPECT_TRUE(bubbles_.empty());
    EXPECT_EQ(interval(), seconds{30});
}

TEST_F(IntervalDeterminationTest, keeps_what_held_when_the_server_falls_silent) {
    begin(seconds{1000});
    live(seconds{59});
    is_mute_ = true;
    live(seconds{30});
    EXPECT_EQ(events<SecondaryPortDone>().size(), 1U);
    EXPECT_EQ(interval(), seconds{60});
}

TEST_F(IntervalDeterminationTest, waits_for_its_port) {
    live(minutes{10});
    EXPECT_EQ(events<SecondaryPortNeeded>().size(), 1U);
    for (const Sent& sent : sent_) {
        EXPECT_EQ(sent.socket, ServiceSocket::kPrimary);
    }
    EXPECT_EQ(interval(), seconds{30});
}

TEST_F(IntervalDeterminationTest, has_no_use_for_anything_else_on_its_port) {
    conformance::shows("Q37");
    begin(seconds{1000});
    live(seconds{59});
    const Ipv6Address secondary = wire::TeredoAddress{kServer, 0, kSecondaryMapping}.to_ipv6();
    const auto drop = [&](Endpoint from, const ByteVector& datagram, DropReason reason) {
        const std::uint64_t before = drops(reason);
        clear();
        receive(from, datagram, ServiceSocket::kSecondary);
        EXPECT_EQ(drops(reason), before + 1) << to_string(reason);
        EXPECT_TRUE(is_silent());
    };
    make_friend();
    constexpr DropReason kReason = DropReason::kSecondaryPort;
    drop(kPeerMapping, data_from(peer_address()), kReason);
    drop(kPeerMapping, bubble(peer_address(), own()), kReason);
    drop(kServerEndpoint, indirect(peer_address()), kReason);
    drop(kServerEndpoint, bubble(own(), secondary), kReason);  // before it is waited for
    drop(kSecondaryEndpoint, make_advertisement({}), kReason);
    drop(kServerEndpoint, make_advertisement({}), DropReason::kAdvertisementUnexpected);
    drop(kServerEndpoint, ByteVector(39), DropReason::kTooShort);
    EXPECT_EQ(interval(), seconds{30});

    // Nor does a bubble count that is not from us, or to another address than the port's.
    binding_ = {};
    served_ = 0;
    live(seconds{2});
    ASSERT_EQ(bubbles_.size(), 1U);
    drop(kServerEndpoint, bubble(own(), secondary), kReason);
    drop(kServerEndpoint, bubble(peer_address(), secondary), kReason);
    EXPECT_EQ(interval(), seconds{30});
}

TEST_F(IntervalDeterminationTest, begins_anew_with_another_mapping) {
    begin(seconds{1000});
    live(minutes{2});
    EXPECT_EQ(interval(), seconds{60});
    clear();
    served_ = 0;
    client().requalify(now_, output_);
    collect();
    Advertisement moved;
    moved.origin = Endpoint{kMapping.address, 9999};
    advertise(moved);
    EXPECT_EQ(events<SecondaryPortDone>().size(), 1U);
    EXPECT_EQ(events<SecondaryPortNeeded>().size(), 1U);
    EXPECT_EQ(interval(), seconds{30});
}

TEST_F(IntervalDeterminationTest, ends_with_its_setting_and_is_off_without) {
    begin(seconds{1000});
    live(minutes{2});
    clear();
    client().apply(now_, default_settings(), output_);
    collect();
    EXPECT_EQ(events<SecondaryPortDone>().size(), 1U);
    EXPECT_EQ(interval(), seconds{30});
    EXPECT_FALSE(client().status().is_determining_interval);
    receive(kServerEndpoint, forwarded_, ServiceSocket::kSecondary);
    EXPECT_EQ(drops(DropReason::kSecondaryPort), 1U);

    clear();
    use(default_settings());
    qualify();
    EXPECT_FALSE(client().status().is_determining_interval);
    EXPECT_TRUE(events<SecondaryPortNeeded>().empty());
}

// Where the configured interval comes near to the longest, there is nothing to determine.
TEST_F(IntervalDeterminationTest, has_nothing_to_do_for_long_intervals) {
    ClientSettings settings = determining_settings();
    settings.refresh_interval = seconds{90};
    use(settings);
    live(Duration{0});
    EXPECT_TRUE(events<SecondaryPortNeeded>().empty());
    EXPECT_EQ(interval(), seconds{90});
}

}  // namespace
}  // namespace miredo::teredo
