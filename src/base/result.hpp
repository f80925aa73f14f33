// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A value, or the reason why there is none. (std::expected, once the language floor has it.)
#pragma once

#include <optional>
#include <utility>
#include <variant>

namespace miredo {

template <typename E>
struct Failure {
    E error;
};
template <typename E>
Failure(E) -> Failure<E>;

template <typename T, typename E>
class [[nodiscard]] Result {
  public:
    // NOLINTNEXTLINE(google-explicit-constructor): `return value;` is what a Result is for
    Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
    // NOLINTNEXTLINE(google-explicit-constructor): likewise `return Failure{error};`
    Result(Failure<E> failure) : state_{std::in_place_index<1>, std::move(failure.error)} {}

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    [[nodiscard]] explicit operator bool() const { return has_value(); }

    // Only with has_value().
    [[nodiscard]] T& value() & { return *std::get_if<0>(&state_); }
    [[nodiscard]] const T& value() const& { return *std::get_if<0>(&state_); }
    [[nodiscard]] T value() && { return std::move(*std::get_if<0>(&state_)); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T operator*() && { return std::move(*this).value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    // Only without has_value().
    [[nodiscard]] const E& error() const { return *std::get_if<1>(&state_); }

  private:
    std::variant<T, E> state_;
};

// Nothing but success or a reason.
template <typename E>
class [[nodiscard]] Result<void, E> {
  public:
    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): `return Failure{error};`
    Result(Failure<E> failure) : error_{std::move(failure.error)} {}

    [[nodiscard]] bool has_value() const { return !error_.has_value(); }
    [[nodiscard]] explicit operator bool() const { return has_value(); }
    [[nodiscard]] const E& error() const { return *error_; }

  private:
    std::optional<E> error_;
};

}  // namespace miredo
