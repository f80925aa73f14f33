// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/command_line.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace miredo {
namespace {

using Arguments = std::vector<const char*>;

CommandLine accepted(const Arguments& arguments) {
    const Result<CommandLine, UsageError> parsed = parse_command_line(arguments);
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? *parsed : CommandLine{};
}

TEST(CommandLine, ProgramFollowsTheName) {
    EXPECT_EQ(program_of("miredo"), Program::kMiredo);
    EXPECT_EQ(program_of("/usr/sbin/miredo"), Program::kMiredo);
    EXPECT_EQ(program_of("/usr/sbin/miredo-server"), Program::kMiredoServer);
    EXPECT_EQ(program_of("./miredo-checkconf"), Program::kMiredoCheckconf);
    EXPECT_EQ(program_of("miredo-server/miredo"), Program::kMiredo);
    EXPECT_EQ(program_of(""), Program::kMiredo);
    EXPECT_EQ(accepted({}).program, Program::kMiredo);
}

TEST(CommandLine, Defaults) {
    const CommandLine line = accepted({"miredo"});
    EXPECT_EQ(line.action, Action::kRun);
    EXPECT_EQ(line.configuration_file, "/etc/miredo/miredo.conf");
    EXPECT_FALSE(line.foreground);
    EXPECT_FALSE(line.pid_file);
    EXPECT_FALSE(line.user);
    EXPECT_EQ(line.server_name, "");
    EXPECT_TRUE(line.complaints.empty());
    EXPECT_EQ(accepted({"miredo-server"}).configuration_file, "/etc/miredo/miredo-server.conf");
    EXPECT_EQ(accepted({"miredo-checkconf"}).configuration_file, "/etc/miredo/miredo.conf");
}

TEST(CommandLine, EverySpellingOfEveryOption) {
    const std::vector<Arguments> spellings{
        {"miredo", "-c", "x", "-f", "-p", "y", "-t", "/", "-u", "z", "s"},
        {"miredo", "s", "-cx", "-fpy", "-t/", "-uz"},
        {"miredo",
         "--config",
         "x",
         "--foreground",
         "--pidfile",
         "y",
         "--chroot",
         "/",
         "--user",
         "z",
         "s"},
        {"miredo", "--conf=x", "--fore", "--pidfile=y", "s", "--chrootdir=/", "--username=z"},
        {"miredo", "-f", "--conf", "x", "-p", "y", "-u", "z", "--chrootdir", "/", "--", "s"},
    };
    for (const Arguments& spelling : spellings) {
        SCOPED_TRACE(spelling[1]);
        const CommandLine line = accepted(spelling);
        EXPECT_EQ(line.action, Action::kRun);
        EXPECT_EQ(line.configuration_file, "x");
        EXPECT_TRUE(line.foreground);
        EXPECT_EQ(line.pid_file, "y");
        EXPECT_EQ(line.user, "z");
        EXPECT_EQ(line.server_name, "s");
        ASSERT_EQ(line.complaints.size(), 1U);
        EXPECT_NE(line.complaints[0].find("sandbox"), std::string::npos);
    }
}

TEST(CommandLine, HelpAndVersionEndTheParsing) {
    for (const Program program :
         {Program::kMiredo, Program::kMiredoServer, Program::kMiredoCheckconf}) {
        const std::string name{program_name(program)};
        for (const char* const option : {"-h", "--help", "--he"}) {
            EXPECT_EQ(accepted({name.c_str(), option, "--bad"}).action, Action::kShowHelp);
        }
        for (const char* const option : {"-V", "--version", "-fV"}) {
            EXPECT_EQ(accepted({name.c_str(), option, "a", "b"}).action, Action::kShowVersion);
        }
        EXPECT_NE(usage(program).find("Usage: " + name + ' '), std::string::npos);
        EXPECT_NE(usage(program).find(default_configuration_file(program)), std::string::npos);
        EXPECT_EQ(version(program), name + ' ' + MIREDO_TEST_VERSION + '\n');
    }
}

TEST(CommandLine, UsageErrors) {
    struct Row {
        Arguments arguments;
        const char* message;
    };
    const Row rows[] = {
        {{"miredo", "-c", "a", "-c", "b"}, "option -c is given more than once"},
        {{"miredo", "-c", "a", "--conf=a"}, "option -c is given more than once"},
        {{"miredo", "-p", "a", "--pidfile", "b"}, "option -p is given more than once"},
        {{"miredo", "-t", "a", "--chroot", "b"}, "option -t is given more than once"},
        {{"miredo", "-u", "a", "-ub"}, "option -u is given more than once"},
        {{"miredo", "-x"}, "option -x is unknown or ambiguous"},
        {{"miredo", "-fx"}, "option -x is unknown or ambiguous"},
        {{"miredo", "--foreground", "-xf"}, "option -x is unknown or ambiguous"},
        {{"miredo", "-\xff"}, "option \"-\\xff\" is unknown or ambiguous"},
        {{"miredo", "-:"}, "option -: is unknown or ambiguous"},
        {{"miredo", "--daemon"}, "option --daemon is unknown or ambiguous"},
        {{"miredo", "--daemon=yes"}, "option --daemon is unknown or ambiguous"},
        {{"miredo", "--c"}, "option --c is unknown or ambiguous"},
        {{"miredo", "--foreground=yes"}, "option --foreground takes no argument"},
        {{"miredo", "-c"}, "option -c needs an argument"},
        {{"miredo", "-fp"}, "option -p needs an argument"},
        {{"miredo", "--user"}, "option --user needs an argument"},
        {{"miredo", "a", "b"}, "argument b is one too many"},
        {{"miredo", "a", "-f", "b c"}, "argument \"b c\" is one too many"},
        {{"miredo", ""}, "an argument is empty"},
        {{"miredo-server", "192.0.2.1", "192.0.2.2"}, "argument 192.0.2.2 is one too many"},
        {{"miredo-server", "--bad"}, "option --bad is unknown or ambiguous"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.message);
        const Result<CommandLine, UsageError> parsed = parse_command_line(row.arguments);
        ASSERT_FALSE(parsed);
        EXPECT_EQ(parsed.error().message, row.message);
    }
    EXPECT_EQ(UsageError::kExitStatus, 2);
}

TEST(CommandLine, CheckconfTakesItsFileEitherWay) {
    EXPECT_EQ(accepted({"miredo-checkconf", "x"}).configuration_file, "x");
    EXPECT_EQ(accepted({"miredo-checkconf", "-c", "x"}).configuration_file, "x");
    const CommandLine both = accepted({"miredo-checkconf", "-c", "x", "y"});
    EXPECT_EQ(both.configuration_file, "y");
    EXPECT_EQ(both.complaints.size(), 1U);
}

TEST(CommandLine, CheckconfIgnoresTheDaemonsOptions) {
    const CommandLine line =
        accepted({"miredo-checkconf", "-f", "-p", "a", "-t", "b", "-u", "c", "x"});
    EXPECT_EQ(line.configuration_file, "x");
    EXPECT_TRUE(line.complaints.empty());
}

TEST(CommandLine, CheckconfComplainsAndGoesOn) {
    const std::vector<Arguments> rows{
        {"miredo-checkconf", "--bad", "x"},
        {"miredo-checkconf", "-x", "x"},
        {"miredo-checkconf", "x", "y"},
        {"miredo-checkconf", "x", "-c"},
        {"miredo-checkconf", "", "x"},
        {"miredo-checkconf", "-c", "x", "-c", "y"},
    };
    for (const Arguments& row : rows) {
        const CommandLine line = accepted(row);
        EXPECT_EQ(line.complaints.size(), 1U) << row[1];
        EXPECT_EQ(line.configuration_file, "x") << row[1];
    }
}

}  // namespace
}  // namespace miredo
