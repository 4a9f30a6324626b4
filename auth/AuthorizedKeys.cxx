// SPDX-License-Identifier: Apache-2.0
#include "auth/AuthorizedKeys.hxx"

#include <algorithm>

#include "auth/CredentialFile.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

/** A file full of rubbish must not become a log full of rubbish. */
constexpr size_t kMaxProblems = 100;
constexpr std::string_view kBlanks = " \t\v\f\r";

/** Takes the first word off the text; blanks around it go too. */
std::string_view TakeWord(std::string_view &text) {
  text = Trim(text);
  const auto word = text.substr(0, text.find_first_of(kBlanks));
  text = Trim(text.substr(word.size()));
  return word;
}

}  // namespace

AuthorizedKeys AuthorizedKeys::Parse(std::string_view text) {
  AuthorizedKeys keys;
  for (size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto added = keys.AddLine(line);
    if (!added && keys.problems_.size() < kMaxProblems) keys.problems_.push_back({number, added.error().message});
  }
  return keys;
}

Result<void> AuthorizedKeys::AddLine(std::string_view line) {
  const auto algorithm = TakeWord(line);
  if (algorithm != "ed25519") {
    return Fail("begins with \"" + Printable(algorithm, 40) + "\" where \"ed25519\" is expected");
  }
  auto key = Ed25519PublicKey::FromBase64(TakeWord(line));
  if (!key) return Fail(key.error().message);
  auto id = key->Id();
  if (entries_.contains(id)) return Fail("key " + id + " is listed above already; the first line counts");
  std::string comment;
  for (auto word = TakeWord(line); !word.empty(); word = TakeWord(line)) {
    if (!comment.empty()) comment += ' ';
    comment += word;
  }
  entries_.emplace(std::move(id), AuthorizedKey{std::move(*key), std::move(comment)});
  return {};
}

const AuthorizedKey *AuthorizedKeys::Find(std::string_view key_id) const {
  const auto found = entries_.find(key_id);
  return found == entries_.end() ? nullptr : &found->second;
}

Result<AuthorizedKeys> LoadAuthorizedKeys(const std::string &path) {
  const auto text = ReadCredentialFile(path, kKeyListFileLimit);
  if (!text) return tl::unexpected(text.error());
  return AuthorizedKeys::Parse(text->Reveal());
}

Result<std::string> FormatAuthorizedKey(const Ed25519PublicKey &key, std::string_view comment) {
  comment = Trim(comment);
  const bool has_control =
      std::any_of(comment.begin(), comment.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (has_control) return Fail("a key's comment must be one line without control characters");
  return "ed25519 " + key.ToBase64() + (comment.empty() ? "" : " " + std::string(comment));
}

}  // namespace lookout
