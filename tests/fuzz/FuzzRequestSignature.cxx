// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/Ed25519PrivateKey.hxx"
#include "auth/RequestSignature.hxx"
#include "auth/SignedTarget.hxx"
#include "auth/SignedText.hxx"

namespace {

using namespace lookout;

constexpr int64_t kNow = 1749600000;
constexpr std::string_view kNonce = "00112233445566778899aabbccddeeff";

class FixedClock final : public Clock {
 public:
  TimePoint Now() const override { return {}; }
  int64_t UnixMillis() const override { return kNow * 1000; }
};

const Ed25519PrivateKey &Key() {
  static const auto key = Ed25519PrivateKey::FromSeed(Secret("portwing-auth-fuzz-seed-00000001"));
  return key;
}

bool IsAccepted(const SignatureFields &fields, std::string_view method, std::string_view target) {
  static const auto keys = AuthorizedKeys::Parse(FormatAuthorizedKey(Key().PublicKey(), "").value());
  const FixedClock clock;
  ReplayGuard guard(clock, std::chrono::seconds(60), 4);
  RequestSignatureVerifier verifier(clock, std::chrono::seconds(60), guard);
  const auto pending = verifier.CheckHead(keys, fields, method, target);
  if (!pending) return false;
  const bool is_accepted = verifier.CheckBody(keys, *pending, Sha256("")).has_value();
  if (is_accepted && verifier.CheckBody(keys, *pending, Sha256(""))) std::abort();
  return is_accepted;
}

/** Whatever can be signed is accepted with its own signature and with no other method, and once. */
void CheckTarget(SignatureVersion version, std::string_view target) {
  const auto signed_target = MakeSignedTarget(version, target);
  if (!signed_target) return;
  const auto text = MakeSignedText("GET", *signed_target, "", kNow, kNonce);
  const auto signature = SignText(Key(), text);
  const auto id = Key().PublicKey().Id();
  const auto *number = version == SignatureVersion::Target ? "2" : "";
  const SignatureFields fields{id, "1749600000", kNonce, signature, number};
  if (!IsAccepted(fields, "GET", target) || IsAccepted(fields, "POST", target)) std::abort();
}

}  // namespace

/** Lines: key id, timestamp, nonce, signature, version, method, target. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view rest(reinterpret_cast<const char *>(data), size);
  std::array<std::string_view, 7> lines;
  for (auto &line : lines) {
    line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  const auto &[key_id, timestamp, nonce, signature, version, method, target] = lines;
  IsAccepted({key_id, timestamp, nonce, signature, version}, method, target);
  CheckTarget(SignatureVersion::Path, target);
  CheckTarget(SignatureVersion::Target, target);
  return 0;
}
