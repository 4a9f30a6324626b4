// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/Base64.hxx"
#include "base/JsonValue.hxx"
#include "base/Utf8.hxx"
#include "tests/fuzz/RapidTree.hxx"
#include "tests/fuzz/Require.hxx"
#include "tunnel/FrameWriter.hxx"
#include "tunnel/ResponseBody.hxx"

using namespace lookout;

namespace {

/** What a receiver makes of a text that reads numbers as doubles. */
std::optional<RapidTree> Read(std::string_view text) {
  return ReadRapidTree<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(text);
}

/** The response frame as PlainRequest writes it. */
std::string MakeResponse(BodyForm form, std::string_view body) {
  FrameWriter frame("response");
  frame.Data().Member("requestId", "r");
  WriteResponseHead(frame.Data(), {200, "", {{"Content-Type", "text/plain"}}});
  if (form == BodyForm::Json) frame.Data().Key("body").Raw(body);
  if (form == BodyForm::Text) frame.Data().Member("body", body);
  if (form == BodyForm::Binary) frame.Data().Member("bodyBase64", Base64Encode(body));
  return frame.Finish();
}

/** RapidJSON 1.1.0 takes a NUL for the end, and half a surrogate pair for a fault. */
bool IsFitForRapidJson(std::string_view text) {
  return text.find('\0') == std::string_view::npos && text.find("\\u") == std::string_view::npos;
}

}  // namespace

/** A body crosses the tunnel so that the receiver has what the engine sent: checked against RapidJSON's own tree. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view body(reinterpret_cast<const char *>(data), size);
  const BodyForm form = ClassifyBody(body);
  Require((form == BodyForm::Empty) == body.empty(), "a body is a body");
  Require((form == BodyForm::Binary) == !IsValidUtf8(body), "what is not text is binary");
  const std::string text = MakeResponse(form, body);
  const auto frame = Read(text);
  Require(frame && frame->IsObject(), "a frame is JSON for anybody");
  const auto &members = (*frame)["data"];
  switch (form) {
    case BodyForm::Empty: Require(!members.HasMember("body"), "no body is none"); break;
    case BodyForm::Binary:
      Require(Base64Decode(members["bodyBase64"].GetString()) == body, "a binary body arrives");
      break;
    case BodyForm::Text: {
      const auto &value = members["body"];
      Require(value.IsString() && std::string_view(value.GetString(), value.GetStringLength()) == body, "text arrives");
      break;
    }
    case BodyForm::Json: {
      if (!IsFitForRapidJson(body)) break;
      const auto alone = Read(body);
      Require(alone && AreSame(*alone, members["body"]), "JSON arrives with the values that it had");
      break;
    }
  }
  if (!IsFitForRapidJson(body) || form == BodyForm::Empty) return 0;
  const bool is_json = CheckJson(body) != JsonFidelity::NotJson;
  if (is_json && CheckJson(body) == JsonFidelity::Faithful) {
    Require(Read(body).has_value(), "what is JSON here is JSON for RapidJSON");
  }
  return 0;
}
