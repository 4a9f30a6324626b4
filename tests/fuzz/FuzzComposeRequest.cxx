// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeRequest.hxx"
#include "agent/StackVariables.hxx"

using namespace lookout;

/** Whatever is accepted keeps to the rules, and variables survive being written to their file and read again. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto request = ParseComposeRequest(text, {});
  if (!request) {
    if (request.error().message.empty()) __builtin_trap();
    return 0;
  }
  if (!CheckStackPath(request->directory, "stackDir")) __builtin_trap();
  for (const auto &[path, content] : request->files) {
    if (!CheckStackPath(path, "files")) __builtin_trap();
  }
  for (const auto &service : request->services) {
    if (service.empty() || service[0] == '-') __builtin_trap();
  }
  if (!request->variables) return 0;
  const auto read = ParseStackVariables(FormatStackVariables(*request->variables), {});
  if (!read || *read != *request->variables) __builtin_trap();
  return 0;
}
