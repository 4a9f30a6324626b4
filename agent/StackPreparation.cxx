// SPDX-License-Identifier: Apache-2.0
#include "agent/StackPreparation.hxx"

#include "agent/StackFolder.hxx"

namespace lookout {

namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kSecretMode = 0600;
constexpr size_t kMaxVariablesFile = size_t{1} << 20;

Result<void> WriteFiles(StackFolder &folder, const ComposeRequest &request) {
  for (const auto &[path, content] : request.files) {
    if (auto written = folder.WriteFile(path, content, kFileMode); !written) return written;
  }
  if (!request.variables) return {};
  return folder.WriteFile(kComposeVariablesFile, FormatStackVariables(*request.variables), kSecretMode);
}

Result<StackVariables> ReadVariables(const StackFolder &folder, const ComposeRules &rules) {
  const auto text = folder.ReadFile(kComposeVariablesFile, kMaxVariablesFile);
  if (!text) return tl::unexpected(text.error());
  return ParseStackVariables(text->value_or(""), rules);
}

}  // namespace

Result<PreparedStack> PrepareStack(const std::string &root, const ComposeRequest &request, const ComposeRules &rules) {
  const bool has_content = !request.files.empty() || request.variables;
  auto folder = StackFolder::Open(root, request.directory, has_content);
  if (!folder) return tl::unexpected(folder.error());
  if (const auto written = WriteFiles(*folder, request); !written) return tl::unexpected(written.error());
  auto variables = request.variables ? Result<StackVariables>(*request.variables) : ReadVariables(*folder, rules);
  if (!variables) return tl::unexpected(variables.error());
  return PreparedStack{folder->Path(), std::move(*variables)};
}

}  // namespace lookout
