// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/HubOptions.hxx"

#include <getopt.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <vector>

#include "base/Strings.hxx"

namespace lookout::devhub {

const char *const kHubUsage = R"(usage: devhub --dir DIR --authorized-keys FILE [options]

A stand-in for the controller, for tests and demonstrations. Prints "listening on URL" when it is ready. In DIR it
makes control.sock (one JSON command a line; see ControlCommands.hxx) and, for each agent that connects,
NAME.sock, on which plain HTTP reaches the agent's Docker engine:
  curl --unix-socket DIR/NAME.sock http://d/containers/json

  --listen ADDRESS:PORT     default 127.0.0.1:0 (any free port); IPv6 as [::1]:0
  --cert FILE --key FILE    serve TLS
  --poll-interval SECONDS   what the welcome says (300)
  --clock-offset SECONDS    run with a wrong clock
  --hello-timeout MS, --ping-interval MS, --dead-after MS, --request-timeout MS, --stream-idle MS
                            default 30000, 30000, 60000, 30000, 30000
  --max-message BYTES, --max-pending N, --max-stream BYTES, --max-execs N, --max-hellos N
                            default 16 MiB, 100, 100 MiB, 100, 200 a minute for each key
  --receive-buffer BYTES    of each agent's socket (SO_RCVBUF); a fast stream makes the kernel's own choice grow to MiBs
  --verbose                 log every frame
)";

namespace {

int64_t ReadNumber(const std::string &option, const char *text) {
  const auto number = ParseInt(text);
  if (!number) throw std::runtime_error("--" + option + ": \"" + text + "\" is not a number");
  return *number;
}

void ReadAddress(HubOptions &options, const std::string &text) {
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : ParseInt(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) throw std::runtime_error("--listen: \"" + text + "\" is not ADDRESS:PORT");
  options.port = static_cast<int>(*port);
  options.host = text.substr(0, colon);
  if (options.host.size() > 2 && options.host.front() == '[' && options.host.back() == ']') {
    options.host = options.host.substr(1, options.host.size() - 2);
  }
}

using Setter = std::function<void(HubOptions &, const std::string &, const char *)>;

Setter Text(std::string HubOptions::*field) {
  return [field](HubOptions &options, const std::string &, const char *value) { options.*field = value; };
}

Setter Millis(std::chrono::milliseconds HubLimits::*field) {
  return [field](HubOptions &options, const std::string &name, const char *value) {
    options.limits.*field = std::chrono::milliseconds(ReadNumber(name, value));
  };
}

Setter Count(size_t HubLimits::*field) {
  return [field](HubOptions &options, const std::string &name, const char *value) {
    options.limits.*field = static_cast<size_t>(ReadNumber(name, value));
  };
}

const std::map<std::string, Setter> &Setters() {
  static const std::map<std::string, Setter> kSetters = {
      {"dir", Text(&HubOptions::dir)},
      {"authorized-keys", Text(&HubOptions::authorized_keys)},
      {"cert", Text(&HubOptions::cert_file)},
      {"key", Text(&HubOptions::key_file)},
      {"hello-timeout", Millis(&HubLimits::hello)},
      {"ping-interval", Millis(&HubLimits::ping)},
      {"dead-after", Millis(&HubLimits::dead)},
      {"request-timeout", Millis(&HubLimits::request)},
      {"stream-idle", Millis(&HubLimits::stream_idle)},
      {"max-message", Count(&HubLimits::message)},
      {"max-pending", Count(&HubLimits::pending)},
      {"max-stream", Count(&HubLimits::stream)},
      {"max-execs", Count(&HubLimits::execs)},
      {"receive-buffer", Count(&HubLimits::receive_buffer)},
      {"max-hellos", Count(&HubLimits::hellos_per_minute)},
      {"listen", [](HubOptions &o, const std::string &, const char *value) { ReadAddress(o, value); }},
      {"poll-interval",
       [](HubOptions &o, const std::string &name, const char *value) { o.poll_interval = ReadNumber(name, value); }},
      {"clock-offset", [](HubOptions &o, const std::string &name,
                          const char *value) { o.clock_offset = std::chrono::seconds(ReadNumber(name, value)); }},
  };
  return kSetters;
}

}  // namespace

HubOptions ParseHubOptions(int argc, char **argv) {
  HubOptions options;
  std::vector<option> table;
  for (const auto &[name, setter] : Setters()) table.push_back({name.c_str(), required_argument, nullptr, 0});
  table.push_back({"verbose", no_argument, nullptr, 'v'});
  table.push_back({"help", no_argument, nullptr, 'h'});
  table.push_back({nullptr, 0, nullptr, 0});
  int index = 0;
  int found = 0;
  while ((found = ::getopt_long(argc, argv, "", table.data(), &index)) != -1) {
    if (found == '?') throw std::runtime_error("unknown option or missing value; see devhub --help");
    if (found == 'v') options.verbose = true;
    if (found == 'h') options.help = true;
    if (found != 0) continue;
    const std::string name = table[static_cast<size_t>(index)].name;
    Setters().at(name)(options, name, optarg);
  }
  if (optind < argc) throw std::runtime_error(std::string("unexpected word: ") + argv[optind]);
  if (options.help) return options;
  if (options.dir.empty() || options.authorized_keys.empty()) {
    throw std::runtime_error("--dir and --authorized-keys are required; see devhub --help");
  }
  return options;
}

}  // namespace lookout::devhub
