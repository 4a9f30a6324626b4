// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proxy/HttpHead.hxx"
#include "tunnel/SessionExtension.hxx"

/**
 * The frames a controller sends, decoded (docs/protocol.md, "Frames"). Field names follow the wire, in our
 * spelling. An absent string is empty; an absent number is nullopt where zero means something.
 */
namespace lookout {

struct WelcomeFrame {
  Welcome welcome;
  /** The controller takes `bodyBase64` for bodies that are not text. */
  bool accepts_base64_bodies = false;
  /** What could not be read of it; the session goes on with defaults. */
  std::string problem;
};

struct ErrorFrame {
  std::string message;
  std::string code;
  std::string request_id;
};

struct PingFrame {
  /** The number exactly as it was written, to be sent back. */
  std::string timestamp;
};

struct PongFrame {};

struct RequestFrame {
  std::string request_id;
  std::string method;
  std::string path;
  HeaderList headers;
  /** The JSON text of the body; nullopt when absent or null. */
  std::optional<std::string> body;
};

struct ExecStartFrame {
  std::string exec_id;
  std::string container_id;
  std::vector<std::string> command;
  std::string user;
  int64_t cols = 0;
  int64_t rows = 0;
  bool tty = true;
};

struct ExecInputFrame {
  std::string exec_id;
  std::string bytes;
};

struct ExecResizeFrame {
  std::string exec_id;
  int64_t cols = 0;
  int64_t rows = 0;
};

struct ExecEndFrame {
  std::string exec_id;
};

struct LogRequestFrame {
  std::string request_id;
  std::string container_id;
  std::optional<int64_t> tail;  // 0: no lines; negative or absent: all
  std::string since;
  std::string until;
  bool follow = false;
  bool timestamps = false;
  bool stream = false;
};

struct LogCancelFrame {
  std::string request_id;
  std::string container_id;
};

struct DeleteRequestFrame {
  std::string request_id;
  std::string container_id;
};

/** dd:watch_request, dd:watch_container_request and dd:trigger_request: answered, never acted on. */
struct WatchFrame {
  enum class Kind { Watch, WatchContainer, Trigger };
  Kind kind = Kind::Watch;
  std::string type_name;  // watcherType or triggerType
  std::string name;       // watcherName or triggerName
  std::string container_id;
};

struct UnknownFrame {
  std::string type;
};

using Frame = std::variant<WelcomeFrame, ErrorFrame, PingFrame, PongFrame, RequestFrame, ExecStartFrame, ExecInputFrame,
                           ExecResizeFrame, ExecEndFrame, LogRequestFrame, LogCancelFrame, DeleteRequestFrame,
                           WatchFrame, UnknownFrame>;

}  // namespace lookout
