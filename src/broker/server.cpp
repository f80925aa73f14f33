// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/server.hpp"

#include <cerrno>
#include <utility>

#include "broker/checks.hpp"
#include "broker/operations.hpp"
#include "broker/protocol.hpp"
#include "broker/reply.hpp"
#include "broker/seqpacket.hpp"

namespace miredo::broker {
namespace {

// What is left to check once the request's form is good; then does it.
Expected<void> perform(const OperationEntry& entry, int descriptor, Call& call) {
    if ((descriptor >= 0) != (entry.descriptor != WantedDescriptor::kNone)) {
        return Failure{refusal("it comes with no descriptor, or needs none")};
    }
    if (entry.descriptor == WantedDescriptor::kTun) {
        auto device = identify_device(descriptor);
        if (!device) {
            return Failure{device.error()};
        }
        call.device = std::move(*device);
    }
    call.descriptor = descriptor;
    auto done = entry.perform(call);
    if (!done && !call.device.name.empty()) {
        // Below, interfaces have numbers only.
        Error error = done.error();
        error.where = call.device.name;
        return Failure{error};
    }
    return done;
}

// Answers one message that has come; errno where the answer cannot be sent.
int answer(int socket,
           const Request& request,
           ReceivedMessage message,
           const ServerOptions& options) {
    Reply reply;
    reply.operation = request.operation;
    Call call{options, request, {}, -1, reply, {}};
    const OperationEntry* entry = find_operation(request.operation);
    Expected<void> done;
    if (message.malformed || static_cast<std::size_t>(message.size) != sizeof(Request) ||
        request.version != kProtocolVersion) {
        done = Failure{refusal("it is malformed")};
    } else if (entry == nullptr) {
        done = Failure{refusal("no such operation")};
    } else if (!unused_fields_are_zero(request, entry->fields)) {
        done = Failure{refusal("it says more than its operation takes")};
    } else {
        done = perform(*entry, message.descriptor.get(), call);
    }
    reply.ok = 1;
    if (!done) {
        const Operation operation = reply.operation;
        reply = Reply{};
        reply.operation = operation;
        put_error(done.error(), reply);
        call.made.reset();
    }
    // Who has the reply and closes his descriptor has closed the last one.
    message.descriptor.reset();
    return send_message(socket, object_bytes(reply), call.made.get());
}

}  // namespace

Expected<void> serve(int socket, const ServerOptions& options) {
    for (;;) {
        Request request;
        ReceivedMessage message = receive_message(socket, mutable_object_bytes(request));
        if (message.size == 0 || message.size == -ECONNRESET) {
            return {};  // the peer has gone
        }
        if (message.size < 0) {
            return Failure{Error{"cannot receive requests", "", -message.size, ""}};
        }
        const int error = answer(socket, request, std::move(message), options);
        if (error == EPIPE || error == ECONNRESET) {
            return {};
        }
        if (error != 0) {
            return Failure{Error{"cannot send a reply", "", error, ""}};
        }
    }
}

}  // namespace miredo::broker
