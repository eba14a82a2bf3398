/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the body of a whole HTTP response, as a server of CRLs and OCSP sends it to an HTTP/1.0 request that ends with the
 * connection. Must not know: what the body is, who asked.
 */
#pragma once

#include "base/slice.h"

/**
 * http_response_body:
 * @ret_body: a part of @response
 * Status 200 and nothing else: no redirect is followed. A Content-Length must be the length there is; no transfer coding
 * is taken (RFC 9112 section 6.1 forbids them in an answer to HTTP/1.0).
 */
gboolean http_response_body (Slice response, Slice *ret_body);
