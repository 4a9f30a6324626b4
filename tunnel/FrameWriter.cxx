// SPDX-License-Identifier: Apache-2.0
#include "tunnel/FrameWriter.hxx"

#include "base/Base64.hxx"

namespace lookout {

namespace {

constexpr std::string_view kPayloadSuffix = "\"}}";

std::string MakeHeadroom(size_t room) {
  std::string text;
  text.reserve(MessageBuffer::kHeadroom + room);
  text.resize(MessageBuffer::kHeadroom);
  return text;
}

}  // namespace

FrameWriter::FrameWriter(std::string_view type, size_t room) : json_(MakeHeadroom(room)) {
  json_.BeginObject().Member("type", type).Key("data").BeginObject();
}

MessageBuffer FrameWriter::Finish() {
  json_.End().End();
  return MessageBuffer::Adopt(json_.Take());
}

MessageBuffer MakeFrame(std::string_view type, std::string_view data) {
  JsonWriter json(std::string(MessageBuffer::kHeadroom, '\0'));
  json.BeginObject().Member("type", type).Key("data").Raw(data).End();
  return MessageBuffer::Adopt(json.Take());
}

MessageBuffer MakePong(std::string_view timestamp) {
  FrameWriter frame("pong");
  frame.Data().Key("timestamp").Raw(timestamp);
  return frame.Finish();
}

MessageBuffer MakePing(int64_t unix_millis) {
  FrameWriter frame("ping");
  frame.Data().Key("timestamp").Int(unix_millis);
  return frame.Finish();
}

MessageBuffer MakeErrorFrame(std::string_view request_id, std::string_view message) {
  FrameWriter frame("error");
  frame.Data().Member("message", message).OptionalMember("requestId", request_id);
  return frame.Finish();
}

PayloadFrames::PayloadFrames(std::string_view type, std::string_view id_key, std::string_view id) {
  JsonWriter json(std::string(MessageBuffer::kHeadroom, '\0'));
  json.BeginObject().Member("type", type).Key("data").BeginObject();
  json.OptionalMember(id_key, id).Key("data").String("");
  prefix_ = json.Take();
  prefix_.pop_back();  // the closing quote: the payload goes there
}

MessageBuffer PayloadFrames::Make(std::string_view bytes) const {
  const size_t encoded = Base64EncodedSize(bytes.size());
  std::string text;
  text.reserve(prefix_.size() + encoded + kPayloadSuffix.size());
  text = prefix_;
  text.resize(prefix_.size() + encoded);
  Base64Encode(bytes, std::span(text).subspan(prefix_.size()));
  text += kPayloadSuffix;
  return MessageBuffer::Adopt(std::move(text));
}

}  // namespace lookout
