// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>

#include "agent/Setting.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

/** A star would begin emphasis. */
std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '*' ? "\\*" : std::string(1, c);
  return escaped;
}

/** The row that docs/configuration.md must have for a setting. */
std::string DocumentedRow(const Setting &setting) {
  std::string name = '`' + std::string(setting.name) + '`';
  if (!setting.alias.empty()) name += ", `" + std::string(setting.alias) + '`';
  std::string standard(setting.default_note);
  if (!setting.default_text.empty()) standard = '`' + std::string(setting.default_text) + '`';
  return "| " + name + " | " + standard + (standard.empty() ? "| " : " | ") + setting.binding.describe(setting.range) +
         " | " + (setting.is_live ? "yes" : "") + (setting.is_live ? " | " : "| ") + Escape(setting.help) + " |";
}

}  // namespace

TEST_CASE("docs/configuration.md: has exactly the settings of the table, in its order", "[docs]") {
  const char *root = std::getenv("SOURCE_ROOT");
  REQUIRE(root != nullptr);
  const auto text = ReadFile(std::string(root) + "/docs/configuration.md");
  size_t position = 0;
  for (const auto &setting : AllSettings()) {
    const auto row = DocumentedRow(setting);
    CAPTURE(row);
    const auto found = text.find("\n" + row + "\n", position);
    CHECK(found != std::string::npos);
    if (found != std::string::npos) position = found;
  }
  size_t rows = 0;
  for (auto at = text.find("\n| `"); at != std::string::npos; at = text.find("\n| `", at + 1)) ++rows;
  CHECK(rows == AllSettings().size());
}
