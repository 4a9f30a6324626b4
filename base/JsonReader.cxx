// SPDX-License-Identifier: Apache-2.0
#include "base/JsonReader.hxx"

#include <fmt/core.h>
#include <array>

#include "base/JsonValue.hxx"
#include "base/RapidJson.hxx"

namespace lookout {

namespace {

constexpr unsigned kParseFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

/** RapidJSON's handler concept on one side, JsonEvents on the other; adds positions and the depth limit. */
class Adapter {
 public:
  Adapter(std::string_view text, const rapidjson::MemoryStream &stream, JsonEvents &events)
      : text_(text), stream_(stream), events_(events) {}

  bool Null() { return Scalar(JsonScalar::Null, {}); }
  bool Bool(bool value) { return Scalar(value ? JsonScalar::True : JsonScalar::False, {}); }
  bool RawNumber(const char *, rapidjson::SizeType, bool) { return Scalar(JsonScalar::Number, {}); }
  bool String(const char *data, rapidjson::SizeType size, bool) { return Scalar(JsonScalar::String, {data, size}); }
  bool Key(const char *data, rapidjson::SizeType size, bool) {
    last_ = stream_.Tell();
    return events_.OnKey({data, size});
  }
  bool StartObject() { return Open(true); }
  bool StartArray() { return Open(false); }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool EndArray(rapidjson::SizeType) { return Close(); }

  // With numbers as strings none of these is called, but the handler concept wants them.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  bool TooDeep() const { return too_deep_; }

 private:
  /** The scalar that ended here began at the first byte after the last token that is not a separator. */
  size_t ValueStart() const { return text_.find_first_not_of(" \t\r\n,:", last_); }

  bool Scalar(JsonScalar kind, std::string_view decoded) {
    const size_t start = ValueStart();
    last_ = stream_.Tell();
    return events_.OnScalar(kind, decoded, text_.substr(start, last_ - start));
  }

  bool Open(bool is_object) {
    if (depth_ == starts_.size()) {
      too_deep_ = true;
      return false;
    }
    // RapidJSON reports a bracket before it takes it.
    starts_[depth_++] = stream_.Tell();
    last_ = stream_.Tell() + 1;
    return events_.OnOpen(is_object);
  }

  bool Close() {
    last_ = stream_.Tell() + 1;
    const size_t start = starts_[--depth_];
    return events_.OnClose(text_.substr(start, last_ - start));
  }

  const std::string_view text_;
  const rapidjson::MemoryStream &stream_;
  JsonEvents &events_;
  size_t last_ = 0;
  size_t depth_ = 0;
  std::array<size_t, JsonLimits::kMaxDepth> starts_{};
  bool too_deep_ = false;
};

}  // namespace

Result<void> ReadJson(std::string_view text, JsonEvents &events) try {
  rapidjson::MemoryStream stream(text.data(), text.size());
  Adapter adapter(text, stream, events);
  rapidjson::Reader reader;
  const auto result = reader.Parse<kParseFlags>(stream, adapter);
  if (adapter.TooDeep()) return Fail(fmt::format("JSON is nested more than {} levels", JsonLimits::kMaxDepth));
  if (result.IsError()) {
    return Fail(
        fmt::format("invalid JSON at byte {}: {}", result.Offset(), rapidjson::GetParseError_En(result.Code())));
  }
  // The reader takes a NUL byte for the end of its input.
  if (stream.Tell() != text.size()) return Fail(fmt::format("invalid JSON at byte {}: NUL byte", stream.Tell()));
  return {};
} catch (const std::logic_error &fault) {
  return Fail(fmt::format("JSON that the parser does not cope with: {}", fault.what()));
}

}  // namespace lookout
