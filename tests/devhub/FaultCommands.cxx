// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/ControlCommands.hxx"
#include "tests/devhub/Hub.hxx"

/**
 * {"cmd":"fault","kind":KIND,...}. For the whole hub:
 *
 *   upgrade_status  {status,retry_after?,count}: answer that many upgrades so
 *   hang_upgrades   {count}      never answer that many
 *   reject_hello    {code,count} refuse that many
 *   mute_welcome    {count}      accept that many, but send no welcome
 *   welcome         {data?}      send this as the data of every welcome from now on; none: as usual
 *   swallow_pongs, no_ping, no_date  {on}
 *   clock           {seconds}    be wrong by that much from now on, in the Date header too
 *   revoke          {key}        end the sessions of that key id, and refuse it
 *   reload_keys                  read the key file again
 *
 * For one agent's connection, with {agent}:
 *
 *   stop_reading    {on}         read nothing from the socket
 *   read_rate       {bytes_per_second}  0: as fast as it comes
 *   send_delay      {ms}         hold every message back
 *   close           {code,reason}
 *   cut                          reset the TCP connection
 */
namespace lookout::devhub {

ControlCommands::Outcome ControlCommands::SetFault(const Command &command) {
  const std::string kind = command.args["kind"].AsString();
  const auto done =
      command.args.Find("agent") == nullptr ? SetHubFault(command.args, kind) : SetAgentFault(command, kind);
  if (!done) return Fail(done.error().message);
  return "null";
}

Result<void> ControlCommands::SetHubFault(const JsonValue &args, const std::string &kind) {
  Faults &faults = hub_.GetFaults();
  const int64_t count = args["count"].AsInt().value_or(1);
  const bool on = args["on"].AsBool().value_or(true);
  if (kind == "upgrade_status") {
    faults.upgrade = {args["status"].AsInt().value_or(503), args["retry_after"].AsInt(), count};
  } else if (kind == "hang_upgrades") {
    faults.hang_upgrades = count;
  } else if (kind == "reject_hello") {
    faults.reject_code = args["code"].AsString();
    faults.reject_count = count;
  } else if (kind == "mute_welcome") {
    faults.mute_welcomes = count;
  } else if (kind == "welcome") {
    faults.welcome = args["data"].Raw();
  } else if (kind == "swallow_pongs") {
    faults.swallow_pongs = on;
  } else if (kind == "no_ping") {
    faults.no_ping = on;
  } else if (kind == "no_date") {
    faults.no_date = on;
  } else if (kind == "clock") {
    hub_.GetClock().SetOffset(std::chrono::seconds(args["seconds"].AsInt().value_or(0)));
  } else if (kind == "revoke") {
    hub_.RevokeKey(args["key"].AsString());
  } else if (kind == "reload_keys") {
    hub_.Keys().Reload();
  } else {
    return Fail("unknown fault of the hub: " + kind);
  }
  return {};
}

Result<void> ControlCommands::SetAgentFault(const Command &command, const std::string &kind) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  const JsonValue &args = command.args;
  WsConnection &connection = (*agent)->Connection();
  if (kind == "stop_reading") {
    connection.SetPaused(WsConnection::Pause::Fault, args["on"].AsBool().value_or(true));
  } else if (kind == "read_rate") {
    connection.SetReadRate(static_cast<size_t>(args["bytes_per_second"].AsInt().value_or(0)));
  } else if (kind == "send_delay") {
    connection.SetSendDelay(std::chrono::milliseconds(args["ms"].AsInt().value_or(0)));
  } else if (kind == "close") {
    connection.Close(static_cast<uint16_t>(args["code"].AsInt().value_or(1000)), args["reason"].AsString());
  } else if (kind == "cut") {
    connection.Cut();
  } else {
    return Fail("unknown fault of a connection: " + kind);
  }
  return {};
}

}  // namespace lookout::devhub
