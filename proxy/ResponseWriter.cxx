// SPDX-License-Identifier: Apache-2.0
#include "proxy/ResponseWriter.hxx"

#include <array>
#include <ctime>

#include "proxy/ChunkCodec.hxx"

namespace lookout {

namespace {

void AppendStatusLine(std::string &out, const ResponseHead &head) {
  const std::string_view reason = head.reason.empty() || !IsValidHeaderValue(head.reason)
                                      ? ReasonPhrase(head.status)
                                      : std::string_view(head.reason);
  out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ").append(reason).append("\r\n");
}

void AppendFields(std::string &out, const HeaderList &headers) {
  for (const auto &header : headers) {
    if (!IsValidHeaderName(header.name) || !IsValidHeaderValue(header.value)) continue;
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace

BodyFraming ResponseWriter::ChooseFraming(HeaderList &headers, int status) const {
  const auto stated = ParseResponseFraming(status, headers, HttpVersion::V11, is_head_ ? "HEAD" : "GET");
  if (stated && stated->kind == BodyFraming::Kind::None) {
    if (status == 204) headers.Remove("Content-Length");
    return *stated;
  }
  if (stated && stated->kind == BodyFraming::Kind::Length) return *stated;
  headers.Remove("Content-Length");
  if (version_ == HttpVersion::V10) return {BodyFraming::Kind::UntilClose, 0};
  headers.Add("Transfer-Encoding", "chunked");
  return {BodyFraming::Kind::Chunked, 0};
}

void ResponseWriter::Begin(std::string &out, ResponseHead head, bool close, std::string_view date) {
  StripHopByHop(head.headers);
  framing_ = ChooseFraming(head.headers, head.status);
  left_ = framing_.length;
  close_ = close || EndsWithConnection();
  if (!head.headers.Has("Date")) head.headers.Add("Date", date);
  if (close_) head.headers.Add("Connection", "close");
  AppendStatusLine(out, head);
  AppendFields(out, head.headers);
}

Result<std::string_view> ResponseWriter::Frame(std::string_view bytes, std::string &room) {
  switch (framing_.kind) {
    case BodyFraming::Kind::None: return std::string_view();
    case BodyFraming::Kind::UntilClose: break;
    case BodyFraming::Kind::Chunked:
      room.clear();
      AppendChunk(room, bytes);
      return room;
    case BodyFraming::Kind::Length:
      if (bytes.size() > left_) return Fail("the answer is longer than announced");
      left_ -= bytes.size();
  }
  return bytes;
}

Result<void> ResponseWriter::Finish(std::string &out, const HeaderList &trailers) {
  if (framing_.kind == BodyFraming::Kind::Chunked) {
    out.append("0\r\n");
    AppendFields(out, trailers);
  }
  if (framing_.kind == BodyFraming::Kind::Length && left_ > 0) return Fail("the answer is shorter than announced");
  return {};
}

std::string MakeSwitchingHead(const ResponseHead &head) {
  HeaderList headers = head.headers;
  const auto upgrade = headers.Joined("Upgrade").value_or("tcp");
  StripHopByHop(headers);
  headers.Remove("Content-Length");
  headers.Add("Connection", "Upgrade");
  headers.Add("Upgrade", upgrade);
  std::string out;
  AppendStatusLine(out, head);
  AppendFields(out, headers);
  return out;
}

std::string FormatHttpDate(int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace lookout
