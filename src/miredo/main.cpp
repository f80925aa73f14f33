// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One program with three names: miredo, miredo-server and miredo-checkconf.
#include <cstdio>
#include <cstring>
#include <span>
#include <string>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include "miredo/checkconf.hpp"
#include "miredo/command_line.hpp"
#include "miredo/service.hpp"

namespace {

using namespace miredo;

Expected<Ipv4Address> resolve(const std::string& name) {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (const int result = ::getaddrinfo(name.c_str(), nullptr, &hints, &found); result != 0) {
        return Failure{
            Error{std::string{"cannot be resolved: "} + ::gai_strerror(result), name, 0, {}}};
    }
    sockaddr_in address{};
    std::memcpy(&address, found->ai_addr, sizeof(address));
    ::freeaddrinfo(found);
    return Ipv4Address{ntohl(address.sin_addr.s_addr)};
}

int check(const CommandLine& command_line) {
    const CheckconfResult result = check_configuration(command_line, resolve);
    for (const std::string& message : result.messages) {
        (void)std::fprintf(stderr, "%s\n", message.c_str());
    }
    return result.exit_status();
}

}  // namespace

int main(int argc, char** argv) {
    const auto parsed = parse_command_line({argv, static_cast<std::size_t>(argc)});
    if (!parsed) {
        (void)std::fprintf(stderr, "%s: %s\n", argv[0], parsed.error().message.c_str());
        return UsageError::kExitStatus;
    }
    if (parsed->action != Action::kRun) {
        const std::string text =
            parsed->action == Action::kShowHelp ? usage(parsed->program) : version(parsed->program);
        return std::fputs(text.c_str(), stdout) < 0 ? 1 : 0;
    }
    if (parsed->program == Program::kMiredoCheckconf) {
        return check(*parsed);
    }
    return static_cast<int>(run_service(*parsed));
}
