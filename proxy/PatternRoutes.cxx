// SPDX-License-Identifier: Apache-2.0
#include "proxy/PatternRoutes.hxx"

#include <algorithm>

#include "base/Strings.hxx"
#include "proxy/HeadAnswer.hxx"
#include "proxy/PlainDuplex.hxx"
#include "proxy/ReadyAnswer.hxx"
#include "proxy/RoutePattern.hxx"

namespace lookout {

/** One pattern and its methods. */
class PatternRoutes::Route final : public RequestHandler {
 public:
  Route(EventLoop &loop, std::string_view text) : loop_(loop), text_(text), pattern_(text) {}

  const std::string &Text() const { return text_; }
  bool Matches(std::string_view path) const { return pattern_.Match(path).has_value(); }
  void Add(std::string_view method, RouteAction action) {
    actions_.push_back({std::string(method), std::move(action)});
  }

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override {
    const bool is_head = request.head.method == "HEAD";
    const RouteAction *const action = FindAction(is_head ? "GET" : request.head.method);
    if (action == nullptr) return MakeReadyExchange(loop_, sink, MethodNotAllowed());
    auto arguments = Arguments(request.head.Path());
    if (!arguments) {
      return MakeReadyExchange(loop_, sink, MakeTextResponse(400, "invalid percent-encoding in the path"));
    }
    if (!is_head) return (*action)({std::move(request), std::move(*arguments), sink});
    return MakeHeadExchange(loop_, sink, [&](ResponseSink &head_sink) {
      return (*action)({std::move(request), std::move(*arguments), head_sink});
    });
  }

  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override {
    return MakePlainDuplex(*this, std::move(request), sink);
  }

 private:
  struct Method {
    std::string name;
    RouteAction action;
  };

  const RouteAction *FindAction(std::string_view method) const {
    const auto found = std::find_if(actions_.begin(), actions_.end(), [&](const auto &m) { return m.name == method; });
    return found == actions_.end() ? nullptr : &found->action;
  }

  std::optional<std::vector<std::string>> Arguments(std::string_view path) const {
    std::vector<std::string> decoded;
    for (const auto segment : pattern_.Match(path).value_or(std::vector<std::string_view>())) {
      auto text = PercentDecode(segment);
      if (!text) return std::nullopt;
      decoded.push_back(std::move(*text));
    }
    return decoded;
  }

  FullResponse MethodNotAllowed() const {
    std::string allowed;
    for (const auto &method : actions_) {
      allowed += (allowed.empty() ? "" : ", ") + method.name + (method.name == "GET" ? ", HEAD" : "");
    }
    return MakeMethodNotAllowed(allowed);
  }

  EventLoop &loop_;
  const std::string text_;
  const RoutePattern pattern_;
  std::vector<Method> actions_;
};

PatternRoutes::PatternRoutes(EventLoop &loop) : loop_(loop) {}

PatternRoutes::~PatternRoutes() = default;

void PatternRoutes::Add(std::string_view method, std::string_view pattern, RouteAction action) {
  const auto same = [&](const auto &route) { return route->Text() == pattern; };
  auto found = std::find_if(routes_.begin(), routes_.end(), same);
  if (found == routes_.end()) found = routes_.insert(found, std::make_unique<Route>(loop_, pattern));
  (*found)->Add(method, std::move(action));
}

std::vector<std::string> PatternRoutes::Paths() const {
  std::vector<std::string> paths;
  for (const auto &route : routes_) paths.push_back(route->Text());
  return paths;
}

RequestHandler *PatternRoutes::Find(std::string_view path) {
  const auto matches = [&](const auto &route) { return route->Matches(path); };
  const auto found = std::find_if(routes_.begin(), routes_.end(), matches);
  return found == routes_.end() ? nullptr : found->get();
}

}  // namespace lookout
