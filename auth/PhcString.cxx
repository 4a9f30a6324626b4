// SPDX-License-Identifier: Apache-2.0
#include "auth/PhcString.hxx"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "auth/Encoding.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr size_t kFieldCount = 6;
using Fields = std::array<std::string_view, kFieldCount>;

Result<Fields> Split(std::string_view text) {
  const auto marks = std::count(text.begin(), text.end(), '$');
  if (marks != kFieldCount - 1 || text.front() != '$') {
    return Fail("it must have the form $argon2id$v=19$m=MEMORY,t=PASSES,p=LANES$SALT$TAG");
  }
  Fields fields;
  for (auto &field : fields) {
    field = text.substr(0, text.find('$'));
    text.remove_prefix(std::min(field.size() + 1, text.size()));
  }
  return fields;
}

/** Digits only; leading zeros are fine. */
Result<uint32_t> ParseNumber(std::string_view name, std::string_view digits, uint32_t min, uint32_t max) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  if (!is_number || value < min || value > max) {
    return Fail(fmt::format("{} is \"{}\" and must be a number from {} to {}", name, Printable(digits, 20), min, max));
  }
  return value;
}

Result<void> SetParameter(PhcString &phc, std::string_view name, std::string_view digits) {
  struct Parameter {
    std::string_view name;
    uint32_t &value;
    uint32_t min;
    uint32_t max;
  };
  const std::array<Parameter, 3> parameters = {{
      {"m", phc.memory_kib, PhcString::kMinMemoryKibPerLane, PhcString::kMaxMemoryKib},
      {"t", phc.passes, 1, PhcString::kMaxPasses},
      {"p", phc.lanes, 1, PhcString::kMaxLanes},
  }};
  for (const auto &parameter : parameters) {
    if (name != parameter.name) continue;
    if (parameter.value != 0) return Fail(fmt::format("{} is given twice", name));
    const auto number = ParseNumber(name, digits, parameter.min, parameter.max);
    if (!number) return tl::unexpected(number.error());
    parameter.value = *number;
    return {};
  }
  return Fail(fmt::format("\"{}\" is no parameter of Argon2id; they are m, t and p", Printable(name, 20)));
}

Result<void> ParseParameters(PhcString &phc, std::string_view text) {
  if (std::count(text.begin(), text.end(), ',') != 2) return Fail("it must have the three parameters m, t and p");
  for (int i = 0; i < 3; ++i) {
    const auto parameter = text.substr(0, text.find(','));
    text.remove_prefix(std::min(parameter.size() + 1, text.size()));
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto digits = parameter.substr(std::min(equals + 1, parameter.size()));
    if (auto set = SetParameter(phc, parameter.substr(0, equals), digits); !set) return set;
  }
  if (phc.memory_kib < PhcString::kMinMemoryKibPerLane * phc.lanes) {
    return Fail(fmt::format("m is {} and must be at least {} for {} lanes", phc.memory_kib,
                            PhcString::kMinMemoryKibPerLane * phc.lanes, phc.lanes));
  }
  return {};
}

Result<std::string> ParseBytes(std::string_view name, std::string_view text, size_t min, size_t max) {
  auto bytes = DecodeKey(text, KeyEncoding::StandardUnpadded, text.size() / 4 * 3 + text.size() % 4 * 3 / 4);
  if (!bytes) return Fail(fmt::format("the {} is not base64 without padding", name));
  if (bytes->size() < min || bytes->size() > max) {
    return Fail(fmt::format("the {} has {} bytes and must have {} to {}", name, bytes->size(), min, max));
  }
  return *std::move(bytes);
}

}  // namespace

Result<PhcString> PhcString::Parse(std::string_view text) {
  const auto fields = Split(text);
  if (!fields) return tl::unexpected(fields.error());
  const auto &[empty, algorithm, version, parameters, salt_text, tag_text] = *fields;
  if (algorithm != "argon2id") {
    return Fail(fmt::format("it is of the kind \"{}\"; only argon2id is accepted", Printable(algorithm, 20)));
  }
  if (version != "v=19") return Fail(fmt::format("its version is \"{}\" and must be v=19", Printable(version, 20)));
  PhcString phc;
  if (const auto parsed = ParseParameters(phc, parameters); !parsed) return tl::unexpected(parsed.error());
  auto salt = ParseBytes("salt", salt_text, kMinSaltSize, kMaxSaltSize);
  if (!salt) return tl::unexpected(salt.error());
  auto tag = ParseBytes("tag", tag_text, kMinTagSize, kMaxTagSize);
  if (!tag) return tl::unexpected(tag.error());
  phc.salt = *std::move(salt);
  phc.tag = *std::move(tag);
  return phc;
}

std::string PhcString::ToString() const {
  return fmt::format("$argon2id$v=19$m={},t={},p={}${}${}", memory_kib, passes, lanes,
                     EncodeKey(salt, KeyEncoding::StandardUnpadded), EncodeKey(tag, KeyEncoding::StandardUnpadded));
}

}  // namespace lookout
