// A first look at a URL's host, before any name is resolved. What a name resolves to is checked when it is connected
// to (ClientRequest::public_only).
#pragma once

#include <string_view>

namespace otto::net {

/// True for "localhost", names below it, and IP literals (with or without brackets) that are not public.
bool names_private_host(std::string_view host);

}  // namespace otto::net
