// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "agent/AdapterApi.hxx"
#include "base/JsonValue.hxx"
#include "tests/agent/InventoryFixture.hxx"
#include "tests/support/RecordingSink.hxx"

namespace lookout {

/** An adapter with its inventory, asked directly. */
class AdapterFixture : public InventoryFixture {
 public:
  /** A client with one request. */
  struct Client {
    RecordingSink sink;
    std::unique_ptr<Exchange> exchange;
    size_t seen = 0;

    int Status() const { return sink.head ? sink.head->status : 0; }
    std::string Header(std::string_view name) const {
      const std::string *const value = sink.head ? sink.head->headers.Find(name) : nullptr;
      return value == nullptr ? "" : *value;
    }
    /** What has come since the last call. */
    std::string Fresh() {
      std::string fresh = sink.body.substr(seen);
      seen = sink.body.size();
      return fresh;
    }
    /** The types of the events among it, each followed by a blank. */
    std::string FreshTypes() {
      std::string types;
      const std::string fresh = Fresh();
      for (size_t at = 0; at < fresh.size();) {
        const size_t end = std::min(fresh.find("\n\n", at), fresh.size());
        types += TypeOf(fresh.substr(at, end - at)) + " ";
        at = end + 2;
      }
      return types;
    }
    static std::string TypeOf(const std::string &frame) {
      if (frame.rfind("data: ", 0) != 0) return frame;
      const std::string text = frame.substr(6);
      const auto json = ParseJson(text);
      return json ? (*json)["type"].AsString() : "broken";
    }
  };

  void MakeService(Adapter adapter) {
    config.adapter = adapter;
    InventorySettings settings;
    if (adapter == Adapter::Generic) settings.form.shape = ContainerShape::Flat;
    MakeInventory(settings);
    service = MakeAdapter({loop, config, engine, docker_events, *inventory});
  }
  void StartEngine() {
    engine.Start();
    StartInventory();
    Settle();
  }
  Client &Begin(std::string_view method, std::string_view target, HeaderList headers = {}) {
    Client &client = clients.emplace_back();
    Request request;
    request.head = {std::string(method), std::string(target), std::move(headers)};
    request.origin = {Origin::Transport::Listener, "192.0.2.1"};
    auto *const handler = service->Routes().Find(request.head.Path());
    REQUIRE(handler != nullptr);
    client.exchange = handler->Handle(std::move(request), client.sink);
    return client;
  }
  Client &Ask(std::string_view method, std::string_view target, HeaderList headers = {}) {
    Client &client = Begin(method, target, std::move(headers));
    Settle();
    CHECK(client.sink.violation.empty());
    return client;
  }

  Config config;
  std::unique_ptr<AdapterApi> service;
  std::deque<Client> clients;
};

}  // namespace lookout
