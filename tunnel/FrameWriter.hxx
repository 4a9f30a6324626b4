// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/JsonWriter.hxx"

namespace lookout {

/** Builds one frame of ours, `{"type":T,"data":{...}}`, in the buffer that will be sent. */
class FrameWriter {
 public:
  /** `room` bytes of data are expected: less only costs time. */
  explicit FrameWriter(std::string_view type, size_t room = 256);
  /** Inside the data object. */
  JsonWriter &Data() { return json_; }
  std::string Finish();

 private:
  JsonWriter json_;
};

/** A frame whose data is already JSON text. */
std::string MakeFrame(std::string_view type, std::string_view data);
std::string MakePong(std::string_view timestamp);
std::string MakePing(int64_t unix_millis);
/** `error`; the request id is left out when the request had none. */
std::string MakeErrorFrame(std::string_view request_id, std::string_view message);

/**
 * Frames of one stream that differ only in their base64 payload: `stream` and `exec_output`. What stands
 * around the payload is made once.
 */
class PayloadFrames {
 public:
  /** `id_key` is "requestId" or "execId". */
  PayloadFrames(std::string_view type, std::string_view id_key, std::string_view id);
  std::string Make(std::string_view bytes) const;

 private:
  std::string prefix_;
};

}  // namespace lookout
