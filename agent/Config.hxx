// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "auth/Dialect.hxx"
#include "auth/Secret.hxx"
#include "base/Log.hxx"
#include "proxy/DeadlinePolicy.hxx"
#include "tunnel/ControllerUrl.hxx"
#include "tunnel/OutboundProxy.hxx"

namespace lookout {

/** ADAPTER: which controller's extras are spoken. */
enum class Adapter { Drydock, Generic };

/**
 * Every setting, checked and in the types that the code works with. The names, defaults and limits that the user
 * sees are in SettingTable, one row for each; LoadConfig() fills this in. Times are milliseconds, sizes bytes.
 */
struct Config {
  using Millis = std::chrono::milliseconds;

  // The way to the controller
  std::vector<ControllerUrl> controllers;  // in the order in which they are tried
  const Dialect *dialect = &kPortwingDialect;
  bool allow_insecure_edge_url = false;
  std::string private_key_file;
  std::string ca_cert;  // "" is the system's roots
  bool tls_skip_verify = false;
  ProxyEnvironment proxy;
  Millis welcome_timeout{30'000};
  Millis reconnect_delay{1'000};
  Millis max_reconnect_delay{60'000};
  Millis reject_retry_delay{300'000};
  bool exit_on_reject = false;

  // Who this agent is
  std::string agent_id;  // "" until ResolveAgentId(), when not configured
  std::string agent_name;
  std::string state_directory = "/var/lib/lookout";
  Adapter adapter = Adapter::Drydock;

  // Traffic through the tunnel
  Millis heartbeat_interval{30'000};
  Millis write_stall_timeout{60'000};
  size_t max_buffered_bytes = size_t{32} << 20;
  Millis request_timeout{30'000};  // 0 is none, here and in the three below
  Millis long_request_timeout{600'000};
  Millis transfer_timeout{7'200'000};
  Millis transfer_idle_timeout{300'000};

  // The host
  std::string docker_socket;  // found when not configured
  std::string host_proc = "/proc";
  bool skip_df_collection = false;
  Millis poll_interval{300'000};
  std::vector<std::string> redact_env;
  std::string stacks_dir = "/data/stacks";
  bool sandbox = true;
  bool compose_allow_proxy_env = false;

  // The local listener
  std::string bind_address;  // an IP address without brackets
  uint16_t port = 3000;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;  // "" asks for no certificates

  // Who may use the local listener
  Secret token;
  std::string token_file;
  Secret token_hash;
  std::string token_hash_file;
  std::string authorized_keys;
  Secret enrollment_token;
  std::string enrollment_token_file;
  std::vector<std::string> trusted_proxies;
  bool allow_unauthenticated = false;
  bool allow_unauthenticated_remote = false;
  Millis max_clock_skew{60'000};
  size_t nonce_capacity = 10'000;

  // Logs
  LogLevel log_level = LogLevel::Info;
  LogFormat log_format = LogFormat::Text;
  std::string audit_log;
  size_t audit_buffer_size = 256;
  const Dialect *metrics_dialect = &kPortwingDialect;  // whose prefix the metrics have

  /** Edge mode: the agent dials a controller. Else it is the standard mode, and the listener serves everything. */
  bool IsEdge() const { return !controllers.empty(); }
  /** Clients of the listener can prove themselves, so they have to. */
  bool AsksForProof() const;
  DeadlineSettings Deadlines() const;
};

}  // namespace lookout
