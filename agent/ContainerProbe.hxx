// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/ContainerForm.hxx"
#include "agent/ImageInfo.hxx"
#include "proxy/DockerEngine.hxx"

namespace lookout {

/** Looks at one container: an inspect and, unless it is known, its image. Calls back once, from the loop. */
class ContainerProbe {
 public:
  enum class Outcome {
    Found,
    Gone,         // there is no such container
    Failed,       // it could not be looked at
    Unreachable,  // nothing can be looked at
  };
  struct Result {
    Outcome outcome = Outcome::Failed;
    std::string name;
    std::string json;    // WriteContainer()
    std::string reason;  // of a failure
    bool is_running = false;
    std::string image_id;
  };

  /** The callback may destroy the probe. */
  ContainerProbe(EventLoop &loop, DockerEngine &engine, ImageCache &images, const ContainerFormSettings &settings,
                 const std::string &id, std::function<void(Result)> on_done);

 private:
  void Fail(const Failure &failure);
  void OnInspected(DockerCall::Outcome outcome);
  void AskForImage(const std::string &image_id);
  void OnImage(const std::string &image_id, const DockerCall::Outcome &outcome);
  void Finish(const ImageInfo &image);

  EventLoop &loop_;
  DockerEngine &engine_;
  ImageCache &images_;
  const ContainerFormSettings &settings_;
  std::function<void(Result)> on_done_;
  std::string inspect_text_;
  JsonValue inspect_;  // points into the text
  std::unique_ptr<DockerCall> call_;
};

}  // namespace lookout
