// SPDX-License-Identifier: Apache-2.0
#include "base/Worker.hxx"

#include <sys/eventfd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/Log.hxx"

namespace lookout {

namespace {

/** A process that has no memory for a thread, or may not have another, may be better off soon. */
constexpr std::chrono::seconds kRetryPause{1};

}  // namespace

struct Worker::Job {
  std::function<void()> work;  // run and released by the thread
  std::function<void()> done;  // touched by the loop only; empty once nobody wants it
};

struct Worker::Shared {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::shared_ptr<Job>> waiting;
  std::deque<std::shared_ptr<Job>> finished;
  unsigned idle = 0;
  bool closed = false;
  UniqueFd event_fd;
};

class Worker::Handle final : public WorkerTask {
 public:
  Handle(std::shared_ptr<Shared> shared, std::shared_ptr<Job> job) : shared_(std::move(shared)), job_(std::move(job)) {}
  ~Handle() override {
    job_->done = nullptr;
    const std::lock_guard lock(shared_->mutex);
    std::erase(shared_->waiting, job_);
  }
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;

 private:
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Job> job_;
};

Worker::Worker(EventLoop &loop, unsigned threads)
    : max_threads_(threads),
      shared_(std::make_shared<Shared>()),
      event_(loop, [this](uint32_t) { OnReady(); }),
      retry_(loop, [this] { RetryStart(); }) {
  shared_->event_fd.Reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!shared_->event_fd.IsOpen()) throw std::system_error(errno, std::generic_category(), "eventfd");
  event_.Watch(shared_->event_fd.Get(), EPOLLIN);
}

Worker::~Worker() {
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->waiting.clear();
  shared_->wake.notify_all();
}

std::unique_ptr<WorkerTask> Worker::Submit(std::function<void()> work, std::function<void()> done) {
  auto job = std::make_shared<Job>(Job{std::move(work), std::move(done)});
  auto handle = std::make_unique<Handle>(shared_, job);
  const std::lock_guard lock(shared_->mutex);
  const bool needs_thread = shared_->idle <= shared_->waiting.size() && threads_ < max_threads_;
  shared_->waiting.push_back(std::move(job));
  if (needs_thread) StartThread();
  shared_->wake.notify_one();
  return handle;
}

void Worker::StartThread() try {
  std::thread(RunThread, shared_).detach();
  ++threads_;
} catch (const std::system_error &error) {
  LogDebug("no thread can be started", {{"reason", error.what()}, {"threads", threads_}});
  if (threads_ == 0) retry_.Arm(kRetryPause);
}

void Worker::RetryStart() {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->waiting.empty()) StartThread();
}

void Worker::RunThread(const std::shared_ptr<Shared> &shared) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    ++shared->idle;
    shared->wake.wait(lock, [&] { return shared->closed || !shared->waiting.empty(); });
    --shared->idle;
    if (shared->closed) return;
    auto job = std::move(shared->waiting.front());
    shared->waiting.pop_front();
    lock.unlock();
    job->work();
    job->work = nullptr;
    lock.lock();
    shared->finished.push_back(std::move(job));
    const uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(shared->event_fd.Get(), &one, sizeof one);
  }
}

void Worker::OnReady() {
  uint64_t count = 0;
  [[maybe_unused]] const auto n = ::read(shared_->event_fd.Get(), &count, sizeof count);
  std::deque<std::shared_ptr<Job>> finished;
  {
    const std::lock_guard lock(shared_->mutex);
    finished.swap(shared_->finished);
  }
  for (const auto &job : finished) {
    // Moved out first: the callback may destroy the handle that would clear it.
    const auto done = std::exchange(job->done, nullptr);
    if (done) done();
  }
}

}  // namespace lookout
