// SPDX-License-Identifier: Apache-2.0
#include "agent/CommandLine.hxx"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <vector>

namespace lookout {

namespace {

constexpr const char *kFooter =
    "Without a command it runs the agent. Settings come from environment variables and the configuration file;\n"
    "\"lookout check-config\" shows them, docs/configuration.md describes them.";

/** The arguments behind the program's name, last first, as CLI11 wants them. */
std::vector<std::string> ReadArguments(int argc, const char *const *argv) {
  constexpr std::array<std::string_view, 3> kLongNames = {"-comment", "-out", "-pub-from"};
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const bool is_keygen = !arguments.empty() && arguments.front() == "keygen";
  for (auto &argument : arguments) {
    const auto name = std::string_view(argument).substr(0, argument.find('='));
    const bool is_long = std::find(kLongNames.begin(), kLongNames.end(), name) != kLongNames.end();
    if (is_keygen && is_long) argument.insert(argument.begin(), '-');
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

void AddKeygen(CLI::App &app, Command &command) {
  auto *keygen = app.add_subcommand("keygen", "Make an Ed25519 key pair, or show the public key of one");
  keygen->add_option("--comment", command.keygen.comment, "Text behind the public key, for example the host's name")
      ->type_name("TEXT");
  auto *out = keygen->add_option("--out", command.keygen.out,
                                 "New file (mode 0600) for the private key; without it, standard output");
  auto *pub_from = keygen->add_option("--pub-from", command.keygen.pub_from,
                                      "Make no key; print the public key of the private key in this file");
  out->type_name("FILE")->excludes(pub_from);
  pub_from->type_name("FILE");
  keygen->callback([&command] { command.kind = Command::Kind::Keygen; });
}

void AddConnect(CLI::App &app, Command &command) {
  auto &options = command.connect;
  auto *connect = app.add_subcommand("connect", "Make the Docker of an agent's host available on a local socket");
  connect->add_option("--url", options.url, "The agent's listener: https://host:3000")->required()->type_name("URL");
  auto *credential = connect->add_option_group("credential", "One of them");
  credential->add_option("--key", options.key_file, "Ed25519 private key; requests are signed")->type_name("FILE");
  credential->add_option("--token-file", options.token_file, "File that holds the agent's token")->type_name("FILE");
  auto *certificate =
      credential->add_option("--cert", options.certificate_file, "Client certificate (PEM)")->type_name("FILE");
  credential->require_option(1);
  auto *key = connect->add_option("--cert-key", options.certificate_key_file, "Its private key (PEM)");
  key->type_name("FILE")->needs(certificate);
  connect->add_option("--ca", options.ca_file, "Trust the certificates of this file instead of the system's")
      ->type_name("FILE");
  connect->add_option("--listen", options.listen, "Socket to make; the default is $XDG_RUNTIME_DIR/lookout.sock")
      ->type_name("PATH");
  connect->callback([&command] { command.kind = Command::Kind::Connect; });
}

void AddConfigOption(CLI::App &app, Command &command) {
  app.add_option("--config", command.config_file,
                 "Configuration file; the default is " + std::string(kDefaultConfigFile) + ", if it exists")
      ->type_name("FILE")
      ->each([&command](const std::string &) { command.is_config_file_given = true; });
}

void AddHealth(CLI::App &app, Command &command) {
  auto *health = app.add_subcommand("health", "Ask the agent that runs on this host whether it is well");
  AddConfigOption(*health, command);
  health->add_flag("--ready", command.wants_readiness, "Ask whether Docker and the controller can be reached, too");
  health->callback([&command] { command.kind = Command::Kind::Health; });
}

void AddVerifyRelease(CLI::App &app, Command &command) {
  auto &options = command.verify_release;
  auto *verify = app.add_subcommand("verify-release", "Check signature and checksums of downloaded files");
  verify->add_option("--key", options.key_file, "The public key of the releases (PEM)")->type_name("FILE")->required();
  verify->add_option("sums", options.sums_file, "SHA256SUMS; its signature is SHA256SUMS.sig beside it")->required();
  verify->add_option("files", options.files, "Files to check; without any, those of the list that lie beside it");
  verify->callback([&command] { command.kind = Command::Kind::VerifyRelease; });
}

void Parse(CLI::App &app, std::vector<std::string> arguments, Command &command) {
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError &error) {
    std::ostringstream output;
    std::ostringstream problem;
    const bool is_help = app.exit(error, output, problem) == 0;
    command.kind = is_help ? Command::Kind::Help : Command::Kind::WrongUsage;
    command.text = is_help ? output.str() : "lookout: " + problem.str();
  }
}

}  // namespace

Command ParseCommandLine(int argc, const char *const *argv) {
  Command command;
  CLI::App app("Lookout: an agent that connects a Docker host to its controller", "lookout");
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.add_flag_callback(
      "--version", [&command] { command.kind = Command::Kind::Version; }, "Print the version");
  AddConfigOption(app, command);
  app.add_subcommand("version", "Print the version")->callback([&command] { command.kind = Command::Kind::Version; });
  AddKeygen(app, command);
  AddConnect(app, command);
  app.add_subcommand("hash-token", "Read a token from standard input and print its hash, for TOKEN_HASH")
      ->callback([&command] { command.kind = Command::Kind::HashToken; });
  auto *mcp = app.add_subcommand("mcp", "Serve an assistant on standard input and output (Model Context Protocol)");
  AddConfigOption(*mcp, command);
  mcp->callback([&command] { command.kind = Command::Kind::Mcp; });
  auto *check = app.add_subcommand("check-config", "Check all settings and show where each comes from");
  AddConfigOption(*check, command);
  check->callback([&command] { command.kind = Command::Kind::CheckConfig; });
  AddHealth(app, command);
  AddVerifyRelease(app, command);
  Parse(app, ReadArguments(argc, argv), command);
  return command;
}

}  // namespace lookout
