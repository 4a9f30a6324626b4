// SPDX-License-Identifier: Apache-2.0
#include "agent/Exposition.hxx"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

using namespace lookout;

TEST_CASE("Exposition: families in their order, samples by their labels", "[metrics]") {
  Exposition text("portwing_");
  text.Gauge("b", "Help b.").Sample(2.5);
  text.Counter("a_total", "Help a.");
  text.Sample(2, {{"method", "POST"}, {"code", "200"}});
  text.Sample(3, {{"method", "GET"}, {"code", "401"}});
  text.Sample(1, {{"method", "GET"}, {"code", "200"}});
  text.SharedGauge("container_c", "Help c.").Sample(1e15);
  CHECK(text.Text() ==
        "# HELP portwing_b Help b.\n"
        "# TYPE portwing_b gauge\n"
        "portwing_b 2.5\n"
        "# HELP portwing_a_total Help a.\n"
        "# TYPE portwing_a_total counter\n"
        "portwing_a_total{method=\"GET\",code=\"200\"} 1\n"
        "portwing_a_total{method=\"GET\",code=\"401\"} 3\n"
        "portwing_a_total{method=\"POST\",code=\"200\"} 2\n"
        "# HELP container_c Help c.\n"
        "# TYPE container_c gauge\n"
        "container_c 1000000000000000\n");
}

TEST_CASE("Exposition: a family without samples keeps its head", "[metrics]") {
  Exposition text("lookout_");
  text.Counter("x_total", "Help.");
  CHECK(text.Text() == "# HELP lookout_x_total Help.\n# TYPE lookout_x_total counter\n");
}

TEST_CASE("Exposition: label values are escaped", "[metrics]") {
  Exposition text("");
  text.Gauge("x", "Help.").Sample(1, {{"l", "a\\b\"c\nd"}});
  CHECK(text.Text().find("x{l=\"a\\\\b\\\"c\\nd\"} 1\n") != std::string::npos);
}

TEST_CASE("Exposition: numbers are short and exact", "[metrics]") {
  Exposition text("");
  const auto [value, word] = GENERATE(table<double, std::string>({
      {0, "0"},
      {0.1, "0.1"},
      {0.005, "0.005"},
      {2.5, "2.5"},
      {1'234'567, "1234567"},
      {0.00001, "1e-05"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
  }));
  text.Gauge("x", "Help.").Sample(value);
  CHECK(text.Text().ends_with("\nx " + word + "\n"));
}

TEST_CASE("Exposition: a histogram", "[metrics]") {
  DurationHistogram histogram;
  for (const double seconds : {0.002, 0.03, 1.5}) histogram.Observe(seconds);
  Exposition text("p_");
  const std::string all = text.Histogram("h", "Help.").Sample(histogram).Text();
  for (const auto *const line :
       {"# TYPE p_h histogram\n", "p_h_bucket{le=\"0.001\"} 0\n", "p_h_bucket{le=\"0.005\"} 1\n",
        "p_h_bucket{le=\"0.05\"} 2\n", "p_h_bucket{le=\"10\"} 3\n", "p_h_bucket{le=\"+Inf\"} 3\n", "p_h_count 3\n",
        "p_h_sum 1.532\n"}) {
    INFO(line);
    CHECK(all.find(line) != std::string::npos);
  }
}
