// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "proxy/ServerConnection.hxx"
#include "tests/fuzz/MemoryStream.hxx"
#include "tests/fuzz/RequestScript.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/ScriptedHandler.hxx"

namespace lookout {

/**
 * Plays any bytes as the life of one inbound connection: the real ServerConnection with all below it, between a
 * client in memory and a handler that answers as it likes. Checks what docs/fuzzing.md lists.
 */
class ServerPlay final : private ServerConnection::Owner {
 public:
  explicit ServerPlay(ByteScript script);
  void Run();

 private:
  using Call = ScriptedHandler::Call;
  struct Progress {
    size_t read_before = 0;  // of the connection, when the call began
    size_t resumed = 0;
    bool waits = false;
    bool has_head = false;
    bool is_switched = false;
    bool is_over = false;
    bool is_broken = false;  // the answer does not keep to its own head, or failed
    std::string body;
  };

  void OnClosed(ServerConnection &) override { ++closes_; }
  void OnCall(const Call &call);

  void Step();
  void ClientStep();
  void HandlerStep();
  void Head(size_t index);
  void Give(size_t index, size_t size);
  void End(size_t index);
  void Settle();
  void Finish();

  void CheckStep();
  void CheckCall(const Call &call) const;
  void CheckAnswers() const;
  /** The final answer at the front of `rest`, taken off; false when it is not whole. */
  bool TakeAnswer(std::string_view &rest, size_t &answered) const;
  bool TakeBody(std::string_view &rest, const ResponseMessage &answer, std::string_view method,
                const Progress *progress) const;

  ByteScript script_;
  FakeClock clock_;
  EventLoop loop_{clock_};
  ScriptedHandler handler_{loop_};
  const InboundDeadlines deadlines_;
  MemoryPeer peer_;
  std::unique_ptr<ServerConnection> connection_;
  std::deque<Progress> progress_;  // of each call
  std::vector<WrittenRequest> written_;
  bool is_sound_ = true;  // so far the client has sent sound requests only
  int closes_ = 0;
};

}  // namespace lookout
