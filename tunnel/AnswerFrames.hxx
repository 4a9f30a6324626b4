// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "tunnel/MessageTransport.hxx"

/** The frames that answer or end a piece of work, whether it was done or refused. */
namespace lookout {

/** `exec_end`. */
MessageBuffer MakeExecEnd(std::string_view exec_id, std::string_view reason);
/** `dd:container_log_response`; without a request id when the request had none. */
MessageBuffer MakeLogResponse(std::string_view request_id, std::string_view container_id, std::string_view logs);
/** `dd:container_log_end`. */
MessageBuffer MakeLogEnd(std::string_view request_id, std::string_view container_id, std::string_view reason);
/** `dd:container_log_error`. */
MessageBuffer MakeLogError(std::string_view request_id, std::string_view container_id, std::string_view error);
/** `dd:container_delete_response`; no error is success, and the request id as in MakeLogResponse(). */
MessageBuffer MakeDeleteResponse(std::string_view request_id, std::string_view container_id, std::string_view error);

}  // namespace lookout
