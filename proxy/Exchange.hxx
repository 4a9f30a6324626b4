// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxy/HttpHead.hxx"

/**
 * The contract between whoever asks (tunnel, listener, the agent itself) and whoever answers (Docker, agent
 * routes). One request is one Exchange. Everything is on the loop's thread.
 *
 * 1. RequestHandler::Handle() never calls the sink before it has returned; the first call comes from the loop.
 * 2. The sink sees OnHead once, OnData any number of times, then exactly one of OnEnd and OnError. OnError may
 *    come at any time, also before OnHead; nothing follows it.
 * 3. Destroying the Exchange cancels the work and silences the sink at once. It must not be destroyed from
 *    inside a call to its own sink: schedule a Deferred instead.
 * 4. Backpressure: OnData takes all it is given, always. When it returns Flow::Wait, no more comes until
 *    Resume() (one call already under way may still follow). Resume() is harmless when nothing was paused, and
 *    never calls the sink itself.
 */
namespace lookout {

enum class Flow { Go, Wait };

/** Why there is no (whole) answer. */
struct Failure {
  enum class Kind {
    BadRequest,   // the request itself cannot be carried out
    Refused,      // policy or a limit says no
    Unreachable,  // no connection to the engine
    TimedOut,     // a deadline passed; the text says which
    Broken,       // the answer began or was due, and broke off
    TooLarge,     // a limit on size was passed; the text says which
  };
  Kind kind = Kind::Broken;
  /** For the user: what failed, where, and where possible what to do. */
  std::string message;
};

/** The bytes of a request body, pulled by whoever sends them on. */
class BodySource {
 public:
  struct Chunk {
    enum class State { Data, Wait, End, Error };
    State state = State::End;
    size_t size = 0;  // with Data: how many bytes were copied, at least one
  };

  virtual ~BodySource() = default;
  /** The exact length where it is known, nullopt for a stream. */
  virtual std::optional<uint64_t> Length() const = 0;
  /** Copies what is there. After Wait, the callback of NotifyReady() comes when asking again makes sense. */
  virtual Chunk Read(std::span<char> out) = 0;
  virtual void NotifyReady(std::function<void()> on_ready) = 0;
};

/** A body that is already in memory; an empty one still counts as a body. */
class StringBody final : public BodySource {
 public:
  explicit StringBody(std::string bytes) : bytes_(std::move(bytes)) {}
  std::optional<uint64_t> Length() const override { return bytes_.size(); }
  Chunk Read(std::span<char> out) override;
  void NotifyReady(std::function<void()>) override {}

 private:
  std::string bytes_;
  size_t at_ = 0;
};

/** Who asks, and how that is known. Handlers treat all askers alike; this is for the audit trail and policy only. */
struct Origin {
  enum class Transport { Tunnel, Listener, Agent };

  Origin() = default;
  Origin(Transport used, std::string asker) : transport(used), actor(std::move(asker)) {}

  Transport transport = Transport::Agent;
  /** Whatever names the asker best: the controller's URL, the client's address behind trusted proxies. */
  std::string actor;
  /** The listener's own knowledge of the connection: the peer's address without port, "" for a unix socket. */
  std::string peer_address;
  bool is_encrypted = false;
  /** Names the client certificate, verified, as StreamSecurity does; "" when there is none. */
  std::string certificate_subject;
  /** How the request proved itself: "token", "token-hash", "signature", "certificate", "session", "none". */
  std::string auth_method;
  /** Of the key that signed; "" for other methods. */
  std::string key_id;
};

/** What the audit trail calls this request. */
struct AuditTag {
  /**
   * "api_request", which the Dispatcher makes "exec_start" where an exec is started, "container_delete",
   * "container_logs"; "" leaves no record.
   */
  std::string event;
  std::string container;
  std::string exec_id;
};

/** How long an exchange may take; zero means no limit. */
struct Deadlines {
  std::chrono::milliseconds connect{10'000};
  /** From the start to the whole answer. */
  std::chrono::milliseconds total{0};
  /** Longest silence of the engine once the answer has begun; time in which we ourselves wait does not count. */
  std::chrono::milliseconds idle{0};
};

struct Request {
  RequestHead head;
  std::unique_ptr<BodySource> body;  // null: no body
  Origin origin;
  AuditTag audit;
  /** Unset: chosen by the class of the target (proxy/DeadlinePolicy). */
  std::optional<Deadlines> deadlines;
  /** Names the request in audit and logs; "" until whoever brings it in, or the Dispatcher, gives it one. */
  std::string id;
};

/** A fresh Request::id: 16 hexadecimal digits. */
std::string MakeRequestId();

class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  virtual void OnHead(ResponseHead head) = 0;
  virtual Flow OnData(std::string_view bytes) = 0;
  /** Fields that came behind the body; at most once, and right before OnEnd. */
  virtual void OnTrailers(const HeaderList & /*trailers*/) {}
  virtual void OnEnd() = 0;
  virtual void OnError(Failure failure) = 0;
};

/** A request under way; see the contract above. */
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual void Resume() = 0;
};

/** Receives both the answer to an upgrade request and, after 101, the raw bytes of the connection. */
class DuplexSink {
 public:
  virtual ~DuplexSink() = default;
  /** 101: the connection is open. Any other status: an ordinary answer; its body follows in OnData, then OnEnd. */
  virtual void OnHead(ResponseHead head) = 0;
  virtual Flow OnData(std::string_view bytes) = 0;
  /** The other side sends no more. After a 101 our own direction stays open until CloseWrite() or destruction. */
  virtual void OnEnd() = 0;
  virtual void OnError(Failure failure) = 0;
  /** What Send() had to keep has been written, after it had returned Flow::Wait. */
  virtual void OnDrained() = 0;
};

/** A hijacked connection (docker exec, attach). Same rules as Exchange. */
class Duplex : public Exchange {
 public:
  /**
   * Takes all of `bytes`, in order, also before the connection is open. Flow::Wait means that more than
   * kHighWater bytes are waiting to be written: hold back until OnDrained.
   */
  virtual Flow Send(std::string_view bytes) = 0;
  /** Ends our direction once all has been written (the other side reads EOF). */
  virtual void CloseWrite() = 0;
  /** Bytes taken by Send() that the engine has not taken yet. */
  virtual size_t Unsent() const = 0;

  static constexpr size_t kHighWater = 64 * 1024;
};

/** Anything that can answer: the Dispatcher, a table of agent routes, the Docker engine. */
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  virtual std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) = 0;
  /** The same for a request that asks for an upgrade to a raw connection. */
  virtual std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) = 0;
};

}  // namespace lookout
