// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "private_bus.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace miredo::bus {
namespace {

constexpr const char* kAddressVariable = "DBUS_SYSTEM_BUS_ADDRESS";

// What a system bus grants everybody: to connect, to talk to the bus, to send signals and replies.
constexpr const char* kDefaultPolicy = R"(
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
)";

std::string own_name() {
    const passwd* entry = ::getpwuid(::geteuid());
    return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

// Ours, with the user who runs the test in the place of the daemon's.
std::string policy() {
    std::ifstream file{MIREDO_BUS_POLICY};
    std::stringstream text;
    text << file.rdbuf();
    std::string result = text.str();
    constexpr std::string_view kPlace = "@user@";
    if (const auto at = result.find(kPlace); at != std::string::npos) {
        result.replace(at, kPlace.size(), own_name());
    }
    return result;
}

}  // namespace

PrivateBus::PrivateBus() {
    std::string pattern = "/tmp/miredo-bus-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        return;
    }
    directory_ = pattern;
    (void)::chmod(directory_.c_str(), 0755);  // for clients that are somebody else
    ::setenv(kAddressVariable, ("unix:path=" + directory_ + "/socket").c_str(), 1);
}

PrivateBus::~PrivateBus() {
    kill();
    ::unsetenv(kAddressVariable);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

bool PrivateBus::write_configuration() const {
    std::ofstream{directory_ + "/policy.conf"} << policy();
    std::ofstream file{directory_ + "/bus.conf"};
    file << "<busconfig>\n  <listen>unix:path=" << directory_
         << "/socket</listen>\n  <auth>EXTERNAL</auth>" << kDefaultPolicy << "  <include>"
         << directory_ << "/policy.conf</include>\n</busconfig>\n";
    return static_cast<bool>(file.flush());
}

bool PrivateBus::start() {
    std::array<int, 2> address{};
    if (directory_.empty() || !write_configuration() || ::pipe(address.data()) != 0) {
        return false;
    }
    const std::string configuration = "--config-file=" + directory_ + "/bus.conf";
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(address[1], STDOUT_FILENO);
        ::execlp("dbus-daemon",
                 "dbus-daemon",
                 configuration.c_str(),
                 "--nofork",
                 "--nopidfile",
                 "--nosyslog",
                 "--print-address=1",
                 nullptr);
        ::_exit(127);
    }
    ::close(address[1]);
    char first = 0;
    // It prints its address once it listens there; the end of file says that it has died.
    const bool listens = ::read(address[0], &first, 1) == 1;
    ::close(address[0]);
    return listens;
}

void PrivateBus::kill() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
        (void)::unlink((directory_ + "/socket").c_str());
    }
}

void PrivateBus::pause() const {
    ::kill(process_, SIGSTOP);
}

void PrivateBus::resume() const {
    ::kill(process_, SIGCONT);
}

}  // namespace miredo::bus
