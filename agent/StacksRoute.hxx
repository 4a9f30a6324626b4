// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "agent/StackJournal.hxx"
#include "proxy/DockerEngine.hxx"
#include "proxy/GetRoute.hxx"

namespace lookout {

/**
 * GET stacks: what compose stacks there are on this host, by the labels of their containers and by the directories of
 * STACKS_DIR: {"stacks":[{"name", "directory", "running", "services":[{"name", "containers":[{"id", "name", "state",
 * "status"}]}], "last"}]}. `last` is the last result (StackJournal); its output is there only when the query stack=NAME
 * asks for one stack.
 */
class StacksRoute final : public GetRoute {
 public:
  StacksRoute(EventLoop &loop, DockerEngine &engine, std::string stacks_dir, const StackJournal &journal)
      : GetRoute(loop), engine_(engine), stacks_dir_(std::move(stacks_dir)), journal_(journal) {}

 protected:
  std::unique_ptr<Work> Begin(const RequestHead &head, Respond respond) override;

 private:
  class Listing;

  DockerEngine &engine_;
  const std::string stacks_dir_;
  const StackJournal &journal_;
};

}  // namespace lookout
