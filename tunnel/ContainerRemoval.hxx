// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "proxy/DockerCall.hxx"
#include "tunnel/Frame.hxx"
#include "tunnel/TunnelTask.hxx"

namespace lookout {

/** Removes a container by force, volumes kept, and answers with `dd:container_delete_response`. */
class ContainerRemoval final : public TunnelTask {
 public:
  /** `on_removed` is told the container as the controller named it, after the answer is on its way. */
  ContainerRemoval(const TaskContext &context, const DeleteRequestFrame &frame,
                   std::function<void(const std::string &)> on_removed);
  void Abort(std::string_view reason) override;

 private:
  void OnDone(const DockerCall::Outcome &outcome);
  void Answer(std::string_view error);

  const TaskContext context_;
  const std::string request_id_;
  const std::string container_id_;
  std::function<void(const std::string &)> on_removed_;
  bool finished_ = false;
  DockerCall call_;
};

}  // namespace lookout
