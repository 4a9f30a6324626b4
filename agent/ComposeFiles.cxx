// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeFiles.hxx"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "agent/ComposeTool.hxx"
#include "base/Strings.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

namespace {

namespace fs = std::filesystem;

/** Where the docker command looks for its plugins, beside the user's own folder. */
constexpr std::array<const char *, 4> kPluginFolders = {
    "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins", "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins"};

/** execve(2) looks no further for an interpreter's name, nor for the program headers of any binary we know. */
constexpr size_t kHeadSize = 4096;

std::string ReadHead(const std::string &path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string head(kHeadSize, '\0');
  const auto got = file.IsOpen() ? ::read(file.Get(), head.data(), head.size()) : -1;
  head.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return head;
}

/** "#!/usr/bin/env python3" -> the words behind "#!". */
std::string ReadFirstLine(std::string_view head) {
  const auto line = Trim(head.substr(2, head.find('\n') - 2));
  return std::string(line.substr(0, line.find_first_of(" \t")));
}

std::string ReadLoader(std::string_view head) {
  ElfW(Ehdr) header;
  if (head.size() < sizeof header) return {};
  std::memcpy(&header, head.data(), sizeof header);
  for (size_t i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) segment;
    const size_t offset = header.e_phoff + i * sizeof segment;
    if (offset > head.size() || head.size() - offset < sizeof segment) break;
    std::memcpy(&segment, head.data() + offset, sizeof segment);
    const bool fits = segment.p_offset < head.size() && segment.p_filesz <= head.size() - segment.p_offset;
    if (segment.p_type != PT_INTERP || !fits || segment.p_filesz == 0) continue;
    return std::string(head.substr(segment.p_offset, segment.p_filesz - 1));
  }
  return {};
}

/** The program, where it leads, and what runs it, down to the loader. */
void AddProgram(const std::string &program, std::vector<std::string> &programs) {
  constexpr int kMostSteps = 4;
  std::string next = program;
  for (int step = 0; step < kMostSteps && !next.empty(); ++step) {
    programs.push_back(next);
    next = FindInterpreter(next);
  }
}

void AddPlugins(std::vector<std::string> &programs) {
  for (const char *const folder : kPluginFolders) {
    std::error_code ignored;
    for (const auto &entry : fs::directory_iterator(folder, ignored)) AddProgram(entry.path(), programs);
  }
}

/** A first line may name env(1), which then looks for the real one. */
void AddBehindEnv(const std::string &program, std::string_view path, std::vector<std::string> &programs) {
  const auto head = ReadHead(program);
  const auto line = head.substr(0, head.find('\n'));
  if (!line.starts_with("#!") || line.find("/env ") == std::string::npos) return;
  const auto name = std::string(Trim(std::string_view(line).substr(line.find("/env ") + 5)));
  if (const auto found = FindProgram(name, path); !found.empty()) AddProgram(found, programs);
}

/** Names of users, types of files, settings of Python: whatever in /etc every user of the host can read anyway. */
std::vector<std::string> FindPublicSettings() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto &entry : fs::directory_iterator("/etc", ignored)) {
    const auto status = entry.status(ignored);
    const bool is_public = (status.permissions() & fs::perms::others_read) != fs::perms::none;
    const bool is_python = entry.path().filename().string().starts_with("python3");
    if (is_public && (fs::is_regular_file(status) || is_python)) found.push_back(entry.path());
  }
  return found;
}

}  // namespace

std::string FindInterpreter(const std::string &program) {
  const auto head = ReadHead(program);
  if (head.starts_with("#!")) return ReadFirstLine(head);
  return head.starts_with(ELFMAG) ? ReadLoader(head) : std::string();
}

ComposeFiles FindComposeFiles(std::string_view path) {
  ComposeFiles found;
  for (const auto *const name : {"docker", "docker-compose"}) {
    const auto program = FindProgram(name, path);
    if (program.empty()) continue;
    AddProgram(program, found.programs);
    AddBehindEnv(program, path, found.programs);
  }
  if (found.programs.empty()) return found;
  AddPlugins(found.programs);
  found.files = FindPublicSettings();
  return found;
}

}  // namespace lookout
