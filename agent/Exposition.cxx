// SPDX-License-Identifier: Apache-2.0
#include "agent/Exposition.hxx"

#include <prometheus/text_serializer.h>

#include <algorithm>

namespace lookout {

Exposition &Exposition::Begin(std::string name, std::string_view help, prometheus::MetricType type) {
  families_.push_back({std::move(name), std::string(help), type, {}});
  return *this;
}

Exposition &Exposition::Gauge(std::string_view name, std::string_view help) {
  return Begin(prefix_ + std::string(name), help, prometheus::MetricType::Gauge);
}

Exposition &Exposition::Counter(std::string_view name, std::string_view help) {
  return Begin(prefix_ + std::string(name), help, prometheus::MetricType::Counter);
}

Exposition &Exposition::Histogram(std::string_view name, std::string_view help) {
  return Begin(prefix_ + std::string(name), help, prometheus::MetricType::Histogram);
}

Exposition &Exposition::SharedGauge(std::string_view name, std::string_view help) {
  return Begin(std::string(name), help, prometheus::MetricType::Gauge);
}

Exposition &Exposition::SharedCounter(std::string_view name, std::string_view help) {
  return Begin(std::string(name), help, prometheus::MetricType::Counter);
}

Exposition &Exposition::Sample(double value, const Labels &labels) {
  prometheus::ClientMetric metric;
  for (const auto &[name, text] : labels) metric.label.push_back({std::string(name), std::string(text)});
  auto &family = families_.back();
  (family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
  return *this;
}

Exposition &Exposition::Sample(const DurationHistogram &histogram) {
  prometheus::ClientMetric metric;
  metric.histogram.sample_count = histogram.Count();
  metric.histogram.sample_sum = histogram.Sum();
  for (size_t i = 0; i < DurationHistogram::kBounds.size(); ++i) {
    metric.histogram.bucket.push_back({histogram.CountUpTo(i), DurationHistogram::kBounds[i]});
  }
  families_.back().metric.push_back(std::move(metric));
  return *this;
}

std::string Exposition::Text() const {
  auto families = families_;
  for (auto &family : families) {
    std::sort(family.metric.begin(), family.metric.end(),
              [](const auto &a, const auto &b) { return a.label < b.label; });
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace lookout
