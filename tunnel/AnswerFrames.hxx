// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/** The frames that answer or end a piece of work, whether it was done or refused. */
namespace lookout {

/** `exec_end`. */
std::string MakeExecEnd(std::string_view exec_id, std::string_view reason);
/** `dd:container_log_response`; without a request id when the request had none. */
std::string MakeLogResponse(std::string_view request_id, std::string_view container_id, std::string_view logs);
/** `dd:container_log_end`. */
std::string MakeLogEnd(std::string_view request_id, std::string_view container_id, std::string_view reason);
/** `dd:container_log_error`. */
std::string MakeLogError(std::string_view request_id, std::string_view container_id, std::string_view error);
/** `dd:container_delete_response`; no error is success, and the request id as in MakeLogResponse(). */
std::string MakeDeleteResponse(std::string_view request_id, std::string_view container_id, std::string_view error);

}  // namespace lookout
