// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "invariants/drop_record.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace miredo::invariants {
namespace {

class Record {
  public:
    Record() = default;
    Record(const Record&) = delete;
    Record(Record&&) = delete;
    Record& operator=(const Record&) = delete;
    Record& operator=(Record&&) = delete;
    ~Record() {
        const char* const path =
            std::getenv("MIREDO_DROP_RECORD");  // NOLINT(concurrency-mt-unsafe)
        std::FILE* const file = path != nullptr ? std::fopen(path, "ae") : nullptr;
        if (file == nullptr) {
            return;
        }
        std::string names;
        for (std::size_t i = 0; i < raised_.size(); ++i) {
            if (raised_.at(i)) {
                names += to_string(static_cast<teredo::DropReason>(i));
                names += '\n';
            }
        }
        // One write: several programs may end at the same time.
        static_cast<void>(std::fwrite(names.data(), 1, names.size(), file));
        static_cast<void>(std::fclose(file));
    }

    void add(const teredo::Counters& counters) {
        for (std::size_t i = 0; i < raised_.size(); ++i) {
            raised_.at(i) = raised_.at(i) || counters.dropped.at(i) != 0;
        }
    }

  private:
    std::array<bool, teredo::kDropReasonCount> raised_{};
};

}  // namespace

void record_drops(const teredo::Counters& counters) {
    static Record record;
    record.add(counters);
}

}  // namespace miredo::invariants
