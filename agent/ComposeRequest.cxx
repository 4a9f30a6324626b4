// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeRequest.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/Base64.hxx"
#include "base/JsonValue.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::array<std::pair<std::string_view, ComposeOperation>, 8> kOperations = {{
    {"up", ComposeOperation::Up},
    {"down", ComposeOperation::Down},
    {"pull", ComposeOperation::Pull},
    {"ps", ComposeOperation::Ps},
    {"logs", ComposeOperation::Logs},
    {"restart", ComposeOperation::Restart},
    {"stop", ComposeOperation::Stop},
    {"start", ComposeOperation::Start},
}};

constexpr int64_t kMaxTail = 500;
constexpr size_t kMaxServices = 256;
constexpr size_t kMaxVariables = 1000;
constexpr size_t kMaxFiles = 1000;
constexpr size_t kMaxServiceName = 128;
constexpr size_t kMaxLoginField = 4096;
constexpr std::string_view kBase64Prefix = "base64:";

using Outcome = tl::expected<void, ComposeFault>;

tl::unexpected<ComposeFault> Malformed(std::string message) {
  return tl::unexpected(ComposeFault{true, "invalid request: " + std::move(message)});
}

tl::unexpected<ComposeFault> Refuse(std::string message) {
  return tl::unexpected(ComposeFault{false, std::move(message)});
}

Outcome ReadText(const JsonValue &object, std::string_view key, std::string &out) {
  const auto &value = object[key];
  if (value.IsNull()) return {};
  if (!value.IsString()) return Malformed(fmt::format("{} must be a string", key));
  out = value.AsString();
  return {};
}

Outcome ReadFlag(const JsonValue &object, std::string_view key, bool &out) {
  const auto &value = object[key];
  if (value.IsNull()) return {};
  if (value.GetKind() != JsonValue::Kind::Bool) return Malformed(fmt::format("{} must be true or false", key));
  out = *value.AsBool();
  return {};
}

Outcome ReadOperation(const JsonValue &object, ComposeRequest &request) {
  std::string name;
  if (auto read = ReadText(object, "operation", name); !read) return read;
  const auto found =
      std::find_if(kOperations.begin(), kOperations.end(), [&name](const auto &each) { return each.first == name; });
  if (found == kOperations.end()) return Refuse(fmt::format("unknown operation: \"{}\"", Printable(name, 64)));
  request.operation = found->second;
  return {};
}

Outcome ReadDirectory(const JsonValue &object, ComposeRequest &request) {
  if (auto read = ReadText(object, "stackName", request.stack_name); !read) return read;
  if (request.stack_name.empty()) return Refuse("stackName is required");
  request.directory = request.stack_name;
  std::string directory;
  if (auto read = ReadText(object, "stackDir", directory); !read) return read;
  if (!directory.empty()) request.directory = std::move(directory);
  if (const auto named = CheckStackPath(request.stack_name, "stackName"); !named) return Refuse(named.error().message);
  const auto checked = CheckStackPath(request.directory, "stackDir");
  return checked ? Outcome() : Refuse(checked.error().message);
}

bool IsServiceCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/** As the compose specification has them; a name that a tool could take for a flag is none. */
bool IsServiceName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxServiceName && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), IsServiceCharacter);
}

Outcome ReadServices(const JsonValue &object, ComposeRequest &request) {
  const auto &services = object["services"];
  if (services.IsNull()) return {};
  if (!services.IsArray()) return Malformed("services must be a list of strings");
  if (services.Items().size() > kMaxServices) return Refuse("services: more than 256 names");
  for (const auto &service : services.Items()) {
    if (!service.IsString()) return Malformed("services must be a list of strings");
    if (!IsServiceName(service.AsString())) {
      return Refuse(fmt::format("services: invalid name \"{}\"", Printable(service.AsString(), 64)));
    }
    request.services.push_back(service.AsString());
  }
  return {};
}

Outcome ReadTail(const JsonValue &object, ComposeRequest &request) {
  const auto &tail = object["tail"];
  if (tail.IsNull()) return {};
  const auto value = tail.AsInt();
  if (!value) return Malformed("tail must be a whole number");
  if (*value > 0) request.tail = std::min(*value, kMaxTail);
  return {};
}

Outcome ReadFlags(const JsonValue &object, ComposeRequest &request) {
  const std::array<std::pair<std::string_view, bool *>, 5> flags = {{
      {"build", &request.build},
      {"forceRecreate", &request.force_recreate},
      {"noDeps", &request.no_deps},
      {"removeVolumes", &request.remove_volumes},
      {"dryRun", &request.dry_run},
  }};
  for (const auto &[key, flag] : flags) {
    if (auto read = ReadFlag(object, key, *flag); !read) return read;
  }
  return {};
}

Outcome ReadVariables(const JsonValue &object, const ComposeRules &rules, ComposeRequest &request) {
  const auto &variables = object["envVars"];
  if (variables.IsNull()) return {};
  if (!variables.IsObject()) return Malformed("envVars must be an object of strings");
  if (variables.Members().size() > kMaxVariables) return Refuse("envVars: more than 1000 variables");
  request.variables.emplace();
  for (const auto &[name, value] : variables.Members()) {
    if (!value.IsString()) return Malformed("envVars must be an object of strings");
    const auto checked = CheckComposeVariable(name, value.AsString(), rules);
    if (!checked) return Refuse(checked.error().message);
    request.variables->insert_or_assign(name, value.AsString());
  }
  return {};
}

Outcome AddFile(const std::string &path, std::string_view content, ComposeRequest &request) {
  if (const auto checked = CheckStackPath(path, "files: path"); !checked) return Refuse(checked.error().message);
  if (path == kComposeVariablesFile) return Refuse(fmt::format("files: {} is written from envVars only", path));
  if (!content.starts_with(kBase64Prefix)) {
    request.files.insert_or_assign(path, std::string(content));
    return {};
  }
  auto bytes = Base64Decode(content.substr(kBase64Prefix.size()));
  if (!bytes) return Refuse(fmt::format("files: the content of \"{}\" is not valid base64", Printable(path, 128)));
  request.files.insert_or_assign(path, std::move(*bytes));
  return {};
}

Outcome ReadFiles(const JsonValue &object, ComposeRequest &request) {
  const auto &files = object["files"];
  if (files.IsNull()) return {};
  if (!files.IsObject()) return Malformed("files must be an object of strings");
  if (files.Members().size() > kMaxFiles) return Refuse("files: more than 1000 files");
  for (const auto &[path, content] : files.Members()) {
    if (!content.IsString()) return Malformed("files must be an object of strings");
    if (auto added = AddFile(path, content.AsString(), request); !added) return added;
  }
  return {};
}

/** "https://host[:port][/path]", nothing that could mean somebody else. */
bool IsRegistryServer(std::string_view server) {
  constexpr std::string_view kScheme = "https://";
  if (server.size() > kMaxLoginField || !EqualsIgnoreCase(server.substr(0, kScheme.size()), kScheme)) return false;
  const auto rest = server.substr(kScheme.size());
  const auto host = rest.substr(0, rest.find('/'));
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f && c != '@' && c != '?' && c != '#' && c != '\\'; };
  return !host.empty() && host.front() != ':' && std::all_of(rest.begin(), rest.end(), is_plain);
}

Outcome ReadLogin(const JsonValue &object, ComposeRequest &request) {
  const auto &login = object["registryAuth"];
  if (login.IsNull()) return {};
  if (!login.IsObject()) return Malformed("registryAuth must be an object");
  RegistryLogin parsed;
  std::string password;
  for (const auto &[key, out] : {std::pair{"server", &parsed.server}, std::pair{"username", &parsed.username},
                                 std::pair{"password", &password}}) {
    if (auto read = ReadText(login, key, *out); !read) return read;
    if (out->size() > kMaxLoginField) return Refuse(fmt::format("registryAuth.{} is over 4 KiB", key));
  }
  if (parsed.server.empty()) return Refuse("registryAuth.server is required");
  if (!IsRegistryServer(parsed.server)) {
    return Refuse(
        fmt::format("registryAuth.server must be an https:// URL, not \"{}\"", Printable(parsed.server, 128)));
  }
  // The two are kept as "username:password".
  if (parsed.username.find(':') != std::string::npos) return Refuse("registryAuth.username must not contain a colon");
  parsed.password = Secret(password);
  request.login = std::move(parsed);
  return {};
}

}  // namespace

std::string_view NameOf(ComposeOperation operation) {
  const auto found = std::find_if(kOperations.begin(), kOperations.end(),
                                  [operation](const auto &each) { return each.second == operation; });
  return found->first;
}

tl::expected<ComposeRequest, ComposeFault> ParseComposeRequest(std::string_view json, const ComposeRules &rules) {
  const auto parsed = ParseJson(json);
  if (!parsed) return Malformed(parsed.error().message);
  if (!parsed->IsObject()) return Malformed("not a JSON object");
  ComposeRequest request;
  const auto read = ReadDirectory(*parsed, request)
                        .and_then([&] { return ReadOperation(*parsed, request); })
                        .and_then([&] { return ReadServices(*parsed, request); })
                        .and_then([&] { return ReadFlags(*parsed, request); })
                        .and_then([&] { return ReadTail(*parsed, request); })
                        .and_then([&] { return ReadVariables(*parsed, rules, request); })
                        .and_then([&] { return ReadFiles(*parsed, request); })
                        .and_then([&] { return ReadLogin(*parsed, request); });
  if (!read) return tl::unexpected(read.error());
  return request;
}

}  // namespace lookout
