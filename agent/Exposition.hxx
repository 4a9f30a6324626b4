// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/RequestMetrics.hxx"

namespace lookout {

/**
 * Builds one answer to a scrape: families from front to back, each with its samples. A family keeps its head when it
 * has no sample. Use:
 *
 *   Exposition text("portwing_");
 *   text.Counter("rate_limited_total", "Requests refused ...").Sample(3);
 *   text.Text();
 */
class Exposition {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  /** `prefix` stands in front of all names but those of SharedGauge() and SharedCounter(). */
  explicit Exposition(std::string_view prefix) : prefix_(prefix) {}

  /** These begin a family, to which what follows belongs. `help` is one line, without backslashes. */
  Exposition &Gauge(std::string_view name, std::string_view help);
  Exposition &Counter(std::string_view name, std::string_view help);
  Exposition &Histogram(std::string_view name, std::string_view help);
  Exposition &SharedGauge(std::string_view name, std::string_view help);
  Exposition &SharedCounter(std::string_view name, std::string_view help);

  /** Of a gauge or counter. Label values may hold anything. */
  Exposition &Sample(double value, const Labels &labels = {});
  /** Of a histogram. */
  Exposition &Sample(const DurationHistogram &histogram);

  /** The text format, version 0.0.4; within a family, samples are in the order of their labels. */
  std::string Text() const;

 private:
  Exposition &Begin(std::string name, std::string_view help, prometheus::MetricType type);

  const std::string prefix_;
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace lookout
