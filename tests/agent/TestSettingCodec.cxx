// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/SettingCodec.hxx"

using namespace lookout;
using Catch::Contains;
using std::chrono::milliseconds;

TEST_CASE("SettingCodec: booleans in any case, and nothing that merely looks like one", "[config]") {
  CHECK(BooleanCodec::Read(GENERATE("1", "true", "TRUE", "Yes"), {}).value());
  CHECK_FALSE(BooleanCodec::Read(GENERATE("0", "false", "No", "NO"), {}).value());
  const auto wrong = GENERATE(as<std::string>(), "on", "off", "y", "2", " true", "true ", "enabled");
  CHECK_THAT(BooleanCodec::Read(wrong, {}).error().message, Contains('"' + wrong + '"') && Contains("true, yes, 1"));
}

TEST_CASE("SettingCodec: numbers are whole, decimal and within their range", "[config]") {
  const NumberRange range{1, 60};
  CHECK(IntegerCodec<int64_t>::Read("1", range).value() == 1);
  CHECK(IntegerCodec<int64_t>::Read("60", range).value() == 60);
  CHECK(SecondsCodec::Read("30", range).value() == milliseconds(30'000));
  CHECK(SecondsCodec::Show(milliseconds(30'000)) == "30");
  const auto wrong = GENERATE(as<std::string>(), "0", "61", "-1", "1.5", "1s", " 1", "1 ", "0x10", "+5", "ten",
                              "99999999999999999999");
  CHECK_THAT(SecondsCodec::Read(wrong, range).error().message, Contains('"' + wrong + '"') && Contains("from 1 to 60"));
}

TEST_CASE("SettingCodec: sizes take K, M and G", "[config]") {
  const NumberRange range{1 << 20, 1 << 30};
  const auto [text, bytes] = GENERATE(table<std::string, size_t>(
      {{"1048576", 1 << 20}, {"1024K", 1 << 20}, {"32M", 32 << 20}, {"32m", 32 << 20}, {"1G", 1 << 30}}));
  CHECK(SizeCodec::Read(text, range).value() == bytes);
  const auto wrong =
      GENERATE(as<std::string>(), "0", "1K", "2G", "1025M", "M", "-1M", "1.5M", "1MB", "1 M", "9223372036854775807G");
  CHECK_THAT(SizeCodec::Read(wrong, range).error().message, Contains("from 1M to 1024M"));
  CHECK(SizeCodec::Show(32 << 20) == "32M");
  CHECK(SizeCodec::Show(1536) == "1536");
  CHECK(SizeCodec::Show(0) == "0");
}

TEST_CASE("SettingCodec: addresses, IPv6 with and without brackets", "[config]") {
  CHECK(AddressCodec::Read("127.0.0.1", {}).value() == "127.0.0.1");
  CHECK(AddressCodec::Read("::1", {}).value() == "::1");
  CHECK(AddressCodec::Read("[::1]", {}).value() == "::1");
  CHECK(AddressCodec::Read("[2001:db8::7]", {}).value() == "2001:db8::7");
  const auto wrong = GENERATE(as<std::string>(), "localhost", "[127.0.0.1]", "[::1", "::1]", "[]", "1.2.3", "::1%eth0",
                              "127.0.0.1:3000", "[::1]:3000", "*");
  CAPTURE(wrong);
  CHECK_FALSE(AddressCodec::Read(wrong, {}));
}

TEST_CASE("SettingCodec: the words of choices are checked, in any case", "[config]") {
  CHECK(LogLevelCodec::Read("WARN", {}).value() == LogLevel::Warning);
  CHECK(LogLevelCodec::Show(LogLevel::Warning) == "warn");
  CHECK_FALSE(LogLevelCodec::Read("verbose", {}));
  CHECK(LogFormatCodec::Read("JSON", {}).value() == LogFormat::Json);
  CHECK_FALSE(LogFormatCodec::Read("yaml", {}));
  CHECK(AdapterCodec::Read("Generic", {}).value() == Adapter::Generic);
  CHECK_FALSE(AdapterCodec::Read("other", {}));
  CHECK(DialectCodec::Read("lookout/1.0", {}).value() == &kLookoutDialect);
  CHECK(MetricsPrefixCodec::Read("lookout_", {}).value() == &kLookoutDialect);
  CHECK(MetricsPrefixCodec::Read("portwing_", {}).value() == &kPortwingDialect);
  CHECK_THAT(MetricsPrefixCodec::Read("lookout", {}).error().message, Contains("portwing_ or lookout_"));
  CHECK_THAT(DialectCodec::Read("portwing/2.0", {}).error().message, Contains("portwing/1.0 or lookout/1.0"));
}

TEST_CASE("SettingCodec: agent ids and names that the controller would refuse are refused here", "[config]") {
  CHECK(AgentIdCodec::Read("Edge_1-a", {}));
  CHECK(AgentIdCodec::Read(std::string(64, 'a'), {}));
  const auto wrong = GENERATE(as<std::string>(), std::string(65, 'a'), "a b", "a.b", "a/b", "\xc3\xa4", "");
  CHECK_FALSE(AgentIdCodec::Read(wrong, {}));

  CHECK(
      AgentNameCodec::Read("K\xc3\xbc"
                           "che 1",
                           {}));
  CHECK(AgentNameCodec::Read(std::string(256, 'n'), {}));
  const auto bad_name = GENERATE(as<std::string>(), std::string(257, 'n'), "a\nb", "\xff");
  CHECK_FALSE(AgentNameCodec::Read(bad_name, {}));
}

TEST_CASE("SettingCodec: proxies and secrets are shown without what is secret", "[config]") {
  const auto proxy = ProxyUrlCodec::Read("http://user:s3cret@proxy.test:3128", {}).value();
  CHECK(ProxyUrlCodec::Show(proxy) == "http://(hidden)@proxy.test:3128");
  CHECK(ProxyUrlCodec::Show("proxy.test:3128") == "http://proxy.test:3128");
  CHECK(ProxyUrlCodec::Show("").empty());
  const auto bad = ProxyUrlCodec::Read("https://user:s3cret@proxy.test", {});
  REQUIRE_FALSE(bad);
  CHECK_THAT(bad.error().message, !Contains("s3cret"));
  CHECK(SecretCodec::Show(Secret("s3cret")) == "(hidden)");
  CHECK(SecretCodec::Show(Secret()).empty());
}

TEST_CASE("SettingCodec: lists lose blanks and empty parts; no value holds a line break", "[config]") {
  CHECK(ListCodec::Read(" *TOKEN* ,, *PASS* ,", {}).value() == std::vector<std::string>{"*TOKEN*", "*PASS*"});
  CHECK(ListCodec::Show({"a", "b"}) == "a,b");
  CHECK_FALSE(ListCodec::Read("a\nb", {}));
  CHECK_FALSE(TextCodec::Read("a\rb", {}));
  CHECK_FALSE(PathCodec::Read("/a\n/b", {}));
}
