// SPDX-License-Identifier: Apache-2.0
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <optional>

#include "auth/Ed25519PrivateKey.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::string_view kHint = "; make an Ed25519 key with \"lookout keygen\"";

struct FreeBio {
  void operator()(BIO *bio) const noexcept { BIO_free(bio); }
};

/** What PEM_read_bio_ex() hands out; the data is zeroed before it is freed. */
struct PemBlock {
  PemBlock() = default;
  PemBlock(const PemBlock &) = delete;
  PemBlock &operator=(const PemBlock &) = delete;
  ~PemBlock() {
    OPENSSL_secure_free(name);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(data, size > 0 ? static_cast<size_t>(size) : 0);
  }

  char *name = nullptr;
  char *header = nullptr;
  unsigned char *data = nullptr;
  long size = 0;
};

/** Walks the elements of one DER structure. */
class DerReader {
 public:
  DerReader(const unsigned char *at, long size) : at_(at), end_(at + size) {}
  explicit DerReader(std::string_view bytes)
      : DerReader(reinterpret_cast<const unsigned char *>(bytes.data()), static_cast<long>(bytes.size())) {}

  /** The content of the next element, if it is of that universal type. */
  std::optional<std::string_view> Next(int wanted_tag) {
    long length = 0;
    int tag = 0;
    int tag_class = 0;
    const unsigned char *at = at_;
    const int flags = ASN1_get_object(&at, &length, &tag, &tag_class, end_ - at_);
    const bool is_indefinite = (flags & 1) != 0;
    if ((flags & 0x80) != 0 || is_indefinite || tag != wanted_tag || tag_class != V_ASN1_UNIVERSAL) return std::nullopt;
    at_ = at + length;
    return std::string_view(reinterpret_cast<const char *>(at), static_cast<size_t>(length));
  }
  bool IsAtEnd() const { return at_ == end_; }

 private:
  const unsigned char *at_;
  const unsigned char *end_;
};

/** "id-ecPublicKey" and the like, from the content of an OBJECT IDENTIFIER. */
std::string AlgorithmName(std::string_view oid) {
  std::array<char, 80> text{};
  const std::string der = std::string{'\x06', static_cast<char>(oid.size())} + std::string(oid);
  const auto *at = reinterpret_cast<const unsigned char *>(der.data());
  ASN1_OBJECT *object = oid.size() < 128 ? d2i_ASN1_OBJECT(nullptr, &at, static_cast<long>(der.size())) : nullptr;
  if (object == nullptr) return "unknown";
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 0);
  ASN1_OBJECT_free(object);
  return text.data();
}

/** The seed in a PKCS#8 structure. What follows the key in it (attributes, a public key) does not matter here. */
Result<Ed25519PrivateKey> ParsePkcs8(const PemBlock &block) {
  constexpr std::string_view kEd25519 = "\x2b\x65\x70";  // 1.3.101.112
  const auto broken = [] { return Fail("the PEM block is not a PKCS#8 private key" + std::string(kHint)); };
  DerReader whole(block.data, block.size);
  const auto info = whole.Next(V_ASN1_SEQUENCE);
  if (!info || !whole.IsAtEnd()) return broken();
  DerReader fields(*info);
  const auto version = fields.Next(V_ASN1_INTEGER);
  const auto algorithm = version ? fields.Next(V_ASN1_SEQUENCE) : std::nullopt;
  const auto key = algorithm ? fields.Next(V_ASN1_OCTET_STRING) : std::nullopt;
  if (!key) return broken();
  DerReader algorithm_fields(*algorithm);
  const auto oid = algorithm_fields.Next(V_ASN1_OBJECT);
  if (!oid) return broken();
  if (*oid != kEd25519) return Fail("the private key is " + AlgorithmName(*oid) + ", not Ed25519" + std::string(kHint));
  DerReader wrapped(*key);
  const auto seed = wrapped.Next(V_ASN1_OCTET_STRING);
  if (!seed || seed->size() != Ed25519PrivateKey::kSeedSize || !wrapped.IsAtEnd()) return broken();
  return Ed25519PrivateKey::FromSeed(Secret(*seed));
}

Result<Ed25519PrivateKey> ParseBlock(const PemBlock &block) {
  const std::string_view name = block.name;
  if (name == "ENCRYPTED PRIVATE KEY" || std::string_view(block.header).find("ENCRYPTED") != std::string_view::npos) {
    return Fail(
        "the private key is encrypted, and nobody is there to type a passphrase: decrypt it with "
        "\"openssl pkey -in OLD -out NEW\"");
  }
  if (name != "PRIVATE KEY") {
    return Fail("the first PEM block is \"" + Printable(name, 40) + "\", not \"PRIVATE KEY\" (PKCS#8)" +
                std::string(kHint));
  }
  return ParsePkcs8(block);
}

}  // namespace

Result<Ed25519PrivateKey> ParsePrivateKey(std::string_view pem) {
  ERR_clear_error();
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PemBlock block;
  if (!bio || PEM_read_bio_ex(bio.get(), &block.name, &block.header, &block.data, &block.size,
                              PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1) {
    const bool has_no_block = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return Fail(has_no_block ? "no PEM block (-----BEGIN PRIVATE KEY-----) in it" + std::string(kHint)
                             : "the PEM block is damaged: restore the file or make a new key with \"lookout keygen\"");
  }
  auto key = ParseBlock(block);
  ERR_clear_error();
  return key;
}

}  // namespace lookout
