// SPDX-License-Identifier: Apache-2.0
#include "tests/support/TempDir.hxx"

#include <cstdlib>
#include <stdexcept>

namespace lookout {

TempDir::TempDir() {
  std::string pattern = std::filesystem::temp_directory_path() / "lookout-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lookout
