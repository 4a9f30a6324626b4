// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/JsonValue.hxx"
#include "base/Result.hxx"
#include "tests/devhub/EventBus.hxx"

namespace lookout::devhub {

class AgentSession;
class Hub;

/**
 * The commands of the control socket. A line {"id":N,"cmd":NAME,...} is answered by {"id":N,"ok":true,
 * "result":...} or {"id":N,"ok":false,"error":TEXT}; what comes later is an event {"event":NAME,...}.
 *
 *   agents      what is known of each connected agent: hello, components, metrics, counts
 *   containers  {agent}: the store; also for an agent that has gone
 *   counters    of the whole hub
 *   trace       {since?,agent?,type?,keep?}: the frames of late; keep sets how much of later ones is kept;
 *               also "(close frame)" with its code and reason as text, and "(closed)"
 *   exec_start  {agent,container,argv,exec?,user?,cols?,rows?,tty?} -> exec id; events exec_ready, exec_output
 *               (data: base64), exec_end (reason)
 *   exec_input  {agent,exec,data: base64}   exec_resize {agent,exec,cols,rows}   exec_end {agent,exec}
 *   logs        {agent,container,tail?,since?,until?,timestamps?,follow?} -> request; event logs or failed
 *   logs_live   the same, request? -> request; events log_chunk, log_end, log_error
 *   logs_cancel {agent,request}
 *   delete      {agent,container} -> request; event deleted or failed
 *   send        {agent,frame}: any JSON as it is; text: any text; binary: base64; fragments?: in so many frames
 *   load        {agent,kind,...} -> request; a measurement, see RequestLoad.hxx and the like; event load_end
 *   load_stop   {agent,request}: ends it early, with what there is
 *   fault       see FaultCommands.cxx
 */
class ControlCommands {
 public:
  ControlCommands(Hub &hub, EventBus &bus) : hub_(hub), bus_(bus) {}

  void Run(ClientId client, std::string_view line);

 private:
  struct Command {
    ClientId client;
    const JsonValue &args;
  };
  /** The JSON of the result. */
  using Outcome = Result<std::string>;
  using Handler = Outcome (ControlCommands::*)(const Command &);
  static const std::map<std::string_view, Handler> &Handlers();

  Result<AgentSession *> FindAgent(const Command &command) const;

  Outcome ListAgents(const Command &command);
  Outcome ListContainers(const Command &command);
  Outcome ShowCounters(const Command &command);
  Outcome ShowTrace(const Command &command);
  Outcome StartExec(const Command &command);
  Outcome SendExecInput(const Command &command);
  Outcome ResizeExec(const Command &command);
  Outcome EndExec(const Command &command);
  Outcome RequestLogs(const Command &command);
  Outcome FollowLogs(const Command &command);
  Outcome CancelLogs(const Command &command);
  Outcome DeleteContainer(const Command &command);
  Outcome Send(const Command &command);
  Outcome StartLoad(const Command &command);
  Outcome StopLoad(const Command &command);

  Outcome SetFault(const Command &command);
  Result<void> SetHubFault(const JsonValue &args, const std::string &kind);
  Result<void> SetAgentFault(const Command &command, const std::string &kind);

  Hub &hub_;
  EventBus &bus_;
};

}  // namespace lookout::devhub
