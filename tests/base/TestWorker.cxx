// SPDX-License-Identifier: Apache-2.0
#include "base/Worker.hxx"

#include <pthread.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/support/FakeClock.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

/** Work waits at it until the test opens it. */
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void AwaitArrivals(int count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 30s, [&] { return arrived_ >= count; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

struct Fixture {
  SystemClock clock;
  EventLoop loop{clock};

  template <typename Condition>
  void RunUntil(Condition condition) {
    const auto limit = clock.Now() + 30s;
    while (!condition() && clock.Now() < limit) loop.RunOnce(100ms);
    REQUIRE(condition());
  }
};

/** Threads cannot be started while this lives: the stack that they are to have is larger than any address space. */
class NoThreads {
 public:
  NoThreads() {
    pthread_attr_init(&before_);
    pthread_getattr_default_np(&before_);
    pthread_attr_t impossible;
    pthread_attr_init(&impossible);
    pthread_attr_setstacksize(&impossible, size_t{1} << 60);
    REQUIRE(pthread_setattr_default_np(&impossible) == 0);
    pthread_attr_destroy(&impossible);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads &) = delete;
  NoThreads &operator=(const NoThreads &) = delete;

 private:
  pthread_attr_t before_{};
};

}  // namespace

TEST_CASE("Worker: runs work on a thread and its end on the loop", "[worker]") {
  Fixture f;
  Worker worker(f.loop, 2);
  std::thread::id work_thread;
  std::thread::id done_thread;
  bool done = false;
  const auto task = worker.Submit([&] { work_thread = std::this_thread::get_id(); },
                                  [&] {
                                    done_thread = std::this_thread::get_id();
                                    done = true;
                                  });
  f.RunUntil([&] { return done; });
  CHECK(work_thread != std::this_thread::get_id());
  CHECK(done_thread == std::this_thread::get_id());
}

TEST_CASE("Worker: does many pieces of work, no more at a time than it has threads", "[worker]") {
  Fixture f;
  Worker worker(f.loop, 2);
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  int done = 0;
  std::vector<std::unique_ptr<WorkerTask>> tasks(50);
  for (auto &task : tasks) {
    task = worker.Submit(
        [&] {
          const int now = ++running;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
          std::this_thread::yield();
          --running;
        },
        [&] { ++done; });
  }
  f.RunUntil([&] { return done == 50; });
  CHECK(most <= 2);
}

TEST_CASE("Worker: one piece that hangs does not hold up the others", "[worker]") {
  Fixture f;
  const auto gate = std::make_shared<Gate>();
  Worker worker(f.loop, 2);
  bool hung_done = false;
  bool done = false;
  const auto hung = worker.Submit([gate] { gate->Pass(); }, [&] { hung_done = true; });
  const auto quick = worker.Submit([] {}, [&] { done = true; });
  f.RunUntil([&] { return done; });
  CHECK_FALSE(hung_done);
  gate->Open();
  f.RunUntil([&] { return hung_done; });
}

TEST_CASE("Worker: a dropped task reports nothing", "[worker]") {
  Fixture f;
  const auto gate = std::make_shared<Gate>();
  Worker worker(f.loop, 1);
  bool dropped_done = false;
  bool last_done = false;
  auto dropped = worker.Submit([gate] { gate->Pass(); }, [&] { dropped_done = true; });
  gate->AwaitArrivals(1);
  dropped.reset();
  gate->Open();
  const auto last = worker.Submit([] {}, [&] { last_done = true; });
  f.RunUntil([&] { return last_done; });
  CHECK_FALSE(dropped_done);
}

TEST_CASE("Worker: a task dropped before its turn is never begun", "[worker]") {
  Fixture f;
  const auto gate = std::make_shared<Gate>();
  Worker worker(f.loop, 1);
  std::atomic<bool> begun = false;
  bool last_done = false;
  const auto first = worker.Submit([gate] { gate->Pass(); }, [] {});
  gate->AwaitArrivals(1);
  auto dropped = worker.Submit([&] { begun = true; }, [] {});
  const auto last = worker.Submit([] {}, [&] { last_done = true; });
  dropped.reset();
  gate->Open();
  f.RunUntil([&] { return last_done; });
  CHECK_FALSE(begun);
}

TEST_CASE("Worker: ends at once while work hangs, and keeps what the work needs", "[worker]") {
  Fixture f;
  const auto gate = std::make_shared<Gate>();
  const auto left = std::make_shared<std::atomic<bool>>(false);
  std::unique_ptr<WorkerTask> task;
  const auto start = f.clock.Now();
  {
    Worker worker(f.loop, 1);
    task = worker.Submit(
        [gate, left] {
          gate->Pass();
          *left = true;
        },
        [] { FAIL("reported to a loop that has no worker any more"); });
    gate->AwaitArrivals(1);
  }
  CHECK(f.clock.Now() - start < 30s);
  gate->Open();
  f.RunUntil([&] { return left->load(); });
  f.loop.RunOnce(0s);
  task.reset();
}

TEST_CASE("Worker: the end of one piece may destroy its task and the worker", "[worker]") {
  Fixture f;
  auto worker = std::make_unique<Worker>(f.loop, 2);
  std::unique_ptr<WorkerTask> task;
  bool done = false;
  task = worker->Submit([] {},
                        [&] {
                          task.reset();
                          worker.reset();
                          done = true;
                        });
  f.RunUntil([&] { return done; });
}

TEST_CASE("Worker: without a second thread the first one does the work", "[worker]") {
  Fixture f;
  const auto gate = std::make_shared<Gate>();
  Worker worker(f.loop, 2);
  int done = 0;
  const auto first = worker.Submit([gate] { gate->Pass(); }, [&] { ++done; });
  gate->AwaitArrivals(1);
  std::unique_ptr<WorkerTask> second;
  {
    const NoThreads none;
    second = worker.Submit([] {}, [&] { ++done; });
  }
  gate->Open();
  f.RunUntil([&] { return done == 2; });
}

TEST_CASE("Worker: without any thread the work waits until there is one", "[worker]") {
  FakeClock clock;
  EventLoop loop(clock);
  Worker worker(loop, 1);
  bool done = false;
  std::unique_ptr<WorkerTask> task;
  {
    const NoThreads none;
    task = worker.Submit([] {}, [&] { done = true; });
    clock.Advance(1s);
    loop.Dispatch();
  }
  clock.Advance(1s);
  loop.Dispatch();
  const SystemClock real;
  for (const auto limit = real.Now() + 30s; !done && real.Now() < limit;) loop.RunOnce(10ms);
  CHECK(done);
}
