// SPDX-License-Identifier: Apache-2.0
#include "proxy/BodyFraming.hxx"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/Strings.hxx"

namespace lookout {

namespace {

/** The one value of a field, nullopt when there is none; more than one is an error. */
HttpResult<std::optional<std::string_view>> ParseSingle(const HeaderList &headers, std::string_view name) {
  std::optional<std::string_view> value;
  for (const auto &header : headers) {
    if (!EqualsIgnoreCase(header.name, name)) continue;
    if (value) return HttpFail(400, "more than one " + std::string(name) + " field");
    value = header.value;
  }
  return value;
}

HttpResult<uint64_t> ParseLength(std::string_view text) {
  // 18 digits stay below 2^63, so that sums of lengths cannot overflow.
  constexpr size_t kMaxDigits = 18;
  uint64_t length = 0;
  const auto *const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, length);
  if (text.empty() || text.size() > kMaxDigits || error != std::errc() || rest != end) {
    return HttpFail(400, "Content-Length is not a number of bytes: " + Printable(text, 40));
  }
  return length;
}

/** What the two fields say; nullopt when neither is there. */
HttpResult<std::optional<BodyFraming>> ParseFields(const HeaderList &headers, HttpVersion version) {
  const auto length = ParseSingle(headers, "Content-Length");
  if (!length) return tl::unexpected(length.error());
  const auto coding = ParseSingle(headers, "Transfer-Encoding");
  if (!coding) return tl::unexpected(coding.error());
  if (*coding) {
    if (*length) return HttpFail(400, "Content-Length and Transfer-Encoding together");
    if (version == HttpVersion::V10) return HttpFail(400, "Transfer-Encoding in an HTTP/1.0 message");
    if (!EqualsIgnoreCase(**coding, "chunked")) {
      return HttpFail(501, "only the transfer coding \"chunked\" is supported, not " + Printable(**coding, 40));
    }
    return BodyFraming{BodyFraming::Kind::Chunked, 0};
  }
  if (!*length) return std::nullopt;
  const auto bytes = ParseLength(**length);
  if (!bytes) return tl::unexpected(bytes.error());
  return BodyFraming{BodyFraming::Kind::Length, *bytes};
}

}  // namespace

HttpResult<BodyFraming> ParseRequestFraming(const RequestHead &head, HttpVersion version) {
  const auto fields = ParseFields(head.headers, version);
  if (!fields) return tl::unexpected(fields.error());
  return fields->value_or(BodyFraming{});
}

HttpResult<BodyFraming> ParseResponseFraming(int status, const HeaderList &headers, HttpVersion version,
                                             std::string_view method) {
  if (method == "HEAD" || status == 204 || status == 304 || status < 200) return BodyFraming{};
  const auto fields = ParseFields(headers, version);
  if (!fields) return tl::unexpected(fields.error());
  return fields->value_or(BodyFraming{BodyFraming::Kind::UntilClose, 0});
}

}  // namespace lookout
