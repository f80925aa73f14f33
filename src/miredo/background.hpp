// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The classic form without -f: the program goes to the background, and whoever started it learns by
// its exit status whether the control plane came up.
#pragma once

#include "base/error.hpp"
#include "io/unique_fd.hpp"

namespace miredo {

class Background {
  public:
    // Stays in the foreground: ready() does nothing.
    Background() = default;

    // Forks. The child returns from this; the parent waits for its ready() and never returns: it
    // exits with 0, or with the child's exit status where it ends before.
    [[nodiscard]] static Expected<Background> enter();

    // Lets the parent go, and the terminal, but for standard error: the log lets that go where it
    // has another place.
    void ready();

  private:
    explicit Background(io::UniqueFd parent) : parent_{std::move(parent)} {}

    io::UniqueFd parent_;
};

}  // namespace miredo
