// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <functional>

#include "agent/Setting.hxx"
#include "agent/SettingCodec.hxx"

namespace lookout {

namespace {

constexpr int64_t kDay = 86'400;
constexpr int64_t kMebi = int64_t{1} << 20;

/** `Field`: a member pointer, or a function from Config & to the field. */
template <auto Field, typename Codec>
constexpr SettingBinding Bind() {
  return {
      [](std::string_view text, NumberRange range, Config &config) -> Result<void> {
        return Codec::Read(text, range).map([&config](auto &&value) {
          std::invoke(Field, config) = std::forward<decltype(value)>(value);
        });
      },
      [](const Config &config) -> std::string { return Codec::Show(std::invoke(Field, config)); },
      [](const Config &a, const Config &b) -> bool { return std::invoke(Field, a) == std::invoke(Field, b); },
      [](Config &to, const Config &from) { std::invoke(Field, to) = std::invoke(Field, from); },
      &Codec::Describe,
      std::is_same_v<Codec, SecretCodec>,
  };
}

constexpr auto kHttpsProxy = [](auto &config) -> auto & {
  return config.proxy.https_proxy;
};
constexpr auto kHttpProxy = [](auto &config) -> auto & {
  return config.proxy.http_proxy;
};
constexpr auto kNoProxy = [](auto &config) -> auto & {
  return config.proxy.no_proxy;
};

using enum SettingGroup;

constexpr Setting Row(SettingGroup group, std::string_view name, std::string_view default_text, NumberRange range,
                      SettingBinding binding, std::string_view help) {
  return {group, name, {}, default_text, {}, range, false, help, binding};
}

constexpr std::array kSettings = {
    Row(Controller, "DRYDOCK_URL", "", {}, Bind<&Config::controllers, ControllersCodec>(),
        "The controller. Several URLs are tried in order, the next one after a failed attempt. Without it, the agent "
        "serves requests itself (standard mode)."),
    Row(Controller, "PRIVATE_KEY_FILE", "", {}, Bind<&Config::private_key_file, PathCodec>(),
        "The agent's Ed25519 key (\"lookout keygen\"). Required with DRYDOCK_URL. Read again for each connection.")
        .Live(),
    Row(Controller, "CA_CERT", "", {}, Bind<&Config::ca_cert, PathCodec>(),
        "A PEM file with the certificates that are trusted, instead of the system's roots.")
        .Note("the system's roots")
        .Live(),
    Row(Controller, "TLS_SKIP_VERIFY", "false", {}, Bind<&Config::tls_skip_verify, BooleanCodec>(),
        "Do not check the controller's certificate. For tests: anybody on the way can take the agent over.")
        .Live(),
    Row(Controller, "ALLOW_INSECURE_EDGE_URL", "false", {}, Bind<&Config::allow_insecure_edge_url, BooleanCodec>(),
        "Permit http:// and ws:// to another host: everything then crosses the network in the clear."),
    Row(Controller, "HTTPS_PROXY", "", {}, Bind<kHttpsProxy, ProxyUrlCodec>(),
        "The outbound proxy for https:// and wss:// controllers, asked to CONNECT.")
        .Alias("https_proxy")
        .Live(),
    Row(Controller, "HTTP_PROXY", "", {}, Bind<kHttpProxy, ProxyUrlCodec>(),
        "The outbound proxy for http:// and ws:// controllers.")
        .Alias("http_proxy")
        .Live(),
    Row(Controller, "NO_PROXY", "", {}, Bind<kNoProxy, TextCodec>(),
        "Hosts reached without the proxy: names, .domains, addresses, networks as 10.0.0.0/8, or *.")
        .Alias("no_proxy")
        .Live(),
    Row(Controller, "PROTOCOL", "portwing/1.0", {}, Bind<&Config::dialect, DialectCodec>(),
        "The dialect spoken with the controller."),
    Row(Controller, "WELCOME_TIMEOUT", "30", {1, 600}, Bind<&Config::welcome_timeout, SecondsCodec>(),
        "How long the controller may take to welcome the agent."),
    Row(Controller, "RECONNECT_DELAY", "1", {1, 3600}, Bind<&Config::reconnect_delay, SecondsCodec>(),
        "The first delay before another attempt; it doubles with each failure."),
    Row(Controller, "MAX_RECONNECT_DELAY", "60", {1, kDay}, Bind<&Config::max_reconnect_delay, SecondsCodec>(),
        "The longest such delay."),
    Row(Controller, "REJECT_RETRY_DELAY", "300", {1, kDay}, Bind<&Config::reject_retry_delay, SecondsCodec>(),
        "The delay after a rejection that somebody has to mend (unknown key, wrong protocol, HTTP 404)."),
    Row(Controller, "EXIT_ON_REJECT", "false", {}, Bind<&Config::exit_on_reject, BooleanCodec>(),
        "End the process on such a rejection instead of trying again."),

    Row(Identity, "AGENT_ID", "", {}, Bind<&Config::agent_id, AgentIdCodec>(),
        "The name by which the controller knows this agent over restarts.")
        .Note("a random UUID, kept in STATE_DIRECTORY"),
    Row(Identity, "AGENT_NAME", "", {}, Bind<&Config::agent_name, AgentNameCodec>(),
        "The name that people see; unique for each controller.")
        .Note("the host's name"),
    Row(Identity, "STATE_DIRECTORY", "/var/lib/lookout", {}, Bind<&Config::state_directory, PathCodec>(),
        "Where the agent keeps what must survive a restart (the files agent-id, accepted-signatures, "
        "used-enrollment-tokens)."),
    Row(Identity, "ADAPTER", "drydock", {}, Bind<&Config::adapter, AdapterCodec>(),
        "Which routes and messages are offered beside the common ones: the controller's (drydock) or neutral ones "
        "(generic)."),

    Row(Traffic, "HEARTBEAT_INTERVAL", "30", {1, kDay}, Bind<&Config::heartbeat_interval, SecondsCodec>(),
        "The time between two metrics frames."),
    Row(Traffic, "WRITE_STALL_TIMEOUT", "60", {1, 3600}, Bind<&Config::write_stall_timeout, SecondsCodec>(),
        "A controller that takes not one byte for so long is disconnected; a slow one is not."),
    Row(Traffic, "MAX_BUFFERED_BYTES", "32M", {kMebi, 1024 * kMebi}, Bind<&Config::max_buffered_bytes, SizeCodec>(),
        "The most memory for data on its way to the controller."),
    Row(Traffic, "REQUEST_TIMEOUT", "30", {0, kDay}, Bind<&Config::request_timeout, SecondsCodec>(),
        "The limit for questions with a quick answer (list, inspect, one sample of stats); 0 is none.")
        .Live(),
    Row(Traffic, "LONG_REQUEST_TIMEOUT", "600", {0, kDay}, Bind<&Config::long_request_timeout, SecondsCodec>(),
        "The limit for changes (create, start, stop, remove) and questions to registries; 0 is none.")
        .Live(),
    Row(Traffic, "TRANSFER_TIMEOUT", "7200", {0, 7 * kDay}, Bind<&Config::transfer_timeout, SecondsCodec>(),
        "The limit for what moves images and archives (pull, push, build, export, load); 0 is none.")
        .Live(),
    Row(Traffic, "TRANSFER_IDLE_TIMEOUT", "300", {0, kDay}, Bind<&Config::transfer_idle_timeout, SecondsCodec>(),
        "The longest silence in the middle of an archive or a one-shot log; 0 is none.")
        .Live(),

    Row(Host, "DOCKER_SOCKET", "", {}, Bind<&Config::docker_socket, PathCodec>(),
        "The unix socket of the Docker or Podman engine.")
        .Note("the first socket found"),
    Row(Host, "DD_POLL_INTERVAL", "300", {5, kDay}, Bind<&Config::poll_interval, SecondsCodec>(),
        "The time between two full inventories, unless the controller's welcome names another."),
    Row(Host, "REDACT_ENV", "", {}, Bind<&Config::redact_env, ListCodec>(),
        "Patterns (* and ?) of container variables whose values the inventory masks, as *PASSWORD*,*TOKEN*."),
    Row(Host, "HOST_PROC", "/proc", {}, Bind<&Config::host_proc, PathCodec>(),
        "The host's /proc, when the agent runs in a container and it is mounted elsewhere; network figures are then "
        "those of its process 1."),
    Row(Host, "SKIP_DF_COLLECTION", "false", {}, Bind<&Config::skip_df_collection, BooleanCodec>(),
        "Leave the disk out of the metrics."),
    Row(Host, "STACKS_DIR", "/data/stacks", {}, Bind<&Config::stacks_dir, PathCodec>(),
        "Where compose projects are kept."),
    Row(Host, "COMPOSE_ALLOW_PROXY_ENV", "false", {}, Bind<&Config::compose_allow_proxy_env, BooleanCodec>(),
        "Let compose requests set HTTP_PROXY and its like."),
    Row(Host, "SANDBOX", "on", {}, Bind<&Config::sandbox, SwitchCodec>(),
        "Give up, once started, every right to files, programs and system calls that the agent does not need."),

    Row(LocalListener, "BIND_ADDRESS", "", {}, Bind<&Config::bind_address, AddressCodec>(),
        "The address of the local listener: everything in standard mode, health and the like with DRYDOCK_URL. IPv6 "
        "with or without brackets.")
        .Note("127.0.0.1 with DRYDOCK_URL, else 0.0.0.0"),
    Row(LocalListener, "PORT", "3000", {0, 65535}, Bind<&Config::port, IntegerCodec<uint16_t>>(),
        "Its TCP port; 0 takes any free one."),
    Row(LocalListener, "TLS_CERT", "", {}, Bind<&Config::tls_cert, PathCodec>(),
        "Its certificate chain (PEM). Together with TLS_KEY or not at all."),
    Row(LocalListener, "TLS_KEY", "", {}, Bind<&Config::tls_key, PathCodec>(), "Its private key (PEM)."),
    Row(LocalListener, "TLS_CLIENT_CA", "", {}, Bind<&Config::tls_client_ca, PathCodec>(),
        "Certificates (PEM) of those who may sign client certificates. Needs TLS_CERT."),

    Row(Access, "TOKEN", "", {}, Bind<&Config::token, SecretCodec>(),
        "The shared secret of clients of the local listener.")
        .Alias("DD_AGENT_SECRET")
        .Live(),
    Row(Access, "TOKEN_FILE", "", {}, Bind<&Config::token_file, PathCodec>(),
        "A file with that secret; it wins over TOKEN.")
        .Alias("DD_AGENT_SECRET_FILE")
        .Live(),
    Row(Access, "TOKEN_HASH", "", {}, Bind<&Config::token_hash, SecretCodec>(),
        "The Argon2id hash of the secret, instead of the secret.")
        .Live(),
    Row(Access, "TOKEN_HASH_FILE", "", {}, Bind<&Config::token_hash_file, PathCodec>(),
        "A file with that hash; it wins over TOKEN_HASH.")
        .Live(),
    Row(Access, "AUTHORIZED_KEYS", "", {}, Bind<&Config::authorized_keys, PathCodec>(),
        "A file with the public keys that may sign requests.")
        .Alias("AUTHORIZED_KEYS_FILE"),
    Row(Access, "ENROLLMENT_TOKEN", "", {}, Bind<&Config::enrollment_token, SecretCodec>(),
        "The secret that admits one new key; it wins over ENROLLMENT_TOKEN_FILE."),
    Row(Access, "ENROLLMENT_TOKEN_FILE", "", {}, Bind<&Config::enrollment_token_file, PathCodec>(),
        "A file with that secret."),
    Row(Access, "TRUSTED_PROXIES", "", {}, Bind<&Config::trusted_proxies, ListCodec>(),
        "Addresses and networks whose X-Forwarded-For is believed."),
    Row(Access, "ALLOW_UNAUTHENTICATED", "false", {}, Bind<&Config::allow_unauthenticated, BooleanCodec>(),
        "Serve loopback clients without any proof."),
    Row(Access, "ALLOW_UNAUTHENTICATED_REMOTE", "false", {},
        Bind<&Config::allow_unauthenticated_remote, BooleanCodec>(), "Serve everybody without any proof."),
    Row(Access, "MAX_CLOCK_SKEW_SECONDS", "60", {1, 3600}, Bind<&Config::max_clock_skew, SecondsCodec>(),
        "How far the time of a signed request may be off."),
    Row(Access, "NONCE_LRU_SIZE", "10000", {100, 10'000'000}, Bind<&Config::nonce_capacity, IntegerCodec<size_t>>(),
        "How many signed requests are remembered to refuse a repetition; more than that at a time are refused."),

    Row(Logs, "LOG_LEVEL", "info", {}, Bind<&Config::log_level, LogLevelCodec>(),
        "The least important lines that are written.")
        .Live(),
    Row(Logs, "LOG_FORMAT", "text", {}, Bind<&Config::log_format, LogFormatCodec>(),
        "How lines are written to standard error.")
        .Live(),
    Row(Logs, "AUDIT_LOG", "", {}, Bind<&Config::audit_log, PathCodec>(),
        "Where every request is recorded: stdout, stderr or a file. Empty is nowhere."),
    Row(Logs, "AUDIT_BUFFER_SIZE", "256", {0, 100'000}, Bind<&Config::audit_buffer_size, IntegerCodec<size_t>>(),
        "How many records are kept in memory for export; 0 is none."),
    Row(Logs, "METRICS_PREFIX", "portwing_", {}, Bind<&Config::metrics_dialect, MetricsPrefixCodec>(),
        "What the names of the agent's own metrics begin with."),
};

}  // namespace

std::span<const Setting> AllSettings() {
  return kSettings;
}

}  // namespace lookout
