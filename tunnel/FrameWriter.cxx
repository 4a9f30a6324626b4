// SPDX-License-Identifier: Apache-2.0
#include "tunnel/FrameWriter.hxx"

#include "base/Base64.hxx"

namespace lookout {

namespace {

constexpr std::string_view kPayloadSuffix = "\"}}";

std::string MakeRoom(size_t room) {
  std::string text;
  text.reserve(room);
  return text;
}

}  // namespace

FrameWriter::FrameWriter(std::string_view type, size_t room) : json_(MakeRoom(room)) {
  json_.BeginObject().Member("type", type).Key("data").BeginObject();
}

std::string FrameWriter::Finish() {
  json_.End().End();
  return json_.Take();
}

std::string MakeFrame(std::string_view type, std::string_view data) {
  JsonWriter json;
  json.BeginObject().Member("type", type).Key("data").Raw(data).End();
  return json.Take();
}

std::string MakePong(std::string_view timestamp) {
  FrameWriter frame("pong");
  frame.Data().Key("timestamp").Raw(timestamp);
  return frame.Finish();
}

std::string MakePing(int64_t unix_millis) {
  FrameWriter frame("ping");
  frame.Data().Key("timestamp").Int(unix_millis);
  return frame.Finish();
}

std::string MakeErrorFrame(std::string_view request_id, std::string_view message) {
  FrameWriter frame("error");
  frame.Data().Member("message", message).OptionalMember("requestId", request_id);
  return frame.Finish();
}

PayloadFrames::PayloadFrames(std::string_view type, std::string_view id_key, std::string_view id) {
  JsonWriter json;
  json.BeginObject().Member("type", type).Key("data").BeginObject();
  json.OptionalMember(id_key, id).Key("data").String("");
  prefix_ = json.Take();
  prefix_.pop_back();  // the closing quote: the payload goes there
}

std::string PayloadFrames::Make(std::string_view bytes) const {
  const size_t encoded = Base64EncodedSize(bytes.size());
  std::string text;
  text.reserve(prefix_.size() + encoded + kPayloadSuffix.size());
  text = prefix_;
  text.resize(prefix_.size() + encoded);
  Base64Encode(bytes, std::span(text).subspan(prefix_.size()));
  text += kPayloadSuffix;
  return text;
}

}  // namespace lookout
