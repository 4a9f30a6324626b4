// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lookout {

struct Header {
  std::string name;
  std::string value;
};

/** Header fields in their order, repeated ones kept; names compare without regard to ASCII case. */
class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(std::initializer_list<Header> headers) : headers_(headers) {}

  void Add(std::string_view name, std::string_view value) {
    headers_.push_back({std::string(name), std::string(value)});
  }
  /** Replaces every field of that name by one. */
  void Set(std::string_view name, std::string_view value);
  void Remove(std::string_view name);
  /** Removes the fields for which `is_unwanted` is true. */
  template <typename Predicate>
  void RemoveIf(Predicate is_unwanted) {
    std::erase_if(headers_, is_unwanted);
  }
  /** The first field of that name, or nullptr. */
  const std::string *Find(std::string_view name) const;
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  /** True when a comma-separated list field (all of that name) holds `token`, in any case. */
  bool HasToken(std::string_view name, std::string_view token) const;
  /** All values of that name joined with ", "; nullopt when there is none. */
  std::optional<std::string> Joined(std::string_view name) const;

  auto begin() const { return headers_.begin(); }
  auto end() const { return headers_.end(); }
  size_t Size() const { return headers_.size(); }

 private:
  std::vector<Header> headers_;
};

/** Removes the hop-by-hop fields of RFC 9110 section 7.6.1, and those that Connection names, but no proxy's word. */
void StripHopByHop(HeaderList &headers);

struct RequestHead {
  std::string method;
  /** Origin-form, exactly as the asker wrote it: never decoded, never normalised. */
  std::string target;
  HeaderList headers;

  /** The target up to the first '?'. */
  std::string_view Path() const { return std::string_view(target).substr(0, target.find('?')); }
  /** What stands behind the first '?', else "". */
  std::string_view Query() const;
};

struct ResponseHead {
  int status = 0;
  std::string reason;
  HeaderList headers;
};

/** True for a method token (RFC 9110 section 5.6.2), at most 32 characters. */
bool IsValidMethod(std::string_view method);
/** True for an origin-form target: a leading '/', visible ASCII only, no '#', at most 16 KiB. */
bool IsValidTarget(std::string_view target);
/** True for a field name token. */
bool IsValidHeaderName(std::string_view name);
/** True when the value holds no control character but tab. */
bool IsValidHeaderValue(std::string_view value);

/** The standard reason phrase, or "" for a status nobody registered. */
std::string_view ReasonPhrase(int status);

}  // namespace lookout
