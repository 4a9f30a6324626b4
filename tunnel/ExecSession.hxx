// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <variant>

#include "proxy/DockerCall.hxx"
#include "tunnel/Frame.hxx"
#include "tunnel/FrameWriter.hxx"
#include "tunnel/MemoryClaim.hxx"
#include "tunnel/TunnelTask.hxx"

namespace lookout {

/**
 * One interactive process in a container (docs/protocol.md, "Exec"):
 *
 *   Creating -> Starting -> Live -> Closing
 *
 * It is there from the moment the controller asks, so that input and resizes that follow at once are kept in
 * order until the process runs. Then exec_ready, any number of exec_output, and one final exec_end. Input is
 * never dropped: when too much of it waits, the session ends and says so.
 */
class ExecSession final : public TunnelTask, private DuplexSink {
 public:
  ExecSession(const TaskContext &context, ExecStartFrame frame);
  void Abort(std::string_view reason) override;

  const std::string &Id() const { return frame_.exec_id; }
  void Input(std::string bytes);
  void Resize(int64_t cols, int64_t rows);
  /** The controller wants no more. What it has sent before still reaches the process. */
  void EndByController();

 private:
  enum class State { Creating, Starting, Live, Closing, Finished };
  struct Size {
    int64_t cols;
    int64_t rows;
  };
  using Item = std::variant<std::string, Size>;

  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override;
  void OnEnd() override;
  void OnError(Failure failure) override;
  void OnDrained() override;

  void OnCreated(const DockerCall::Outcome &outcome);
  void Start(const std::string &docker_id);
  /** Moves queued input on, in order, as far as the connection takes it. */
  void Pump();
  void SendPiece(const std::string &bytes);
  void SendResize(Size size);
  void CloseWhenDrained();
  void AskForExitCode();
  void OnExitCode(const DockerCall::Outcome &outcome);
  void Finish(std::string_view reason);

  const TaskContext context_;
  const ExecStartFrame frame_;
  const PayloadFrames frames_;
  OutboundQueue::Lane lane_;
  State state_ = State::Creating;
  std::string docker_id_;
  std::deque<Item> input_;
  size_t input_offset_ = 0;   // what of the first item has been sent
  MemoryClaim input_memory_;  // the bytes that wait
  bool full_ = false;         // the connection takes no more input for now
  bool ending_ = false;       // EndByController() has been called
  int exit_code_tries_ = 0;
  int start_status_ = 0;
  std::string error_body_;
  Timer patience_;
  Timer exit_code_timer_;
  Timer drain_timer_;
  std::unique_ptr<DockerCall> call_;
  std::unique_ptr<DockerCall> resize_;
  std::unique_ptr<Duplex> duplex_;
};

}  // namespace lookout
