// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/names.hpp"

#include <utility>

namespace miredo::daemon {
namespace {

constexpr const char* kRemedy = "Check the name, and the name servers in /etc/resolv.conf";

}  // namespace

void Names::resolve(const std::string& name, Answer answer) {
    if (name.empty()) {
        answer(Ipv4Address{});
        return;
    }
    if (const auto address = Ipv4Address::parse(name)) {
        answer(*address);
        return;
    }
    if (auto started = start(); !started) {
        answer(Failure{started.error()});
        return;
    }
    const std::uint64_t tag = next_tag_++;
    if (!resolver_->resolve(name, tag)) {
        answer(Failure{Error{"too many names are being resolved", name, 0, {}}});
        return;
    }
    questions_.emplace(tag, Question{name, std::move(answer)});
}

Expected<void> Names::start() {
    if (resolver_) {
        return {};
    }
    auto resolver = io::Resolver::create();
    if (!resolver) {
        return Failure{resolver.error()};
    }
    resolver_ = std::move(*resolver);
    return loop_.on_readable(resolver_->fd(), [this] { take_answers(); });
}

void Names::take_answers() {
    resolver_->drain([this](const io::ResolverAnswer& answer) {
        auto found = questions_.extract(answer.tag);
        if (found.empty()) {
            return;
        }
        const Question& question = found.mapped();
        if (answer.addresses) {
            question.answer(answer.addresses->front());
            return;
        }
        Error error = answer.addresses.error();
        error.where = question.name;
        if (error.remedy.empty()) {
            error.remedy = kRemedy;
        }
        question.answer(Failure{std::move(error)});
    });
}

}  // namespace miredo::daemon
