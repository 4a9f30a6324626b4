// SPDX-License-Identifier: Apache-2.0
#include "agent/VerifyRelease.hxx"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>

#include "auth/Ed25519PublicKey.hxx"
#include "auth/Encoding.hxx"
#include "auth/Sha256.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

namespace fs = std::filesystem;

/** A list of a few dozen files has a few kilobytes. */
constexpr size_t kMaxSums = 1024 * 1024;
/** SubjectPublicKeyInfo of an Ed25519 key, up to the key's own 32 bytes (RFC 8410). */
constexpr std::string_view kKeyPrefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

struct CloseFile {
  void operator()(std::FILE *file) const { static_cast<void>(std::fclose(file)); }  // only read
};

/** Hands over a file piece by piece, so that images of any size can be checked. */
template <typename Take>
void ReadPieces(const std::string &path, Take take) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  std::array<char, 64 * 1024> piece;
  while (file) {
    const size_t got = std::fread(piece.data(), 1, piece.size(), file.get());
    if (got > 0) take(std::string_view(piece.data(), got));
    if (got == piece.size()) continue;
    if (std::ferror(file.get()) != 0) break;
    return;
  }
  throw std::runtime_error(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
}

std::string ReadSmallFile(const std::string &path) {
  std::string content;
  ReadPieces(path, [&](std::string_view piece) {
    if (content.size() + piece.size() > kMaxSums) throw std::runtime_error(fmt::format("'{}' is too large", path));
    content += piece;
  });
  return content;
}

Ed25519PublicKey ReadReleaseKey(const std::string &path) {
  const auto pem = ReadSmallFile(path);
  std::string_view text = Trim(pem);
  constexpr std::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
  constexpr std::string_view kEnd = "-----END PUBLIC KEY-----";
  const bool is_pem = text.starts_with(kBegin) && text.ends_with(kEnd) && text.size() > kBegin.size() + kEnd.size();
  if (is_pem) {
    text = Trim(text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()));
    const auto bytes = DecodeKey(text, KeyEncoding::Standard, kKeyPrefix.size() + Ed25519PublicKey::kSize);
    if (bytes && bytes->starts_with(kKeyPrefix)) {
      if (auto key = Ed25519PublicKey::FromBytes(std::string_view(*bytes).substr(kKeyPrefix.size()))) return *key;
    }
  }
  throw std::runtime_error(fmt::format("'{}' is not the PEM file of an Ed25519 public key", path));
}

/** "HASH  NAME" or "HASH *NAME", as sha256sum(1) writes them; nullopt when the name is not listed. */
std::optional<std::string> FindSum(std::string_view sums, std::string_view name) {
  constexpr size_t kHash = 64;
  for (const auto line : SplitList(sums, '\n')) {
    if (line.size() > kHash + 2 && line.substr(kHash + 2) == name) return std::string(line.substr(0, kHash));
  }
  return std::nullopt;
}

std::string HashFile(const std::string &path) {
  BodyDigest digest;
  ReadPieces(path, [&digest](std::string_view piece) { digest.Add(piece); });
  return ToHex(ViewOf(digest.Finish()));
}

/** Says how it is with one file, and whether all is well. */
bool CheckFile(const std::string &path, std::string_view sums) {
  const auto name = fs::path(path).filename().string();
  const auto sum = FindSum(sums, name);
  const bool is_right = sum && HashFile(path) == *sum;
  fmt::print("{}: {}\n", path, is_right ? "OK" : sum ? "WRONG: its content is not what was released" : "NOT LISTED");
  return is_right;
}

/** The files of the list that lie beside it. */
std::vector<std::string> FindFiles(std::string_view sums, const fs::path &folder) {
  std::vector<std::string> found;
  for (const auto line : SplitList(sums, '\n')) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos || space + 2 > line.size()) continue;
    const fs::path name(line.substr(space + 2));
    if (name.has_filename() && name == name.filename() && fs::exists(folder / name)) found.push_back(folder / name);
  }
  return found;
}

}  // namespace

int RunVerifyRelease(const VerifyReleaseOptions &options) {
  const auto key = ReadReleaseKey(options.key_file);
  const auto sums = ReadSmallFile(options.sums_file);
  if (!key.Verify(sums, ReadSmallFile(options.sums_file + ".sig"))) {
    throw std::runtime_error(fmt::format(
        "'{}' was not signed by that key, or was changed since: trust nothing of this release", options.sums_file));
  }
  fmt::print("{}: signed by the release key\n", options.sums_file);
  const auto folder = fs::path(options.sums_file).parent_path();
  const auto files = options.files.empty() ? FindFiles(sums, folder) : options.files;
  if (files.empty()) throw std::runtime_error("none of the listed files lies beside the list: nothing was checked");
  bool is_right = true;
  for (const auto &file : files) is_right = CheckFile(file, sums) && is_right;
  return is_right ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace lookout
