// SPDX-License-Identifier: Apache-2.0
#include "proxy/ResponseHeadReader.hxx"

#include "base/Strings.hxx"
#include "proxy/Limits.hxx"

namespace lookout {

namespace {

tl::unexpected<Failure> Invalid(std::string_view line) {
  return tl::unexpected<Failure>(
      Failure{Failure::Kind::Broken, "the engine's answer is not valid HTTP/1.1: \"" + Printable(line, 64) + "\""});
}

/** One number, however often it is told: two readers could cut the body differently otherwise. */
bool HasOneLength(const HeaderList &headers) {
  const auto *const first = headers.Find("Content-Length");
  if (first == nullptr) return true;
  for (const auto &[name, value] : headers) {
    if (EqualsIgnoreCase(name, "Content-Length") && value != *first) return false;
  }
  return !first->starts_with('-') && ParseInt(*first).has_value();
}

std::string_view WithoutLineEnd(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

tl::expected<bool, Failure> ResponseHeadReader::Feed(std::string_view line) {
  if (complete_) return ReadTrailer(line);
  bytes_ += line.size();
  line = WithoutLineEnd(line);
  if (bytes_ > kMaxBytes || head_.headers.Size() > kMaxFields) {
    return tl::unexpected<Failure>(
        Failure{Failure::Kind::TooLarge, "the head of the engine's answer is larger than 256 KiB or 1000 fields"});
  }
  if (head_.status == 0) {
    if (!ReadStatusLine(line)) return Invalid(line);
    return false;
  }
  if (line.empty()) return Complete();
  if (!ReadField(line, head_.headers)) return Invalid(line);
  return false;
}

tl::expected<bool, Failure> ResponseHeadReader::Complete() {
  if (head_.status == 101) {
    return tl::unexpected<Failure>(
        Failure{Failure::Kind::Broken, "the engine switched protocols (101) although no upgrade was asked for"});
  }
  if (head_.status < 200) {
    head_ = {};
    return false;
  }
  if (!HasOneLength(head_.headers)) {
    return tl::unexpected<Failure>(
        Failure{Failure::Kind::Broken, "the engine's answer tells its length as no number, or as several"});
  }
  StripHopByHop(head_.headers);
  complete_ = true;
  bytes_ = 0;
  return true;
}

ResponseHead ResponseHeadReader::Take() {
  return std::move(head_);
}

bool ResponseHeadReader::ReadStatusLine(std::string_view line) {
  // HTTP/1.1 200 OK, where the reason and the blank before it may be missing.
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return false;
  const auto status = ParseInt(line.substr(9, 3));
  if (!status || *status < 100 || (line.size() > 12 && line[12] != ' ')) return false;
  head_.status = static_cast<int>(*status);
  if (line.size() > 13) head_.reason = line.substr(13);
  return IsValidHeaderValue(head_.reason);
}

tl::expected<bool, Failure> ResponseHeadReader::ReadTrailer(std::string_view line) {
  bytes_ += line.size();
  line = WithoutLineEnd(line);
  if (bytes_ > kMaxTrailers) {
    return tl::unexpected<Failure>(
        Failure{Failure::Kind::TooLarge, "the trailers of the engine's answer are larger than 8 KiB"});
  }
  if (!line.empty() && !ReadField(line, trailers_)) return Invalid(line);
  return false;
}

HeaderList ResponseHeadReader::TakeTrailers() {
  StripHopByHop(trailers_);
  for (const auto name :
       {"Content-Length", "Content-Encoding", "Content-Type", "Content-Range", "Host", "Set-Cookie"}) {
    trailers_.Remove(name);
  }
  return std::move(trailers_);
}

bool ResponseHeadReader::ReadField(std::string_view line, HeaderList &fields) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const auto name = line.substr(0, colon);
  const auto value = Trim(line.substr(colon + 1));
  if (!IsValidHeaderName(name) || !IsValidHeaderValue(value)) return false;
  fields.Add(name, value);
  return true;
}

}  // namespace lookout
