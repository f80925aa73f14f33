// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/nftables_rule.hpp"

#include <bit>
#include <optional>
#include <string_view>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "netlink/message.hpp"

namespace miredo::netlink {
namespace {

constexpr std::size_t kWordSize = NFT_REG32_SIZE;
constexpr std::size_t kWordsPerRegister = NFT_REG_SIZE / NFT_REG32_SIZE;
constexpr std::size_t kWords = 16;
constexpr std::size_t kWordsFromNames = 4;  // NFT_REG_1 to NFT_REG_4
constexpr int kNewRule = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWRULE;
constexpr int kNewElements = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWSETELEM;

// All numbers of nf_tables are big-endian.
template <std::size_t Max>
std::optional<std::uint32_t> be32(const Attributes<Max>& attributes, std::size_t type) {
    const Bytes bytes = attributes.bytes(type);
    return bytes.size() == 4 ? std::optional{load_be32(bytes)} : std::nullopt;
}

template <std::size_t Max>
std::string_view text(const Attributes<Max>& attributes, std::size_t type) {
    const Bytes bytes = attributes.bytes(type);
    const std::string_view all{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    return all.substr(0, all.find('\0'));
}

// The bytes of nested nft_data; empty where there are none or it is a verdict.
template <std::size_t Max>
Bytes data(const Attributes<Max>& attributes, std::size_t type) {
    const nlattr* nest = attributes.raw(type);
    return nest == nullptr ? Bytes{} : Attributes<NFTA_DATA_MAX>{nest}.bytes(NFTA_DATA_VALUE);
}

// Calls `visit(const nlattr*)` for each element of a list until it says true.
template <typename Visit>
bool any_element(const nlattr* list, Visit visit) {
    if (list == nullptr) {
        return false;
    }
    int left = ::nla_len(list);
    for (auto* each = static_cast<nlattr*>(::nla_data(list)); ::nla_ok(each, left) != 0;
         each = ::nla_next(each, &left)) {
        if (::nla_type(each) == NFTA_LIST_ELEM && visit(each)) {
            return true;
        }
    }
    return false;
}

// The kernel tells a register by its old name where it is one of the four long ones.
std::optional<std::size_t> word_of(std::optional<std::uint32_t> number) {
    if (!number) {
        return std::nullopt;
    }
    if (*number >= NFT_REG_1 && *number < NFT_REG_1 + kWordsFromNames) {
        return (*number - NFT_REG_1) * kWordsPerRegister;
    }
    if (*number >= NFT_REG32_00 && *number < NFT_REG32_00 + kWords) {
        return *number - NFT_REG32_00;
    }
    return std::nullopt;
}

RegisterValue value_of(Bytes bytes) {
    RegisterValue value;
    value.size = std::min(bytes.size(), value.storage.size());
    std::copy_n(bytes.begin(), value.size, value.storage.begin());
    return value;
}

// A number is in the host's order until a byteorder expression turns it.
RegisterValue value_of(std::uint32_t number) {
    return value_of(std::as_bytes(std::span{&number, 1}));
}

RegisterValue value_of(std::string_view name) {
    RegisterValue value = value_of(std::as_bytes(std::span{name}));
    value.size = value.storage.size();  // the rest is zero
    return value;
}

std::optional<RegisterValue> property(std::uint32_t key, const Link& link) {
    switch (key) {
    case NFT_META_IIF:
    case NFT_META_OIF:
        return value_of(link.index);
    case NFT_META_IIFNAME:
    case NFT_META_OIFNAME:
        return value_of(std::string_view{link.name});
    case NFT_META_IIFGROUP:
    case NFT_META_OIFGROUP:
        return value_of(link.group);
    default:
        return std::nullopt;
    }
}

bool is_at_most(Bytes a, Bytes b) {
    return !std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end());
}

class RuleReader {
  public:
    RuleReader(const Link& link, std::uint8_t family, std::string_view table)
        : link_{link}, family_{family}, table_{table} {}

    // One expression; true where it mentions the interface.
    bool read(const nlattr* element);
    std::vector<SetLookup> take_lookups() { return std::move(lookups_); }

  private:
    struct Register {
        RegisterValue value;
        // `3000-4000` comes as two comparisons; one alone names nothing.
        bool reaches_lower_bound = false;
        bool reaches_upper_bound = false;
    };
    using Slot = std::optional<Register>;

    Slot* slot(std::optional<std::uint32_t> number);
    void forget_all() { slots_ = {}; }
    // Writes one register and forgets what it covers.
    void store(std::optional<std::uint32_t> number, const std::optional<RegisterValue>& value);

    void load_meta(const nlattr* expression);
    void turn_byteorder(const nlattr* expression);
    void mask(const nlattr* expression);
    bool compare(const nlattr* expression);
    bool compare_range(const nlattr* expression);
    void look_up(const nlattr* expression);

    const Link& link_;
    std::uint8_t family_;
    std::string_view table_;
    std::array<Slot, kWords> slots_{};  // by the word that a value starts at
    std::vector<SetLookup> lookups_;
};

RuleReader::Slot* RuleReader::slot(std::optional<std::uint32_t> number) {
    const auto word = word_of(number);
    return word && slots_[*word] ? &slots_[*word] : nullptr;
}

void RuleReader::store(std::optional<std::uint32_t> number,
                       const std::optional<RegisterValue>& value) {
    const auto word = word_of(number);
    if (!word) {
        return;  // a verdict, or no register at all
    }
    const std::size_t end = *word + (value ? (value->size + kWordSize - 1) / kWordSize : 1);
    for (std::size_t i = 0; i < kWords; ++i) {
        if (slots_[i] && i < end && i * kWordSize + slots_[i]->value.size > *word * kWordSize) {
            slots_[i].reset();
        }
    }
    if (value) {
        slots_[*word] = Register{*value};
    }
}

void RuleReader::load_meta(const nlattr* expression) {
    const Attributes<NFTA_META_MAX> attributes{expression};
    const auto key = be32(attributes, NFTA_META_KEY);
    store(be32(attributes, NFTA_META_DREG), key ? property(*key, link_) : std::nullopt);
}

void RuleReader::turn_byteorder(const nlattr* expression) {
    const Attributes<NFTA_BYTEORDER_MAX> attributes{expression};
    const Slot* source = slot(be32(attributes, NFTA_BYTEORDER_SREG));
    std::optional<RegisterValue> value;
    if (source != nullptr && (*source)->value.size == kWordSize &&
        be32(attributes, NFTA_BYTEORDER_SIZE) == kWordSize) {
        value = (*source)->value;
        if constexpr (std::endian::native == std::endian::little) {
            std::reverse(value->storage.begin(), value->storage.begin() + kWordSize);
        }
    }
    store(be32(attributes, NFTA_BYTEORDER_DREG), value);
}

void RuleReader::mask(const nlattr* expression) {
    const Attributes<NFTA_BITWISE_MAX> attributes{expression};
    const Slot* source = slot(be32(attributes, NFTA_BITWISE_SREG));
    const Bytes kept = data(attributes, NFTA_BITWISE_MASK);
    const Bytes turned = data(attributes, NFTA_BITWISE_XOR);
    std::optional<RegisterValue> value;
    if (source != nullptr && (*source)->value.size == kept.size() && turned.size() == kept.size() &&
        be32(attributes, NFTA_BITWISE_OP).value_or(NFT_BITWISE_BOOL) == NFT_BITWISE_BOOL) {
        value = (*source)->value;
        for (std::size_t i = 0; i < kept.size(); ++i) {
            value->storage[i] = (value->storage[i] & kept[i]) ^ turned[i];
        }
    }
    store(be32(attributes, NFTA_BITWISE_DREG), value);
}

bool RuleReader::compare(const nlattr* expression) {
    const Attributes<NFTA_CMP_MAX> attributes{expression};
    Slot* const source = slot(be32(attributes, NFTA_CMP_SREG));
    const Bytes wanted = data(attributes, NFTA_CMP_DATA);
    if (source == nullptr || wanted.empty() || wanted.size() > (*source)->value.size) {
        return false;
    }
    Register& present = **source;
    // "ter*" is compared over three bytes.
    const Bytes value = present.value.bytes().first(wanted.size());
    switch (be32(attributes, NFTA_CMP_OP).value_or(NFT_CMP_EQ)) {
    case NFT_CMP_EQ:
    case NFT_CMP_NEQ:
        return equal(value, wanted);
    case NFT_CMP_GTE:
        present.reaches_lower_bound = is_at_most(wanted, value);
        break;
    case NFT_CMP_LTE:
        present.reaches_upper_bound = is_at_most(value, wanted);
        break;
    default:
        break;
    }
    return present.reaches_lower_bound && present.reaches_upper_bound;
}

bool RuleReader::compare_range(const nlattr* expression) {
    const Attributes<NFTA_RANGE_MAX> attributes{expression};
    const Slot* source = slot(be32(attributes, NFTA_RANGE_SREG));
    const Bytes from = data(attributes, NFTA_RANGE_FROM_DATA);
    const Bytes to = data(attributes, NFTA_RANGE_TO_DATA);
    return source != nullptr && !from.empty() && is_at_most(from, (*source)->value.bytes()) &&
           is_at_most((*source)->value.bytes(), to);
}

void RuleReader::look_up(const nlattr* expression) {
    const Attributes<NFTA_LOOKUP_MAX> attributes{expression};
    const auto first = word_of(be32(attributes, NFTA_LOOKUP_SREG));
    if (!first) {
        return;
    }
    for (std::size_t i = *first; i < kWords; ++i) {
        if (slots_[i]) {
            lookups_.push_back({family_,
                                std::string{table_},
                                std::string{text(attributes, NFTA_LOOKUP_SET)},
                                (i - *first) * kWordSize,
                                slots_[i]->value});
        }
    }
    // A map may also load a register: of a length that is not told here.
    if (be32(attributes, NFTA_LOOKUP_DREG).value_or(NFT_REG_VERDICT) != NFT_REG_VERDICT) {
        forget_all();
    }
}

bool RuleReader::read(const nlattr* element) {
    const Attributes<NFTA_EXPR_MAX> parts{element};
    const std::string_view name = text(parts, NFTA_EXPR_NAME);
    const nlattr* const expression = parts.raw(NFTA_EXPR_DATA);
    if (expression == nullptr) {
        return false;
    }
    if (name == "meta") {
        load_meta(expression);
    } else if (name == "byteorder") {
        turn_byteorder(expression);
    } else if (name == "bitwise") {
        mask(expression);
    } else if (name == "cmp") {
        return compare(expression);
    } else if (name == "range") {
        return compare_range(expression);
    } else if (name == "lookup") {
        look_up(expression);
    } else if (name == "payload") {
        // Beside a name in a set's key stand ports and addresses.
        store(be32(Attributes<NFTA_PAYLOAD_MAX>{expression}, NFTA_PAYLOAD_DREG), std::nullopt);
    } else if (name == "ct") {
        store(be32(Attributes<NFTA_CT_MAX>{expression}, NFTA_CT_DREG), std::nullopt);
    } else {
        forget_all();
    }
    return false;
}

}  // namespace

RuleReading read_rule(const nlmsghdr& message, const Link& link) {
    const auto header = header_of<nfgenmsg>(message);
    if (!header || message.nlmsg_type != kNewRule) {
        return {};
    }
    const Attributes<NFTA_RULE_MAX> rule{message, sizeof(nfgenmsg)};
    RuleReader reader{link, header->nfgen_family, text(rule, NFTA_RULE_TABLE)};
    RuleReading reading;
    reading.mentions = any_element(rule.raw(NFTA_RULE_EXPRESSIONS),
                                   [&](const nlattr* each) { return reader.read(each); });
    reading.lookups = reader.take_lookups();
    return reading;
}

bool ElementSearch::take(const nlmsghdr& message) {
    if (message.nlmsg_type != kNewElements || !header_of<nfgenmsg>(message)) {
        return false;
    }
    const Attributes<NFTA_SET_ELEM_LIST_MAX> list{message, sizeof(nfgenmsg)};
    return any_element(list.raw(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr* each) {
        const Attributes<NFTA_SET_ELEM_MAX> element{each};
        const std::uint32_t flags = be32(element, NFTA_SET_ELEM_FLAGS).value_or(0);
        return take_key(data(element, NFTA_SET_ELEM_KEY),
                        data(element, NFTA_SET_ELEM_KEY_END),
                        (flags & NFT_SET_ELEM_INTERVAL_END) != 0);
    });
}

bool ElementSearch::take_key(Bytes key, Bytes key_end, bool is_end) {
    const Bytes value = lookup_.value.bytes();
    if (key.size() < lookup_.offset + value.size()) {
        return false;  // the catch-all element, or a lookup of what stands before the value
    }
    const Bytes part = key.subspan(lookup_.offset, value.size());
    if (key_end.size() == key.size()) {
        return is_at_most(part, value) &&
               is_at_most(value, key_end.subspan(lookup_.offset, value.size()));
    }
    has_intervals_ = has_intervals_ || is_end;
    if (!is_end && equal(part, value)) {
        return true;
    }
    // Where one interval ends the next may begin.
    if (is_at_most(part, value) && (!has_nearest_ || is_at_most(nearest_.bytes(), part)) &&
        !(has_nearest_ && is_end && equal(nearest_.bytes(), part))) {
        nearest_ = value_of(part);
        nearest_is_end_ = is_end;
        has_nearest_ = true;
    }
    return false;
}

}  // namespace miredo::netlink
