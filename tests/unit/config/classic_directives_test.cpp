// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/classic_directives.hpp"

#include <string>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"

namespace miredo::config {
namespace {

TEST(DirectiveSet, FirstOccurrenceWins) {
    conformance::shows("D3");
    Report report{"f"};
    DirectiveSet set{{{3, "bindport", "1"}, {5, "BINDPORT", "2"}}, report};
    const Directive* const directive = set.take("BindPort");
    ASSERT_NE(directive, nullptr);
    EXPECT_EQ(directive->name, "BindPort");
    EXPECT_EQ(directive->value, "1");
    EXPECT_EQ(directive->line, 3U);
    const Diagnostics found = std::move(report).finish();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].to_string(),
              "f:5: warning: BindPort: repeated with 2, ignored: line 3 wins");
}

TEST(DirectiveSet, KnowsWhatNobodyTook) {
    Report report{"f"};
    DirectiveSet set{{{1, "Prefix", "a"}, {2, "BindPort", "b"}, {3, "CommandUp", "c"}}, report};
    EXPECT_TRUE(set.contains("Prefix"));
    EXPECT_FALSE(set.contains("BindAddress"));
    EXPECT_EQ(set.take("BindAddress"), nullptr);
    EXPECT_NE(set.take("Prefix"), nullptr);
    const std::vector<Directive> unused = set.unused();
    ASSERT_EQ(unused.size(), 1U);
    EXPECT_EQ(unused[0].name, "BindPort");
}

TEST(DirectiveSet, WarnsOfUnknownOnes) {
    conformance::shows("D3");
    Report report{"f"};
    const DirectiveSet set{{{8, "ServerAdress", "a"}}, report};
    EXPECT_TRUE(set.unused().empty());
    const Diagnostics found = std::move(report).finish();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].to_string(), "f:8: warning: ServerAdress: unknown directive, ignored");
}

TEST(DirectiveSet, WarnsOfObsoleteOnesWithAReason) {
    conformance::shows("D2");
    for (const KnownDirective& known : kDirectives) {
        SCOPED_TRACE(std::string{known.name});
        Report report{"f"};
        const DirectiveSet set{{{2, known.name, "1"}}, report};
        const Diagnostics found = std::move(report).finish();
        ASSERT_EQ(found.size(), known.obsolete.empty() ? 0U : 1U);
        if (!found.empty()) {
            EXPECT_EQ(found[0].severity, Severity::kWarning);
            EXPECT_NE(found[0].message.find(known.obsolete), std::string::npos);
        }
        EXPECT_EQ(set.unused().size(), known.obsolete.empty() ? 1U : 0U);
    }
}

}  // namespace
}  // namespace miredo::config
