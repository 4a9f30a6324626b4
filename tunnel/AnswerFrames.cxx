// SPDX-License-Identifier: Apache-2.0
#include "tunnel/AnswerFrames.hxx"

#include "tunnel/FrameWriter.hxx"

namespace lookout {

namespace {

/** An end of a live log, whose ids both were given. */
std::string MakeLiveLogEnd(std::string_view type, std::string_view request_id, std::string_view container_id,
                           std::string_view key, std::string_view text) {
  FrameWriter frame(type);
  frame.Data().Member("requestId", request_id).Member("containerId", container_id).Member(key, text);
  return frame.Finish();
}

}  // namespace

std::string MakeExecEnd(std::string_view exec_id, std::string_view reason) {
  FrameWriter frame("exec_end");
  frame.Data().Member("execId", exec_id).Member("reason", reason);
  return frame.Finish();
}

std::string MakeLogResponse(std::string_view request_id, std::string_view container_id, std::string_view logs) {
  FrameWriter frame("dd:container_log_response");
  frame.Data().OptionalMember("requestId", request_id).Member("containerId", container_id).Member("logs", logs);
  return frame.Finish();
}

std::string MakeLogEnd(std::string_view request_id, std::string_view container_id, std::string_view reason) {
  return MakeLiveLogEnd("dd:container_log_end", request_id, container_id, "reason", reason);
}

std::string MakeLogError(std::string_view request_id, std::string_view container_id, std::string_view error) {
  return MakeLiveLogEnd("dd:container_log_error", request_id, container_id, "error", error);
}

std::string MakeDeleteResponse(std::string_view request_id, std::string_view container_id, std::string_view error) {
  FrameWriter frame("dd:container_delete_response");
  frame.Data()
      .OptionalMember("requestId", request_id)
      .Member("containerId", container_id)
      .Key("success")
      .Bool(error.empty())
      .OptionalMember("error", error);
  return frame.Finish();
}

}  // namespace lookout
