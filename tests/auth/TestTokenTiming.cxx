// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "auth/TokenVerifier.hxx"

using namespace lookout;

namespace {

constexpr size_t kLength = 4096;
constexpr int kSamples = 2000;

/** Compares byte by byte, and tells by its time where the first wrong byte is. */
bool LeakyEqual(const std::string &right, const std::string &token) {
  for (size_t i = 0; i < right.size(); ++i) {
    if (const volatile char byte = token[i]; byte != right[i]) return false;
  }
  return true;
}

template <typename Check>
int64_t NanosOf(const Check &check) {
  const auto begin = std::chrono::steady_clock::now();
  const bool is_right = check();
  const auto end = std::chrono::steady_clock::now();
  if (is_right) FAIL("a wrong token passed");
  return (end - begin).count();
}

/** Time for a token whose last byte is wrong over that for one whose first is, as medians of turns taken in turn. */
template <typename Verify>
double RatioOf(const Verify &verify) {
  const std::string right(kLength, 'r');
  std::array<std::string, 2> tokens = {right, right};
  tokens[0].front() = 'w';
  tokens[1].back() = 'w';
  std::array<std::vector<int64_t>, 2> times;
  for (int n = 0; n < kSamples; ++n) {
    for (const size_t which : {n % 2, 1 - n % 2}) {
      times[which].push_back(NanosOf([&] { return verify(right, tokens[which]); }));
    }
  }
  for (auto &each : times) std::nth_element(each.begin(), each.begin() + kSamples / 2, each.end());
  return static_cast<double>(times[1][kSamples / 2]) / static_cast<double>(times[0][kSamples / 2]);
}

}  // namespace

TEST_CASE("TokenVerifier: the time tells nothing of how much of a token is right", "[auth]") {
  const TokenVerifier verifier{Secret(std::string(kLength, 'r'))};
  // Whoever measures must be able to see a leak where there is one.
  CHECK(RatioOf(LeakyEqual) > 3.0);
  // Of several tries the best counts: other work on the machine can disturb one, and a leak would be in all.
  double closest = 10;
  for (int attempt = 0; attempt < 10 && closest > 0.05; ++attempt) {
    const auto ratio = RatioOf([&](const std::string &, const std::string &token) { return verifier.Verify(token); });
    closest = std::min(closest, std::abs(ratio - 1));
  }
  CHECK(closest < 0.05);
}
