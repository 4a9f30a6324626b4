// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/LookoutProgram.hxx"

#include <sys/wait.h>

#include <cstdlib>
#include <stdexcept>

namespace lookout {

ProgramResult RunLookout(const TempDir &directory, const std::string &arguments, const std::string &environment) {
  const char *program = std::getenv("LOOKOUT");
  if (program == nullptr) throw std::runtime_error("LOOKOUT must name the program under test");
  const auto out = directory.Join("out");
  const auto err = directory.Join("err");
  const auto command = "cd '" + directory.Path().string() + "' && ( env -i " + environment + " '" + program + "' " +
                       arguments + " ) >'" + out + "' 2>'" + err + "'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(out), ReadFile(err)};
}

}  // namespace lookout
