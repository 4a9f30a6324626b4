// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/EngineAnswers.hxx"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/Strings.hxx"

namespace lookout::bench {

namespace {

constexpr size_t kBlock = 256 * 1024;
/** Docker's own copier reads a container's output in pieces of this size. */
constexpr size_t kDefaultRecord = 16 * 1024;
constexpr std::string_view kImage = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr std::string_view kVersion =
    R"({"Version":"24.0.0","ApiVersion":"1.43","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"})";

std::string WithHead(int status, std::string_view type, std::string_view body) {
  return fmt::format("HTTP/1.1 {} OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", status, type, body.size(),
                     body);
}

Answer Json(std::string_view body, int status = 200) {
  return {WithHead(status, "application/json", body)};
}

uint64_t NumberIn(std::string_view query, std::string_view key, uint64_t otherwise) {
  for (const auto field : SplitList(query, '&')) {
    if (field.starts_with(key) && field.substr(key.size()).starts_with('=')) {
      return static_cast<uint64_t>(ParseInt(field.substr(key.size() + 1)).value_or(0));
    }
  }
  return otherwise;
}

std::string MakeId(size_t number) {
  return fmt::format("{:064d}", number);
}

/** One record of a multiplexed stream as one HTTP chunk, `size` bytes without the chunk's own. */
std::string MakeRecord(size_t size) {
  const size_t payload = size - 8;
  std::string record = {1, 0, 0, 0};
  for (const int shift : {24, 16, 8, 0}) record += static_cast<char>(payload >> shift & 0xff);
  constexpr std::string_view kLine =
      "2026-01-01T00:00:00.000000000Z level=info msg=\"served\" path=\"/index.html\" status=200 ms=12 "
      "\xc3\xa9t\xc3\xa9\n";
  while (record.size() < size) record += kLine;
  record.resize(size - 1);
  return fmt::format("{:x}\r\n{}\n\r\n", size, record);
}

constexpr std::string_view kEntryRest =
    R"("Image":"registry.example.com/acme/box:1.2.3","Command":"run --all \"now\"","Created":1700000000,"Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],"Labels":{"com.docker.compose.project":"acme"},"HostConfig":{"NetworkMode":"bridge"},"NetworkSettings":{"Networks":{}},"Mounts":[],)";

}  // namespace

EngineAnswers::EngineAnswers(size_t containers)
    : containers_(containers), followed_line_(MakeRecord(128)), download_block_(kBlock, '\x5a') {
  for (size_t i = 0; i < download_block_.size(); ++i) download_block_[i] = static_cast<char>(i * 131 + (i >> 8));
}

Answer EngineAnswers::Make(std::string_view method, std::string_view target) {
  std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(std::min(path.size() + 1, target.size()));
  if (path.starts_with("/v1.")) path.remove_prefix(path.find('/', 1));
  if (path == "/_ping") return {WithHead(200, "text/plain", "OK")};
  if (path == "/version") return Json(kVersion);
  if (path == "/info") return Json(R"({"ID":"bench","DockerRootDir":"/"})");
  if (path.starts_with("/bench/")) return MakeBenchAnswer(path, query);
  if (path == "/containers/json") return Json(MakeList());
  if (path.starts_with("/containers/")) return MakeContainerAnswer(method, path, query);
  if (path == "/events") {
    return {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            {},
            "",
            Answer::Then::Events};
  }
  if (path.starts_with("/images/")) {
    return Json(fmt::format(
        R"({{"Id":"{}","Architecture":"amd64","Os":"linux","RepoDigests":[],"Created":"2026-01-01T00:00:00Z"}})",
        kImage));
  }
  if (path.starts_with("/exec/") && path.ends_with("/start")) {
    return {
        "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n"
        "Upgrade: tcp\r\n\r\n",
        {},
        "",
        Answer::Then::Echo};
  }
  if (path.starts_with("/exec/")) return Json(R"({"ExitCode":0,"Running":false})");
  return Json(R"({"message":"page not found"})", 404);
}

Answer EngineAnswers::MakeBenchAnswer(std::string_view path, std::string_view query) {
  std::string_view type = "application/octet-stream";
  Repetition body{&download_block_, NumberIn(query, "bytes", 0)};
  if (path == "/bench/json") {
    type = "application/json";
    body.block = &JsonOfSize(NumberIn(query, "size", 4096));
    body.bytes = body.block->size();
  }
  Answer answer{fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n", type, body.bytes)};
  // One write for a small answer, as any server does it.
  if (body.bytes <= 64 * 1024 && type == "application/json") {
    answer.text += *body.block;
  } else {
    answer.more = body;
  }
  return answer;
}

Answer EngineAnswers::MakeContainerAnswer(std::string_view method, std::string_view path, std::string_view query) {
  if (path.ends_with("/logs")) return MakeLog(query);
  if (method == "POST" && path.ends_with("/exec")) {
    return Json(fmt::format(R"({{"Id":"exec{}"}})", ++execs_), 201);
  }
  const std::string_view id = path.substr(std::string_view("/containers/").size());
  const auto number = ParseInt(id.substr(0, 64).substr(48));
  return Json(MakeInspect(static_cast<size_t>(number.value_or(0))));
}

Answer EngineAnswers::MakeLog(std::string_view query) {
  const size_t record = NumberIn(query, "record", kDefaultRecord);
  Answer answer{
      "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"
      "Transfer-Encoding: chunked\r\n\r\n"};
  const bool is_followed = NumberIn(query, "follow", 0) != 0;
  if (is_followed && NumberIn(query, "bytes", 0) == 0) {
    answer.then = Answer::Then::Follow;
    return answer;
  }
  const std::string chunk = MakeRecord(record);
  answer.more = {&LogBlock(record), NumberIn(query, "bytes", 0) / record * chunk.size()};
  answer.last = "0\r\n\r\n";
  return answer;
}

std::string EngineAnswers::MakeEntry(size_t number) const {
  return fmt::format(R"({{"Id":"{}","Names":["/box-{}"],{}"ImageID":"{}","State":"{}","Status":"Up 5 minutes"}})",
                     MakeId(number), number, kEntryRest, kImage, IsRunning(number) ? "running" : "exited");
}

std::string EngineAnswers::MakeList() const {
  std::string list = "[";
  for (size_t i = 0; i < containers_; ++i) list += (i > 0 ? "," : "") + MakeEntry(i);
  return list + "]";
}

std::string EngineAnswers::MakeInspect(size_t number) const {
  const bool runs = IsRunning(number);
  return fmt::format(
      R"({{"Id":"{}","Name":"/box-{}","Created":"2026-01-01T00:00:00Z","Image":"{}","State":{{"Status":"{}",)"
      R"("Running":{},"StartedAt":"2026-01-01T00:00:01Z"}},"Mounts":[],"Config":{{"Image":"acme/box:1.2.3",)"
      R"("Labels":{{"com.docker.compose.project":"acme"}},"Tty":false,"Env":["N={}","PATH=/usr/bin:/bin"]}},)"
      R"("NetworkSettings":{{"Ports":{{}},"Networks":{{}}}},"HostConfig":{{"NetworkMode":"bridge"}}}})",
      MakeId(number), number, kImage, runs ? "running" : "exited", runs, number);
}

std::string EngineAnswers::FlipContainer() {
  first_runs_ = !first_runs_;
  const std::string event =
      fmt::format(R"({{"Type":"container","Action":"{}","Actor":{{"ID":"{}","Attributes":{{"name":"box-0"}}}},)"
                  R"("scope":"local","time":{},"timeNano":{}000000000}})"
                  "\n",
                  first_runs_ ? "start" : "die", MakeId(0), std::time(nullptr), std::time(nullptr));
  return fmt::format("{:x}\r\n{}\r\n", event.size(), event);
}

const std::string &EngineAnswers::JsonOfSize(size_t size) {
  std::string &text = json_[size];
  if (!text.empty()) return text;
  text = "{\"Items\":[" + MakeEntry(1);
  constexpr std::string_view kTail = "],\"Pad\":\"\"}";
  for (std::string entry; text.size() + entry.size() + kTail.size() <= size; entry = "," + MakeEntry(1)) text += entry;
  const size_t missing = size - std::min(size, text.size() + kTail.size());
  text += "],\"Pad\":\"" + std::string(missing, 'x') + "\"}";
  return text;
}

const std::string &EngineAnswers::LogBlock(size_t record) {
  std::string &block = log_blocks_[record];
  const std::string chunk = block.empty() ? MakeRecord(record) : "";
  while (!chunk.empty() && block.size() + chunk.size() <= kBlock) block += chunk;
  return block;
}

}  // namespace lookout::bench
