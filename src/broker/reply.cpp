// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/reply.hpp"

namespace miredo::broker {

void put_error(const Error& error, Reply& reply) {
    reply.ok = 0;
    reply.error_number = error.error_number;
    put_text(error.what, reply.what);
    put_text(error.where, reply.where);
    put_text(error.remedy, reply.remedy);
}

Error get_error(const Reply& reply) {
    return {
        get_text(reply.what), get_text(reply.where), reply.error_number, get_text(reply.remedy)};
}

}  // namespace miredo::broker
